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

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.orm import Session, aliased

from match.case_leads import CaseLead, LeadStatus
from match.follow_up import FollowUp
from match.follow_up_steps import FollowUpStep
from match.matches import MatchKind, MatchPair, Participation
from match.messages import MessageState, NoticeKind, OutboxMessage
from match.seeing import saw_anybody
from match.signals import Signal
from match.silences import settle
from orgprofiles.organisations import Unit

_PLAIN = {"synchronize_session": False}


def erase_trace(session: Session, signal_ids: Sequence[UUID], *, now: datetime) -> None:
    """Erase what came of signals that were about somebody else. Their subjects are locked.

    Whoever sees nobody else any more has no match: what they recorded of it,
    its deadline and the mail that did not leave yet go with it.

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


@dataclass(frozen=True, slots=True)
class _Pair:
    """A pair that goes: of which subject, with whom, and whether both said that they knew."""

    subject_id: UUID
    other_id: UUID
    own_organisation_id: UUID
    organisation_id: UUID
    is_known: bool  #: in the match about the person


def _pairs_of(session: Session, own_ids: Collection[UUID]) -> list[_Pair]:
    own, other = aliased(Participation), aliased(Participation)
    own_signal, other_signal = aliased(Signal), aliased(Signal)
    own_unit, other_unit = aliased(Unit), aliased(Unit)
    own_is_low = MatchPair.low_participation_id == own.id
    rows = session.execute(
        select(
            own_signal.subject_id,
            own.kind,
            other.id.label("other_id"),
            own_unit.organisation_id.label("own_organisation_id"),
            other_unit.organisation_id,
            MatchPair.low_knew_at,
            MatchPair.high_knew_at,
        )
        .select_from(own)
        .join(MatchPair, or_(own_is_low, MatchPair.high_participation_id == own.id))
        .join(
            other,
            other.id
            == case(
                (own_is_low, MatchPair.high_participation_id),
                else_=MatchPair.low_participation_id,
            ),
        )
        .join(own_signal, own_signal.id == own.signal_id)
        .join(other_signal, other_signal.id == other.signal_id)
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
        )
        for row in rows
    ]
