"""The service's own small store: whom it serves, what was used today, alarms.

One SQLite file that all processes of the service share. It holds no element,
evaluation or key: only ids, names of organisations and counts.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from verwijsindex.pseudonym_service.errors import StoreUnavailable
from verwijsindex.pseudonym_service.limits import (
    CANARY_DAILY_LIMIT,
    CANARY_ORGANISATION,
    AlarmKind,
    Decision,
    LimitsClass,
    Outcome,
    day_of,
    decide,
    effective_limit,
)
from verwijsindex.pseudonym_service.store_file import connect, create_store_file

MOST_ALARMS_A_DAY = 1_000  # per kind: whoever signs tokens could make up organisations
COUNTERS_KEPT = timedelta(days=31)
ALARMS_KEPT = timedelta(days=366)

_TOTAL = "total"  # holder of the counter over all organisations
_EVERYBODY = ""  # in place of an organisation, where an alarm concerns no single one


@dataclass(frozen=True, slots=True)
class Admission:
    """An organisation that the administrator lets the service serve."""

    organisation_id: UUID
    name: str
    daily_limit: int
    admitted_at: datetime


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something for the administrator to look at; *organisation_id* None: concerns all."""

    kind: AlarmKind
    organisation_id: UUID | None
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class Taking:
    """What came of asking for a part of today's allowance.

    Attributes:
        outcome: Whether it was granted, and counted.
        remaining: Elements that the organisation may still have today.
        raised: Alarms that were not there yet today.
    """

    outcome: Outcome
    remaining: int
    raised: tuple[AlarmKind, ...]


