"""A letter: everything about a mail except how it travels."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import SMTP, Compat32
from email.utils import format_datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one contact.

    Attributes:
        message_id: The outbox row's id; the Message-ID is made of it, so that
            a repeated mail can be recognised as the same one.
        recipient: Mail address.
        subject: One line.
        text: Plain text.
        html: The same as HTML.
    """

    message_id: UUID
    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)

    def to_bytes(self, *, sender: str, now: datetime) -> bytes:
        """Return the MIME message (RFC 5322), from *sender*, dated *now* (UTC).

        With :mod:`email`'s plainest class: the others parse each header that
        they are given, fold it and encode a text in Python, and take ten times
        as long.

        Raises:
            ValueError: A header would be more than one line.
        """
        domain = sender.rpartition("@")[2]
        message = Message()
        for name, value in {
            "From": f"Verwijsindex <{sender}>",
            "To": self.recipient,
            "Subject": self.subject,
            "Date": format_datetime(now),
            "Message-ID": f"<{self.message_id}@{domain}>",
            "Auto-Submitted": "auto-generated",  # RFC 3834: no holiday replies, please
            "Content-Language": "nl",
            "MIME-Version": "1.0",
            "Content-Type": f'multipart/alternative; boundary="=_{self.message_id.hex}"',
        }.items():
            if _BREAK.search(value):
                raise ValueError(name)
            message[name] = _header_text(name, value)
        for subtype, text in (("plain", self.text), ("html", self.html)):
            part = Message()
            part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
            part["Content-Transfer-Encoding"] = "quoted-printable"
            part.set_payload(binascii.b2a_qp(text.encode(), istext=True).decode("ascii"))
            message.attach(part)
        return message.as_bytes(policy=_POLICY)

    def to_message(self, *, sender: str, now: datetime) -> EmailMessage:
        """Return what :meth:`to_bytes` does, to look into."""
        content = self.to_bytes(sender=sender, now=now)
        return BytesParser(EmailMessage, policy=SMTP).parsebytes(content)


def _header_text(name: str, value: str) -> str:
    """Return *value*, encoded (RFC 2047) where it is not plain ASCII that fits a line."""
    if (value.isascii() and len(value) <= _LINE and "=?" not in value) or name != "Subject":
        return value
    return Header(value, "utf-8", header_name=name).encode(linesep="\r\n")


_LINE = 60  # of a subject that needs no folding
_BREAK = re.compile(r"[\r\n\0]")


class _AsGiven(Compat32):
    """Headers go as they are: they fit a line, and the subject was folded already."""

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}\r\n".encode("ascii")


_POLICY = _AsGiven(linesep="\r\n")
