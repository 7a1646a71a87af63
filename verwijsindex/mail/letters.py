"""A letter: everything about a mail except how it travels."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
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
        message = EmailMessage(policy=SMTP)
        username, _, domain = sender.rpartition("@")
        message["From"] = Address("Verwijsindex", username, domain)
        message["To"] = self.recipient
        message["Subject"] = self.subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{self.message_id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies, please
        message["Content-Language"] = "nl"
        message.set_content(self.text)
        message.add_alternative(self.html, subtype="html")
        return message
