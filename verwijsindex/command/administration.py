"""Admitting organisations."""

from __future__ import annotations

from pathlib import Path

import click

from orgprofiles.organisations import OrganisationStatus
from verwijsindex.command.configured import configured_services
from verwijsindex.dutch_commands import DutchGroup
from verwijsindex.use_cases.admit import Refused, add_organisation
from verwijsindex.use_cases.organisation_file import FileRefused, read_organisation_file


@click.group(cls=DutchGroup, help="Organisaties toelaten.")
def organisation() -> None:
    """Group of the organisations' commands."""


@organisation.command(
    "add",
    short_help="Laat een organisatie toe zoals BESTAND haar beschrijft.",
    help="Laat een organisatie toe zoals BESTAND (TOML) haar beschrijft: afdelingen,"
    " grondslagen, medewerkers. Voorbeelden staan in docs/organisatiebestand.md. Met --waiting of"
    " --admitting komt zij in stappen binnen (docs/toelating.md); haar naam is dan genoeg.",
)
@click.argument(
    "path", metavar="BESTAND", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--waiting",
    "status",
    flag_value=OrganisationStatus.WAITING.value,
    help="Zet haar op de wachtlijst.",
)
@click.option(
    "--admitting",
    "status",
    flag_value=OrganisationStatus.ADMITTING.value,
    help="Laat haar toelating meteen beginnen.",
)
def add_organisation_command(path: Path, status: str | None) -> None:
    """Add an organisation from a file; nothing is kept when anything is wrong."""
    chosen = OrganisationStatus(status or OrganisationStatus.ACTIVE)
    is_active = chosen is OrganisationStatus.ACTIVE
    try:
        facts = read_organisation_file(path.read_text(encoding="utf-8"), is_complete=is_active)
    except UnicodeDecodeError:
        raise click.ClickException(f"{path} is geen tekst in UTF-8.") from None
    except FileRefused as refused:
        faults = "\n".join(f"  - {one['name']}: {one['reason']}" for one in refused.faults)
        raise click.ClickException(f"{path} klopt niet:\n{faults}") from None
    services = configured_services()
    with services.sessions() as session:
        try:
            added = add_organisation(session, services, facts=facts, status=chosen)
        except Refused as refused:
            raise click.ClickException(str(refused)) from None
    click.echo(f"{added.name} {_ADDED[chosen]}, met id {added.id}.")
    if chosen is OrganisationStatus.WAITING:
        return
    click.echo(
        "Vraag de beheerder van de pseudoniemendienst om dit uit te voeren:\n"
        f"  verwijsindex pseudonym-service admit {added.id} '{added.name}'"
    )


_ADDED = {
    OrganisationStatus.WAITING: "staat op de wachtlijst",
    OrganisationStatus.ADMITTING: "is in toelating",
    OrganisationStatus.ACTIVE: "is toegelaten",
}
