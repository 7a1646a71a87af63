"""Signing in through one's own organisation: leaving for its provider, and coming back.

Always begun with a link: a redirect to elsewhere after a form is stopped by the
pages' policy (form-action), and rightly so.
"""

from __future__ import annotations

from uuid import UUID

from flask import Response, abort, make_response, redirect, render_template, request, url_for

from verwijsindex.accounts.own_means import is_proven, prove
from verwijsindex.accounts.passkeys import Purpose
from verwijsindex.accounts.provider_sign_in import (
    Arrival,
    Hitch,
    arrive,
    is_proven_by_provider,
    leave,
    link_from,
    provider_of,
    read_choices,
    set_up_from,
    sign_in_from,
)
from verwijsindex.accounts.setting_up import read_setup
from verwijsindex.http.application import anyone
from verwijsindex.request_scope import services, session
from verwijsindex.web.csrf import BEGIN_COOKIE, browser_secret
from verwijsindex.web.guards import GuardedPages
from verwijsindex.web.sign_in_pages import browser, let_in, see_other, wanted_path
from verwijsindex.web.visitors import find_visitor

providers = GuardedPages("providers", guard=anyone)

_STATUS = {Hitch.UNREACHABLE: 503, Hitch.OVER: 400, Hitch.TAKEN: 409}


@providers.get("/inloggen/organisatie")
def choose() -> str:
    return render_template("sign_in_provider.html", choices=read_choices(session()))


@providers.get("/inloggen/organisatie/<uuid:provider_id>")
def sign_in(provider_id: UUID) -> Response:
    return _leave(provider_id, Purpose.SIGN_IN, to=wanted_path())


@providers.get("/instellen/organisatie")
def set_up() -> Response:
    found = read_setup(session(), services(), step_token=request.cookies.get(BEGIN_COOKIE, ""))
    if found is None:
        return make_response(render_template("invitation_over.html"), 410)
    return _leave_own(found.account.organisation_id, Purpose.SETUP, found.account.id)


@providers.get("/inloggen/organisatie/koppelen")
def link() -> Response:
    who = find_visitor()
    if who is None or not is_proven(who, now=services().clock()):
        return see_other(url_for("own.details"))
    return _leave_own(who.caller.organisation_id, Purpose.ADD, who.account_id)


@providers.get("/inloggen/organisatie/bevestigen")
def prove_it() -> Response:
    who = find_visitor()
    if who is None:
        return see_other(url_for("own.details"))
    return _leave_own(who.caller.organisation_id, Purpose.PROVE, who.account_id, to=wanted_path())


@providers.get("/inloggen/organisatie/terug")
def back() -> Response:
    arrival = arrive(
        session(),
        services(),
        state=request.args.get("state", ""),
        code="" if "error" in request.args else request.args.get("code", ""),
        named=request.args.get("iss"),
        secret=browser_secret(),
    )
    if isinstance(arrival, Hitch):
        return _hitch(arrival)
    if arrival.purpose is Purpose.SIGN_IN:
        entered = sign_in_from(session(), services(), arrival=arrival, browser=browser())
        return _hitch(entered) if isinstance(entered, Hitch) else let_in(entered, arrival.to)
    if arrival.purpose is Purpose.SETUP:
        entered = set_up_from(
            session(),
            services(),
            arrival=arrival,
            step_token=request.cookies.get(BEGIN_COOKIE, ""),
            browser=browser(),
        )
        if isinstance(entered, Hitch):
            return _hitch(entered)
        return let_in(entered, url_for("own.details", klaar="organisatie"))
    return _back_inside(arrival)


def _back_inside(arrival: Arrival) -> Response:
    who = find_visitor()
    if who is None:
        return _hitch(Hitch.OVER)
    if arrival.purpose is Purpose.PROVE:
        if not is_proven_by_provider(session(), arrival=arrival, who=who):
            return _hitch(Hitch.UNKNOWN)
        prove(session(), services(), who=who)
        return see_other(arrival.to)
    hitch = link_from(session(), services(), arrival=arrival, who=who)
    return _hitch(hitch) if hitch else see_other(url_for("own.details", klaar="organisatie"))


def _leave_own(organisation_id: UUID, purpose: Purpose, account_id: UUID, to: str = "") -> Response:
    provider = provider_of(session(), organisation_id)
    if provider is None:
        abort(404)
    return _leave(provider.id, purpose, account_id=account_id, to=to)


def _leave(
    provider_id: UUID, purpose: Purpose, *, account_id: UUID | None = None, to: str = ""
) -> Response:
    where = leave(
        session(),
        services(),
        provider_id=provider_id,
        purpose=purpose,
        secret=browser_secret(),
        account_id=account_id,
        to=to,
    )
    if where is None:
        abort(404)
    return _hitch(where) if isinstance(where, Hitch) else make_response(redirect(where, 303))


def _hitch(hitch: Hitch) -> Response:
    body = render_template("provider_hitch.html", hitch=hitch)
    return make_response(body, _STATUS.get(hitch, 403))
