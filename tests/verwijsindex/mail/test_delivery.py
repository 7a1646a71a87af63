"""From a match to a mail that arrived, over a real SMTP server."""

from __future__ import annotations

import contextlib
import socket
import threading
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from match import digests
from match.digests import DigestPolicy
from match.messages import MessageState, NoticeKind, OutboxMessage
from match.outbox import ATTEMPTS_LIMIT, retry_delay
from orgprofiles.organisations import Delivery
from tests.clock import START, Clock
from tests.mail_server import MailHost, mail_settings
from tests.verwijsindex.people.test_transferring import change_professional
from tests.world import World
from verwijsindex.mail.delivery import deliver_due
from verwijsindex.mail.letters import Letter
from verwijsindex.mail.smtp import Accepted, MailServer, NotAccepted

pytestmark = pytest.mark.any_database


def deliver(world: World) -> int:
    return deliver_due(world.services, stop=threading.Event())


def states(world: World) -> list[MessageState]:
    with world.services.sessions() as session:
        return list(session.scalars(select(OutboxMessage.state).order_by(OutboxMessage.id)))


def text_of(mail) -> str:
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def test_both_sides_of_a_match_get_a_named_mail(mailing: World, mail_host: MailHost) -> None:
    mailing.member("Schuldhulp").register(1)
    answer = mailing.member("Wijkteam", domain="welzijn").register(1, kenmerk="W-7")
    assert deliver(mailing) == 2
    (mine,) = mail_host.inbox.to("m1@schuldhulp.example")
    (theirs,) = mail_host.inbox.to("m1@wijkteam.example")
    assert mine["Subject"] == "Match bij uw kenmerk D-1"
    assert theirs["Subject"] == "Match bij uw kenmerk W-7"
    assert mine["Auto-Submitted"] == "auto-generated"
    assert text_of(mine).startswith(
        "Ook M. Wijkteam 1, consulent, Wijkteam, is betrokken bij uw cliënt met kenmerk D-1."
        " Bel 06-12345671.\n"
        "Vraag uw cliënt eerst toestemming om inhoudelijk te overleggen.\n"
        "Leg vóór 30 november 2026 vast wat ervan kwam:"
        f" https://index.example/matches/{answer.json['match']['id']}/deelnames/"
    )
    html = mine.get_body(("html",)).get_content()
    assert "<strong>M. Wijkteam 1</strong>" in html
    assert 'lang="nl"' in html
    assert states(mailing) == [MessageState.SENT] * 2
    assert deliver(mailing) == 0


def test_a_mail_to_an_insecure_domain_tells_nothing_but_the_link(
    mailing: World, mail_host: MailHost
) -> None:
    mailing.member("Schuldhulp", secure_mail=False).register(1)
    mailing.member("Wijkteam", domain="welzijn").register(1)
    deliver(mailing)
    (mine,) = mail_host.inbox.to("m1@schuldhulp.example")
    assert text_of(mine).startswith(
        "Log in om te zien wie ook betrokken is: https://index.example/"
    )
    assert "Wijkteam" not in mine.as_string()
    (theirs,) = mail_host.inbox.to("m1@wijkteam.example")
    assert "Ook M. Schuldhulp 1" in text_of(theirs)


def test_who_reads_it_for_a_colleague_is_told_so_where_mail_names_nobody(
    mailing: World, mail_host: MailHost
) -> None:
    one = mailing.member("Schuldhulp", secure_mail=False)
    change_professional(mailing, one, "m1", delivery=Delivery.OFF)
    one.register(1)
    mailing.member("Wijkteam", domain="welzijn").register(1)
    deliver(mailing)
    (mine,) = mail_host.inbox.to("team@schuldhulp.example")
    assert text_of(mine).startswith("Dit gaat over een cliënt van een collega van u. Die is er")
    assert "Log in om te zien wie ook betrokken is" in text_of(mine)
    assert "M. Schuldhulp" not in mine.as_string()


def test_whoever_deferred_informing_changes_what_both_are_told(
    mailing: World, mail_host: MailHost
) -> None:
    deferred = {"uitgesteldReden": "veiligheid_client", "herzienDatum": "2026-12-20"}
    mailing.member("Schuldhulp").register(1, geinformeerd=deferred)
    mailing.member("Wijkteam", domain="welzijn").register(1)
    deliver(mailing)
    for mail in mail_host.inbox.mails:
        assert "Bespreek deze match niet met de cliënt" in text_of(mail)
        assert "toestemming" not in text_of(mail)
    assert len(mail_host.inbox.mails) == 2


