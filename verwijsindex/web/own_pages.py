"""My details: who I am to partners, how I sign in, and where I am signed in."""

from __future__ import annotations

from uuid import UUID

from flask import Response, abort, jsonify, make_response, render_template, request, url_for

from orgprofiles.organisations import Professional
from verwijsindex.accounts.one_time_codes import spaced
from verwijsindex.accounts.own_means import (
    add_passkey,
    change_app,
    change_password,
    end_others,
    is_proven,
    offer_app,
    prove,
    prove_with_password,
    read_means,
    read_offer,
    remove_passkey,
    renew_codes,
    unlink_provider,
)
from verwijsindex.accounts.passkeys import (
    Purpose,
    ask_passkey,
    is_proven_by_passkey,
)
from verwijsindex.accounts.records import Account
from verwijsindex.accounts.sessions import sessions_of
from verwijsindex.accounts.setting_up import WRONG_CODE
from verwijsindex.http.problems import InvalidParam, Problem
from verwijsindex.request_scope import services, session
from verwijsindex.web.csrf import browser_secret
from verwijsindex.web.guards import GuardedPages, signed_in
from verwijsindex.web.passkey_pages import answer_of_script, ask_to_make, asked, made
from verwijsindex.web.setup_pages import app_picture
from verwijsindex.web.sign_in_pages import browser, see_other, wanted_path
from verwijsindex.web.visitors import visitor

own = GuardedPages("own", guard=signed_in())


@own.get("/mijn-gegevens")
def details() -> str:
    account = _account()
    professional = None
    if account.professional_id is not None:
        professional = session().get(Professional, account.professional_id)
    return render_template(
        "own_details.html",
        account=account,
        professional=professional,
        means=read_means(session(), account),
        sessions=sessions_of(session(), account.id, now=services().clock()),
    )


@own.get("/mijn-gegevens/bevestigen")
def proof_form() -> str:
    return _proof_page([])


@own.post("/mijn-gegevens/bevestigen")
def prove_it() -> Response | tuple[str, int]:
    fault = prove_with_password(
        session(),
        services(),
        who=visitor(),
        password=request.form.get("wachtwoord", ""),
        browser=browser(),
    )
    if fault is not None:
        return _proof_page([{"name": "wachtwoord", "reason": fault}]), 400
    return see_other(_onward())


@own.post("/mijn-gegevens/bevestigen/passkey/vraag")
def ask_proof() -> Response:
    return asked(
        ask_passkey(
            session(),
            services(),
            purpose=Purpose.PROVE,
            secret=browser_secret(),
            account_id=visitor().account_id,
        )
    )


@own.post("/mijn-gegevens/bevestigen/passkey")
def prove_by_passkey() -> Response:
    step, credential = answer_of_script()
    if not is_proven_by_passkey(
        session(),
        services(),
        account_id=visitor().account_id,
        step_token=step,
        credential=credential,
        secret=browser_secret(),
    ):
        raise Problem(
            400, "Deze passkey is niet van u, of het duurde te lang. Probeer het opnieuw."
        )
    prove(session(), services(), who=visitor())
    return jsonify({"naar": _onward()})


@own.get("/mijn-gegevens/wachtwoord")
def password_form() -> str:
    _require_proof()
    return _password_page([])


@own.post("/mijn-gegevens/wachtwoord")
def choose_password() -> Response | tuple[str, int]:
    _require_proof()
    faults = change_password(
        session(),
        services(),
        who=visitor(),
        old=request.form.get("oud", ""),
        new=request.form.get("wachtwoord", ""),
        again=request.form.get("nogmaals", ""),
        browser=browser(),
    )
    return (_password_page(faults), 400) if faults else _done("wachtwoord")


@own.get("/mijn-gegevens/app")
def app_form() -> str:
    _require_proof()
    return _app_page(*offer_app(services(), who=visitor()), [])