class Store:
    """The SQLite file; usable by many threads and processes at once."""

    def __init__(self, path: Path) -> None:
        """Open the store at *path*, and create it (mode 0600) where there is none.

        Raises:
            StoreRefused: Not a store, one of a newer version, or not writable.
        """
        self._path = path.absolute()
        self._local = threading.local()
        create_store_file(self._path)

    def close(self) -> None:
        """Close this thread's connection; those of other threads go with their thread."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            del self._local.connection

    def check(self) -> None:
        """Make sure that something could be counted now.

        Raises:
            StoreUnavailable: It could not.
        """
        with self._writing() as connection:
            connection.execute("SELECT 1 FROM daily_counters LIMIT 1").fetchone()

    def is_admitted(self, organisation_id: UUID) -> bool:
        """Whether the administrator lets the service serve this organisation."""
        with self._reading() as connection:
            return _admitted_limit(connection, organisation_id) is not None

    def take(
        self, organisation_id: UUID, count: int, *, limits: LimitsClass, ceiling: int, now: datetime
    ) -> Taking:
        """Count *count* elements against today's allowance, or nothing where they do not fit.

        Limit and ceiling are checked and counted in one transaction that locks
        out all others: takers at the same moment never exceed either.

        Args:
            organisation_id: Who asks.
            count: 1 or more.
            limits: The index's class for it.
            ceiling: Elements a day over all organisations.
            now: Aware; its UTC day counts.
        """
        day = day_of(now)
        with self._writing() as connection:
            admitted = _admitted_limit(connection, organisation_id)
            if admitted is None:
                new = _raise_alarm(connection, AlarmKind.NOT_ADMITTED, str(organisation_id), now)
                return Taking(Outcome.NOT_ADMITTED, 0, (AlarmKind.NOT_ADMITTED,) if new else ())
            limit = effective_limit(admitted, limits)
            used, total = (_used(connection, day, h) for h in (str(organisation_id), _TOTAL))
            decision = decide(count, used=used, limit=limit, total=total, ceiling=ceiling)
            if decision.outcome is Outcome.GRANTED:
                if total == 0:
                    _forget_old(connection, now)
                _add(connection, day, str(organisation_id), count)
                _add(connection, day, _TOTAL, count)
                used += count
            raised = _raise_alarms(connection, decision, organisation_id, now)
            return Taking(decision.outcome, max(0, limit - used), raised)

    def give_back(self, organisation_id: UUID, count: int, *, taken_at: datetime) -> None:
        """Undo what :meth:`take` counted at *taken_at* (aware), for nothing was evaluated."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE daily_counters SET used = used - ? WHERE day = ? AND holder IN (?, ?)",
                (count, day_of(taken_at), str(organisation_id), _TOTAL),
            )

    def take_canary(self, *, now: datetime) -> Outcome:
        """Count one canary, which has a small daily limit of its own."""
        day, holder = day_of(now), str(CANARY_ORGANISATION)
        with self._writing() as connection:
            if _used(connection, day, holder) >= CANARY_DAILY_LIMIT:
                return Outcome.LIMIT_REACHED
            _add(connection, day, holder, 1)
            return Outcome.GRANTED

    def raise_alarm(self, kind: AlarmKind, organisation_id: UUID, *, now: datetime) -> bool:
        """Raise an alarm, and return whether it was not there yet today."""
        key = (day_of(now), kind.value, str(organisation_id))
        with self._reading() as connection:
            # Refused calls may come by the thousand: the second one locks nobody out.
            if connection.execute(
                "SELECT 1 FROM alarms WHERE (day, kind, organisation_id) = (?, ?, ?)", key
            ).fetchone():
                return False
        with self._writing() as connection:
            return _raise_alarm(connection, kind, str(organisation_id), now)

    def admit(self, admission: Admission) -> None:
        """Serve an organisation from now on, or change its name and limit."""
        with self._writing(durable=True) as connection:
            connection.execute(
                "INSERT INTO organisations (id, name, daily_limit, admitted_at)"
                " VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET name = excluded.name, daily_limit = excluded.daily_limit",
                (
                    str(admission.organisation_id),
                    admission.name,
                    admission.daily_limit,
                    _text(admission.admitted_at),
                ),
            )

    def dismiss(self, organisation_id: UUID) -> bool:
        """Serve an organisation no more, and return whether it was served.

        What it used today stays counted: admitting it anew gives no new allowance.
        """
        with self._writing(durable=True) as connection:
            done = connection.execute(
                "DELETE FROM organisations WHERE id = ?", (str(organisation_id),)
            )
            return done.rowcount == 1

    def admissions(self, *, now: datetime) -> list[tuple[Admission, int]]:
        """Return who is served, by name, with the elements that each used today."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id, name, daily_limit, admitted_at, coalesce(used, 0)"
                " FROM organisations LEFT JOIN daily_counters ON holder = id AND day = ?"
                " ORDER BY name, id",
                (day_of(now),),
            ).fetchall()
        return [
            (Admission(UUID(id_), name, limit, datetime.fromisoformat(at)), used)
            for id_, name, limit, at, used in rows
        ]

    def total_used(self, *, now: datetime) -> int:
        """Return the elements that all organisations together used today."""
        with self._reading() as connection:
            return _used(connection, day_of(now), _TOTAL)

    def alarms(self, *, since: datetime) -> list[Alarm]:
        """Return the alarms that were raised since *since* (aware), the latest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT kind, organisation_id, raised_at FROM alarms WHERE raised_at >= ?"
                " ORDER BY raised_at DESC, kind, organisation_id",
                (_text(since),),
            ).fetchall()
        return [
            Alarm(AlarmKind(kind), UUID(id_) if id_ else None, datetime.fromisoformat(at))
            for kind, id_, at in rows
        ]

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path)
        return connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection()
        except sqlite3.Error as error:
            raise StoreUnavailable from error

    @contextmanager
    def _writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Run a transaction that locks other writers out from its start.

        A counter waits for no disk: it outlives the process, and a power cut
        may cost the last moments' counts at most. What the administrator
        decided (*durable*) is on the disk before we go on.
        """
        try:
            connection = self._connection()
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise StoreUnavailable from error


def _admitted_limit(connection: sqlite3.Connection, organisation_id: UUID) -> int | None:
    row = connection.execute(
        "SELECT daily_limit FROM organisations WHERE id = ?", (str(organisation_id),)
    ).fetchone()
    return None if row is None else int(row[0])


def _used(connection: sqlite3.Connection, day: str, holder: str) -> int:
    row = connection.execute(
        "SELECT used FROM daily_counters WHERE day = ? AND holder = ?", (day, holder)
    ).fetchone()
    return 0 if row is None else int(row[0])


def _add(connection: sqlite3.Connection, day: str, holder: str, count: int) -> None:
    connection.execute(
        "INSERT INTO daily_counters (day, holder, used) VALUES (?, ?, ?)"
        " ON CONFLICT (day, holder) DO UPDATE SET used = used + excluded.used",
        (day, holder, count),
    )


def _raise_alarms(
    connection: sqlite3.Connection, decision: Decision, organisation_id: UUID, now: datetime
) -> tuple[AlarmKind, ...]:
    return tuple(
        kind
        for kind in decision.alarms
        if _raise_alarm(
            connection,
            kind,
            _EVERYBODY if kind is AlarmKind.NEAR_CEILING else str(organisation_id),
            now,
        )
    )


def _raise_alarm(connection: sqlite3.Connection, kind: AlarmKind, whom: str, now: datetime) -> bool:
    done = connection.execute(
        "INSERT INTO alarms (day, kind, organisation_id, raised_at) "
        " SELECT :day, :kind, :whom, :at"
        " WHERE (SELECT count(*) FROM alarms WHERE day = :day AND kind = :kind) < :most"
        " ON CONFLICT (day, kind, organisation_id) DO NOTHING",
        {
            "day": day_of(now),
            "kind": kind.value,
            "whom": whom,
            "at": _text(now),
            "most": MOST_ALARMS_A_DAY,
        },
    )
    return done.rowcount == 1


def _forget_old(connection: sqlite3.Connection, now: datetime) -> None:
    for statement, kept in (
        ("DELETE FROM daily_counters WHERE day < ?", COUNTERS_KEPT),
        ("DELETE FROM alarms WHERE day < ?", ALARMS_KEPT),
    ):
        connection.execute(statement, (day_of(now - kept),))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
