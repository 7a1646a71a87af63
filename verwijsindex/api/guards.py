"""Who may come in: each blueprint names one of these."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request

from crypto.errors import TokenRefused
from orgprofiles.organisations import OrganisationStatus
from verwijsindex.access import Caller, TokenReader, find_caller
from verwijsindex.clients import Scope
from verwijsindex.http.problems import Problem
from verwijsindex.request_scope import services, session
from verwijsindex.use_cases.follow_admission import still_admitting

SECURITY_SCHEME = "clientCredentials"
#: What routes need of a request comes from here, whoever made it.
__all__ = [
    "EVERYTHING",
    "SECURITY_SCHEME",
    "ScopeGuard",
    "caller",
    "require_active",
    "requires",
    "security_scheme",
    "services",
    "session",
]

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="verwijsindex"'}


def caller() -> Caller:
    """Return who is calling; only behind a guard that asks for a token."""
    found: Caller = g.caller
    return found


def require_active() -> None:
    """Let only organisations go on that are active.

    Raises:
        Problem: 403, with the steps of its admission that are still open.
    """
    found = caller()
    if found.status is not OrganisationStatus.ACTIVE:
        raise still_admitting(session(), services(), organisation_id=found.organisation_id)


class _Everything:
    """Holds whatever is asked for."""

    def __contains__(self, _: object) -> bool:
        return True


#: Open to organisations that are being admitted, too: every endpoint of a blueprint.
EVERYTHING: Container[str] = _Everything()


@dataclass(frozen=True, slots=True)
class ScopeGuard:
    """Lets in clients with at least one of these scopes.

    Attributes:
        scopes: Any of them.
        while_admitting: Endpoints that are open to organisations that are
            still being admitted; the others are for active ones.
    """

    scopes: tuple[Scope, ...]
    while_admitting: Container[str] = ()

    def __call__(self) -> None:
        """Let the caller of this request in.

        Raises:
            Problem: 401 or 403.
        """
        found = _authenticate()
        if not found.scopes.intersection(self.scopes):
            asked = " of ".join(f"'{scope}'" for scope in self.scopes)
            raise Problem(403, f"Hiervoor is een token met het recht {asked} nodig.")
        g.caller = found
        if request.endpoint not in self.while_admitting:
            require_active()

    @property
    def security(self) -> Sequence[Mapping[str, Sequence[str]]]:
        """What the document says of it: any of these will do."""
        return [{SECURITY_SCHEME: [scope.value]} for scope in self.scopes]


def requires(*scopes: Scope, while_admitting: Container[str] = ()) -> ScopeGuard:
    """Return a guard that lets in clients with at least one of *scopes*.

    Args:
        scopes: Any of them.
        while_admitting: As in :class:`ScopeGuard`.
    """
    return ScopeGuard(scopes, while_admitting)


def security_scheme(token_endpoint: str) -> dict[str, Any]:
    """Return how clients get in, for the document.

    Args:
        token_endpoint: Its whole address.
    """
    scopes = {scope.value: _SCOPES[scope] for scope in Scope}
    flow = {"tokenUrl": token_endpoint, "scopes": scopes}
    return {
        "type": "oauth2",
        "description": "Een token met resource=index; het is tien minuten geldig.",
        "flows": {"clientCredentials": flow},
    }


_SCOPES = {
    Scope.SIGNALS: "Signalen registreren, lezen en wijzigen; het adresboek lezen.",
    Scope.MATCHES: "Matches lezen, en ze zien in antwoorden over signalen.",
    Scope.PROFILES: "Organisaties en profielen lezen, het eigen profiel bijhouden.",
    Scope.PROFESSIONALS: "De eigen medewerkers bijhouden.",
    Scope.FIGURES: "Cijfers lezen.",
    Scope.ADMINISTRATION: "Beheer: akkoord op profielen, matchregels, toelating.",
}


def _take_body_in() -> None:
    # Of whoever has a token, and before the database: a slow sender would hold a connection while
    # everybody waits (on SQLite: the write lock, and so everybody). 413 may come from here.
    if request.content_length is not None:
        request.get_data(cache=True)


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
        _take_body_in()
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
