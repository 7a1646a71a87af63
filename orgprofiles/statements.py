"""Statements of the busy paths: rows written in Core, and words that belong to a statement."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Insert,
    Table,
    bindparam,
    func,
    insert,
    literal_column,
    select,
)
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


def insert_rows(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert *rows*, which all name the same columns, in the session's transaction."""
    if not rows:
        return
    connection = session.connection()
    if len(rows) == 1:
        # By itself: a list of one would be sent as a pipeline.
        connection.execute(_insert(model), rows[0])
    elif len(rows) >= _MANY and connection.dialect.name == "postgresql":
        # As one statement with an array per column: a statement per row would
        # cost PostgreSQL three times as much.
        names = tuple(rows[0])
        arrays = {name: [row[name] for row in rows] for name in names}
        connection.execute(_insert_arrays(model, names), arrays)
    else:
        connection.execute(_insert(model), rows)


_MANY = 10  # from here arrays take less time than what they save


@cache
def _insert(model: type[Base]) -> Insert:
    return insert(table_of(model))


@cache
def _insert_arrays(model: type[Base], names: tuple[str, ...]) -> Insert:
    columns = table_of(model).c
    arrays = (bindparam(name, type_=ARRAY(columns[name].type, dimensions=1)) for name in names)
    rows = func.unnest(*arrays).table_valued(*names, name="given").render_derived()
    return insert(table_of(model)).from_select(names, select(*rows.c), include_defaults=False)
