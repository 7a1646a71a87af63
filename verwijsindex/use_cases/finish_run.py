"""The end of a caseload run: what the unit had when it began, and is not in it, ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from match.ending import Ending, end_locked
from match.signals import EndReason, Signal, SignalStatus
from match.subjects import LOCKED_AT_ONCE_LIMIT, Subject, lock_by_id
from orgprofiles.statements import fixed, is_among
from verwijsindex import audit, event_log
from verwijsindex.access import Caller
from verwijsindex.audit import Action, AuditEvent
from verwijsindex.caseloads import CaseloadPart, CaseloadRun, CaseloadState, read_kept
from verwijsindex.http.problems import InvalidParam, Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.caseload_rows import PartRequest, RunReason

#: More than this share (one in…) and more than this many end only when that is confirmed.
_SHARE = 5
_FEW = 5
#: Why a part of a run is refused that a newer one took the place of.
SUPERSEDED = "Voor deze afdeling is al een nieuwere run begonnen. Begin een nieuwe run."


def finish_run(
    session: Session, services: Services, *, caller: Caller, run_id: UUID, part: PartRequest
) -> None:
    """End what is gone, a hundred people at a time; then the run is finished.

    Args:
        session: For a transaction for each hundred.
        services: Clock and keys.
        caller: Whose unit it is.
        run_id: The run; all its parts are in.
        part: The last of them.

    Raises:
        Problem: 409 when a newer run began, or more would end than was confirmed.
    """
    is_first = True
    while True:
        run = session.scalars(
            select(CaseloadRun)
            .where(CaseloadRun.id == run_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        if run.state is CaseloadState.SUPERSEDED:
            raise refused(session, SUPERSEDED)
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
    kept = read_kept(session, run.id)
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


def refused(session: Session, detail: str) -> Problem:
    """Return a refusal of a part for what is there already; what was begun is undone."""
    session.rollback()
    return Problem(409, detail)
