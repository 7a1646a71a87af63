"""A person is the same in the browser as in Python: canonical form, faults, age group."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from crypto.errors import PersonRefused
from crypto.person import canonical_parent, canonical_person, canonical_v_number
from tests.world import test_bsn as bsn_of
from verwijsindex.client.blinding import age_group
from verwijsindex.client.cells import (
    calendar_date,
    chosen,
    is_scientific,
    iso_date_text,
    number_text,
)
from verwijsindex.client.signals import Reaction

pytestmark = pytest.mark.browser
TODAY = date(2026, 11, 22)
LEAP_DAY = date(2028, 2, 29)

NUMBERS = (
    bsn_of(7),
    bsn_of(8)[::-1],
    "012345672",
    "12345672",
    "123456782",
    "123456789",
    "000000000",
    "00000000",
    "1234567",
    "1234567890",
    "123456782 ",
    "\t123456782\u00a0",
    "\ufeff123456782",
    "123 456 782",
    "12345678²",
    "١٢٣٤٥٦٧٨٢",
    "-12345678",
    "1e8",
    "",
    "abc",
)
DATES = (
    "1980-01-31",
    "19800131",
    "1980-0131",
    "198001-31",
    "1980-00-00",
    "1980-05-00",
    "19800500",
    "1980-00-05",
    "1889-12-31",
    "1890-01-01",
    "1890-00-00",
    "0000-00-00",
    "2026-11-22",
    "2026-11-23",
    "2026-11-00",
    "2026-12-00",
    "2026-00-00",
    "2027-00-00",
    "2000-02-29",
    "1900-02-29",
    "1980-13-01",
    "1980-12-32",
    "1980-02-30",
    "31-01-1980",
    " 1980-01-31\n",
    "1980-01-31x",
    "x",
    "",
)
CELLS = (
    *NUMBERS,
    *DATES,
    "1-2-1980",
    "00-00-1980",
    "1-13-1980",
    "32-1-1980",
    "29-02-2100",
    "29-02-2096",
    "00-01-0000",
    "01-01-0000",
    "01-01-0001",
    "123456782.0",
    "123456782,00",
    "12345678.5",
    "123.456.782",
    "123,456,782",
    "123.456,782",
    "1234.56.782",
    "1234 56 782",
    "12.34.56.782",
    "123  456  782",
    "1,23E+08",
    "1.23e8",
    "1E+",
    "Geen bezwaar",
    "geen-bezwaar",
    " GEEN_  BEZWAAR\x85",
    "instemming ",
    "_instemming",
)


def ours(make: Any, *arguments: Any, **named: Any) -> dict[str, Any]:
    try:
        return {"canonical": make(*arguments, **named).value.decode(), "faults": []}
    except PersonRefused as refused:
        faults = [{"field": one.field, "reason": one.reason} for one in refused.faults]
        return {"canonical": None, "faults": faults}


def in_browser(page: Page, module: str, code: str, argument: Any) -> Any:
    return page.evaluate(
        f"async (given) => {{ const m = await import('/static/{module}'); {code} }}", argument
    )


def test_the_canonical_form_and_the_faults_are_those_of_crypto(page: Page) -> None:
    pairs = [(number, "1980-01-31") for number in NUMBERS]
    pairs += [("123456782", day) for day in DATES] + [("1", "x")]
    found = in_browser(
        page,
        "person.js",
        """return given.map(([number, day]) => [
               m.canonicalPerson(number, day, "2026-11-22"),
               m.canonicalVNumber(number, day, "2026-11-22"),
               m.canonicalParent(number)]);""",
        pairs,
    )
    for (number, day), one in zip(pairs, found, strict=True):
        assert one == [
            ours(canonical_person, bsn=number, birth_date=day, today=TODAY),
            ours(canonical_v_number, v_number=number, birth_date=day, today=TODAY),
            ours(canonical_parent, bsn=number),
        ], (number, day)
    accepted = [one for triple in found for one in triple if one["canonical"]]
    assert len(accepted) > 20


def test_random_numbers_pass_the_same_eleven_test(page: Page) -> None:
    draw = random.Random(11)  # noqa: S311
    numbers = [f"{draw.randrange(10**9):09d}" for _ in range(5_000)]
    numbers += [number[1:] for number in numbers[:1_000]]
    found = in_browser(
        page, "person.js", "return given.map((one) => m.canonicalParent(one));", numbers
    )
    assert found == [ours(canonical_parent, bsn=number) for number in numbers]
    assert sum(one["canonical"] is not None for one in found) > 300


@pytest.mark.parametrize("today", [TODAY, LEAP_DAY, date(2027, 2, 28), date(2027, 3, 1)])
def test_the_age_group_is_the_same_around_every_birthday(page: Page, today: date) -> None:
    births = []
    for age in (0, 1, 11, 12, 15, 16, 22, 23, 80):
        around = date(today.year - age, 3, 1) if today == LEAP_DAY else today
        around = around.replace(year=today.year - age, day=min(around.day, 28))
        births += [(around + timedelta(days=shift)).isoformat() for shift in range(-3, 4)]
        births += [f"{today.year - age}-{month:02d}-00" for month in range(13)]
    births = [one for one in births if one <= today.isoformat()]
    found = in_browser(
        page,
        "person.js",
        "return given.births.map((one) => m.ageGroup(one, given.today));",
        {"births": births, "today": today.isoformat()},
    )
    assert found == [age_group(one, today=today).value for one in births]
    assert len(set(found)) == 4


def test_the_text_of_a_cell_means_the_same(page: Page) -> None:
    found = in_browser(
        page,
        "cells.js",
        """return given.cells.map((one) => [
               m.isoDateText(one), m.calendarDate(one), m.numberText(one), m.isScientific(one),
               m.chosen(one, given.choices)]);""",
        {"cells": CELLS, "choices": [one.value for one in Reaction]},
    )
    for cell, one in zip(CELLS, found, strict=True):
        day = calendar_date(cell)
        assert one == [
            iso_date_text(cell),
            day and day.isoformat(),
            number_text(cell),
            is_scientific(cell),
            chosen(cell, Reaction),
        ], cell


@pytest.mark.parametrize(
    ("typed", "canonical", "group"),
    [
        (("12345672", "1-2-1980"), "bsn:012345672;geboortedatum:19800201", "23+"),
        (("1234.56.782", "00-00-2010"), "bsn:123456782;geboortedatum:20100000", "12-15"),
        (("123456782 ", " 2015-11-23"), "bsn:123456782;geboortedatum:20151123", "0-11"),
    ],
)
def test_what_is_typed_becomes_a_person(
    page: Page, typed: tuple[str, str], canonical: str, group: str
) -> None:
    code = """const [bsn, geboortedatum] = given;
              return m.readPerson({bsn, geboortedatum}, "2026-11-22");"""
    assert in_browser(page, "person.js", code, typed) == {
        "person": {"canonical": canonical, "ageGroup": group},
        "faults": [],
    }


def test_the_eleven_test_answers_while_somebody_types(page: Page) -> None:
    typed = ["1234", "123456789", "123456782", "1234 56 782"]
    found = in_browser(page, "person.js", "return given.map((one) => m.bsnFault(one));", typed)
    assert found == [
        "moet uit negen cijfers bestaan",
        "voldoet niet aan de elfproef; controleer de cijfers",
        None,
        None,
    ]


def test_the_day_is_that_in_the_netherlands(page: Page) -> None:
    page.clock.set_fixed_time("2026-06-30T22:30:00Z")
    assert in_browser(page, "cells.js", "return m.todayInTheNetherlands();", None) == "2026-07-01"
