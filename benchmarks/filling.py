"""Filling the index by SQL with what it holds after years: subjects, signals and matches."""

from __future__ import annotations

import psycopg

from benchmarks.stage import Stage

_ORGANISATIONS = 200  # even ones signal every person, odd ones every second person too
_AT_ONCE = 500_000  # persons in one statement


def fill(stage: Stage, signals: int) -> None:
    """Add signals until there are about that many, in ids older than any that the index makes.

    Two of three signals take part in a match. Neither outbox nor audit is
    filled: to both, registering only ever adds.
    """
    with psycopg.connect(stage.postgresql_url, autocommit=True) as connection:
        # No foreign keys to check, and no wait for the disk: nothing is lost with this.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        for statement in _PARTIES:
            connection.execute(statement)
        start = _count(connection, "SELECT count(*) FROM subjects WHERE epoch = 0")
        end = signals * 2 // 3
        for low in range(start + 1, end + 1, _AT_ONCE):
            high = min(low + _AT_ONCE - 1, end)
            for statement in _ROWS:
                connection.execute(statement.replace(":low", str(low)).replace(":high", str(high)))
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _count(connection: psycopg.Connection, sql: str) -> int:
    (number,) = connection.execute(sql.encode()).fetchone() or (0,)
    return int(number)


def _id(kind: int, number: str = "n") -> str:
    """Return the expression of an id: version 7, in the order of *number* (which is not 0)."""
    return f"(lpad(to_hex(({number})::bigint), 12, '0') || '7000' || '8{kind:015x}')::uuid"


_ORGANISATION, _UNIT, _PROFESSIONAL, _SUBJECT, _FIRST, _SECOND = range(1, 7)
_MATCH, _LOW, _HIGH, _TOLD_FIRST, _TOLD_SECOND = range(7, 12)


def _copy(table: str, changes: str) -> str:
    # Of a row that the stage made, so that a new column needs no change here.
    return f"""
        INSERT INTO {table}
        SELECT (jsonb_populate_record(
            NULL::{table}, to_jsonb(model) || jsonb_build_object({changes}))).*
        FROM (SELECT * FROM {table} ORDER BY id DESC LIMIT 1) model,
            generate_series(1, {_ORGANISATIONS}) n
        ON CONFLICT DO NOTHING"""  # noqa: S608 (names of ours)


_PARTIES = [
    _copy("organisations", f"'id', {_id(_ORGANISATION)}, 'name', 'O' || n"),
    _copy("units", f"'id', {_id(_UNIT)}, 'organisation_id', {_id(_ORGANISATION)}"),
    _copy(
        "professionals",
        f"'id', {_id(_PROFESSIONAL)}, 'organisation_id', {_id(_ORGANISATION)},"
        f" 'unit_id', {_id(_UNIT)}",
    ),
]


def _signals(kind: int, organisation: str, condition: str) -> str:
    return f"""
        INSERT INTO signals (id, subject_id, unit_id, professional_id, legal_basis_id, status,
            started_at, lapses, reference_sealed, reference_hash)
        SELECT {_id(kind)}, {_id(_SUBJECT)}, {_id(_UNIT, organisation)},
            {_id(_PROFESSIONAL, organisation)}, (SELECT min(id::text)::uuid FROM legal_bases),
            'actief', now(), current_date + 30 + n % 700,
            sha256(int8send(n)) || '12345678123456'::bytea, sha256(int8send(n * 16 + {kind}))
        FROM generate_series(:low, :high) n WHERE {condition}"""  # noqa: S608


def _informings(kind: int, signal: int, condition: str) -> str:
    return f"""
        INSERT INTO informings (id, signal_id, recorded_at, informed_by, informed, informed_how,
            informed_on, reaction)
        SELECT {_id(kind)}, {_id(signal)}, now(), 'eigen', '["client"]', 'gesprek', current_date,
            'niet_gevraagd'
        FROM generate_series(:low, :high) n WHERE {condition}"""  # noqa: S608


def _participations(kind: int, signal: int) -> str:
    return f"""
        INSERT INTO participations (id, match_id, signal_id, joined_at)
        SELECT {_id(kind)}, {_id(_MATCH)}, {_id(signal)}, now()
        FROM generate_series(:low, :high) n WHERE n % 2 = 0"""  # noqa: S608


_ROWS = [
    # Sorted by pseudonym within a part, as a batch is.
    f"""INSERT INTO subjects (id, kind, pseudonym, epoch)
        SELECT {_id(_SUBJECT)}, 'persoon', sha256(('filled:' || n)::bytea), 0
        FROM generate_series(:low, :high) n ORDER BY 3""",  # noqa: S608
    _signals(_FIRST, f"n % {_ORGANISATIONS // 2} * 2 + 2", "true"),
    _signals(_SECOND, f"n * 7 % {_ORGANISATIONS // 2} * 2 + 1", "n % 2 = 0"),
    _informings(_TOLD_FIRST, _FIRST, "true"),
    _informings(_TOLD_SECOND, _SECOND, "n % 2 = 0"),
    f"""INSERT INTO matches (id, subject_id, kind, status, opened_at)
        SELECT {_id(_MATCH)}, {_id(_SUBJECT)}, 'persoon', 'open', now()
        FROM generate_series(:low, :high) n WHERE n % 2 = 0""",  # noqa: S608
    _participations(_LOW, _FIRST),
    _participations(_HIGH, _SECOND),
    f"""INSERT INTO match_pairs (low_participation_id, high_participation_id, visibility, mails)
        SELECT {_id(_LOW)}, {_id(_HIGH)}, 'beide', true
        FROM generate_series(:low, :high) n WHERE n % 2 = 0""",  # noqa: S608
]
