"""A file, or pasted rows, means the same in the browser as to vi-client: rows, faults, bodies."""

from __future__ import annotations

import base64
import io
import random
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page

from crypto import base64url
from crypto.oprf import Blind
from tests.verwijsindex.web.modules.test_person import DATES, NUMBERS, TODAY
from verwijsindex.client import OwnUnit
from verwijsindex.client.blinding import blind_person
from verwijsindex.client.client_file import (
    TEMPLATE_COLUMNS,
    Column,
    RawRow,
    read_client_file,
    template,
)
from verwijsindex.client.errors import FileRefused
from verwijsindex.client.importing import column_of
from verwijsindex.client.rows import FaultyRow, interpret_row
from verwijsindex.client.signals import Deferral, DeferralReason, signal_body
from verwijsindex.client.wording import field_words

pytestmark = pytest.mark.browser
HEADER = ";".join(TEMPLATE_COLUMNS)
ROW = "123456782;31-01-1980;D-2291;Zorg;jvries;gesprek;20-11-2026;geen_bezwaar;01-12-2027"
ACCENTED = ROW.replace("Zorg", "Cliënten €")
UNITS = (
    OwnUnit("0193c0de-0000-7000-8000-000000000001", "Wijkteam Noord", "jeugd"),
    OwnUnit("a2", "Schuldhulp", "schulden"),
    OwnUnit("a3", "schuldhulp ", "schulden"),
    OwnUnit("a4", "Äpfel", "zorg"),
)
QUOTED = ";".join(f'"{name}"' for name in TEMPLATE_COLUMNS)
HERE = "Begin met de kopregel van het sjabloon"


