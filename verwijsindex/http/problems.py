"""Errors as ``application/problem+json`` (RFC 9457), in Dutch, without any value.

The one place where errors become answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, InternalServerError

from verwijsindex import event_log

PROBLEM_TYPE = "application/problem+json"

TITLES = {
    400: "Ongeldig verzoek",
    401: "Niet aangemeld",
    403: "Geen toegang",
    404: "Niet gevonden",
    405: "Methode niet toegestaan",
    406: "Antwoordvorm niet beschikbaar",
    409: "Kan nu niet",
    411: "Lengte ontbreekt",
    412: "Intussen gewijzigd",
    413: "Te groot",
    415: "Inhoudstype niet ondersteund",
    428: "Voorwaarde ontbreekt",
    429: "Te veel verzoeken",
    500: "Interne fout",
    503: "Tijdelijk niet beschikbaar",
}
DETAILS = {
    400: "Het verzoek kon niet worden gelezen.",
    401: "Vraag een toegangstoken aan bij /oauth/token en stuur het mee als Bearer-token.",
    403: "Uw token geeft hier geen recht op.",
    404: "Dit adres bestaat niet, of het hoort niet bij uw organisatie.",
    405: "Deze methode kan hier niet.",
    406: "Deze dienst antwoordt alleen met JSON.",
    409: "Dit gaat niet samen met wat er al is vastgelegd.",
    411: "Stuur het verzoek met een Content-Length.",
    412: "Iemand anders wijzigde dit intussen. Er is niets overschreven; haal het opnieuw op.",
    413: "De inhoud van het verzoek is groter dan hier mag.",
    415: "Stuur de inhoud als application/json.",
    428: "Stuur If-Match mee, met de ETag van wat u hebt gezien.",
    429: "Probeer het later opnieuw.",
    500: "Er ging iets mis. Er is niets half opgeslagen; probeer het opnieuw.",
    503: "Probeer het later opnieuw.",
}
_RETRY_AFTER_SECONDS = 30


class InvalidParam(TypedDict):
    """One fault of the input: a field of the schema, and what is wrong with it."""

    name: str
    reason: str


class Problem(Exception):
    """A request that is answered with an error.

    Attributes:
        status: HTTP status.
        detail: What is wrong and what to do, in Dutch; repeats no value.
        invalid_params: All faults of the input, where that is what is wrong.
        headers: Extra headers.
    """

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        *,
        invalid_params: Sequence[InvalidParam] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.detail = detail or DETAILS[status]
        self.invalid_params = list(invalid_params)
        self.headers = dict(headers or {})
        if status == 503:
            self.headers.setdefault("Retry-After", str(_RETRY_AFTER_SECONDS))
        super().__init__(f"{status}")


class InvalidInput(Problem):
    """The input is wrong: 400, with all faults at once."""

    def __init__(self, invalid_params: Sequence[InvalidParam]) -> None:
        count = len(invalid_params)
        fouten = "fout" if count == 1 else "fouten"
        super().__init__(400, f"Het verzoek bevat {count} {fouten}.", invalid_params=invalid_params)


class ProblemBody(TypedDict):
    """The body of an error."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    invalidParams: NotRequired[list[InvalidParam]]


def route_template() -> str:
    """Return the route of this request with its placeholders, never the raw address.

    A raw address may hold whatever a caller typed into it.
    """
    rule = getattr(request, "url_rule", None)
    return str(rule.rule) if rule is not None else "onbekend"


def problem_response(problem: Problem, **extensions: Any) -> Response:
    """Return *problem* as an answer, with members of its own (RFC 9457 §3.2)."""
    body: ProblemBody = {
        "type": f"https://verwijsindex.example/problemen/{problem.status}",
        "title": TITLES.get(problem.status, "Fout"),
        "status": problem.status,
        "detail": problem.detail,
        "instance": route_template(),
    }
    if problem.invalid_params:
        body["invalidParams"] = problem.invalid_params
    return Response(
        json.dumps({**body, **extensions}, ensure_ascii=False),
        problem.status,
        headers=problem.headers,
        content_type=PROBLEM_TYPE,
    )


def register_error_handlers(app: Flask) -> None:
    """Answer every error of *app* as a problem; log the unforeseen without its message."""

    @app.errorhandler(Problem)
    def _problem(error: Problem) -> Response:
        return problem_response(error)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return http_problem(error)

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        event_log.log_unexpected(error, route=route_template())
        return problem_response(Problem(500))


def http_problem(error: HTTPException) -> Response:
    """Return one of Werkzeug's errors as a problem."""
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        event_log.log_unexpected(error.original_exception, route=route_template())
    status = error.code or 500
    if error.response is not None or status < 400:
        redirect: Any = error.get_response()
        return redirect  # type: ignore[no-any-return]
    headers = {
        name: value
        for name, value in error.get_headers()
        if name.lower() in {"allow", "retry-after", "www-authenticate"}
    }
    known = status if status in DETAILS else (400 if status < 500 else 500)
    return problem_response(Problem(known, headers=headers))
