"""What a coordinator sees of the own organisation: units, professionals, and what is missing.

Never a reference, a signal or a match: of those only how many are active.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from match.signals import Signal, SignalStatus
from orgprofiles.organisations import Professional, ProfessionalStatus, Unit
from orgprofiles.statements import fixed
from verwijsindex import audit
from verwijsindex.access import Caller
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.audit import Action
from verwijsindex.http.problems import Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.paging import Page


class Choice(StrEnum):
    """Which professionals are wanted."""

    ACTIVE = "actief"  #: who works here
    WITHOUT_ACCOUNT = "zonder_account"  #: of those: who cannot sign in yet
    WITH_SIGNALS = "met_signalen"  #: of those: who are contact of active signals
    UNTRAINED = "zonder_opleiding"  #: of those: whose day of training is missing
    REFUSED = "mail_geweigerd"  #: of those: to whom mail is refused
    LEFT = "vertrokken"  #: who are inactive


@dataclass(frozen=True, slots=True)
class TeamSearch:
    """Whom to show.

    Attributes:
        choice: Which of them.
        unit_id: Of this unit alone; None: of all.
        name: Part of the name, whatever its case; None: any.
    """

    choice: Choice = Choice.ACTIVE
    unit_id: UUID | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Colleague:
    """A professional, as the coordinator sees them.

    Attributes:
        professional: As kept.
        unit_name: Where they work.
        account_id: With which they sign in; None: with none.
        account_status: Of that account.
        signals: Of how many active signals they are contact.
    """

    professional: Professional
    unit_name: str
    account_id: UUID | None
    account_status: AccountStatus | None
    signals: int


@dataclass(frozen=True, slots=True)
class UnitCounts:
    """A unit, and how many of its active professionals need something.

    Attributes:
        unit: As kept.
        professionals: How many are active.
        without_account: How many of them cannot sign in yet.
        untrained: Of how many of them the day of training is missing.
        refused: To how many of them mail is refused.
    """

    unit: Unit
    professionals: int
    without_account: int
    untrained: int
    refused: int


_WORKS = Professional.status == fixed(ProfessionalStatus.ACTIVE)
_SIGNALS = (
    select(func.count())
    .select_from(Signal)
    .where(
        Signal.professional_id == Professional.id,
        Signal.status == fixed(SignalStatus.ACTIVE),
    )
    .correlate(Professional)
    .scalar_subquery()
)
_CONDITIONS: dict[Choice, tuple[ColumnElement[bool], ...]] = {
    Choice.ACTIVE: (_WORKS,),
    Choice.WITHOUT_ACCOUNT: (_WORKS, Account.id.is_(None)),
    Choice.WITH_SIGNALS: (_WORKS, _SIGNALS > 0),
    Choice.UNTRAINED: (_WORKS, Professional.trained_on.is_(None)),
    Choice.REFUSED: (_WORKS, Professional.mail_refused_at.is_not(None)),
    Choice.LEFT: (~_WORKS,),
}


def count_units(session: Session, *, caller: Caller) -> Sequence[UnitCounts]:
    """Return the units that *caller* may see, by name, with what is missing in each."""
    rows = session.execute(
        select(
            Unit,
            func.count(Professional.id),
            func.count(Professional.id).filter(Account.id.is_(None)),
            func.count(Professional.id).filter(Professional.trained_on.is_(None)),
            func.count(Professional.id).filter(Professional.mail_refused_at.is_not(None)),
        )
        .select_from(Unit)
        .outerjoin(Professional, (Professional.unit_id == Unit.id) & _WORKS)
        .outerjoin(Account, Account.professional_id == Professional.id)
        .where(caller.may_see_unit())
        .group_by(Unit.id)
        .order_by(Unit.name)
    )
    return [UnitCounts(*row) for row in rows]


def read_team(
    session: Session, services: Services, *, caller: Caller, wanted: TeamSearch, page: Page
) -> tuple[int, list[Colleague]]:
    """Return how many professionals fit *wanted*, and those of *page*, by name."""
    found = _colleagues(caller).where(*_CONDITIONS[wanted.choice])
    if wanted.unit_id is not None:
        found = found.where(Professional.unit_id == wanted.unit_id)
    if wanted.name is not None:
        found = found.where(
            func.lower(Professional.name).contains(wanted.name.lower(), autoescape=True)
        )
    ids = found.with_only_columns(Professional.id).order_by(None).subquery()
    total = session.scalar(select(func.count()).select_from(ids)) or 0
    ordered = found.order_by(func.lower(Professional.name), Professional.id)
    rows = session.execute(ordered.offset(page.offset).limit(page.size)).all()
    _record(session, services, caller, [row.Professional.id for row in rows])
    return total, [Colleague(*row) for row in rows]


def read_colleague(
    session: Session, services: Services, *, caller: Caller, professional_id: UUID
) -> Colleague:
    """Return one professional.

    Raises:
        Problem: 404 for one that is not the caller's to see.
    """
    row = session.execute(
        _colleagues(caller).where(Professional.id == professional_id)
    ).one_or_none()
    if row is None:
        raise Problem(404)
    _record(session, services, caller, [professional_id])
    return Colleague(*row)


def _colleagues(caller: Caller) -> Select[Any]:
    return (
        select(Professional, Unit.name, Account.id, Account.status, _SIGNALS)
        .join(Unit, Unit.id == Professional.unit_id)
        .outerjoin(Account, Account.professional_id == Professional.id)
        .where(caller.may_see_unit())
    )


def _record(session: Session, services: Services, caller: Caller, ids: Sequence[UUID]) -> None:
    audit.record(
        session,
        services.audit_key,
        actor=caller.actor,
        deeds=[(Action.PROFESSIONAL_READ, one) for one in ids],
        now=services.clock(),
    )
    session.commit()
