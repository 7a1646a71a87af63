"""The start page and the list of matches: what waits for whoever opens them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from match.follow_up import FollowUp
from tests.verwijsindex.web.casework import (
    Desk,
    desk,
    end,
    later,
    main_of,
    matched,
    organisation,
    page_of,
)
from tests.world import Member, World
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import Role

pytestmark = pytest.mark.any_database

TEAM = {"contact": {"afdeling": True}}
COLLEAGUE = {"contact": {"medewerker": "m2"}}


def part(text: str, heading: str) -> str:
    """Return a section of a page; empty when it is not there."""
    return text.partition(f'id="{heading}"')[2].partition("</section>")[0]


def references(text: str) -> list[str]:
    return re.findall(r'class="(?:task__reference )?reference"[^>]*>([^<]*)</a>', text)


def caseload(world: World, *registrations: tuple[int, dict[str, object]]) -> tuple[Member, Member]:
    """Have one organisation register persons so, and a second one each of these."""
    first, second = organisation(world, "Wijkteam"), organisation(world, "Woonbedrijf")
    for person, changes in registrations:
        assert first.register(person, **changes).status_code == 201
        assert second.register(person).status_code == 201
    return first, second


def come_back(world: World, who: Desk) -> Desk:
    """Return the same person in a new session, an hour after the previous one."""
    later(world, timedelta(hours=1))
    return Desk(who.person, who.person.browser())


class TestStart:
    def test_shows_ones_own_first_and_the_teams_apart(self, world: World) -> None:
        first, _ = caseload(world, (1, {}), (2, TEAM), (3, COLLEAGUE))
        text = desk(first).text("/")
        assert references(part(text, "mijn")) == ["D-1"]
        assert sorted(references(part(text, "team"))) == ["D-2", "D-3"]
        assert "Team Team" in part(text, "team")
        assert "M. Wijkteam 2" in part(text, "team")

    def test_shows_what_is_due_first_on_top(self, world: World) -> None:
        first, second = caseload(world, (1, {}), (2, {}))
        later(world, timedelta(days=2))
        for person in (3, 4):
            first.register(person)
            second.register(person)
        found = references(part(desk(first).text("/"), "mijn"))
        assert sorted(found[:2]) == ["D-1", "D-2"]
        assert sorted(found[2:]) == ["D-3", "D-4"]

    def test_of_many_it_shows_five_and_leads_to_all(self, world: World) -> None:
        first, _ = caseload(world, *((person, {}) for person in range(7)), (8, COLLEAGUE))
        text = desk(first).text("/")
        assert len(references(part(text, "mijn"))) == 5
        assert '<span class="waiting">7</span>' in part(text, "mijn")
        assert "Alle 7 die op u wachten" in text
        # However many are one's own: those of colleagues are shown too.
        assert references(part(text, "team")) == ["D-8"]

    def test_what_was_recorded_waits_no_longer(self, world: World) -> None:
        first, _ = matched(world, "Wijkteam", "Woonbedrijf")
        one = desk(first)
        one.done(f"{page_of(first)}/opvolging", status="contact_gelegd")
        text = one.text("/")
        assert "Er wacht geen match op u" in text
        assert references(part(text, "mijn")) == []

    def test_what_one_picked_up_is_ones_own(self, world: World) -> None:
        first, _ = matched(world, "Wijkteam", "Woonbedrijf", **TEAM)
        one, two = desk(first), desk(first, "m2")
        one.done(f"{page_of(first)}/opvolging", status="opgepakt")
        assert references(part(one.text("/"), "mijn")) == ["WI-1"]
        assert references(part(two.text("/"), "mijn")) == []
        assert references(part(two.text("/"), "team")) == ["WI-1"]

    @pytest.mark.parametrize(
        ("days", "left"), [(0, "nog 6 dagen"), (5, "morgen"), (6, "vandaag"), (7, "te laat")]
    )
    def test_says_how_much_time_is_left(self, world: World, days: int, left: str) -> None:
        first, _ = caseload(world, (1, {}))  # on a Monday: to be recorded before the next
        world.clock.advance(timedelta(days=days))
        assert f">{left}</span>" in part(desk(first).text("/"), "mijn")

    def test_shows_signals_that_lapse_within_a_month(self, world: World) -> None:
        first, _ = caseload(world)
        first.register(1, vervaltDatum="2026-12-01")
        first.register(2, vervaltDatum="2027-06-01")
        first.register(3, vervaltDatum="2026-12-01", **COLLEAGUE)
        text = part(desk(first).text("/"), "aflopen")
        assert references(text) == ["D-1"]
        assert "1 december 2026" in text

    def test_tells_what_is_new_since_the_previous_visit(self, world: World) -> None:
        first, second = matched(world, "Wijkteam", "Woonbedrijf")
        back = come_back(world, desk(first))
        assert part(back.text("/"), "nieuw") == ""
        later(world, timedelta(minutes=5))
        desk(second).done(f"{page_of(second)}/opvolging", status="niet_bereikt")
        first.register(2)
        second.register(2)
        later(world, timedelta(minutes=5))
        text = part(Desk(back.person, back.person.browser()).text("/"), "nieuw")
        assert "Woonbedrijf kreeg nog niemand te pakken" in text
        assert "Nieuwe match" in text
        assert sorted(references(text)) == ["D-2", "WI-1"]

    def test_tells_nothing_new_at_the_first_visit(self, world: World) -> None:
        first, _ = matched(world, "Wijkteam", "Woonbedrijf")
        assert part(desk(first).text("/"), "nieuw") == ""

    def test_says_what_to_do_when_nothing_waits(self, world: World) -> None:
        text = desk(organisation(world, "Wijkteam")).text("/")
        assert "Er wacht geen match op u. Meldt iemand zich" in text
        assert "Geen van uw signalen loopt binnen een maand af." in text
        assert 'href="/registreren"' in text
        assert part(text, "team") == ""

    def test_shows_a_supporter_no_match(self, world: World) -> None:
        first, _ = matched(world, "Wijkteam", "Woonbedrijf")
        first.register(2, vervaltDatum="2026-12-01")
        text = desk(first, None, Role.SUPPORT).text("/")
        assert "Woonbedrijf" not in text
        assert "WI-1" not in text
        assert references(part(text, "aflopen")) == ["D-2"]
        assert 'href="/registreren"' in text

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.PROFESSIONAL, Role.SUPPORT}))
    def test_says_to_every_other_role_what_it_can_do(self, world: World, role: Role) -> None:
        first, _ = matched(world, "Wijkteam", "Woonbedrijf")
        text = desk(first, None, role).text("/")
        assert "Wat u hier kunt doen" in text
        assert 'href="/sociale-kaart"' in text
        for hidden in ("WI-1", "Woonbedrijf", "/registreren", "/matches", "/signalen"):
            assert hidden not in text

    def test_is_for_whoever_signed_in_alone(self, world: World) -> None:
        member = organisation(world, "Wijkteam")
        assert world.http.get("/").status_code == 303
        who = desk(member)
        with world.services.sessions.begin() as session:
            session.get_one(Account, who.person.account_id).status = AccountStatus.BLOCKED
        assert who.get("/").status_code == 303


class TestMatches:
    def test_are_ones_own_that_are_open_unless_one_asks_otherwise(self, world: World) -> None:
        first, second = caseload(world, (1, {}), (2, TEAM), (3, {}), (4, {}))
        one = desk(first)
        one.done(f"{page_of(first, 3)}/opvolging", status=FollowUp.NOT_NEEDED.value)
        end(second, 4)
        asked = {
            "/matches": ["D-1", "D-3"],
            "/matches?welke=doen": ["D-1"],
            "/matches?welke=alles": ["D-1", "D-3", "D-4"],
            "/matches?wie=allen": ["D-1", "D-2", "D-3"],
            "/matches?wie=allen&welke=doen": ["D-1", "D-2"],
            "/matches?wie=allen&welke=alles": ["D-1", "D-2", "D-3", "D-4"],
            "/matches?welke=onzin": ["D-1", "D-3"],
        }
        for path, expected in asked.items():
            assert sorted(references(one.text(path))) == expected, path

    def test_stand_in_the_order_in_which_they_are_due(self, world: World) -> None:
        first, second = caseload(world, (1, {}), (2, {}))
        later(world, timedelta(days=2))
        first.register(3)
        second.register(3)
        one = desk(first)
        one.done(f"{page_of(first, 1)}/opvolging", status="contact_gelegd")
        assert references(one.text("/matches")) == ["D-2", "D-3", "D-1"]

    def test_come_in_pages(self, world: World) -> None:
        first, _ = caseload(world, *((person, {}) for person in range(52)))
        one = desk(first)
        text, last = one.text("/matches"), one.text("/matches?pagina=2")
        assert (len(references(text)), len(references(last))) == (50, 2)
        assert set(references(text)).isdisjoint(references(last))
        assert "52 matches" in text
        assert "Pagina 1 van 2" in text
        assert ("Volgende" in text, "Vorige" in text) == (True, False)
        assert ("Volgende" in last, "Vorige" in last) == (False, True)

    @pytest.mark.parametrize("page", ["0", "-1", "2", "99999"])
    def test_have_no_other_pages(self, world: World, page: str) -> None:
        first, _ = caseload(world, (1, {}))
        answer = desk(first).get(f"/matches?pagina={page}")
        assert answer.status_code == 404
        assert "Deze pagina is er niet" in answer.text

    def test_says_what_to_do_when_there_are_none(self, world: World) -> None:
        one = desk(organisation(world, "Wijkteam"))
        assert "Meldt een andere organisatie zich" in one.text("/matches")
        assert "Niets te doen" in one.text("/matches?welke=doen")

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.PROFESSIONAL}))
    def test_are_for_professionals_alone(self, world: World, role: Role) -> None:
        first, _ = matched(world, "Wijkteam", "Woonbedrijf")
        who = desk(first, None, role)
        assert who.get("/matches").status_code == 403
        assert who.get(page_of(first)).status_code == 403
        assert "Woonbedrijf" not in main_of(who.get("/matches").text)

    def test_of_another_unit_are_not_there(self, world: World) -> None:
        units = dict.fromkeys(("Noord", "Zuid"), 'domein = "welzijn"')
        first = organisation(world, "Wijkteam", units=units)
        second = organisation(world, "Woonbedrijf")
        first.register(1, afdeling=str(first.units["Zuid"]), contact={"afdeling": True})
        second.register(1)
        one = desk(first)  # of Noord
        for path in ("/", "/matches?wie=allen&welke=alles"):
            assert "D-1" not in one.text(path)
