"""A professional leaves: nothing keeps pointing at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from match.case_leads import LeadStatus, leads_seen, read_leads
from match.follow_up import FollowUp
from match.follow_up_steps import take_step
from match.lead_marks import mark_leads_due
from match.matches import Match, Participation
from match.relations import SIGNALS_AT_ONCE_LIMIT, lock_with_parents
from match.sights import known_of, read_sights
from match.signals import Signal, SignalStatus
from match.subjects import Subject
from orgprofiles.organisations import Professional, ProfessionalStatus, Unit
from orgprofiles.statements import fixed
from verwijsindex import audit
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.http.problems import Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.check_transfers import Target
from verwijsindex.use_cases.keep_professionals import ProfessionalFacts, keep_professional
from verwijsindex.use_cases.transfer_signals import TransferResult, transfer_all

_ROUNDS = 3  # somebody may register while the signals go


@dataclass(slots=True)
class OffBoarding:
    """What became of it.

    Attributes:
        transferred: Of the signals; where some stayed behind, nobody was deactivated.
        leads: Matches of which the overview was laid down.
        reopened: Matches of the team that are to be picked up again.
        has_left: Whether the professional is inactive now.
    """

    transferred: TransferResult = field(default_factory=TransferResult)
    leads: int = 0
    reopened: int = 0
    has_left: bool = False


def off_board(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    professional: Professional,
    target: Target | None,
) -> OffBoarding:
    """Transfer all of a professional's signals, return what they had taken on, and deactivate.

    What was done stays done when something fails; doing it again goes on from
    there. Where a signal cannot go, the professional stays active.

    Args:
        session: Committed here.
        services: Clock and keys.
        caller: Sees every unit of the organisation.
        professional: Who leaves.
        target: Who gets the signals; None where there are none.

    Raises:
        Problem: 400 for a target that cannot be; 409 where there are signals and no target.
    """
    result = OffBoarding()
    kept = {name: getattr(professional, name) for name in _KEPT}
    key, professional_id = professional.key, professional.id
    for round_ in range(_ROUNDS):
        led = _parts(session, caller, Signal.professional_id == professional_id)
        if target is not None:
            done = transfer_all(
                session, services, caller=caller, professional_key=key, target=target
            )
            result.transferred.moved += done.moved
            result.transferred.left = done.left
            if done.left:
                return result
        # Not before all have gone: else somebody who stays would have laid down the overview.
        if not _has_signals(session, professional_id):
            result.leads += _each_part(session, services, caller, led, _return_leads)
            picked = _parts(session, caller, Participation.picked_up_by == professional_id)
            reopen = partial(_reopen, professional_id=professional_id)
            result.reopened += _each_part(session, services, caller, picked, reopen)
        facts = ProfessionalFacts(**kept, status=ProfessionalStatus.INACTIVE)
        try:
            keep_professional(session, services, caller=caller, key=key, facts=facts)
        except Problem:
            session.rollback()
            if target is None or round_ == _ROUNDS - 1:
                raise
        else:
            result.has_left = True
            return result
    raise AssertionError("unreachable: the last round returns or raises")


_KEPT = ("name", "function", "unit_id", "email", "phone")
_Step = Callable[[Session, Services, Participation], list[tuple[Action, UUID | None]]]


def _has_signals(session: Session, professional_id: UUID) -> bool:
    active = Signal.status == fixed(SignalStatus.ACTIVE)
    any_of = exists().where(Signal.professional_id == professional_id, active)
    return bool(session.scalar(select(any_of)))


def _parts(session: Session, caller: Caller, which: ColumnElement[bool]) -> Sequence[UUID]:
    """Return the caller's parts of active signals, in the order of locking."""
    return session.scalars(
        select(Participation.id)
        .join(Signal, Signal.id == Participation.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .join(Subject, Subject.id == Signal.subject_id)
        .where(caller.may_see_unit(), Signal.status == fixed(SignalStatus.ACTIVE), which)
        .order_by(Subject.kind, Subject.pseudonym, Participation.id)
    ).all()


def _each_part(
    session: Session,
    services: Services,
    caller: Caller,
    ids: Sequence[UUID],
    step: _Step,
) -> int:
    """Take *step* for each part, twenty in a transaction; return how many changed."""
    changed = 0
    for start in range(0, len(ids), SIGNALS_AT_ONCE_LIMIT):
        some = ids[start : start + SIGNALS_AT_ONCE_LIMIT]
        deeds: list[tuple[Action, UUID | None]] = []
        for part in _locked(session, some):
            done = step(session, services, part)
            changed += bool(done)
            deeds += done
        now = services.clock()
        audit.record(session, services.audit_key, actor=caller.actor, deeds=deeds, now=now)
        session.commit()
    return changed


def _locked(session: Session, participation_ids: Sequence[UUID]) -> Sequence[Participation]:
    signals = select(Participation.signal_id).where(Participation.id.in_(participation_ids))
    lock_with_parents(session, session.scalars(signals.distinct()).all())
    # Read again: things may have changed while the lock was waited for.
    return session.scalars(
        select(Participation)
        .join(Signal, Signal.id == Participation.signal_id)
        .where(
            Participation.id.in_(participation_ids),
            Signal.status == fixed(SignalStatus.ACTIVE),
        )
        .execution_options(populate_existing=True)
    ).all()


def _reopen(
    session: Session, services: Services, part: Participation, *, professional_id: UUID
) -> list[tuple[Action, UUID | None]]:
    """Have a match that the professional picked up be open again."""
    if part.picked_up_by != professional_id:
        return []
    if part.follow_up is FollowUp.PICKED_UP:
        now = services.clock()
        take_step(session, part, FollowUp.OPEN, outcomes=(), picked_up_by=None, now=now)
        return [(Action.FOLLOW_UP_RECORDED, part.id)]
    part.picked_up_by = None
    session.flush()
    return []


def _return_leads(
    session: Session, services: Services, part: Participation
) -> list[tuple[Action, UUID | None]]:
    """Lay down the overview that the part's contact had; decline if they were asked."""
    leads = read_leads(session, [part.match_id])
    if not any(one.participation_id == part.id for one in leads):
        return []
    sights = read_sights(session, [part.id])
    active = {part.id, *(s.other_id for s in sights.get(part.id, ()) if s.other_is_active)}
    seen = leads_seen(leads, known_of([part.id], sights), active.__contains__)
    now = services.clock()
    deeds: list[tuple[Action, UUID | None]] = []
    current, proposal = seen.current, seen.proposal
    if current is not None and current.participation_id == part.id:
        current.status, current.returned_at = LeadStatus.RETURNED, now
        deeds.append((Action.LEAD_RETURNED, part.match_id))
    if proposal is not None and proposal.participation_id == part.id:
        proposal.status, proposal.answered_at = LeadStatus.DECLINED, now
        deeds.append((Action.LEAD_DECLINED, part.match_id))
    session.flush()
    if deeds:
        mark_leads_due(session, Match.id == part.match_id)
    return deeds
