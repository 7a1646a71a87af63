"""Limits on new persons a day, and registering to find out who is known where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from match.messages import NoticeKind, OutboxMessage
from match.signals import EndReason
from orgprofiles.organisations import Professional
from tests.clock import Clock
from tests.people import add_person
from tests.verwijsindex.api.refusals import assert_problem
from tests.verwijsindex.people.caseloads import row, send
from tests.verwijsindex.web.casework import Desk, desk, later, signal_ids
from tests.world import Member, World, lend_world
from verwijsindex.accounts.roles import Role
from verwijsindex.clients import Client, LimitsClass
from verwijsindex.fishing import (
    FEWEST,
    PERIOD,
    SMALLEST_SHARE,
    SOON,
    FishingFinding,
    Start,
    Tally,
    looks_like_fishing,
    suspects,
)
from verwijsindex.mail.composing import compose
from verwijsindex.worker import Worker

SIGNALS = "/api/v1/signalen"


@pytest.fixture
def small(database_url: str, clock: Clock) -> Iterator[World]:
    """Return an index in which an organisation registers three persons a day."""
    with lend_world(database_url, clock, persons_a_day=3) as made:
        yield made


def test_an_organisation_registers_so_many_persons_a_day_and_no_more(small: World) -> None:
    one, two = small.member("Schuldhulp"), small.member("Wijkteam", domain="welzijn")
    for person in (1, 2, 3):
        assert one.register(person).status_code == 201
    problem = assert_problem(one.register(4), 429, SIGNALS)
    assert "vandaag al 3 cliënten" in problem["detail"]
    assert one.register(4).headers["Retry-After"] == str(13 * 60 * 60)
    batch = one.post(f"{SIGNALS}/batch", {"signalen": [one.signal(4)]})
    assert_problem(batch, 429, f"{SIGNALS}/batch")
    assert_problem(send(one, [row(one, 4)]), 429, "/api/v1/caseloads")
    # A dry run tells nothing of others, and another organisation has its own.
    trial = one.post(f"{SIGNALS}/batch", {"signalen": [one.signal(4)], "proef": True})
    assert trial.status_code == 200
    assert two.register(4).status_code == 201
    later(small, timedelta(days=1))
    assert one.register(4).status_code == 201


def test_a_client_that_was_admitted_for_a_first_import_registers_more(small: World) -> None:
    one = small.member("Schuldhulp")
    with small.services.sessions.begin() as session:
        session.execute(update(Client).values(limits=LimitsClass.LARGE))
    for person in range(1, 6):
        assert one.register(person).status_code == 201


def test_what_others_processes_registered_counts_too(small: World) -> None:
    one = small.member("Schuldhulp")
    one.register(1)
    for known in small.services.registered_today.values():
        known.count = 99  # until it is counted again
    assert one.register(2).status_code == 429
    small.clock.advance(timedelta(seconds=11))
    assert one.register(2).status_code == 201


def at_screen(who: Desk, path: str, body: dict[str, Any]) -> Any:
    """Send what the pages on registering and importing send."""
    token = who.client.get("/registreren/sessie").json["csrf"]
    headers = {"X-Csrf": token, "Accept": "application/json"}
    return who.client.post(path, json=body, headers=headers)


def imported(who: Desk, one: Member, *persons: int) -> Any:
    rows = {"signalen": [one.signal(person) for person in persons], "proef": False}
    return at_screen(who, "/importeren/regels", rows)


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an account register four persons a day one by one, and eight with lists."""
    monkeypatch.setattr("verwijsindex.use_cases.register_by_hand.PERSONS_A_DAY", 4)
    monkeypatch.setattr("verwijsindex.use_cases.registration_limits.IMPORTED_A_DAY", 8)


@pytest.mark.usefixtures("limits")
def test_who_imports_two_at_a_time_registers_no_more_persons_a_day_than_who_does_at_once(
    world: World,
) -> None:
    one = world.member("Schuldhulp")
    who, colleague = desk(one), desk(one, "m2", name="An Bos")
    for person in (1, 3):
        assert imported(who, one, person, person + 1).status_code == 200
    typed = at_screen(who, "/registreren", one.signal(5))
    assert (typed.status_code, typed.headers["Retry-After"]) == (429, str(13 * 60 * 60))
    assert "vandaag al 4 cliënten geregistreerd" in typed.json["detail"]
    assert imported(who, one, 5, 6, 7).status_code == 200
    refused = imported(who, one, 8, 9)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(13 * 60 * 60))
    assert "vandaag al 7, en met deze lijst" in refused.json["detail"]
    assert len(signal_ids(one)) == 7
    # Sent again after a lost answer: they are there already.
    again = imported(who, one, 5, 6, 7, 8)
    words = [row["status"] for row in again.json["resultaten"]]
    assert words == ["bestond_al"] * 3 + ["aangemaakt"]
    assert imported(colleague, one, 9, 10).status_code == 200


