"""A letter: everything about a mail except how it travels."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
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

    def to_message(self, *, sender: str, now: datetime) -> EmailMessage:
        """Return the MIME message (RFC 5322), from *sender*, dated *now* (UTC)."""
        content = self.to_bytes(sender=sender, now=now)
        return BytesParser(EmailMessage, policy=SMTP).parsebytes(content)

    def to_bytes(self, *, sender: str, now: datetime) -> bytes:
        """Return the MIME message as it is sent.

        Written here, for :mod:`email` takes longer over it than all else that
        a mail needs: it parses every header that it is given.

        Raises:
            ValueError: A header would be more than one line.
        """
        domain = sender.rpartition("@")[2]
        boundary = f"=_{self.message_id.hex}"
        headers = {
            "From": f"Verwijsindex <{sender}>",
            "To": self.recipient,
            "Subject": _header_text(self.subject),
            "Date": format_datetime(now),
            "Message-ID": f"<{self.message_id}@{domain}>",
            "Auto-Submitted": "auto-generated",  # RFC 3834: no holiday replies, please
            "Content-Language": "nl",
            "MIME-Version": "1.0",
            "Content-Type": f'multipart/alternative; boundary="{boundary}"',
        }
        for name, value in headers.items():
            if name != "Subject" and _BREAK.search(value):  # that one may be folded
                raise ValueError(name)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return b"\r\n".join(
            [
                head.encode("ascii"),
                *_part(boundary, "plain", self.text),
                *_part(boundary, "html", self.html),
                f"--{boundary}--".encode(),
                b"",
            ]
        )


_BREAK = re.compile(r"[\r\n\0]")
_LINE = 60  # of a subject that needs no folding


def _header_text(text: str) -> str:
    """Return *text* as a header's value, encoded (RFC 2047) where it is not plain ASCII."""
    if _BREAK.search(text):
        raise ValueError("Subject")
    if text.isascii() and len(text) <= _LINE and "=?" not in text:
        return text
    return Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _part(boundary: str, subtype: str, text: str) -> tuple[bytes, ...]:
    lines = "\r\n".join(text.splitlines()) + "\r\n"
    return (
        f"--{boundary}".encode(),
        f'Content-Type: text/{subtype}; charset="utf-8"'.encode(),
        b"Content-Transfer-Encoding: quoted-printable",
        b"",
        binascii.b2a_qp(lines.encode(), istext=True),
    )
