"""``doctor``: is everything in order, and if not, what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from match.outbox import revive_dead
from verwijsindex import audit
from verwijsindex.audit import Action, Actor, ActorKind
from verwijsindex.checks import database, documents, files, network, transport, work
from verwijsindex.checks.findings import Finding, Level, fault, good, lines
from verwijsindex.dutch_commands import DutchCommand
from verwijsindex.services import Services, make_services
from verwijsindex.settings import SettingsRefused, load_settings

_INCOMPLETE = "Verbeter de omgeving (docs/installing.md) en voer doctor opnieuw uit."


@click.command(
    cls=DutchCommand,
    short_help="Controleer de hele installatie en zeg wat te doen.",
    help="Controleer configuratie, bestanden, database, sleutels, mail, klokken en PDF, en zeg wat"
    " te doen. Eindigt met status 1 bij een FOUT; 'let op' is een waarschuwing.",
)
@click.option(
    "--retry-dead-letters",
    is_flag=True,
    help="Bied opgegeven mails opnieuw aan, nadat de oorzaak is verholpen.",
)
@click.option("--json", "as_json", is_flag=True, help="Geef alles als JSON, voor bewaking.")
def doctor(*, retry_dead_letters: bool, as_json: bool) -> None:
    """Show findings; exit status 1 when there is a fault."""
    found = [*files.named_files(os.environ), *files.demo_folder(os.environ)]
    try:
        services = make_services(load_settings(os.environ))
    except SettingsRefused as refused:
        if as_json:
            found += [fault("configuratie", one, _INCOMPLETE) for one in refused.faults]
            _finish(found, as_json=True)
        _show(one for one in found if one.level is not Level.GOOD)
        faults = "\n".join(f"  - {one}" for one in refused.faults)
        raise click.ClickException(f"De configuratie klopt niet:\n{faults}") from None
    try:
        if retry_dead_letters:
            revived = _retry(services)
            click.echo(f"       {revived} mail(s) worden opnieuw aangeboden", err=as_json)
        found = [good("configuratie", "volledig"), *found, *examine(services)]
    finally:
        services.engine.dispose()
    _finish(found, as_json=as_json)


def examine(services: Services) -> Iterator[Finding]:
    """Yield what is found, part by part."""
    settings = services.settings
    yield from transport.protection(settings, os.environ)
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        yield from files.private_file("bestand van de database", Path(url.database))
    try:
        yield from _database(services)
    except SQLAlchemyError as error:
        yield fault(
            "database",
            f"antwoordt niet of weigert ({type(error).__name__}): er wordt niets geregistreerd",
            "Controleer VI_DATABASE_URL, of de server draait, en voer 'verwijsindex db upgrade'"
            " uit.",
        )
    yield network.mail_server(settings.mail)
    yield from network.pseudonym_service(settings.service_url, services.clock)
    yield documents.pango()


def _database(services: Services) -> Iterator[Finding]:
    with services.sessions() as session:
        schema = database.schema(session)
        yield schema
        if schema.level is Level.FAULT:
            return  # the rest would ask for columns that are not there
        yield from database.clock(session, services.clock)
        yield from database.settings(session)
        yield from work.keys(session, services)
        yield from work.mails(session, services)
        yield from work.audit(session, services)


def _retry(services: Services) -> int:
    with services.sessions.begin() as session:
        now = services.clock()
        revived = revive_dead(session, now=now)
        actor = Actor(ActorKind.ADMINISTRATOR)
        deeds = [(Action.MAILS_REVIVED, None)]
        audit.record(session, services.audit_key, actor=actor, deeds=deeds, now=now)
    return revived


def _finish(found: Sequence[Finding], *, as_json: bool) -> None:
    if as_json:
        told = [
            {
                "niveau": one.level.value,
                "onderdeel": one.part,
                "bevinding": one.text,
                "advies": one.advice,
            }
            for one in found
        ]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _show(found)
    if any(one.level is Level.FAULT for one in found):
        raise SystemExit(1)


def _show(found: Iterable[Finding]) -> None:
    for one in found:
        for line in lines(one):
            click.echo(line)
