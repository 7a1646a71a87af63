"""A body has one meaning or none; faults are named by the schema alone."""

from __future__ import annotations

import json
from typing import Any

import marshmallow as ma
import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st

from verwijsindex.http.fields import Part, Schema, Several, Text
from verwijsindex.http.problems import InvalidInput, Problem
from verwijsindex.http.strict_json import BODY, faults, read_json

_APP = Flask("strict")
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=15,
)


class _Inner(Schema):
    name = Text(data_key="naam", required=True)


class _Outer(Schema):
    inner = Part(_Inner, data_key="binnen")
    several = Several(Part(_Inner), data_key="meer")


def read(raw: bytes, **options: Any) -> Any:
    kept = {"content_type": "application/json", "method": "POST", "data": raw} | options
    length = {"CONTENT_LENGTH": str(len(raw))}
    with _APP.test_request_context("/", environ_overrides=length, **kept):
        return read_json(request)


@given(json_values)
def test_what_json_can_say_is_read_as_it_was_said(value: Any) -> None:
    assert read(json.dumps(value).encode()) == value
    assert read(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused_in_dutch(raw: bytes) -> None:
    try:
        read(raw)
    except InvalidInput as refused:
        (fault,) = refused.invalid_params
        assert fault["name"] == BODY
        assert fault["reason"].startswith(("is ", "noemt "))


@given(st.text(max_size=8), json_values, json_values)
def test_a_name_that_is_there_twice_is_refused(name: str, one: Any, other: Any) -> None:
    key = json.dumps(name)
    raw = f"{{{key}: {json.dumps(one)}, {key}: {json.dumps(other)}}}"
    with pytest.raises(InvalidInput) as refused:
        read(raw.encode())
    assert refused.value.invalid_params == [{"name": BODY, "reason": "noemt een veld twee keer"}]


def test_nesting_is_read_up_to_twenty_deep() -> None:
    assert read(b"[" * 20 + b"]" * 20) is not None
    with pytest.raises(InvalidInput) as refused:
        read(b"[" * 21 + b"]" * 21)
    assert refused.value.invalid_params == [{"name": BODY, "reason": "is te diep genest"}]


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json5"])
def test_another_content_type_is_415(content_type: str) -> None:
    with pytest.raises(Problem) as refused:
        read(b"{}", content_type=content_type)
    assert refused.value.status == 415


@given(json_values)
def test_no_name_that_a_caller_made_up_is_told(value: Any) -> None:
    try:
        _Outer().load(value)
    except ma.ValidationError as error:
        names = {fault["name"] for fault in faults(error.messages, _Outer())}
        bare = {
            name.replace("[0]", "").replace("[1]", "").replace("[2]", "").replace("[3]", "")
            for name in names
        }
        assert bare <= {BODY, "binnen", "binnen.naam", "meer", "meer.naam"}
