"""What a profile says of practice: consent, feedback, referring on, no-show, contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orgprofiles.opening_hours import OpeningHours
from orgprofiles.profile_words import (
    AskedOfPartner,
    ConsentMoment,
    ConsentRecord,
    ConsentWay,
    FeedbackItem,
    NoShowContact,
    ReferralWay,
    SelfReliance,
    SharesByMail,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Part 7: how it asks for consent to share and to report back.

    Attributes:
        ways: How it is given.
        moments: When it is asked.
        recorded_in: Where it is kept.
        covers_feedback: Whether it covers reporting back to whoever referred.
        shares_by_mail: What it mails about a client.
        verifies_address: Whether it checks an address before mailing.
        explanation: For people.
    """

    ways: Sequence[ConsentWay]
    moments: Sequence[ConsentMoment]
    recorded_in: ConsentRecord
    covers_feedback: bool
    shares_by_mail: SharesByMail
    verifies_address: bool
    explanation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """Part 8: what it reports back by default, and within how many working days."""

    items: Sequence[FeedbackItem]
    within_days: int
    explanation: str | None


@dataclass(frozen=True, slots=True)
class RouteOut:
    """Part 8a: how it refers a client of some self-reliance to others."""

    self_reliance: SelfReliance
    ways: Sequence[ReferralWay]
    explanation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoShow:
    """Part 9: what happens when a client does not come.

    Attributes:
        contacted_by: Who contacts the client again.
        reaches_out: Whether it can go and look for the client.
        asks_partner: Whether it may ask the partner to do something.
        partner_asked_to: What; None: not said.
        explanation: For people.
    """

    contacted_by: NoShowContact
    reaches_out: bool
    asks_partner: bool
    partner_asked_to: AskedOfPartner | None
    explanation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinator:
    """Whom partners and the administrator turn to about the profile itself."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPart:
    """Part 11: contact.

    Attributes:
        coordinator: Keeps the profile.
        mailbox: Gets what would otherwise reach nobody.
        phone: The general number.
        website: https; None: it has none.
        hours: When it is open.
        explanation: For people.
    """

    coordinator: Coordinator
    mailbox: str
    phone: str
    website: str | None
    hours: OpeningHours
    explanation: str | None = None
