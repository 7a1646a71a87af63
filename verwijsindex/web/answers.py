"""What every page answers with: headers, what templates need, and errors as pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, make_response, render_template, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from verwijsindex import event_log
from verwijsindex.database import is_passing
from verwijsindex.http.problems import (
    DETAILS,
    InvalidInput,
    Problem,
    problem_response,
    route_template,
)
from verwijsindex.request_scope import services as request_services
from verwijsindex.services import Services
from verwijsindex.web.csrf import csrf_token
from verwijsindex.web.menu import menu_of
from verwijsindex.web.visitors import find_visitor

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "browsing-topics=(), camera=(), display-capture=(), geolocation=(), microphone=()"
    ),
}


def answer_as_pages(pages: Blueprint) -> None:
    """Have *pages* answer with all that pages have in common."""
    pages.context_processor(_context)
    pages.after_request(add_headers)
    _answer_errors(pages)


def page_policy(*, connect: str = "", scripts: str = "'none'", more: str = "") -> str:
    """Return the content security policy of a page.

    Args:
        connect: Another origin that its scripts may ask.
        scripts: The trusted-types policy by which it may start a worker.
        more: Further directives.
    """
    return "; ".join(
        part
        for part in (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self' {connect}".strip(),
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            f"trusted-types {scripts}",
            more,
        )
        if part
    )


def service_origin(services: Services) -> str:
    """Return where the pseudonym service is, for a policy: ``https://pseudoniemen.example``."""
    parts = urlsplit(services.settings.service_url)
    return f"{parts.scheme}://{parts.netloc}"


def _context() -> dict[str, Any]:
    visitor = find_visitor()
    return {
        "visitor": visitor,
        "menu": menu_of(visitor),
        "csrf": csrf_token,
        "has_theme": bool(request_services().settings.theme),
        "is_demo": "demo" in current_app.blueprints,
    }


def _answer_errors(pages: Blueprint) -> None:
    @pages.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        if error.response is not None:
            return make_response(error.get_response())
        return error_page(error.code or 500)

    @pages.errorhandler(Problem)
    def not_so(error: Problem) -> Response:
        if _wants_json():
            return problem_response(error)
        return error_page(error.status, error)

    @pages.errorhandler(DBAPIError)
    @pages.errorhandler(PoolTimeout)
    def database_failed(error: Exception) -> Response:
        event_log.log_unexpected(error, route=route_template())
        # A restart or a full pool passes; so does what was asked, when it is asked again.
        return error_page(503 if is_passing(error) else 500)

    @pages.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        event_log.log_unexpected(error, route=route_template())
        return error_page(500)


def error_page(status: int, problem: Problem | None = None) -> Response:
    """Return a page that says what is wrong and what to do; for scripts, a problem."""
    if _wants_json():
        return problem_response(problem or Problem(status if status in DETAILS else 500))
    detail = None
    if problem is not None:
        # What is said of every error of its kind is written for machines; pages say it themselves.
        detail = None if problem.detail == DETAILS.get(status) else problem.detail
        if isinstance(problem, InvalidInput):
            detail = " ".join(f"{one['name']}: {one['reason']}." for one in problem.invalid_params)
    body = render_template("error.html", **(_context() | {"status": status, "detail": detail}))
    return make_response(body, status)


def _wants_json() -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def add_headers(response: Response) -> Response:
    """Add what protects a page, where it has not its own."""
    if "Content-Security-Policy" not in response.headers:
        response.headers["Content-Security-Policy"] = page_policy()
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
