"""The match regisseur's page: of which matches one was asked to keep the overview."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template, url_for

from verwijsindex.accounts.roles import Role
from verwijsindex.request_scope import services, session
from verwijsindex.use_cases.direct_match import answer_assignment, list_assignments
from verwijsindex.web.guards import GuardedPages, signed_in
from verwijsindex.web.sign_in_pages import see_other
from verwijsindex.web.visitors import visitor

directing = GuardedPages("directing", guard=signed_in(Role.MATCH_LEAD))


@directing.get("/regie")
def assignments() -> str:
    found = list_assignments(session(), services(), caller=visitor().caller)
    return render_template("assignments.html", assignments=found)


@directing.post("/regie/<uuid:lead_id>/aanvaarding")
def accept(lead_id: UUID) -> Response:
    return _answer(lead_id, accepts=True)


@directing.post("/regie/<uuid:lead_id>/weigering")
def decline(lead_id: UUID) -> Response:
    return _answer(lead_id, accepts=False)


def _answer(lead_id: UUID, *, accepts: bool) -> Response:
    answer_assignment(
        session(), services(), caller=visitor().caller, lead_id=lead_id, accepts=accepts
    )
    done = "aanvaard" if accepts else "geweigerd"
    return see_other(url_for("directing.assignments", gedaan=done))
