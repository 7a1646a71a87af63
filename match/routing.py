"""Routing: by whom, and when, a message to the contact of a signal is read.

Decided by the worker, for what a registration writes must not hang on how
somebody else wants to be mailed. Whoever is mailed as they come, and is not
away, needs no routing: their messages are claimed as they are. Of the others
:func:`needs_routing` keeps a message from being claimed or gathered until it
was routed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from match.messages import MessageState, NoticeKind, OutboxMessage
from orgprofiles.base import new_id
from orgprofiles.organisations import Delivery, Professional, ProfessionalStatus
from orgprofiles.stand_ins import StandIn, StandInDelivery, is_on
from orgprofiles.statements import fixed

#: Read as its recipient wants to be mailed.
_AS_WANTED = (NoticeKind.MATCH, NoticeKind.FAMILY, NoticeKind.TRANSFERRED)
#: Whatever the recipient wants: these are for them, whether or not somebody stands in.
_ALWAYS = (NoticeKind.WRONG_PERSON, NoticeKind.REMINDER, NoticeKind.LEAD_ASKED)
_AT_ONCE_LIMIT = 500
#: Why a message is skipped that goes elsewhere.
PLACED = "another in its place"


#: What a message that takes another's place has of it.
_READ = (
    OutboxMessage.id,
    OutboxMessage.event_id,
    OutboxMessage.recipient,
    OutboxMessage.professional_id,
    OutboxMessage.unit_id,
    OutboxMessage.kind,
    OutboxMessage.participation_id,
    OutboxMessage.about_signal_id,
    OutboxMessage.from_import,
    OutboxMessage.state,
    OutboxMessage.created_at,
    OutboxMessage.due,
)


@dataclass(frozen=True, slots=True)
class Reader:
    """A professional, as far as routing looks at them.

    Attributes:
        delivery: How they want to be mailed.
        is_there: Whether they can be mailed at all: active, and with the unit that it is about.
        is_away: Whether somebody stands in for them.
    """

    id: UUID
    delivery: Delivery
    is_there: bool = True
    is_away: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes.

    Attributes:
        professional_id: Who reads it; None: the team.
        in_digest: Whether it waits for the next digest.
    """

    professional_id: UUID | None
    in_digest: bool


def places(
    kind: NoticeKind,
    reader: Reader,
    stand_in: tuple[Reader, StandInDelivery] | None,
    *,
    waits: bool,
) -> list[Place]:
    """Return where a message for *reader* goes, each place once.

    Who stands in gets it as they want to be mailed themselves. A stand-in
    who left or is away as well stands in for nobody: then it goes to who is
    away and to the team, so that somebody reads it.

    Args:
        kind: What it tells.
        reader: Whose match it is.
        stand_in: Who stands in for them today, and who is mailed meanwhile.
        waits: Whether it waits for a digest anyhow.
    """
    is_always = kind in _ALWAYS
    own = _place(reader, is_always=is_always, waits=waits)
    if stand_in is None:
        return [own]
    substitute, delivery = stand_in
    if not substitute.is_there or substitute.is_away:
        return list(dict.fromkeys([own, Place(None, waits)]))
    other = _place(substitute, is_always=False, waits=waits)
    if delivery is StandInDelivery.SUBSTITUTE and not is_always:
        return [other]
    return list(dict.fromkeys([own, other]))


def _place(reader: Reader, *, is_always: bool, waits: bool) -> Place:
    if is_always:
        return Place(reader.id, waits)
    if reader.delivery is Delivery.OFF:
        return Place(None, waits)
    return Place(reader.id, waits or reader.delivery is Delivery.DAILY)


