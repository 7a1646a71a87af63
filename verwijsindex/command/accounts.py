"""Accounts: the first coordinator of an organisation, and the index's own roles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from orgprofiles.dutch_calendar import AMSTERDAM
from verwijsindex.accounts.inviting import (
    NewAccount,
    accounts_of,
    block,
    invite,
    recover,
    unblock,
)
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import Role
from verwijsindex.accounts.signing_in import normal_address
from verwijsindex.audit import Actor
from verwijsindex.command.admission import administrator, dutch_day, print_table
from verwijsindex.command.configured import configured_services
from verwijsindex.command.organisation_names import find_organisation
from verwijsindex.dutch_commands import DutchGroup
from verwijsindex.http.problems import Problem
from verwijsindex.services import Services

_ADDRESS = click.argument("email", metavar="E-MAIL")
#: What the use case calls what the options give.
_OPTIONS = {"email": "E-MAIL", "naam": "--name", "rollen": "--role", "sleutel": "--key"}


@click.group(
    cls=DutchGroup, help="Accounts van mensen. Een coördinator doet dit verder zelf, in de browser."
)
def account() -> None:
    """Group of the accounts' commands."""


@account.command("invite", help="Nodig iemand van ORGANISATIE uit, met een mail naar E-MAIL.")
@click.argument("organisation_name", metavar="ORGANISATIE")
@_ADDRESS
@click.option("--name", required=True, help="Hoe anderen diegene zien.")
@click.option(
    "--role",
    "roles",
    type=click.Choice([one.value for one in Role]),
    multiple=True,
    default=[Role.COORDINATOR.value],
    show_default=True,
    help="Wat diegene mag; herhaal voor meer.",
)
@click.option("--key", help="Sleutel van de medewerker die het is; nodig voor rol medewerker.")
def invite_command(
    organisation_name: str, email: str, name: str, roles: tuple[str, ...], key: str | None
) -> None:
    """Make an account; its holder chooses by mail how to sign in."""
    services = configured_services()
    with services.sessions() as session, _told():
        organisation_id = find_organisation(session, organisation_name)
        invite(
            session,
            services,
            actor=administrator(),
            organisation_id=organisation_id,
            wanted=NewAccount(
                email=email,
                name=name,
                roles=[Role(one) for one in roles],
                professional_key=key,
            ),
            may_give=frozenset(Role),
        )
    click.echo("De uitnodiging gaat per mail, zodra de worker draait, en is zeven dagen geldig.")


@account.command("recover", help="Laat wie met E-MAIL inlogt opnieuw kiezen hoe, met een mail.")
@_ADDRESS
def recover_command(email: str) -> None:
    """Take all means away and mail a link; who was only invited is invited anew."""
    with _account(email) as (session, services, actor, found):
        is_new = found.status is AccountStatus.INVITED
        recover(
            session,
            services,
            actor=actor,
            organisation_id=found.organisation_id,
            account_id=found.id,
        )
    if is_new:
        click.echo("Er gaat een nieuwe uitnodiging per mail; de vorige werkt niet meer.")
    else:
        click.echo(
            "Wachtwoord, codes en passkeys zijn gewist. Er gaat een mail met een link, die een dag"
            " geldig is."
        )


@account.command("block", help="Sluit wie met E-MAIL inlogt meteen uit.")
@_ADDRESS
def block_command(email: str) -> None:
    """End all sessions and take all means away."""
    with _account(email) as (session, services, actor, found):
        block(
            session,
            services,
            actor=actor,
            organisation_id=found.organisation_id,
            account_id=found.id,
        )
    click.echo("Dit account is geblokkeerd en overal uitgelogd.")


@account.command("unblock", help="Laat wie met E-MAIL inlogde weer toe, met een uitnodiging.")
@_ADDRESS
def unblock_command(email: str) -> None:
    """Let somebody in again."""
    with _account(email) as (session, services, actor, found):
        if found.status is not AccountStatus.BLOCKED:
            raise click.ClickException("Dit account is niet geblokkeerd.")
        unblock(
            session,
            services,
            actor=actor,
            organisation_id=found.organisation_id,
            account_id=found.id,
        )
    click.echo("Dit account is weer toegelaten. Er gaat een uitnodiging per mail.")


@account.command("list", help="Toon de accounts van ORGANISATIE.")
@click.argument("organisation_name", metavar="ORGANISATIE")
def list_command(organisation_name: str) -> None:
    """Print a row for each account."""
    services = configured_services()
    with services.sessions() as session:
        found = accounts_of(session, find_organisation(session, organisation_name))
        rows = [
            (
                one.name,
                one.email,
                one.status.value,
                ", ".join(one.roles),
                dutch_day(one.seen_at.astimezone(AMSTERDAM).date() if one.seen_at else None),
            )
            for one in found
        ]
    if not rows:
        click.echo(
            "Er zijn geen accounts. Nodig de coördinator uit met:"
            " verwijsindex account invite ORGANISATIE E-MAIL --name NAAM"
        )
        return
    print_table(("naam", "e-mail", "stand", "rollen", "laatst gezien"), rows)


@contextmanager
def _account(email: str) -> Iterator[tuple[Session, Services, Actor, Account]]:
    """Open a session for a command about the account of *email*."""
    services = configured_services()
    with services.sessions() as session, _told():
        found = session.scalars(
            select(Account).where(Account.email == normal_address(email))
        ).one_or_none()
        if found is None:
            raise click.ClickException("Er is geen account met dit e-mailadres.")
        yield session, services, administrator(), found


@contextmanager
def _told() -> Iterator[None]:
    """Say at the terminal what a use case refuses."""
    try:
        yield
    except Problem as refused:
        lines = [
            f"  - {_OPTIONS.get(one['name'], one['name'])}: {one['reason']}"
            for one in refused.invalid_params
        ]
        raise click.ClickException("\n".join([refused.detail, *lines])) from None
