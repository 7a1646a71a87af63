"""Matches: who else is involved, how to reach them, what came of it, and who keeps the overview."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, abort, make_response, render_template, request, url_for

from match.case_leads import Lead, LeadKind
from match.follow_up import IN_CONTACT, UNSETTLED, Acquaintance, FollowUp, FollowUpStage, Outcome
from match.matches import MatchStatus
from verwijsindex.accounts.roles import Role
from verwijsindex.http.problems import Problem
from verwijsindex.request_scope import services, session
from verwijsindex.use_cases.direct_match import list_directors
from verwijsindex.use_cases.follow_up_match import (
    FollowUpChange,
    confirm_acquaintance,
    record_follow_up,
)
from verwijsindex.use_cases.lead_match import accept_lead, decline_lead, propose_lead
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_matches import (
    MatchOrder,
    list_matches,
    read_match,
)
from verwijsindex.use_cases.reveal_participation import reveal_participation
from verwijsindex.web import match_wording
from verwijsindex.web.guards import GuardedPages, signed_in
from verwijsindex.web.participation_reading import Standing, read_participation
from verwijsindex.web.sign_in_pages import see_other
from verwijsindex.web.visitors import visitor

matches = GuardedPages("match", guard=signed_in(Role.PROFESSIONAL))
_PAGE = "/matches/<uuid:match_id>/deelnames/<uuid:participation_id>"
_PER_PAGE = 50
_WHICH = ("open", "doen", "alles")


@matches.context_processor
def _words() -> dict[str, Any]:
    return {"match_wording": match_wording, "today": services().today()}


@matches.get("/matches")
def matches_page() -> str:
    who = visitor()
    is_mine = who.professional_id is not None and request.args.get("wie", "ik") == "ik"
    which = request.args.get("welke", _WHICH[0])
    which = which if which in _WHICH else _WHICH[0]
    page = request.args.get("pagina", 1, type=int)
    if page < 1:
        abort(404)
    total, found = list_matches(
        session(),
        services(),
        caller=who.caller,
        page=Page(page, _PER_PAGE),
        status=None if which == "alles" else MatchStatus.OPEN,
        stage=FollowUpStage.OPEN if which == "doen" else None,
        professional_id=who.professional_id if is_mine else None,
        order=MatchOrder.DEADLINE,
    )
    last = max(1, math.ceil(total / _PER_PAGE))
    if page > last:
        abort(404)
    return render_template(
        "matches.html",
        matches=found,
        total=total,
        is_mine=is_mine,
        which=which,
        page=page,
        last=last,
    )


@matches.get(_PAGE)
def match_page(match_id: UUID, participation_id: UUID) -> Response:
    return _page(match_id, participation_id)


@matches.post(f"{_PAGE}/opvolging")
def follow_up(match_id: UUID, participation_id: UUID) -> Response:
    status = request.form.get("status", "")
    if status not in set(FollowUp):
        abort(400)
    outcomes = [one for one in request.form.getlist("opbrengst") if one in set(Outcome)]
    change = FollowUpChange(
        status=FollowUp(status),
        met=_met(FollowUp(status), match_id, participation_id),
        outcomes=[Outcome(one) for one in outcomes],
    )
    return _done(
        "opvolging",
        record_follow_up,
        match_id,
        participation_id,
        participation_id=participation_id,
        change=change,
        acting_id=visitor().professional_id,
    )


@matches.post(f"{_PAGE}/bevestiging")
def confirm(match_id: UUID, participation_id: UUID) -> Response:
    return _done(
        "opvolging",
        confirm_acquaintance,
        match_id,
        participation_id,
        participation_id=participation_id,
        others=_ids("met"),
    )


@matches.post(f"{_PAGE}/zichtbaar")
def reveal(match_id: UUID, participation_id: UUID) -> Response:
    return _done(
        "wie",
        reveal_participation,
        match_id,
        participation_id,
        participation_id=participation_id,
    )


@matches.post(f"{_PAGE}/regie")
def lead(match_id: UUID, participation_id: UUID) -> Response:
    _require_own(match_id, participation_id)
    wanted = request.form.get("wie", "")
    if wanted == "client":
        chosen = Lead(is_client=True)
    elif wanted == "ik":
        chosen = Lead(participation_id=participation_id)
    elif directors := _ids("regisseur"):
        chosen = Lead(director_id=directors[0])
    elif others := _ids("wie"):
        chosen = Lead(participation_id=others[0])
    else:
        abort(400)
    return _done("regie", propose_lead, match_id, participation_id, lead=chosen)


@matches.post(f"{_PAGE}/regie/aanvaarding")
def accept(match_id: UUID, participation_id: UUID) -> Response:
    _require_own(match_id, participation_id)
    return _done("regie", accept_lead, match_id, participation_id)


@matches.post(f"{_PAGE}/regie/weigering")
def decline(match_id: UUID, participation_id: UUID) -> Response:
    _require_own(match_id, participation_id)
    return _done("regie", decline_lead, match_id, participation_id)


@matches.get("/matches/<path:_rest>")
def nothing(_rest: str) -> Response:
    abort(404)


def _require_own(match_id: UUID, participation_id: UUID) -> None:
    """Answer 404 where the part in the address is somebody else's: the lead is of the match."""
    view = read_match(session(), services(), caller=visitor().caller, match_id=match_id)
    if view is None or participation_id not in {one.id for one in view.own}:
        abort(404)


