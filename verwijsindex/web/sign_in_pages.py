"""Signing in with a password and a one-time code, and signing out."""

from __future__ import annotations

from flask import (
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from verwijsindex.accounts.provider_sign_in import read_choices
from verwijsindex.accounts.signing_in import (
    Browser,
    Entered,
    Refusal,
    ask_device_link,
    sign_out_of,
    try_code,
    try_password,
)
from verwijsindex.http.application import anyone
from verwijsindex.request_scope import services, session
from verwijsindex.web.csrf import (
    BEGIN_COOKIE,
    DEVICE_COOKIE,
    SESSION_COOKIE,
    drop_cookie,
    set_cookie,
)
from verwijsindex.web.guards import GuardedPages
from verwijsindex.web.user_agents import describe_device
from verwijsindex.web.visitors import find_visitor, visitor

sign_in = GuardedPages("sign_in", guard=anyone)


@sign_in.get("/inloggen")
def password_form() -> Response | str:
    if find_visitor() is not None:
        return see_other(wanted_path())
    return _password_page(None, "")


@sign_in.post("/inloggen")
def password() -> Response | tuple[str, int]:
    email = request.form.get("email", "")
    outcome = try_password(
        session(),
        services(),
        email=email,
        password=request.form.get("wachtwoord", ""),
        browser=browser(),
    )
    if isinstance(outcome, Refusal):
        status = 400 if outcome is Refusal.WRONG else 429
        return _password_page(outcome, email[:254]), status
    response = see_other(url_for("sign_in.code", naar=request.values.get("naar") or None))
    set_cookie(response, BEGIN_COOKIE, outcome)
    return response


@sign_in.get("/inloggen/code")
def code() -> str:
    return render_template("sign_in_code.html", refusal=None)


@sign_in.post("/inloggen/code")
def enter_code() -> Response | tuple[str, int]:
    outcome = try_code(
        session(),
        services(),
        step_token=request.cookies.get(BEGIN_COOKIE, ""),
        code=request.form.get("code", ""),
        browser=browser(),
    )
    if isinstance(outcome, Refusal):
        status = 400 if outcome in {Refusal.WRONG, Refusal.OVER} else 429
        return render_template("sign_in_code.html", refusal=outcome), status
    return let_in(outcome)


@sign_in.get("/inloggen/hulp")
def sign_in_help() -> str:
    return render_template("sign_in_help.html")


@sign_in.get("/inloggen/toestel")
def device() -> str:
    return render_template("sign_in_device.html", is_sent=False)


@sign_in.post("/inloggen/toestel")
def mail_device_link() -> str:
    ask_device_link(session(), services(), email=request.form.get("email", ""), browser=browser())
    return render_template("sign_in_device.html", is_sent=True)


def add_sign_out(pages: GuardedPages) -> None:
    """Give *pages* the way out."""

    @pages.post("/uitloggen")
    def sign_out() -> Response:
        sign_out_of(session(), services(), who=visitor())
        response = see_other(url_for("sign_in.password_form", reden="uitgelogd"))
        drop_cookie(response, SESSION_COOKIE)
        # Nothing of the pages stays behind on a shared computer.
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


def browser() -> Browser:
    """Return where this request comes from."""
    return Browser(
        source=request.remote_addr or "",
        device=request.cookies.get(DEVICE_COOKIE),
        description=describe_device(request.headers.get("User-Agent", "")),
    )


def let_in(entered: Entered, to: str | None = None) -> Response:
    """Answer with a fresh session, and go where somebody wanted to go, or *to*."""
    response = see_other(to or wanted_path())
    give_session(response, entered)
    return response


def give_session(response: Response, entered: Entered) -> None:
    """Give the browser its session; what was before it ends here."""
    before = find_visitor()
    if before is not None:  # becoming somebody else, or oneself anew
        sign_out_of(session(), services(), who=before)
    set_cookie(response, SESSION_COOKIE, entered.token)
    set_cookie(response, DEVICE_COOKIE, entered.device, lasting=True)
    drop_cookie(response, BEGIN_COOKIE)


def see_other(path: str) -> Response:
    """Return a redirect to be followed with GET."""
    return make_response(redirect(path, 303))


def wanted_path() -> str:
    """Return where somebody wanted to go before signing in; the start page when that is nowhere.

    Only a page of ours that can be read: never another site (``//elders.nl``).
    """
    wanted = request.values.get("naar", "")
    path = wanted.partition("?")[0]
    if not path.startswith("/") or path.startswith("//") or "\\" in wanted:
        return url_for("pages.start")
    try:
        adapter = current_app.create_url_adapter(request)
        if adapter is None:
            abort(500)
        endpoint, _ = adapter.match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return url_for("pages.start")
    if endpoint.partition(".")[0] in {"sign_in", "providers", "assets"} or not wanted.isprintable():
        return url_for("pages.start")
    return wanted


def _password_page(refusal: Refusal | None, email: str) -> str:
    return render_template(
        "sign_in.html", refusal=refusal, email=email, has_providers=bool(read_choices(session()))
    )
