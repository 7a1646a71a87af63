from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from verwijsindex.client import FileRefused, read_client_file
from verwijsindex.client.client_file import TEMPLATE_COLUMNS, Column, template

HEADER = ";".join(TEMPLATE_COLUMNS)
ROW = "123456782;31-01-1980;D-2291;Zorg;jvries;gesprek;20-11-2026;geen_bezwaar;01-12-2027"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ","])
def test_both_separators_and_all_encodings_read_the_same(csv_file, encoding, separator):
    row = ROW.replace("Zorg", "Cliënten").replace(";", separator)
    path = csv_file(row, header=HEADER.replace(";", separator), encoding=encoding)
    (read,) = read_client_file(path)
    assert read.cell(Column.UNIT) == "Cliënten"
    assert read.cell(Column.LAPSES_ON) == "01-12-2027"


def test_a_quoted_cell_may_hold_the_separator_and_a_line_break(csv_file):
    path = csv_file('123456782;31-01-1980;"D;22\n91";Zorg;;gesprek;20-11-2026;;', ROW)
    first, second = read_client_file(path)
    assert first.cell(Column.REFERENCE) == "D;22\n91"
    assert [first.number, second.number] == [2, 3]


def test_rows_are_numbered_as_the_spreadsheet_shows_them(csv_file):
    path = csv_file(";;;;;;;;", ROW, "", ROW, header=f"\r\n{HEADER}")
    assert [row.number for row in read_client_file(path)] == [4, 6]


def test_capitals_and_spaces_in_column_names_do_not_matter(csv_file):
    path = csv_file(ROW, header=HEADER.upper().replace("INFORMEREN_WIJZE", '"Informeren wijze"'))
    (row,) = read_client_file(path)
    assert row.cell(Column.WAY) == "gesprek"


def test_columns_may_stand_in_another_order(csv_file):
    names, cells = HEADER.split(";"), ROW.split(";")
    path = csv_file(";".join(reversed(cells)), header=";".join(reversed(names)))
    (row,) = read_client_file(path)
    assert row.cells == dict(zip(names, cells, strict=True))


def test_missing_and_unknown_columns_come_in_one_message(csv_file):
    header = HEADER.replace("medewerker", "behandelaar").replace("reactie", "kenmerk")
    with pytest.raises(FileRefused) as caught:
        read_client_file(csv_file(ROW, header=header))
    message = str(caught.value)
    assert "kolom E heeft een onbekende naam" in message
    assert "kenmerk staat er meer dan één keer" in message
    assert "medewerker ontbreekt" in message
    assert "reactie ontbreekt" in message
    assert "behandelaar" not in message


def test_a_file_without_header_is_refused_without_showing_its_first_person(csv_file):
    with pytest.raises(FileRefused) as caught:
        read_client_file(csv_file(header=ROW))
    assert "kolomnamen" in str(caught.value)
    assert "123456782" not in str(caught.value)


def test_a_header_without_any_known_name_is_repeated_with_what_is_missing(csv_file):
    with pytest.raises(FileRefused) as caught:
        read_client_file(csv_file("Jan;7", header="naam;leeftijd;;ouder1"))
    assert str(caught.value) == (
        "De kolommen 'naam', 'leeftijd' en 'ouder1' ken ik niet; bsn, geboortedatum, kenmerk,"
        " afdeling, medewerker, informeren_wijze, informeren_datum, reactie en vervaltdatum"
        " ontbreken. Begin met de kopregel van het sjabloon: vi-client template."
    )


@pytest.mark.parametrize(
    "telling",
    ["123456782", "1234.56.782", "nr 123456782", "31-01-80", "jan1980", "<jan>", "j" * 41],
)
def test_a_header_with_what_may_be_of_a_person_is_not_repeated(csv_file, telling):
    with pytest.raises(FileRefused) as caught:
        read_client_file(csv_file(header=f"naam;{telling}"))
    assert "De eerste regel bevat geen kolomnamen." in str(caught.value)
    assert "naam'" not in str(caught.value)
    assert telling not in str(caught.value)


def test_the_bsn_column_may_be_left_out_where_there_is_a_v_number(csv_file):
    header = HEADER.replace("bsn", "vnummer")
    (row,) = read_client_file(csv_file(ROW.replace("123456782", "1234567890"), header=header))
    assert row.cell(Column.V_NUMBER) == "1234567890"


