"""Whose clients are in the two example files: contacts, age ranges, and the hundred in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from verwijsindex.demo.people import MadeUpPerson, People

ROWS = 2_000
IN_COMMON = 100

SOCIALE_DIENST = "Sociale dienst"
WIJKTEAM = "Sociaal wijkteam"


@dataclass(frozen=True, slots=True)
class Desk:
    """A contact of one of the organisations, as the organisation files have it.

    Attributes:
        unit: Name of the unit.
        key: The professional's own key; None: the team itself.
        youngest: Age of the youngest clients, in whole years.
        oldest: Age of the oldest.
        prefix: How references begin.
    """

    unit: str
    key: str | None
    youngest: int
    oldest: int
    prefix: str


@dataclass(frozen=True, slots=True)
class Case:
    """One client of one contact."""

    person: MadeUpPerson
    desk: Desk


@dataclass(frozen=True, slots=True)
class Caseloads:
    """The clients of both organisations, faulty rows not counted.

    Attributes:
        sociale_dienst: Of the Sociale dienst, in the order of its file.
        wijkteam: Of the Sociaal wijkteam, likewise.
        common: Case at the Sociale dienst and case at the wijkteam of the
            same person; what the files have in common.
    """

    sociale_dienst: Sequence[Case]
    wijkteam: Sequence[Case]
    common: Sequence[tuple[Case, Case]]


DESKS = {
    SOCIALE_DIENST: (
        Desk("Werk en inkomen", "svanderlinden", 18, 66, "WI"),
        Desk("Werk en inkomen", "mozturk", 18, 66, "WI"),
        Desk("Schuldhulp", "ikoster", 18, 85, "SH"),
        Desk("Schuldhulp", "rpinas", 18, 85, "SH"),
        Desk("Schuldhulp", None, 18, 85, "SH"),
        Desk("Wmo-loket", "fhoekstra", 6, 97, "WMO"),
        Desk("Wmo-loket", "aelamrani", 6, 97, "WMO"),
    ),
    WIJKTEAM: (
        Desk("Team Welzijn", "wbakker", 12, 90, "SWT"),
        Desk("Team Welzijn", "gsingh", 12, 90, "SWT"),
        Desk("Team Zorg", "ndegroot", 18, 97, "SWT"),
        Desk("Team Zorg", "tverhoeven", 18, 97, "SWT"),
        Desk("Team Zorg", None, 18, 97, "SWT"),
        Desk("Team Jeugd", "eyildiz", 1, 21, "SWT"),
        Desk("Team Jeugd", "jpostma", 1, 21, "SWT"),
    ),
}


def make_caseloads(people: People, random: Random, *, faulty_rows: int) -> Caseloads:
    """Return the caseloads: the same ones for the same seed and day.

    Args:
        people: Makes the people.
        random: Decides on the order of the files.
        faulty_rows: Per file; that many rows are left to be filled in.
    """
    common = _common(people)
    own = ROWS - faulty_rows - IN_COMMON
    return Caseloads(
        _mixed(random, [one for one, _ in common], _own(people, DESKS[SOCIALE_DIENST], own)),
        _mixed(random, [other for _, other in common], _own(people, DESKS[WIJKTEAM], own)),
        common,
    )


def _common(people: People) -> list[tuple[Case, Case]]:
    """Return people whom both organisations know; every desk has some of them."""
    pairs = [
        (one, other)
        for other in DESKS[WIJKTEAM]
        for one in DESKS[SOCIALE_DIENST]
        if min(one.oldest, other.oldest) > max(one.youngest, other.youngest)
    ]
    cases = []
    for number in range(IN_COMMON):
        one, other = pairs[number % len(pairs)]
        ages = max(one.youngest, other.youngest), min(one.oldest, other.oldest)
        if number == 0:
            person = people.make_with_leading_zero(30, 60)
        elif number == 1:
            person = people.make_with_partial_birth_date(30, 60)
        else:
            person = people.make(*ages)
        cases.append((Case(person, one), Case(person, other)))
    return cases


def _own(people: People, desks: Sequence[Desk], count: int) -> list[Case]:
    cases = []
    for number in range(count):
        desk = desks[number % len(desks)]
        cases.append(Case(people.make(desk.youngest, desk.oldest), desk))
    return cases


def _mixed(random: Random, *parts: Sequence[Case]) -> list[Case]:
    cases = [case for part in parts for case in part]
    random.shuffle(cases)
    return cases
