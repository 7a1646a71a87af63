"""One's signals: found, extended and ended, one or several at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, abort, make_response, render_template, request, url_for

from match.checkups import lapse_horizon
from match.history import HISTORY, HistoryReason
from match.signals import EndReason, SignalStatus
from orgprofiles.domains import AgeGroup
from verwijsindex.accounts.roles import CASE_WORK
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.request_scope import services, session
from verwijsindex.use_cases.change_signal import change_term, end_signal
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_signals import (
    Checkup,
    SignalFilter,
    SignalView,
    count_checkups,
    list_signals,
    open_history,
    read_signal,
)
from verwijsindex.web.dutch_input import read_date
from verwijsindex.web.guards import GuardedPages, signed_in
from verwijsindex.web.registration_reading import read_way_to_match
from verwijsindex.web.sign_in_pages import see_other
from verwijsindex.web.signal_reading import (
    HISTORY_WORDS,
    REASON_WORDS,
    STATUS_WORDS,
    read_age_groups,
    read_names,
    usual_end,
)
from verwijsindex.web.visitors import visitor

caseload = GuardedPages("caseload", guard=signed_in(*CASE_WORK))
SIZES = (50, 500)
_YOUNG = AgeGroup.YOUNG_ADULT
_WHY = "kies een van de redenen"


@caseload.context_processor
def _words() -> dict[str, Any]:
    return {"status_words": STATUS_WORDS, "reason_words": REASON_WORDS}


@caseload.get("/signalen")
def signals() -> str:
    chosen = _choice()
    wanted = SignalFilter(
        status=chosen["status"],
        unit_id=chosen["unit_id"],
        professional_key=visitor().professional_key if chosen["mine"] else None,
        checkup=Checkup.LAPSING if chosen["soon"] else None,
    )
    page = Page(request.args.get("pagina", 1, type=int), chosen["size"])
    if page.number < 1:
        abort(404)
    total, found = _listed(wanted, page, by_lapse=chosen["soon"])
    last = max(1, math.ceil(total / page.size))
    if page.number > last:
        abort(404)
    return _list_page(found, total, chosen=chosen, page=page.number, last=last)


@caseload.post("/signalen/zoek")
def find() -> str:
    # A reference is never in an address: the answer to this form is the page itself.
    reference = request.form.get("kenmerk", "").strip()
    chosen = _choice() | {"reference": reference, "mine": False, "status": None}
    if not reference:
        return _list_page([], 0, chosen=chosen)
    total, found = _listed(SignalFilter(reference=reference[:32]), Page(1, SIZES[-1]))
    return _list_page(found, total, chosen=chosen)


@caseload.get("/signalen/<uuid:signal_id>")
def signal(signal_id: UUID) -> str:
    view = read_signal(session(), services(), caller=visitor().caller, signal_id=signal_id)
    if view is None:
        abort(404)
    return _signal_page(view)


def _signal_page(view: SignalView, faults: Sequence[InvalidParam] = ()) -> str:
    return render_template(
        "signal.html",
        done=request.args.get("gedaan", ""),
        view=view,
        names=read_names(session(), visitor().caller),
        way=read_way_to_match(session(), view.id) if view.match else None,
        faults=faults,
        history_reasons=HISTORY_WORDS,
        gone_on=view.ended_at and view.ended_at + HISTORY,
    )


@caseload.post("/signalen/<uuid:signal_id>/inzage")
def open_ended(signal_id: UUID) -> str | tuple[str, int]:
    # A form and no address: what one is after is in no history of a browser.
    caller = visitor().caller
    word = request.form.get("reden", "")
    if word in set(HistoryReason):
        reason = HistoryReason(word)
        return _signal_page(
            open_history(session(), services(), caller=caller, signal_id=signal_id, reason=reason)
        )
    view = read_signal(session(), services(), caller=caller, signal_id=signal_id)
    if view is None:
        abort(404)
    return _signal_page(view, [{"name": "reden", "reason": _WHY}]), 400


@caseload.post("/signalen/verlengen")
def extend_form() -> Response:
    return chosen_page("signals_extend.html", [])


@caseload.post("/signalen/verlengd")
def extend() -> Response | tuple[str, int]:
    faults: list[InvalidParam] = []
    day = read_date(request.form.get("tot", ""), "tot", faults)
    ids = chosen_ids()
    caller, today = visitor().caller, services().today()
    groups = read_age_groups(session(), caller, ids)
    session().rollback()  # nothing was written; each change is a transaction of its own
    if ids and not groups:
        abort(404)
    said: dict[UUID, AgeGroup | None] = {}
    for one, group in groups.items():
        answer = request.form.get(f"leeftijd-{one}", "")
        said[one] = AgeGroup(answer) if answer in {_YOUNG, AgeGroup.ADULT} else None
        if group is _YOUNG and said[one] is None:
            faults.append({"name": f"leeftijd-{one}", "reason": "kies hoe oud de cliënt nu is"})
    if faults:
        return chosen_page("signals_extend.html", faults)
    done, refused = 0, []
    for one, group in groups.items():
        now_group = said[one]
        lapses = day or usual_end(caller.terms, now_group or group, today)
        try:
            change_term(
                session(),
                services(),
                caller=caller,
                signal_id=one,
                lapses=lapses,
                age_group=now_group,
            )
        except Problem as problem:
            session().rollback()
            refused.append((one, reason_of(problem)))
        else:
            done += 1
    return done_page("verlengd", done, refused)


@caseload.post("/signalen/beeindigen")
def end_form() -> Response:
    return chosen_page("signals_end.html", [])


@caseload.post("/signalen/beeindigd")
def end() -> Response | tuple[str, int]:
    word = request.form.get("reden", "")
    if word not in set(EndReason):
        return chosen_page("signals_end.html", [{"name": "reden", "reason": _WHY}])
    done, refused = 0, []
    ids = chosen_ids()
    for one in ids:
        try:
            end_signal(
                session(),
                services(),
                caller=visitor().caller,
                signal_id=one,
                reason=EndReason(word),
            )
        except Problem as problem:
            session().rollback()
            refused.append((one, reason_of(problem)))
        else:
            done += 1
    if word == EndReason.WRONG_PERSON and len(ids) == 1 and done:
        # What came of it, and what to do now.
        return see_other(url_for("caseload.signal", signal_id=ids[0]))
    return done_page("beeindigd", done, refused)


def _listed(
    wanted: SignalFilter, page: Page, *, by_lapse: bool = False
) -> tuple[int, Sequence[SignalView]]:
    return list_signals(
        session(),
        services(),
        caller=visitor().caller,
        wanted=wanted,
        page=page,
        by_lapse=by_lapse,
    )


def _choice() -> dict[str, Any]:
    """Return the filters of this request; what makes no sense counts as not chosen."""
    status = request.args.get("status", SignalStatus.ACTIVE.value)
    size = request.args.get("aantal", SIZES[0], type=int)
    has_own = visitor().professional_key is not None
    return {
        "status": None if status == "alle" else _status(status),
        "unit_id": request.args.get("afdeling", type=UUID),
        "mine": has_own and request.args.get("wie", "ik") == "ik",
        "soon": "binnenkort" in request.args,
        "size": size if size in SIZES else SIZES[0],
        "reference": "",
    }


def _status(word: str) -> SignalStatus:
    return SignalStatus(word) if word in set(SignalStatus) else SignalStatus.ACTIVE


def _list_page(
    found: Sequence[SignalView],
    total: int,
    *,
    chosen: dict[str, Any],
    page: int = 1,
    last: int = 1,
) -> str:
    return render_template(
        "signals.html",
        signals=found,
        total=total,
        chosen=chosen,
        names=read_names(session(), visitor().caller),
        page=page,
        last=last,
        sizes=SIZES,
        done=request.args.get("gedaan", ""),
        count=request.args.get("keer", 0, type=int),
        soon=lapse_horizon(services().today()),
        counts=count_checkups(
            session(),
            services(),
            caller=visitor().caller,
            professional_key=visitor().professional_key if chosen["mine"] else None,
        ),
    )


def chosen_page(template: str, faults: Sequence[InvalidParam], **values: Any) -> Response:
    """Return a page that asks about the signals that were ticked; back when none was.

    Args:
        template: Of the page.
        faults: What was wrong with what was filled in.
        values: What the page shows besides.
    """
    ids = chosen_ids()
    if not ids:
        return see_other(url_for("caseload.signals", gedaan="niets"))
    _, found = _listed(SignalFilter(ids=ids), Page(1, SIZES[-1]))
    if not found:
        abort(404)
    groups = read_age_groups(session(), visitor().caller, ids)
    body = render_template(
        template,
        signals=found,
        faults=faults,
        young={one for one, group in groups.items() if group is _YOUNG},
        form=request.form,
        terms=visitor().caller.terms,
        reasons=REASON_WORDS,
        **values,
    )
    return make_response(body, 400 if faults else 200)


def done_page(deed: str, count: int, refused: list[tuple[UUID, str]]) -> Response | tuple[str, int]:
    """Return to the list, which says how many; or the page that says what did not work, and why."""
    if not refused:
        return see_other(
            url_for("caseload.signals", gedaan=deed, keer=count)
            if count
            else url_for("caseload.signals", gedaan="niets")
        )
    return refused_page(deed, count, refused)


def refused_page(deed: str, count: int, refused: Sequence[tuple[UUID, str]]) -> tuple[str, int]:
    """Return the page that tells for which signals something was not possible, and why."""
    _, views = _listed(SignalFilter(ids=[one for one, _ in refused]), Page(1, SIZES[-1]))
    by_id = {view.id: view for view in views}
    rows = [(by_id[one], reason) for one, reason in refused if one in by_id]
    if not rows:
        abort(404)
    return render_template("signals_refused.html", rows=rows, count=count, deed=deed), 409


def chosen_ids() -> list[UUID]:
    """Return the signals that were ticked, each once."""
    found = []
    for text in request.form.getlist("signaal")[: SIZES[-1]]:
        try:
            found.append(UUID(text))
        except ValueError:
            abort(400)
    return list(dict.fromkeys(found))


def reason_of(problem: Problem) -> str:
    """Return why something was refused, in words for the page."""
    if isinstance(problem, InvalidInput):
        return "; ".join(one["reason"] for one in problem.invalid_params)
    return problem.detail
