"""vi-client's readers of files, on anything: they refuse in their own words, and repeat nothing."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from tests.strategies import bsns
from verwijsindex.client.answers import OwnUnit
from verwijsindex.client.cells import calendar_date, iso_date_text, number_text
from verwijsindex.client.client_file import (
    TEMPLATE_COLUMNS,
    Column,
    RawRow,
    read_client_file,
)
from verwijsindex.client.errors import ClientError, FileRefused
from verwijsindex.client.rows import FaultyRow, ReadyRow, interpret_row

TODAY = date(2026, 11, 23)
BSN = "123456782"
UNITS = tuple(
    OwnUnit(str(UUID(int=n)), f"Team {name}", "welzijn") for n, name in enumerate(("Noord", "Zuid"))
)
HEADER = ";".join(TEMPLATE_COLUMNS).encode()
few = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
many = settings(max_examples=3000, suppress_health_check=[HealthCheck.too_slow])


def read(content: bytes) -> tuple[RawRow, ...] | str:
    """Return the rows, or why there are none."""
    with NamedTemporaryFile(suffix=".csv") as file:
        file.write(content)
        file.flush()
        try:
            return read_client_file(Path(file.name))
        except FileRefused as refused:
            return f"{refused} {refused.__cause__ or ''}"


def check(content: bytes) -> None:
    """Read *content*, and interpret what there is to interpret."""
    rows = read(content)
    if isinstance(rows, str):
        assert rows
        assert BSN not in rows
        return
    for row in rows:
        check_row(row, BSN)


def check_row(row: RawRow, *secrets: str) -> None:
    try:
        found = interpret_row(row, units=UNITS, today=TODAY)
    except ClientError:
        raise AssertionError("a row's faults are values, not errors") from None
    assert isinstance(found, ReadyRow | FaultyRow)
    told = repr(found)
    if isinstance(found, FaultyRow):
        assert found.faults
        told += " ".join(fault.field + fault.reason for fault in found.faults)
        told += found.reference
    for secret in secrets:
        # Standing alone: in a longer number some BSN or other stands by chance.
        assert not re.search(rf"(?<!\d){secret}(?!\d)", told)


bits = st.sampled_from(
    [
        HEADER,
        BSN.encode(),
        b";",
        b",",
        b'"',
        b'""',
        b"\r\n",
        b"\n",
        b"\r",
        b"\xef\xbb\xbf",
        b"bsn;",
        b"01-02-1980",
        b"1.23457E+08",
        b"\xff\xfe",
        b"\x85",
        b"=1+1",
        b"\x00",
        b" ",
    ]
)
pieces = st.lists(st.one_of(bits, st.binary(max_size=8)), max_size=40).map(b"".join)


@given(st.binary(max_size=300))
@example(b"PK\x03\x04")
@example(b"\xd0\xcf\x11\xe0")
@few
def test_any_bytes(content: bytes) -> None:
    check(content)


@given(pieces)
@example(HEADER + b"\n" + b'"' + BSN.encode())
@example(HEADER + b"\n" + BSN.encode() + b";" * 5000)
@example(HEADER + b"\n" + b"x" * 200_000)
@few
def test_pieces_of_csv(content: bytes) -> None:
    check(content)


@given(pieces)
@few
def test_rows_below_a_good_header(content: bytes) -> None:
    check(HEADER + b"\r\n" + content)


@given(bsns(), st.sampled_from(list(TEMPLATE_COLUMNS)), st.sampled_from(["{}", "BSN {}", "{}bsn"]))
@few
def test_a_bsn_in_any_column_is_in_no_message(number: str, column: Column, form: str) -> None:
    row = {Column.BIRTH_DATE: "31-01-1980", column: form.format(number)}
    check_row(RawRow(2, row), number, number.lstrip("0"))
    header = HEADER.decode().replace(column, number)
    said = read(f"{header}\r\n{number};x\r\n".encode())
    assert isinstance(said, str)
    assert number not in said


cells = st.one_of(st.text(max_size=40), bsns(), st.sampled_from(["31-01-1980", "Team Noord", "ja"]))


@given(st.dictionaries(st.sampled_from(list(Column)), cells), st.booleans())
@few
def test_any_cells(row: dict[Column, str], has_surplus: bool) -> None:
    check_row(RawRow(2, row, has_surplus=has_surplus))


@given(st.text(max_size=60))
@few
def test_any_text_as_a_cell(text: str) -> None:
    iso_date_text(text)
    calendar_date(text)
    number_text(text)


@cache
def workbook() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([str(column) for column in TEMPLATE_COLUMNS])
    sheet.append([int(BSN), date(1980, 1, 31), "D-1", "Team Noord", "m1"])
    sheet.append([BSN, "31-01-1980", None, True, 1.5, float("1e300")])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@cache
def members() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(content: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, inner in content.items():
            archive.writestr(name, inner)
    return out.getvalue()


@st.composite
def bent(draw: st.DrawFn, content: bytes) -> bytes:
    """Return *content* with a few places overwritten, cut out or doubled."""
    bytes_ = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(bytes_) - 1)))
        length = draw(st.integers(0, 12))
        bytes_[at : at + length] = draw(st.binary(max_size=12))
    return bytes(bytes_)


@st.composite
def bent_workbooks(draw: st.DrawFn) -> bytes:
    """Return a workbook with one of its parts bent, left out or put in another one's place."""
    content = dict(members())
    name = draw(st.sampled_from(sorted(content)))
    match draw(st.sampled_from(["bent", "gone", "other", "xml"])):
        case "bent":
            content[name] = draw(bent(content[name]))
        case "gone":
            del content[name]
        case "other":
            content[name] = content[draw(st.sampled_from(sorted(content)))]
        case _:
            text = content[name].decode()
            old = draw(
                st.sampled_from(["<v>", "</v>", 't="n"', 't="s"', "sheet1", "A1", "ref=", "1"])
            )
            new = draw(st.sampled_from(["", "<v>9999999999</v>", 't="x"', "ZZZZ99999999", "-1"]))
            content[name] = text.replace(old, new, draw(st.integers(1, 3))).encode()
    return packed(content)


def test_the_workbook_that_is_bent_is_a_good_one() -> None:
    rows = read(workbook())
    assert not isinstance(rows, str)
    assert [row.cell(Column.BSN) for row in rows] == [BSN, BSN]


@given(st.data())
@few
def test_a_damaged_workbook(data: st.DataObject) -> None:
    check(data.draw(bent(workbook())))


@given(bent_workbooks())
@few
def test_a_workbook_that_is_not_what_it_says(content: bytes) -> None:
    check(content)


@pytest.mark.slow
@given(st.one_of(pieces.map(lambda rest: HEADER + b"\r\n" + rest), pieces, bent_workbooks()))
@many
def test_many_of_each(content: bytes) -> None:
    check(content)
