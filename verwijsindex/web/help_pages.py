"""What everybody may read: the handbook, the accessibility statement and the privacy statement."""

from __future__ import annotations

from flask import render_template

from verwijsindex.http.application import anyone
from verwijsindex.request_scope import services
from verwijsindex.web.guards import GuardedPages

help_pages = GuardedPages("help", guard=anyone)


@help_pages.get("/hulp")
def handbook() -> str:
    return render_template("help.html", has_family=services().settings.family_match)


@help_pages.get("/toegankelijkheid")
def accessibility() -> str:
    return render_template("accessibility.html", contact=services().settings.contact)


@help_pages.get("/privacy")
def privacy() -> str:
    settings = services().settings
    return render_template(
        "privacy.html", contact=settings.contact, has_family=settings.family_match
    )
