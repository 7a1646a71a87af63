"""Mail at the command line: reports of what could not be delivered after all."""

from __future__ import annotations

import sys

import click

from verwijsindex.audit import Actor, ActorKind
from verwijsindex.command.configured import configured_services
from verwijsindex.dutch_commands import DutchGroup
from verwijsindex.mail.bounces import (
    LARGEST,
    BounceOutcome,
    BounceRefused,
    StillSending,
    read_report,
    take_report,
)
from verwijsindex.mail.refusing import lift_marks

#: Of sysexits.h: the message is not what it should be; or it is to be offered again.
_NOT_A_REPORT, _LATER = 65, 75
_TOLD = {
    BounceOutcome.SENT_ELSEWHERE: "Verwerkt: dezelfde mail gaat nu naar de postbus van het team.",
    BounceOutcome.GIVEN_UP: "Verwerkt: de mail is opgegeven. 'verwijsindex doctor' zegt waarom.",
    BounceOutcome.NOTHING: "Niets te doen: de mail is nog onderweg, of dit was al bekend.",
}


class _NotTaken(click.ClickException):
    """Says why nothing was done, with a status that a mail server understands."""

    def __init__(self, why: str, status: int) -> None:
        super().__init__(f"{why} Er is niets verwerkt.")
        self.exit_code = status  # type: ignore[misc]


@click.group(cls=DutchGroup, help="Mail: rapporten over wat niet bezorgd kon worden.")
def mail() -> None:
    """Group of the mail's commands."""


@mail.command(
    short_help="Verwerk een bezorgrapport van de mailserver.",
    help="Lees van standaardinvoer een bezorgrapport (RFC 3464), zoals een mailserver het stuurt"
    " aan het afzenderadres. Laat de mailserver zulke mail aan deze opdracht doorgeven.",
)
def bounced() -> None:
    """Take a report of a letter that could not be delivered; nothing of it is repeated."""
    services = configured_services()
    content = sys.stdin.buffer.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise _NotTaken("Dit bericht is groter dan 1 MB.", _NOT_A_REPORT)
    try:
        report = read_report(content, sender=services.settings.mail.sender)
        with services.sessions() as session:
            outcome = take_report(session, services, report)
    except BounceRefused as refused:
        status = _LATER if isinstance(refused, StillSending) else _NOT_A_REPORT
        raise _NotTaken(type(refused).__doc__ or "", status) from None
    click.echo(_TOLD[outcome])


@mail.command(
    "retry-addresses",
    short_help="Mail weer naar adressen die geweigerd werden.",
    help="Vergeet welke adressen geweigerd werden, en mail er weer heen. Voor als een mailserver"
    " ten onrechte weigerde: bij een fout in zijn instellingen, bijvoorbeeld.",
)
def retry_addresses() -> None:
    """Lift the mark of every refused address."""
    services = configured_services()
    with services.sessions() as session:
        lifted = lift_marks(session, services, actor=Actor(ActorKind.ADMINISTRATOR))
    click.echo(f"{lifted} {'adres wordt' if lifted == 1 else 'adressen worden'} weer geprobeerd.")
