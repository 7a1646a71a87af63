"""A real SMTP server on loopback that keeps what it gets, and can be told to misbehave."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from verwijsindex.settings import MailSettings, MailTransport

Answer = str | Callable[[SMTP], Any] | None


@dataclass
class Inbox:
    """What arrived, and what the server is to answer."""

    mails: list[EmailMessage] = field(default_factory=list)
    #: Called with recipient; returns an answer that refuses, or None.
    on_recipient: Callable[[str], str | None] = lambda _: None
    #: Called after DATA with the mail; returns an answer, or None to accept.
    on_data: Callable[[EmailMessage], str | None] = lambda _: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self.on_recipient(address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        answer = self.on_data(mail)
        if answer is None:
            with self.lock:
                self.mails.append(mail)
            return "250 OK"
        if answer == "drop":  # taken, but nobody hears of it
            with self.lock:
                self.mails.append(mail)
            server.transport.close()
            return "250 OK"
        return answer

    def to(self, address: str) -> list[EmailMessage]:
        """Return the mails to *address*."""
        return [mail for mail in self.mails if mail["To"] == address]


@dataclass
class MailHost:
    """Where the server listens."""

    inbox: Inbox
    port: int
    stop: Callable[[], None]


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mail_settings(port: int, **changes: Any) -> MailSettings:
    """Return the settings for mailing to *port* of loopback."""
    return MailSettings(
        host="127.0.0.1",
        port=port,
        transport=MailTransport.NONE,
        sender="verwijsindex@index.example",
        **changes,
    )


def start_mail_server(inbox: Inbox | None = None, **options: Any) -> MailHost:
    """Start a server on a free port of loopback."""
    inbox = inbox or Inbox()
    port = free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    controller.start()

    def stop() -> None:
        if not controller.loop.is_closed():
            controller.stop()

    return MailHost(inbox, port, stop)


@pytest.fixture
def mail_host() -> Iterator[MailHost]:
    """Return a mail server that accepts everything, until told otherwise."""
    host = start_mail_server()
    yield host
    host.stop()
