"""Looking at signals that lapse soon, or in which one may not be involved any more."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template, request, url_for

from verwijsindex.accounts.roles import CASE_WORK
from verwijsindex.http.problems import Problem
from verwijsindex.request_scope import services, session
from verwijsindex.use_cases.change_signal import confirm_signal
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_signals import Checkup, SignalFilter, list_signals
from verwijsindex.web.guards import GuardedPages, signed_in
from verwijsindex.web.sign_in_pages import see_other
from verwijsindex.web.signal_pages import chosen_ids, refused_page
from verwijsindex.web.signal_reading import read_names
from verwijsindex.web.visitors import visitor

checkups = GuardedPages("checkups", guard=signed_in(*CASE_WORK))
_SHOWN = Page(1, 100)


@checkups.get("/signalen/nakijken")
def page() -> str:
    # Opening it changes nothing: mail servers follow the links of mails.
    who = visitor()
    is_mine = who.professional_key is not None and request.args.get("wie", "ik") == "ik"
    key = who.professional_key if is_mine else None
    (lapsing_total, lapsing), (confirming_total, confirming) = (
        list_signals(
            session(),
            services(),
            caller=who.caller,
            wanted=SignalFilter(professional_key=key, checkup=kind),
            page=_SHOWN,
            by_lapse=True,
        )
        for kind in (Checkup.LAPSING, Checkup.CONFIRMING)
    )
    return render_template(
        "checkups.html",
        lapsing=lapsing,
        lapsing_total=lapsing_total,
        confirming=confirming,
        confirming_total=confirming_total,
        is_mine=is_mine,
        names=read_names(session(), who.caller),
        done=request.args.get("gedaan", ""),
        count=request.args.get("keer", 0, type=int),
    )


@checkups.post("/signalen/bevestigd")
def confirm() -> Response | tuple[str, int]:
    done = 0
    refused: list[tuple[UUID, str]] = []
    for one in chosen_ids():
        try:
            confirm_signal(session(), services(), caller=visitor().caller, signal_id=one)
        except Problem as problem:
            session().rollback()
            refused.append((one, problem.detail))
        else:
            done += 1
    if refused:
        return refused_page("bevestigd", done, refused)
    wie = "ik" if request.form.get("wie") == "ik" else "allen"
    said = "bevestigd" if done else "niets"
    return see_other(url_for("checkups.page", wie=wie, gedaan=said, keer=done))
