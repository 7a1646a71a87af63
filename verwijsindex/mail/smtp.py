"""One connection to the mail server, with a deadline on every delivery."""

from __future__ import annotations

import contextlib
import re
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
        address_refused: There is no such recipient: no use trying that address again.
    """

    why: str
    server_is_down: bool = False
    address_refused: bool = False


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
                ((code, text),) = error.recipients.values()
                return _answered(code, text, at_recipient=True)
            except smtplib.SMTPDataError as error:
                return _answered(error.smtp_code, error.smtp_error)
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


def _answered(code: int, text: bytes | str, *, at_recipient: bool = False) -> NotAccepted:
    refused = is_about_recipient(code, text, at_recipient=at_recipient)
    return NotAccepted(f"smtp {code}", address_refused=refused)


#: Of RFC 3463, §3.2 and §3.3: there is no such mailbox or domain, it moved, or is closed.
#: Others are of our own address (5.1.7, 5.1.8), a full mailbox (5.2.2), or policy (5.7).
_NO_SUCH_RECIPIENT = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_ENHANCED = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})(?![.\d])")
#: RFC 5321, §4.2.3, in answer to RCPT; 552 is a full mailbox, 554 anything at all.
_BARE_REFUSALS = frozenset({550, 551, 553})
#: Servers without enhanced codes answer 550 to what they do not relay or trust as well.
_OF_POLICY = re.compile(
    rb"relay|spam|block|black ?list|polic|denied|sender|authenti", re.IGNORECASE
)


def is_about_recipient(code: int, text: bytes | str, *, at_recipient: bool = False) -> bool:
    """Whether an answer says that there is no such recipient, and nothing of us or of a policy.

    Args:
        code: The SMTP code.
        text: What the server says with it; looked into, and never repeated.
        at_recipient: Whether it was the answer to RCPT, which names one.
    """
    said = text.encode("ascii", "replace") if isinstance(text, str) else text
    enhanced = _ENHANCED.match(said)
    if enhanced is not None:
        return code // 100 == 5 and is_recipients_status(enhanced.group(1).decode())
    return at_recipient and code in _BARE_REFUSALS and _OF_POLICY.search(said) is None


def is_recipients_status(status: str) -> bool:
    """Whether an enhanced status code (RFC 3463) says that there is no such recipient."""
    return status in _NO_SUCH_RECIPIENT


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
