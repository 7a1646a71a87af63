"""Delivery reports (RFC 3464) as mail servers write them."""

from __future__ import annotations

from typing import Any


def report(
    message_id: str,
    recipient: str,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    headers_only: bool = True,
    original: str | None = None,
) -> bytes:
    """Return a report about the letter with *message_id*, as Postfix writes it."""
    kind = "text/rfc822-headers" if headers_only else "message/rfc822"
    named = f"Original-Recipient: rfc822;{original}\n" if original else ""
    return f"""From: MAILER-DAEMON@mx.example
To: verwijsindex@index.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <20261123100000.1@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="grens"

--grens
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--grens
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 23 Nov 2026 11:00:00 +0100

{named}Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <{recipient}>: user unknown

--grens
Content-Type: {kind}

From: Verwijsindex <verwijsindex@index.example>
To: {recipient}
Subject: Match bij uw kenmerk D-1
Message-ID: {message_id}

--grens--
""".encode()


def id_of(mail: Any) -> str:
    """Return the Message-ID of a mail that arrived."""
    return str(mail["Message-ID"])