def needs_routing(today: date) -> ColumnElement[bool]:
    """Return the condition on :class:`OutboxMessage` that it was not decided yet who reads it.

    What was tried once stays where it is: a repeat goes where the first went.
    """
    wants_it_otherwise = and_(
        OutboxMessage.kind.in_([fixed(one) for one in _AS_WANTED]),
        or_(
            Professional.delivery == fixed(Delivery.OFF),
            and_(
                Professional.delivery == fixed(Delivery.DAILY),
                OutboxMessage.state == fixed(MessageState.PENDING),
            ),
        ),
    )
    return and_(
        OutboxMessage.routed_at.is_(None),
        OutboxMessage.attempts == 0,
        OutboxMessage.professional_id.is_not(None),
        OutboxMessage.kind.in_([fixed(one) for one in (*_AS_WANTED, *_ALWAYS)]),
        or_(
            exists().where(Professional.id == OutboxMessage.professional_id, wants_it_otherwise),
            exists().where(StandIn.professional_id == OutboxMessage.professional_id, is_on(today)),
        ),
    )


def route(
    session: Session, state: MessageState, *, digest_due: datetime, now: datetime, today: date
) -> int:
    """Route up to some hundreds of due messages in *state*; return how many. The caller commits.

    A message that goes elsewhere ends here, and another one takes its place:
    written only where that recipient is not told of the same event already,
    so that nobody is told twice, whatever two workers do at once.

    Args:
        session: Commit it before claiming or gathering.
        state: ``PENDING`` before a claim, ``WAITING`` before digests are gathered.
        digest_due: When the next digests are.
        now: UTC.
        today: The calendar day in the Netherlands.
    """
    rows = session.execute(
        select(*_READ)
        # What is pending and was never tried is due, whatever a clock that ran ahead said.
        .where(
            OutboxMessage.state == fixed(state),
            or_(OutboxMessage.state == fixed(MessageState.PENDING), OutboxMessage.due <= now),
            needs_routing(today),
        )
        .order_by(OutboxMessage.due, OutboxMessage.id)
        .limit(_AT_ONCE_LIMIT)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return 0
    readers = _readers(session, rows, today)
    kept: dict[bool, list[UUID]] = {True: [], False: []}
    placed, copies = [], []
    waits = state is MessageState.WAITING
    for row in rows:
        found = places(row.kind, *readers[row.id], waits=waits)
        stays = next((one for one in found if one.professional_id == row.professional_id), None)
        if stays is None:
            placed.append(row.id)
        else:
            kept[stays.in_digest].append(row.id)
        for one in found:
            if one != stays:
                state_there = MessageState.WAITING if one.in_digest else MessageState.PENDING
                due = digest_due if one.in_digest and not waits else row.due
                copy = _copy(row, one.professional_id, row.unit_id, state=state_there, due=due)
                copies.append(copy | {"routed_at": now})
    values: dict[str, Any] = {"routed_at": now}
    in_digest = {} if waits else {"state": MessageState.WAITING, "due": digest_due}
    _update(session, kept[False], values)
    _update(session, kept[True], values | in_digest)
    _update(session, placed, values | _gone(now))
    _insert_missing(session, copies)
    return len(rows)


@dataclass(frozen=True, slots=True)
class NewContact:
    """Whose a part in a match is from now on.

    Attributes:
        professional_id: None: the team.
    """

    professional_id: UUID | None
    unit_id: UUID

    @property
    def recipient(self) -> UUID:
        """As the outbox has it."""
        return self.professional_id or self.unit_id


def redirect(session: Session, contacts: Mapping[UUID, NewContact], *, now: datetime) -> None:
    """Have mail about parts in matches that did not leave yet go to their new contacts.

    To be routed anew, for they may want it otherwise, or be away. Whoever got
    it in the old contact's place does not get it any more, and whoever is told
    of the event is not told twice. That somebody else was meant stays with who
    was told before. The caller commits.

    Args:
        session: Has locked the subjects.
        contacts: The new contact by the part's id.
        now: UTC.
    """
    unsent = (
        OutboxMessage.participation_id.in_(contacts),
        OutboxMessage.kind != fixed(NoticeKind.WRONG_PERSON),
        OutboxMessage.state.in_([fixed(MessageState.WAITING), fixed(MessageState.PENDING)]),
    )
    if not session.scalars(select(OutboxMessage.id).where(*unsent).with_for_update()).all():
        return
    # A later statement: a worker may have put others in their places meanwhile.
    rows = session.execute(select(*_READ).where(*unsent).order_by(OutboxMessage.id)).all()
    moved = [row for row in rows if row.recipient != contacts[row.participation_id].recipient]
    _update(session, [row.id for row in moved], _gone(now))
    copies: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    for row in moved:
        to = contacts[row.participation_id]
        copies.setdefault(
            (row.event_id, to.recipient),
            _copy(row, to.professional_id, to.unit_id, state=row.state, due=row.due),
        )
    _insert_missing(session, list(copies.values()))


def _readers(
    session: Session, rows: Sequence[Any], today: date
) -> dict[UUID, tuple[Reader, tuple[Reader, StandInDelivery] | None]]:
    """Return per message whose it is, and who stands in for them."""
    other, theirs = aliased(Professional), aliased(StandIn)
    is_away = exists().where(theirs.professional_id == other.id, is_on(today, theirs))
    found = session.execute(
        select(
            OutboxMessage.id,
            Professional.id.label("reader_id"),
            Professional.delivery,
            StandIn.delivery.label("stand_in_delivery"),
            other.id.label("other_id"),
            other.delivery.label("other_delivery"),
            and_(
                other.status == fixed(ProfessionalStatus.ACTIVE),
                # Who moved to another unit may not see what is this one's.
                other.unit_id == OutboxMessage.unit_id,
            ).label("is_there"),
            is_away.label("is_away"),
        )
        .join(Professional, Professional.id == OutboxMessage.professional_id)
        .outerjoin(StandIn, and_(StandIn.professional_id == Professional.id, is_on(today)))
        .outerjoin(other, other.id == StandIn.substitute_id)
        .where(OutboxMessage.id.in_([row.id for row in rows]))
    )
    readers: dict[UUID, tuple[Reader, tuple[Reader, StandInDelivery] | None]] = {}
    for row in found:
        stand_in = None
        if row.stand_in_delivery is not None:
            substitute = Reader(
                row.other_id, row.other_delivery, bool(row.is_there), bool(row.is_away)
            )
            stand_in = (substitute, row.stand_in_delivery)
        readers[row.id] = (Reader(row.reader_id, row.delivery), stand_in)
    return readers


def _copy(
    row: Any, professional_id: UUID | None, unit_id: UUID, *, state: MessageState, due: datetime
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "event_id": row.event_id,
        "recipient": professional_id or unit_id,
        "professional_id": professional_id,
        "unit_id": unit_id,
        "kind": row.kind,
        "participation_id": row.participation_id,
        "about_signal_id": row.about_signal_id,
        "from_import": row.from_import,
        "state": state,
        "created_at": row.created_at,
        "due": due,
        "attempts": 0,
        "routed_at": None,
        "failure": None,
        "finished_at": None,
    }


def _gone(now: datetime) -> dict[str, Any]:
    """Return what a message is whose place another one takes."""
    return {"state": MessageState.SKIPPED, "failure": PLACED, "finished_at": now}


def _update(session: Session, ids: Sequence[UUID], values: dict[str, Any]) -> None:
    if ids:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(ids))
            .values(values)
            .execution_options(synchronize_session=False)
        )


def _insert_missing(session: Session, rows: list[dict[str, Any]]) -> None:
    """Insert those of *rows* whose recipient is not told of the event yet.

    A message of theirs whose place another one took is sent after all. In
    order, for another worker may be writing the same ones.
    """
    if not rows:
        return
    rows.sort(key=lambda row: (str(row["event_id"]), str(row["recipient"])))
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(OutboxMessage.__table__)
    statement = statement.on_conflict_do_update(
        index_elements=["event_id", "recipient"],
        set_={
            name: statement.excluded[name]
            for name in rows[0]
            if name not in {"id", "event_id", "recipient"}
        },
        where=and_(
            OutboxMessage.state == fixed(MessageState.SKIPPED), OutboxMessage.failure == PLACED
        ),
    )
    session.connection().execute(statement, rows)
