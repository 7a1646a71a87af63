"""A letter that comes back after all: marked, sent to the team, and never lost."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from match.messages import MessageState, NoticeKind, OutboxMessage
from tests.clock import Clock
from tests.mail_server import MailHost
from tests.people import add_person
from tests.verwijsindex.mail.reports import id_of, report
from tests.verwijsindex.mail.test_refused_addresses import (
    ONE,
    OTHER,
    SUBJECT,
    TEAM,
    addressees,
    deliver,
    marked,
    two,
)
from tests.world import World
from verwijsindex.accounts.roles import Role
from verwijsindex.mail.bounces import (
    BounceOutcome,
    BounceRefused,
    NoReport,
    StillSending,
    UnknownLetter,
    read_report,
    take_report,
)

pytestmark = pytest.mark.any_database

SENDER = "verwijsindex@index.example"
_ID = "0193b5f0-0000-7000-8000-000000000000"


def take(world: World, content: bytes) -> BounceOutcome:
    with world.services.sessions() as session:
        return take_report(session, world.services, read_report(content, sender=SENDER))


@pytest.fixture
def sent(mailing: World, mail_host: MailHost) -> World:
    """Return a world in which a match was mailed to both."""
    one, other = two(mailing)
    one.register(1)
    other.register(1)
    deliver(mailing)
    assert addressees(mail_host) == [ONE, OTHER]
    return mailing


def letter_to(host: MailHost, address: str) -> str:
    return id_of(host.inbox.to(address)[-1])


@pytest.mark.parametrize("headers_only", [True, False])
def test_the_same_message_goes_to_the_team_and_the_coordinator_hears_it(
    sent: World, mail_host: MailHost, headers_only: bool
) -> None:
    organisation_id = sent.members["Schuldhulp"].id
    address = add_person(sent, organisation_id, Role.COORDINATOR, name="Co").email
    message_id = letter_to(mail_host, ONE)
    content = report(message_id, ONE, headers_only=headers_only)
    assert take(sent, content) is BounceOutcome.SENT_ELSEWHERE
    assert marked(sent) == [ONE]
    deliver(sent)
    assert letter_to(mail_host, TEAM) == message_id
    (letter,) = mail_host.inbox.to(address)
    assert letter["Subject"] == SUBJECT
    for _ in range(2):
        assert take(sent, content) is BounceOutcome.NOTHING
        deliver(sent)
    assert len(mail_host.inbox.to(TEAM)) == 1


def test_each_letter_that_comes_back_goes_to_the_team(
    sent: World, mail_host: MailHost, clock: Clock
) -> None:
    for one in sent.members.values():
        one.register(2)
    deliver(sent)
    letters = [id_of(mail) for mail in mail_host.inbox.to(ONE)]
    assert len(letters) == 2
    clock.advance(timedelta(minutes=5))
    for message_id in letters:
        assert take(sent, report(message_id, ONE)) is BounceOutcome.SENT_ELSEWHERE
        clock.advance(timedelta(minutes=5))
    deliver(sent)
    assert [id_of(mail) for mail in mail_host.inbox.to(TEAM)] == letters


def test_a_forwarded_address_is_that_to_which_it_went(sent: World, mail_host: MailHost) -> None:
    content = report(letter_to(mail_host, ONE), "elders@thuis.example", original=ONE.upper())
    assert take(sent, content) is BounceOutcome.SENT_ELSEWHERE
    assert marked(sent) == [ONE]


def test_an_address_that_only_somebody_else_knows_marks_nobody(
    sent: World, mail_host: MailHost
) -> None:
    content = report(letter_to(mail_host, ONE), "elders@thuis.example")
    assert take(sent, content) is BounceOutcome.GIVEN_UP
    assert marked(sent) == []


def test_a_letter_to_a_coordinator_that_comes_back_is_given_up_for_doctor_to_tell(
    sent: World, mail_host: MailHost
) -> None:
    organisation_id = sent.members["Schuldhulp"].id
    address = add_person(sent, organisation_id, Role.COORDINATOR, name="Co").email
    assert take(sent, report(letter_to(mail_host, ONE), ONE)) is BounceOutcome.SENT_ELSEWHERE
    deliver(sent)
    letter = report(letter_to(mail_host, address), address)
    assert take(sent, letter) is BounceOutcome.GIVEN_UP
    with sent.services.sessions() as session:
        dead = select(OutboxMessage).where(OutboxMessage.state == MessageState.DEAD)
        (message,) = session.scalars(dead)
        assert (message.kind, message.failure) == (NoticeKind.ADDRESS_REFUSED, "bounced 5.1.1")
    assert take(sent, letter) is BounceOutcome.NOTHING
    assert marked(sent) == [ONE]


def test_when_the_teams_comes_back_as_well_it_is_given_up_for_doctor_to_tell(
    sent: World, mail_host: MailHost, clock: Clock
) -> None:
    message_id = letter_to(mail_host, ONE)
    take(sent, report(message_id, ONE))
    clock.advance(timedelta(minutes=1))
    deliver(sent)
    assert take(sent, report(message_id, TEAM)) is BounceOutcome.GIVEN_UP
    assert marked(sent) == [ONE, TEAM]
    with sent.services.sessions() as session:
        states = sorted(session.scalars(select(OutboxMessage.state)))
    assert states == [MessageState.DEAD, MessageState.SENT]


def test_another_reason_marks_nobody_and_is_told_by_doctor(
    sent: World, mail_host: MailHost
) -> None:
    content = report(letter_to(mail_host, ONE), ONE, status="5.7.1")
    assert take(sent, content) is BounceOutcome.GIVEN_UP
    assert marked(sent) == []
    with sent.services.sessions() as session:
        failure = session.scalar(
            select(OutboxMessage.failure).where(OutboxMessage.state == MessageState.DEAD)
        )
    assert failure == "bounced 5.7.1"


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.0.0")])
def test_what_did_not_fail_changes_nothing(
    sent: World, mail_host: MailHost, action: str, status: str
) -> None:
    content = report(letter_to(mail_host, ONE), ONE, action=action, status=status)
    assert take(sent, content) is BounceOutcome.NOTHING
    assert marked(sent) == []


def test_a_report_that_is_faster_than_the_worker_is_to_come_again(
    sent: World, mail_host: MailHost
) -> None:
    with sent.services.sessions.begin() as session:
        session.execute(
            update(OutboxMessage).values(state=MessageState.SENDING, lease_token=uuid4())
        )
    with pytest.raises(StillSending):
        take(sent, report(letter_to(mail_host, ONE), ONE))


def test_a_letter_that_never_was_is_unknown(sent: World) -> None:
    with pytest.raises(UnknownLetter):
        take(sent, report(f"<{_ID}@index.example>", ONE))


@pytest.mark.parametrize(
    "message_id", [f"<{_ID}@elders.example>", "<1@index.example>", "", f"<{_ID}>"]
)
def test_a_letter_of_somebody_else_is_unknown(message_id: str) -> None:
    with pytest.raises(UnknownLetter):
        read_report(report(message_id, ONE), sender=SENDER)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"Subject: afwezig\n\nIk ben er niet."])
def test_what_is_no_report_is_refused(content: bytes) -> None:
    with pytest.raises(NoReport):
        read_report(content, sender=SENDER)


@given(st.binary(max_size=300), st.data())
def test_any_bytes_are_read_or_refused(noise: bytes, data: st.DataObject) -> None:
    whole = report(f"<{_ID}@index.example>", ONE)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    for content in (noise, whole[:start] + noise + whole[end:]):
        with contextlib.suppress(BounceRefused):
            read_report(content, sender=SENDER)
