"""Statements of the busy paths: rows written in Core, and words that belong to a statement."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Insert, Table, insert, literal_column
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
    if rows:
        # One row by itself: a list of one would be sent as a pipeline.
        session.connection().execute(_insert(model), rows[0] if len(rows) == 1 else rows)


@cache
def _insert(model: type[Base]) -> Insert:
    return insert(table_of(model))
