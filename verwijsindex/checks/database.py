"""The database: its schema, its clock, and those of its settings that matter to us."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import column, func, select, table
from sqlalchemy.orm import Session

from crypto.tokens import CLOCK_SKEW
from verwijsindex.checks.findings import Finding, fault, good, length, warning
from verwijsindex.database import MIGRATIONS
from verwijsindex.services import Clock

SLIGHT_SKEW = timedelta(seconds=5)


def schema(session: Session) -> Finding:
    """Return whether every migration of this release was applied, and no other."""
    applied = set(MigrationContext.configure(session.connection()).get_current_heads())
    scripts = ScriptDirectory(str(MIGRATIONS))
    known = {one.revision for one in scripts.walk_revisions()}
    if applied - known:
        return fault(
            "database",
            "het schema is van een nieuwere versie dan dit programma",
            "Werk dit programma bij tot de versie waarmee 'db upgrade' is uitgevoerd.",
        )
    if applied != set(scripts.get_heads()):
        return fault(
            "database",
            "schema niet bij: er moet nog gemigreerd worden",
            "Voer 'verwijsindex db upgrade' uit.",
        )
    return good("database", f"bereikbaar, schema bij ({session.get_bind().dialect.name})")


def clock(session: Session, own_clock: Clock) -> Iterator[Finding]:
    """Yield how far the database's clock is from *own_clock* (UTC); SQLite has none of its own."""
    if session.get_bind().dialect.name == "postgresql":
        before = own_clock()
        theirs: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        yield clock_difference("klok van de database", theirs, before, own_clock())


def clock_difference(part: str, theirs: datetime, before: datetime, after: datetime) -> Finding:
    """Return how far another clock is from ours.

    Args:
        part: Whose clock.
        theirs: What it said, aware.
        before: Of our own, when it was asked.
        after: Of our own, when it had answered.
    """
    difference = max(before - theirs, theirs - after, timedelta())
    advice = "Controleer op beide machines 'timedatectl': ze moeten met NTP gelijk lopen."
    if difference > CLOCK_SKEW:
        return fault(
            part,
            f"loopt {length(difference)} {'voor' if theirs > after else 'achter'} op die van deze"
            " machine: tokens en berekeningen worden geweigerd, termijnen kloppen niet",
            advice,
        )
    if difference > SLIGHT_SKEW:
        return warning(part, f"verschilt {length(difference)} van die van deze machine", advice)
    return good(part, "loopt gelijk")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a setting of PostgreSQL must not be."""

    name: str
    wrong: frozenset[str]
    text: str
    value: str


_WANTED = (
    _Wanted(
        "synchronous_commit",
        frozenset({"off"}),
        "na stroomuitval kan een aangenomen signaal weg zijn",
        "on",
    ),
    _Wanted(
        "fsync",
        frozenset({"off"}),
        "na stroomuitval kan de database onherstelbaar zijn",
        "on",
    ),
    _Wanted(
        "full_page_writes",
        frozenset({"off"}),
        "na stroomuitval kan de database onherstelbaar zijn",
        "on",
    ),
    _Wanted(
        "log_error_verbosity",
        frozenset({"default", "verbose"}),
        "bij een fout komt de hele rij, met pseudoniem, in het log van de database",
        "terse",
    ),
)
_SETTINGS = table("pg_settings", column("name"), column("setting"))
_STATEMENTS = (
    "log_min_duration_statement",
    "log_min_duration_sample",
    "log_transaction_sample_rate",
    "log_statement",
)


def settings(session: Session) -> Iterator[Finding]:
    """Yield what is found of PostgreSQL's settings, as they hold for this account."""
    if session.get_bind().dialect.name != "postgresql":
        return
    names = (
        *(one.name for one in _WANTED),
        *_STATEMENTS,
        "log_destination",
        "log_parameter_max_length",
        "log_parameter_max_length_on_error",
        "synchronous_standby_names",
    )
    rows = session.execute(select(_SETTINGS).where(_SETTINGS.c.name.in_(names)))
    held: dict[str, str] = {name: setting for name, setting in rows}  # noqa: C416 (typed)
    wrong = [*_unwanted(held), *_standby(held), *_logged(held)]
    yield from wrong
    if not wrong:
        yield good("instellingen van PostgreSQL", "in orde")


def _unwanted(held: dict[str, str]) -> Iterator[Finding]:
    for one in _WANTED:
        if held.get(one.name) in one.wrong:
            yield fault(f"PostgreSQL {one.name}", one.text, _set(one.name, one.value))


def _standby(held: dict[str, str]) -> Iterator[Finding]:
    if held.get("synchronous_standby_names") and held.get("synchronous_commit") == "local":
        yield warning(
            "PostgreSQL synchronous_commit",
            "er is een synchrone standby, maar er wordt niet op gewacht: na overschakelen kan een"
            " aangenomen signaal weg zijn",
            _set("synchronous_commit", "on"),
        )


def _logged(held: dict[str, str]) -> Iterator[Finding]:
    # csvlog.c and jsonlog.c write the DETAIL whatever log_error_verbosity says.
    structured = {"csvlog", "jsonlog"} & set(held.get("log_destination", "").split(","))
    if structured:
        yield fault(
            "PostgreSQL log_destination",
            "csvlog en jsonlog schrijven altijd de details van een fout, ook bij"
            " log_error_verbosity = terse; daarin staat de hele rij, met pseudoniem",
            _set("log_destination", "stderr"),
        )
    statements = [
        held.get("log_statement") in {"mod", "all"},
        held.get("log_min_duration_statement", "-1") != "-1",
        held.get("log_min_duration_sample", "-1") != "-1",
        float(held.get("log_transaction_sample_rate", "0")) > 0,
    ]
    with_values = any(statements) and held.get("log_parameter_max_length") != "0"
    name = "log_parameter_max_length"
    if not with_values:
        with_values = held.get("log_parameter_max_length_on_error", "0") != "0"
        name = "log_parameter_max_length_on_error"
    if with_values:
        tell = warning if held.get("log_error_verbosity") == "terse" and not structured else fault
        yield tell(
            f"PostgreSQL {name}",
            "opdrachten worden gelogd met hun waarden, dus met pseudoniemen"
            + ("; alleen terse houdt die nog tegen" if tell is warning else ""),
            _set(name, "0"),
        )


def _set(name: str, value: str) -> str:
    return (
        f"Voer als beheerder van PostgreSQL uit: ALTER SYSTEM SET {name} = '{value}';"
        " SELECT pg_reload_conf();"
    )
