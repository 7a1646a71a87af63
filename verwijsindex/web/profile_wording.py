"""The closed lists of profiles as people read them: short, in Dutch, for who refers a client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from orgprofiles.domains import AgeGroup, Demand, Domain, LifeDomain, Phase
from orgprofiles.profile import TargetGroup, Term
from orgprofiles.profile_words import (
    Answer,
    Answerer,
    AskedOfPartner,
    ConsentMoment,
    ConsentRecord,
    ConsentWay,
    FeedbackItem,
    Handling,
    HowOften,
    Means,
    NoShowContact,
    NotShared,
    NumberKind,
    ReferralWay,
    RouteKind,
    SelfReliance,
    SharesByMail,
    ShownBy,
    SignalMoment,
    SignalsWhom,
    SupportForm,
    TellingWay,
    TimeUnit,
    Urgency,
    Weekday,
    WhoSignals,
)
from verwijsindex.web.wording import domain_name

# By list first: words of different lists are equal when their letters are.
_WORDS: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    Domain: {one: domain_name(one) for one in Domain},
    AgeGroup: {
        AgeGroup.CHILD: "0 tot en met 11 jaar",
        AgeGroup.TEENAGER: "12 tot en met 15 jaar",
        AgeGroup.YOUNG_ADULT: "16 tot en met 22 jaar",
        AgeGroup.ADULT: "23 jaar en ouder",
    },
    Demand: {
        Demand.INFORM: "de cliënt moet het weten",
        Demand.NO_OBJECTION: "de cliënt moet het weten en er geen bezwaar tegen hebben",
        Demand.CONSENT: "de cliënt moet het weten en het goed vinden",
    },
    LifeDomain: {
        LifeDomain.HOUSING: "wonen",
        LifeDomain.HEALTH: "gezondheid",
        LifeDomain.FINANCES: "financiën",
        LifeDomain.CARING: "zorgtaken",
        LifeDomain.CONFLICT: "conflicten",
        LifeDomain.SAFETY: "veiligheid",
        LifeDomain.SOCIAL_SUPPORT: "sociale steun",
        LifeDomain.PURPOSE: "zingeving",
    },
    Phase: {
        Phase.PREVENTION: "voorkomen",
        Phase.EARLY_SIGNALS: "eerste signalen",
        Phase.HELP: "hulp",
        Phase.STATUTORY: "wettelijk traject",
        Phase.AFTERCARE: "nazorg",
    },
    NumberKind: {NumberKind.OIN: "OIN", NumberKind.KVK: "KvK-nummer"},
    SignalsWhom: {
        SignalsWhom.EVERY_CLIENT: "iedere cliënt",
        SignalsWhom.BY_CRITERIA: "niet iedere cliënt: een paar vragen geven de doorslag",
    },
    Answer: {Answer.YES: "ja", Answer.NO: "nee"},
    SignalMoment: {
        SignalMoment.INTAKE: "bij het eerste gesprek",
        SignalMoment.START_OF_SUPPORT: "als de hulp begint",
        SignalMoment.ON_WORRY: "als er zorgen zijn",
    },
    WhoSignals: {
        WhoSignals.CASE_WORKER: "wie de cliënt helpt",
        WhoSignals.INTAKER: "wie het eerste gesprek voert",
        WhoSignals.SUPPORT_WORKER: "een ondersteuner, voor collega’s",
        WhoSignals.SOURCE_SYSTEM: "het cliëntsysteem, vanzelf",
    },
    TellingWay: {
        TellingWay.CONVERSATION: "in een gesprek",
        TellingWay.LETTER: "met een brief",
        TellingWay.LEAFLET: "met een folder",
        TellingWay.PHONE: "per telefoon",
        TellingWay.PORTAL: "in het cliëntportaal",
    },
    RouteKind: {
        RouteKind.URGENT: "Spoed",
        RouteKind.WARM: "Een cliënt overdragen",
        RouteKind.PHONE: "Bellen voor overleg",
    },
    Means: {
        Means.FORM: "Aanmeldformulier",
        Means.MAILBOX: "Mail",
        Means.PHONE: "Telefoon",
        Means.INTAKE: "Aanmeldgesprek op afspraak",
        Means.WALK_IN: "Inloopspreekuur zonder afspraak",
    },
    Answerer: {
        Answerer.EVERYBODY: "iedereen die er op dat moment is",
        Answerer.ON_DUTY: "wie die dag dienst heeft",
        Answerer.INTAKER: "wie de eerste gesprekken voert",
        Answerer.INTAKER_ON_DUTY: "wie die dag de eerste gesprekken voert",
        Answerer.NO_CONSULTATION: "wie die dag geen spreekuur heeft",
        Answerer.RECEPTION: "de receptie",
        Answerer.DISTRICT_CONTACT: "de contactpersoon van de wijk",
        Answerer.NAMED_CONTACT: "een vaste contactpersoon",
    },
    AskedOfPartner: {
        AskedOfPartner.TRY_AGAIN: "het nog eens met de cliënt te proberen",
        AskedOfPartner.REACH_OUT: "de cliënt op te zoeken",
    },
    Handling: {
        Handling.AT_ONCE: "meteen, terwijl u wacht",
        Handling.SAME_DAY: "dezelfde dag",
        Handling.PRIORITY: "met voorrang",
    },
    HowOften: {
        HowOften.RARELY: "zelden",
        HowOften.SOMETIMES: "soms",
        HowOften.OFTEN: "vaak",
        HowOften.ALWAYS: "altijd",
    },
    NotShared: {
        NotShared.CONTENT: "wat er met een cliënt aan de hand is",
        NotShared.IDENTITY: "namen of andere gegevens van een cliënt",
        NotShared.BEING_CLIENT: "of iemand er cliënt is",
    },
    Urgency: {
        Urgency.EVICTION: "een ontruiming is aangekondigd",
        Urgency.CUT_OFF: "energie of water wordt afgesloten",
        Urgency.DEADLINE: "er loopt een termijn af, of er komt een zitting",
        Urgency.NO_INCOME: "er is geen geld om van te leven",
        Urgency.UNSAFE: "iemand is niet veilig",
        Urgency.CRISIS: "iemand is in crisis",
    },
    ShownBy: {
        ShownBy.ATTACHMENT: "stuur de brief mee",
        ShownBy.DATE: "noem de datum",
        ShownBy.TOLD: "zeg dat het spoed is",
    },
    ConsentWay: {
        ConsentWay.SPOKEN: "mondeling, in het gesprek",
        ConsentWay.SIGNED: "met een handtekening",
        ConsentWay.DIGITAL: "digitaal, in een portaal",
    },
    ConsentMoment: {
        ConsentMoment.APPLICATION: "bij de aanmelding",
        ConsentMoment.FIRST_CONVERSATION: "in het eerste gesprek",
        ConsentMoment.EACH_TIME: "elke keer dat er iets wordt gedeeld",
    },
    ConsentRecord: {
        ConsentRecord.CASE_FILE: "in het dossier",
        ConsentRecord.AUTHORISATION: "op een ondertekende machtiging",
        ConsentRecord.REGISTER: "in het cliëntsysteem",
    },
    SharesByMail: {
        SharesByMail.NOTHING: "niets",
        SharesByMail.AS_LITTLE_AS_POSSIBLE: "zo weinig mogelijk",
        SharesByMail.SECURE_ONLY: "alleen met beveiligde mail",
    },
    FeedbackItem: {
        FeedbackItem.CAME: "of de cliënt is gekomen",
        FeedbackItem.TAKEN_UP: "of het de juiste plek was, en of het is opgepakt",
        FeedbackItem.REFERRED_ON: "naar wie de cliënt is doorverwezen",
        FeedbackItem.ACTION_POINTS: "wat u zelf nog moet doen",
    },
    SelfReliance: {
        SelfReliance.FULL: "redt zich alleen",
        SelfReliance.MOSTLY: "redt zich met wat uitleg",
        SelfReliance.LITTLE: "heeft iemand nodig die het regelt",
        SelfReliance.NONE: "heeft iemand nodig die meegaat",
    },
    ReferralWay: {
        ReferralWay.NAME_IT: "de naam van de organisatie geven",
        ReferralWay.GIVE_DETAILS: "adres, telefoonnummer en de vraag meegeven",
        ReferralWay.ANNOUNCE: "de cliënt aankondigen",
        ReferralWay.RING_TOGETHER: "samen met de cliënt bellen",
        ReferralWay.COME_ALONG: "meegaan naar het eerste gesprek",
    },
    NoShowContact: {
        NoShowContact.RECEIVER: "de organisatie zelf",
        NoShowContact.REFERRER: "u, als verwijzer",
        NoShowContact.BOTH: "dat spreekt u samen af",
    },
    TimeUnit: {
        TimeUnit.HOUR: "uur",
        TimeUnit.DAY: "dagen",
        TimeUnit.WORKING_DAY: "werkdagen",
        TimeUnit.WEEK: "weken",
    },
    SupportForm: {SupportForm.INDIVIDUAL: "één op één", SupportForm.GROUP: "in een groep"},
    Weekday: {
        Weekday.MONDAY: "maandag",
        Weekday.TUESDAY: "dinsdag",
        Weekday.WEDNESDAY: "woensdag",
        Weekday.THURSDAY: "donderdag",
        Weekday.FRIDAY: "vrijdag",
        Weekday.SATURDAY: "zaterdag",
        Weekday.SUNDAY: "zondag",
    },
}
_ONE = {TimeUnit.HOUR: "uur", TimeUnit.DAY: "dag", TimeUnit.WORKING_DAY: "werkdag"}


def words(value: StrEnum) -> str:
    """Return how a page says a word from a closed list."""
    return _WORDS[type(value)][value]


def listed(parts: Sequence[str], last: str = "en") -> str:
    """Return parts as Dutch lists them: ``a, b en c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def all_words(values: Sequence[StrEnum], last: str = "en") -> str:
    """Return words from a closed list, as Dutch lists them."""
    return listed([words(one) for one in values], last)


