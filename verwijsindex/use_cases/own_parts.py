"""The caller's own parts in a match, to act on: found, and locked."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from match.matches import Match, Participation
from match.seeing import is_shown_as, saw_anybody
from match.signals import Signal, SignalStatus
from match.subjects import lock_by_id
from orgprofiles.organisations import Unit
from verwijsindex.access import Caller
from verwijsindex.http.problems import Problem

ENDED = "Uw signaal in deze match is beëindigd of vervallen. Er valt niets meer vast te leggen."


def own_part(
    session: Session, *, caller: Caller, match_id: UUID, participation_id: UUID
) -> Participation:
    """Return the caller's part in a match as the caller knows it.

    Raises:
        Problem: 404 when it is not this caller's, or sees and saw nobody.
    """
    wanted = _parts(caller, match_id).where(Participation.id == participation_id)
    part = session.scalars(wanted).one_or_none()
    if part is None:
        raise Problem(404)
    return part


def locked_part(
    session: Session, *, caller: Caller, match_id: UUID, participation_id: UUID
) -> tuple[Participation, Signal]:
    """Return the caller's part and its signal, as they are under the lock on the subject.

    Raises:
        Problem: 404 as :func:`own_part`; 409 when its signal has ended.
    """
    part = own_part(session, caller=caller, match_id=match_id, participation_id=participation_id)
    ((part, signal),) = _locked(session, [part])
    if signal.status is not SignalStatus.ACTIVE:
        raise Problem(409, ENDED)
    return part, signal


def locked_parts(session: Session, *, caller: Caller, match_id: UUID) -> list[Participation]:
    """Return the caller's parts in a match of which the signal is active, under the lock.

    Raises:
        Problem: 404 when it has none in this match; 409 when all have ended.
    """
    parts = session.scalars(_parts(caller, match_id).order_by(Signal.id)).all()
    if not parts:
        raise Problem(404)
    active = [
        part for part, signal in _locked(session, parts) if signal.status is SignalStatus.ACTIVE
    ]
    if not active:
        raise Problem(409, ENDED)
    # Active signals of one subject take part in one match.
    return active


def _parts(caller: Caller, match_id: UUID) -> Select[Participation]:
    return (
        select(Participation)
        .join(Signal, Signal.id == Participation.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(is_shown_as(match_id), caller.may_see_unit(), saw_anybody())
    )


def _locked(session: Session, parts: Sequence[Participation]) -> list[tuple[Participation, Signal]]:
    # The match's, and not the signals': a family match is about a parent.
    match_ids = {part.match_id for part in parts}
    subjects = select(Match.subject_id).where(Match.id.in_(match_ids)).distinct()
    lock_by_id(session, session.scalars(subjects).all())
    # Read again: things may have changed while the lock was waited for.
    rows = session.execute(
        select(Participation, Signal)
        .join(Signal, Signal.id == Participation.signal_id)
        .where(Participation.id.in_([part.id for part in parts]))
        .order_by(Signal.id)
        .execution_options(populate_existing=True)
    )
    return [(row.Participation, row.Signal) for row in rows]
