import csv
import io
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verwijsindex.client import RowFault, write_error_file
from verwijsindex.client.error_file import default_error_path, without_formula


def test_it_holds_row_reference_field_and_reason_for_excel(tmp_path):
    path = tmp_path / "x-fouten.csv"
    write_error_file(path, [RowFault(4, "D-2291", "bsn", "ontbreekt; één")])
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert rows == [["rij", "kenmerk", "veld", "reden"], ["4", "D-2291", "BSN", "ontbreekt; één"]]


def test_it_is_for_the_owner_alone_even_where_an_older_one_was_not(tmp_path):
    path = tmp_path / "x-fouten.csv"
    path.write_text("oud")
    path.chmod(0o644)
    write_error_file(path, [])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "oud" not in path.read_text()
    assert [p.name for p in tmp_path.iterdir()] == ["x-fouten.csv"]


def test_nothing_is_left_behind_when_it_cannot_be_written(tmp_path):
    path = tmp_path / "map"
    path.mkdir()
    with pytest.raises(OSError):
        write_error_file(path, [])
    assert [p.name for p in tmp_path.iterdir()] == ["map"]


def test_it_stands_next_to_the_client_file(tmp_path):
    assert (
        default_error_path(tmp_path / "mijn.clienten.xlsx") == tmp_path / "mijn.clienten-fouten.csv"
    )


@pytest.mark.parametrize(
    ("marks", "dry_run", "name"),
    [
        ((), True, "x-proef-fouten.csv"),
        (("sync", "Schuldhulp"), False, "x-sync-schuldhulp-fouten.csv"),
        (("sync", "Schuldhulp"), True, "x-sync-schuldhulp-proef-fouten.csv"),
        (("sync", "Jeugd & Gezin / ../Zuid?"), False, "x-sync-jeugd-gezin-zuid-fouten.csv"),
        (("sync", "Cliënten"), False, "x-sync-cliënten-fouten.csv"),
        (("sync", "…"), False, "x-sync-fouten.csv"),
    ],
)
def test_each_command_unit_and_trial_has_its_own(tmp_path, marks, dry_run, name):
    assert default_error_path(tmp_path / "x.csv", *marks, dry_run=dry_run) == tmp_path / name


@given(st.sampled_from("=+-@\t\r"), st.text(max_size=10), st.integers(0, 2))
def test_no_cell_begins_as_a_formula(start, rest, spaces):
    assert without_formula(f"{' ' * spaces}{start}{rest}").startswith("'")


@given(st.from_regex(r"[A-Za-z0-9][ -~]{0,10}", fullmatch=True))
def test_other_cells_stay_as_they_are(cell):
    assert without_formula(cell) == cell
