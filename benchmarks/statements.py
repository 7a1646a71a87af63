"""The statements of two registrations, as the index really sends them, as a pgbench script.

A first registration and one that makes a match are recorded in this process.
Ids that they made become expressions of the pgbench client's own counter, so
that each run of the script registers another person, twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from flask.testing import FlaskClient
from sqlalchemy import event

from benchmarks.evaluations import evaluate, signal_body
from benchmarks.stage import Stage
from verwijsindex.application import create_index
from verwijsindex.services import Services

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_PEOPLE = 10_000_000  # of one client in one run


@dataclass
class Recording:
    """Statements, each with the parameters of the rows that it is sent for."""

    statements: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)


@contextmanager
def recording(services: Services) -> Iterator[Recording]:
    """Record what the engine of *services* sends, while the block runs."""
    made = Recording()
    listeners: list[tuple[str, Callable[..., Any]]] = [
        ("begin", lambda _: made.statements.append(("BEGIN", [{}]))),
        ("commit", lambda _: made.statements.append(("COMMIT", [{}]))),
        ("rollback", lambda _: made.statements.append(("ROLLBACK", [{}]))),
    ]

    def note(_c: Any, _cursor: Any, sql: str, given: Any, _context: Any, many: Any) -> None:
        made.statements.append((sql, [dict(one) for one in (given if many else [given])]))

    listeners.append(("before_cursor_execute", note))
    for name, listener in listeners:
        event.listen(services.engine, name, listener)
    try:
        yield made
    finally:
        for name, listener in listeners:
            event.remove(services.engine, name, listener)


def register_in_process(stage: Stage, client: FlaskClient, turn: int, person: int) -> None:
    """Register *person* for the first or second organisation, without a network."""
    member = stage.members[turn]
    (sealed,) = evaluate(stage, member.organisation_id, [person])
    answer = client.post(
        "/api/v1/signalen",
        json=signal_body(member, sealed, person),
        headers={"Authorization": f"Bearer {stage.fresh_token(member)}"},
    )
    assert answer.status_code == 201, answer.text
    assert (answer.json["match"] is not None) == bool(turn)


def pgbench_script(stage: Stage) -> tuple[str, int]:
    """Return the script of two registrations, and how many statements they are."""
    app = create_index(stage.services)
    client = app.test_client()
    for turn in (0, 1):  # what is kept after the first time must not be in the recording
        register_in_process(stage, client, turn, -1)
    known = _known_ids(stage)
    with recording(stage.services) as made:
        for turn in (0, 1):
            register_in_process(stage, client, turn, -2)
    with psycopg.connect(stage.postgresql_url) as connection:
        fill = _Filler(known, connection, made)
        lines = [line for sql, rows in made.statements for line in fill.lines(sql, rows)]
    start = f"\\set n :n + 1\n\\set p (:run * 1000 + :client_id) * {_PEOPLE} + :n\n"
    return start + "\n".join(lines) + "\n", len(made.statements)


def _known_ids(stage: Stage) -> set[UUID]:
    """Return the ids that were there before: those of organisations and what is theirs."""
    tables = ("organisations", "units", "professionals", "legal_bases", "clients")
    with psycopg.connect(stage.postgresql_url) as connection:
        return {
            row[0]
            for table in tables
            for row in connection.execute(f"SELECT id FROM {table}")  # noqa: S608
        }


class _Filler:
    """Puts values into a statement: literals, or expressions of the counter."""

    def __init__(self, known: set[UUID], connection: psycopg.Connection, made: Recording) -> None:
        self._connection = connection
        ids = {
            value
            for _, rows in made.statements
            for row in rows
            for value in row.values()
            if isinstance(value, UUID)
        }
        # In their own order: of a pair of ids the lower one comes first.
        self._numbers = {one: at for at, one in enumerate(sorted(ids - known))}

    def lines(self, sql: str, rows: list[dict[str, Any]]) -> list[str]:
        """Return the lines of one statement; for several rows psycopg sends it as a pipeline."""
        filled = [self._line(sql, row) for row in rows]
        return ["\\startpipeline", *filled, "\\endpipeline"] if len(rows) > 1 else filled

    def _line(self, sql: str, given: dict[str, Any]) -> str:
        filled = _PLACEHOLDER.sub(lambda found: self._value(given[found[1]]), sql)
        return re.sub(r"\s+", " ", filled.replace("%%", "%")).strip() + ";"

    def _value(self, value: Any) -> str:
        if isinstance(value, psycopg.Binary):
            value = bytes(value.obj)
        if isinstance(value, UUID) and (number := self._numbers.get(value)) is not None:
            return (
                f"('0000000000007000' || lpad(to_hex(:p::bigint * 64 + {number}), 16, '0'))::uuid"
            )
        if isinstance(value, datetime):
            return "now()"
        if isinstance(value, bytes) and len(value) == 32:
            # A pseudonym, or a hash of a reference: as scattered as those are.
            return "sha256(int8send(:p::bigint))"
        return psycopg.sql.Literal(value).as_string(self._connection)
