"""The mails of the demonstration, in memory: they leave this process for nowhere."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from threading import Lock

LARGEST_MAILBOX = 5_000  # mails; the oldest make room


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it was received.

    Attributes:
        number: From 1, in the order of receiving.
        received_at: UTC.
        recipients: Addresses of the envelope, in lower case.
        message: As parsed, with the default policy.
    """

    number: int
    received_at: datetime
    recipients: tuple[str, ...] = field(repr=False)
    message: EmailMessage = field(repr=False)

    @property
    def subject(self) -> str:
        """On one line; empty when there is none."""
        return " ".join(str(self.message["Subject"] or "").split())

    @property
    def text(self) -> str:
        """The plain text; empty when there is none."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """The HTML; empty when there is none. As it came: not safe by itself."""
        return self._body("html")

    def _body(self, subtype: str) -> str:
        part = self.message.get_body((subtype,))
        return re.sub(r"\r\n?", "\n", part.get_content()) if part is not None else ""


class Mailbox:
    """All mails that were received. Threads may use it at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._mails: dict[int, Mail] = {}
        self._last = 0

    def __len__(self) -> int:
        with self._lock:
            return len(self._mails)

    def receive(self, message: EmailMessage, *, recipients: Collection[str], now: datetime) -> Mail:
        """Keep a mail."""
        with self._lock:
            self._last += 1
            mail = Mail(self._last, now, tuple(one.lower() for one in recipients), message)
            self._mails[mail.number] = mail
            if len(self._mails) > LARGEST_MAILBOX:
                del self._mails[min(self._mails)]
            return mail

    def get(self, number: int) -> Mail | None:
        """Return the mail of that number."""
        with self._lock:
            return self._mails.get(number)

    def newest_first(self, recipients: Collection[str] | None = None) -> Sequence[Mail]:
        """Return the mails to any of *recipients* (lower case), or all of them."""
        with self._lock:
            mails = list(self._mails.values())
        mails.reverse()
        if recipients is None:
            return mails
        return [mail for mail in mails if not set(recipients).isdisjoint(mail.recipients)]
