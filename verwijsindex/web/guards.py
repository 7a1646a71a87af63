"""Who may see a page: each blueprint of pages names its guard."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for

from verwijsindex.accounts.roles import Role
from verwijsindex.http.application import Guard
from verwijsindex.http.problems import Problem
from verwijsindex.services import Services
from verwijsindex.settings import LOOPBACK
from verwijsindex.web.answers import answer_as_pages
from verwijsindex.web.csrf import SESSION_COOKIE, check_csrf, keep_cookies
from verwijsindex.web.visitors import find_visitor

# Whoever passes a request on from elsewhere says so in one of these.
_PASSED_ON = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


class GuardedPages(Blueprint):
    """A blueprint of pages that says who may come in."""

    def __init__(self, name: str, *, guard: Guard) -> None:
        """Make a blueprint with the templates of this package.

        Args:
            name: Of the endpoints.
            guard: Called before each request; aborts to refuse.
        """
        super().__init__(name, "verwijsindex.web", template_folder="templates")
        self.guard = guard
        self.before_request(guard)
        # After the guard: who may not come in is not told that a form is stale.
        self.before_request(check_csrf)
        self.after_request(keep_cookies)
        answer_as_pages(self)


@dataclass(frozen=True, slots=True)
class SignedInGuard:
    """Lets in who is signed in, with at least one of these roles.

    Attributes:
        roles: Any of them; empty: whatever the role.
    """

    roles: frozenset[Role] = frozenset()

    def __call__(self) -> None:
        """Let the visitor of this request in, or send them to sign in."""
        found = find_visitor()
        if found is None:
            abort(_to_sign_in())
        if self.roles and not self.roles & found.roles:
            abort(403)


def signed_in(*roles: Role) -> SignedInGuard:
    """Return the guard of pages for who is signed in, with any of *roles* (none: all roles)."""
    return SignedInGuard(frozenset(roles))


def _to_sign_in() -> Response:
    is_page = request.method == "GET" and "application/json" not in request.headers.get(
        "Accept", ""
    )
    if not is_page:
        raise Problem(401, "U bent niet meer ingelogd. Er is niets opgeslagen. Log opnieuw in.")
    return make_response(
        redirect(
            url_for(
                "sign_in.password_form",
                naar=None if request.path == "/" else request.full_path.rstrip("?"),
                reden="verlopen" if request.cookies.get(SESSION_COOKIE) else None,
            ),
            303,
        )
    )


def only_in_demo(services: Services) -> Guard:
    """Return the guard of pages without login: a demonstration, seen on this machine itself."""

    def guard() -> None:
        if not services.settings.is_demo:
            abort(404)
        if not (_comes_from_here() and _is_asked_for_here()):
            abort(403)

    guard.__name__ = "only_in_demo"
    return guard


def _comes_from_here() -> bool:
    if any(name in request.headers for name in _PASSED_ON):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _is_asked_for_here() -> bool:
    """Whether the browser believes that it talks to this machine.

    A page elsewhere can have its own name point to 127.0.0.1 (DNS rebinding),
    and would then read ours; but it cannot alter the Host header.
    """
    try:
        return urlsplit(f"//{request.host}").hostname in LOOPBACK
    except ValueError:
        return False