def test_a_sensitive_organisation_is_neither_told_nor_told_of(
    mailing: World, mail_host: MailHost
) -> None:
    mailing.member("Veilig Thuis", domain="veiligheid", sensitive=True).register(1)
    answer = mailing.member("Wijkteam", domain="welzijn").register(1)
    assert answer.json["match"] is None
    assert deliver(mailing) == 0


def test_a_team_is_mailed_at_its_mailbox(mailing: World, mail_host: MailHost) -> None:
    mailing.member("Schuldhulp").register(1, contact={"afdeling": True})
    mailing.member("Wijkteam", domain="welzijn").register(1)
    deliver(mailing)
    assert len(mail_host.inbox.to("team@schuldhulp.example")) == 1
    (theirs,) = mail_host.inbox.to("m1@wijkteam.example")
    assert "Ook Team, team, Schuldhulp, is betrokken" in text_of(theirs)


def test_a_wrong_person_is_told_to_whoever_saw_it(mailing: World, mail_host: MailHost) -> None:
    mailing.member("Schuldhulp").register(1)
    other = mailing.member("Wijkteam", domain="welzijn")
    signal = other.register(1).json["id"]
    deliver(mailing)
    mail_host.inbox.mails.clear()
    other.patch(f"/api/v1/signalen/{signal}", {"status": "beeindigd", "reden": "verkeerde_persoon"})
    deliver(mailing)
    (told,) = mail_host.inbox.mails
    assert told["To"] == "m1@schuldhulp.example"
    assert told["Subject"] == "Ingetrokken: match bij uw kenmerk D-1"
    assert "het ging om een andere persoon" in text_of(told)


def test_what_ended_before_it_was_mailed_is_not_mailed(mailing: World, mail_host: MailHost) -> None:
    mailing.member("Schuldhulp").register(1)
    other = mailing.member("Wijkteam", domain="welzijn")
    signal = other.register(1).json["id"]
    other.patch(f"/api/v1/signalen/{signal}", {"status": "beeindigd", "reden": "afgerond"})
    assert deliver(mailing) == 2
    assert mail_host.inbox.mails == []
    assert states(mailing) == [MessageState.SKIPPED] * 2


def test_a_mail_of_who_left_meanwhile_tells_of_the_colleague_who_is_there(
    mailing: World, mail_host: MailHost
) -> None:
    """The colleague was not told of by themselves: one mail for each organisation."""
    mailing.member("Schuldhulp").register(1)
    other = mailing.member("Wijkteam", domain="welzijn")
    first = other.register(1).json["id"]
    other.register(1, contact={"medewerker": "m2"})
    other.patch(f"/api/v1/signalen/{first}", {"status": "beeindigd", "reden": "overgedragen"})
    deliver(mailing)
    (mine,) = mail_host.inbox.to("m1@schuldhulp.example")
    assert text_of(mine).startswith("Ook M. Wijkteam 2, consulent, Wijkteam, is betrokken")


def test_a_refused_recipient_is_tried_again_later_and_given_up_in_the_end(
    mailing: World, mail_host: MailHost, clock: Clock
) -> None:
    mailing.member("Schuldhulp").register(1)
    mailing.member("Wijkteam", domain="welzijn").register(1)
    mail_host.inbox.on_recipient = lambda address: (
        "554 5.7.1 not now" if address == "m1@wijkteam.example" else None
    )
    for attempt in range(1, ATTEMPTS_LIMIT + 1):
        deliver(mailing)
        assert deliver(mailing) == 0, "not before it is due"
        clock.advance(retry_delay(attempt))
    assert sorted(states(mailing)) == [MessageState.DEAD, MessageState.SENT]
    assert len(mail_host.inbox.mails) == 1
    with mailing.services.sessions() as session:
        dead = session.scalars(
            select(OutboxMessage).where(OutboxMessage.state == MessageState.DEAD)
        ).one()
        assert dead.failure == "smtp 554"


def test_a_connection_lost_after_data_repeats_the_mail_under_the_same_message_id(
    mailing: World, mail_host: MailHost, clock: Clock
) -> None:
    mailing.member("Schuldhulp").register(1)
    mailing.member("Wijkteam", domain="welzijn").register(1)
    mail_host.inbox.on_data = lambda _: "drop"
    deliver(mailing)
    mail_host.inbox.on_data = lambda _: None
    clock.advance(timedelta(minutes=2))
    deliver(mailing)
    ids = [mail["Message-ID"] for mail in mail_host.inbox.mails]
    assert len(ids) == 4
    assert len(set(ids)) == 2
    assert states(mailing) == [MessageState.SENT] * 2


