"""What nobody followed up: the coordinator's page, and the index administrator's."""

from __future__ import annotations

from flask import Response, render_template, request

from verwijsindex.accounts.roles import Role
from verwijsindex.request_scope import services, session
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_stalled import MOST_LISTED, list_own_stalled, list_stalled
from verwijsindex.web.guards import GuardedPages, signed_in
from verwijsindex.web.team_area import COORDINATOR, coordinator, show
from verwijsindex.web.visitors import visitor

team_stalled = GuardedPages("team_stalled", guard=COORDINATOR)
administering = GuardedPages("administering", guard=signed_in(Role.ADMINISTRATOR))

_PAGE_SIZE = 50


@team_stalled.get("/instelling/vastgelopen")
def own() -> Response:
    page = _page()
    total, found = list_own_stalled(session(), services(), caller=coordinator(), page=page)
    return show("team_stalled.html", found=found, **_counted(page, total))


@administering.get("/beheer/vastgelopen")
def stalled() -> str:
    page = _page()
    total, found = list_stalled(session(), services(), caller=visitor().caller, page=page)
    return render_template("stalled.html", found=found, **_counted(page, total))


def _page() -> Page:
    number = request.args.get("pagina", "1")
    asked = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    return Page(max(asked, 1), _PAGE_SIZE)


def _counted(page: Page, total: int) -> dict[str, int]:
    last = max(1, -(-total // _PAGE_SIZE))
    return {"total": total, "page": page.number, "last": last, "most": MOST_LISTED}
