"""An import that reaches too many is told a team at a time; and no letter is without end."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from match.digests import DigestPolicy, floods, gather
from orgprofiles.dutch_calendar import AMSTERDAM
from tests.clock import Clock
from tests.mail_server import MailHost
from tests.verwijsindex.people.test_transferring import change_professional
from tests.world import Member, World
from verwijsindex.mail.delivery import deliver_due
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database

SUBJECT = "Veel nieuwe matches voor uw team"
_CAUSES = [None, *(UUID(int=number) for number in (1, 2))]


_HOMES = {UUID(int=10 + number): UUID(int=20 + number % 2) for number in range(1, 10)}


@given(
    st.dictionaries(st.sampled_from(sorted(_HOMES)), st.sets(st.sampled_from(_CAUSES), min_size=1)),
    st.integers(0, 5),
)
def test_who_has_imports_only_is_told_as_a_team_where_one_reaches_too_many_of_the_organisation(
    causes: dict[UUID, set[UUID | None]], limit: int
) -> None:
    found = floods(causes, _HOMES, limit)
    for recipient, several in causes.items():
        colleagues = [causes[one] for one in causes if _HOMES[one] == _HOMES[recipient]]
        reached = [sum(cause in others for others in colleagues) for cause in several]
        assert (recipient in found) is (None not in several and max(reached) > limit)


def moment(text: str) -> datetime:
    """Return a moment in the Netherlands."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


def mails(world: World, host: MailHost, clock: Clock, *, limit: int) -> list[tuple[str, str]]:
    """Return to whom the digests of the next morning went, with what subject."""
    clock.advance(timedelta(days=1))
    services = replace(
        world.services, settings=replace(world.services.settings, import_mail_limit=limit)
    )
    Worker(services).gather()
    while deliver_due(services, stop=threading.Event()):
        pass
    return sorted((str(mail["To"]), str(mail["Subject"])) for mail in host.inbox.mails)


def bring_in(one: Member, persons: range, colleague: str) -> None:
    rows = [one.signal(person, contact={"medewerker": colleague}) for person in persons]
    assert one.post("/api/v1/signalen/batch", {"signalen": rows}).status_code == 200


def four_professionals(world: World) -> tuple[Member, Member]:
    """Return two organisations; the second's import reaches two professionals of each."""
    one, two = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    for key, persons in (("m1", range(1, 4)), ("m2", range(4, 6))):
        for person in persons:
            one.register(person, contact={"medewerker": key})
        bring_in(two, persons, key)
    return one, two


def text_of(host: MailHost, address: str) -> str:
    (mail,) = host.inbox.to(address)
    body: Any = mail.get_body(("plain",))
    return str(body.get_content()).replace("\r\n", "\n")


def test_over_the_limit_each_team_gets_one_letter_that_says_how_many(
    mailing: World, mail_host: MailHost, clock: Clock
) -> None:
    four_professionals(mailing)
    assert mails(mailing, mail_host, clock, limit=1) == [
        ("team@schuldhulp.example", SUBJECT),
        ("team@wijkteam.example", SUBJECT),
    ]
    text = text_of(mail_host, "team@schuldhulp.example")
    assert "Bij 5 cliënten van uw team is nu ook iemand anders betrokken." in text
    assert "Naar de startpagina: https://index.example/" in text
    assert "Wijkteam" not in text
    assert "D-1" not in text


def test_at_the_limit_everybody_gets_their_own(
    mailing: World, mail_host: MailHost, clock: Clock
) -> None:
    four_professionals(mailing)
    found = mails(mailing, mail_host, clock, limit=2)
    assert [to for to, _ in found] == [
        "m1@schuldhulp.example",
        "m1@wijkteam.example",
        "m2@schuldhulp.example",
        "m2@wijkteam.example",
    ]


