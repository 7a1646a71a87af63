"""The match regisseur: asked on the match page, answering on a page of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from match.lead_rules import Preference
from orgprofiles.domains import Domain
from tests.people import Person, add_person
from tests.verwijsindex.follow_up.matched import match_of, matched, member, own, proposal, regie
from tests.verwijsindex.follow_up.test_lead_rule import agree
from tests.verwijsindex.web.casework import Desk
from tests.world import Member, World
from verwijsindex.accounts.inviting import block, change_roles
from verwijsindex.accounts.roles import Role
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.web.csrf import SESSION_COOKIE
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database

CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@dataclass
class Asked:
    """A match of two organisations, with a regisseur beside it."""

    world: World
    first: Member
    director: Person
    path: str

    def browser(self, person: Person) -> Any:
        client = self.world.app.test_client()
        client.set_cookie(SESSION_COOKIE, person.begin())
        return client

    def send(self, browser: Any, page: str, to: str, **form: str) -> Any:
        token = CSRF.search(browser.get(page).text)
        assert token is not None
        return browser.post(to, data=form | {"csrf": token.group(1)})


@pytest.fixture
def asked(world: World) -> Asked:
    first = world.member("Sociale dienst", domain="werk_en_inkomen")
    second = world.member("Wijkteam", domain="zorg")
    assert first.register(1, kenmerk="W-1").status_code == 201
    assert second.register(1, kenmerk="Z-2").status_code == 201
    (found,) = first.get("/api/v1/matches").json["resultaten"]
    path = f"/matches/{found['id']}/deelnames/{found['eigenDeelnames'][0]['id']}"
    director = add_person(world, second.id, Role.MATCH_LEAD, name="Rachid Regie")
    made = Asked(world, first, director, path)
    mine = made.browser(add_person(world, first.id, Role.PROFESSIONAL, key="m1"))
    assert "Rachid Regie, Wijkteam" in mine.get(path).text
    regisseur = str(director.account_id)
    assert made.send(mine, path, f"{path}/regie", regisseur=regisseur).status_code == 303
    made.mine = mine  # type: ignore[attr-defined]
    return made


def answers(asked: Asked, browser: Any) -> dict[str, str]:
    found = re.findall(r'action="(/regie/[0-9a-f-]{36}/(\w+))"', browser.get("/regie").text)
    return {word: path for path, word in found}


def test_sees_who_is_involved_and_no_reference(asked: Asked) -> None:
    text = asked.browser(asked.director).get("/regie").text
    assert "Sociale dienst" in text
    assert "Wijkteam" in text
    assert 'href="tel:' in text
    assert "W-1" not in text
    assert "Z-2" not in text


def test_accepts_and_lays_it_down_and_the_one_who_asked_sees_it(asked: Asked) -> None:
    browser = asked.browser(asked.director)
    assert "Gevraagd: Rachid Regie, matchregisseur" in asked.mine.get(asked.path).text
    accept = answers(asked, browser)["aanvaarding"]
    assert asked.send(browser, "/regie", accept).status_code == 303
    assert "<strong>Rachid Regie, matchregisseur</strong>" in asked.mine.get(asked.path).text
    assert "aanvaarding" not in answers(asked, browser)
    decline = answers(asked, browser)["weigering"]
    assert asked.send(browser, "/regie", decline).status_code == 303
    assert "matchregisseur</strong>" not in asked.mine.get(asked.path).text
    assert answers(asked, browser) == {}


def test_refuses(asked: Asked) -> None:
    browser = asked.browser(asked.director)
    found = answers(asked, browser)
    said = asked.send(browser, "/regie", found["weigering"]).headers["Location"]
    assert "U houdt hier het overzicht niet" in browser.get(said).text
    assert "Niemand vroeg u iets" in browser.get("/regie").text
    # A second thought, from a page that was open still.
    other = asked.browser(asked.director)
    token = CSRF.search(other.get("/regie").text)
    assert token is not None
    late = other.post(found["aanvaarding"], data={"csrf": token.group(1)})
    assert late.status_code == 409


def test_what_another_one_was_asked_is_not_there(asked: Asked) -> None:
    found = answers(asked, asked.browser(asked.director))
    stranger = add_person(asked.world, asked.first.id, Role.MATCH_LEAD, name="Ander")
    browser = asked.browser(stranger)
    assert "Niemand vroeg u iets" in browser.get("/regie").text
    assert asked.send(browser, "/regie", found["aanvaarding"]).status_code == 404


def test_when_the_match_is_over_nothing_is_asked_any_more(asked: Asked) -> None:
    (signal,) = asked.first.get("/api/v1/signalen").json["resultaten"]
    ended = {"status": "beeindigd", "reden": "afgerond"}
    assert asked.first.patch(f"/api/v1/signalen/{signal['id']}", ended).status_code == 200
    assert "Niemand vroeg u iets" in asked.browser(asked.director).get("/regie").text


@pytest.mark.parametrize("hidden", [False, True])
def test_a_hidden_party_makes_no_match_last_longer_for_the_regisseur(
    world: World, hidden: bool
) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    if hidden:
        assert member(world, "GGZ").register(1).status_code == 201
        Worker(world.services).review()
    person = add_person(world, one.id, Role.MATCH_LEAD, name="Rachid Regie")
    assert regie(one, matchregisseur=str(person.account_id)).status_code == 200
    director = Desk(person, person.browser())
    accept = re.findall(r'action="(/regie/[0-9a-f-]{36}/aanvaarding)"', director.get("/regie").text)
    assert len(accept) == 1
    end = {"status": "beeindigd", "reden": "afgerond"}
    assert two.patch(f"/api/v1/signalen/{own(two)['signaal']}", end).status_code == 200
    assert "Niemand vroeg u iets" in director.text("/regie")
    assert director.post(accept[0]).status_code == 409


@pytest.fixture
def directed(world: World) -> tuple[list[Member], Person]:
    """Return three organisations in a match, and whom the first had direct it: Rachid Regie."""
    members = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    person = add_person(world, members[0].id, Role.MATCH_LEAD, name="Rachid Regie")
    agree(world, Preference(director_id=person.account_id), Preference(domain=Domain("welzijn")))
    assert regie(members[0], matchregisseur=str(person.account_id)).status_code == 200
    director = Desk(person, person.browser())
    (accept,) = re.findall(
        r'action="(/regie/[0-9a-f-]{36}/aanvaarding)"', director.get("/regie").text
    )
    assert director.post(accept).status_code == 303
    Worker(world.services).ask_leads()
    assert [match_of(one)["regie"]["soort"] for one in members] == ["matchregisseur"] * 3
    return members, person


def test_a_regisseur_whose_asker_is_involved_no_longer_directs_nothing_and_is_asked_anew(
    world: World, directed: tuple[list[Member], Person]
) -> None:
    (one, two, three), person = directed
    end = {"status": "beeindigd", "reden": "afgerond"}
    assert one.patch(f"/api/v1/signalen/{own(one)['signaal']}", end).status_code == 200
    assert [match_of(each)["regie"] for each in (two, three)] == [None, None]
    Worker(world.services).ask_leads()
    asked_anew = match_of(two)["regieVoorstel"]
    assert asked_anew["matchregisseur"] == str(person.account_id)
    assert asked_anew["voorgesteldDoor"] == own(two)["id"]


@pytest.mark.parametrize("leaves", ["blocked", "without the role"])
def test_a_regisseur_who_is_one_no_longer_directs_nothing_and_the_next_is_asked(
    world: World, directed: tuple[list[Member], Person], leaves: str
) -> None:
    (one, two, three), person = directed
    with world.services.sessions() as session:
        deed: dict[str, Any] = {
            "actor": Actor(ActorKind.ADMINISTRATOR),
            "organisation_id": one.id,
            "account_id": person.account_id,
        }
        if leaves == "blocked":
            block(session, world.services, **deed)
        else:
            kept = {"roles": [Role.ADMINISTRATOR], "may_give": list(Role)}
            change_roles(session, world.services, **deed, **kept)
    assert [match_of(each)["regie"] for each in (one, two, three)] == [None] * 3
    Worker(world.services).ask_leads()
    assert [proposal(each) for each in (one, two, three)] == [own(two)["id"]] * 3


def test_somebody_without_the_role_cannot_be_asked(asked: Asked) -> None:
    nobody = add_person(asked.world, asked.first.id, Role.COORDINATOR, name="Geen regisseur")
    answer = asked.send(
        asked.mine, asked.path, f"{asked.path}/regie", regisseur=str(nobody.account_id)
    )
    assert answer.status_code == 400
    body = {"matchregisseur": str(nobody.account_id)}
    match = asked.path.split("/")[2]
    assert asked.first.put(f"/api/v1/matches/{match}/regie", body).status_code == 400
    body = {"matchregisseur": str(asked.director.account_id)}
    assert asked.first.put(f"/api/v1/matches/{match}/regie", body).status_code in {200, 204}
