"""``POST /oauth/token``: client credentials (RFC 6749 §4.4), with RFC 6749's own errors."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import unquote_plus

import marshmallow as ma
from flask import Response, jsonify, request
from flask.views import MethodView

from verwijsindex.access import Credentials, TokenDenied, issue_token
from verwijsindex.api.guards import services, session
from verwijsindex.http.application import GuardedBlueprint, ProblemSchema, anyone
from verwijsindex.http.document import BODY_LIMIT
from verwijsindex.http.fields import Schema
from verwijsindex.http.problems import PROBLEM_TYPE, Problem, problem_response

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_LONGEST_VALUE = 8192
_View = TypeVar("_View", bound=Callable[..., Any])

blp = GuardedBlueprint("token", guard=anyone, description="Toegang voor bronsystemen.")


_ERRORS = [
    "invalid_request",
    "invalid_client",
    "invalid_scope",
    "invalid_target",
    "unsupported_grant_type",
]


class TokenOut(Schema):
    """RFC 6749 §5.1."""

    access_token = ma.fields.String(required=True)
    token_type = ma.fields.String(required=True, metadata={"enum": ["Bearer"]})
    expires_in = ma.fields.Integer(required=True, metadata={"description": "Seconden."})
    scope = ma.fields.String(required=True)


class TokenError(Schema):
    """RFC 6749 §5.2."""

    error = ma.fields.String(required=True, metadata={"enum": _ERRORS})
    error_description = ma.fields.String(required=True)


class TokenProblem(ProblemSchema):
    """The same for who asks for a problem: RFC 6749's members are in it."""

    error = ma.fields.String(metadata={"enum": _ERRORS})
    error_description = ma.fields.String()


_REQUEST_DOC = {
    "operationId": "geefToken",
    "description": (
        "Toegang met client credentials (RFC 6749 §4.4): met een ondertekende verklaring"
        " (private_key_jwt, RFC 7523), of met een geheim, in de body of als Basic (RFC 7617)."
        " Fouten komen als application/json, zoals RFC 6749 §5.2 voorschrijft; wie in Accept"
        " om application/problem+json vraagt, krijgt dezelfde fout in die vorm."
    ),
    "requestBody": {
        "required": True,
        "description": BODY_LIMIT,
        "content": {
            _FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type", "resource"],
                    "additionalProperties": {"type": "string"},
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["client_credentials"]},
                        "resource": {"type": "string", "enum": ["index", "pseudoniemen"]},
                        "scope": {
                            "type": "string",
                            "description": "Rechten, met spaties ertussen; zonder: alle.",
                        },
                        "client_id": {"type": "string"},
                        "client_secret": {"type": "string"},
                        "client_assertion_type": {"type": "string", "enum": [ASSERTION_TYPE]},
                        "client_assertion": {"type": "string"},
                    },
                }
            }
        },
    },
}


def _errors(status: int, description: str) -> Callable[[_View], _View]:
    def document(view: _View) -> _View:
        plain = blp.alt_response(status, schema=TokenError, description=description)
        problem = blp.alt_response(status, schema=TokenProblem, content_type=PROBLEM_TYPE)
        return plain(problem(view))

    return document


@blp.route("/oauth/token")
class Token(MethodView):
    """The token endpoint."""

    @blp.doc(**_REQUEST_DOC)
    @blp.response(200, TokenOut)
    @_errors(400, "Het verzoek klopt niet.")
    @_errors(401, "De client is niet aangemeld.")
    @blp.alt_response(503)
    def post(self) -> Response:
        """Vraag een toegangstoken aan."""
        try:
            form = _form()
            issued = issue_token(
                session(),
                services(),
                credentials=_credentials(form),
                resource=form.get("resource", ""),
                scopes=form["scope"].split() if "scope" in form else None,
            )
        except TokenDenied as denied:
            return _denied(denied)
        return jsonify(
            access_token=issued.token,
            token_type="Bearer",  # noqa: S106
            expires_in=int(issued.lifetime.total_seconds()),
            scope=" ".join(issued.scopes),
        )


def _form() -> dict[str, str]:
    if request.mimetype != _FORM:
        raise Problem(415, f"Stuur het verzoek als {_FORM}.")
    if request.content_length is None:
        raise Problem(411)
    values: dict[str, str] = {}
    for name, several in request.form.lists():
        if len(several) > 1 or len(several[0]) > _LONGEST_VALUE or "\x00" in several[0]:
            raise TokenDenied("invalid_request", "Een gegeven staat er dubbel in of is te lang.")
        values[name] = several[0]
    if values.get("grant_type") != "client_credentials":
        raise TokenDenied("unsupported_grant_type", "Alleen client_credentials kan hier.")
    return values


def _credentials(form: dict[str, Any]) -> Credentials:
    basic = _basic()
    by_assertion = "client_assertion" in form
    by_secret = "client_secret" in form
    if (basic is not None) + by_assertion + by_secret != 1:
        raise TokenDenied(
            "invalid_client" if not (basic or by_assertion or by_secret) else "invalid_request",
            "Meld de client aan op één manier: geheim of ondertekende verklaring.",
        )
    if basic is not None:
        return basic
    if by_assertion:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise TokenDenied("invalid_request", "client_assertion_type ontbreekt of klopt niet.")
        return Credentials(form.get("client_id"), assertion=form["client_assertion"])
    return Credentials(form.get("client_id"), secret=form["client_secret"])


def _basic() -> Credentials | None:
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        name, colon, secret = "", "", ""
    if not colon:
        raise TokenDenied("invalid_client", "De aanmelding is niet te lezen.")
    # RFC 6749 §2.3.1: both are form-encoded before they are joined.
    return Credentials(unquote_plus(name), secret=unquote_plus(secret))


def _denied(denied: TokenDenied) -> Response:
    status = 401 if denied.error == "invalid_client" else 400
    body = {"error": denied.error, "error_description": denied.detail}
    if request.accept_mimetypes.best_match([_JSON, PROBLEM_TYPE], _JSON) == PROBLEM_TYPE:
        answer = problem_response(Problem(status, denied.detail), **body)
    else:
        answer = jsonify(body)
        answer.status_code = status
    answer.headers["Vary"] = "Accept"
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Basic realm="verwijsindex"'
    return answer
