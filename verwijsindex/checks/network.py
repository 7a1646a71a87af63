"""What is reached over a network: the mail server and the pseudonym service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

from verwijsindex.checks.database import clock_difference
from verwijsindex.checks.findings import Finding, fault, good, warning
from verwijsindex.mail.smtp import MailServer
from verwijsindex.services import Clock
from verwijsindex.settings import MailSettings

_TIMEOUT_SECONDS = 5
_MAIL_WORDS = {
    "unreachable": "niet bereikbaar",
    "timeout": "antwoordt niet op tijd",
    "certificate not trusted": "heeft geen vertrouwd certificaat",
    "TLS failed": "maakt geen TLS-verbinding",
    "server offers no STARTTLS": "biedt geen STARTTLS",
}


def mail_server(mail: MailSettings) -> Finding:
    """Return whether the mail server takes a connection, protected as configured."""
    with MailServer(mail) as server:
        why = server.check()
    if why is None:
        return good("mailserver", "bereikbaar")
    return fault(
        "mailserver",
        f"{_MAIL_WORDS.get(why, why)}; mails wachten, er gaat niets verloren",
        "Controleer de VI_SMTP_-variabelen en het log van de mailserver.",
    )


def pseudonym_service(
    url: str, own_clock: Clock, *, transport: httpx.BaseTransport | None = None
) -> Iterator[Finding]:
    """Yield whether the service answers from here, and how far its clock is from *own_clock*.

    Only the worker needs it; whether it gave the right answers to that one is
    told by the canary.

    Args:
        url: Up to ``/v1``.
        own_clock: UTC.
        transport: Of the HTTP client; None for the network.
    """
    part = "pseudoniemendienst"
    before = own_clock()
    try:
        with httpx.Client(timeout=_TIMEOUT_SECONDS, transport=transport) as http:
            answer = http.get(f"{url}/healthz/livez")
    except httpx.HTTPError as error:
        yield warning(
            part,
            f"niet bereikbaar vanaf deze machine ({_reason(error)})",
            "Alleen de machine van de worker hoeft erbij te kunnen. Controleer daar VI_SERVICE_URL,"
            " het certificaat, en bel de beheerder van de dienst.",
        )
        return
    if answer.status_code == httpx.codes.OK:
        yield good(part, "bereikbaar")
    else:
        yield warning(
            part,
            f"antwoordt met status {answer.status_code}",
            "Controleer of VI_SERVICE_URL op /v1 eindigt, en bel de beheerder van de dienst.",
        )
    try:
        # RFC 9110 §6.6.1: whole seconds, cut off.
        theirs = parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return
    yield clock_difference(
        "klok van de pseudoniemendienst", theirs, before.replace(microsecond=0), own_clock()
    )


def _reason(error: httpx.HTTPError) -> str:
    # The kind alone: the text of an error may repeat an address.
    match error:
        case httpx.TimeoutException():
            return "geen antwoord op tijd"
        case httpx.ConnectError():
            return "geen verbinding of geen vertrouwd certificaat"
        case _:
            return "geen goed antwoord"
