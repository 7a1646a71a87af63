"""Witnesses: who was told of a signal, and hears it when it was about somebody else.

Told is whoever a mail left for, and whose organisation opened the match since
they could see the signal. Whoever could have known of it and did not hears
nothing: the mail that waits for them is taken back with the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, case, or_, select
from sqlalchemy.orm import Session, aliased

from match.history import is_kept
from match.matches import MatchPair, PairVisibility, Participation
from match.messages import MessageState, NoticeKind, OutboxMessage
from match.outbox import Notice
from match.seeing import side_sees
from match.signals import Signal
from orgprofiles.base import new_id
from orgprofiles.organisations import Professional, ProfessionalStatus, Unit
from orgprofiles.statements import fixed

#: Returns when (UTC) organisations last opened some matches, by match and organisation.
LastRead = Callable[[Collection[UUID]], Mapping[tuple[UUID, UUID], datetime]]
#: Of a mail that is being sent nobody knows yet whether it left.
_LEFT = frozenset({MessageState.SENT, MessageState.SENDING})


def nobody_read(_match_ids: Collection[UUID]) -> Mapping[tuple[UUID, UUID], datetime]:
    """Return that no match was opened by anybody."""
    return {}


@dataclass(frozen=True, slots=True)
class _Witness:
    """A side that sees the signal, or saw it until it ended itself.

    Attributes:
        since: From when on it could.
        professional_id: Its contact; None: the team.
        ended_at: When its own signal ended.
        wrong_organisation_id: Whose the signal is that was about somebody else.
        wrong_ended_at: When that one ended, if it did before this.
    """

    participation_id: UUID
    match_id: UUID
    signal_id: UUID
    since: datetime
    professional_id: UUID | None
    unit_id: UUID
    organisation_id: UUID
    ended_at: datetime | None
    wrong_organisation_id: UUID
    wrong_ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whom a mail left for."""

    professional_id: UUID | None
    unit_id: UUID

    @property
    def id(self) -> UUID:
        """As the outbox has it."""
        return self.professional_id or self.unit_id


def retractions(
    session: Session, signal_ids: Sequence[UUID], *, last_read: LastRead, now: datetime
) -> list[Notice]:
    """Return a notice to each who was told of one of the signals; before its trace is erased.

    That is the contact, though its own signal ended or was handed over since, and whoever else
    was mailed: a former contact, who stood in, the team.

    Args:
        session: Has locked the subjects.
        signal_ids: Those that were about somebody else.
        last_read: When matches were opened.
        now: UTC.
    """
    notices: list[Notice] = []
    for signal_id in signal_ids:
        event = new_id()
        witnesses = list(_witnesses(session, signal_id, now))
        mailed = _mailed(session, signal_id, witnesses)
        opened = last_read({one.match_id for one in witnesses})
        told: dict[UUID, Notice] = {}  # once, also who sees it by several of their own
        heard = [
            one for one in witnesses if one.participation_id in mailed or _has_opened(one, opened)
        ]
        for one in heard:
            contact = _Reader(one.professional_id, one.unit_id)
            told.setdefault(contact.id, _notice(event, signal_id, one, contact))
        for one in heard:
            for reader in mailed.get(one.participation_id, ()):
                # To them alone: whoever stands in for them by now is not concerned.
                notice = _notice(event, signal_id, one, reader, is_personal=True)
                told.setdefault(reader.id, notice)
        notices += told.values()
    return notices


def _notice(
    event_id: UUID, signal_id: UUID, one: _Witness, to: _Reader, *, is_personal: bool = False
) -> Notice:
    return Notice(
        event_id,
        NoticeKind.WRONG_PERSON,
        one.participation_id,
        to.professional_id,
        to.unit_id,
        signal_id,
        is_personal=is_personal,
    )


def _has_opened(one: _Witness, opened: Mapping[tuple[UUID, UUID], datetime]) -> bool:
    at = opened.get((one.match_id, one.organisation_id))
    return at is not None and at >= one.since