@pytest.mark.usefixtures("limits")
def test_whole_lists_are_imported_by_who_sees_no_matches_and_by_source_systems(
    world: World,
) -> None:
    one = world.member("Schuldhulp")
    support = desk(one, None, Role.SUPPORT, name="An Bos")
    assert imported(support, one, *range(1, 12)).status_code == 200
    assert at_screen(support, "/registreren", one.signal(20)).status_code == 429
    batch = {"signalen": [one.signal(person) for person in range(21, 32)]}
    assert one.post(f"{SIGNALS}/batch", batch).status_code == 200


tallies = st.integers(0, 2000).flatmap(
    lambda registered: st.integers(0, registered).map(lambda gone: Tally(registered, gone))
)


@given(own=tallies, others=tallies)
def test_few_or_a_usual_share_is_never_reported(own: Tally, others: Tally) -> None:
    found = looks_like_fishing(own, others)
    if own.withdrawn < FEWEST or own.share < SMALLEST_SHARE:
        assert not found
    if found:
        assert own.share >= others.share


@pytest.mark.parametrize(
    ("own", "others", "found"),
    [
        (Tally(12, 10), Tally(400, 8), True),
        (Tally(12, 9), Tally(400, 8), False),  # so few may be chance
        (Tally(60, 10), Tally(400, 8), False),  # one in six
        (Tally(100, 50), Tally(400, 120), False),  # others too: short work is usual here
        (Tally(100, 95), Tally(400, 120), True),
        (Tally(20, 20), Tally(), True),
    ],
)
def test_the_rule_has_its_reasons(own: Tally, others: Tally, found: bool) -> None:
    assert looks_like_fishing(own, others) is found


def fish(one: Member, count: int = 12, *, key: str = "m1", start: int = 100) -> None:
    """Register people and end that at once: half of them as somebody else."""
    for person in range(start, start + count):
        answer = one.register(person, contact={"medewerker": key})
        assert answer.status_code == 201, answer.text
        reason = EndReason.WRONG_PERSON if person % 2 else EndReason.COMPLETED
        path = f"{SIGNALS}/{answer.json['id']}"
        one.patch(path, {"status": "beeindigd", "reden": reason.value})


def administrator(world: World) -> Desk:
    home = world.member("Beheer", domain="welzijn")
    person = add_person(world, home.id, Role.ADMINISTRATOR, name="Bea Heer")
    return Desk(person, person.browser())


def findings(world: World) -> list[FishingFinding]:
    with world.services.sessions() as session:
        return list(session.scalars(select(FishingFinding).order_by(FishingFinding.found_at)))


def test_the_administrator_is_told_of_whoever_registers_and_withdraws(world: World) -> None:
    one, two = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    desk = administrator(world)
    assert "Geen meldingen" in desk.text("/beheer/meldingen")
    for person in range(1, 9):
        two.register(person)
    fish(one)
    Worker(world.services).find_fishing()
    (found,) = findings(world)
    assert (found.registered, found.withdrawn, found.wrong) == (12, 12, 6)
    assert found.professional_id is not None
    page = desk.text("/beheer/meldingen")
    assert "M. Schuldhulp 1, consulent" in page
    assert "12, waarvan 6 keer de verkeerde persoon" in page
    assert "D-1" not in page
    listed = world.members["Beheer"].get("/api/v1/meldingen").json
    expected = {
        "id": str(found.id),
        "organisatie": str(one.id),
        "naam": "Schuldhulp",
        "medewerker": {"naam": "M. Schuldhulp 1", "functie": "consulent"},
        "vanaf": "2026-11-09T10:00:00Z",
        "gevondenOp": "2026-11-23T10:00:00Z",
        "geregistreerd": 12,
        "snelGeeindigd": 12,
        "verkeerdePersoon": 6,
    }
    assert listed == {"totaal": 1, "resultaten": [expected]}
    with world.services.sessions() as session:
        (message,) = session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == NoticeKind.FISHING)
        )
        assert message.account_id == desk.person.account_id
        letter = compose(session, world.services, [message.id])[message.id]
    assert letter is not None
    assert "Schuldhulp" in letter.text
    assert "12 cliënten" in letter.text
    assert "/beheer/meldingen" in letter.text
    for hidden in ("M. Schuldhulp", "D-1", "m1@"):
        assert hidden not in letter.text + letter.html + letter.subject


