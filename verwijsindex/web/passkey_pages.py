"""Signing in with a passkey, and choosing one at first: asked for and answered by a script."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, jsonify, request, url_for

from verwijsindex.accounts.passkeys import (
    Challenge,
    Purpose,
    ask_new_passkey,
    ask_passkey,
    made_passkey,
    sign_in_with_passkey,
)
from verwijsindex.accounts.records import Account, Passkey
from verwijsindex.accounts.setting_up import Setup, read_setup, set_up_with
from verwijsindex.http.application import anyone
from verwijsindex.http.problems import Problem
from verwijsindex.request_scope import services, session
from verwijsindex.web.csrf import BEGIN_COOKIE, browser_secret
from verwijsindex.web.guards import GuardedPages
from verwijsindex.web.sign_in_pages import browser, give_session, wanted_path

passkeys = GuardedPages("passkeys", guard=anyone)


@passkeys.post("/inloggen/passkey/vraag")
def ask() -> Response:
    return asked(
        ask_passkey(session(), services(), purpose=Purpose.SIGN_IN, secret=browser_secret())
    )


@passkeys.post("/inloggen/passkey")
def enter() -> Response:
    step, credential = answer_of_script()
    entered = sign_in_with_passkey(
        session(),
        services(),
        step_token=step,
        credential=credential,
        secret=browser_secret(),
        browser=browser(),
    )
    if entered is None:
        raise Problem(400, _NOT_GOOD)
    response = jsonify({"naar": wanted_path()})
    give_session(response, entered)
    return response


@passkeys.post("/instellen/passkey/vraag")
def ask_first() -> Response:
    return ask_to_make(Purpose.SETUP, _setup().account)


@passkeys.post("/instellen/passkey")
def choose_first() -> Response:
    passkey = made(Purpose.SETUP, _setup().account.id)
    entered = set_up_with(
        session(), services(), step_token=_step(), passkey=passkey, browser=browser()
    )
    if entered is None:
        raise Problem(409, _OVER)
    response = jsonify({"naar": url_for("own.details", klaar="passkey")})
    give_session(response, entered)
    return response


def asked(challenge: Challenge) -> Response:
    """Answer with a challenge."""
    return jsonify({"step": challenge.step, "options": challenge.options})


def ask_to_make(purpose: Purpose, account: Account) -> Response:
    """Answer with what is asked of a device that is to make a passkey for *account*."""
    return asked(
        ask_new_passkey(
            session(), services(), purpose=purpose, secret=browser_secret(), account=account
        )
    )


def made(purpose: Purpose, account_id: UUID) -> Passkey:
    """Return the passkey that a device made for an account, as a script sent it.

    Raises:
        Problem: 400 when it sent something else, or it is not what was asked for.
    """
    step, credential = answer_of_script()
    passkey = made_passkey(
        session(),
        services(),
        purpose=purpose,
        account_id=account_id,
        step_token=step,
        credential=credential,
        secret=browser_secret(),
        device=browser().description,
    )
    if passkey is None:
        raise Problem(400, _NOT_MADE)
    return passkey


def answer_of_script() -> tuple[str, Any]:
    """Return the step and the credential that a script sent.

    Raises:
        Problem: 400 when it sent something else.
    """
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not isinstance(body.get("step"), str):
        raise Problem(400)
    return body["step"], body.get("credential")


def _setup() -> Setup:
    found = read_setup(session(), services(), step_token=_step())
    if found is None:
        raise Problem(409, _OVER)
    return found


def _step() -> str:
    return request.cookies.get(BEGIN_COOKIE, "")


_NOT_GOOD = (
    "Deze passkey werkt hier niet, of het duurde te lang. Probeer het opnieuw, of log in met uw"
    " wachtwoord."
)
_NOT_MADE = "De passkey is niet gemaakt. Probeer het opnieuw."
_OVER = "Het duurde te lang. Open de link in uw mail opnieuw."