def test_a_server_that_is_down_loses_nothing(
    mailing: World, mail_host: MailHost, clock: Clock
) -> None:
    mailing.member("Schuldhulp").register(1)
    mailing.member("Wijkteam", domain="welzijn").register(1)
    mail_host.stop()
    assert deliver(mailing) == 2
    assert states(mailing) == [MessageState.PENDING] * 2


def test_the_events_of_a_batch_go_as_one_digest_per_recipient(
    mailing: World, mail_host: MailHost, clock: Clock
) -> None:
    one, other = mailing.member("Schuldhulp"), mailing.member("Wijkteam", domain="welzijn")
    for member in (one, other):
        rows = [member.signal(person) for person in range(5)]
        assert member.post("/api/v1/signalen/batch", {"signalen": rows}).status_code == 200
    assert deliver(mailing) == 0
    policy = DigestPolicy()
    with mailing.services.sessions.begin() as session:
        assert digests.gather(session, policy=policy, now=clock()) == 0
    clock.advance(timedelta(days=1))
    with mailing.services.sessions.begin() as session:
        assert digests.gather(session, policy=policy, now=clock()) == 2
    assert deliver(mailing) == 2
    (mine,) = mail_host.inbox.to("m1@schuldhulp.example")
    assert mine["Subject"] == "5 berichten over matches bij uw cliënten"
    for person in range(5):
        assert f"Kenmerk D-{person}\n" in text_of(mine)
    with mailing.services.sessions() as session:
        kinds = session.scalars(select(OutboxMessage.kind)).all()
        assert kinds.count(NoticeKind.DIGEST) == 2
        assert kinds.count(NoticeKind.MATCH) == 10


def test_a_server_that_drips_its_greeting_is_cut_off_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        letting_go = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"220 ")
                while not letting_go.wait(0.05):  # each byte well within the socket's timeout
                    connection.sendall(b"x")
                connection.sendall(b"\r\n250 fine\r\n")

        dripping = threading.Thread(target=drip)
        dripping.start()
        settings = mail_settings(port, deadline=timedelta(seconds=0.5))
        letter = Letter(uuid4(), "m1@wijkteam.example", "x", "x", "x")
        with MailServer(settings) as server:
            outcome = server.send(letter, now=START)
        letting_go.set()
        dripping.join()
    assert isinstance(outcome, NotAccepted)  # it came back at all, while the server went on


def test_what_a_slow_server_leaves_no_time_for_is_given_back(mailing: World, clock: Clock) -> None:
    one, other = mailing.member("Schuldhulp"), mailing.member("Wijkteam", domain="welzijn")
    for person in range(7):
        one.register(person)
        other.register(person)
    mail = mailing.services.settings.mail

    class Slow(MailServer):
        def send(self, letter: Letter, *, now: datetime) -> Accepted:
            clock.advance(mail.deadline)
            return Accepted()

    assert mail.batch > 14
    assert deliver_due(mailing.services, stop=threading.Event(), connect=lambda: Slow(mail)) == 14
    assert states(mailing) == [MessageState.SENT] * 11 + [MessageState.PENDING] * 3
    with mailing.services.sessions() as session:
        attempts = session.scalars(select(OutboxMessage.attempts).order_by(OutboxMessage.id))
        assert attempts.all() == [1] * 11 + [0] * 3


def test_a_subject_of_any_letters_is_one_header_that_reads_the_same() -> None:
    for subject in ("Match bij uw kenmerk Zoë-ß 你好", "x" * 200, "=?utf-8?q?x?=", "é" * 90):
        letter = Letter(uuid4(), "m1@wijkteam.example", subject, "één\n.\nFrom x\n", "<p>é</p>")
        content = letter.to_bytes(sender="verwijsindex@index.example", now=START)
        assert content.isascii()
        assert max(map(len, content.split(b"\r\n"))) < 998
        message = letter.to_message(sender="verwijsindex@index.example", now=START)
        assert str(message["Subject"]) == subject
        assert len(message.keys()) == 9
        assert text_of(message) == "één\n.\nFrom x\n"
        assert not message.defects


@pytest.mark.parametrize("breaking", ["\r", "\n", "\r\n ", "\0"])
def test_no_subject_or_recipient_can_add_a_header(breaking: str) -> None:
    text = f"x{breaking}Bcc: a@b.example"
    for letter in (
        Letter(uuid4(), "m1@wijkteam.example", text, "x", "x"),
        Letter(uuid4(), text, "x", "x", "x"),
    ):
        with pytest.raises(ValueError, match=r"Subject|To"):
            letter.to_bytes(sender="verwijsindex@index.example", now=START)
