"""Transferring on screen: one or several of one's signals, or all of a colleague's."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Response, request, url_for

from verwijsindex.access import Caller
from verwijsindex.accounts.roles import CASE_WORK
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.request_scope import services, session
from verwijsindex.use_cases.read_takers import Taker, chosen_taker, read_takers
from verwijsindex.use_cases.read_team import read_colleague
from verwijsindex.use_cases.transfer_signals import (
    TransferResult,
    transfer_all,
    transfer_several,
    transfer_signal,
)
from verwijsindex.web.guards import GuardedPages, signed_in
from verwijsindex.web.sign_in_pages import see_other
from verwijsindex.web.signal_pages import chosen_ids, chosen_page, done_page, reason_of
from verwijsindex.web.team_area import coordinator, show
from verwijsindex.web.team_pages import team
from verwijsindex.web.visitors import visitor

transfers = GuardedPages("transfers", guard=signed_in(*CASE_WORK))
_WHOM = "kies wie het overneemt"


@transfers.post("/signalen/overdragen")
def transfer_form() -> Response:
    return _form_page([])


@transfers.post("/signalen/overgedragen")
def transfer() -> Response | tuple[str, int]:
    ids = chosen_ids()
    units = read_takers(session(), services(), caller=visitor().caller)
    taker = chosen_taker(units, request.form.get("aan", ""))
    if taker is None or not ids:
        return _form_page([InvalidParam(name="aan", reason=_WHOM)])
    try:
        moved, left = _transfer(ids, taker)
    except InvalidInput as refused:
        session().rollback()
        return _form_page([InvalidParam(name="aan", reason=reason_of(refused))])
    if len(ids) == 1 and moved:
        return see_other(url_for("caseload.signal", signal_id=ids[0], gedaan="overgedragen"))
    return done_page("overgedragen", moved, left)


def _transfer(ids: Sequence[UUID], taker: Taker) -> tuple[int, list[tuple[UUID, str]]]:
    """Return how many went to *taker*, and which did not and why."""
    caller, acting_id = visitor().caller, visitor().professional_id
    if len(ids) > 1:
        done = transfer_several(
            session(),
            services(),
            caller=caller,
            signal_ids=ids,
            target=taker.target,
            acting_id=acting_id,
        )
        return done.moved, [(one.signal_id, one.reason) for one in done.left]
    (only,) = ids
    try:
        transfer_signal(
            session(),
            services(),
            caller=caller,
            signal_id=only,
            target=taker.target,
            acting_id=acting_id,
        )
    except InvalidInput:
        raise
    except Problem as refused:
        session().rollback()
        return 0, [(only, reason_of(refused))]
    return 1, []


def _form_page(faults: Sequence[InvalidParam]) -> Response:
    units = read_takers(session(), services(), caller=visitor().caller)
    return chosen_page("signals_transfer.html", faults, units=units)


@team.get("/instelling/medewerkers/<uuid:professional_id>/overdracht")
def professional_transfer(professional_id: UUID) -> Response:
    return _all_page(professional_id)


@team.post("/instelling/medewerkers/<uuid:professional_id>/overdracht")
def professional_transfer_all(professional_id: UUID) -> Response:
    caller = coordinator()
    found = read_colleague(session(), services(), caller=caller, professional_id=professional_id)
    key = found.professional.key
    units = read_takers(session(), services(), caller=caller, without_key=key)
    taker = chosen_taker(units, request.form.get("aan", ""))
    if taker is None:
        return _all_page(professional_id, [InvalidParam(name="aan", reason=_WHOM)])
    try:
        done = transfer_all(
            session(), services(), caller=caller, professional_key=key, target=taker.target
        )
    except InvalidInput as refused:
        session().rollback()
        fault = InvalidParam(name="aan", reason=reason_of(refused))
        return _all_page(professional_id, [fault])
    return _all_page(professional_id, done=done, taker=taker)


def _all_page(
    professional_id: UUID,
    faults: Sequence[InvalidParam] = (),
    *,
    done: TransferResult | None = None,
    taker: Taker | None = None,
) -> Response:
    caller: Caller = coordinator()
    found = read_colleague(session(), services(), caller=caller, professional_id=professional_id)
    key = found.professional.key
    return show(
        "team_transfer.html",
        status=400 if faults else 200,
        colleague=found,
        units=read_takers(session(), services(), caller=caller, without_key=key),
        faults=faults,
        outcome=done,
        taker=taker,
    )
