"""The lock as it must not be: what the tests here are there to notice.

Each takes pytest's monkeypatch and breaks the running product.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

import match.ending
import match.registering
import match.subjects
import verwijsindex.use_cases.own_parts
from crypto.person import SubjectKind
from crypto.pseudonym import Pseudonym
from match.signals import Signal, SignalStatus
from match.subjects import Subject
from orgprofiles.base import new_id
from tests.concurrency.crowd import Crowd
from verwijsindex.database import make_sessions

Person = tuple[SubjectKind, Pseudonym]
_TABLE = Subject.__table__


def _inserting(session: Session, people: Iterable[Person], epoch: int) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(_TABLE).values(
        [
            {"id": new_id(), "kind": kind, "pseudonym": pseudonym.value, "epoch": epoch}
            for kind, pseudonym in people
        ]
    )


def _locking(session: Session, people: Iterable[Person], epoch: int) -> Any:
    return (
        _inserting(session, people, epoch)
        .on_conflict_do_update(index_elements=["kind", "pseudonym"], set_={"epoch": _TABLE.c.epoch})
        .returning(_TABLE.c.id, _TABLE.c.kind, _TABLE.c.pseudonym)
    )


def _by_person(rows: Iterable[Any]) -> dict[Person, UUID]:
    return {(row.kind, Pseudonym(bytes(row.pseudonym))): row.id for row in rows}


def no_lock(patch: pytest.MonkeyPatch) -> None:
    """Make the subject or find it, and lock nothing that is there already."""

    def find(session: Session, people: Iterable[Person], *, epoch: int) -> dict[Person, UUID]:
        people = list(people)
        session.execute(_inserting(session, people, epoch).on_conflict_do_nothing())
        wanted = [pseudonym.value for _, pseudonym in people]
        return _by_person(
            session.execute(
                select(Subject.id, Subject.kind, Subject.pseudonym).where(
                    Subject.pseudonym.in_(wanted)
                )
            )
        )

    patch.setattr(match.registering, "lock_by_pseudonym", find)


def lock_and_read_in_one_statement(patch: pytest.MonkeyPatch) -> None:
    """Read the others' signals in the statement that waits for the lock."""
    real = match.registering.read_active
    read: set[UUID] = set()

    def lock(session: Session, people: Iterable[Person], *, epoch: int) -> dict[Person, UUID]:
        locked = _locking(session, sorted(set(people), key=_order), epoch).cte("locked")
        rows = session.execute(
            select(locked, Signal.id.label("signal_id")).outerjoin(
                Signal,
                (Signal.subject_id == locked.c.id) & (Signal.status == SignalStatus.ACTIVE),
            )
        ).all()
        read.clear()
        read.update(row.signal_id for row in rows if row.signal_id is not None)
        return _by_person(rows)

    def active(*args: Any, **kwargs: Any) -> Any:
        found, lapsed = real(*args, **kwargs)
        for subject_id in list(found):
            found[subject_id] = [one for one in found[subject_id] if one.signal_id in read]
        return found, lapsed

    patch.setattr(match.registering, "lock_by_pseudonym", lock)
    patch.setattr(match.registering, "read_active", active)


def lock_in_given_order(patch: pytest.MonkeyPatch) -> None:
    """Lock several subjects in the order in which the caller names them."""

    def lock(session: Session, people: Iterable[Person], *, epoch: int) -> dict[Person, UUID]:
        return _by_person(session.execute(_locking(session, dict.fromkeys(people), epoch)))

    patch.setattr(match.registering, "lock_by_pseudonym", lock)


def endings_do_not_lock(patch: pytest.MonkeyPatch) -> None:
    """End signals without the lock on their subjects."""
    for lock in ("lock_by_id", "lock_with_parents"):
        patch.setattr(match.ending, lock, lambda *_: None)


def own_parts_do_not_lock(patch: pytest.MonkeyPatch) -> None:
    """Follow up, confirm and take the lead without the lock on the match's subject."""
    patch.setattr(verwijsindex.use_cases.own_parts, "lock_by_id", lambda *_: None)


def transactions_begin_late(crowd: Crowd) -> None:
    """Give SQLite the engine that SQLAlchemy makes by itself: it begins at the first writing."""
    crowd.services.engine.dispose()
    engine = create_engine(crowd.services.engine.url)
    object.__setattr__(crowd.services, "engine", engine)
    object.__setattr__(crowd.services, "sessions", make_sessions(engine))


def _order(person: Person) -> tuple[str, bytes]:
    return person[0].value, person[1].value
