"""``doctor``: is everything in order, and if not, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import click
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from match.outbox import MessageState, OutboxMessage, revive_dead
from verwijsindex import audit
from verwijsindex.audit import Action, Actor, ActorKind
from verwijsindex.command.configured import configured_services
from verwijsindex.database import schema_is_current
from verwijsindex.key_checks import INDEX_CHECK, KeyCheck, KeyState
from verwijsindex.mail.smtp import MailServer
from verwijsindex.services import Services

_LAG = timedelta(minutes=10)
_CANARY_AGE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Attributes:
        part: What.
        text: What was found.
        advice: What to do; None: it is in order.
    """

    part: str
    text: str
    advice: str | None = None


@click.command(help="Controleer configuratie, database, sleutels en mail, en zeg wat te doen.")
@click.option(
    "--retry-dead-letters",
    is_flag=True,
    help="Bied opgegeven mails opnieuw aan, nadat de oorzaak is verholpen.",
)
def doctor(*, retry_dead_letters: bool) -> None:
    """Show findings; exit status 1 when there is something to do."""
    services = configured_services()
    click.echo("goed   configuratie: volledig")
    if retry_dead_letters:
        with services.sessions.begin() as session:
            now = services.clock()
            revived = revive_dead(session, now=now)
            actor = Actor(ActorKind.ADMINISTRATOR)
            deeds = [(Action.MAILS_REVIVED, None)]
            audit.record(session, services.audit_key, actor=actor, deeds=deeds, now=now)
        click.echo(f"       {revived} mail(s) worden opnieuw aangeboden")
    found = list(examine(services))
    for one in found:
        click.echo(f"{'goed ' if one.advice is None else 'FOUT '}  {one.part}: {one.text}")
        if one.advice is not None:
            click.echo(f"       → {one.advice}")
    services.engine.dispose()
    if any(one.advice is not None for one in found):
        raise SystemExit(1)


def examine(services: Services) -> Iterator[Finding]:
    """Yield what is found, part by part."""
    try:
        with services.sessions() as session:
            yield from _database(session)
            yield from _keys(session, services)
            yield from _outbox(session, services)
    except SQLAlchemyError as error:
        yield Finding(
            "database",
            f"fout ({type(error).__name__})",
            "Controleer VI_DATABASE_URL, of de server draait, en voer 'verwijsindex db upgrade'"
            " uit.",
        )
    with MailServer(services.settings.mail) as server:
        why = server.check()
    if why is None:
        yield Finding("mailserver", "bereikbaar")
    else:
        yield Finding("mailserver", why, "Controleer de VI_SMTP_-variabelen en de mailserver.")


def _database(session: Session) -> Iterator[Finding]:
    if schema_is_current(session):
        yield Finding("database", f"bereikbaar, schema bij ({session.get_bind().dialect.name})")
    else:
        yield Finding("database", "schema niet bij", "Voer 'verwijsindex db upgrade' uit.")


def _keys(session: Session, services: Services) -> Iterator[Finding]:
    checks = {one.name: one for one in session.scalars(select(KeyCheck))}
    index = checks.pop(INDEX_CHECK, None)
    own = services.settings.keys.scalar_fingerprint
    if index is not None and index.fingerprint != own:
        yield Finding(
            "sleutel van de index",
            "anders dan waarmee de database is gevuld",
            "Zet het juiste bestand terug achter VI_INDEX_SECRET_KEYS_FILE.",
        )
    else:
        yield Finding("sleutel van de index", "klopt" if index else "nog niet gebruikt")
    if not checks:
        yield Finding("canarie", "nog niet gecontroleerd", "Start de worker.")
    for name, check in sorted(checks.items()):
        yield _canary(name, check, is_old=services.clock() - check.checked_at > _CANARY_AGE)


def _canary(name: str, check: KeyCheck, *, is_old: bool) -> Finding:
    part = f"canarie {name}"
    if check.state is KeyState.WRONG:
        return Finding(
            part,
            "verschilt: de pseudoniemendienst gebruikt een andere sleutel; er wordt niets"
            " geregistreerd",
            "Laat de beheerder van de pseudoniemendienst het juiste sleutelbestand terugzetten.",
        )
    if check.state is KeyState.UNREACHABLE:
        return Finding(
            part,
            "pseudoniemendienst onbereikbaar of weigert; registreren kan met wat al berekend is",
            "Controleer VI_SERVICE_URL, of de dienst draait, en het openbare sleutelbestand daar.",
        )
    if is_old:
        return Finding(part, "lang niet gecontroleerd", "Controleer of de worker draait.")
    return Finding(part, "klopt")


def _outbox(session: Session, services: Services) -> Iterator[Finding]:
    dead = session.execute(
        select(OutboxMessage.failure, func.count())
        .where(OutboxMessage.state == MessageState.DEAD)
        .group_by(OutboxMessage.failure)
        .order_by(OutboxMessage.failure)
    ).all()
    if dead:
        reasons = ", ".join(f"{count} × {failure}" for failure, count in dead)
        yield Finding(
            "opgegeven mails",
            reasons,
            "Verhelp de oorzaak en voer 'verwijsindex doctor --retry-dead-letters' uit.",
        )
    else:
        yield Finding("opgegeven mails", "geen")
    late = session.scalar(
        select(func.count())
        .select_from(OutboxMessage)
        .where(
            OutboxMessage.state == MessageState.PENDING,
            OutboxMessage.due < services.clock() - _LAG,
        )
    )
    if late:
        yield Finding(
            "wachtende mails",
            f"{late} had(den) al verstuurd moeten zijn",
            "Controleer of de worker draait.",
        )
    else:
        yield Finding("wachtende mails", "geen achterstand")
