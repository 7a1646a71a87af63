"""Bounces: a mail server's report, by mail, that a letter could not be delivered after all.

A delivery report (RFC 3464) names the recipient and a status, and repeats the
letter or its headers; of those only the Message-ID is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy.orm import Session

from match.messages import MessageState, OutboxMessage
from match.outbox import ADDRESS_REFUSED
from orgprofiles.organisations import Professional, Unit
from verwijsindex import audit, event_log
from verwijsindex.audit import Action, Actor, ActorKind
from verwijsindex.mail.refusing import mark_refused
from verwijsindex.mail.smtp import is_recipients_status
from verwijsindex.services import Services

LARGEST = 1_000_000  # bytes
_MESSAGE_ID = re.compile(r"\s*<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@([^>\s]+)>?\s*")
_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")


class BounceRefused(Exception):
    """The message cannot be read as a delivery report of a letter of this index."""


class NoReport(BounceRefused):
    """Dit is geen bezorgrapport (RFC 3464)."""


class UnknownLetter(BounceRefused):
    """Dit rapport gaat niet over een mail van deze verwijsindex."""


class StillSending(BounceRefused):
    """Deze mail wordt op dit moment verstuurd: bied het rapport straks nog eens aan."""


class BounceOutcome(StrEnum):
    """What became of a report."""

    SENT_ELSEWHERE = "elders"  #: the letter goes to the team's mailbox instead
    GIVEN_UP = "opgegeven"  #: there is nowhere else: doctor tells of it
    NOTHING = "niets"  #: it is on its way still, or this was known


@dataclass(frozen=True, slots=True)
class Report:
    """What a delivery report says of one letter.

    Attributes:
        message_id: The outbox row's id.
        recipients: The addresses that failed, lower case.
        status: As RFC 3463 has it; None: nothing failed for good.
    """

    message_id: UUID
    recipients: frozenset[str] = field(repr=False)
    status: str | None


def read_report(content: bytes, *, sender: str) -> Report:
    """Return what a delivery report says.

    Args:
        content: The whole message (RFC 5322).
        sender: From whom our letters come; its domain names their Message-IDs.

    Raises:
        NoReport: It is something else.
        UnknownLetter: It is about a letter of somebody else.
    """
    message = message_from_bytes(content, policy=policy.default.clone(max_line_length=None))
    try:
        parts = list(message.walk())
        blocks = [block for part in parts for block in _status_blocks(part)]
        own = next(filter(None, (_own_id(part, sender) for part in parts[1:])), None)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # The standard library's parser stumbles in several ways over what is no mail.
        raise NoReport from None
    if not blocks:
        raise NoReport
    if own is None:
        raise UnknownLetter
    failed = [block for block in blocks if _text(block, "action").lower() == "failed"]
    statuses = [
        found.group(1)
        for block in failed
        if (found := _STATUS.match(_text(block, "status"))) and found.group(1).startswith("5.")
    ]
    recipients = frozenset(
        address
        for block in failed
        for name in ("original-recipient", "final-recipient")
        if (address := _text(block, name).rpartition(";")[2].strip().lower())
    )
    return Report(own, recipients, statuses[0] if statuses else None)


def take_report(session: Session, services: Services, report: Report) -> BounceOutcome:
    """Do what follows of *report*; doing it again changes nothing. Commits.

    A recipient that is not there is marked, as when the server says so at
    once, and the same message goes to the team's mailbox. Whatever else was
    refused for good is given up, so that ``doctor`` tells of it; and so is what
    was refused at another address than the one it went to: whoever forwards
    their mail is there themselves.

    Raises:
        UnknownLetter: There is no such letter, or no longer.
        StillSending: The report came before it was written down that the letter went.
    """
    message = session.get(OutboxMessage, report.message_id, with_for_update=True)
    if message is None:
        raise UnknownLetter
    if message.state is MessageState.SENDING:
        raise StillSending
    if report.status is None or message.state is not MessageState.SENT:
        return BounceOutcome.NOTHING
    now = services.clock()
    outcome = BounceOutcome.GIVEN_UP
    # Of a coordinator, the administrator or an organisation's mailbox there is no other place.
    if message.unit_id is not None:
        address = _went_to(session, message, report)
        if address is None:
            return BounceOutcome.NOTHING
        names_it = not report.recipients or address.lower() in report.recipients
        is_gone = names_it and _is_gone(report.status)
        if is_gone and mark_refused(session, message, address, now=now):
            outcome = BounceOutcome.SENT_ELSEWHERE
    elsewhere = outcome is BounceOutcome.SENT_ELSEWHERE
    message.state = MessageState.PENDING if elsewhere else MessageState.DEAD
    message.failure = ADDRESS_REFUSED if elsewhere else f"bounced {report.status}"
    message.due, message.finished_at = now, None if elsewhere else now
    session.flush()
    actor = Actor(ActorKind.ADMINISTRATOR)
    audit.record_deed(session, services, actor, Action.MAIL_BOUNCED, message.id)
    session.commit()
    event_log.log(event_log.ADDRESS_REFUSED, message_id=message.id, elsewhere=elsewhere)
    return outcome


def _is_gone(status: str) -> bool:
    """Whether a report's status is about the recipient; many say no more than 5.0.0."""
    return is_recipients_status(status) or status in {"5.0.0", "5.1.0", "5.2.0"}


def _went_to(session: Session, message: OutboxMessage, report: Report) -> str | None:
    """Return the address to which *message* went last; None where the report is of a time before.

    Since it was marked, mail for a professional goes to the team.
    """
    unit = session.get_one(Unit, message.unit_id)
    professional = None
    if message.professional_id is not None:
        professional = session.get_one(Professional, message.professional_id)
    if professional is None:
        return unit.mailbox
    refused_at, sent_at = professional.mail_refused_at, message.finished_at
    is_of_before = refused_at is None or sent_at is None or sent_at <= refused_at
    if is_of_before and message.failure != ADDRESS_REFUSED:
        return professional.email
    names_the_team = unit.mailbox.lower() in report.recipients
    return unit.mailbox if names_the_team else None


def _status_blocks(part: Message) -> Iterator[Message]:
    """Yield the blocks of a delivery-status part that are of one recipient each."""
    if part.get_content_type() == "message/delivery-status":
        payload: Any = part.get_payload()
        yield from (block for block in payload if _text(block, "action"))


def _own_id(part: Message, sender: str) -> UUID | None:
    """Return the id of our letter whose headers *part* holds, or is."""
    headers: Message = part
    if part.get_content_type() == "text/rfc822-headers":
        content = cast(EmailMessage, part).get_content()
        headers = message_from_bytes(str(content).encode("utf-8", "replace"))
    found = _MESSAGE_ID.fullmatch(_text(headers, "message-id"))
    if found is None or found.group(2).lower() != sender.rpartition("@")[2].lower():
        return None
    return UUID(found.group(1))


def _text(headers: Message, name: str) -> str:
    return str(headers.get(name, ""))
