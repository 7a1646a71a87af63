"""Reading one's own signals: each one shown leaves an audit row.

Of what ended, lists tell whose it was, when and why it ended. Which client it was
(the reference) is told to who opens it and says what for, for thirty days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, auto
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, case, func, select
from sqlalchemy.orm import Session

from match.checkups import lapses_soon, needs_confirming
from match.history import HistoryReason, is_kept
from match.matches import MatchKind, MatchStatus, Participation
from match.reading import Counterpart, counterparts
from match.registering import Registered
from match.seeing import saw_anybody, shown_id
from match.signals import EndReason, Signal, SignalStatus
from orgprofiles.dutch_calendar import AMSTERDAM
from orgprofiles.organisations import Professional, Unit
from orgprofiles.statements import is_among
from verwijsindex import audit
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.clients import Scope
from verwijsindex.http.problems import Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.check_signals import CheckedRequest
from verwijsindex.use_cases.paging import Page


@dataclass(frozen=True, slots=True)
class MatchOfSignal:
    """The match that a signal takes part in, as its side may see it.

    Attributes:
        id: As its side knows it.
        match_id: Its own, never shown.
    """

    id: UUID
    match_id: UUID
    status: MatchStatus
    participants: Sequence[Counterpart]


@dataclass(frozen=True, slots=True)
class SignalView:
    """A signal as its own organisation sees it.

    Attributes:
        reference: None: it ended, and was not opened for a reason.
        confirmed_at: When somebody last said that they are still involved.
        match: Only for callers who may see matches.
        shows_match: Whether *match* is told at all.
        professional_key: None: the team is the contact.
    """

    id: UUID
    status: SignalStatus
    reference: str | None = field(repr=False)
    lapses: date
    started_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    reason: EndReason | None
    unit_id: UUID
    professional_key: str | None
    match: MatchOfSignal | None
    shows_match: bool


class Checkup(Enum):
    """For what one is asked to look at a signal."""

    LAPSING = auto()  #: it lapses soon
    CONFIRMING = auto()  #: it runs long; is its contact still involved?


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalFilter:
    """Which signals are asked for; None does not narrow."""

    status: SignalStatus | None = None
    unit_id: UUID | None = None
    professional_key: str | None = None
    lapses_before: date | None = None
    checkup: Checkup | None = None
    reference: str | None = field(default=None, repr=False)
    ids: Sequence[UUID] | None = None


def list_signals(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    wanted: SignalFilter,
    page: Page,
    by_lapse: bool = False,
) -> tuple[int, list[SignalView]]:
    """Return how many signals fit *wanted*, and those of *page*.

    Newest first, or with *by_lapse* those that lapse first.
    """
    conditions = _conditions(services, caller, wanted)
    matching = (
        select(Signal)
        .join(Unit, Unit.id == Signal.unit_id)
        .outerjoin(Professional, Professional.id == Signal.professional_id)
        .where(*conditions)
    )
    total = session.scalar(matching.with_only_columns(func.count(), maintain_column_froms=True))
    order = (Signal.lapses, Signal.id.desc()) if by_lapse else (Signal.id.desc(),)
    # Not as objects of the ORM: of five hundred those take more time than the query.
    listed = matching.with_only_columns(*_SHOWN, maintain_column_froms=True).order_by(*order)
    rows = session.execute(listed.offset(page.offset).limit(page.size)).all()
    views = _views(session, services, caller, rows)
    _audit_reading(session, services, caller, views)
    session.commit()
    return total or 0, views


@dataclass(frozen=True, slots=True)
class CheckupCounts:
    """How many signals one is asked to look at, for what."""

    lapsing: int
    confirming: int


def count_checkups(
    session: Session, services: Services, *, caller: Caller, professional_key: str | None = None
) -> CheckupCounts:
    """Return how many signals of *caller* are to be looked at.

    Args:
        session: Only read.
        services: Clock and settings.
        caller: Whose units.
        professional_key: Only of this contact; None: of all.
    """
    today = services.today()
    asked = needs_confirming(today, services.settings.confirm_months)
    wanted = SignalFilter(professional_key=professional_key, status=SignalStatus.ACTIVE)
    row = session.execute(
        select(
            func.count(case((lapses_soon(today), 1))).label("lapsing"),
            func.count(case((asked, 1))).label("confirming"),
        )
        .select_from(Signal)
        .join(Unit, Unit.id == Signal.unit_id)
        .outerjoin(Professional, Professional.id == Signal.professional_id)
        .where(*_conditions(services, caller, wanted))
    ).one()
    return CheckupCounts(row.lapsing, row.confirming)


def read_signal(
    session: Session, services: Services, *, caller: Caller, signal_id: UUID
) -> SignalView | None:
    """Return one signal; None when it is not this caller's to see."""
    signal = own_signal(session, caller, signal_id, now=services.clock())
    if signal is None:
        return None
    view = view_of(session, services, caller, signal)
    _audit_reading(session, services, caller, [view])
    session.commit()
    return view


