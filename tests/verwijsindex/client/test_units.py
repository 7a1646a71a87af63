"""Which unit somebody means with ``--afdeling``."""

import pytest

from verwijsindex.client import FileRefused, OwnUnit
from verwijsindex.client.units import chosen_unit

NORTH, DEBTS, TWIN = (
    OwnUnit("a1", "Wijkteam Noord", "jeugd"),
    OwnUnit("a2", "Schuldhulp", "schulden"),
    OwnUnit("a3", "Schuldhulp", "wonen"),
)


@pytest.mark.parametrize(
    ("text", "unit"), [("wijkteam  noord", NORTH), ("A1", NORTH), ("a2", DEBTS), ("a3", TWIN)]
)
def test_a_unit_is_named_or_told_by_its_id(text, unit):
    assert chosen_unit((NORTH, DEBTS, TWIN), text) == unit


def test_the_only_unit_need_not_be_named():
    assert chosen_unit((NORTH,), "") == NORTH


@pytest.mark.parametrize(
    ("units", "text", "told"),
    [
        (
            (NORTH, DEBTS),
            "",
            (
                "Geef met --afdeling de naam van de afdeling.\n"
                "Uw afdelingen:\n  Wijkteam Noord\n  Schuldhulp"
            ),
        ),
        (
            (NORTH, DEBTS),
            "Schuldhulpp",
            (
                "Schuldhulpp is geen afdeling van u. Bedoelt u Schuldhulp?\n"
                "Uw afdelingen:\n  Wijkteam Noord\n  Schuldhulp"
            ),
        ),
        (
            (NORTH, DEBTS, TWIN),
            "Jeugd",
            (
                "Jeugd is geen afdeling van u.\n"
                "Uw afdelingen:\n  Wijkteam Noord\n  Schuldhulp (a2)\n  Schuldhulp (a3)"
            ),
        ),
        (
            (DEBTS, TWIN),
            "schuldhulp",
            (
                "Meer dan één afdeling heet Schuldhulp. Geef met --afdeling het id.\n"
                "Uw afdelingen:\n  Schuldhulp (a2)\n  Schuldhulp (a3)"
            ),
        ),
        ((NORTH,), "123456782", "Dit is geen afdeling van u.\nUw afdelingen:\n  Wijkteam Noord"),
        ((), "", "Geef met --afdeling de naam van de afdeling."),
    ],
)
def test_who_names_none_or_a_wrong_one_hears_which_there_are(units, text, told):
    with pytest.raises(FileRefused) as caught:
        chosen_unit(units, text)
    assert str(caught.value) == told