def test_a_cell_beyond_the_header_is_noticed_and_empty_ones_are_not(csv_file):
    header, row = f"{HEADER};;", f"{ROW};;"
    surplus, fine, beyond = read_client_file(csv_file(f"{ROW};x;", row, f"{row};;x", header=header))
    assert (surplus.has_surplus, fine.has_surplus, beyond.has_surplus) == (True, False, True)


def test_a_short_row_has_empty_cells(csv_file):
    (row,) = read_client_file(csv_file("123456782;31-01-1980"))
    assert row.cell(Column.LAPSES_ON) == ""


def test_an_open_quote_names_its_row_and_shows_nothing(csv_file):
    with pytest.raises(FileRefused) as caught:
        read_client_file(csv_file(ROW, f'"{ROW}', ROW))
    assert "Rij 3" in str(caught.value)
    assert "123456782" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "leeg"),
        (HEADER.encode(), "geen cliënten"),
        (HEADER.encode("utf-16"), "CSV UTF-8"),
        (b"\x7fELF\x02\x00", r"^bestand\.csv is geen CSV of Excel-bestand \(XLSX\)\.$"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "wachtwoord"),
        (b"PK\x03\x04 and no workbook", "beschadigd"),
        (HEADER.encode() + b"\n\x81", "onleesbaar"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_to_do(tmp_path, content, message):
    path = tmp_path / "bestand.csv"
    path.write_bytes(content)
    with pytest.raises(FileRefused, match=message):
        read_client_file(path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("weg.csv", "Het bestand weg.csv bestaat niet of kan niet gelezen worden."),
        ("1234.56.782.csv", "Het bestand bestaat niet of kan niet gelezen worden."),
        ("jansen-31-01-80.csv", "Het bestand bestaat niet of kan niet gelezen worden."),
    ],
)
def test_a_file_that_is_not_there_is_named_unless_its_name_may_tell_of_somebody(
    tmp_path, name, said
):
    with pytest.raises(FileRefused) as caught:
        read_client_file(tmp_path / name)
    assert str(caught.value) == said


def test_a_workbook_gives_numbers_and_dates_as_text(xlsx_file):
    path = xlsx_file(
        (
            12345678.0,
            date(1980, 1, 31),
            2291,
            "Zorg",
            4711,
            "brief",
            datetime(2026, 11, 20, 9, 0, tzinfo=UTC).replace(tzinfo=None),
            None,
            "2027-12-01",
        )
    )
    (row,) = read_client_file(path)
    assert row.cell(Column.BSN) == "12345678"
    assert row.cell(Column.BIRTH_DATE) == "1980-01-31"
    assert row.cell(Column.REFERENCE) == "2291"
    assert row.cell(Column.PROFESSIONAL) == "4711"
    assert row.cell(Column.TOLD_ON) == "2026-11-20"
    assert row.cell(Column.REACTION) == ""


def test_a_sheet_that_begins_lower_down_keeps_its_row_numbers(xlsx_file):
    cells = tuple(ROW.split(";"))
    path = xlsx_file(cells, (None,) * 9, cells, start_row=5)
    assert [row.number for row in read_client_file(path)] == [6, 8]


def test_an_empty_workbook_is_empty(xlsx_file):
    with pytest.raises(FileRefused, match="leeg"):
        read_client_file(xlsx_file(header=""))


def test_the_template_is_read_as_a_file_without_clients(tmp_path):
    path = tmp_path / "sjabloon.csv"
    path.write_bytes(template())
    with pytest.raises(FileRefused, match="geen cliënten"):
        read_client_file(path)


def test_the_template_has_the_columns_of_the_contract():
    assert template().decode("utf-8-sig") == (
        "bsn;geboortedatum;kenmerk;afdeling;medewerker;"
        "informeren_wijze;informeren_datum;reactie;vervaltdatum\r\n"
    )


def test_a_row_does_not_print_its_cells(csv_file):
    (row,) = read_client_file(csv_file(ROW))
    assert "123456782" not in repr(row)
    assert "1980" not in repr(row)


@given(content=st.binary(max_size=400), whole=st.booleans())
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_read_or_refused(tmp_path, content, whole):
    path = tmp_path / "bestand.csv"
    path.write_bytes(content if whole else HEADER.encode() + b"\n" + content)
    try:
        rows = read_client_file(path)
    except FileRefused:
        return
    assert all(row.number > 1 for row in rows)
