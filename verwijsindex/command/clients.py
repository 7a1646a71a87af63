"""Giving source systems access, and taking it away."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import click

from verwijsindex.clients import LimitsClass, Scope
from verwijsindex.command.admission import print_table
from verwijsindex.command.configured import configured_services
from verwijsindex.command.organisation_names import find_organisation
from verwijsindex.dutch_commands import DutchGroup
from verwijsindex.use_cases.admit import (
    Refused,
    add_client,
    allow_client,
    list_clients,
    revoke_client,
)


@click.group(cls=DutchGroup, help="Toegang voor bronsystemen.")
def client() -> None:
    """Group of the clients' commands."""


@client.command("add", help="Geef een bronsysteem van ORGANISATIE toegang.")
@click.argument("organisation_name", metavar="ORGANISATIE")
@click.option("--name", default="bronsysteem", show_default=True, help="Naam van het systeem.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    default=[Scope.SIGNALS.value, Scope.MATCHES.value, Scope.PROFESSIONALS.value],
    show_default=True,
    help="Wat het mag; herhaal voor meer.",
)
@click.option(
    "--unit", "units", multiple=True, help="Zelfstandige afdeling waarvoor het ook mag werken."
)
@click.option(
    "--limits",
    type=click.Choice([LimitsClass.STANDARD.value, LimitsClass.LARGE.value]),
    default=LimitsClass.STANDARD.value,
    show_default=True,
)
@click.option(
    "--jwk",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Openbare sleutel (JWK) voor private_key_jwt; zonder komt er een geheim.",
)
def add_client_command(
    organisation_name: str,
    name: str,
    scopes: tuple[str, ...],
    units: tuple[str, ...],
    limits: str,
    jwk: Path | None,
) -> None:
    """Add a client and show its secret, this once."""
    key = None
    if jwk is not None:
        try:
            key = json.loads(jwk.read_text(encoding="utf-8"))
        except ValueError:
            raise click.ClickException(f"{jwk} is geen JSON.") from None
        if not isinstance(key, dict):
            raise click.ClickException(f"{jwk} is geen sleutel (JWK).")
    services = configured_services()
    with services.sessions() as session:
        find_organisation(session, organisation_name)
        try:
            made = add_client(
                session,
                services,
                organisation_name=organisation_name,
                name=name,
                scopes=[Scope(one) for one in scopes],
                independent_units=units,
                limits=LimitsClass(limits),
                jwk=key,
            )
        except Refused as refused:
            raise click.ClickException(str(refused)) from None
    click.echo(f"client_id     = {made.id}")
    if made.secret is not None:
        click.echo(f"client_secret = {made.secret}")
        click.echo("Het geheim wordt alleen nu getoond.")


@client.command("list", help="Toon welke bronsystemen van ORGANISATIE toegang hebben of hadden.")
@click.argument("organisation_name", metavar="ORGANISATIE")
def list_command(organisation_name: str) -> None:
    """Print a row for each client; never its secret or key."""
    with configured_services().sessions() as session:
        find_organisation(session, organisation_name)
        found = list_clients(session, organisation_name)
    if not found:
        click.echo(f"Voor {organisation_name} is nog geen bronsysteem toegelaten.")
        return
    rows = [(one.name, str(one.id), ", ".join(one.scopes), one.status.value) for one in found]
    print_table(("naam", "client_id", "mag", "status"), rows)


@client.command("allow", help="Laat een bronsysteem ook werken voor zelfstandige afdelingen.")
@click.argument("client_id", metavar="ID", type=click.UUID)
@click.argument("units", metavar="AFDELING...", nargs=-1, required=True)
def allow_client_command(client_id: UUID, units: tuple[str, ...]) -> None:
    """Open independent units to a client; nothing is opened when any of them cannot be."""
    services = configured_services()
    with services.sessions() as session:
        try:
            allow_client(session, services, client_id=client_id, independent_units=units)
        except Refused as refused:
            raise click.ClickException(str(refused)) from None
    click.echo(f"Dit bronsysteem mag nu ook werken voor: {', '.join(units)}.")


@client.command("revoke", help="Sluit een bronsysteem meteen uit.")
@click.argument("client_id", metavar="ID", type=click.UUID)
def revoke_client_command(client_id: UUID) -> None:
    """Revoke a client."""
    services = configured_services()
    with services.sessions() as session:
        try:
            revoke_client(session, services, client_id=client_id)
        except Refused as refused:
            raise click.ClickException(str(refused)) from None
    click.echo("Dit bronsysteem wordt niet meer toegelaten.")
