"""The empty lists that the import's page offers."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from tests.people import add_person
from tests.world import World
from verwijsindex.client.client_file import TEMPLATE_COLUMNS, FileRefused, read_client_file

pytestmark = pytest.mark.any_database

XLSX = "/importeren/sjabloon.xlsx"
CSV = "/importeren/sjabloon.csv"


def download(world: World, path: str) -> bytes:
    browser = add_person(world, world.member("Schuldhulp").id, key="m1").browser()
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=clienten.")
    return bytes(answer.data)


def test_the_workbook_has_the_columns_as_text_and_no_data(world: World) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(download(world, XLSX))).active
    assert sheet.max_row == 1
    assert [cell.value for cell in sheet[1]] == list(TEMPLATE_COLUMNS)
    # Else a spreadsheet turns a BSN into a number and a date into another.
    assert sheet.column_dimensions["A"].number_format == "@"
    assert sheet.column_dimensions["A"].max == len(TEMPLATE_COLUMNS)


@pytest.mark.parametrize("path", [XLSX, CSV])
def test_a_template_is_read_as_a_list_without_clients(
    world: World, path: str, tmp_path: Path
) -> None:
    file = tmp_path / "leeg"
    file.write_bytes(download(world, path))
    with pytest.raises(FileRefused, match="geen cliënten"):
        read_client_file(file)


def test_a_page_is_told_whose_session_it_is_and_a_stranger_nothing(world: World) -> None:
    person = add_person(world, world.member("Schuldhulp").id, key="m1")
    answer = person.browser().get("/registreren/sessie", headers={"Accept": "application/json"})
    assert answer.json["account"] == str(person.account_id)
    assert len(answer.json["csrf"]) == 64
    asked = world.http.get("/registreren/sessie", headers={"Accept": "application/json"})
    assert asked.status_code == 401