_OPENED_FOR = {
    HistoryReason.RETURN: Action.HISTORY_ON_RETURN,
    HistoryReason.QUESTION: Action.HISTORY_ON_QUESTION,
    HistoryReason.MISTAKE: Action.HISTORY_ON_MISTAKE,
    HistoryReason.HANDOVER: Action.HISTORY_ON_HANDOVER,
}
_STILL_ACTIVE = "Dit signaal is nog actief. Lees het zonder reden."


def open_history(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    signal_id: UUID,
    reason: HistoryReason,
) -> SignalView:
    """Return a signal that ended, with its reference; the reason to look is recorded.

    Raises:
        Problem: 404 when it is not this caller's, or ended too long ago; 409
            while it is active.
    """
    signal = own_signal(session, caller, signal_id, now=services.clock())
    if signal is None:
        raise Problem(404)
    if signal.status is SignalStatus.ACTIVE:
        raise Problem(409, _STILL_ACTIVE)
    view = view_of(session, services, caller, signal, opened=True)
    audit.record_deed(session, services, caller.actor, _OPENED_FOR[reason], signal_id)
    session.commit()
    return view


def view_of(
    session: Session,
    services: Services,
    caller: Caller,
    signal: Signal,
    *,
    opened: bool = False,
) -> SignalView:
    """Return *signal* as its own organisation sees it; in the caller's transaction.

    Args:
        session: Read only.
        services: Keys.
        caller: Whose it is.
        signal: The signal.
        opened: Whether the reference is told though it ended.
    """
    session.flush()
    shown = (
        select(*_SHOWN)
        .outerjoin(Professional, Professional.id == Signal.professional_id)
        .where(Signal.id == signal.id)
    )
    (view,) = _views(session, services, caller, session.execute(shown).all(), opened=opened)
    return view


def view_of_new(
    session: Session, caller: Caller, checked: CheckedRequest, done: Registered, now: datetime
) -> SignalView:
    """Return the view of a signal that was written a moment ago; in its transaction.

    Nothing is read again but whom its side may see, if there is a match.
    """
    match = None
    shows_match = Scope.MATCHES in caller.scopes
    if shows_match and done.match_id is not None and done.participation_id is not None:
        today = now.astimezone(AMSTERDAM).date()
        found = counterparts(session, [done.participation_id], today=today)
        seen = found.get(done.participation_id)
        match = (
            MatchOfSignal(done.shown_as or done.match_id, done.match_id, MatchStatus.OPEN, seen)
            if seen
            else None
        )
    return SignalView(
        id=done.signal_id,
        status=SignalStatus.ACTIVE,
        reference=checked.reference,
        lapses=checked.registration.lapses,
        started_at=now,
        confirmed_at=None,
        ended_at=None,
        reason=None,
        unit_id=checked.registration.party.unit_id,
        professional_key=checked.professional_key,
        match=match,
        shows_match=shows_match,
    )


