"""Closed lists, terms, ages and hours in words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import pytest

from orgprofiles import domains, profile_words
from orgprofiles.profile import TargetGroup, Term
from orgprofiles.profile_words import TimeUnit
from verwijsindex.api.profile_routes import HoursPart
from verwijsindex.web.hours_wording import notes, open_now, week_lines
from verwijsindex.web.profile_wording import ages, listed, term, within, words

LISTS = sorted(
    {
        found
        for module in (domains, profile_words)
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, StrEnum) and found is not StrEnum
    },
    key=lambda one: one.__name__,
)


def hours(*week: tuple[str, str, str], **fields: Any) -> Any:
    slots = [{"dagen": days.split(), "van": start, "tot": end} for days, start, end in week]
    return HoursPart().load({"week": slots, **fields})


@pytest.mark.parametrize("states", LISTS)
def test_every_word_of_every_closed_list_is_said_in_dutch(states: type[StrEnum]) -> None:
    said = [words(one) for one in states]
    assert all(said)
    assert not [one for one in said if "_" in one]
    # Two words that people cannot tell apart would be one.
    assert len(set(said)) == len(said)


def test_there_are_lists_to_say() -> None:
    assert len(LISTS) > 25


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [
        (0, TimeUnit.HOUR, "Meteen"),
        (1, TimeUnit.WEEK, "Binnen 1 week"),
        (1, TimeUnit.DAY, "Binnen 1 dag"),
        (2, TimeUnit.WORKING_DAY, "Binnen 2 werkdagen"),
        (48, TimeUnit.HOUR, "Binnen 48 uur"),
    ],
)
def test_a_term_is_said_in_its_unit(amount: int, unit: TimeUnit, said: str) -> None:
    assert within(Term(amount, unit)) == said
    assert term(Term(amount, unit)) == said.removeprefix("Binnen ").lower()


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (-9, None, "alle leeftijden, ook ongeboren"),
        (-9, 23, "vanaf de zwangerschap tot en met 23 jaar"),
        (0, None, "alle leeftijden"),
        (0, 17, "tot en met 17 jaar"),
        (18, None, "18 maanden en ouder"),
        (18, 4, "18 maanden tot en met 4 jaar"),
        (216, None, "18 jaar en ouder"),
        (216, 64, "18 tot en met 64 jaar"),
    ],
)
def test_ages_are_said_as_people_say_them(start: int, end: int | None, said: str) -> None:
    assert ages(TargetGroup(start, end)) == said


def test_things_are_listed_as_dutch_does() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], "of")] == [
        "",
        "a",
        "a en b",
        "a, b of c",
    ]


def test_days_with_the_same_hours_are_said_together() -> None:
    week = hours(
        ("ma di wo", "09:00", "12:00"),
        ("ma di wo", "13:00", "17:00"),
        ("do vr", "10:00", "12:00"),
        ("za", "22:00", "06:00"),
    )
    assert week_lines(week) == [
        ("Maandag t/m woensdag", "09:00–12:00 uur en 13:00–17:00 uur"),
        ("Donderdag en vrijdag", "10:00–12:00 uur"),
        ("Zaterdag", "22:00–06:00 uur de volgende dag"),
    ]
    assert week_lines(hours(("ma wo vr", "09:00", "10:00")))[0][0] == "Maandag, woensdag en vrijdag"
    always = hours(("ma di wo do vr za zo", "00:00", "24:00"))
    assert week_lines(always) == [("Iedere dag", "dag en nacht")]


def test_exceptions_that_are_over_are_left_out() -> None:
    found = hours(
        ("ma", "09:00", "17:00"),
        uitzonderingen=[
            {"datum": "2026-12-31", "tijden": []},
            {"datum": "2026-12-24", "tijden": [{"van": "09:00", "tot": "12:00"}]},
            {"datum": "2026-11-01", "tijden": []},
        ],
    )
    assert notes(found, date(2026, 11, 23)) == [
        "Op feestdagen gesloten.",
        "Donderdag 24 december 2026: 09:00–12:00 uur.",
        "Donderdag 31 december 2026: gesloten.",
    ]


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-23T10:00", "Open tot 17:00 uur"),  # a Monday
        ("2026-11-23T07:00", "Dicht tot 09:00 uur"),
        ("2026-11-23T18:00", "Dicht tot morgen 09:00 uur"),
        ("2026-11-24T18:00", "Dicht tot vrijdag 22:00 uur"),
        ("2026-11-27T22:30", "Open tot morgen 06:00 uur"),
        ("2026-12-22T18:00", "Dicht tot 1 januari 2027, 22:00 uur"),
    ],
)
def test_open_now_says_until_when_or_from_when(moment: str, said: str) -> None:
    found = hours(
        ("ma di", "09:00", "17:00"),
        ("vr", "22:00", "06:00"),
        feestdagenGesloten=False,
        uitzonderingen=[
            {"datum": day, "tijden": []} for day in ("2026-12-25", "2026-12-28", "2026-12-29")
        ],
    )
    now = datetime.fromisoformat(f"{moment}+01:00")
    assert open_now(found, now).text == said
    assert open_now(found, now).is_open is said.startswith("Open")


def test_what_never_closes_and_what_never_opens_say_so() -> None:
    now = datetime(2026, 11, 23, 10, tzinfo=UTC)
    always = hours(("ma di wo do vr za zo", "00:00", "24:00"), feestdagenGesloten=False)
    assert open_now(always, now).text == "Open, dag en nacht"
    assert open_now(hours(), now).text == "Dicht"
