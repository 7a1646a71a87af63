"""Who may see whom: the one query behind answers, pages and mails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, and_, bindparam, case, exists, or_, select
from sqlalchemy.orm import Session

from match.matches import MatchPair, PairVisibility, Participation
from match.signals import Informing, Signal, SignalStatus
from orgprofiles.domains import Domain
from orgprofiles.organisations import Organisation, Professional, ProfessionalStatus, Unit
from orgprofiles.stand_ins import StandIn, is_on
from orgprofiles.statements import fixed, is_among, table_of


@dataclass(frozen=True, slots=True)
class Substitute:
    """Who stands in for a contact.

    Attributes:
        until: The last day of it.
    """

    name: str
    phone: str
    until: date


@dataclass(frozen=True, slots=True)
class Contact:
    """How a contact is reached.

    Attributes:
        stand_in: Who is reached in their place today, as far as that was asked.
    """

    name: str
    function: str
    phone: str
    email: str
    stand_in: Substitute | None = None


@dataclass(frozen=True, slots=True)
class Counterpart:
    """Somebody whom a participant may see.

    Attributes:
        participation_id: The counterpart's part in the match.
        signal_id: The counterpart's signal; never shown.
        organisation_id: Of the counterpart; never shown.
        organisation_name: Of the counterpart.
        sensitive: Whether that organisation is sensitive.
        domain: Of the counterpart's unit.
        contact: How to reach them.
        since: When the counterpart's signal started, UTC.
        deferred_informing: Whether the counterpart put off telling the client.
    """

    participation_id: UUID
    signal_id: UUID
    organisation_id: UUID
    organisation_name: str
    sensitive: bool
    domain: Domain
    contact: Contact
    since: datetime
    deferred_informing: bool


TEAM_FUNCTION = "team"


def contact_of(unit: Unit, professional: Professional | None) -> Contact:
    """Return how the contact of a signal is reached; the team where somebody has left."""
    if professional is None or professional.status is ProfessionalStatus.INACTIVE:
        return Contact(unit.name, TEAM_FUNCTION, unit.phone, unit.mailbox)
    return Contact(professional.name, professional.function, professional.phone, professional.email)


def address_of(unit: Unit, professional: Professional | None) -> str:
    """Return where the contact of a signal is mailed: as reached, but at no refused address."""
    if professional is not None and professional.mail_refused_at is not None:
        return unit.mailbox
    return contact_of(unit, professional).email


def _counterparts_statement() -> Select[*tuple[Any, ...]]:
    own, other = _PARTICIPATIONS.alias("own"), _PARTICIPATIONS.alias("other")
    own_signal = _SIGNALS.alias("own_signal")
    own_is_low = _PAIRS.c.low_participation_id == own.c.id
    today = bindparam("today", type_=Date)
    substitute, theirs = _PROFESSIONALS.alias("substitute"), _STAND_INS.alias("theirs")
    deferral = (
        select(_INFORMINGS.c.deferral_reason)
        .where(_INFORMINGS.c.signal_id == _SIGNALS.c.id)
        # Not by id alone: that would be found along the primary key, past everybody else's.
        .order_by(_INFORMINGS.c.recorded_at.desc(), _INFORMINGS.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            own.c.id.label("own_id"),
            other.c.id.label("other_id"),
            _SIGNALS.c.id.label("signal_id"),
            _SIGNALS.c.started_at,
            deferral.label("deferral_reason"),
            _ORGANISATIONS.c.id.label("organisation_id"),
            _ORGANISATIONS.c.name.label("organisation_name"),
            _ORGANISATIONS.c.sensitive,
            _UNITS.c.domain,
            _UNITS.c.name.label("unit_name"),
            _UNITS.c.phone.label("unit_phone"),
            _UNITS.c.mailbox,
            _PROFESSIONALS.c.name.label("professional_name"),
            _PROFESSIONALS.c.function,
            _PROFESSIONALS.c.phone.label("professional_phone"),
            _PROFESSIONALS.c.email,
            substitute.c.name.label("substitute_name"),
            substitute.c.phone.label("substitute_phone"),
            _STAND_INS.c.last_day.label("substitute_until"),
        )
        .select_from(own)
        .join(own_signal, own_signal.c.id == own.c.signal_id)
        .join(_PAIRS, or_(own_is_low, _PAIRS.c.high_participation_id == own.c.id))
        .join(
            other,
            other.c.id
            == case(
                (own_is_low, _PAIRS.c.high_participation_id),
                else_=_PAIRS.c.low_participation_id,
            ),
        )
        .join(_SIGNALS, _SIGNALS.c.id == other.c.signal_id)
        .join(_UNITS, _UNITS.c.id == _SIGNALS.c.unit_id)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == _UNITS.c.organisation_id)
        .outerjoin(
            _PROFESSIONALS,
            (_PROFESSIONALS.c.id == _SIGNALS.c.professional_id)
            & (_PROFESSIONALS.c.status == fixed(ProfessionalStatus.ACTIVE)),
        )
        .outerjoin(
            _STAND_INS,
            (_STAND_INS.c.professional_id == _PROFESSIONALS.c.id) & is_on(today, _STAND_INS.c),
        )
        .outerjoin(
            substitute,
            # As for mails (:mod:`match.routing`): somebody who is there, of that unit.
            (substitute.c.id == _STAND_INS.c.substitute_id)
            & (substitute.c.unit_id == _SIGNALS.c.unit_id)
            & (substitute.c.status == fixed(ProfessionalStatus.ACTIVE))
            & ~exists().where(theirs.c.professional_id == substitute.c.id, is_on(today, theirs.c)),
        )
        .where(
            is_among(own.c.id, "own_ids"),
            own_signal.c.status == fixed(SignalStatus.ACTIVE),
            _SIGNALS.c.status == fixed(SignalStatus.ACTIVE),
            or_(
                _PAIRS.c.visibility == fixed(PairVisibility.BOTH),
                and_(own_is_low, _PAIRS.c.visibility == fixed(PairVisibility.LOW)),
                and_(~own_is_low, _PAIRS.c.visibility == fixed(PairVisibility.HIGH)),
            ),
        )
        .order_by(_SIGNALS.c.started_at, _SIGNALS.c.id)
    )


_PARTICIPATIONS, _PAIRS, _SIGNALS, _INFORMINGS = map(
    table_of, (Participation, MatchPair, Signal, Informing)
)
_UNITS, _ORGANISATIONS, _PROFESSIONALS, _STAND_INS = map(
    table_of, (Unit, Organisation, Professional, StandIn)
)
# Made once: so many tables cost more to put together than to ask for.
_COUNTERPARTS = _counterparts_statement()


def counterparts(
    session: Session, participation_ids: Collection[UUID], *, today: date
) -> dict[UUID, list[Counterpart]]:
    """Return whom each of *participation_ids* may see: active, and visible to that side.

    Args:
        session: Read only.
        participation_ids: Who looks.
        today: The calendar day in the Netherlands: who stands in for a contact.
    """
    if not participation_ids:
        return {}
    found: dict[UUID, list[Counterpart]] = defaultdict(list)
    given = {"own_ids": participation_ids, "today": today}
    rows = session.connection().execute(_COUNTERPARTS, given).all()
    for row in rows:
        found[row.own_id].append(
            Counterpart(
                row.other_id,
                row.signal_id,
                row.organisation_id,
                row.organisation_name,
                row.sensitive,
                row.domain,
                _contact(row),
                row.started_at,
                row.deferral_reason is not None,
            )
        )
    return found


def _contact(row: Any) -> Contact:
    """Return what :func:`contact_of` does, of a row that has an active professional only."""
    if row.professional_name is None:
        return Contact(row.unit_name, TEAM_FUNCTION, row.unit_phone, row.mailbox)
    stand_in = None
    if row.substitute_name is not None:
        stand_in = Substitute(row.substitute_name, row.substitute_phone, row.substitute_until)
    return Contact(row.professional_name, row.function, row.professional_phone, row.email, stand_in)


def deferred_signals(session: Session, signal_ids: Collection[UUID]) -> set[UUID]:
    """Return those of *signal_ids* whose newest informing was put off."""
    if not signal_ids:
        return set()
    rows = session.execute(
        select(Informing.signal_id, Informing.deferral_reason)
        .where(Informing.signal_id.in_(signal_ids))
        .order_by(Informing.id)
    )
    newest = {row.signal_id: row.deferral_reason for row in rows}
    return {signal_id for signal_id, reason in newest.items() if reason is not None}
