"""What both applications have in common: document, headers, guards, request log."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import marshmallow as ma
from flask import Flask, Response, g, request
from flask_smorest import Api, Blueprint
from werkzeug.exceptions import HTTPException

from verwijsindex import event_log
from verwijsindex.http.document import DOCUMENT_NAME
from verwijsindex.http.fields import Schema, Text
from verwijsindex.http.problems import (
    http_problem,
    register_error_handlers,
    route_template,
)
from verwijsindex.http.strict_json import StrictParser

BODY_LIMIT_BYTES = 1024 * 1024
BATCH_LIMIT_BYTES = 4 * 1024 * 1024

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

Guard = Callable[[], None]
_View = TypeVar("_View", bound=Callable[..., Any])


class _Decorator(Protocol):
    def __call__(self, view: _View, /) -> _View: ...


class InvalidParamSchema(Schema):
    """One fault of the input, for the document only."""

    name = Text(required=True)
    reason = Text(required=True)


class ProblemSchema(Schema):
    """RFC 9457, for the document only."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    instance = ma.fields.String(required=True, metadata={"description": "De route."})
    invalid_params = ma.fields.List(ma.fields.Nested(InvalidParamSchema), data_key="invalidParams")


class GuardedBlueprint(Blueprint):  # type: ignore[misc]
    """A blueprint that says who may come in: there is no route without a guard."""

    ARGUMENTS_PARSER = StrictParser()

    # flask-smorest has no types; these keep the views that it decorates typed.
    route: Callable[..., _Decorator]
    doc: Callable[..., _Decorator]
    response: Callable[..., _Decorator]
    alt_response: Callable[..., _Decorator]

    def __init__(self, name: str, *, guard: Guard, description: str) -> None:
        """Make a blueprint.

        Args:
            name: Of the noun it serves.
            guard: Called before each request; raises a Problem to refuse.
            description: Dutch, for the document.
        """
        super().__init__(name, name, description=description)
        self.guard = guard
        self.before_request(guard)
        self._prepare_doc_cbks.append(self._tell_guard)

    def arguments(self, schema: ma.Schema | type[ma.Schema], **options: Any) -> _Decorator:
        """Take arguments by *schema*.

        One instance for all requests: making one takes longer than loading a body with it.
        """
        made = schema() if isinstance(schema, type) else schema
        decorator: _Decorator = super().arguments(made, **options)
        return decorator

    def _tell_guard(self, doc: dict[str, Any], _info: object, **_: object) -> dict[str, Any]:
        """Say in the document who may come in, where the guard itself can tell."""
        security: Sequence[Mapping[str, Sequence[str]]] = getattr(self.guard, "security", ())
        return {**doc, "security": [dict(one) for one in security]}


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest, answering as the Dutch API design rules ask."""

    ERROR_SCHEMA = ProblemSchema
    # A default answer would say that anything at all may come.
    DEFAULT_ERROR_RESPONSE_NAME = None

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer with a problem."""
        return http_problem(error)


def anyone() -> None:
    """Guard of what is public on purpose."""


def prepare(app: Flask, *, title: str, version: str, document_path: str) -> ProblemApi:
    """Give *app* its document, error answers, headers and request log.

    Args:
        app: A fresh application.
        title: Dutch, of the document.
        version: Of the API: three numbers, sent with every answer.
        document_path: URL prefix under which ``openapi.json`` is served.
    """
    app.config.update(
        API_TITLE=title,
        API_VERSION=version,
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX=document_path,
        OPENAPI_JSON_PATH=DOCUMENT_NAME,
        MAX_CONTENT_LENGTH=BODY_LIMIT_BYTES,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    api = ProblemApi(app, spec_kwargs=_document(title))
    register_error_handlers(app)

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _finish(response: Response) -> Response:
        response.headers["API-Version"] = version
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        event_log.log(
            event_log.REQUEST,
            method=request.method if request.method in _METHODS else "other",
            route=route_template(),
            status=response.status_code,
            milliseconds=round(
                (time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1
            ),
        )
        return response

    return api


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _document(title: str) -> dict[str, Any]:
    return {
        "info": {
            "description": f"{title}. Gegenereerd; dit document is het hele contract.",
            "license": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/nl/"},
            "contact": {
                "name": "Beheer van de verwijsindex",
                "url": "https://verwijsindex.example/contact",
                "email": "beheer@verwijsindex.example",
            },
        },
    }
