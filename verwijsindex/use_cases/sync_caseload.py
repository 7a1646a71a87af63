"""A unit's whole caseload, in parts: what is new starts, what is gone ends.

Nothing ends before the last part is in, and all before it. A part that comes
again is answered as before; a run that is never finished ends nothing; a newer
run of the unit takes the place of one that is not finished.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from match.ending import Ending, end_locked
from match.signals import EndReason, Signal, SignalStatus
from match.subjects import LOCKED_AT_ONCE_LIMIT, Subject, lock_by_id
from orgprofiles.organisations import Unit
from orgprofiles.statements import fixed, is_among
from verwijsindex import audit, event_log
from verwijsindex.access import Caller
from verwijsindex.audit import Action, AuditEvent
from verwijsindex.caseloads import CaseloadPart, CaseloadRun, CaseloadState, packed, unpacked
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.caseload_rows import (
    CaseloadRow,
    CaseloadStatus,
    Dealt,
    Part,
    RowOutcome,
    deal_with,
)
from verwijsindex.use_cases.check_signals import NO_UNIT_OF_CLIENT, NOT_TAKING_PART
from verwijsindex.use_cases.register_signals import require_admission
from verwijsindex.use_cases.registration_limits import require_room

#: More than this share (one in…) and more than this many end only when that is confirmed.
_SHARE = 5
_FEW = 5


class RunReason(StrEnum):
    """Why what is gone from a caseload ends: not one that tells others something."""

    COMPLETED = "afgerond"  #: as intended
    STOPPED_EARLY = "voortijdig_gestopt"  #: before its aim was reached
    NO_CONTACT = "geen_contact"  #: the clients were not reached any more
    TRANSFERRED = "overgedragen"  #: another organisation took over
    MOVED = "verhuisd"  #: left the area


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRequest:
    """A part as it came; its form has been checked.

    Attributes:
        run: The source system's own id of the run.
        number: From 1.
        is_last: Whether no part follows.
        unit_id: Whose caseload it is.
        rows: About whom.
        reason: With the last part: why what is gone ends.
        is_confirmed: With the last part: that many may end.
        is_trial: Change nothing; say what would be.
        skipped: With the last part: rows that the source system could not send.
    """

    run: UUID
    number: int
    is_last: bool
    unit_id: UUID
    rows: Sequence[CaseloadRow]
    reason: RunReason = RunReason.COMPLETED
    is_confirmed: bool = False
    is_trial: bool = False
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class PartResult:
    """What became of a part.

    Attributes:
        number: Of the part.
        state: Of the run.
        ended: Signals that the whole run ended.
        answer: ``counts`` per :class:`CaseloadStatus`, and ``rows``: what became of each that
            was given in full, or was refused.
    """

    number: int
    state: CaseloadState
    ended: int
    answer: dict[str, Any]


def receive_part(
    session: Session, services: Services, *, caller: Caller, part: PartRequest
) -> PartResult:
    """Take in a part; with the last one, end what is gone. A part again: the same answer.

    What starts and ends is committed a hundred people at a time; what was done
    stays done when something fails, and the same part again goes on from there.
    What follows for others is mailed in digests.

    Raises:
        NoBsnBasis: The organisation may not use the BSN.
        KeysDisagree: A wrong key is in use.
        Problem: 400 for a unit that is not the caller's; 409 for a part out of order, a run
            that was superseded, or more endings than were confirmed.
    """
    require_admission(caller)
    run, known = _open(session, services, caller, part)
    if known is None:
        if not part.is_trial:
            require_room(session, services, caller)
        known = _deal(session, services, caller, run, part)
    if not known.is_last:
        return PartResult(part.number, run.state, 0, known.answer)
    _finish(session, services, caller, run.id, part)
    run = session.get_one(CaseloadRun, run.id, populate_existing=True)
    session.commit()
    return PartResult(part.number, run.state, run.ended, known.answer)


_BEGIN = "Een run begint met deel 1."
_SUPERSEDED = "Voor deze afdeling is al een nieuwere run begonnen. Begin een nieuwe run."
_FINISHED = "Deze run is al afgerond. Begin een nieuwe run."
_OTHER_TRIAL = "Deze run begon anders: een proef blijft tot het eind een proef. Begin een nieuwe."


def _open(
    session: Session, services: Services, caller: Caller, part: PartRequest
) -> tuple[CaseloadRun, CaseloadPart | None]:
    """Return the run, begun if need be, and the part as it was dealt with before, if it was."""
    unit = session.scalars(
        select(Unit)
        .where(Unit.id == part.unit_id, caller.may_see_unit())
        # One run of a unit begins at a time; registering is not in its way.
        .with_for_update(key_share=True)
    ).one_or_none()
    if unit is None or not unit.takes_part:
        reason = NO_UNIT_OF_CLIENT if unit is None else NOT_TAKING_PART
        session.rollback()
        raise InvalidInput([InvalidParam(name="afdeling", reason=reason)])
    run = session.scalars(
        select(CaseloadRun)
        .where(CaseloadRun.unit_id == unit.id, CaseloadRun.run == part.run)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if run is None:
        if part.number != 1:
            raise _refused(session, _BEGIN)
        run = _begin(session, services, unit, part)
        session.commit()
        return run, None
    known = session.get(CaseloadPart, (run.id, part.number))
    there = session.scalar(select(func.count()).where(CaseloadPart.run_id == run.id)) or 0
    if run.is_trial is not part.is_trial:
        raise _refused(session, _OTHER_TRIAL)
    if run.state is CaseloadState.SUPERSEDED:
        raise _refused(session, _SUPERSEDED)
    if known is None:
        last = session.get(CaseloadPart, (run.id, there))
        if last is not None and last.is_last:
            raise _refused(session, _FINISHED)
        if part.number != there + 1:
            raise _refused(session, f"Stuur eerst deel {there + 1} van deze run.")
    session.commit()
    return run, known


def _refused(session: Session, detail: str) -> Problem:
    session.rollback()
    return Problem(409, detail)


def _begin(session: Session, services: Services, unit: Unit, part: PartRequest) -> CaseloadRun:
    if not part.is_trial:
        session.execute(
            update(CaseloadRun)
            .where(
                CaseloadRun.unit_id == unit.id,
                CaseloadRun.state == CaseloadState.OPEN,
                ~CaseloadRun.is_trial,
            )
            .values(state=CaseloadState.SUPERSEDED)
            .execution_options(synchronize_session=False)
        )
    run = CaseloadRun(
        unit_id=unit.id,
        run=part.run,
        started_at=services.clock(),
        state=CaseloadState.OPEN,
        is_trial=part.is_trial,
        ended=0,
    )
    session.add(run)
    session.flush()
    return run


def _deal(
    session: Session, services: Services, caller: Caller, run: CaseloadRun, part: PartRequest
) -> CaseloadPart:
    before = session.execute(
        select(CaseloadPart.moved).where(CaseloadPart.run_id == run.id)
    ).scalars()
    how = Part(
        unit_id=part.unit_id,
        began=run.started_at,
        today=services.today(),
        is_trial=part.is_trial,
        moved_before=set().union(*map(unpacked, before)),
        kept_before=lambda: _kept(session, run.id),
    )
    dealt = deal_with(session, services, caller, how, _of_unit(part))
    known, is_new = _keep(session, run, part, dealt)
    if is_new:
        counts = known.answer["counts"]
        audit.record_deed(session, services, caller.actor, Action.CASELOAD_RECEIVED, run.id)
        event_log.log(
            event_log.SIGNALS_REGISTERED,
            organisation_id=caller.organisation_id,
            created=counts[CaseloadStatus.CREATED],
            existing=counts[CaseloadStatus.UNCHANGED] + counts[CaseloadStatus.MOVED],
            refused=counts[CaseloadStatus.REFUSED],
            trial=part.is_trial,
        )
    session.commit()
    return known


def _of_unit(part: PartRequest) -> list[CaseloadRow]:
    return [
        replace(row, request=replace(row.request, unit_id=part.unit_id)) if row.request else row
        for row in part.rows
    ]


def _kept(session: Session, run_id: UUID) -> set[UUID]:
    parts = session.scalars(select(CaseloadPart.kept).where(CaseloadPart.run_id == run_id))
    return set().union(*map(unpacked, parts))


def _keep(
    session: Session, run: CaseloadRun, part: PartRequest, dealt: Dealt
) -> tuple[CaseloadPart, bool]:
    """Write that the part was dealt with; return it as whoever came first wrote it."""
    state = session.scalar(
        select(CaseloadRun.state).where(CaseloadRun.id == run.id).with_for_update()
    )
    known = session.get(CaseloadPart, (run.id, part.number))
    if known is not None:
        return known, False
    if state is not CaseloadState.OPEN:
        raise _refused(session, _SUPERSEDED)
    counts = dict.fromkeys((one.value for one in CaseloadStatus), 0)
    for outcome in dealt.outcomes:
        counts[outcome.status.value] += 1
    made = CaseloadPart(
        run_id=run.id,
        number=part.number,
        is_last=part.is_last,
        kept=packed(sorted(dealt.kept)),
        moved=packed(sorted(dealt.moved)),
        unknown=sum(one.is_unknown for one in dealt.outcomes) + part.skipped,
        answer={
            "counts": counts,
            "rows": [
                _row(position, outcome)
                for position, (row, outcome) in enumerate(
                    zip(part.rows, dealt.outcomes, strict=True)
                )
                if row.signal_id is None or outcome.status is CaseloadStatus.REFUSED
            ],
        },
    )
    session.add(made)
    session.flush()
    return made, True


def _row(position: int, outcome: RowOutcome) -> dict[str, Any]:
    row: dict[str, Any] = {"positie": position, "status": outcome.status.value}
    if outcome.signal_id is not None:
        row["id"] = str(outcome.signal_id)
    if outcome.faults:
        row["invalidParams"] = [dict(fault) for fault in outcome.faults]
    return row


def _finish(
    session: Session, services: Services, caller: Caller, run_id: UUID, part: PartRequest
) -> None:
    """End what is gone, a hundred people at a time; then the run is finished."""
    is_first = True
    while True:
        run = session.scalars(
            select(CaseloadRun)
            .where(CaseloadRun.id == run_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        if run.state is CaseloadState.SUPERSEDED:
            raise _refused(session, _SUPERSEDED)
        if run.state is CaseloadState.FINISHED:
            session.commit()
            return
        total, gone = _gone(session, services, run)
        if is_first and not part.is_trial and not part.is_confirmed:
            _require_few(session, run, total, len(gone))
        is_first = False
        if part.is_trial:
            run.ended = len(gone)
        if part.is_trial or not gone:
            run.state, run.finished_at = CaseloadState.FINISHED, services.clock()
            audit.record_deed(session, services, caller.actor, Action.CASELOAD_FINISHED, run.id)
            session.commit()
            event_log.log(
                event_log.CASELOAD_FINISHED,
                organisation_id=caller.organisation_id,
                ended=run.ended,
                trial=part.is_trial,
            )
            return
        some = gone[:LOCKED_AT_ONCE_LIMIT]
        run.ended += _end(session, services, caller, run, some, reason=part.reason)
        session.commit()


def _gone(session: Session, services: Services, run: CaseloadRun) -> tuple[int, list[UUID]]:
    """Return how many signals the unit had when the run began, and those gone, in lock order."""
    kept = _kept(session, run.id)
    there = session.scalars(
        select(Signal.id)
        .join(Subject, Subject.id == Signal.subject_id)
        .where(
            Signal.unit_id == run.unit_id,
            Signal.status == fixed(SignalStatus.ACTIVE),
            Signal.lapses > services.today(),
            # By hand, or by a newer run: what this one cannot know of.
            Signal.started_at < run.started_at,
        )
        .order_by(Subject.kind, Subject.pseudonym, Signal.id)
    ).all()
    gone = [one for one in there if one not in kept]
    transferred = _transferred(session, run, gone)
    return len(there), [one for one in gone if one not in transferred]


def _transferred(
    session: Session, run: CaseloadRun, signal_ids: Collection[UUID]
) -> Collection[UUID]:
    """Return which of them were given another contact or unit since the run began.

    The caseload was drawn up without knowing it: it may have come from another unit.
    """
    if not signal_ids:
        return ()
    return set(
        session.scalars(
            select(AuditEvent.object_id).where(
                is_among(AuditEvent.object_id, signal_ids),
                AuditEvent.action == Action.SIGNAL_TRANSFERRED,
                AuditEvent.at >= run.started_at,
            )
        )
    )


def _require_few(session: Session, run: CaseloadRun, total: int, gone: int) -> None:
    unknown = session.scalar(
        select(func.sum(CaseloadPart.unknown)).where(CaseloadPart.run_id == run.id)
    )
    if gone and unknown:
        raise _unconfirmed(
            session,
            f"{_rows(unknown)} niet gelezen worden, en het is dus niet zeker wie er nog in de"
            f" caseload zit. Er zouden {gone} van de {total} signalen van deze afdeling eindigen.",
        )
    if gone > _FEW and gone * _SHARE > total:
        raise _unconfirmed(
            session,
            f"Er zouden {gone} van de {total} signalen van deze afdeling eindigen, want ze staan"
            " niet in deze caseload.",
        )


def _unconfirmed(session: Session, numbers: str) -> Problem:
    session.rollback()
    return Problem(
        409,
        f"{numbers} Er is niets beëindigd. Klopt het? Stuur dit laatste deel dan nog eens met"
        ' "bevestigd": true.',
        # So that a program can tell this refusal from the others, and show the numbers.
        invalid_params=[InvalidParam(name="bevestigd", reason=numbers)],
    )


def _rows(count: int) -> str:
    return "Eén rij kon" if count == 1 else f"{count} rijen konden"


def _end(
    session: Session,
    services: Services,
    caller: Caller,
    run: CaseloadRun,
    signal_ids: Sequence[UUID],
    *,
    reason: RunReason,
) -> int:
    """End up to a hundred signals, those that still are as they were; return how many."""
    still_there = (
        Signal.id.in_(signal_ids),
        Signal.unit_id == run.unit_id,
        Signal.status == fixed(SignalStatus.ACTIVE),
    )
    subjects = session.scalars(select(Signal.subject_id).where(*still_there).distinct()).all()
    lock_by_id(session, subjects)
    # Read again: somebody else may have ended or transferred one while the lock was waited for.
    transferred = _transferred(session, run, signal_ids)
    still = session.scalars(select(Signal.id).where(*still_there))
    ended = [one for one in still if one not in transferred]
    end_locked(
        session,
        ended,
        Ending(SignalStatus.ENDED, EndReason(reason.value)),
        now=services.clock(),
        today=services.today(),
    )
    deeds = [(Action.SIGNAL_ENDED, one) for one in ended]
    audit.record(session, services.audit_key, actor=caller.actor, deeds=deeds, now=services.clock())
    return len(ended)
