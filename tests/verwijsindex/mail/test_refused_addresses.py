"""An address that is refused: marked, its letters sent to the team, the coordinator told once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import select, update

from match.messages import MessageState, OutboxMessage
from match.outbox import ATTEMPTS_LIMIT, retry_delay
from orgprofiles.organisations import Professional, Unit
from tests.clock import Clock
from tests.mail_server import MailHost
from tests.people import add_person
from tests.world import Member, World
from verwijsindex.accounts.roles import Role
from verwijsindex.mail.delivery import deliver_due
from verwijsindex.mail.smtp import is_about_recipient

pytestmark = pytest.mark.any_database

ONE, TEAM = "m1@schuldhulp.example", "team@schuldhulp.example"
OTHER = "m1@wijkteam.example"
SUBJECT = "Mail aan uw organisatie komt niet aan"


def deliver(world: World) -> None:
    while deliver_due(world.services, stop=threading.Event()):
        pass


def two(world: World) -> tuple[Member, Member]:
    return world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")


def refuse(host: MailHost, *addresses: str, answer: str = "550 5.1.1 no such user") -> None:
    host.inbox.on_recipient = lambda address: answer if address in addresses else None


def addressees(host: MailHost) -> list[str]:
    return sorted(str(mail["To"]) for mail in host.inbox.mails)


def marked(world: World) -> list[str]:
    with world.services.sessions() as session:
        people = select(Professional.email).where(Professional.mail_refused_at.is_not(None))
        teams = select(Unit.mailbox).where(Unit.mail_refused_at.is_not(None))
        return sorted([*session.scalars(people), *session.scalars(teams)])


@pytest.mark.parametrize(
    ("code", "text", "at_recipient", "is_so"),
    [
        (550, "5.1.1 unknown", True, True),
        (550, "5.1.10 null MX", True, True),
        (551, "5.1.6 moved", True, True),
        (550, "5.2.1 disabled", True, True),
        (550, "5.1.1 unknown", False, True),  # only after DATA, but it says so
        (550, "No such user here", True, True),
        (550, "5.7.1 relaying denied", True, False),
        (550, "5.1.8 bad sender domain", True, False),
        (550, "5.1.7 bad sender", True, False),
        (552, "5.2.2 mailbox full", True, False),
        (552, "mailbox full", True, False),
        (554, "transaction failed", True, False),
        (550, "relay not permitted", True, False),
        (550, "blocked as spam", True, False),
        (550, "message rejected", False, False),
        (450, "4.1.1 try later", True, False),
        (450, "5.1.1 contradicts itself", True, False),
        (421, "going down", True, False),
    ],
)
def test_only_an_answer_about_the_recipient_is_one(
    code: int, text: str, at_recipient: bool, is_so: bool
) -> None:
    assert is_about_recipient(code, text.encode(), at_recipient=at_recipient) is is_so


def test_the_same_message_goes_to_the_team_at_once(mailing: World, mail_host: MailHost) -> None:
    one, other = two(mailing)
    one.register(1)
    other.register(1)
    refuse(mail_host, ONE)
    deliver(mailing)
    assert addressees(mail_host) == [OTHER, TEAM]
    assert marked(mailing) == [ONE]
    with mailing.services.sessions() as session:
        messages = {row.unit_id: row for row in session.scalars(select(OutboxMessage))}
    (fallback,) = mail_host.inbox.to(TEAM)
    mine = messages[one.units["Team"]]
    body: Any = fallback.get_body(("plain",))
    assert body.get_content().startswith("Dit gaat over een cliënt van M. Schuldhulp 1.")
    assert fallback["Message-ID"] == f"<{mine.id}@index.example>"
    assert mine.state is MessageState.SENT


def test_what_comes_later_goes_to_the_team_without_a_try(
    mailing: World, mail_host: MailHost
) -> None:
    one, other = two(mailing)
    one.register(1)
    other.register(1)
    refuse(mail_host, ONE)
    deliver(mailing)
    refuse(mail_host)
    one.register(2)
    other.register(2)
    deliver(mailing)
    assert len(mail_host.inbox.to(TEAM)) == 2
    assert mail_host.inbox.to(ONE) == []


@pytest.mark.parametrize("answer", ["554 5.7.1 policy", "450 4.2.1 later", "550 5.1.8 sender"])
def test_another_refusal_marks_nobody_and_is_tried_again(
    mailing: World, mail_host: MailHost, clock: Clock, answer: str
) -> None:
    one, other = two(mailing)
    one.register(1)
    other.register(1)
    refuse(mail_host, ONE, answer=answer)
    deliver(mailing)
    assert (addressees(mail_host), marked(mailing)) == ([OTHER], [])
    refuse(mail_host)
    clock.advance(retry_delay(1))
    deliver(mailing)
    assert addressees(mail_host) == [ONE, OTHER]


def test_a_server_that_is_down_marks_nobody(mailing: World, mail_host: MailHost) -> None:
    one, other = two(mailing)
    one.register(1)
    other.register(1)
    mail_host.stop()
    deliver(mailing)
    assert marked(mailing) == []


def test_the_coordinator_is_told_once_however_many_letters_are_refused(
    mailing: World, mail_host: MailHost
) -> None:
    one, other = two(mailing)
    address = add_person(mailing, one.id, Role.COORDINATOR, name="Co").email
    for person in range(3):
        one.register(person)
        other.register(person)
    refuse(mail_host, ONE)
    deliver(mailing)
    (letter,) = mail_host.inbox.to(address)
    assert letter["Subject"] == SUBJECT
    body: Any = letter.get_body(("plain",))
    text = body.get_content()
    assert "- M. Schuldhulp 1 (Team)" in text
    assert "https://index.example/instelling/medewerkers" in text
    assert "D-1" not in text
    one.register(4)
    other.register(4)
    deliver(mailing)
    assert len(mail_host.inbox.to(address)) == 1


def test_another_organisations_coordinator_hears_nothing(
    mailing: World, mail_host: MailHost
) -> None:
    one, other = two(mailing)
    address = add_person(mailing, other.id, Role.COORDINATOR, name="Co").email
    one.register(1)
    other.register(1)
    refuse(mail_host, ONE)
    deliver(mailing)
    assert mail_host.inbox.to(address) == []


def test_what_was_mended_before_it_was_told_is_not_told(
    mailing: World, mail_host: MailHost
) -> None:
    one, other = two(mailing)
    address = add_person(mailing, one.id, Role.COORDINATOR, name="Co").email
    one.register(1)
    other.register(1)
    refuse(mail_host, ONE)
    assert deliver_due(mailing.services, stop=threading.Event()) == 2
    with mailing.services.sessions.begin() as session:
        session.execute(update(Professional).values(mail_refused_at=None))
    refuse(mail_host)
    deliver(mailing)
    assert mail_host.inbox.to(address) == []


def test_a_changed_address_is_tried_again(mailing: World, mail_host: MailHost) -> None:
    one, other = two(mailing)
    one.register(1)
    other.register(1)
    refuse(mail_host, ONE)
    deliver(mailing)
    body = {
        "naam": "M. Schuldhulp 1",
        "functie": "consulent",
        "afdeling": str(one.units["Team"]),
        "email": ONE,
        "telefoon": "06-12345671",
    }
    assert one.put("/api/v1/medewerkers/m1", body).status_code == 200
    assert marked(mailing) == [ONE], "the same address is still refused"
    new = "m.een@schuldhulp.example"
    assert one.put("/api/v1/medewerkers/m1", body | {"email": new}).status_code == 200
    assert marked(mailing) == []
    one.register(2)
    other.register(2)
    deliver(mailing)
    assert len(mail_host.inbox.to(new)) == 1


def test_a_team_mailbox_that_is_refused_is_told_and_its_letters_wait(
    mailing: World, mail_host: MailHost, clock: Clock
) -> None:
    one, other = two(mailing)
    address = add_person(mailing, one.id, Role.COORDINATOR, name="Co").email
    one.register(1)
    other.register(1)
    refuse(mail_host, ONE, TEAM)
    for attempt in range(1, ATTEMPTS_LIMIT + 1):
        deliver(mailing)
        clock.advance(retry_delay(attempt))
    assert marked(mailing) == [ONE, TEAM]
    assert len(mail_host.inbox.to(address)) in {1, 2}
    body: Any = mail_host.inbox.to(address)[-1].get_body(("plain",))
    assert "de postbus van het team weigert onze mail" in body.get_content()
    with mailing.services.sessions() as session:
        states = sorted(session.scalars(select(OutboxMessage.state)))
    assert states.count(MessageState.DEAD) == 1, "doctor tells of it; none is lost"
