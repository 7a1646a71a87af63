"""The pages say plainly that a match is about the family, and not about whom of it."""

from __future__ import annotations

from tests.verwijsindex.family.related import MOTHER, child, matches, siblings
from tests.verwijsindex.follow_up.matched import member
from tests.verwijsindex.web.casework import Desk, desk
from tests.world import Member, World
from verwijsindex.worker import Worker


def page_of(one: Member, reference: str) -> str:
    """Return the path of the page of *one*'s family match with that reference."""
    ((match, part),) = [
        (match["id"], part["id"])
        for match in matches(one, soort="gezin")
        for part in match["eigenDeelnames"]
        if part["kenmerk"] == reference
    ]
    return f"/matches/{match}/deelnames/{part}"


def at(one: Member) -> Desk:
    return desk(one, "m1")


def test_the_page_of_the_match_says_it_is_about_the_family(world: World) -> None:
    one, _ = siblings(world, "Schuldhulp", "Wijkteam")
    text = at(one).text(page_of(one, "D-1"))
    assert "Gezinsmatch bij uw kenmerk" in text
    assert "Bij wie, dat zegt de index niet." in text
    assert "Wijkteam" in text
    assert "D-2" not in text
    assert "betrokken bij deze cliënt" not in text


def test_a_match_about_the_person_says_nothing_of_a_family(world: World) -> None:
    one, two = siblings(world, "Schuldhulp", "Wijkteam")
    two.register(1)
    (match,) = matches(one, soort="persoon")
    path = f"/matches/{match['id']}/deelnames/{match['eigenDeelnames'][0]['id']}"
    assert "gezin" not in at(one).text(path).lower()


def test_lists_mark_which_matches_are_about_a_family(world: World) -> None:
    one, two = siblings(world, "Schuldhulp", "Wijkteam")
    two.register(1)
    reader = at(one)
    for path in ("/", "/matches"):
        assert reader.text(path).count('<span class="badge">Gezin</span>') == 1


def test_one_is_asked_about_those_whom_this_part_sees(world: World) -> None:
    """A colleague's part in the same family sees somebody else."""
    one, two, three = (member(world, n) for n in ("Schuldhulp", "Wijkteam", "Woonbedrijf"))
    for each in (one, two):
        child(each, 1)
        child(each, 2, contact={"medewerker": "m2"})
    child(three, 3)
    Worker(world.services).review()
    (match,) = matches(one, soort="gezin")
    assert len(match["deelnemers"]) == 3
    text = at(one).text(page_of(one, "D-1"))
    assert text.count('type="checkbox" name="met"') == 2


def test_the_signal_leads_to_the_match_about_the_person(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    signal = child(one, 1)
    two.register(2, gezin=two.parents(MOTHER))
    Worker(world.services).review()
    assert "<dt>Match</dt><dd>Geen</dd>" in at(one).text(f"/signalen/{signal}")
