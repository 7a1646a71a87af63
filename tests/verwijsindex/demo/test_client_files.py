"""The example files: the same for the same day, and nobody real in them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date
from functools import cache

import pytest

from verwijsindex.client import OwnUnit
from verwijsindex.client.blinding import age_group
from verwijsindex.client.client_file import read_client_file
from verwijsindex.client.rows import FaultyRow, interpret_row
from verwijsindex.demo.caseloads import DESKS, IN_COMMON, ROWS, SOCIALE_DIENST, WIJKTEAM
from verwijsindex.demo.client_files import ClientFile, ClientFiles, make_client_files
from verwijsindex.demo.expectations import expect
from verwijsindex.demo.members import organisation_files
from verwijsindex.demo.people import WITH_LEADING_ZERO

# Leap days, ends of months and years, and any other day.
DAYS = [date(2026, 11, 23), date(2028, 2, 29), date(2026, 12, 31), date(2027, 3, 1)]


@pytest.fixture(params=DAYS, ids=str)
def today(request: pytest.FixtureRequest) -> date:
    return request.param


@pytest.fixture
def files(today: date) -> ClientFiles:
    return _made(today)


# They take long to make, and no test changes them.
_made = cache(make_client_files)


def rows(file: ClientFile) -> list[dict[str, str]]:
    is_excel = file.name == "sociale-dienst.csv"
    text = file.content.decode("cp1252" if is_excel else "utf-8")
    return list(csv.DictReader(io.StringIO(text), delimiter=";" if is_excel else ","))


def people(file: ClientFile) -> set[str]:
    sound = [row for number, row in enumerate(rows(file), start=2) if number not in file.faults]
    return {row["bsn"].zfill(9) for row in sound}


def test_are_the_same_for_the_same_day(files: ClientFiles, today: date) -> None:
    again = make_client_files(today)
    assert files.sociale_dienst.content == again.sociale_dienst.content
    assert files.wijkteam.content == again.wijkteam.content


def test_have_two_thousand_rows_and_a_hundred_people_in_common(files: ClientFiles) -> None:
    for file in (files.sociale_dienst, files.wijkteam):
        assert len(rows(file)) == ROWS
        assert len(people(file)) == ROWS - len(file.faults)  # nobody twice
    assert len(people(files.sociale_dienst) & people(files.wijkteam)) == IN_COMMON


def test_name_test_persons_alone(files: ClientFiles) -> None:
    for file in (files.sociale_dienst, files.wijkteam):
        assert {bsn for bsn in people(file) if not bsn.startswith("9999")} == {WITH_LEADING_ZERO}


def test_a_zero_is_lost_in_one_file_only(files: ClientFiles) -> None:
    short = WITH_LEADING_ZERO.lstrip("0")
    assert short in {row["bsn"] for row in rows(files.sociale_dienst)}
    assert WITH_LEADING_ZERO in {row["bsn"] for row in rows(files.wijkteam)}


def test_one_file_cannot_be_read_as_utf_8(files: ClientFiles) -> None:
    with pytest.raises(UnicodeDecodeError):
        files.sociale_dienst.content.decode("utf-8")


def test_every_desk_has_people_in_common(files: ClientFiles) -> None:
    for side, organisation in enumerate((SOCIALE_DIENST, WIJKTEAM)):
        counts = Counter(pair[side].desk for pair in files.caseloads.common)
        assert set(counts) == set(DESKS[organisation])


def test_people_of_every_age_group_are_in_them(files: ClientFiles, today: date) -> None:
    groups = {
        age_group(case.person.born.isoformat(), today=today) for case in files.caseloads.wijkteam
    }
    assert groups == {"0-11", "12-15", "16-22", "23+"}


def test_vi_client_finds_the_faults_that_are_its_to_find(
    files: ClientFiles, today: date, tmp_path: object
) -> None:
    from pathlib import Path

    for file, organisation in ((files.sociale_dienst, SOCIALE_DIENST), (files.wijkteam, WIJKTEAM)):
        path = Path(str(tmp_path)) / file.name
        path.write_bytes(file.content)
        units = [
            OwnUnit(id=str(number), name=name, domain="")
            for number, name in enumerate({desk.unit for desk in DESKS[organisation]})
        ]
        read = [interpret_row(row, units=units, today=today) for row in read_client_file(path)]
        found = {
            row.number: tuple((str(fault.field), fault.reason) for fault in row.faults)
            for row in read
            if isinstance(row, FaultyRow)
        }
        local = {n: kind.faults for n, kind in file.faults.items() if not kind.told_by_index}
        assert found == local


def test_what_is_expected_adds_up(files: ClientFiles) -> None:
    expected = expect(files)
    assert expected.matches == IN_COMMON
    assert expected.mails == sum(map(len, DESKS.values()))
    for counts in (expected.sociale_dienst, expected.wijkteam):
        assert counts.accepted + counts.refused == ROWS
        assert counts.refused == 6


def test_the_desks_are_those_of_the_organisation_files() -> None:
    by_name = {facts.name: facts for facts in organisation_files().values()}
    for organisation, desks in DESKS.items():
        facts = by_name[organisation]
        known = {(one["unit_name"], one["key"]) for one in facts.professionals}
        known |= {(unit["name"], None) for unit in facts.units}
        assert {(desk.unit, desk.key) for desk in desks} <= known
