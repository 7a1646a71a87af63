"""Taking back a signal that was about somebody else: what of it goes.

Everything that came of it among others goes too: it was never so. What has
been counted stays counted, and the audit keeps who did what. Who is told is
found before (:mod:`match.witnesses`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from match.case_leads import CaseLead, LeadStatus
from match.follow_up import UNSETTLED, FollowUp
from match.follow_up_steps import FollowUpStep
from match.matches import MatchKind, MatchPair, Participation
from match.messages import MessageState, NoticeKind, OutboxMessage
from match.pair_sides import both_sides
from match.seeing import saw_anybody
from match.signals import Signal
from match.silences import settle
from match.terms import follow_up_day
from orgprofiles.dutch_calendar import AMSTERDAM
from orgprofiles.organisations import Organisation, Unit

_PLAIN = {"synchronize_session": False}


def erase_trace(session: Session, signal_ids: Sequence[UUID], *, now: datetime) -> None:
    """Erase what came of signals that were about somebody else. Their subjects are locked.

    Whoever sees nobody else any more has no match: what they recorded of it,
    its deadline and the mail that did not leave yet go with it. Whoever said
    that they had been in contact, with nobody who is left, has it to record anew.

    Always the same statements, whoever saw them.
    """
    own = set(
        session.scalars(select(Participation.id).where(Participation.signal_id.in_(signal_ids)))
    )
    pairs = _pairs_of(session, own)
    is_theirs = or_(
        MatchPair.low_participation_id.in_(own), MatchPair.high_participation_id.in_(own)
    )
    session.execute(delete(MatchPair).where(is_theirs), execution_options=_PLAIN)
    for pair in pairs:
        if pair.is_known:
            organisations = frozenset({pair.own_organisation_id, pair.organisation_id})
            settle(session, pair.subject_id, [organisations], now=now)
    others = {pair.other_id for pair in pairs} - own
    alone = set(
        session.scalars(
            select(Participation.id).where(Participation.id.in_(others), ~saw_anybody())
        )
    )
    _forget(session, own | alone)
    _unsay(session, {pair.other_id for pair in pairs if pair.was_known} - own - alone, now=now)
    session.execute(
        update(Participation)
        .where(Participation.id.in_(alone))
        .values(
            first_seen_at=None,
            shown_as=None,
            deadline=None,
            deadline_set_on=None,
            reminded_at=None,
            escalated_at=None,
            asked_again_at=None,
            recorded_again_at=None,
            follow_up=FollowUp.OPEN,
            followed_up_at=None,
            picked_up_by=None,
            outcomes=None,
        ),
        execution_options=_PLAIN,
    )
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.participation_id.in_(alone),
            OutboxMessage.kind != NoticeKind.WRONG_PERSON,
            OutboxMessage.state.in_([MessageState.WAITING, MessageState.PENDING]),
        )
        .values(state=MessageState.SKIPPED, failure="wrong person", finished_at=now),
        execution_options=_PLAIN,
    )
    session.expire_all()


def _forget(session: Session, parts: Collection[UUID]) -> None:
    """Erase what was recorded by *parts*, and who was asked for the overview by or as them."""
    session.execute(
        delete(FollowUpStep).where(FollowUpStep.participation_id.in_(parts)),
        execution_options=_PLAIN,
    )
    # Who accepted it keeps it, as if nobody had asked.
    session.execute(
        update(CaseLead)
        .where(
            CaseLead.proposed_by.in_(parts),
            CaseLead.participation_id.is_not(None),
            CaseLead.participation_id.not_in(parts),
            CaseLead.status.in_([LeadStatus.ACCEPTED, LeadStatus.RETURNED]),
        )
        .values(proposed_by=CaseLead.participation_id),
        execution_options=_PLAIN,
    )
    session.execute(
        delete(CaseLead).where(
            or_(CaseLead.proposed_by.in_(parts), CaseLead.participation_id.in_(parts))
        ),
        execution_options=_PLAIN,
    )


def _unsay(session: Session, part_ids: Collection[UUID], *, now: datetime) -> None:
    """Take back that parts were in contact already, where all whom they named are gone.

    What they did before that stands; is there still something to record, they get a new day.
    """
    still_knows = or_(
        and_(
            MatchPair.low_participation_id == Participation.id, MatchPair.low_knew_at.is_not(None)
        ),
        and_(
            MatchPair.high_participation_id == Participation.id,
            MatchPair.high_knew_at.is_not(None),
        ),
    )
    rows = session.execute(
        select(Participation, Organisation.follow_up_days)
        .join(Signal, Signal.id == Participation.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .join(Organisation, Organisation.id == Unit.organisation_id)
        .where(
            Participation.id.in_(part_ids),
            Participation.follow_up == FollowUp.ALREADY_IN_CONTACT,
            ~exists(select(1).select_from(MatchPair).where(still_knows)).correlate(Participation),
        )
        .execution_options(populate_existing=True)
    ).all()
    for part, follow_up_days in rows:
        was_settled = not part.is_unsettled
        last = _step_before(session, part.id)
        part.follow_up = last.status if last else FollowUp.OPEN
        part.followed_up_at = last.at if last else None
        part.picked_up_by = last.picked_up_by if last else None
        part.outcomes = part.recorded_again_at = None
        if part.follow_up in UNSETTLED:
            part.asked_again_at = None
        # Who was asked again of somebody new keeps the day for that.
        if was_settled and part.is_unsettled and part.deadline is not None:
            part.deadline = follow_up_day(now, follow_up_days)
            part.deadline_set_on = now.astimezone(AMSTERDAM).date()
            part.reminded_at = part.escalated_at = None
    session.flush()


def _step_before(session: Session, part_id: UUID) -> FollowUpStep | None:
    """Erase the steps by which a part was in contact already; return the last one before."""
    is_of_part = FollowUpStep.participation_id == part_id
    session.execute(
        delete(FollowUpStep).where(is_of_part, FollowUpStep.status == FollowUp.ALREADY_IN_CONTACT),
        execution_options=_PLAIN,
    )
    newest = select(FollowUpStep).where(is_of_part).order_by(FollowUpStep.id.desc()).limit(1)
    return session.scalars(newest).one_or_none()


@dataclass(frozen=True, slots=True)
class _Pair:
    """A pair that goes: of which subject, with whom, and who said that they knew the other."""

    subject_id: UUID
    other_id: UUID
    own_organisation_id: UUID
    organisation_id: UUID
    is_known: bool  #: in the match about the person
    was_known: bool  #: by the other's word


def _pairs_of(session: Session, own_ids: Collection[UUID]) -> list[_Pair]:
    sides = both_sides()
    own, other, own_signal, other_signal = sides
    own_unit, other_unit = aliased(Unit), aliased(Unit)
    rows = session.execute(
        sides.joined(
            select(
                own_signal.subject_id,
                own.kind,
                other.id.label("other_id"),
                own_unit.organisation_id.label("own_organisation_id"),
                other_unit.organisation_id,
                MatchPair.low_knew_at,
                MatchPair.high_knew_at,
                case((sides.own_is_low, MatchPair.high_knew_at), else_=MatchPair.low_knew_at).label(
                    "other_knew_at"
                ),
            )
        )
        .join(own_unit, own_unit.id == own_signal.unit_id)
        .join(other_unit, other_unit.id == other_signal.unit_id)
        .where(own.id.in_(own_ids))
    ).all()
    return [
        _Pair(
            row.subject_id,
            row.other_id,
            row.own_organisation_id,
            row.organisation_id,
            row.kind is MatchKind.PERSON
            and row.low_knew_at is not None
            and row.high_knew_at is not None,
            row.other_knew_at is not None,
        )
        for row in rows
    ]
