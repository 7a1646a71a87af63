"""One connection to the mail server, with a deadline on every delivery."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import TracebackType
from typing import Self

from verwijsindex.mail.letters import Letter
from verwijsindex.mail.watch import Watch
from verwijsindex.settings import MailSettings, MailTransport


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took responsibility for the mail."""


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """The server refused, or nobody knows.

    Attributes:
        why: An SMTP code or a fixed word; never the server's text, which may
            repeat an address.
        server_is_down: No use trying the next letter on it now.
    """

    why: str
    server_is_down: bool = False


Outcome = Accepted | NotAccepted


class MailServer:
    """A mail server; connects at the first letter, and again after a lost connection."""

    def __init__(self, settings: MailSettings, *, tls: ssl.SSLContext | None = None) -> None:
        """Take the settings.

        Args:
            settings: Where and how.
            tls: None: certificates are verified against the system's authorities.
        """
        self._settings = settings
        self._given_tls = tls
        self._connection: smtplib.SMTP | None = None
        # The socket's own timeout is per read: a server that drips a byte a
        # second would hold a delivery for ever, and outlast its lease.
        self._watch = Watch(settings.deadline, self._cut)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.quit()
        self._watch.stop()

    def send(self, letter: Letter, *, now: datetime) -> Outcome:
        """Hand over *letter* within the deadline.

        After a timeout or a lost connection nobody knows whether the server
        has it: that is "not accepted", and it will be sent again under the
        same Message-ID.
        """
        sender = self._settings.sender
        message = letter.to_bytes(sender=sender, now=now)
        with self._watch:
            try:
                connection = self._connected()
            except (OSError, smtplib.SMTPException) as error:
                return NotAccepted(_connect_failure(error), server_is_down=True)
            try:
                connection.sendmail(sender, [letter.recipient], message)
            except smtplib.SMTPRecipientsRefused as error:
                codes = [code for code, _ in error.recipients.values()]
                return NotAccepted(f"smtp {codes[0]}")
            except smtplib.SMTPServerDisconnected:
                self._drop()
                return NotAccepted("connection lost")
            except smtplib.SMTPResponseException as error:
                return NotAccepted(f"smtp {error.smtp_code}")
            except (OSError, smtplib.SMTPException):
                self._drop()
                return NotAccepted("connection lost")
        return Accepted()

    def check(self) -> str | None:
        """Return why no connection can be made (for the doctor); None when it can."""
        try:
            self._connected().noop()
        except (OSError, smtplib.SMTPException) as error:
            return _connect_failure(error)
        return None

    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or _system_tls()

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            self._connect()
        if self._connection is None:  # cut off at the deadline
            raise TimeoutError
        return self._connection

    def _connect(self) -> None:
        settings = self._settings
        seconds = settings.deadline.total_seconds()
        own_name = settings.sender.rpartition("@")[2]
        connection: smtplib.SMTP
        if settings.transport is MailTransport.TLS:
            connection = smtplib.SMTP_SSL(
                local_hostname=own_name, timeout=seconds, context=self._tls()
            )
        else:
            connection = smtplib.SMTP(local_hostname=own_name, timeout=seconds)
        # smtplib connects in its constructor when it is given a host, and then
        # nobody holds what the deadline is to cut. It checks certificates
        # against this name.
        connection._host = settings.host  # type: ignore[attr-defined]  # noqa: SLF001
        self._connection = connection
        try:
            connection.connect(settings.host, settings.port)
            if settings.transport is MailTransport.STARTTLS:
                # Raises when the server does not offer it: never in the clear.
                connection.starttls(context=self._tls())
            if settings.username is not None and settings.password is not None:
                connection.login(settings.username, settings.password)
        except BaseException:
            self._drop()
            raise

    def _cut(self) -> None:
        connection = self._connection
        with contextlib.suppress(OSError):
            if connection is not None and connection.sock is not None:
                connection.sock.shutdown(socket.SHUT_RDWR)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@cache
def _system_tls() -> ssl.SSLContext:
    # Reads every certificate authority there is: once for a process.
    return ssl.create_default_context()


def _connect_failure(error: Exception) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"login refused ({error.smtp_code})"
        case smtplib.SMTPNotSupportedError():
            return "server offers no STARTTLS"
        case ssl.SSLCertVerificationError():
            return "certificate not trusted"
        case ssl.SSLError():
            return "TLS failed"
        case TimeoutError():
            return "timeout"
        case _:
            return "unreachable"
