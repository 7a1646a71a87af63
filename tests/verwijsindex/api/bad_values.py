"""Every way in which a field of a schema can be wrong in form, generated from the schema."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import marshmallow as ma

from tests.verwijsindex.api.refusals import MARK, NUMBER
from verwijsindex.api.caseloads import CaseloadRowField
from verwijsindex.api.signal_schemas import Row
from verwijsindex.api.transfers import UnitOrTeam
from verwijsindex.http import fields as f

_LEAVE_OUT = object()
_NOBODYS_ID = "0193b5f0-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class BadBody:
    """A body with one fault.

    Attributes:
        label: Names the case.
        body: To be sent as JSON.
        name: Where the fault must be told.
    """

    label: str
    body: Any
    name: str


def bad_bodies(schema: ma.Schema, good: dict[str, Any]) -> Iterator[BadBody]:
    """Yield *good* with one fault at a time, for every field of *schema* at any depth."""
    yield from _bad_objects(schema, good, "", lambda changed: changed)


def field_names(schema: ma.Schema, path: str = "") -> Iterator[str]:
    """Yield the path of every field, list items without their number."""
    for name, field in schema.fields.items():
        where = f"{path}.{field.data_key or name}" if path else field.data_key or name
        yield where
        inner = field.inner if isinstance(field, ma.fields.List) else field
        if isinstance(inner, ma.fields.Nested):
            yield from field_names(inner.schema, where)


def _bad_objects(
    schema: ma.Schema, good: dict[str, Any], path: str, wrap: Any
) -> Iterator[BadBody]:
    for name, field in schema.fields.items():
        key = field.data_key or name
        where = f"{path}.{key}" if path else key

        def changed(value: Any, key: str = key) -> Any:
            body = deepcopy(good)
            body.pop(key, None) if value is _LEAVE_OUT else body.update({key: value})
            return wrap(body)

        if field.required and name not in _may_lack(schema):
            yield BadBody(f"{where} is left out", changed(_LEAVE_OUT), where)
        if not field.allow_none:
            yield BadBody(f"{where} is null", changed(None), where)
        for label, value in _bad_values(field):
            yield BadBody(f"{where} is {label}", changed(value), where)
        if isinstance(field, f.Part):
            yield from _bad_objects(field.schema, good.get(key) or {}, where, changed)
        elif isinstance(field, f.Several) and isinstance(field.inner, f.Part):
            inner = good.get(key) or [{}]
            yield from _bad_objects(
                field.inner.schema,
                inner[0],
                f"{where}[0]",
                lambda one, changed=changed: changed([one]),
            )
    for extra in (f"on{MARK}bekend", "_schema", "__proto__", "", "\ud800", "a\x00b"):
        yield BadBody(f"{path or 'body'} also has {extra!r}", wrap({**good, extra: MARK}), path)


def _may_lack(schema: ma.Schema) -> tuple[str, ...]:
    return tuple(schema.partial) if isinstance(schema.partial, tuple | list | set) else ()


def _bad_values(field: ma.fields.Field[Any]) -> Iterator[tuple[str, Any]]:
    yield "a number", NUMBER
    yield "a fraction", NUMBER + 0.5
    if isinstance(field, f.Part):
        yield from (("a list", []), ("a list of objects", [{MARK: MARK}]))
        yield from (("a text", MARK), ("true", True))
        return
    yield "an object", {MARK: MARK}
    if isinstance(field, f.Several):
        yield from _bad_lists(field)
        return
    yield "a list", [MARK]
    if isinstance(field, f.Flag):
        yield from (("a word", "true"), ("one", 1), ("null as text", "null"))
        return
    if not isinstance(field, UnitOrTeam):
        yield "true", True
    yield from _bad_texts(field)


def _bad_lists(field: f.Several) -> Iterator[tuple[str, Any]]:
    yield "a text", MARK
    yield "true", True
    yield "too long", [MARK] * (field.metadata["maxItems"] + 1)
    if field.metadata["minItems"]:
        yield "empty", []
    if isinstance(field.inner, Row | CaseloadRowField):
        return  # a row's faults are its own
    for label, value in _bad_values(field.inner):
        yield f"a list of {label}", [value]
    if not isinstance(field.inner, ma.fields.Nested):
        yield "a list of null", [None]
    if field._unique:
        same = (
            _NOBODYS_ID
            if isinstance(field.inner, f.Id)
            else getattr(field.inner, "choices", ["eigen.example"])[0]
        )
        yield "twice the same", [same] * 2


def _bad_texts(field: ma.fields.Field[Any]) -> Iterator[tuple[str, str]]:
    yield "empty", ""
    yield "blank", " \t "
    yield "with NUL", f"{MARK}\x00"
    yield "half a surrogate", f"{MARK}\ud800"
    yield "two lines", f"{MARK}\r\n{MARK}"
    yield "very long", MARK * 5000
    if isinstance(field, f.Text) and not isinstance(field, f.Pattern | f.Email | f.Phone):
        yield "one too long", "7" * (field.longest + 1)
        return
    yield "of another form", f"{MARK} é!"
    yield "of another script", f"{MARK}٣"
    if isinstance(field, f.Octets):
        yield from _bad_octets(field)
    elif isinstance(field, f.Choice):
        yield "in capitals", field.choices[0].upper() + "X"
        yield "with a space", field.choices[0] + " "
    elif isinstance(field, f.Id):
        for value in _NO_IDS:
            yield f"the id {value}", value
    elif isinstance(field, f.Day):
        for value in _NO_DAYS:
            yield f"the day {value}", value


def _bad_octets(field: f.Octets) -> Iterator[tuple[str, str]]:
    right = "A" * -(-field._length * 4 // 3)
    yield "one character short", right[:-1]
    yield "one character long", right + "A"
    yield "padded", right + "="
    yield "of the other alphabet", right[:-2] + "+/"
    if field._length % 3:
        yield "with stray bits", right[:-1] + "B"


_NO_IDS = (
    "0193B5F0-0000-7000-8000-00000000ABCD",
    "0193b5f0000070008000000000000000",
    "{0193b5f0-0000-7000-8000-000000000000}",
    "urn:uuid:0193b5f0-0000-7000-8000-000000000000",
)
_NO_DAYS = (
    "2026-13-01",
    "2027-02-29",
    "2027-00-10",
    "20270101",
    "01-01-2027",
    "2027-01-01T00:00:00Z",
    "2027-W01-1",
    "0000-01-01",
    "+12027-01-01",
)
