"""Statements of the busy paths: rows written in Core, and words that belong to a statement."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    CursorResult,
    Dialect,
    Insert,
    LargeBinary,
    String,
    Table,
    TypeDecorator,
    Uuid,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy import cast as cast_in_sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine, UserDefinedType

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


class _PlainArray(UserDefinedType[Sequence[Any]]):
    """An array of what needs no quoting, written down as PostgreSQL reads it (its §8.15.2).

    psycopg looks through each value for what it must escape, which takes longer
    than all else of a row.
    """

    cache_ok = True
    render_bind_cast = True

    def __init__(self, name: str, write: Callable[[Any], str]) -> None:
        """Take the type's name in SQL, and how one value is written."""
        self.name = name
        self.write = write

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in SQL."""
        return self.name

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str]:  # noqa: ARG002
        """Return what writes the array."""
        write = self.write
        return lambda values: (
            f"{{{','.join(['NULL' if one is None else write(one) for one in values])}}}"
        )


_IDS = _PlainArray("UUID[]", attrgetter("hex"))
#: Any number of byte strings as one parameter of PostgreSQL.
OCTETS = _PlainArray("BYTEA[]", lambda octets: rf'"\\x{octets.hex()}"')


def _array_of(values: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type of a parameter with all values of a column."""
    if isinstance(values, Uuid):
        return _IDS
    return OCTETS if isinstance(values, LargeBinary) else ARRAY(values, dimensions=1)


class _Ids(TypeDecorator[Sequence[UUID]]):
    """Any number of ids as one parameter."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(_IDS if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Iterable[UUID] | None, dialect: Dialect) -> Any:
        ids = value or ()
        return ids if dialect.name == "postgresql" else json.dumps([one.hex for one in ids])


class _IsAmong(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


def is_among(column: Any, ids: Iterable[UUID] | str) -> ColumnElement[bool]:
    """Return the condition that *column* is one of *ids*, given as one parameter.

    With a parameter for each, five hundred take longer to write down than to look
    up, and every number of them is another statement.

    Args:
        column: Of UUIDs.
        ids: Which, or the name of a parameter that gives them later.
    """
    if isinstance(ids, str):
        return _IsAmong(column, bindparam(ids, type_=_Ids()))
    return _IsAmong(column, bindparam(None, list(ids), type_=_Ids()))


@compiles(_IsAmong, "postgresql")
def _is_any(element: _IsAmong, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = element.clauses
    return f"{compiler.process(column, **options)} = ANY({compiler.process(ids, **options)})"


@compiles(_IsAmong)
def _is_each(element: _IsAmong, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = element.clauses
    each = func.json_each(ids).table_valued("value")
    return compiler.process(column.in_(select(each.c.value)), **options)


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
            # a parameter for each value, would cost three times as much. What is
            # one and the same for all is given once; the first column stands for how many.
            first = rows[0]
            differs = {name: [row[name] for row in rows] for name in first}
            for name, value in list(first.items())[1:]:
                if all(one is value for one in differs[name]):
                    del differs[name]
            made = self._of_arrays(tuple(first), frozenset(differs))
            return connection.execute(made, {**first, **differs})
        # One by itself: a list of one would be sent as a pipeline.
        return connection.execute(self._of_values(dialect), rows[0] if len(rows) == 1 else rows)

    def _of_values(self, dialect: str) -> Insert:
        if dialect not in self._made:
            self._made[dialect] = self._finish(_INSERTS[dialect](table_of(self._model)))
        return self._made[dialect]

    def _of_arrays(self, names: tuple[str, ...], differs: frozenset[str]) -> Insert:
        if (names, differs) not in self._made:
            columns = table_of(self._model).c
            several = [name for name in names if name in differs]
            arrays = (bindparam(n, type_=_array_of(columns[n].type)) for n in several)
            rows = func.unnest(*arrays).table_valued(*several, name="given").render_derived()
            types = {n: columns[n].type for n in names}
            given = (
                rows.c[n] if n in differs else cast_in_sql(bindparam(n, type_=types[n]), types[n])
                for n in names
            )
            made = postgresql.insert(table_of(self._model))
            self._made[names, differs] = self._finish(
                made.from_select(names, select(*given).select_from(rows), include_defaults=False)
            )
        return self._made[names, differs]


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
