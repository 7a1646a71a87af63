"""Nobody can tell from a family either whether there is somebody whom the rules hide.

As for matches about persons, with everybody a child of the same mother.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.match.model import Rules
from tests.verwijsindex.family.related import FATHER, MOTHER
from tests.verwijsindex.rules.observers import Run
from tests.verwijsindex.rules.test_nothing_hidden import (
    OPEN,
    SECRET,
    check,
    generate,
    run,
)
from tests.world import Member, World

one = {"medewerker": "m1"}


class FamilyRun(Run):
    """A run in which all are children of one mother, and some of one father."""

    def body(self, member: Member, person: int, **changes: Any) -> dict[str, Any]:
        parents = (MOTHER, FATHER) if person == 2 else (MOTHER,)
        return super().body(member, person, gezin=member.parents(*parents), **changes)


@pytest.fixture
def stage(world: World) -> World:
    """Return a world with organisations of which some are sensitive."""
    for name, domain in zip(OPEN, ("schulden", "welzijn", "wonen"), strict=True):
        world.member(name, domain=domain)
    for name, domain in zip(SECRET, ("veiligheid", "ggz"), strict=True):
        world.member(name, domain=domain, sensitive=True)
    return world


FAMILIES = {
    "a hidden one comes first, and is never seen": [
        ("register", "GGZ", 1, 3, False, one),
        ("register", "Schuldhulp", 2, 3, False, one),
        ("review",),
        ("look", "Schuldhulp"),
        ("register", "Wijkteam", 1, 3, False, one),
        ("review",),
        ("follow", "GGZ", "say known"),
        ("follow", "GGZ", "lead"),
        ("follow", "Schuldhulp", "ask"),
        ("look", "Wijkteam"),
        ("mail",),
    ],
    "whom one saw goes, and the hidden one keeps the family going": [
        ("register", "Schuldhulp", 1, 3, False, one),
        ("register", "GGZ", 2, 3, False, one),
        ("register", "Wijkteam", 2, 3, False, one),
        ("review",),
        ("end", "Wijkteam", 0, "afgerond"),
        ("review",),
        ("look", "Schuldhulp"),
        ("register", "Woningcorporatie", 2, 3, True, one),
        ("review",),
        ("end", "GGZ", 0, "verkeerde_persoon"),
        ("mail",),
    ],
}


@pytest.mark.parametrize("name", FAMILIES)
def test_what_others_are_told_of_a_family_is_the_same_without_the_hidden(
    stage: World, name: str
) -> None:
    check(stage, FAMILIES[name], FamilyRun)


class OneChildEach(FamilyRun):
    """A run in which an organisation always registers the same child.

    Else it would get to see several matches in one moment, listed in the order
    of random ids; with other rules too.
    """

    def body(self, member: Member, person: int, **changes: Any) -> dict[str, Any]:
        person = 1 if member.name in {"Schuldhulp", "Veilig Thuis"} else 2
        return super().body(member, person, **changes)

    def change_rules(self, rules: Rules) -> None:
        """Leave them as they are."""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_so_it_is_in_any_case(stage: World) -> None:
    generate(stage, examples=10, kind=OneChildEach)


@pytest.mark.slow
def test_so_it_is_in_many_cases(stage: World) -> None:
    generate(stage, examples=300, kind=OneChildEach)


def test_the_secrets_were_there_to_be_found(stage: World) -> None:
    """Otherwise the tests above would prove nothing."""
    for steps in FAMILIES.values():
        run(stage, [*steps, ("register", "GGZ", 1, 3, False, one)], secrets=True, kind=FamilyRun)
        seen = stage.members["GGZ"].get("/api/v1/matches", soort="gezin", status="open")
        assert any(match["deelnemers"] for match in seen.json["resultaten"])
