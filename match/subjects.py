"""The subject: the only row that bears a pseudonym, and the lock on a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    LargeBinary,
    UniqueConstraint,
    bindparam,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from crypto.person import SubjectKind
from crypto.pseudonym import PSEUDONYM_BYTES, Pseudonym
from orgprofiles.base import Base, new_id, word
from orgprofiles.statements import OCTETS, Insertion, table_of

LOCKED_AT_ONCE_LIMIT = 100


class Subject(Base):
    """A person (or parent) in the index. Everything else refers to its id."""

    __tablename__ = "subjects"
    __table_args__ = (
        UniqueConstraint("kind", "pseudonym"),
        CheckConstraint(f"length(pseudonym) = {PSEUDONYM_BYTES}", name="pseudonym_length"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[SubjectKind] = mapped_column(word(SubjectKind))
    pseudonym: Mapped[bytes] = mapped_column(LargeBinary(PSEUDONYM_BYTES))
    #: Under which pair of keys the pseudonym was made.
    epoch: Mapped[int]

    def __repr__(self) -> str:
        return f"Subject(id={self.id})"


def is_among_persons(session: Session, pseudonyms: Iterable[Pseudonym]) -> ColumnElement[bool]:
    """Return the condition that a subject is one of these persons; locks nobody.

    PostgreSQL gets them as one parameter. In parts with a parameter each, every
    part would look through all signals of a unit where the statement asks for
    the signals of one.
    """
    values = sorted({one.value for one in pseudonyms})
    column: ColumnElement[bytes] = table_of(Subject).c.pseudonym
    if session.connection().dialect.name == "postgresql":
        is_one = column == func.any(bindparam(None, values, type_=OCTETS))
    else:
        is_one = column.in_(values)
    return (Subject.kind == SubjectKind.PERSON) & is_one


def lock_by_pseudonym(
    session: Session, people: Iterable[tuple[SubjectKind, Pseudonym]], *, epoch: int
) -> dict[tuple[SubjectKind, Pseudonym], UUID]:
    """Lock the subjects of *people*, making those that are new; return their ids.

    The lock lasts until the transaction ends. It is a statement of its own: a
    statement's snapshot is older than the lock it waits for, so reading the
    others' signals in the same one would miss a registration that committed
    meanwhile. It costs one round trip.

    Rows are locked in the order of kind and pseudonym, so that two callers
    who lock several cannot wait for each other.

    Raises:
        ValueError: More than 100 at once.
    """
    wanted = sorted(set(people), key=lambda person: (person[0].value, person[1].value))
    if len(wanted) > LOCKED_AT_ONCE_LIMIT:
        raise ValueError("too many subjects for one transaction")
    rows = _LOCKING.execute(
        session,
        [
            {"id": new_id(), "kind": kind, "pseudonym": pseudonym.value, "epoch": epoch}
            for kind, pseudonym in wanted
        ],
    )
    return {(row.kind, Pseudonym(bytes(row.pseudonym))): row.id for row in rows}


def _locking(made: Any) -> Any:
    # DO UPDATE, for DO NOTHING neither locks nor returns an existing row.
    table = table_of(Subject)
    return made.on_conflict_do_update(
        index_elements=["kind", "pseudonym"], set_={"epoch": table.c.epoch}
    ).returning(table.c.id, table.c.kind, table.c.pseudonym)


_LOCKING = Insertion(Subject, _locking)


def lock_by_id(session: Session, subject_ids: Sequence[UUID]) -> dict[UUID, SubjectKind]:
    """Lock subjects that exist, in the order of :func:`lock_by_pseudonym`; return their kinds.

    On SQLite the transaction has been exclusive since it began
    (``BEGIN IMMEDIATE``), and ``FOR UPDATE`` is left out by SQLAlchemy.

    Raises:
        ValueError: More than 100 at once.
    """
    if len(subject_ids) > LOCKED_AT_ONCE_LIMIT:
        raise ValueError("too many subjects for one transaction")
    rows = session.execute(
        select(Subject.id, Subject.kind)
        .where(Subject.id.in_(subject_ids))
        .order_by(Subject.kind, Subject.pseudonym)
        # Not against who only refers to the row: asking for reviews does so, in no order.
        .with_for_update(key_share=True)
    )
    return {row.id: row.kind for row in rows}
