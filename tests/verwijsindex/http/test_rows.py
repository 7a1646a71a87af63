"""Rows that say the same: read once, and faulty each for itself."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import pytest
from marshmallow import ValidationError

from verwijsindex.http.fields import Flag, Part, Schema, Text
from verwijsindex.http.rows import Rows, SharedPart

read: list[dict[str, Any]] = []


class _Contact(Schema):
    name = Text()
    flag = Flag()

    @ma.post_load
    def _note(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        read.append(data)
        return data


class _Row(Schema):
    contact = SharedPart(_Contact, required=True)


class _Body(Schema):
    rows = Rows(Part(_Row), required=True)


@pytest.fixture(autouse=True)
def _nothing_read() -> None:
    read.clear()


def _load(*contacts: Any) -> list[Any]:
    body: dict[str, Any] = _Body().load({"rows": [{"contact": one} for one in contacts]})
    return [row["contact"] for row in body["rows"]]


def test_what_rows_of_a_body_share_is_read_once() -> None:
    one, other, again = _load({"name": "m1"}, {"name": "m2"}, {"name": "m1"})
    assert (one, other) == ({"name": "m1"}, {"name": "m2"})
    assert again is one
    assert len(read) == 2


def test_another_body_is_read_anew() -> None:
    assert _load({"name": "m1"}) == _load({"name": "m1"})
    assert len(read) == 2


def test_a_part_outside_rows_is_read_as_any_other() -> None:
    assert _Row().load({"contact": {"name": "m1"}}) == {"contact": {"name": "m1"}}


@pytest.mark.parametrize("looks_alike", [1, "True", 1.0, None, [True]])
def test_what_only_looks_alike_is_not_taken_for_the_same(looks_alike: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        _load({"flag": True}, {"flag": looks_alike})
    assert list(refused.value.messages["rows"]) == [1]  # type: ignore[index, call-overload]


def test_each_row_is_told_of_the_fault_that_rows_share() -> None:
    with pytest.raises(ValidationError) as refused:
        _load({"name": ""}, {"name": "m1"}, {"name": ""})
    faults = {"contact": {"name": ["mag niet leeg zijn"]}}
    assert refused.value.messages == {"rows": {0: faults, 2: faults}}
