"""Checking, signing and exporting the audit log."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import click
from sqlalchemy.exc import SQLAlchemyError

from crypto.audit_log import Checkpoint, checkpoint_line
from verwijsindex.audit_checking import AuditReport, check_audit
from verwijsindex.audit_checkpoints import make_checkpoint
from verwijsindex.audit_export import NothingSigned, RowGone, export_audit
from verwijsindex.audit_linking import link_waiting
from verwijsindex.audit_reading import last_checkpoint
from verwijsindex.audit_rights import rights_sql
from verwijsindex.audit_verifier import kept_option, read_kept
from verwijsindex.command.configured import configured_services
from verwijsindex.dutch_commands import DutchGroup
from verwijsindex.services import Services

_LAG = timedelta(minutes=10)
_PATIENCE = timedelta(seconds=30)  # for a worker that is linking


@click.group(cls=DutchGroup, help="Het auditlog: controleren, ondertekenen, exporteren.")
def audit() -> None:
    """Group of the audit's commands."""


@audit.command(
    short_help="Controleer het hele auditlog.",
    help="Controleer het hele auditlog: controlegetallen, keten en handtekeningen. Eindigt met"
    " status 1 als er iets is gewijzigd, en noemt de eerste foute rij.",
)
@kept_option
def verify(kept_file: Path | None) -> None:
    """Show the report; exit status 1 when something is wrong."""
    kept = read_kept(kept_file)
    services = configured_services()
    try:
        report = check_audit(services, kept=kept)
    except SQLAlchemyError as error:
        raise click.ClickException(
            f"Het auditlog is niet te lezen ({type(error).__name__}). Controleer of de database"
            " bereikbaar is; is ze dat, dan staat er iets dat de index niet schreef."
        ) from None
    finally:
        services.engine.dispose()
    _show(report)
    if report.fault is not None:
        raise SystemExit(1)


def _show(report: AuditReport) -> None:
    fault = report.fault
    if fault is not None:
        place = "nog niet in de keten" if fault.seq is None else f"rij {fault.seq} van de keten"
        name = "" if fault.row_id is None else f" (id {fault.row_id})"
        click.echo(f"FOUT   {place}{name}: {fault.what}")
        click.echo(f"       {report.row_count} rijen daarvóór kloppen")
        return
    click.echo(f"goed   {report.row_count} rijen in de keten kloppen")
    if report.checkpoint is None:
        click.echo("       er is nog geen controlepunt; de worker maakt er elke minuut een")
    else:
        click.echo(
            f"       {report.checkpoint_count} controlepunten; het laatste dekt rij 1 tot en met"
            f" {report.checkpoint.seq} en is van {report.checkpoint.at.isoformat()}"
        )
    if report.waiting_for is not None:
        seconds = int(report.waiting_for.total_seconds())
        click.echo(
            f"       {report.waiting_count} rijen wachten op hun schakel, de oudste {seconds} s"
        )
        if report.waiting_for > _LAG:
            click.echo("       → Controleer of de worker draait.")


@audit.command(
    help="Onderteken de keten zoals ze nu is en geef het controlepunt. Bewaar het waar de"
    " beheerder van de database niet bij kan.",
)
@click.option(
    "--output",
    type=click.Path(allow_dash=True, path_type=Path),
    default=Path("-"),
    help="Nieuw bestand; standaard het scherm.",
)
def checkpoint(output: Path) -> None:
    """Link what waits, sign, and write the last checkpoint as a line."""
    services = configured_services()
    try:
        made = _sign(services)
    finally:
        services.engine.dispose()
    if made is None:
        raise click.ClickException("Het auditlog is leeg: er is niets te ondertekenen.")
    with _new_file(output) as file:
        file.write(checkpoint_line(made))


def _sign(services: Services) -> Checkpoint | None:
    deadline = time.monotonic() + _PATIENCE.total_seconds()
    # What was committed before this command is to be in it, also what only a sweep finds.
    while link_waiting(services, window=None) is None:
        if time.monotonic() > deadline:
            raise click.ClickException("Een worker is al lang aan de keten bezig; probeer later.")
        time.sleep(0.1)
    made = make_checkpoint(services)
    if made is not None:
        return made
    with services.sessions() as session:  # nothing new, or a worker signed at this very moment
        return last_checkpoint(session)


@audit.command(
    short_help="Schrijf het auditlog naar BESTAND.",
    help="Schrijf het auditlog tot en met het laatste controlepunt naar BESTAND ('-': het"
    " scherm). Te controleren met vi-audit-verify en het openbare sleutelbestand.",
)
@click.argument("path", metavar="BESTAND", type=click.Path(allow_dash=True, path_type=Path))
def export(path: Path) -> None:
    """Write the log as JSON lines."""
    services = configured_services()
    count = 0
    try:
        with _new_file(path) as file:
            for line in export_audit(services):
                file.write(line)
                count += 1
    except NothingSigned:
        raise click.ClickException(
            "Er is nog geen controlepunt. Voer eerst 'verwijsindex audit checkpoint' uit."
        ) from None
    except RowGone:
        raise click.ClickException(
            "Er is een rij verdwenen. Voer 'verwijsindex audit verify' uit; de export is niet heel."
        ) from None
    finally:
        services.engine.dispose()
    click.echo(f"{count} regels geschreven.", err=True)


@audit.command(
    short_help="Toon de SQL voor de rechten van databaseaccount ROL.",
    help="Toon de SQL die het databaseaccount ROL van de index zijn rechten geeft: alles wat nodig"
    " is, en op het auditlog alleen lezen en toevoegen. Alleen PostgreSQL; voer haar uit als"
    " eigenaar van de tabellen, na elke 'db upgrade' opnieuw.",
)
@click.argument("role", metavar="ROL")
def rights(role: str) -> None:
    """Print statements; needs no configuration."""
    click.echo(rights_sql(role), nl=False)


def _new_file(path: Path) -> BinaryIO:
    """Open a file that was not there, for this account alone; or standard output."""
    if str(path) == "-":
        return click.open_file("-", "wb")  # type: ignore[return-value]
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        raise click.ClickException(f"{path} is niet te maken: {error.strerror}.") from None
