"""Admitting organisations and their machine clients."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import click

from orgprofiles.organisations import OrganisationStatus
from verwijsindex.clients import LimitsClass, Scope
from verwijsindex.command.configured import configured_services
from verwijsindex.use_cases.admit import (
    Refused,
    add_client,
    add_organisation,
    allow_client,
    revoke_client,
)
from verwijsindex.use_cases.organisation_file import FileRefused, read_organisation_file


@click.group(help="Organisaties toelaten.")
def organisation() -> None:
    """Group of the organisations' commands."""


@organisation.command(
    "add",
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


@click.group(help="Toegang voor bronsystemen.")
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


@client.command("allow", help="Laat een bronsysteem ook werken voor zelfstandige afdelingen.")
@click.argument("client_id", type=click.UUID)
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
@click.argument("client_id", type=click.UUID)
def revoke_client_command(client_id: UUID) -> None:
    """Revoke a client."""
    services = configured_services()
    with services.sessions() as session:
        try:
            revoke_client(session, services, client_id=client_id)
        except Refused as refused:
            raise click.ClickException(str(refused)) from None
    click.echo("Dit bronsysteem wordt niet meer toegelaten.")
