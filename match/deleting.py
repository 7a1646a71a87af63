"""Deleting what is over: signals whose history ended, and all that was there because of them.

The audit's rows stay, which hold ids alone, and so do the daily figures,
which hold not even those.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from match.case_leads import CaseLead, LeadKind, LeadStatus
from match.follow_up_steps import FollowUpStep
from match.history import HISTORY
from match.lead_marks import mark_leads_due
from match.matches import Match, MatchPair, Participation
from match.messages import MessageState, NoticeKind, OutboxMessage
from match.relations import Relation
from match.reviews import SubjectReview, request_parents
from match.seeing import side_sees
from match.signals import Informing, Signal
from match.silences import Silence
from match.subjects import LOCKED_AT_ONCE_LIMIT, Subject, lock_by_id
from orgprofiles.organisations import Unit
from orgprofiles.statements import fixed, table_of

_SILENCES = table_of(Silence)
_NOT_IN_SESSION = {"synchronize_session": False}
#: About no signal with which they would go; as the index for them has it.
_LETTERS = (
    NoticeKind.ADDRESS_REFUSED,
    NoticeKind.FISHING,
    NoticeKind.LAPSING,
    NoticeKind.STALLED,
    NoticeKind.STILL_INVOLVED,
)
#: For so long it can be seen that they went. Longer than a round of check-ups lasts, or it
#: would be written again.
LETTERS_KEPT = timedelta(days=90)
_LETTERS_AT_ONCE = 5_000


def delete_over(session: Session, *, now: datetime) -> Sequence[UUID]:
    """Delete the signals of up to a hundred that ended thirty days ago; return which.

    With them goes whatever refers to them, and a subject about whom no signal
    is left. Another participant, still there, keeps the match and what it
    recorded itself, and is told that somebody was deleted, not who.

    Args:
        session: In a transaction that has locked no subject yet. The caller commits.
        now: UTC.
    """
    is_over = Signal.ended_at <= now - HISTORY
    rows = session.execute(
        select(Signal.subject_id)
        .where(is_over)
        .order_by(Signal.ended_at)
        .limit(LOCKED_AT_ONCE_LIMIT)
    ).all()
    if not rows:
        return []
    subject_ids = sorted({row.subject_id for row in rows})
    lock_by_id(session, subject_ids)
    # Read again: another worker may have been at it while the lock was waited for.
    signal_ids = session.scalars(
        select(Signal.id).where(Signal.subject_id.in_(subject_ids), is_over)
    ).all()
    # The parents whom they name are deleted by a review, if nobody else names them.
    request_parents(session, signal_ids, now=now, digest_due=None)
    delete_locked(session, signal_ids, subject_ids)
    return signal_ids


def delete_old_letters(session: Session, *, now: datetime) -> int:
    """Delete some of the letters about no single signal that went long ago; return how many.

    What was given up stays for whoever runs the index. The caller commits.
    """
    old = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.kind.in_([fixed(kind) for kind in _LETTERS]),
            OutboxMessage.state.in_((MessageState.SENT, MessageState.SKIPPED)),
            OutboxMessage.finished_at <= now - LETTERS_KEPT,
        )
        .limit(_LETTERS_AT_ONCE)
    )
    deleted = session.scalars(
        delete(OutboxMessage).where(OutboxMessage.id.in_(old)).returning(OutboxMessage.id),
        execution_options=_NOT_IN_SESSION,
    )
    return len(deleted.all())


def delete_locked(
    session: Session, signal_ids: Collection[UUID], subject_ids: Collection[UUID]
) -> None:
    """Delete signals that are not active, of subjects that the caller has locked."""
    part_ids = session.scalars(
        select(Participation.id).where(Participation.signal_id.in_(signal_ids))
    ).all()
    if part_ids:
        _tell_who_saw(session, part_ids)
        _delete_leads(session, part_ids)
    _delete_messages(session, signal_ids, part_ids)
    for gone in (
        delete(MatchPair).where(
            or_(
                MatchPair.low_participation_id.in_(part_ids),
                MatchPair.high_participation_id.in_(part_ids),
            )
        ),
        delete(FollowUpStep).where(FollowUpStep.participation_id.in_(part_ids)),
        delete(Participation).where(Participation.id.in_(part_ids)),
        delete(Informing).where(Informing.signal_id.in_(signal_ids)),
        delete(Relation).where(Relation.signal_id.in_(signal_ids)),
        delete(Signal).where(Signal.id.in_(signal_ids)),
        delete(Match).where(
            Match.subject_id.in_(subject_ids), ~exists().where(Participation.match_id == Match.id)
        ),
        delete(Silence).where(
            Silence.subject_id.in_(subject_ids),
            or_(
                ~_is_involved(_SILENCES.c.low_organisation_id),
                ~_is_involved(_SILENCES.c.high_organisation_id),
            ),
        ),
    ):
        session.execute(gone, execution_options=_NOT_IN_SESSION)
    _delete_subjects(session, subject_ids)
    session.expire_all()


def _tell_who_saw(session: Session, part_ids: Collection[UUID]) -> None:
    """Note with those who saw one of *part_ids* that somebody was deleted, and nothing else."""
    gone, gone_signal = aliased(Participation), aliased(Signal)
    rows = session.execute(
        select(Participation.id, func.max(gone_signal.ended_at))
        .select_from(Participation)
        .join(MatchPair, side_sees(Participation))
        .join(
            gone,
            and_(
                gone.id.in_((MatchPair.low_participation_id, MatchPair.high_participation_id)),
                gone.id != Participation.id,
            ),
        )
        .join(gone_signal, gone_signal.id == gone.signal_id)
        .where(gone.id.in_(part_ids), Participation.id.not_in(part_ids))
        .group_by(Participation.id)
    ).all()
    for participation_id, ended_at in rows:
        session.execute(
            update(Participation)
            .where(
                Participation.id == participation_id,
                or_(
                    Participation.deleted_ended_at.is_(None),
                    Participation.deleted_ended_at < ended_at,
                ),
            )
            .values(deleted_ended_at=ended_at),
            execution_options=_NOT_IN_SESSION,
        )


def _delete_leads(session: Session, part_ids: Collection[UUID]) -> None:
    """Delete the leads of *part_ids*; what another one accepted of them stays that one's."""
    was_accepted = CaseLead.status.in_((LeadStatus.ACCEPTED, LeadStatus.RETURNED))
    held = session.scalars(
        select(CaseLead).where(CaseLead.participation_id.in_(part_ids), was_accepted)
    ).all()
    for lead in held:
        _lay_down_before(session, lead)
    gone = session.execute(
        delete(CaseLead)
        .where(
            or_(
                CaseLead.participation_id.in_(part_ids),
                and_(
                    CaseLead.proposed_by.in_(part_ids),
                    or_(CaseLead.kind != LeadKind.PARTICIPANT, ~was_accepted),
                ),
            )
        )
        .returning(CaseLead.id, CaseLead.match_id),
        execution_options=_NOT_IN_SESSION,
    ).all()
    # Whoever was asked, was asked by a message of the lead's own.
    asking = delete(OutboxMessage).where(OutboxMessage.event_id.in_([row.id for row in gone]))
    session.execute(asking, execution_options=_NOT_IN_SESSION)
    session.execute(
        update(CaseLead)
        .where(CaseLead.proposed_by.in_(part_ids))
        .values(proposed_by=CaseLead.participation_id),
        execution_options=_NOT_IN_SESSION,
    )
    mark_leads_due(session, Match.id.in_({row.match_id for row in gone}))


