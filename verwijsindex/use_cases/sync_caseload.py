"""A unit's whole caseload, in parts: what is new starts, what is gone ends.

Nothing ends before the last part is in, and all before it. A part that comes
again is answered as before; a run that is never finished ends nothing; a newer
run of the unit takes the place of one that is not finished.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from orgprofiles.organisations import Unit
from verwijsindex import audit, event_log
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.caseloads import (
    CaseloadPart,
    CaseloadRun,
    CaseloadState,
    packed,
    read_kept,
    unpacked,
)
from verwijsindex.http.problems import InvalidInput, InvalidParam
from verwijsindex.services import Services
from verwijsindex.use_cases.caseload_rows import (
    CaseloadRow,
    CaseloadStatus,
    Dealt,
    PartRequest,
    RowOutcome,
)
from verwijsindex.use_cases.check_signals import NO_UNIT_OF_CLIENT, NOT_TAKING_PART
from verwijsindex.use_cases.deal_with_rows import Part, deal_with
from verwijsindex.use_cases.finish_run import SUPERSEDED, finish_run, refused
from verwijsindex.use_cases.register_signals import require_admission
from verwijsindex.use_cases.registration_limits import require_room


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
    finish_run(session, services, caller=caller, run_id=run.id, part=part)
    run = session.get_one(CaseloadRun, run.id, populate_existing=True)
    session.commit()
    return PartResult(part.number, run.state, run.ended, known.answer)


_BEGIN = "Een run begint met deel 1."
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
            raise refused(session, _BEGIN)
        run = _begin(session, services, unit, part)
        session.commit()
        return run, None
    known = session.get(CaseloadPart, (run.id, part.number))
    there = session.scalar(select(func.count()).where(CaseloadPart.run_id == run.id)) or 0
    if run.is_trial is not part.is_trial:
        raise refused(session, _OTHER_TRIAL)
    if run.state is CaseloadState.SUPERSEDED:
        raise refused(session, SUPERSEDED)
    if known is None:
        last = session.get(CaseloadPart, (run.id, there))
        if last is not None and last.is_last:
            raise refused(session, _FINISHED)
        if part.number != there + 1:
            raise refused(session, f"Stuur eerst deel {there + 1} van deze run.")
    session.commit()
    return run, known


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
        kept_before=lambda: read_kept(session, run.id),
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
        raise refused(session, SUPERSEDED)
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
