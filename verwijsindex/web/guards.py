"""Who may see a page: each blueprint of pages names its guard."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from flask import Blueprint, abort, request

from verwijsindex.http.application import Guard
from verwijsindex.services import Services
from verwijsindex.settings import LOOPBACK

# Whoever passes a request on from elsewhere says so in one of these.
_PASSED_ON = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


class GuardedPages(Blueprint):
    """A blueprint of pages that says who may come in."""

    def __init__(self, name: str, *, guard: Guard) -> None:
        """Make a blueprint with the templates and static files of this package.

        Args:
            name: Of the endpoints.
            guard: Called before each request; aborts to refuse.
        """
        super().__init__(
            name,
            "verwijsindex.web",
            template_folder="templates",
            static_folder="static",
            static_url_path="/demo/static",
        )
        self.guard = guard
        self.before_request(guard)


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
