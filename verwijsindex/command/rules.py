"""The matching rules at the command line: showing, checking and applying a version."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click
from sqlalchemy.orm import Session

from match.rule_versions import GroundedEffect, RuleDifference
from verwijsindex.api.rule_schemas import RuleDraft
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.command.configured import configured_services
from verwijsindex.dutch_commands import DutchGroup
from verwijsindex.use_cases.change_rules import (
    RuleChange,
    RulesRefused,
    change_rules,
    check_rules,
    read_rules,
    review_everybody,
)
from verwijsindex.use_cases.organisation_file import FileRefused
from verwijsindex.use_cases.rules_file import read_rules_file, rules_text

_FILE = click.argument(
    "path", metavar="BESTAND", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@click.group(cls=DutchGroup, help="De matchregels: welke betrokkenheid van elkaar mag weten.")
def rules() -> None:
    """Group of the rules' commands."""


@rules.command(
    short_help="Toon de regels die van kracht zijn.",
    help="Toon de regels die van kracht zijn, als bestand dat 'apply' kan lezen.",
)
@click.option("--version", "-v", type=int, help="Toon een andere versie.")
def show(version: int | None) -> None:
    """Print a version as a file."""
    services = configured_services()
    with services.sessions() as session:
        view = read_rules(session, version=version)
    if view is None:
        raise click.ClickException("Er is geen versie met dit nummer.")
    click.echo(rules_text(view), nl=False)


@rules.command(help="Zeg wat de regels in BESTAND zouden veranderen; verandert niets.")
@_FILE
def check(path: Path) -> None:
    """Print what a file would change."""
    services = configured_services()
    with services.sessions() as session:
        change = check_rules(session, draft=_read(session, path))
    _print(change)


@rules.command(
    help="Maak de regels in BESTAND van kracht. Wie al geregistreerd is, wordt daarna door de"
    " worker herbeoordeeld; wat dan zichtbaar wordt, komt in de verzamelmail."
)
@_FILE
def apply(path: Path) -> None:
    """Put a file's rules in force, and print what changed."""
    services = configured_services()
    with services.sessions() as session:
        draft = _read(session, path)
        try:
            change = change_rules(
                session, services, actor=Actor(ActorKind.ADMINISTRATOR), draft=draft
            )
        except RulesRefused as refused:
            raise click.ClickException(str(refused)) from None  # nosemgrep: error-text-shown
    _print(change)
    click.echo(f"Versie {change.version} is van kracht.")


@rules.command(help="Laat de worker alle matches opnieuw langs de geldende regels leggen.")
def review() -> None:
    """Ask for a review of everybody."""
    services = configured_services()
    with services.sessions() as session:
        asked = review_everybody(session, services)
    click.echo(f"{asked} personen worden herbeoordeeld.")


def _read(session: Session, path: Path) -> RuleDraft:
    try:
        return read_rules_file(session, path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise click.ClickException(f"{path} is geen tekst in UTF-8.") from None
    except FileRefused as refused:
        faults = "\n".join(f"  - {one['name']}: {one['reason']}" for one in refused.faults)
        raise click.ClickException(f"{path} klopt niet:\n{faults}") from None


def _print(change: RuleChange) -> None:
    if not change.differences:
        click.echo("Er verandert geen regel.")
        return
    click.echo(f"Wat er verandert met versie {change.version}:")
    for one in change.differences:
        click.echo(f"  {_title(one, change.organisation_names)}")
        click.echo(f"    was:   {_words(one.before)}")
        click.echo(f"    wordt: {_words(one.after)}")
    touched = change.impact
    click.echo(
        "Paren van lopende signalen die dit raakt:\n"
        f"  nieuw zichtbaar:      {touched.newly_visible}\n"
        f"  niet meer zichtbaar:  {touched.no_longer_visible}\n"
        f"  voortaan met mail:    {touched.mails_on}\n"
        f"  voortaan zonder mail: {touched.mails_off}"
    )
    names = sorted(change.organisation_names[one] for one in touched.organisation_ids)
    click.echo(f"Van deze organisaties: {', '.join(names) or 'geen'}.")


def _title(one: RuleDifference, names: dict[UUID, str]) -> str:
    if len(one.key) == 3:
        low, high, sensitivity = one.key
        return f"{low} – {high}, gevoelig: {sensitivity}"
    return " – ".join(names[organisation] for organisation in one.key)


def _words(rule: GroundedEffect | None) -> str:
    return f"{rule.effect} ({rule.basis}; {rule.reference})" if rule else "geen regel"