def own_signal(
    session: Session, caller: Caller, signal_id: UUID, *, now: datetime
) -> Signal | None:
    """Return the signal if it is this caller's to see; in the caller's transaction."""
    return session.scalars(
        select(Signal)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(Signal.id == signal_id, caller.may_see_unit(), is_kept(now))
    ).one_or_none()


def _conditions(
    services: Services, caller: Caller, wanted: SignalFilter
) -> list[ColumnElement[bool]]:
    conditions = [caller.may_see_unit(), is_kept(services.clock())]
    if wanted.status is not None:
        conditions.append(Signal.status == wanted.status)
    if wanted.unit_id is not None:
        conditions.append(Signal.unit_id == wanted.unit_id)
    if wanted.professional_key is not None:
        conditions.append(Professional.key == wanted.professional_key)
    if wanted.lapses_before is not None:
        conditions.append(Signal.lapses < wanted.lapses_before)
    if wanted.checkup is Checkup.LAPSING:
        conditions.append(lapses_soon(services.today()))
    elif wanted.checkup is Checkup.CONFIRMING:
        conditions.append(needs_confirming(services.today(), services.settings.confirm_months))
    if wanted.ids is not None:
        conditions.append(Signal.id.in_(wanted.ids))
    if wanted.reference is not None:
        looked_up = services.references.lookup_hash(caller.organisation_id, wanted.reference)
        conditions.append(Signal.reference_hash == looked_up)
    return conditions


#: What is shown of a signal; its professional by outer join.
_SHOWN = (
    Signal.id,
    Signal.status,
    Signal.reference_sealed,
    Signal.lapses,
    Signal.started_at,
    Signal.confirmed_at,
    Signal.ended_at,
    Signal.reason,
    Signal.unit_id,
    Professional.key.label("professional_key"),
)


def _views(
    session: Session,
    services: Services,
    caller: Caller,
    signals: Sequence[Row[*tuple[Any, ...]]],
    *,
    opened: bool = False,
) -> list[SignalView]:
    """Return the views of rows of :data:`_SHOWN`."""
    shows_match = Scope.MATCHES in caller.scopes
    active = [one.id for one in signals if one.status is SignalStatus.ACTIVE]
    matches = _matches_of(session, services, active) if shows_match and active else {}
    references = services.references.open_all(
        caller.organisation_id, [one.reference_sealed for one in signals]
    )
    return [
        SignalView(
            id=one.id,
            status=one.status,
            reference=reference if opened or one.status is SignalStatus.ACTIVE else None,
            lapses=one.lapses,
            started_at=one.started_at,
            confirmed_at=one.confirmed_at,
            ended_at=one.ended_at,
            reason=one.reason,
            unit_id=one.unit_id,
            professional_key=one.professional_key,
            match=matches.get(one.id),
            shows_match=shows_match,
        )
        for one, reference in zip(signals, references, strict=True)
    ]


def _matches_of(
    session: Session, services: Services, signal_ids: Sequence[UUID]
) -> dict[UUID, MatchOfSignal]:
    """Return the match about its person per active signal, where its side may see anybody in it."""
    rows = session.execute(
        select(
            Participation.id,
            Participation.signal_id,
            Participation.match_id,
            shown_id().label("shown_as"),
            # Of who sees nobody nothing is read: not even that there is something.
        ).where(
            is_among(Participation.signal_id, signal_ids),
            Participation.kind == MatchKind.PERSON,
            saw_anybody(),
        )
    ).all()
    seen = counterparts(session, [row.id for row in rows], today=services.today())
    return {
        # Who sees somebody active is in an open match.
        row.signal_id: MatchOfSignal(row.shown_as, row.match_id, MatchStatus.OPEN, seen[row.id])
        for row in rows
        if row.id in seen
    }


def _audit_reading(
    session: Session, services: Services, caller: Caller, views: Sequence[SignalView]
) -> None:
    deeds = [(Action.SIGNAL_READ, view.id) for view in views]
    deeds += [(Action.MATCH_READ, view.match.match_id) for view in views if view.match is not None]
    audit.record(session, services.audit_key, actor=caller.actor, deeds=deeds, now=services.clock())
