"""The closed lists that profiles are filled in with: such words can be compared and acted on."""

from __future__ import annotations

from enum import StrEnum


class NumberKind(StrEnum):
    """Which register an organisation's number is of."""

    OIN = "oin"  #: Organisatie-identificatienummer, 20 digits
    KVK = "kvk"  #: trade register, 8 digits


class SignalsWhom(StrEnum):
    """For whom an organisation registers."""

    EVERY_CLIENT = "alle_clienten"  #: whoever is a client
    BY_CRITERIA = "op_criteria"  #: after answering the questions


class Answer(StrEnum):
    """An answer to one of the questions."""

    YES = "ja"  #: it is so
    NO = "nee"  #: it is not


class SignalMoment(StrEnum):
    """When an organisation registers."""

    INTAKE = "intake"  #: at the first conversation
    START_OF_SUPPORT = "start_ondersteuning"  #: when support begins
    ON_WORRY = "bij_zorgen"  #: when worries arise


class WhoSignals(StrEnum):
    """Who may register."""

    CASE_WORKER = "hulpverlener"  #: whoever helps the client
    INTAKER = "intaker"  #: whoever takes the client in
    SUPPORT_WORKER = "ondersteuner"  #: a support worker, for colleagues
    SOURCE_SYSTEM = "bronsysteem"  #: a machine, from the case register


class TellingWay(StrEnum):
    """In which ways clients are told of a signal."""

    CONVERSATION = "gesprek"  #: face to face
    LETTER = "brief"  #: on paper
    LEAFLET = "folder"  #: handed out, besides another way
    PHONE = "telefoon"  #: by telephone
    PORTAL = "portaal"  #: in a client portal


class RouteKind(StrEnum):
    """For what a route in is."""

    WARM = "warm"  #: handing somebody over
    PHONE = "telefonisch"  #: asking or telling by telephone
    URGENT = "urgent"  #: what cannot wait


class Means(StrEnum):
    """By what means a route goes."""

    FORM = "formulier"  #: an application form, at an address or sent to a mailbox
    MAILBOX = "postbus"  #: mail
    PHONE = "telefoon"  #: a telephone line
    INTAKE = "aanmeldgesprek"  #: an intake conversation by appointment
    WALK_IN = "inloop"  #: a consultation hour without appointment


class Answerer(StrEnum):
    """Who answers."""

    EVERYBODY = "iedereen"  #: whoever is there; all can pick it up
    ON_DUTY = "dienstdoende"  #: whoever is on duty that day
    INTAKER = "intaker"  #: the intake worker
    INTAKER_ON_DUTY = "dienstdoende_intaker"  #: the intake worker who is on duty that day
    NO_CONSULTATION = "wie_geen_spreekuur_heeft"  #: whoever has no consultation that day
    RECEPTION = "receptie"  #: telephone staff, who pass it on
    DISTRICT_CONTACT = "contactpersoon_wijk"  #: the contact of the client's district
    NAMED_CONTACT = "vaste_contactpersoon"  #: a fixed person


class NotShared(StrEnum):
    """What whoever answers may not tell."""

    CONTENT = "inhoud"  #: what is the matter with a client
    IDENTITY = "persoonsgegevens"  #: data that identify a client
    BEING_CLIENT = "client_zijn"  #: whether somebody is a client


class Urgency(StrEnum):
    """What shows that something is urgent."""

    EVICTION = "aangekondigde_ontruiming"  #: an announced eviction
    CUT_OFF = "afsluiting_energie_of_water"  #: energy or water is about to be cut off
    DEADLINE = "termijn_of_zitting"  #: a legal term or a hearing
    NO_INCOME = "geen_inkomen"  #: nothing to live on
    UNSAFE = "onveiligheid"  #: somebody is not safe
    CRISIS = "crisis"  #: a psychological or social crisis


class ShownBy(StrEnum):
    """How urgency is shown."""

    ATTACHMENT = "bijlage"  #: the letter is attached
    DATE = "datum"  #: the date is given
    TOLD = "mondeling"  #: saying so is enough