def sheet(*rows: tuple[Any, ...], start: int = 1, from_1904: bool = False) -> bytes:
    book = openpyxl.Workbook()
    if from_1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    assert book.active is not None
    for number, cells in enumerate((TEMPLATE_COLUMNS, *rows), start=start):
        for place, value in enumerate(cells, start=1):
            book.active.cell(number, place, str(value) if isinstance(value, Column) else value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


PERSON = (
    12345672.0,
    date(1980, 1, 31),
    2291,
    " Zorg ",
    4711,
    "brief",
    datetime(2026, 11, 20, 23, 59),  # noqa: DTZ001 (a workbook has no time zones)
    None,
    "2027-12-01",
)
FILES = {
    "utf-8": f"{HEADER}\r\n{ACCENTED}\r\n".encode(),
    "with a mark": f"{HEADER}\r\n{ACCENTED}\r\n".encode("utf-8-sig"),
    "windows-1252": f"{HEADER}\r\n{ACCENTED}".encode("cp1252"),
    "comma": f"{HEADER}\n{ACCENTED}\n".replace(";", ",").encode(),
    "old line ends": f"{HEADER}\r{ROW}\r\r{ROW}\r".encode(),
    "quotes": f'{QUOTED}\n"1;2";"x ""y"" z";" a\r\nb ";;;;;;\n{ROW}'.encode(),
    "empty rows": f"\r\n \n{HEADER}\n;;;;;;;;\n{ROW}\n\n\n{ROW}\n".encode(),
    "capitals": f"{HEADER.upper().replace('N_W', 'n-  w')}\n{ROW}".encode(),
    "another order": f"{';'.join(HEADER.split(';')[::-1])};vnummer\n{ROW}".encode(),
    "too many": f"{HEADER};;\n{ROW};x\n{ROW};;\n{ROW};;;;y".encode(),
    "too few": f"{HEADER}\n123456782;31-01-1980".encode(),
    "v-number for bsn": f"{HEADER.replace('bsn', 'vnummer')}\n{ROW}".encode(),
    "neither number": f"{HEADER.removeprefix('bsn;')}\n{ROW}".encode(),
    "template": template(),
    "nothing": b"",
    "spaces": b" \n;;\n",
    "no header": f"{ROW}\n{ROW}".encode(),
    "no name known": b"naam;leeftijd;;\n1;2\n",
    "one name": "\nClïënten (2026)\n".encode(),
    "one longer name": b"Overzicht van week 12\n",
    "a person among names": b"naam;31-01-80\n",
    "wrong header": f"{HEADER.replace('medew', 'mw').replace('reactie', 'kenmerk')}\n{ROW}".encode(),
    "wide header": f"{HEADER}{';' * 30};onbekend\n{ROW}".encode(),
    "open quote": f'{HEADER}\n{ROW}\n"{ROW}\n{ROW}'.encode(),
    "text after a quote": f'{HEADER}\n"a"b;{ROW}'.encode(),
    "utf-16": HEADER.encode("utf-16"),
    "no text": HEADER.encode() + b"\n\x00",
    "old excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "unreadable": f"{HEADER}\n".encode() + b"\x81",
    "workbook": sheet(PERSON),
    "workbook from 1904": sheet(PERSON, from_1904=True),
    "workbook lower down": sheet(PERSON, (), PERSON, start=5),
    "workbook with marks": sheet(("0123456782", "00-00-1980", "a & <b> 'c'\n_x000D_", "ë€", True)),
    "empty workbook": sheet(),
    "no workbook": b"PK\x03\x04 and nothing after it",
}


def ours(path: Path) -> Any:
    try:
        rows = read_client_file(path)
    except FileRefused as refused:
        told = str(refused).replace(f"{HERE}: vi-client template", HERE)
        return told.replace(f"{path.name} is geen", "Dit is geen")
    return [[row.number, filled(row.cells), row.has_surplus] for row in rows]


def filled(cells: Any) -> dict[str, str]:
    return {str(column): text for column, text in cells.items() if text}


def theirs(page: Page, code: str, argument: Any) -> Any:
    read = page.evaluate(
        f"""async (given) => {{
                const {{ readFile, readPasted, FileRefused }} = await import("/static/import_table.js");
                try {{ return {code}; }} catch (error) {{
                    if (!(error instanceof FileRefused)) throw error;
                    return error.message;
                }}
            }}""",
        argument,
    )
    if isinstance(read, str):
        return read
    return [[row["number"], filled(row["cells"]), row["hasSurplus"]] for row in read]


def read_there(page: Page, content: bytes) -> Any:
    code = "readFile(Uint8Array.from(atob(given), (one) => one.charCodeAt(0)))"
    return theirs(page, code, base64.b64encode(content).decode())


def test_every_file_is_read_or_refused_as_by_vi_client(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "bestand"
    for name, content in FILES.items():
        path.write_bytes(content)
        assert read_there(page, content) == ours(path), name


def test_what_excel_makes_of_dates_and_numbers_is_read_as_by_vi_client(
    page: Page, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append([str(one) for one in TEMPLATE_COLUMNS])
    formats = (
        "dd-mm-yyyy", 'd" dag "mmm', "[$-413]d mmm yyyy;@", "yyyy\\-mm\\-dd", "h:mm", "General",
        "0", "#,##0.00", '0 "dm"', "[Red]0", "@", "00000000",
    )  # fmt: skip
    numbers = (1, 59, 60, 61, 366, 29251, 29251.75, 44000.9999999999, 12345672, 123456782, 0, 1.5)
    for form in formats:
        for some in (numbers[:9], numbers[9:]):
            row = book.active.max_row + 1
            for column, number in enumerate(some, start=1):
                book.active.cell(row, column, number).number_format = form
    buffer = io.BytesIO()
    book.save(buffer)
    path = tmp_path / "datums.xlsx"
    path.write_bytes(buffer.getvalue())
    expected, found = ours(path), read_there(page, buffer.getvalue())
    # Under a day it is a time to one and a number to the other, and to neither a date.
    assert [row[0] for row in found] == [row[0] for row in expected]
    for one, other in zip(found, expected, strict=True):
        assert {c: t for c, t in one[1].items() if ":" not in other[1][c]} == {
            c: t for c, t in other[1].items() if ":" not in t
        }


def test_a_workbook_that_other_programs_wrote_is_read_as_by_vi_client(
    page: Page, tmp_path: Path
) -> None:
    """Prefixes, absolute targets, inline and rich texts, rows and cells without a place."""
    names = "".join(
        f'<x:c t="inlineStr"><x:is><x:t>{one}</x:t></x:is></x:c>' for one in TEMPLATE_COLUMNS
    )
    space = 'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f"""<Relationships
            xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
            <Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/>
            </Relationships>""",
        "xl/workbook.xml": f"""<?xml version="1.0"?><x:workbook {space} xmlns:r="{office}">
            <x:sheets><x:sheet name="een" sheetId="9" r:id="rB"/><x:sheet name="twee" sheetId="1"
            r:id="rA"/></x:sheets></x:workbook>""",
        "xl/_rels/workbook.xml.rels": f"""<Relationships
            xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
            <Relationship Id="rA" Type="{office}/worksheet" Target="worksheets/a.xml"/>
            <Relationship Target="/xl/worksheets/b.xml" Type="{office}/worksheet" Id="rB"/>
            <Relationship Id="rC" Type="{office}/sharedStrings" Target="sharedStrings.xml"/>
            </Relationships>""",
        "xl/sharedStrings.xml": f"""<x:sst {space}><x:si><x:r><x:t>Wijk</x:t></x:r><x:r>
            <x:t xml:space="preserve">team </x:t></x:r><x:rPh sb="0" eb="1"><x:t>nee</x:t></x:rPh>
            </x:si><x:si/><x:si><x:t>a &lt;&#98;&#x63;&gt; &amp;amp;</x:t></x:si></x:sst>""",
        "xl/worksheets/a.xml": f"<x:worksheet {space}><x:sheetData/></x:worksheet>",
        "xl/worksheets/b.xml": f"""<x:worksheet {space}><x:dimension ref="A1:I4"/><x:sheetData>
            <x:row r="1">{names}</x:row>
            <x:row r="3"><x:c r="A3"><x:v>123456782</x:v></x:c><x:c r="D3" t="s"><x:v>0</x:v></x:c>
            <x:c r="E3" t="str"><x:f>"m"&amp;1</x:f><x:v>m1</x:v></x:c><x:c r="F3" t="s"><x:v>2</x:v>
            </x:c><x:c r="G3"/><x:c r="H3" t="e"><x:v>#N/A</x:v></x:c></x:row>
            </x:sheetData></x:worksheet>""",
    }
    path = tmp_path / "anders.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    found = read_there(page, path.read_bytes())
    assert found == ours(path)
    assert found[0][1]["afdeling"] == "Wijkteam"


def test_pasted_rows_are_read_as_the_same_rows_of_a_file(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "rijen.csv"
    pasted = f'{HEADER}\r\n{ROW}\r\n;;"a ""b""\nc";;;;;;\r\n'
    path.write_text(pasted, newline="")
    code = "readPasted(given)"
    assert theirs(page, code, pasted.replace(";", "\t")) == ours(path)
    assert theirs(page, code, pasted) == ours(path)


def test_rows_pasted_without_a_header_have_the_columns_of_the_template(page: Page) -> None:
    ((number, cells, has_surplus),) = theirs(page, "readPasted(given)", ROW.replace(";", "\t"))
    assert (number, has_surplus) == (1, False)
    assert cells == dict(zip(map(str, TEMPLATE_COLUMNS), ROW.split(";"), strict=True))


def test_the_template_is_the_same(page: Page) -> None:
    code = "(await import('/static/import_table.js')).template()"
    assert page.evaluate(f"async () => {code}").encode() == template()


CHOICES = {
    Column.BSN: (*NUMBERS, "1,23E+08", "12345672.0", "123.456.782"),
    Column.BIRTH_DATE: (*DATES, "1-2-1980", "31-02-2015", "2012-05-00", "2008-11-23"),
    Column.REFERENCE: (
        "", "D-2291", "123456782", "x123456782", "D 31-01-1980", "310180", "zaak 1-2-1980", "5",
        "1" * 33, "é" * 32, "Jansen", "Jansens 1", "2026/12", "1-2-34", "12345678", "a_1#:/.",
        "😀1", "٣", "bsn123456789", "98 76 54 321", "0131", "80131", "1 2 3 4 5 6 7 8 2",
    ),
    Column.UNIT: (
        "wijkteam noord", " Wijkteam  NOORD", "A2", "schuldhulp", "äpfel", "Elders", "",
        "0193C0DE-0000-7000-8000-000000000001",
    ),
    Column.PROFESSIONAL: ("", "m1", "J. de Vries", "x" * 65, "jan\u00ebl"),
    Column.WAY: ("gesprek", "Brief", "rooksignaal", ""),
    Column.TOLD_ON: ("20-11-2026", "2026-11-22", "23-11-2026", "30-02-2026", "", "00-11-2026"),
    Column.REACTION: ("", "geen bezwaar", "ja", "INSTEMMING"),
    Column.LAPSES_ON: ("", "01-12-2027", "21-11-2026", "ooit", "2026-11-22"),
    Column.TOLD_BY: ("", "verwijzer", "buurman"),
    Column.TOLD: (
        "", "beide", "Cliënt", "client en gezaghebbenden", "gezaghebbenden,client", "client+moeder",
        "moeder", "clienten", "en", "client&", "gezaghebbenden",
    ),
    Column.V_NUMBER: ("", "", "1234567890", "123"),
    Column.PARENT_1: ("", "111222333", "123456782", "123456789", "1,23E+08", "12345672.0", "x"),
    Column.PARENT_2: ("", "111222333", "111.222.333", "12345672", "012345672", "12345678"),
}  # fmt: skip


def random_rows(count: int) -> list[RawRow]:
    draw = random.Random(2291)  # noqa: S311
    rows = []
    for number in range(2, count + 2):
        cells = {column: choices[0] for column, choices in CHOICES.items()}
        for column in draw.sample(list(CHOICES), draw.choice((0, 1, 1, 2, 3, 12))):
            cells[column] = draw.choice(CHOICES[column])
        rows.append(RawRow(number, {c: t.strip() for c, t in cells.items()}, draw.random() < 0.02))
    return rows


@pytest.mark.parametrize(
    "deferral", [None, Deferral(DeferralReason.INVESTIGATION, date(2026, 12, 1))]
)
def test_every_row_becomes_the_same_body_or_the_same_faults(
    page: Page, deferral: Deferral | None
) -> None:
    rows = random_rows(4_000)
    found = page.evaluate(
        """async ({rows, units, today, deferral}) => {
            const { interpretRow } = await import("/static/import_rows.js");
            const { signalBody } = await import("/static/signal_body.js");
            return rows.map((row) => {
                const { reference, faults, person, details } =
                    interpretRow(row, {units, today, deferral});
                return {
                    reference, faults, canonical: person?.canonical ?? null,
                    parents: person?.parents,
                    body: person && signalBody({
                        evaluation: "E", blind: "R", ageGroup: person.ageGroup,
                        parents: person.parents.map(() => ({evaluation: "E", blind: "R"})),
                    }, details),
                };
            });
        }""",
        {
            "rows": [
                {
                    "number": row.number,
                    "cells": {str(c): t for c, t in row.cells.items()},
                    "hasSurplus": row.has_surplus,
                }
                for row in rows
            ],
            "units": [{"id": unit.id, "naam": unit.name} for unit in UNITS],
            "today": TODAY.isoformat(),
            "deferral": deferral
            and {
                "uitgesteldReden": deferral.reason.value,
                "herzienDatum": deferral.review_on.isoformat(),
            },
        },
    )
    ready = families = 0
    for row, one in zip(rows, found, strict=True):
        expected = interpret_row(row, units=UNITS, today=TODAY, deferral=deferral)
        assert one["reference"] == expected.reference, row.cells
        if isinstance(expected, FaultyRow):
            faults = [{"field": f.field, "reason": f.reason} for f in expected.faults]
            assert (one["faults"], one["body"]) == (faults, None), row.cells
            continue
        ready += 1
        blinded = blind_person(expected.person)
        body = signal_body("E", blinded, expected.details, parents=["E"] * len(blinded.parents))
        assert one["canonical"] == expected.person.canonical.value.decode()
        assert one["parents"] == [parent.value.decode() for parent in expected.person.parents]
        for parent in body.get("gezin", ()):
            parent["blindering"] = "R"
        families += "gezin" in body
        assert one["body"] == body | {"blindering": "R"}, row.cells
        assert body["blindering"] == base64url.encode(Blind(blinded.blind.value).value)
    assert 500 < ready < 3_500
    assert families > 100


def test_fields_of_an_answer_are_called_the_same(page: Page) -> None:
    names = [
        *Column, "gezin", "signalen[2].gezin[1].evaluatie", "rij", "leeftijdsgroep", "evaluatie", "blindering", "geinformeerd.reden",
        "geinformeerd.herzienDatum", "signalen[3].contact.medewerker", "signalen.3.geinformeerd",
        "[0].geinformeerd.aan[1]", "vervaltDatum", "contact", "onbekend", "<b>", "", "a b",
    ]  # fmt: skip
    found = page.evaluate(
        """async (names) => {
            const { columnOf, fieldWords } = await import("/static/import_answers.js");
            return names.map((name) => [columnOf(name), fieldWords(name)]);
        }""",
        [str(name) for name in names],
    )
    assert found == [[column_of(str(name)), field_words(str(name))] for name in names]
