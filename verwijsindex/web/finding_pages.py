"""The index administrator's page of what looked like searching."""

from __future__ import annotations

from flask import render_template, request

from verwijsindex.accounts.roles import Role
from verwijsindex.fishing import PERIOD, SOON
from verwijsindex.request_scope import services, session
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_findings import list_findings
from verwijsindex.web.guards import GuardedPages, signed_in
from verwijsindex.web.visitors import visitor

findings = GuardedPages("findings", guard=signed_in(Role.ADMINISTRATOR))

_PAGE_SIZE = 50


@findings.get("/beheer/meldingen")
def reports() -> str:
    asked = request.args.get("pagina", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    page = Page(max(number, 1), _PAGE_SIZE)
    total, found = list_findings(session(), services(), caller=visitor().caller, page=page)
    return render_template(
        "findings.html",
        found=found,
        total=total,
        page=page.number,
        last=max(1, -(-total // _PAGE_SIZE)),
        period=PERIOD.days,
        soon=SOON.days,
    )
