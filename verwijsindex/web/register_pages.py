"""Registering: one person or a file, blinded in the browser before anything is sent."""

from __future__ import annotations

import json
from uuid import UUID

from flask import Response, abort, jsonify, make_response, render_template, request, url_for

from orgprofiles.organisations import OrganisationStatus
from verwijsindex.access import browser_token
from verwijsindex.accounts.roles import CASE_WORK
from verwijsindex.api.registering import batch_results, registered
from verwijsindex.api.signal_schemas import BatchIn, BatchOut, SignalIn
from verwijsindex.client.client_file import template
from verwijsindex.http.application import BATCH_LIMIT_BYTES
from verwijsindex.http.problems import Problem
from verwijsindex.http.strict_json import StrictParser
from verwijsindex.request_scope import services, session
from verwijsindex.use_cases.read_signals import read_signal
from verwijsindex.use_cases.register_by_hand import FormFacts, read_form_facts, register_by_hand
from verwijsindex.web.answers import page_policy, service_origin
from verwijsindex.web.csrf import csrf_token
from verwijsindex.web.guards import GuardedPages, signed_in
from verwijsindex.web.import_templates import xlsx_template
from verwijsindex.web.registration_reading import form_data, read_way_to_match
from verwijsindex.web.visitors import visitor

registering = GuardedPages("registering", guard=signed_in(*CASE_WORK))
_PARSER = StrictParser()
_SIGNAL, _BATCH, _BATCH_ANSWER = SignalIn(), BatchIn(), BatchOut()


@registering.before_request
def _allow_larger_batches() -> None:
    if request.endpoint == "registering.rows":
        request.max_content_length = BATCH_LIMIT_BYTES


@registering.get("/registreren")
def form() -> Response:
    return _page_that_blinds("register.html")


@registering.post("/registreren")
def register() -> tuple[Response, int]:
    _require_active()
    body = _PARSER.parse(_SIGNAL, request, location="json")
    _, view = registered(
        register_by_hand, session(), services(), caller=visitor().caller, request=body
    )
    return jsonify({"naar": url_for("registering.done", signal_id=view.id)}), 201


@registering.get("/registreren/klaar/<uuid:signal_id>")
def done(signal_id: UUID) -> str:
    caller = visitor().caller
    view = read_signal(session(), services(), caller=caller, signal_id=signal_id)
    if view is None:
        abort(404)
    way = read_way_to_match(session(), signal_id) if view.match else None
    return render_template("registered.html", view=view, way=way)


@registering.post("/registreren/token")
def token() -> Response:
    """Give the browser a token for the pseudonym service, good for a minute."""
    request.get_data()  # who answers before the body is there may reset the connection
    _require_active()
    issued = browser_token(session(), services(), caller=visitor().caller)
    seconds = int(issued.lifetime.total_seconds())
    return jsonify({"access_token": issued.token, "expires_in": seconds})


@registering.get("/registreren/sessie")
def fresh_csrf() -> Response:
    """Tell a page that was open while somebody signed in anew who that is, and its new token."""
    return jsonify({"csrf": csrf_token(), "account": str(visitor().account_id)})


@registering.get("/importeren")
def import_form() -> Response:
    return _page_that_blinds("import.html")


@registering.get("/importeren/sjabloon.csv")
def csv_template() -> Response:
    return _download(template(), "text/csv; charset=utf-8", "clienten.csv")


@registering.get("/importeren/sjabloon.xlsx")
def workbook_template() -> Response:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _download(xlsx_template(), kind, "clienten.xlsx")


@registering.post("/importeren/regels")
def rows() -> Response:
    body = _PARSER.parse(_BATCH, request, location="json")
    if not body["is_trial"]:
        _require_active()
    answer = batch_results(session(), services(), caller=visitor().caller, body=body)
    return jsonify(_BATCH_ANSWER.dump(answer))


def _page_that_blinds(template: str) -> Response:
    facts = read_form_facts(session(), services(), caller=visitor().caller)
    settings = services().settings
    response = make_response(
        render_template(
            template,
            facts=facts,
            data=json.dumps(form_data(facts, visitor(), settings=settings)),
            has_family=settings.family_match,
            why_not=_why_not(facts),
        )
    )
    response.headers["Content-Security-Policy"] = page_policy(
        connect=service_origin(services()), scripts="vi-worker", more="worker-src 'self'"
    )
    return response


def _download(content: bytes, kind: str, name: str) -> Response:
    response = Response(content, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _why_not(facts: FormFacts) -> str | None:
    """Return why nothing can be registered, in Dutch; None when it can."""
    if visitor().caller.status is not OrganisationStatus.ACTIVE:
        return _NOT_YET
    if not facts.may_use_bsn:
        return (
            "Uw organisatie mag geen BSN gebruiken en kan daarom niet registreren. De sociale kaart"
            " en de ketenkaart kunt u wel gebruiken."
        )
    if not facts.units:
        return (
            "U hoort bij geen afdeling die registreert. Vraag de coördinator van uw organisatie om"
            " u aan een afdeling te koppelen."
        )
    return None


_NOT_YET = (
    "Uw organisatie is nog niet aangesloten. Zodra de toelating klaar is, kunt u hier registreren."
)


def _require_active() -> None:
    if visitor().caller.status is not OrganisationStatus.ACTIVE:
        raise Problem(403, _NOT_YET)