def _witnesses(session: Session, signal_id: UUID, now: datetime) -> Iterator[_Witness]:
    """Yield the sides that see a signal, in the match about the person first."""
    own, other = aliased(Participation), aliased(Participation)
    wrong, wrong_unit = aliased(Signal), aliased(Unit)
    own_is_low = MatchPair.low_participation_id == own.id
    rows = session.execute(
        select(
            other.id.label("participation_id"),
            other.match_id,
            other.signal_id,
            Signal.professional_id,
            Signal.unit_id,
            Unit.organisation_id,
            Signal.ended_at,
            wrong_unit.organisation_id.label("wrong_organisation_id"),
            wrong.ended_at.label("wrong_ended_at"),
            MatchPair.revealed_by,
            MatchPair.revealed_at,
            case((own_is_low, PairVisibility.LOW.value), else_=PairVisibility.HIGH.value).label(
                "own_side"
            ),
            MatchPair.made_at,
            other.joined_at,
        )
        .select_from(own)
        .join(MatchPair, or_(own_is_low, MatchPair.high_participation_id == own.id))
        .join(
            other,
            and_(
                other.id
                == case(
                    (own_is_low, MatchPair.high_participation_id),
                    else_=MatchPair.low_participation_id,
                ),
                side_sees(other),
            ),
        )
        .join(wrong, wrong.id == own.signal_id)
        .join(wrong_unit, wrong_unit.id == wrong.unit_id)
        .join(Signal, Signal.id == other.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(own.signal_id == signal_id, is_kept(now))
        # In the match about the person first: the alphabet happens to have it last.
        .order_by(other.kind.desc(), other.signal_id)
    )
    for row in rows:
        is_revealed = row.revealed_by is not None and row.revealed_by.value == row.own_side
        yield _Witness(
            row.participation_id,
            row.match_id,
            row.signal_id,
            (row.revealed_at if is_revealed else row.made_at) or row.joined_at,
            row.professional_id,
            row.unit_id,
            row.organisation_id,
            row.ended_at,
            row.wrong_organisation_id,
            row.wrong_ended_at,
        )


def _mailed(
    session: Session, signal_id: UUID, witnesses: Sequence[_Witness]
) -> dict[UUID, list[_Reader]]:
    """Return by participation for whom a mail left that told of the signal."""
    if not witnesses:
        return {}
    by_id = {one.participation_id: one for one in witnesses}
    # Locked, or a worker would send meanwhile what is taken back after this.
    locked = _locked(
        session,
        OutboxMessage.participation_id.in_(by_id),
        OutboxMessage.kind.in_([fixed(NoticeKind.MATCH), fixed(NoticeKind.FAMILY)]),
    )
    _locked(session, OutboxMessage.id.in_({row.digest_id for row in locked} - {None}))
    carrier, about, about_unit = aliased(OutboxMessage), aliased(Signal), aliased(Unit)
    # A later statement: what a worker did before it let go of them is in it.
    rows = session.execute(
        select(
            OutboxMessage.participation_id,
            OutboxMessage.professional_id,
            OutboxMessage.unit_id,
            OutboxMessage.about_signal_id,
            about_unit.organisation_id.label("about_organisation_id"),
            OutboxMessage.state,
            OutboxMessage.finished_at,
            carrier.kind.label("carrier_kind"),
            carrier.state.label("carrier_state"),
            carrier.created_at.label("gathered_at"),
            carrier.finished_at.label("carrier_finished_at"),
            Professional.status.label("professional_status"),
        )
        .outerjoin(carrier, carrier.id == OutboxMessage.digest_id)
        .outerjoin(about, about.id == OutboxMessage.about_signal_id)
        .outerjoin(about_unit, about_unit.id == about.unit_id)
        .outerjoin(Professional, Professional.id == OutboxMessage.professional_id)
        .where(OutboxMessage.id.in_([row.id for row in locked]))
        .order_by(OutboxMessage.id)
    )
    mailed: dict[UUID, list[_Reader]] = {}
    for row in rows:
        if _tells_of(row, by_id[row.participation_id], signal_id):
            readers = mailed.setdefault(row.participation_id, [])
            # Who left is told nothing more of clients; whoever has theirs now is.
            if row.professional_status in {None, ProfessionalStatus.ACTIVE}:
                readers.append(_Reader(row.professional_id, row.unit_id))
    return mailed


def _locked(session: Session, *which: ColumnElement[bool]) -> Sequence[Row[UUID, UUID | None]]:
    return session.execute(
        select(OutboxMessage.id, OutboxMessage.digest_id)
        .where(*which)
        .order_by(OutboxMessage.id)
        .with_for_update()
    ).all()


def _tells_of(row: Row[*tuple[Any, ...]], one: _Witness, signal_id: UUID) -> bool:
    """Whether a mail left with *row*, and told *one* of the signal: as letters are composed."""
    state, finished_at = row.state, row.finished_at
    if state is MessageState.GATHERED:
        # What was over before it was gathered is not in it; and a team's says how many, no more.
        over = [at for at in (one.ended_at, one.wrong_ended_at) if at is not None]
        if row.carrier_kind is not NoticeKind.DIGEST or min(over, default=row.gathered_at) < (
            row.gathered_at
        ):
            return False
        state, finished_at = row.carrier_state, row.carrier_finished_at
    if state not in _LEFT:
        return False
    if row.about_signal_id == signal_id:
        return True
    # Of all whom one sees; or of all whom one sees of an organisation.
    is_of_all = row.about_signal_id == one.signal_id
    is_of_theirs = row.about_organisation_id == one.wrong_organisation_id != one.organisation_id
    return (is_of_all or is_of_theirs) and (finished_at is None or finished_at >= one.since)
