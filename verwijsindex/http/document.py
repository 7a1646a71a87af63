"""The OpenAPI document: what schemas and routes say, completed by what holds for all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request
from flask_smorest import Api

from verwijsindex.http.fields import Schema
from verwijsindex.http.problems import DETAILS, PROBLEM_TYPE

DOCUMENT_NAME = "openapi.json"
PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}

BODY_LIMIT = "Hoogstens 1 MiB, met Content-Length."
BATCH_LIMIT = "Hoogstens 4 MiB, met Content-Length."
_METHODS = {"get", "put", "post", "patch", "delete"}
_VERSION_HEADER = {
    "API-Version": {
        "description": "Volledige versie van deze API.",
        "required": True,
        "schema": {"type": "string", "example": "1.0.0"},
    }
}
_CHALLENGE_HEADER = {
    "WWW-Authenticate": {
        "description": "Hoe u zich moet aanmelden (RFC 6750 of RFC 7617).",
        "required": True,
        "schema": {"type": "string"},
    }
}
_WAIT_HEADER = {
    "Retry-After": {
        "description": "Na hoeveel seconden het weer kan.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    }
}
_HEADERS_OF = {"401": _CHALLENGE_HEADER, "429": _WAIT_HEADER, "503": _WAIT_HEADER}
LINK_HEADER = {
    "Link": {
        "description": "Adressen van de pagina's first, prev, next en last (RFC 8288).",
        "required": True,
        "schema": {"type": "string"},
    }
}
LOCATION_HEADER = {
    "Location": {
        "description": "Adres van wat er nu is.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    }
}


@dataclass(frozen=True, slots=True)
class Outside:
    """The paths that are not below the API's prefix.

    Attributes:
        server: Address in front of them, without a slash at the end.
    """

    server: str


def serve_document(app: Flask, api: Api, *, prefix: str, outside: Outside | None = None) -> None:
    """Serve the document, to any site's pages, with the address where *app* is really mounted.

    Call it when all blueprints are there.

    Args:
        app: The application.
        api: Its API.
        prefix: Where the API is within *app*; paths are relative to it.
        outside: For an API that also has paths elsewhere.
    """
    document = complete(api.spec.to_dict(), schemas_by_name(api))
    document["paths"] = dict(_placed(document["paths"], prefix, outside))

    def openapi() -> Response:
        here = {"servers": [{"url": f"{request.script_root}{prefix}"}], **document}
        body = json.dumps(here, indent=2, ensure_ascii=False)
        response = Response(body, content_type="application/json")
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    app.view_functions["api-docs.openapi_json"] = openapi


def schemas_by_name(api: Api) -> dict[str, type[Schema]]:
    """Return our schemas under the names that the document gives them."""
    # apispec's keys begin with the class; what follows says how an instance differs from it.
    refs: Mapping[tuple[Any, ...], str] = api.ma_plugin.converter.refs
    return {name: key[0] for key, name in refs.items() if issubclass(key[0], Schema)}


def complete(document: dict[str, Any], schemas: Mapping[str, type[Schema]]) -> dict[str, Any]:
    """Return *document* with every answer that follows from what an operation asks.

    Args:
        document: As flask-smorest makes it: answers that are an operation's own.
        schemas: By their name in the document.
    """
    components = document["components"]
    components.pop("responses", None)
    components["schemas"].pop("PaginationMetadata", None)
    for name, schema in components["schemas"].items():
        if name in schemas and schemas[name].FORMS:
            components["schemas"][name] = _one_of(schema, schemas[name])
    for path, item in document["paths"].items():
        for method in _METHODS & item.keys():
            _complete_operation(item[method], takes_path="{" in path)
    for schema in _schemas_in(document):
        _correct(schema)
    return document


def _placed(
    paths: Mapping[str, Any], prefix: str, outside: Outside | None
) -> Iterator[tuple[str, Any]]:
    for path, item in paths.items():
        if path.startswith(f"{prefix}/"):
            yield path.removeprefix(prefix), item
        else:
            if outside is None:
                raise ValueError(f"{path} is not below {prefix}")
            yield path, {"servers": [{"url": outside.server}], **item}


def _complete_operation(operation: dict[str, Any], *, takes_path: bool) -> None:
    statuses = {500}
    if takes_path:
        statuses |= {404}
    if operation.get("parameters"):
        statuses |= {400}
    if operation.get("security"):
        # Whoever lets somebody in has looked that up.
        statuses |= {401, 403, 503}
    if "requestBody" in operation:
        statuses |= {400, 411, 413, 415}
    answers = operation["responses"]
    answers.pop("default", None)
    for status in statuses:
        answers.setdefault(str(status), {})
    for status, answer in answers.items():
        if status >= "400":
            if "$ref" in answer:
                answer.clear()
            answer.setdefault("description", DETAILS[int(status)])
            answer.setdefault("content", {PROBLEM_TYPE: {"schema": PROBLEM_SCHEMA}})
        answer["headers"] = (
            _VERSION_HEADER | _HEADERS_OF.get(status, {}) | answer.get("headers", {})
        )
    operation["responses"] = dict(sorted(answers.items()))


def _one_of(schema: dict[str, Any], of: type[Schema]) -> dict[str, Any]:
    """Return *schema* as a choice between its forms."""
    return {
        **{name: value for name, value in schema.items() if name == "description"},
        "oneOf": [
            {
                "type": "object",
                "properties": {name: schema["properties"][name] for name in required + optional},
                "required": list(required),
                "additionalProperties": False,
            }
            for required, optional in of.FORMS
        ],
    }


def _schemas_in(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from _schemas_in(child)
    elif isinstance(node, list):
        for child in node:
            yield from _schemas_in(child)


def _correct(schema: dict[str, Any]) -> None:
    """Say what apispec leaves unsaid: that null is one of the values, and nothing but null."""
    if "default" in schema and schema["default"] is None:
        del schema["default"]
    if schema.get("in") == "query":
        schema["schema"].pop("nullable", None)  # a query has no null
    if schema.get("nullable") is True:
        if schema == {"nullable": True, "type": "object"}:
            schema["enum"] = [None]  # apispec's second half of "this object, or null"
        elif "enum" in schema and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
