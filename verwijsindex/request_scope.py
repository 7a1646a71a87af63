"""What one request has: the services of its application, and one database session."""

from __future__ import annotations

import contextlib

from flask import Flask, current_app, g
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from verwijsindex.services import Services


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


def close_sessions(app: Flask) -> None:
    """Have *app* close the session of each request when it is over."""

    @app.teardown_appcontext
    def _close(_: BaseException | None) -> None:
        opened = g.pop("session", None)
        if opened is not None:
            # The answer is made: a connection that is dead by now takes nothing from it.
            with contextlib.suppress(DBAPIError):
                opened.close()
