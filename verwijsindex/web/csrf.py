"""Forms of ours, sent by our own pages alone (OWASP: synchroniser token, signed by the session).

The token is a keyed hash of the secret in the visitor's cookie: nobody who
cannot read that cookie can make it, and nothing needs to be kept.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import Response, g, request

from verwijsindex.http.problems import Problem

SESSION_COOKIE = "__Host-sessie"
#: For who is not signed in yet: binds the steps of a sign-in to one browser.
BEGIN_COOKIE = "__Host-begin"
DEVICE_COOKIE = "__Host-toestel"
FIELD = "csrf"
HEADER = "X-Csrf"
STALE = (
    "Het formulier was verlopen. Er is niets opgeslagen. Ga terug, ververs de pagina en probeer het"
    " opnieuw."
)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_DEVICE_SECONDS = 365 * 24 * 3600


def csrf_token() -> str:
    """Return the token for forms on this page, 64 hexadecimal digits."""
    return _token_of(browser_secret())


def browser_secret() -> str:
    """Return what only this browser has: in its cookie, or about to be set with this answer."""
    return _secret() or _new_secret()


def check_csrf() -> None:
    """Refuse what another site made this browser send.

    Raises:
        Problem: 403; says what to do, should it have been a page of ours that was open for long.
    """
    if request.method in _SAFE:
        return
    # Every browser of the last years says where a request comes from.
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise Problem(403, STALE)
    secret = _secret()
    sent = request.headers.get(HEADER) or request.form.get(FIELD) or ""
    if secret is None or not hmac.compare_digest(_token_of(secret).encode(), sent.encode()):
        raise Problem(403, STALE)


def keep_cookies(response: Response) -> Response:
    """Set the cookie that a form of this page needs."""
    fresh = g.pop("begin", None)
    if fresh is not None:
        set_cookie(response, BEGIN_COOKIE, fresh)
    return response


def set_cookie(response: Response, name: str, value: str, *, lasting: bool = False) -> None:
    """Set a cookie for this host alone, that no script can read."""
    response.set_cookie(
        name,
        value,
        max_age=_DEVICE_SECONDS if lasting else None,
        path="/",
        secure=True,
        httponly=True,
        samesite="Lax",  # Strict would have the link in a mail arrive as a stranger
    )


def drop_cookie(response: Response, name: str) -> None:
    """Take a cookie away."""
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="Lax")


def _secret() -> str | None:
    return request.cookies.get(SESSION_COOKIE) or request.cookies.get(BEGIN_COOKIE)


def _new_secret() -> str:
    if "begin" not in g:
        g.begin = secrets.token_urlsafe(32)
    made: str = g.begin
    return made


def _token_of(secret: str) -> str:
    return hmac.new(secret.encode(), b"vi-csrf", hashlib.sha256).hexdigest()
