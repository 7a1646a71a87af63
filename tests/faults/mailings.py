"""An outbox with messages in it, and what must have become of them."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select

from match.messages import MessageState, NoticeKind, OutboxMessage
from orgprofiles.organisations import Professional
from tests.concurrency.crowd import Crowd
from tests.faults.postbox import Postbox

MESSAGES_EACH = 2 + 3 + 4 + 5  # with the k-th of five organisations k contacts are told


def fill_outbox(crowd: Crowd, messages: int) -> int:
    """Register people at five organisations until that many mails are due; return how many are."""
    members = crowd.members(5)
    persons = -(-messages // MESSAGES_EACH)
    crowd.prepare(members, range(persons))
    for member in members:
        for person in range(persons):
            crowd.register(member, person)
    return persons * MESSAGES_EACH


def expected_mails(crowd: Crowd) -> set[tuple[str, str]]:
    """Return (Message-ID, recipient) of each message that is a mail of its own; all are sent."""
    with crowd.services.sessions() as session:
        rows = session.execute(
            select(OutboxMessage.id, OutboxMessage.state, OutboxMessage.kind, Professional.email)
            .join(Professional, Professional.id == OutboxMessage.professional_id)
            .where(OutboxMessage.state != MessageState.GATHERED)
        ).all()
    assert Counter(row.state for row in rows) == {MessageState.SENT: len(rows)}
    assert {row.kind for row in rows} <= {NoticeKind.MATCH, NoticeKind.DIGEST}
    return {(f"<{row.id}@index.example>", row.email) for row in rows}


def assert_nothing_was_lost(crowd: Crowd, postbox: Postbox, *, repeats_at_most: int) -> None:
    """Each message came at its recipient, and came again only where nobody could know."""
    assert set(postbox.mails) == expected_mails(crowd)
    assert postbox.repeats() <= repeats_at_most
