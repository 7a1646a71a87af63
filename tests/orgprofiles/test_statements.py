"""Rows written in Core: however many there are, what is read is what was written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import JSON, LargeBinary, String, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from orgprofiles.base import UtcDateTime, new_id, word
from orgprofiles.statements import fixed, insert_rows, is_among, table_of
from verwijsindex.database import make_engine


class _Colour(StrEnum):
    RED = "rood"
    BLUE = "blauw"


class _Base(DeclarativeBase):
    pass


class _Thing(_Base):
    __tablename__ = "things"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    colour: Mapped[_Colour | None] = mapped_column(word(_Colour))
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    day: Mapped[date | None]
    octets: Mapped[bytes | None] = mapped_column(LargeBinary)
    names: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    number: Mapped[int | None]
    flag: Mapped[bool | None]
    text: Mapped[str | None] = mapped_column(String(60))


_NAMES = [column.name for column in table_of(_Thing).columns]


def _rows(count: int) -> list[dict[str, Any]]:
    values = (
        _Colour.RED,
        datetime(2026, 11, 22, 7, 30, 1, 234567, tzinfo=UTC),
        date(2026, 11, 22),
        b"\x00\\\xff'{}",
        ["client", 'een "naam", met \\ en {}', None],
        -3,
        False,
        "é'\"\\{},NULL",
    )
    empty = (None,) * len(values)
    return [
        dict(zip(_NAMES, (new_id(), *(empty if at % 3 == 1 else values)), strict=True))
        for at in range(count)
    ]


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = make_engine(database_url)
    _Base.metadata.create_all(engine)
    with Session(engine) as opened:
        yield opened
        opened.rollback()
    _Base.metadata.drop_all(engine)
    engine.dispose()


@pytest.mark.parametrize("count", [0, 1, 2, 9, 10, 100])
def test_what_was_written_is_what_is_read(session: Session, count: int) -> None:
    rows = _rows(count)
    insert_rows(session, _Thing, rows)
    found = session.execute(select(*table_of(_Thing).columns).order_by("id"))
    assert [dict(row._mapping) for row in found] == sorted(rows, key=lambda row: row["id"])
    if count:
        stored = session.connection().exec_driver_sql("SELECT names FROM things WHERE text IS NULL")
        assert {row.names for row in stored} <= {None}  # NULL, not JSON's null


@pytest.mark.parametrize("same", _NAMES[1:])
def test_what_is_the_same_in_all_rows_is_written_to_all(session: Session, same: str) -> None:
    rows = _rows(12)
    rows = [row | {same: rows[0][same]} for row in rows]
    insert_rows(session, _Thing, rows)
    found = session.execute(select(*table_of(_Thing).columns).order_by("id"))
    assert [dict(row._mapping) for row in found] == sorted(rows, key=lambda row: row["id"])


@pytest.mark.parametrize("count", [0, 1, 500])
def test_those_among_given_ids_are_found_and_no_others(session: Session, count: int) -> None:
    rows = _rows(501)
    insert_rows(session, _Thing, rows)
    asked = [row["id"] for row in rows[:count]]
    by_value = select(_Thing.id).where(is_among(_Thing.id, asked))
    assert set(session.scalars(by_value)) == set(asked)
    by_name = select(_Thing.id).where(is_among(_Thing.id, "those"))
    assert set(session.scalars(by_name, {"those": asked})) == set(asked)
    assert not session.scalars(by_value.where(~is_among(_Thing.id, asked))).all()


def test_a_hundred_rows_are_one_statement(session: Session) -> None:
    if session.get_bind().dialect.name != "postgresql":
        pytest.skip("sqlite3 runs a statement per row, without a round trip")
    sent: list[bool] = []
    session.connection()
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: sent.append(given[-1]))
    insert_rows(session, _Thing, _rows(100))
    assert sent == [False]  # one, and not for many rows one after another


def test_a_fixed_word_is_part_of_the_statement() -> None:
    statement = select(_Thing.id).where(_Thing.colour == fixed(_Colour.BLUE)).compile()
    assert "= 'blauw'" in str(statement)
    assert json.dumps(statement.params) == "{}"
