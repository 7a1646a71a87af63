"""A letter: everything about a mail except how it travels."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.parser import BytesParser
from email.policy import SMTP, compat32
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

        In :mod:`email`'s older way: the newer one parses every header that it
        is given, and takes four times as long as all else that a mail needs.

        Raises:
            ValueError: A header would be more than one line.
        """
        domain = sender.rpartition("@")[2]
        message = MIMEMultipart("alternative", boundary=f"=_{self.message_id.hex}")
        for name, value in {
            "From": f"Verwijsindex <{sender}>",
            "To": self.recipient,
            "Subject": self.subject,
            "Date": format_datetime(now),
            "Message-ID": f"<{self.message_id}@{domain}>",
            "Auto-Submitted": "auto-generated",  # RFC 3834: no holiday replies, please
            "Content-Language": "nl",
        }.items():
            if _BREAK.search(value):
                raise ValueError(name)
            message[name] = _header_text(name, value)
        for subtype, text in (("plain", self.text), ("html", self.html)):
            part = MIMENonMultipart("text", subtype)
            part.set_payload(text, _UTF_8)
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
    return Header(value, "utf-8", header_name=name).encode(linesep="\n")


_LINE = 60  # of a subject that needs no folding
_BREAK = re.compile(r"[\r\n\0]")
_POLICY = compat32.clone(linesep="\r\n")
_UTF_8 = Charset("utf-8")
_UTF_8.body_encoding = QP
