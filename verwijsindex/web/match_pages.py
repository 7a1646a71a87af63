"""The match page: who else is involved, how to reach them, and what to do."""

from __future__ import annotations

from uuid import UUID

from flask import Response, abort, render_template

from verwijsindex.accounts.roles import Role
from verwijsindex.request_scope import services, session
from verwijsindex.web.guards import GuardedPages, signed_in
from verwijsindex.web.participation_reading import Standing, read_participation
from verwijsindex.web.visitors import visitor

matches = GuardedPages("match", guard=signed_in(Role.PROFESSIONAL, Role.MATCH_LEAD))


@matches.get("/matches/<uuid:match_id>/deelnames/<uuid:participation_id>")
def match_page(match_id: UUID, participation_id: UUID) -> str:
    view = read_participation(
        session(),
        services(),
        caller=visitor().caller,
        match_id=match_id,
        participation_id=participation_id,
    )
    if view is None:
        abort(404)
    return render_template("match.html", view=view, standings=Standing)


@matches.get("/matches/<path:_rest>")
def nothing(_rest: str) -> Response:
    abort(404)
