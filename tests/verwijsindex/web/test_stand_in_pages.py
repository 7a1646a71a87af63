"""How one is mailed, who stands in, and what nobody followed up: the pages of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from orgprofiles.organisations import Delivery, Professional, Unit
from orgprofiles.stand_ins import StandIn
from tests.people import Person, add_person
from tests.verwijsindex.follow_up.matched import matched
from tests.verwijsindex.web.organisation import Organisation, hire, organisation
from tests.world import World, test_bsn
from verwijsindex.accounts.roles import Role
from verwijsindex.audit import Action, AuditEvent

pytestmark = pytest.mark.any_database

MAIL, STAND_IN = "/mijn-gegevens/mail", "/mijn-gegevens/waarneming"
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')
GOOD = {
    "waarnemer": "m2",
    "vanDatum": "2026-11-23",
    "totEnMetDatum": "2026-11-27",
    "bezorging": "waarnemer",
}


class Somebody:
    """A person at a browser."""

    def __init__(self, person: Person) -> None:
        self.browser = person.browser()

    def get(self, path: str) -> Any:
        return self.browser.get(path)

    def post(self, path: str, **fields: str) -> Any:
        found = _CSRF.search(self.get("/mijn-gegevens").text)
        assert found is not None
        return self.browser.post(path, data={"csrf": found.group(1), **fields})


@pytest.fixture
def m1(world: World) -> Somebody:
    one = world.member("Schuldhulp")
    return Somebody(add_person(world, one.id, key="m1"))


def stand_ins(world: World) -> list[StandIn]:
    with world.services.sessions() as session:
        return list(session.scalars(select(StandIn).order_by(StandIn.first_day)))


@pytest.mark.parametrize("wanted", Delivery)
def test_one_chooses_how_one_is_mailed(world: World, m1: Somebody, wanted: Delivery) -> None:
    answer = m1.post(MAIL, mail=wanted.value)
    assert answer.status_code == 303
    assert "Uw keuze is bewaard." in m1.get(answer.headers["Location"]).text
    with world.services.sessions() as session:
        found = session.scalars(select(Professional).where(Professional.key == "m1")).one()
        other = session.scalars(select(Professional).where(Professional.key == "m2")).one()
    assert (found.delivery, other.delivery) == (wanted, Delivery.AT_ONCE)


def test_what_is_no_choice_changes_nothing(m1: Somebody) -> None:
    assert m1.post(MAIL, mail="nooit").status_code == 400
    assert "U krijgt direct een mail" in m1.get("/mijn-gegevens").text


def test_one_has_a_colleague_stand_in_and_ends_it(world: World, m1: Somebody) -> None:
    assert m1.post(STAND_IN, **GOOD).status_code == 303
    (made,) = stand_ins(world)
    page = m1.get(MAIL).text
    assert "M. Schuldhulp 2" in page
    assert "23 november 2026 tot en met 27 november 2026; mail naar de waarnemer" in page
    assert m1.post(f"{STAND_IN}/{made.id}/beeindigen").status_code == 303
    assert stand_ins(world) == []
    with world.services.sessions() as session:
        done = session.scalars(
            select(AuditEvent.action).where(AuditEvent.object_id == made.id)
        ).all()
    assert sorted(done) == [Action.STAND_IN_ENDED, Action.STAND_IN_MADE]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"waarnemer": ""}, "Wie neemt waar: is nog niet ingevuld"),
        ({"waarnemer": "m1"}, "Wie neemt waar: is geen andere actieve medewerker"),
        ({"vanDatum": "morgen"}, "Eerste dag"),
        ({"totEnMetDatum": "2026-11-22"}, "Laatste dag: ligt vóór de eerste dag"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    world: World, m1: Somebody, changes: dict[str, str], told: str
) -> None:
    answer = m1.post(STAND_IN, **(GOOD | changes))
    assert answer.status_code == 400
    assert told in answer.text
    assert stand_ins(world) == []


def test_overlapping_days_are_told_with_the_days_that_are_taken(m1: Somebody) -> None:
    m1.post(STAND_IN, **GOOD)
    answer = m1.post(STAND_IN, **(GOOD | {"vanDatum": "2026-11-27", "totEnMetDatum": "2026-12-04"}))
    assert answer.status_code == 400
    told = "overlapt met de waarneming van 23 november 2026 tot en met 27 november 2026"
    assert told in answer.text


def test_a_number_that_may_be_a_clients_is_not_shown_again(m1: Somebody) -> None:
    number = test_bsn(1)
    answer = m1.post(STAND_IN, **(GOOD | {"vanDatum": number}))
    assert answer.status_code == 400
    assert number not in answer.text


def test_who_is_nobodys_contact_has_no_such_page(world: World) -> None:
    one = world.member("Schuldhulp")
    coordinator = Somebody(add_person(world, one.id, Role.COORDINATOR))
    assert coordinator.get(MAIL).status_code == 404
    assert coordinator.post(STAND_IN, **GOOD).status_code == 404


def test_nobody_ends_what_is_somebody_elses(world: World, m1: Somebody) -> None:
    m1.post(STAND_IN, **GOOD)
    (made,) = stand_ins(world)
    other = Somebody(add_person(world, world.members["Schuldhulp"].id, key="m2"))
    assert other.post(f"{STAND_IN}/{made.id}/beeindigen").status_code == 404
    assert len(stand_ins(world)) == 1


@pytest.fixture
def own(world: World) -> Organisation:
    return organisation(world)


def test_a_coordinator_has_a_colleague_stand_in(own: Organisation) -> None:
    path = own.page_of("m1", "/waarneming")
    assert own.post(path, **GOOD).status_code == 303
    (made,) = stand_ins(own.world)
    assert "M. Schuldhulp 2" in own.get(path).text
    assert own.post(path, **GOOD).status_code == 400
    assert own.post(f"{path}/{made.id}/beeindigen").status_code == 303
    assert stand_ins(own.world) == []
    assert own.deeds(Action.STAND_IN_MADE) == [made.id]


def test_a_coordinator_sees_how_somebody_is_mailed_and_what_is_refused(own: Organisation) -> None:
    with own.world.services.sessions.begin() as session:
        session.execute(
            update(Professional)
            .where(Professional.key == "m1")
            .values(delivery=Delivery.OFF, mail_refused_at=own.world.clock())
        )
        session.execute(
            update(Unit).where(Unit.name == "Team").values(mail_refused_at=own.world.clock())
        )
    page = own.get(own.page_of("m1")).text
    assert "Wil geen mail; de postbus van het team krijgt die." in page
    assert "Mail aan m1@schuldhulp.example komt niet aan" in page
    overview = own.get("/instelling").text
    assert "<strong>1</strong> medewerker bij wie mail niet aankomt" in overview
    assert "Team: de postbus van het team weigert onze mail" in overview
    listed = own.get("/instelling/medewerkers", toon="mail_geweigerd").text
    assert "M. Schuldhulp 1" in listed
    assert "M. Schuldhulp 2" not in listed


def test_another_organisations_colleague_is_not_there(own: Organisation) -> None:
    other = organisation(own.world, "Wijkteam")
    path = other.page_of("m1", "/waarneming")
    assert own.get(path).status_code == 404
    assert own.post(path, **GOOD).status_code == 404
    hire(own, 1)


def test_what_stalled_is_on_the_coordinators_and_later_on_the_administrators_page(
    world: World,
) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    coordinator = add_person(world, one.id, Role.COORDINATOR, name="Co")
    administrator = add_person(world, two.id, Role.ADMINISTRATOR, name="Beheer")
    found = []
    for days in (13, 1, 13, 1):
        world.clock.advance(timedelta(days=days))
        mine = Somebody(coordinator).get("/instelling/vastgelopen").text
        all_of_them = Somebody(administrator).get("/beheer/vastgelopen").text
        found.append(("M. Schuldhulp 1" in mine, "Schuldhulp" in all_of_them))
        for page in (mine, all_of_them):
            assert "D-1" not in page
        assert "Wijkteam" not in mine
        assert "M. " not in all_of_them
    assert found == [(False, False), (True, False), (True, False), (True, True)]


def test_the_match_page_says_whom_to_ring(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    Somebody(add_person(world, one.id, key="m1")).post(STAND_IN, **GOOD)
    (match,) = two.get("/api/v1/matches").json["resultaten"]
    (part,) = match["eigenDeelnames"]
    reader = Somebody(add_person(world, two.id, key="m1"))
    page = reader.get(f"/matches/{match['id']}/deelnames/{part['id']}").text
    assert "Waarnemer: M. Schuldhulp 2" in page
    assert "M. Schuldhulp 1 is afwezig tot en met 27 november 2026" in page
    assert "Bel 06-12345672" in page
    assert "Bel 06-12345671" not in page
