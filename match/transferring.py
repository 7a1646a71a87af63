"""Transferring signals to another contact of their organisation, under the lock on the subjects.

The same signal goes on: its start, match, follow-up and informing stay. Where
the unit becomes another one, the rules may have it see less: what it may not
see any more goes at once, and a review adds what it may see besides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, case, delete, select, tuple_, update
from sqlalchemy.orm import Session

from match import outbox
from match.ending import close_unpaired
from match.follow_up import FollowUp
from match.follow_up_steps import take_step
from match.lead_marks import mark_leads_due
from match.matches import Match, MatchPair, PairVisibility, Participation
from match.messages import NoticeKind
from match.outbox import Notice
from match.pair_sides import both_sides
from match.pairing import visibility_of
from match.reviews import request_parents, request_subjects
from match.routing import NewContact, redirect
from match.rules import Party, RuleBook
from match.signals import Signal, SignalStatus
from orgprofiles.base import new_id
from orgprofiles.organisations import Organisation, Unit
from orgprofiles.statements import fixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A signal that gets another contact; everything about it has been checked under the lock.

    Attributes:
        signal: As it is.
        party: The unit that it is of from now on.
        professional_id: The contact from now on; None for the unit.
        legal_basis_id: On which it rests from now on.
        is_told: Whether the new contact is mailed: not whoever does it.
    """

    signal: Signal
    party: Party
    professional_id: UUID | None
    legal_basis_id: UUID
    is_told: bool = True

    @property
    def changes_unit(self) -> bool:
        """Whether it becomes another unit's."""
        return self.signal.unit_id != self.party.unit_id


def taken_subjects(
    session: Session,
    subject_ids: Collection[UUID],
    *,
    professional_id: UUID | None,
    unit_id: UUID,
) -> set[UUID]:
    """Return about which of *subject_ids*, which are locked, a contact has an active signal."""
    contact = (
        and_(Signal.professional_id.is_(None), Signal.unit_id == unit_id)
        if professional_id is None
        else Signal.professional_id == professional_id
    )
    return set(
        session.scalars(
            select(Signal.subject_id).where(
                Signal.subject_id.in_(subject_ids),
                Signal.status == fixed(SignalStatus.ACTIVE),
                contact,
            )
        )
    )


def transfer_locked(
    session: Session,
    moves: Sequence[Move],
    *,
    rules: RuleBook,
    now: datetime,
    digest_due: datetime | None,
) -> list[UUID]:
    """Give active signals another contact; return the parts that somebody else is at now.

    Mail that waits for the old contact is for the new one. Who had picked a
    match up as the old contact, or for the old unit, hands that over as well;
    a team gets it unpicked. The caller commits.

    Args:
        session: Has locked the subjects.
        moves: At most one for each signal, and for each person and new contact.
        rules: In force.
        now: UTC.
        digest_due: When digests of it are due; None mails at once.
    """
    if not moves:
        return []
    by_signal = {move.signal.id: move for move in moves}
    parts = session.scalars(
        select(Participation)
        .where(Participation.signal_id.in_(by_signal))
        .execution_options(populate_existing=True)
    ).all()
    picked = [part.id for part in parts if _hand_over(session, part, by_signal, now)]
    redirect(
        session,
        {
            part.id: NewContact(move.professional_id, move.party.unit_id)
            for part in parts
            for move in (by_signal[part.signal_id],)
        },
        now=now,
    )
    elsewhere = {one: move for one, move in by_signal.items() if move.changes_unit}
    reviewed = sorted({move.signal.subject_id for move in elsewhere.values()})
    for move in moves:
        move.signal.unit_id = move.party.unit_id
        move.signal.professional_id = move.professional_id
        move.signal.legal_basis_id = move.legal_basis_id
    session.flush()
    if elsewhere:
        _narrow(session, elsewhere, rules)
        close_unpaired(session, Match.subject_id.in_(reviewed), now=now)
        mark_leads_due(session, Match.subject_id.in_(reviewed))
        request_subjects(session, reviewed, now=now, digest_due=digest_due)
        request_parents(session, list(elsewhere), now=now, digest_due=digest_due)
    outbox.enqueue(
        session,
        [_notice(move) for move in moves if move.is_told],
        now=now,
        digest_due=digest_due,
    )
    return picked


def _notice(move: Move) -> Notice:
    return Notice(
        new_id(),
        NoticeKind.TRANSFERRED,
        None,
        move.professional_id,
        move.party.unit_id,
        move.signal.id,
    )


def _hand_over(
    session: Session, part: Participation, by_signal: Mapping[UUID, Move], now: datetime
) -> bool:
    """Let the new contact be at it, where the old one or somebody of the old unit was."""
    move = by_signal[part.signal_id]
    if part.picked_up_by is None or part.picked_up_by == move.professional_id:
        return False
    if part.picked_up_by != move.signal.professional_id and not move.changes_unit:
        return False
    if part.follow_up is not FollowUp.PICKED_UP:
        part.picked_up_by = move.professional_id
        return True
    return take_step(
        session,
        part,
        FollowUp.PICKED_UP if move.professional_id else FollowUp.OPEN,
        outcomes=(),
        picked_up_by=move.professional_id,
        now=now,
    )


def _narrow(session: Session, moved: Mapping[UUID, Move], rules: RuleBook) -> None:
    """Take away what the rules do not let two sides see, now that one is of another unit.

    Of those who are no longer involved, too: a review does not look at them.
    Always the same statements, whoever there is to see.
    """
    dropped: set[tuple[UUID, UUID]] = set()
    narrowed: dict[PairVisibility, set[tuple[UUID, UUID]]] = {
        PairVisibility.LOW: set(),
        PairVisibility.HIGH: set(),
    }
    for row in _pairs_of(session, moved):
        other = Party(row.organisation_id, row.unit_id, row.domain, row.independent, row.sensitive)
        verdict = rules.verdict(moved[row.signal_id].party, other)
        pair = (row.low_participation_id, row.high_participation_id)
        if verdict.is_nothing:
            dropped.add(pair)
            continue
        wanted = visibility_of(verdict, one_is_low=bool(row.own_is_low))
        is_shown = row.revealed_by is wanted
        if wanted is not PairVisibility.BOTH and wanted is not row.visibility and not is_shown:
            narrowed[wanted].add(pair)
    key = tuple_(MatchPair.low_participation_id, MatchPair.high_participation_id)
    plain = {"synchronize_session": False}
    session.execute(delete(MatchPair).where(key.in_(dropped)), execution_options=plain)
    for side, pairs in narrowed.items():
        session.execute(
            update(MatchPair)
            .where(key.in_(pairs))
            .values(visibility=side, revealed_by=None, revealed_at=None),
            execution_options=plain,
        )


def _pairs_of(session: Session, signal_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    sides = both_sides()
    return session.execute(
        sides.joined(
            select(
                sides.own.signal_id,
                case((sides.own_is_low, 1), else_=0).label("own_is_low"),
                MatchPair.low_participation_id,
                MatchPair.high_participation_id,
                MatchPair.visibility,
                MatchPair.revealed_by,
                Unit.id.label("unit_id"),
                Unit.domain,
                Unit.independent,
                Organisation.id.label("organisation_id"),
                Organisation.sensitive,
            )
        )
        .join(Unit, Unit.id == sides.other_signal.unit_id)
        .join(Organisation, Organisation.id == Unit.organisation_id)
        .where(sides.own.signal_id.in_(signal_ids))
    ).all()