def read_as_one(values: Sequence[StrEnum]) -> bool:
    """Return whether these make a sentence: not when one by itself lists or begins with "of"."""
    said = [f" {words(one)} " for one in values]
    return len(said) < 2 or not any(mark in one for one in said for mark in (",", " en ", " of "))


def age_groups(values: Sequence[AgeGroup]) -> str:
    """Return the law's ages, in words."""
    return "alle leeftijden" if set(values) == set(AgeGroup) else all_words(values)


def capital(text: str) -> str:
    """Return *text* as a sentence begins."""
    return text[:1].upper() + text[1:]


def term(value: Term) -> str:
    """Return how long: ``2 weken``, ``1 werkdag``, ``meteen``."""
    if value.amount == 0:
        return "meteen"
    if value.amount == 1:
        return f"1 {_ONE.get(value.unit, 'week')}"
    return f"{value.amount} {words(value.unit)}"


def within(value: Term) -> str:
    """Return within what time: ``Binnen 2 weken``, ``Meteen``."""
    return "Meteen" if value.amount == 0 else f"Binnen {term(value)}"


def ages(group: TargetGroup) -> str:
    """Return for which ages: ``18 jaar en ouder``; −9 months is the unborn."""
    until = None if group.to_years is None else f"tot en met {group.to_years} jaar"
    if group.from_months < 0:
        return f"vanaf de zwangerschap {until}" if until else "alle leeftijden, ook ongeboren"
    if group.from_months == 0:
        return until or "alle leeftijden"
    first = (
        f"{group.from_months // 12} jaar"
        if group.from_months % 12 == 0
        else f"{group.from_months} maanden"
    )
    if until is None:
        return f"{first} en ouder"
    return f"{first.removesuffix(' jaar')} {until}" if "jaar" in first else f"{first} {until}"
