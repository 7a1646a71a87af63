"""What differs between two profiles, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.profile_contents import whole_profile
from tests.rich_profile import rich_profile
from verwijsindex.api.profile_schemas import ProfileSchema
from verwijsindex.http.fields import Part, Several
from verwijsindex.web.comparison_reading import LABELS, Change, changes


def keys(schema: Any) -> Iterator[str]:
    for name, field in schema.fields.items():
        yield field.data_key or name
        inner = field.inner if isinstance(field, Several) else field
        if isinstance(inner, Part):
            yield from keys(inner.schema)


def test_every_field_of_a_profile_has_a_label_and_there_are_no_others() -> None:
    assert set(LABELS) == set(keys(ProfileSchema()))
    assert not [one for one in LABELS.values() if "_" in one]


def test_a_profile_does_not_differ_from_itself() -> None:
    assert changes(rich_profile(), rich_profile()) == {}


def test_two_that_differ_everywhere_can_be_compared() -> None:
    found = changes(whole_profile(), rich_profile())
    lines = [line for part in found.values() for one in part for line in (*one.before, *one.after)]
    assert len(lines) > 50
    assert not [line for line in lines if "{" in line or "None" in line]


def test_a_product_that_is_new_is_told_as_a_whole() -> None:
    after = whole_profile()
    extra = after["producten"][0] | {"sleutel": "nazorg", "naam": "Nazorg", "duur": None}
    after["producten"].append(extra)
    (new,) = changes(whole_profile(), after)["Producten"]
    assert (new.where, new.before) == ("Nazorg", ["was er nog niet"])
    assert "leefgebieden: financiën" in new.after
    (gone,) = changes(after, whole_profile())["Producten"]
    assert gone.after == ["is er niet meer"]


def test_what_was_filled_in_first_says_what_was_not() -> None:
    after = whole_profile()
    after["reactietijden"]["crisis"] = {"aantal": 0, "eenheid": "uur"}
    expected = Change("Bij een crisis", ["niet ingevuld"], ["meteen"])
    assert changes(whole_profile(), after) == {"Reactietijden": [expected]}


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ("afdelingen", "Budgetteam, toelichting"),
        ("grondslagen", "Grondslag, toelichting"),
        ("producten", "Budgetbeheer, toelichting"),
        ("doorverwijzen", "Redt zich alleen, toelichting"),
        ("contact", "Toelichting"),
    ],
)
def test_an_explanation_that_came_is_told_where_it_belongs(part: str, where: str) -> None:
    before, after = whole_profile(), whole_profile()
    inner = after[part] if part == "contact" else after[part][0]
    inner["toelichting"] = "Bel eerst."
    expected = Change(where, ["niet ingevuld"], ["Bel eerst."])
    assert changes(before, after) == {LABELS[part].capitalize(): [expected]}
    # A version of before there was room for one does not differ from one that leaves it open.
    (before[part] if part == "contact" else before[part][0]).pop("toelichting")
    assert changes(before, whole_profile()) == {}