def test_who_has_something_else_as_well_gets_their_own_letter_with_all_of_it(
    mailing: World, mail_host: MailHost, clock: Clock
) -> None:
    one, _ = four_professionals(mailing)
    change_professional(mailing, one, "m1", delivery="dagelijks")
    mailing.member("Woonbedrijf", domain="wonen").register(1)
    while deliver_due(mailing.services, stop=threading.Event()):
        pass
    found = mails(mailing, mail_host, clock, limit=1)
    assert ("m1@schuldhulp.example", "4 berichten over matches bij uw cliënten") in found
    assert ("team@schuldhulp.example", SUBJECT) in found
    assert "Bij 2 cliënten van" in text_of(mail_host, "team@schuldhulp.example")


def test_the_count_is_of_what_may_still_be_seen(
    mailing: World, mail_host: MailHost, clock: Clock
) -> None:
    _, two = four_professionals(mailing)
    end = {"status": "beeindigd", "reden": "afgerond"}
    for signal in two.get("/api/v1/signalen").json["resultaten"][:4]:
        two.patch(f"/api/v1/signalen/{signal['id']}", end)
    mails(mailing, mail_host, clock, limit=1)
    assert "Bij 1 cliënt van uw team" in text_of(mail_host, "team@schuldhulp.example")


def test_an_import_that_goes_on_across_half_past_seven_gives_one_digest(
    mailing: World, mail_host: MailHost, clock: Clock
) -> None:
    one, two = mailing.member("Schuldhulp"), mailing.member("Wijkteam", domain="welzijn")
    for person in (1, 2, 3):
        one.register(person)
    while deliver_due(mailing.services, stop=threading.Event()):
        pass

    def gathered(time: str) -> list[str]:
        clock.moment = moment(time)
        Worker(mailing.services).gather()
        while deliver_due(mailing.services, stop=threading.Event()):
            pass
        return [str(mail["Subject"]) for mail in mail_host.inbox.to("m1@schuldhulp.example")]

    def brought(person: int, time: str) -> None:
        clock.moment = moment(time)
        two.token = mailing.token(two.client)
        bring_in(two, range(person, person + 1), "m1")

    brought(1, "2026-11-24 07:20")
    assert gathered("2026-11-24 07:30") == []
    brought(2, "2026-11-24 07:35")
    assert gathered("2026-11-24 07:49") == []
    assert gathered("2026-11-24 07:50") == ["2 berichten over matches bij uw cliënten"]
    mail_host.inbox.mails.clear()
    assert gathered("2026-11-25 07:30") == []


def test_an_import_without_end_keeps_nobody_waiting_for_more_than_two_hours(
    mailing: World, mail_host: MailHost, clock: Clock
) -> None:
    one, two = mailing.member("Schuldhulp"), mailing.member("Wijkteam", domain="welzijn")
    for person in (1, 2):
        one.register(person)
    for person, time in ((1, "2026-11-24 07:20"), (2, "2026-11-24 09:29")):
        clock.moment = moment(time)
        two.token = mailing.token(two.client)
        bring_in(two, range(person, person + 1), "m1")
    found = []
    for time in ("2026-11-24 09:29", "2026-11-24 09:30"):
        clock.moment = moment(time)
        with mailing.services.sessions.begin() as session:
            found.append(gather(session, policy=DigestPolicy(), now=clock()))
    assert found == [0, 2]


def test_a_letter_tells_of_25_clients_and_says_how_many_more_there_are(
    mailing: World, mail_host: MailHost, clock: Clock
) -> None:
    one, two = mailing.member("Schuldhulp"), mailing.member("Wijkteam", domain="welzijn")
    for person in range(27):
        one.register(person, kenmerk=f"D-{person:02}")
    bring_in(two, range(27), "m1")
    mails(mailing, mail_host, clock, limit=250)
    (mail,) = mail_host.inbox.to("m1@schuldhulp.example")
    assert mail["Subject"] == "27 berichten over matches bij uw cliënten"
    text = text_of(mail_host, "m1@schuldhulp.example")
    assert text.count("Kenmerk D-") == 25
    assert "En nog 2 cliënten." in text
    assert "op de startpagina: https://index.example/" in text
    html: Any = mail.get_body(("html",))
    assert html.get_content().count("Kenmerk D-") == 25
