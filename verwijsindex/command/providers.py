"""Organisations' own sign-in (OpenID Connect)."""

from __future__ import annotations

from pathlib import Path

import click

from verwijsindex.accounts.provider_keeping import (
    ProviderNotKept,
    add_provider,
    read_providers,
    remove_provider,
)
from verwijsindex.accounts.provider_sign_in import RETURN_PATH
from verwijsindex.accounts.providers import ProviderUnreachable
from verwijsindex.command.configured import configured_services
from verwijsindex.command.organisation_names import find_organisation
from verwijsindex.dutch_commands import DutchGroup


@click.group(cls=DutchGroup, help="Inloggen via de eigen organisatie (OpenID Connect).")
def provider() -> None:
    """Group of the providers' commands."""


@provider.command(
    "add",
    help="Laat mensen van ORGANISATIE inloggen via haar eigen inlogdienst. Het geheim komt uit een"
    " bestand, of wordt gevraagd.",
)
@click.argument("organisation", metavar="ORGANISATIE")
@click.option("--issuer", required=True, help="Zoals de inlogdienst zichzelf noemt (https).")
@click.option("--client-id", required=True, help="Zoals de inlogdienst de verwijsindex noemt.")
@click.option(
    "--secret-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Bestand met alleen het geheim.",
)
def add(organisation: str, issuer: str, client_id: str, secret_file: Path | None) -> None:
    """Set up a provider; one that was there is replaced."""
    services = configured_services()
    if secret_file is None:
        secret = click.prompt("Geheim", hide_input=True)
    else:
        try:
            secret = secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise click.ClickException("Het bestand met het geheim is niet te lezen.") from None
    with services.sessions() as session:
        find_organisation(session, organisation)
        try:
            add_provider(
                session,
                services,
                organisation_name=organisation,
                issuer=issuer,
                client_id=client_id,
                secret=secret,
            )
        except ProviderNotKept as refused:
            raise click.ClickException(refused.reason) from None
    click.echo(f"Mensen van {organisation} kunnen nu inloggen via hun organisatie.")
    click.echo(f"Geef de inlogdienst dit adres op: {services.settings.base_url}{RETURN_PATH}")
    try:
        services.providers.check(issuer)
    except ProviderUnreachable:
        click.echo(
            "Let op: de inlogdienst antwoordt nu niet, of noemt zichzelf anders. Controleer"
            " --issuer en of deze machine er bij kan.",
            err=True,
        )


@provider.command("remove", help="Laat mensen van ORGANISATIE niet meer via haar inloggen.")
@click.argument("organisation", metavar="ORGANISATIE")
def remove(organisation: str) -> None:
    """Take a provider away, with every link to it."""
    services = configured_services()
    with services.sessions() as session:
        find_organisation(session, organisation)
        try:
            count = remove_provider(session, services, organisation_name=organisation)
        except ProviderNotKept as refused:
            raise click.ClickException(refused.reason) from None
    click.echo(f"{organisation} heeft geen eigen inlogdienst meer; {count} koppelingen zijn weg.")
    if count:
        click.echo("Wie geen andere manier van inloggen heeft, vraagt de coördinator om herstel.")


@provider.command("list", help="Toon welke organisaties een eigen inlogdienst hebben.")
def show() -> None:
    """List them; secrets are never shown."""
    services = configured_services()
    with services.sessions() as session:
        for name, found, count in read_providers(session):
            click.echo(f"{name}: {found.issuer} ({found.client_id}), {count} gekoppeld")
