"""Lists come in pages: ``pagina``, ``perPagina``, a total and ``Link`` headers (RFC 8288)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import request

from verwijsindex.http.fields import QueryNumber, Schema
from verwijsindex.use_cases.paging import Page

LARGEST_PAGE = 500


class PageQuery(Schema):
    """Which page of a list."""

    number = QueryNumber(1, 1_000_000, data_key="pagina", load_default=1)
    size = QueryNumber(1, LARGEST_PAGE, data_key="perPagina", load_default=50)


class NoQuery(Schema):
    """Nothing can be asked with it."""


def page_of(query: Mapping[str, Any]) -> Page:
    """Return the page that a validated query asks for."""
    return Page(query["number"], query["size"])


def link_headers(page: Page, total: int) -> dict[str, str]:
    """Return the ``Link`` header to the pages around *page*.

    It repeats the query that came in, which validation has found to hold
    nothing but ids, dates and words from closed lists.
    """
    last = max(1, -(-total // page.size))
    targets = {"first": 1, "last": last}
    if page.number > 1:
        targets["prev"] = min(page.number - 1, last)
    if page.number < last:
        targets["next"] = page.number + 1
    others = {key: value for key, value in request.args.items() if key != "pagina"}
    here = request.script_root + request.path
    links = [
        f'<{here}?{urlencode({**others, "pagina": number})}>; rel="{relation}"'
        for relation, number in targets.items()
    ]
    return {"Link": ", ".join(links)}
