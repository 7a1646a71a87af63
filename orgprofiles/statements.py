"""Statements of the busy paths: rows written in Core, and words that belong to a statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CursorResult,
    Insert,
    Table,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from orgprofiles.base import Base


def table_of(model: type[Base]) -> Table:
    """Return the table of *model*: a statement on it stays clear of the ORM, which takes longer."""
    return cast(Table, model.__table__)


def fixed(state: StrEnum) -> ColumnElement[Any]:
    """Return *state*'s word as part of a statement, where it would else be a parameter.

    PostgreSQL keeps one plan for all values of a statement's parameters, and
    such a plan cannot use an index on the rows in one state.
    """
    return literal_column(f"'{state.value}'")


class Insertion:
    """An insert into a table, made once; the more rows, the fewer statements."""

    def __init__(
        self, model: type[Base], finish: Callable[[Any], Insert] = lambda made: made
    ) -> None:
        """Take the table of *model*.

        Args:
            model: Of the rows.
            finish: Adds what is to be done about conflicts, and what is returned, to
                PostgreSQL's or SQLite's insert.
        """
        self._model = model
        self._finish = finish
        self._made: dict[object, Insert] = {}

    def execute(self, session: Session, rows: Sequence[dict[str, Any]]) -> CursorResult[Any]:
        """Insert *rows*, which all name the same columns, in the session's transaction.

        In their order: so are they locked that are there already. At least one.
        """
        connection = session.connection()
        dialect = connection.dialect.name
        if len(rows) >= _MANY and dialect == "postgresql":
            # As one statement with an array per column: a statement per row, or
            # a parameter for each value, would cost three times as much.
            names = tuple(rows[0])
            arrays = {name: [row[name] for row in rows] for name in names}
            return connection.execute(self._of_arrays(names), arrays)
        # One by itself: a list of one would be sent as a pipeline.
        return connection.execute(self._of_values(dialect), rows[0] if len(rows) == 1 else rows)

    def _of_values(self, dialect: str) -> Insert:
        if dialect not in self._made:
            self._made[dialect] = self._finish(_INSERTS[dialect](table_of(self._model)))
        return self._made[dialect]

    def _of_arrays(self, names: tuple[str, ...]) -> Insert:
        if names not in self._made:
            columns = table_of(self._model).c
            arrays = (bindparam(n, type_=ARRAY(columns[n].type, dimensions=1)) for n in names)
            rows = func.unnest(*arrays).table_valued(*names, name="given").render_derived()
            made = postgresql.insert(table_of(self._model))
            self._made[names] = self._finish(
                made.from_select(names, select(*rows.c), include_defaults=False)
            )
        return self._made[names]


_MANY = 10  # from here arrays take less time than what they save
_INSERTS: dict[str, Callable[[Table], Any]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


def insert_rows(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert *rows*, which all name the same columns, in the session's transaction."""
    if rows:
        _insertion(model).execute(session, rows)


@cache
def _insertion(model: type[Base]) -> Insertion:
    return Insertion(model)