def test_each_is_reported_once_in_a_period(world: World) -> None:
    one = world.member("Schuldhulp")
    administrator(world)
    fish(one)
    Worker(world.services).find_fishing()
    for day in range(1, PERIOD.days + 2):
        later(world, timedelta(days=1))
        if day == 3:
            fish(one, start=300)
        Worker(world.services).find_fishing()
    assert len(findings(world)) == 2
    with world.services.sessions() as session:
        told = session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == NoticeKind.FISHING)
        )
        assert len({one.event_id for one in told}) == 2


def test_a_team_that_does_so_is_reported_as_its_organisation(world: World) -> None:
    one, two = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    for person in range(1, 9):
        two.register(person)
    for key, start in (("m1", 100), ("m2", 200)):
        fish(one, 6, key=key, start=start)
    Worker(world.services).find_fishing()
    (found,) = findings(world)
    assert (found.professional_id, found.withdrawn) == (None, 12)


def test_work_that_ends_later_is_not_reported(world: World) -> None:
    one = world.member("Schuldhulp")
    for person in range(1, 14):
        one.register(person)
    later(world, SOON + timedelta(seconds=1))
    for signal in signal_ids(one).values():
        one.patch(f"{SIGNALS}/{UUID(signal)}", {"status": "beeindigd", "reden": "afgerond"})
    Worker(world.services).find_fishing()
    assert findings(world) == []


def test_who_has_them_lapse_at_the_nearest_day_is_reported_too(world: World) -> None:
    one, two = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    for person in range(1, 9):
        two.register(person)
    for person in range(101, 113):
        answer = one.register(person, vervaltDatum="2026-12-01")
        assert answer.status_code == 201, answer.text
    later(world, timedelta(days=8))
    Worker(world.services).lapse()
    Worker(world.services).find_fishing()
    (found,) = findings(world)
    assert (found.registered, found.withdrawn, found.wrong) == (12, 12, 0)


def test_who_registers_for_colleagues_is_reported_and_not_they(world: World) -> None:
    one, two = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    for person in range(1, 9):
        two.register(person)
    for person in range(1, 41):
        assert one.register(person, contact={"medewerker": "m2"}).status_code == 201
    who = desk(one)
    contacts = [{"medewerker": "m1"}, {"medewerker": "m2"}, {"afdeling": True}]
    for person in range(101, 113):
        signal = one.signal(person, contact=contacts[person % 3])
        answer = at_screen(who, "/registreren", signal)
        assert answer.status_code == 201, answer.text
        made = answer.json["naar"].rpartition("/")[2]
        one.patch(f"{SIGNALS}/{made}", {"status": "beeindigd", "reden": "afgerond"})
    Worker(world.services).find_fishing()
    (found,) = findings(world)
    assert (found.registered, found.withdrawn) == (12, 12)
    with world.services.sessions() as session:
        professional = session.get_one(Professional, found.professional_id)
    assert professional.key == "m1"


def test_a_client_of_several_is_reported_as_nobody_in_particular() -> None:
    organisation, calm, eager = (UUID(int=number) for number in (1, 2, 3))
    starts = [Start(organisation, None, calm, Tally(1)) for _ in range(80)]
    starts += [Start(organisation, UUID(int=9 + n), eager, Tally(1, 1)) for n in range(12)]
    assert suspects(starts, {}) == [((organisation, None), Tally(12, 12))]
    # What a colleague explains is not told of the client once more.
    as_contact = [replace(one, professional_id=UUID(int=9)) for one in starts[80:]]
    expected = [((organisation, UUID(int=9)), Tally(12, 12))]
    assert suspects(starts[:80] + as_contact, {}) == expected


def test_the_worker_looks_once_a_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from verwijsindex import worker as workers

    looked: list[int] = []
    monkeypatch.setattr(workers, "find_fishing", lambda *_: looked.append(1) or 0)
    worker = Worker(world.services)
    for _ in range(3):
        worker.find_fishing()
    assert len(looked) == 1
    world.clock.advance(timedelta(days=1))
    worker.find_fishing()
    assert len(looked) == 2
