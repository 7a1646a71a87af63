import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verwijsindex.client import (
    Deferral,
    DeferralReason,
    Informed,
    InformedBy,
    Informing,
    OwnUnit,
    Reaction,
    Way,
)
from verwijsindex.client.client_file import Column, RawRow
from verwijsindex.client.rows import FaultyRow, ReadyRow, interpret_row, matching_units

TODAY = date(2026, 11, 22)
UNITS = (
    OwnUnit("a1", "Wijkteam Noord", "jeugd"),
    OwnUnit("a2", "Schuldhulp", "schulden"),
    OwnUnit("a3", "schuldhulp", "schulden"),
)
GOOD = {
    Column.BSN: "123456782",
    Column.BIRTH_DATE: "31-01-1980",
    Column.REFERENCE: "D-2291",
    Column.UNIT: "wijkteam noord",
    Column.PROFESSIONAL: "jvries",
    Column.WAY: "gesprek",
    Column.TOLD_ON: "20-11-2026",
    Column.REACTION: "geen_bezwaar",
    Column.LAPSES_ON: "01-12-2027",
}


def interpret(**changes):
    cells = GOOD | {Column[name]: value for name, value in changes.items()}
    return interpret_row(RawRow(2, cells), units=UNITS, today=TODAY)


def faults(row):
    assert isinstance(row, FaultyRow)
    return {fault.field: fault.reason for fault in row.faults}


def test_a_good_row_becomes_a_signal():
    row = interpret()
    assert isinstance(row, ReadyRow)
    assert row.details.unit_id == "a1"
    assert row.details.professional_key == "jvries"
    assert row.details.reference == "D-2291"
    assert row.details.lapses_on == date(2027, 12, 1)
    assert row.details.informed == Informing(
        Way.CONVERSATION, date(2026, 11, 20), Reaction.NO_OBJECTION, InformedBy.OWN, None
    )


def test_empty_cells_mean_team_own_reference_and_defaults():
    row = interpret(PROFESSIONAL="", REFERENCE="", LAPSES_ON="", REACTION="")
    assert row.details.professional_key is None
    assert row.details.reference is None
    assert row.details.lapses_on is None
    assert row.details.informed.reaction is Reaction.NOT_ASKED


@pytest.mark.parametrize("written", ["12345672", "12345672.0", "12.345.672"])
def test_a_lost_zero_gives_the_same_person(written):
    assert interpret(BSN=written).person == interpret(BSN="012345672").person


@pytest.mark.parametrize("written", ["1980-01-31", "31-1-1980", "19800131"])
def test_every_spelling_of_the_birth_date_gives_the_same_person(written):
    assert interpret(BIRTH_DATE=written).person == interpret().person


def test_an_unknown_day_of_birth_is_allowed():
    assert isinstance(interpret(BIRTH_DATE="00-00-1980"), ReadyRow)


def test_a_person_without_bsn_is_registered_by_v_number_and_one_with_a_bsn_is_not():
    by_v_number = interpret(BSN="", V_NUMBER="1234567890")
    assert by_v_number.person.canonical.value.startswith(b"vnummer:1234567890;")
    assert interpret(V_NUMBER="1234567890").person == interpret().person


def test_a_person_without_any_number_cannot_be_in_the_index():
    assert "kan iemand niet in de index" in faults(interpret(BSN=""))["bsn"]


def test_all_faults_of_a_row_come_at_once():
    row = interpret(
        BSN="123456789",
        BIRTH_DATE="31-31-1980",
        REFERENCE="1" * 33,
        UNIT="Elders",
        PROFESSIONAL="Jan de Vries",
        WAY="rooksignaal",
        TOLD_ON="30-02-2026",
        REACTION="ja",
        TOLD_BY="buurman",
        TOLD="moeder",
        LAPSES_ON="ooit",
    )
    assert list(faults(row)) == [
        "bsn",
        "geboortedatum",
        "kenmerk",
        "afdeling",
        "medewerker",
        "informeren_wijze",
        "informeren_datum",
        "reactie",
        "informeren_door",
        "informeren_aan",
        "vervaltdatum",
    ]


