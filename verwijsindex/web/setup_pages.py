"""Choosing how to sign in, from a link in a mail; each page one thing to do."""

from __future__ import annotations

from flask import Response, make_response, render_template, request, url_for
from markupsafe import Markup

from verwijsindex.accounts.one_time_codes import enrolment_svg, spaced
from verwijsindex.accounts.provider_sign_in import provider_of
from verwijsindex.accounts.records import LinkKind
from verwijsindex.accounts.setting_up import (
    SetUp,
    accept_device,
    accept_link,
    choose_password,
    confirm_code,
    read_link,
    read_setup,
)
from verwijsindex.http.application import anyone
from verwijsindex.http.problems import InvalidParam
from verwijsindex.request_scope import services, session
from verwijsindex.web.csrf import BEGIN_COOKIE, DEVICE_COOKIE, set_cookie
from verwijsindex.web.guards import GuardedPages
from verwijsindex.web.sign_in_pages import browser, give_session, see_other

setup = GuardedPages("setup", guard=anyone)


@setup.get("/uitnodiging/<string(length=43):token>")
def invitation(token: str) -> Response | tuple[str, int]:
    link = read_link(session(), services(), token=token)
    if link is None:
        return render_template("invitation_over.html"), 404
    return make_response(render_template("invitation.html", link=link, kinds=LinkKind, token=token))


@setup.post("/uitnodiging/<string(length=43):token>")
def accept(token: str) -> Response | tuple[str, int]:
    device = accept_device(session(), services(), token=token)
    if device is not None:
        response = see_other(url_for("sign_in.password_form", reden="toestel"))
        set_cookie(response, DEVICE_COOKIE, device, lasting=True)
        return response
    step = accept_link(session(), services(), token=token)
    if step is None:
        return render_template("invitation_over.html"), 404
    response = see_other(url_for("setup.choice"))
    set_cookie(response, BEGIN_COOKIE, step)
    return response


@setup.get("/instellen")
def choice() -> Response | tuple[str, int]:
    found = read_setup(session(), services(), step_token=_step())
    if found is None:
        return _over()
    provider = provider_of(session(), found.account.organisation_id)
    return make_response(render_template("setup.html", setup=found, provider=provider))


@setup.get("/instellen/wachtwoord")
def password_form() -> Response | tuple[str, int]:
    return _password_page([])


@setup.post("/instellen/wachtwoord")
def choose() -> Response | tuple[str, int]:
    faults = choose_password(
        session(),
        services(),
        step_token=_step(),
        password=request.form.get("wachtwoord", ""),
        again=request.form.get("nogmaals", ""),
    )
    if faults is None:
        return _over()
    return _password_page(faults) if faults else see_other(url_for("setup.code_form"))


@setup.get("/instellen/code")
def code_form() -> Response | tuple[str, int]:
    return _code_page([])


@setup.post("/instellen/code")
def confirm() -> Response | tuple[str, int]:
    outcome = confirm_code(
        session(),
        services(),
        step_token=_step(),
        code=request.form.get("code", ""),
        browser=browser(),
    )
    if outcome is None:
        return _over()
    return recovery_page(outcome) if isinstance(outcome, SetUp) else _code_page(outcome)


def recovery_page(done: SetUp) -> Response:
    """Show the recovery codes, once, to somebody who is in from now on."""
    response = make_response(render_template("recovery_codes.html", codes=done.recovery_codes))
    give_session(response, done.entered)
    return response


def app_picture(secret: str, *, email: str) -> Markup:
    """Return the picture that an app reads *secret* from."""
    # Made by the library of numbers and black squares alone.
    return Markup(enrolment_svg(secret, email=email))  # noqa: S704  # nosec B704  # nosemgrep: html-not-escaped


def _password_page(faults: list[InvalidParam]) -> Response | tuple[str, int]:
    found = read_setup(session(), services(), step_token=_step())
    if found is None:
        return _over()
    body = render_template("setup_password.html", setup=found, faults=faults)
    return make_response(body, 400 if faults else 200)


def _code_page(faults: list[InvalidParam]) -> Response | tuple[str, int]:
    found = read_setup(session(), services(), step_token=_step())
    if found is None or found.secret is None:
        return _over()
    body = render_template(
        "setup_code.html",
        picture=app_picture(found.secret, email=found.account.email),
        secret=spaced(found.secret),
        offer=None,  # the step that is under way has the secret
        faults=faults,
    )
    return make_response(body, 400 if faults else 200)


def _over() -> tuple[str, int]:
    return render_template("invitation_over.html"), 410


def _step() -> str:
    return request.cookies.get(BEGIN_COOKIE, "")
