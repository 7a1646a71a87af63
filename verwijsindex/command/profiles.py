"""Profiles of organisations: reading them, agreeing to them, publishing and comparing them."""

from __future__ import annotations

import shlex
from typing import NoReturn
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from orgprofiles.comparing import differences
from orgprofiles.profile_versions import (
    ProfileState,
    ProfileVersion,
    newest_published,
    unpublished,
)
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.command.configured import configured_services
from verwijsindex.command.organisation_names import find_organisation
from verwijsindex.command.profile_text import difference_lines, profile_lines
from verwijsindex.dutch_commands import DutchGroup
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.admit import units_without_client
from verwijsindex.use_cases.keep_profile import PART_NAMES, agree, publish

_ADMINISTRATOR = Actor(ActorKind.ADMINISTRATOR)
_ORGANISATION = click.argument("name", metavar="ORGANISATIE")


@click.group(
    cls=DutchGroup,
    short_help="Profielen van organisaties, en akkoord daarop.",
    help="Profielen van organisaties: bekijken, akkoord geven, publiceren, vergelijken.",
)
def profile() -> None:
    """Group of the profiles' commands."""


@profile.command("show", help="Toon het profiel van ORGANISATIE dat nu geldt.")
@_ORGANISATION
@click.option("--concept", is_flag=True, help="Toon het concept, met wat er nog ontbreekt.")
@click.option("--version", "number", type=click.IntRange(1), help="Toon deze versie.")
def show_command(name: str, *, concept: bool, number: int | None) -> None:
    """Show a version: the one in force, the concept, or that of a number."""
    with configured_services().sessions() as session:
        organisation_id = find_organisation(session, name)
        if number is not None:
            found = _version(session, organisation_id, number)
        elif concept:
            found = _concept(session, organisation_id, name)
        else:
            published = newest_published(session, organisation_id)
            if published is None:
                raise click.ClickException(
                    f"{name} heeft nog geen profiel gepubliceerd. Is er een concept, dan toont"
                    " --concept het."
                )
            found = published
        click.echo(f"Profiel van {name}, versie {found.number}: {found.state.value}")
        for line in profile_lines(found.content):
            click.echo(line)
        missing = [one for one in PART_NAMES if one not in found.content]
        if missing:
            click.echo(f"\nEr ontbreekt nog: {', '.join(missing)}.")
        elif found.state is ProfileState.CONCEPT:
            click.echo(
                "\nGaat u akkoord met precies dit?\n"
                f"  verwijsindex profile agree '{name}' --seen {found.etag}"
            )


@profile.command("agree", help="Geef als beheerder akkoord op het concept van ORGANISATIE.")
@_ORGANISATION
@click.option(
    "--seen",
    required=True,
    metavar="KENMERK",
    help="Wat 'profile show --concept' onderaan noemt. Is er daarna nog iets veranderd, dan wordt"
    " het akkoord geweigerd.",
)
def agree_command(name: str, seen: str) -> None:
    """Agree to a concept as it was seen."""
    services = configured_services()
    with services.sessions() as session:
        organisation_id = find_organisation(session, name)
        try:
            view = agree(
                session,
                services,
                actor=_ADMINISTRATOR,
                organisation_id=organisation_id,
                if_match=seen,
            )
        except Problem as problem:
            _refuse(problem)
    click.echo(f"Akkoord op versie {view.number} van {name}. Publiceren kan de organisatie zelf,")
    click.echo(f"of u met: verwijsindex profile publish '{name}'")


@profile.command("publish", help="Publiceer het concept van ORGANISATIE waarop akkoord is.")
@_ORGANISATION
@click.option(
    "--no-longer-sensitive",
    is_flag=True,
    help="Bevestig dat een gevoelige organisatie het niet meer is: partners zien daarna de matches"
    " die nu voor hen verborgen zijn.",
)
def publish_command(name: str, *, no_longer_sensitive: bool) -> None:
    """Put what was agreed to into force: any change since then has ended the agreement."""
    services = configured_services()
    with services.sessions() as session:
        organisation_id = find_organisation(session, name)
        concept = _concept(session, organisation_id, name)
        try:
            published = publish(
                session,
                services,
                actor=_ADMINISTRATOR,
                organisation_id=organisation_id,
                if_match=concept.etag,
                no_longer_sensitive=no_longer_sensitive,
            )
        except Problem as problem:
            _refuse(problem)
        click.echo(f"Versie {published.number} van {name} geldt nu. De partners krijgen bericht.")
        for unit in units_without_client(session, organisation_id):
            click.echo(
                f"Voor de zelfstandige afdeling {unit} mag nog geen bronsysteem werken. Laat er een"
                f" toe:\n  verwijsindex client allow CLIENT_ID '{unit}'"
            )


@profile.command("compare", help="Toon wat er tussen versie VAN en NAAR van ORGANISATIE verschilt.")
@_ORGANISATION
@click.argument("before", metavar="VAN", type=click.IntRange(1))
@click.argument("after", metavar="NAAR", type=click.IntRange(1))
def compare_command(name: str, before: int, after: int) -> None:
    """Show what differs between two versions; one of them may be the concept."""
    with configured_services().sessions() as session:
        organisation_id = find_organisation(session, name)
        contents = [_version(session, organisation_id, one).content for one in (before, after)]
    found = differences(*contents)
    if not found:
        click.echo(f"Versie {before} en {after} van {name} zijn gelijk.")
    for one in found:
        for line in difference_lines(one):
            click.echo(line)


def _concept(session: Session, organisation_id: UUID, name: str) -> ProfileVersion:
    found = unpublished(session, organisation_id)
    if found is not None:
        return found
    published = newest_published(session, organisation_id)
    if published is None:
        in_force = "Er is ook nog geen versie gepubliceerd."
    else:
        in_force = (
            f"Versie {published.number} geldt nu; die toont:"
            f" verwijsindex profile show {shlex.quote(name)}"
        )
    raise click.ClickException(
        f"Er is geen concept van {name}.\n{in_force}\n"
        "Een concept maakt de organisatie zelf, met haar bronsysteem:\n"
        f"  PUT /api/v1/organisatieprofielen/{organisation_id}/concept\n"
        "Hoe dat gaat, staat in docs/organisatieprofiel.md."
    )


def _version(session: Session, organisation_id: UUID, number: int) -> ProfileVersion:
    found = session.scalars(
        select(ProfileVersion).where(
            ProfileVersion.organisation_id == organisation_id, ProfileVersion.number == number
        )
    ).one_or_none()
    if found is None:
        raise click.ClickException(f"Er is geen versie {number}.")
    return found


def _refuse(problem: Problem) -> NoReturn:
    faults = "".join(f"\n  - {one['name']}: {one['reason']}" for one in problem.invalid_params)
    raise click.ClickException(f"{problem.detail}{faults}")