class Handling(StrEnum):
    """How what is urgent is dealt with."""

    AT_ONCE = "meteen"  #: somebody acts while the caller waits
    SAME_DAY = "zelfde_dag"  #: before closing time
    PRIORITY = "met_voorrang"  #: before what is not urgent


class HowOften(StrEnum):
    """How often something happens."""

    RARELY = "zelden"  #: hardly ever
    SOMETIMES = "soms"  #: now and then
    OFTEN = "vaak"  #: more often than not
    ALWAYS = "altijd"  #: each time


class ConsentWay(StrEnum):
    """How consent is given."""

    SPOKEN = "mondeling"  #: in the conversation
    SIGNED = "handtekening"  #: on paper, an authorisation
    DIGITAL = "digitaal"  #: in a portal


class ConsentMoment(StrEnum):
    """When consent is asked."""

    APPLICATION = "aanmelding"  #: when applying
    FIRST_CONVERSATION = "eerste_gesprek"  #: at the first conversation
    EACH_TIME = "per_keer"  #: each time something is shared


class ConsentRecord(StrEnum):
    """Where consent is kept."""

    CASE_FILE = "dossier"  #: in the file
    AUTHORISATION = "machtiging"  #: on the signed authorisation
    REGISTER = "registratiesysteem"  #: in the case register


class SharesByMail(StrEnum):
    """What an organisation mails about a client."""

    NOTHING = "niets"  #: nothing
    AS_LITTLE_AS_POSSIBLE = "zo_min_mogelijk"  #: as little identifying data as possible
    SECURE_ONLY = "alleen_beveiligd"  #: by secure mail only


class FeedbackItem(StrEnum):
    """What is reported back to whoever referred."""

    CAME = "gekomen_of_niet"  #: whether the client came
    TAKEN_UP = "terecht_en_opgepakt"  #: whether it was the right place, and taken up
    REFERRED_ON = "doorverwezen"  #: to whom it was passed on
    ACTION_POINTS = "actiepunten"  #: what the sender is to do


class SelfReliance(StrEnum):
    """How much a client can do alone."""

    FULL = "zelfredzaam"  #: manages alone
    MOSTLY = "grotendeels"  #: manages with information
    LITTLE = "beperkt"  #: needs somebody to arrange it
    NONE = "niet"  #: needs somebody to come along


class ReferralWay(StrEnum):
    """How an organisation refers to others."""

    NAME_IT = "organisatie_noemen"  #: names the organisation
    GIVE_DETAILS = "gegevens_meegeven"  #: gives address, telephone and what to ask
    ANNOUNCE = "aankondigen"  #: tells the other that somebody will come
    RING_TOGETHER = "samen_bellen"  #: rings together with the client
    COME_ALONG = "meegaan"  #: comes along to the first conversation


class NoShowContact(StrEnum):
    """Who contacts a client who did not come."""

    RECEIVER = "wijzelf"  #: the organisation itself
    REFERRER = "verwijzer"  #: whoever referred
    BOTH = "samen"  #: they agree on it together


class AskedOfPartner(StrEnum):
    """What the partner is asked when a client did not come."""

    TRY_AGAIN = "opnieuw_proberen"  #: to bring the client to it once more
    REACH_OUT = "client_opzoeken"  #: to go and see the client


class TimeUnit(StrEnum):
    """Units of a term."""

    HOUR = "uur"  #: hours
    DAY = "dag"  #: calendar days
    WORKING_DAY = "werkdag"  #: working days
    WEEK = "week"  #: weeks


class SupportForm(StrEnum):
    """In what form support is given."""

    INDIVIDUAL = "individueel"  #: one client
    GROUP = "groep"  #: several together


class Weekday(StrEnum):
    """Days of the week, Monday first."""

    MONDAY = "ma"  #: Monday
    TUESDAY = "di"  #: Tuesday
    WEDNESDAY = "wo"  #: Wednesday
    THURSDAY = "do"  #: Thursday
    FRIDAY = "vr"  #: Friday
    SATURDAY = "za"  #: Saturday
    SUNDAY = "zo"  #: Sunday
