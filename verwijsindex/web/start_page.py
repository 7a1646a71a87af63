"""The start page: what waits for me."""

from __future__ import annotations

from flask import render_template

from verwijsindex.web.guards import GuardedPages


def add_start(pages: GuardedPages) -> None:
    """Give *pages* the start page."""

    @pages.get("/")
    def start() -> str:
        return render_template("home.html")
