"""What everybody may read: handbook, privacy statement, accessibility statement."""

from __future__ import annotations

import re

import pytest

from tests.clock import Clock
from tests.people import add_person
from tests.world import World, make_world
from verwijsindex.accounts.roles import Role
from verwijsindex.settings import Contact

pytestmark = pytest.mark.any_database

PAGES = ["/hulp", "/privacy", "/toegankelijkheid"]


@pytest.mark.parametrize("path", PAGES)
def test_anybody_may_read_it_signed_in_or_not(world: World, path: str) -> None:
    member = world.member("Wijkteam")
    stranger = world.http.get(path)
    assert stranger.status_code == 200
    assert "Uitloggen" not in stranger.text
    known = add_person(world, member.id, Role.SUPPORT).browser().get(path)
    assert known.status_code == 200
    assert "Uitloggen" in known.text


@pytest.mark.parametrize("path", [*PAGES, "/inloggen", "/nergens"])
def test_every_page_leads_to_all_three(world: World, path: str) -> None:
    footer = world.http.get(path).text.partition("<footer")[2]
    for wanted in PAGES:
        assert f'href="{wanted}"' in footer


@pytest.mark.parametrize("path", PAGES)
def test_links_within_a_page_lead_somewhere(world: World, path: str) -> None:
    text = world.http.get(path).text
    for page, anchor in re.findall(r'href="([^"#]*)#([^"]+)"', text):
        there = text if not page else world.http.get(page).text
        assert f'id="{anchor}"' in there, (page, anchor)


def test_the_handbook_has_what_other_pages_link_to(world: World) -> None:
    text = world.http.get("/hulp").text
    for anchor in (
        "wat",
        "registreren",
        "informeren",
        "uitstellen",
        "match",
        "opvolging",
        "regie",
        "beeindigen",
        "importeren",
        "inloggen",
        "veilig",
        "vragen",
    ):
        assert f' id="{anchor}"' in text


@pytest.mark.parametrize("path", PAGES[1:])
def test_without_settings_nobody_is_named_and_nothing_is_empty(world: World, path: str) -> None:
    text = world.http.get(path).text
    assert "mailto:" not in text
    assert "None" not in text
    assert "die deze verwijsindex beheert" in text


def test_the_settings_name_who_is_responsible(sqlite_url: str, clock: Clock) -> None:
    contact = Contact("Gemeente Voorbeeld", "index@voorbeeld.example", "fg@voorbeeld.example")
    world = make_world(sqlite_url, clock, contact=contact)
    privacy = world.http.get("/privacy").text
    assert "Gemeente Voorbeeld is verantwoordelijk" in privacy
    assert 'href="mailto:index@voorbeeld.example"' in privacy
    assert 'href="mailto:fg@voorbeeld.example"' in privacy
    statement = world.http.get("/toegankelijkheid").text
    assert "Gemeente Voorbeeld streeft" in statement
    assert 'href="mailto:index@voorbeeld.example"' in statement
    world.services.engine.dispose()


def test_the_accessibility_statement_does_not_claim_what_nobody_checked(world: World) -> None:
    text = world.http.get("/toegankelijkheid").text
    assert "Nog niet bekend" in text
    assert "voldoet volledig" not in text


@pytest.mark.parametrize("path", ["/hulp", "/privacy"])
@pytest.mark.parametrize("is_on", [True, False], ids=["on", "off"])
def test_families_are_explained_where_they_are_matched(
    sqlite_url: str, clock: Clock, path: str, is_on: bool
) -> None:
    world = make_world(sqlite_url, clock, family_match=is_on)
    assert ("broer of zus" in world.http.get(path).text) is is_on
    world.services.engine.dispose()