@own.post("/mijn-gegevens/app")
def choose_app() -> Response | tuple[str, int]:
    _require_proof()
    offer = request.form.get("aanbod", "")
    secret = read_offer(services(), who=visitor(), offer=offer)
    if secret is None:
        return see_other(url_for("own.app_form"))
    code = request.form.get("code", "")
    codes = change_app(session(), services(), who=visitor(), secret=secret, code=code)
    if codes is None:
        return _app_page(secret, offer, [{"name": "code", "reason": WRONG_CODE}]), 400
    return _codes_page(codes)


@own.get("/mijn-gegevens/herstelcodes")
def codes_form() -> str:
    _require_proof()
    return render_template("own_codes.html")


@own.post("/mijn-gegevens/herstelcodes")
def choose_codes() -> Response:
    _require_proof()
    return _codes_page(renew_codes(session(), services(), who=visitor()))


@own.get("/mijn-gegevens/passkey")
def passkey_form() -> str:
    _require_proof()
    return render_template("own_passkey.html")


@own.post("/mijn-gegevens/passkey/vraag")
def ask_another() -> Response:
    _require_proof()
    return ask_to_make(Purpose.ADD, _account())


@own.post("/mijn-gegevens/passkey")
def choose_another() -> Response:
    _require_proof()
    passkey = made(Purpose.ADD, visitor().account_id)
    add_passkey(session(), services(), who=visitor(), passkey=passkey)
    return jsonify({"naar": url_for("own.details", klaar="passkey")})


@own.post("/mijn-gegevens/passkey/<uuid:passkey_id>/verwijderen")
def drop_passkey(passkey_id: UUID) -> Response:
    _require_proof()
    remove_passkey(session(), services(), who=visitor(), passkey_id=passkey_id)
    return _done("passkey-weg")


@own.get("/mijn-gegevens/organisatie")
def link_form() -> str:
    _require_proof()
    if read_means(session(), _account()).provider is None:
        abort(404)
    return render_template("own_provider.html")


@own.post("/mijn-gegevens/organisatie/verwijderen")
def unlink() -> Response:
    _require_proof()
    unlink_provider(session(), services(), who=visitor())
    return _done("organisatie-weg")


@own.post("/mijn-gegevens/sessies/beeindigen")
def end_all_others() -> Response:
    end_others(session(), services(), who=visitor())
    return _done("sessies")


@own.post("/mijn-gegevens/sessies/<uuid:session_id>/beeindigen")
def end_one(session_id: UUID) -> Response:
    end_others(session(), services(), who=visitor(), only=session_id)
    return _done("sessies")


def _require_proof() -> None:
    """Let in who showed who they are a moment ago, and ask the others to do so again."""
    if is_proven(visitor(), now=services().clock()):
        return
    if request.headers.get("Accept", "").startswith("application/json"):
        raise Problem(403, "Het duurde te lang. Ververs deze pagina en begin opnieuw.")
    to = request.path if request.method == "GET" else url_for("own.details")
    abort(see_other(url_for("own.proof_form", naar=to)))


def _onward() -> str:
    """Return where the proof was asked for."""
    return wanted_path() if request.values.get("naar") else url_for("own.details")


def _done(what: str) -> Response:
    return see_other(url_for("own.details", klaar=what))


def _account() -> Account:
    return session().get_one(Account, visitor().account_id)


def _proof_page(faults: list[InvalidParam]) -> str:
    means = read_means(session(), _account())
    return render_template("own_proof.html", means=means, faults=faults)


def _password_page(faults: list[InvalidParam]) -> str:
    account = _account()
    means = read_means(session(), account)
    return render_template("own_password.html", account=account, means=means, faults=faults)


def _app_page(secret: str, offer: str, faults: list[InvalidParam]) -> str:
    picture = app_picture(secret, email=_account().email)
    return render_template(
        "own_app.html", picture=picture, secret=spaced(secret), offer=offer, faults=faults
    )


def _codes_page(codes: list[str]) -> Response:
    return make_response(render_template("recovery_codes.html", codes=codes, onward="own.details"))