def _done(
    part: str,
    deed: Callable[..., None],
    match_id: UUID,
    participation_id: UUID,
    /,
    **how: Any,
) -> Response:
    """Do *deed* and go back to *part* of the page; what is refused is said on the page."""
    try:
        deed(session(), services(), caller=visitor().caller, match_id=match_id, **how)
    except Problem as refused:
        if refused.status == 404:
            raise
        session().rollback()
        return _page(match_id, participation_id, refused)
    address = url_for(
        "match.match_page",
        match_id=match_id,
        participation_id=participation_id,
        gedaan=part,
        _anchor=part,
    )
    return see_other(address)


def _page(match_id: UUID, participation_id: UUID, refused: Problem | None = None) -> Response:
    who = visitor()
    view = read_participation(
        session(),
        services(),
        caller=who.caller,
        match_id=match_id,
        participation_id=participation_id,
    )
    if view is None:
        abort(404)
    own = view.own
    is_mine = own.professional_id is not None and own.professional_id == who.professional_id
    body = render_template(
        "match.html",
        view=view,
        match=view.line.match,
        own=own,
        organisation_name=who.organisation_name,
        events=match_wording.time_line_words(view.line),
        faults=match_wording.fault_words(refused),
        said=refused.detail if refused and not refused.invalid_params else None,
        standings=Standing,
        is_mine=is_mine,
        may_pick_up=own.follow_up.status is FollowUp.OPEN and not is_mine,
        unsettled=own.follow_up.is_unsettled,
        asked_again=own.follow_up.is_unsettled and own.follow_up.status not in UNSETTLED,
        in_contact=own.follow_up.status in IN_CONTACT,
        to_confirm=[
            one.participation_id
            for one in own.follow_up.acquaintances
            if one.status is Acquaintance.SAID_BY_OTHER
        ],
        statuses=FollowUp,
        lead_kinds=LeadKind,
        directors=list_directors(session()),
    )
    return make_response(body, refused.status if refused else 200)


def _met(status: FollowUp, match_id: UUID, participation_id: UUID) -> list[UUID]:
    """Return with whom one was in contact already: with one other there is nothing to choose.

    Of those whom this part sees: a colleague's part in the same family may see others.
    """
    if status is not FollowUp.ALREADY_IN_CONTACT:
        return []
    chosen = _ids("met")
    if chosen:
        return chosen
    view = read_match(session(), services(), caller=visitor().caller, match_id=match_id)
    own = view.own if view else ()
    others = [other for part in own if part.id == participation_id for other in part.sees]
    return others if len(others) == 1 else []


def _ids(name: str) -> list[UUID]:
    try:
        return [UUID(one) for one in request.form.getlist(name)]
    except ValueError:
        raise Problem(400) from None
