"""Reading request bodies strictly: one meaning, or a 400 that says what is wrong.

JSON as RFC 8259 leaves it open may name a member twice or hold NaN; two
parsers would then read two things. Such bodies are refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request
from webargs.flaskparser import FlaskParser

from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem

BODY = "(verzoek)"  # the name of a fault that is in no field of the schema
UNKNOWN_FIELD = "onbekend veld"
_DEEPEST = 20


def read_json(incoming: Request) -> Any:
    """Return the body of *incoming*.

    Raises:
        Problem: 415 for another content type, 411 without Content-Length, 413
            when too large, 400 for what is not strict JSON in UTF-8.
    """
    if incoming.mimetype != "application/json":
        raise Problem(415)
    if incoming.content_length is None:
        raise Problem(411)  # a chunked body would be cut off silently
    raw = incoming.get_data(cache=True)
    if len(raw) != incoming.content_length:
        raise Problem(400, "Het verzoek is onderweg afgebroken.")
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
        _check_depth(value, _DEEPEST)
    except UnicodeDecodeError:
        raise InvalidInput([_fault("is geen UTF-8")]) from None
    except _Refused as refused:
        raise InvalidInput([_fault(refused.args[0])]) from None
    except (ValueError, RecursionError):
        # ValueError: broken JSON, or a number of thousands of digits.
        raise InvalidInput([_fault("is geen geldige JSON")]) from None
    return value


class _Refused(Exception):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused("noemt een veld twee keer")
    return found


def _constant(_: str) -> NoReturn:
    raise _Refused("is geen geldige JSON (NaN of Infinity)")


def _check_depth(value: Any, left: int) -> None:
    if left == 0:
        raise _Refused("is te diep genest")
    children: Iterable[Any] = ()
    if isinstance(value, dict):
        children = value.values()
    elif isinstance(value, list):
        children = value
    for child in children:
        if isinstance(child, dict | list):
            _check_depth(child, left - 1)


def _fault(reason: str) -> InvalidParam:
    return {"name": BODY, "reason": reason}


class StrictParser(FlaskParser):
    """webargs, with strict bodies and Dutch faults."""

    DEFAULT_VALIDATION_STATUS = 400
    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 (webargs declares it so)
        "json": ma.RAISE,
        "query": ma.RAISE,
        "form": ma.RAISE,
    }

    def load_json(self, req: Request, schema: ma.Schema) -> Any:  # noqa: ARG002
        """Return the body, read strictly."""
        return read_json(req)

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """Return the query; a key that is there twice is refused unless it is a list."""
        many = {
            field.data_key or name
            for name, field in schema.fields.items()
            if isinstance(field, ma.fields.List)
        }
        twice = [key for key, values in req.args.lists() if len(values) > 1 and key not in many]
        if twice:
            names = {field.data_key or name for name, field in schema.fields.items()}
            raise InvalidInput(
                [
                    {"name": key if key in names else BODY, "reason": "staat er twee keer"}
                    for key in twice
                ]
            )
        return super().load_querystring(req, schema)

    def handle_error(
        self,
        error: ma.ValidationError,
        req: Request,  # noqa: ARG002
        schema: ma.Schema,
        *,
        error_status_code: int | None,  # noqa: ARG002
        error_headers: Mapping[str, str] | None,  # noqa: ARG002
    ) -> NoReturn:
        """Raise all faults at once."""
        messages = error.messages
        if isinstance(messages, dict) and len(messages) == 1:
            (location,) = messages
            if location in {"json", "query", "form"}:
                messages = messages[location]
        raise InvalidInput(faults(messages, schema))


def faults(messages: Any, schema: ma.Schema | None) -> list[InvalidParam]:
    """Return marshmallow's messages as faults with names of the schema only.

    A name that the schema does not know was made up by the caller and might
    be anything: it becomes the name of the object that it stood in.
    """
    found: list[InvalidParam] = []
    _collect(messages, "", schema, found)
    unique = {(fault["name"], fault["reason"]): fault for fault in found}
    return list(unique.values())


def _collect(messages: Any, path: str, schema: ma.Schema | None, found: list[InvalidParam]) -> None:
    if isinstance(messages, str):
        found.append({"name": path or BODY, "reason": messages})
    elif isinstance(messages, list):
        for message in messages:
            _collect(message, path, schema, found)
    elif isinstance(messages, dict):
        known = _known_fields(schema)
        for key, value in messages.items():
            if isinstance(key, int):
                _collect(value, f"{path}[{key}]", schema, found)
            elif key == "_schema":
                _collect(value, path, schema, found)
            elif key in known:
                _collect(value, f"{path}.{key}" if path else key, _inner(known[key]), found)
            else:
                found.append({"name": path or BODY, "reason": UNKNOWN_FIELD})


def _known_fields(schema: ma.Schema | None) -> dict[str, ma.fields.Field[Any]]:
    if schema is None:
        return {}
    return {field.data_key or name: field for name, field in schema.fields.items()}


def _inner(field: ma.fields.Field[Any]) -> ma.Schema | None:
    if isinstance(field, ma.fields.List):
        return _inner(field.inner)
    if isinstance(field, ma.fields.Nested):
        nested: ma.Schema = field.schema
        return nested
    return None
