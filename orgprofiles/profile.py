"""What an organisation declares: who it is, what it signals, and how to reach and refer to it.

All of it is structured, so that it can be acted on, compared and drawn; each
part leaves room for a short explanation to people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from orgprofiles.domains import AgeGroup, Demand, Domain, LifeDomain, Phase
from orgprofiles.opening_hours import OpeningHours
from orgprofiles.profile_practice import (
    Consent,
    ContactPart,
    Feedback,
    NoShow,
    RouteOut,
)
from orgprofiles.profile_words import (
    Answer,
    Answerer,
    Handling,
    HowOften,
    Means,
    NotShared,
    NumberKind,
    RouteKind,
    ShownBy,
    SignalMoment,
    SignalsWhom,
    SupportForm,
    TellingWay,
    TimeUnit,
    Urgency,
    WhoSignals,
)


@dataclass(frozen=True, slots=True)
class Term:
    """How long something takes at most; an amount of 0 is at once."""

    amount: int
    unit: TimeUnit


@dataclass(frozen=True, slots=True)
class OrganisationNumber:
    """The organisation's number in a public register."""

    kind: NumberKind
    value: str


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """For people of which ages.

    Attributes:
        from_months: Age in months; −9 is the unborn.
        to_years: The last age in years that belongs to it; None: no end.
    """

    from_months: int
    to_years: int | None

    def includes(self, age_months: int) -> bool:
        """Whether somebody of *age_months* belongs to it."""
        return self.from_months <= age_months and (
            self.to_years is None or age_months < (self.to_years + 1) * 12
        )


