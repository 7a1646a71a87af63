"""Who may come in: each blueprint names one of these."""

from __future__ import annotations

from flask import current_app, g, request
from sqlalchemy.orm import Session

from crypto.errors import TokenRefused
from verwijsindex.access import Caller, TokenReader, find_caller
from verwijsindex.clients import Scope
from verwijsindex.http.application import Guard
from verwijsindex.http.problems import Problem
from verwijsindex.services import Services

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="verwijsindex"'}


def services() -> Services:
    """Return the services of the application that answers this request."""
    found: Services = current_app.extensions["services"]
    return found


def session() -> Session:
    """Return this request's session; closed when the request is over."""
    if "session" not in g:
        g.session = services().sessions()
    opened: Session = g.session
    return opened


def caller() -> Caller:
    """Return who is calling; only behind a guard that asks for a token."""
    found: Caller = g.caller
    return found


def requires(*scopes: Scope) -> Guard:
    """Return a guard that lets in clients with at least one of *scopes*."""

    def guard() -> None:
        found = _authenticate()
        if not found.scopes.intersection(scopes):
            asked = " of ".join(f"'{scope}'" for scope in scopes)
            raise Problem(403, f"Hiervoor is een token met het recht {asked} nodig.")
        g.caller = found

    guard.__name__ = "requires_" + "_or_".join(scopes)
    return guard


def _authenticate() -> Caller:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Problem(401, headers=_CHALLENGE)
    reader: TokenReader = current_app.extensions["token_reader"]
    try:
        claims = reader.claims(token, now=services().clock())
    except TokenRefused:
        found = None
    else:
        found = find_caller(session(), claims)
    if found is None:
        raise Problem(
            401,
            "Dit token is niet (meer) geldig. Vraag een nieuw aan bij /oauth/token.",
            headers={
                "WWW-Authenticate": _CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'
            },
        )
    return found
