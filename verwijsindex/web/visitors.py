"""Who is signed in in this request."""

from __future__ import annotations

from flask import g, request

from verwijsindex.accounts.sessions import SignedIn, find_session
from verwijsindex.request_scope import services, session
from verwijsindex.web.csrf import SESSION_COOKIE


def visitor() -> SignedIn:
    """Return who is signed in; only behind a guard that asks for it."""
    found: SignedIn = g.visitor
    return found


def find_visitor() -> SignedIn | None:
    """Return who is signed in in this request; None: nobody."""
    if "visitor" not in g:
        token = request.cookies.get(SESSION_COOKIE)
        g.visitor = None
        if token:
            g.visitor = find_session(session(), token, now=services().clock())
    found: SignedIn | None = g.visitor
    return found