def _lay_down_before(session: Session, lead: CaseLead) -> None:
    """Lay down the leads that *lead* came after, of those who knew of it.

    Else they would hold again, once it is gone: whoever holds the last one does.
    """
    knew = select(Participation.id).where(
        exists(
            select(1)
            .select_from(MatchPair)
            .where(
                side_sees(Participation),
                or_(
                    MatchPair.low_participation_id == lead.participation_id,
                    MatchPair.high_participation_id == lead.participation_id,
                ),
            )
        )
    )
    session.execute(
        update(CaseLead)
        .where(
            CaseLead.match_id == lead.match_id,
            CaseLead.number < lead.number,
            CaseLead.status == LeadStatus.ACCEPTED,
            func.coalesce(CaseLead.participation_id, CaseLead.proposed_by).in_(knew),
        )
        .values(status=LeadStatus.RETURNED, returned_at=lead.answered_at),
        execution_options=_NOT_IN_SESSION,
    )


def delete_nameless(session: Session, parent_ids: Collection[UUID]) -> None:
    """Delete locked parents whom no signal names any more, with what was their match."""
    alone = session.scalars(
        select(Subject.id).where(
            Subject.id.in_(parent_ids), ~exists().where(Relation.subject_id == Subject.id)
        )
    ).all()
    if not alone:
        return
    for gone in (
        delete(Match).where(Match.subject_id.in_(alone)),
        delete(SubjectReview).where(SubjectReview.subject_id.in_(alone)),
        delete(Subject).where(Subject.id.in_(alone)),
    ):
        session.execute(gone, execution_options=_NOT_IN_SESSION)


def _delete_messages(
    session: Session, signal_ids: Collection[UUID], part_ids: Collection[UUID]
) -> None:
    """Delete the messages about signals and their parts, and digests that have nothing left."""
    told = or_(
        OutboxMessage.about_signal_id.in_(signal_ids), OutboxMessage.participation_id.in_(part_ids)
    )
    deleted = session.scalars(
        delete(OutboxMessage).where(told).returning(OutboxMessage.digest_id),
        execution_options=_NOT_IN_SESSION,
    )
    digests = set(deleted) - {None}
    gathered = aliased(OutboxMessage)
    session.execute(
        delete(OutboxMessage).where(
            OutboxMessage.id.in_(digests),
            OutboxMessage.kind.in_((NoticeKind.DIGEST, NoticeKind.TEAM_DIGEST)),
            OutboxMessage.state.in_((MessageState.SENT, MessageState.SKIPPED)),
            ~exists(select(1).where(gathered.digest_id == OutboxMessage.id)),
        ),
        execution_options=_NOT_IN_SESSION,
    )


def _is_involved(organisation_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Return the condition that an organisation still has a signal about a silence's subject."""
    return exists(
        select(1)
        .select_from(Signal)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(Signal.subject_id == Silence.subject_id, Unit.organisation_id == organisation_id)
    ).correlate(Silence)


def _delete_subjects(session: Session, subject_ids: Collection[UUID]) -> None:
    """Delete those of whom nobody has a signal; nobody can be about to, for they are locked."""
    alone = session.scalars(
        select(Subject.id).where(
            Subject.id.in_(subject_ids), ~exists().where(Signal.subject_id == Subject.id)
        )
    ).all()
    for gone in (
        delete(SubjectReview).where(SubjectReview.subject_id.in_(alone)),
        delete(Subject).where(Subject.id.in_(alone)),
    ):
        session.execute(gone, execution_options=_NOT_IN_SESSION)
