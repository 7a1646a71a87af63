"""The demonstration's mail server: takes everything in and passes nothing on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from verwijsindex.services import Clock
from verwijsindex.web.mailbox import Mailbox

HOST = "127.0.0.1"


class MailServer:
    """An SMTP server on a free port of this machine, with a mailbox behind it."""

    def __init__(self, mailbox: Mailbox, *, clock: Clock) -> None:
        """Take a port; nobody is answered before :meth:`start`."""
        self._controller = _BoundController(_Receiver(mailbox, clock))

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._controller.port)

    def start(self) -> None:
        """Answer, in a thread of its own."""
        self._controller.start()

    def stop(self) -> None:
        """Stop answering, and give the port back."""
        self._controller.stop(no_assert=True)


class _BoundController(Controller):
    """A controller on a port that the system chose; aiosmtpd's own wants to be told one."""

    def __init__(self, handler: _Receiver) -> None:
        self._bound = socket.create_server((HOST, 0))
        super().__init__(handler, hostname=HOST, port=self._bound.getsockname()[1])

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return cast(
            "Awaitable[asyncio.AbstractServer]",
            self.loop.create_server(self._factory_invoker, sock=self._bound),
        )


class _Receiver:
    """What aiosmtpd hands mails to; the names are its own."""

    def __init__(self, mailbox: Mailbox, clock: Clock) -> None:
        self._mailbox = mailbox
        self._clock = clock

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content: Any = envelope.content
        message = BytesParser(EmailMessage, policy=default).parsebytes(bytes(content))
        self._mailbox.receive(message, recipients=envelope.rcpt_tos, now=self._clock())
        return "250 OK"