def test_every_required_cell_that_is_empty_is_named():
    empty = interpret_row(RawRow(2, {Column.REFERENCE: "1"}), units=UNITS, today=TODAY)
    assert set(faults(empty)) == {
        "bsn",
        "geboortedatum",
        "afdeling",
        "informeren_wijze",
        "informeren_datum",
    }


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"BSN": "1,23E+08"}, "bsn", "ingekort"),
        ({"BSN": "123456789"}, "bsn", "elfproef"),
        ({"BIRTH_DATE": "1980"}, "geboortedatum", "dd-mm-jjjj"),
        ({"BIRTH_DATE": "23-11-2026"}, "geboortedatum", "toekomst"),
        ({"UNIT": "schuldhulp"}, "afdeling", "gebruik het id"),
        ({"TOLD_ON": "23-11-2026"}, "informeren_datum", "toekomst"),
        ({"LAPSES_ON": "21-11-2026"}, "vervaltdatum", "verleden"),
        ({"REFERENCE": "D 31-01-1980"}, "kenmerk", "mag het BSN of de geboortedatum niet"),
        ({"REFERENCE": "123456782"}, "kenmerk", "mag het BSN of de geboortedatum niet"),
        ({"PARENT_1": "123456789"}, "ouder1_bsn", "elfproef"),
        ({"PARENT_2": "1,23E+08"}, "ouder2_bsn", "ingekort"),
        ({"PARENT_1": "123456782"}, "ouder1_bsn", "hetzelfde BSN"),
        ({"PARENT_1": "111222333", "PARENT_2": "111222333"}, "ouder2_bsn", "hetzelfde BSN"),
        (
            {"PARENT_1": "111222333", "REFERENCE": "111222333"},
            "kenmerk",
            "mag het BSN of de geboortedatum niet",
        ),
    ],
)
def test_a_fault_says_what_to_do(changes, field, reason):
    found = faults(interpret(**changes))
    assert list(found) == [field]
    assert reason in found[field]


def test_a_unit_is_found_by_id_even_where_names_are_double():
    assert interpret(UNIT="A2").details.unit_id == "a2"
    assert [unit.id for unit in matching_units(UNITS, "SCHULDHULP")] == ["a2", "a3"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("client", {Informed.CLIENT}),
        ("Cliënt", {Informed.CLIENT}),
        ("beide", set(Informed)),
        ("client en gezaghebbenden", set(Informed)),
        ("gezaghebbenden,client", set(Informed)),
    ],
)
def test_who_was_told_may_be_written_in_several_ways(text, told):
    assert interpret(TOLD=text).details.informed.told == told


def test_a_row_with_too_many_cells_is_faulty_as_a_whole():
    row = interpret_row(RawRow(2, GOOD, has_surplus=True), units=UNITS, today=TODAY)
    assert list(faults(row)) == ["rij"]


def test_a_deferral_takes_the_place_of_the_columns_on_informing():
    deferral = Deferral(DeferralReason.NOT_REACHED, date(2026, 12, 1))
    cells = GOOD | {Column.WAY: "", Column.TOLD_ON: ""}
    row = interpret_row(RawRow(2, cells), units=UNITS, today=TODAY, deferral=deferral)
    assert row.details.informed == deferral


@given(
    st.dictionaries(
        st.sampled_from(Column),
        st.text(max_size=40) | st.from_regex(r"[0-9.\-]{6,12}", fullmatch=True),
    )
)
def test_no_fault_repeats_what_is_in_the_row(cells):
    row = interpret_row(RawRow(2, cells), units=UNITS, today=TODAY)
    assert isinstance(row, FaultyRow)
    assert row.faults
    long_digits = {d for cell in cells.values() for d in re.findall(r"[0-9]{5,}", cell)}
    said = " ".join(fault.reason for fault in row.faults)
    assert not any(digits in said for digits in long_digits)
    assert not any(digits in repr(row) for digits in long_digits)


def test_a_ready_row_does_not_print_the_person_or_the_reference():
    shown = repr(interpret())
    assert "123456782" not in shown
    assert "1980" not in shown
    assert "2291" not in shown
