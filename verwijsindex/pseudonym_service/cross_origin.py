"""Calls from the index's pages (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol).

The browser blinds, so it must call this service itself; no other site's page
may do so with a token that it got hold of.
"""

from __future__ import annotations

from flask import Flask, Response, request

_EXPOSED = "API-Version, Retry-After, WWW-Authenticate"
_PREFLIGHT_SECONDS = 600


def allow_origin(app: Flask, origin: str | None) -> None:
    """Let pages of *origin* (None: of no site) read the answers of *app*.

    The document itself is for everyone's pages, as the Dutch API design rules ask.
    """

    @app.before_request
    def _preflight() -> Response | None:
        # Before the guards: a preflight carries no token.
        if not _is_preflight() or request.url_rule is None:
            return None
        response = Response(status=204)
        if request.headers["Origin"] == origin:
            methods = sorted((request.url_rule.methods or set()) - {"OPTIONS", "HEAD"})
            response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            response.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_SECONDS)
        return response

    @app.after_request
    def _allow(response: Response) -> Response:
        if "Access-Control-Allow-Origin" in response.headers:
            return response  # the document, which is for everyone's pages
        response.headers.add("Vary", "Origin")
        if origin is not None and request.headers.get("Origin") == origin:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = _EXPOSED
        return response


def _is_preflight() -> bool:
    return (
        request.method == "OPTIONS"
        and "Origin" in request.headers
        and "Access-Control-Request-Method" in request.headers
    )