@dataclass(frozen=True, slots=True)
class BsnBasis:
    """By which law an organisation may use the BSN (AVG art. 87, UAVG art. 46)."""

    law: str
    article: str
    agreed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Part 1: who it is, where, and for whom.

    Attributes:
        name: Of the organisation.
        number: OIN or KvK.
        municipalities: Where it works.
        districts: Within these, where it does not work everywhere.
        target_group: By age.
        bsn_basis: None: it may not register.
        sensitive: Whether being known there is itself telling.
        secure_mail_domains: To these alone go mails with names.
        reference_pattern: Regular expression for own references; None: the general rules.
        explanation: For people.
    """

    name: str
    number: OrganisationNumber | None
    municipalities: Sequence[str]
    districts: Sequence[str]
    target_group: TargetGroup
    bsn_basis: BsnBasis | None
    sensitive: bool
    secure_mail_domains: Sequence[str]
    reference_pattern: str | None
    explanation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPart:
    """A unit, as the profile has it.

    Attributes:
        id: None until the concept is first saved.
        name: Within the organisation, once.
        domain: Never changes.
        takes_part: Whether it may register.
        independent: Matched within its own organisation, and closed to it.
        mailbox: None: the organisation's own.
        phone: Of the team.
        explanation: For people.
    """

    id: UUID | None
    name: str
    domain: Domain
    takes_part: bool
    independent: bool
    mailbox: str | None
    phone: str
    explanation: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A yes/no question whose answer decides whether to register.

    Attributes:
        text: As people read it.
        signal_on: Which answer makes it a signal.
    """

    text: str
    signal_on: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Signalling:
    """Part 2: whom it registers, when, and for how long.

    Attributes:
        whom: Every client, or by criteria.
        questions: In the order in which they are asked; at least one with criteria.
        moments: When it registers.
        who: Who may register.
        default_months: Term of a signal for which none is asked.
        longest_months: At most; the law may allow less.
        follow_up_days: Working days in which a match is followed up.
        explanation: For people.
    """

    whom: SignalsWhom
    questions: Sequence[Question]
    moments: Sequence[SignalMoment]
    who: Sequence[WhoSignals]
    default_months: int
    longest_months: int
    follow_up_days: int
    explanation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Part 3: how clients are told of a signal.

    Attributes:
        ways: In which ways.
        text: What clients read or hear.
        explanation: For partners.
    """

    ways: Sequence[TellingWay]
    text: str
    explanation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisPart:
    """Part 4: on what legal basis it registers, and what that asks.

    Attributes:
        domain: Of the units that it is for.
        age_groups: Of the clients.
        demands: What it asks of the client.
        may_defer: Whether telling the client may be put off, with a reason.
        reference: Law and article: data, for laws change.
        valid_from: First day (in the Netherlands).
        valid_until: Last day; None: no end.
        review_on: When it is to be looked at again.
        explanation: For people.
    """

    domain: Domain
    age_groups: Sequence[AgeGroup]
    demands: Demand
    may_defer: bool
    reference: str
    valid_from: date
    valid_until: date | None
    review_on: date | None
    explanation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Something that it offers (parts 5 and 10a).

    Attributes:
        key: By which routes and waiting times name it.
        name: For people.
        life_domains: On which parts of life it works.
        phases: Of the chain.
        target_group: None: the organisation's.
        duration: How long support lasts at most; None: it differs.
        forms: One by one, or in a group.
        volunteers: Whether volunteers do part of it.
        explanation: For people.
    """

    key: str
    name: str
    life_domains: Sequence[LifeDomain]
    phases: Sequence[Phase]
    target_group: TargetGroup | None
    duration: Term | None
    forms: Sequence[SupportForm]
    volunteers: bool
    explanation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way to come in by a route.

    Attributes:
        means: By form, mail, telephone, intake or walk-in.
        label: What it is called there, a district's team say; None: nothing special.
        web: Address of a form, https.
        email: Where a form or mail goes to.
        phone: To ring.
        place: Where to go.
        districts: For clients of these only; none: all.
        hours: When; None: the organisation's opening hours.
        partners_only: Whether it is for professionals, not for clients.
        answered_by: Who answers; None: not said.
        mainly_by: Who of these does so first of all; None: nobody more than others.
        passes_on_to: Whom the answerer rings in turn; None: nobody.
    """

    means: Means
    label: str | None
    web: str | None
    email: str | None
    phone: str | None
    place: str | None
    districts: Sequence[str]
    hours: OpeningHours | None
    partners_only: bool
    answered_by: Answerer | None
    mainly_by: Answerer | None
    passes_on_to: Answerer | None


@dataclass(frozen=True, slots=True)
class UrgencySign:
    """What makes something urgent here, and how that is shown."""

    what: Urgency
    shown_by: Sequence[ShownBy]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Part 6: a route in.

    Attributes:
        kind: For what.
        products: Keys of the products that it is for; none: all.
        channels: In order of preference; none: this organisation has no such route.
        takes_applications: Whether one can apply for a client by it, or only ask and tell.
        taken_up_by: Who takes the client into the caseload; None: not said.
        urgency: For urgent routes: what shows it, and nothing else does; none: saying so is enough.
        handling: For urgent routes: how what is urgent is dealt with; None: not said.
        how_often: How often it happens that somebody comes by it; None: not said.
        also_mail: Whether whoever rings also sends a mail.
        call_back: Within what time they ring back; None: they answer at once.
        call_back_how_often: How often that is; None: not said.
        not_shared: What they may not tell.
        explanation: For people.
    """

    kind: RouteKind
    products: Sequence[str]
    channels: Sequence[Channel]
    takes_applications: bool
    taken_up_by: Answerer | None
    urgency: Sequence[UrgencySign]
    handling: Handling | None
    how_often: HowOften | None
    also_mail: bool
    call_back: Term | None
    call_back_how_often: HowOften | None
    not_shared: Sequence[NotShared]
    explanation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTimes:
    """Part 10: how soon it responds.

    Attributes:
        crisis: None: this is no place for a crisis.
        urgent: None: it has no urgent route.
        regular: Until the first conversation.
        clarified: Until the question is clear; None: not said.
        explanation: For people.
    """

    crisis: Term | None
    urgent: Term | None
    regular: Term
    clarified: Term | None
    explanation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A whole profile. What one may leave open says so; a published one has every part.

    Attributes:
        review_on: When the whole is to be looked at again.
    """

    identity: Identity
    units: Sequence[UnitPart]
    signalling: Signalling
    telling: Telling
    legal_bases: Sequence[BasisPart]
    products: Sequence[Product]
    routes: Sequence[Route]
    consent: Consent
    feedback: Feedback
    routes_out: Sequence[RouteOut]
    no_show: NoShow
    response_times: ResponseTimes
    contact: ContactPart
    review_on: date

    def routes_of(self, kind: RouteKind, product_key: str | None = None) -> list[Route]:
        """Return the routes of *kind* for a product: its own, or else the general ones."""
        routes = [one for one in self.routes if one.kind is kind]
        own = [one for one in routes if product_key in one.products]
        return own or [one for one in routes if not one.products or product_key is None]

    def target_group_of(self, product: Product) -> TargetGroup:
        """Return for whom *product* is."""
        return product.target_group or self.identity.target_group
