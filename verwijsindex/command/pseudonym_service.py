"""Running the pseudonym service, and its own administrator's commands.

Imports nothing of the index: this part is installed without its database.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

import click

from verwijsindex import event_log
from verwijsindex.checks import files
from verwijsindex.checks.findings import Finding, Level, good, lines
from verwijsindex.dutch_commands import DutchGroup
from verwijsindex.pseudonym_service import administration
from verwijsindex.pseudonym_service.errors import ServiceError, SettingsRefused
from verwijsindex.pseudonym_service.limits import DEFAULT_DAILY_LIMIT
from verwijsindex.pseudonym_service.settings import load_settings
from verwijsindex.pseudonym_service.store import Store


@click.group(
    "pseudonym-service",
    cls=DutchGroup,
    invoke_without_command=True,
    help="De pseudoniemendienst: zonder subcommando start hij.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8001, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
# One thread a process: the work is multiplying, which does not wait for anything.
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True)
@click.pass_context
def pseudonym_service(
    context: click.Context, host: str, port: int, workers: int, threads: int
) -> None:
    """Serve, unless a subcommand was given."""
    if context.invoked_subcommand is not None:
        return
    from verwijsindex.command.web_server import serve_application

    try:
        load_settings(os.environ)
    except SettingsRefused as refused:
        raise _configuration(refused) from None
    event_log.configure_logging()
    serve_application(
        "verwijsindex.pseudonym_service.wsgi:application",
        host=host,
        port=port,
        workers=workers,
        threads=threads,
    )


@pseudonym_service.command(help="Laat een organisatie toe, of verander haar daglimiet.")
@click.argument("organisation_id", metavar="ID", type=click.UUID)
@click.argument("name", metavar="NAAM")
@click.option("--limit", type=int, default=DEFAULT_DAILY_LIMIT, show_default=True)
def admit(organisation_id: UUID, name: str, limit: int) -> None:
    """Admit an organisation."""
    with _store() as store:
        administration.admit(
            store,
            organisation_id=organisation_id,
            name=name,
            daily_limit=limit,
            now=datetime.now(UTC),
        )
    click.echo(f"{name} is toegelaten tot {limit} berekeningen per dag.")


@pseudonym_service.command(help="Laat een organisatie niet meer toe.")
@click.argument("organisation_id", metavar="ID", type=click.UUID)
def dismiss(organisation_id: UUID) -> None:
    """Dismiss an organisation."""
    with _store() as store:
        administration.dismiss(store, organisation_id=organisation_id)
    click.echo("Deze organisatie wordt niet meer bediend.")


@pseudonym_service.command(help="Toon wie is toegelaten, het gebruik van vandaag en alarmen.")
def status() -> None:
    """Show the overview."""
    with _store() as store:
        found = administration.overview(store, now=datetime.now(UTC))
    click.echo(f"Vandaag berekend: {found.used_today}")
    for one in found.organisations:
        admitted = one.admission
        click.echo(
            f"  {admitted.name} ({admitted.organisation_id}):"
            f" {one.used_today} van {admitted.daily_limit}"
        )
    for alarm in found.alarms:
        click.echo(
            f"  alarm {alarm.raised_at:%Y-%m-%d %H:%M} UTC: {alarm.kind} ({alarm.organisation_id})"
        )


@pseudonym_service.command(
    short_help="Controleer configuratie en bestanden van deze dienst.",
    help="Controleer de configuratie en wie de bestanden van deze dienst kan lezen. Eindigt met"
    " status 1 als er iets moet gebeuren.",
)
def doctor() -> None:
    """Show findings; exit status 1 when there is a fault."""
    found = [*files.named_files(os.environ)]
    try:
        settings = load_settings(os.environ)
    except SettingsRefused as refused:
        _show(one for one in found if one.level is not Level.GOOD)
        raise _configuration(refused) from None
    found += [good("configuratie", "volledig")]
    found += files.private_file("bestand van de dienst", settings.store)
    _show(found)
    if any(one.level is Level.FAULT for one in found):
        raise SystemExit(1)


def _show(found: Iterable[Finding]) -> None:
    for one in found:
        for line in lines(one):
            click.echo(line)


@contextmanager
def _store() -> Iterator[Store]:
    try:
        store = administration.open_store(os.environ)
        yield store
    except SettingsRefused as refused:
        raise _configuration(refused) from None
    except ServiceError as refused:
        raise click.ClickException(str(refused)) from None


def _configuration(refused: SettingsRefused) -> click.ClickException:
    faults = "\n".join(f"  - {fault}" for fault in refused.faults)
    return click.ClickException(f"De configuratie klopt niet:\n{faults}")
