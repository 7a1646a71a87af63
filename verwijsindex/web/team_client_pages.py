"""The coordinator's pages of source systems: machine clients of the own organisation."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from flask import Response, request
from marshmallow import ValidationError
from sqlalchemy import select

from crypto.errors import KeyRingRefused
from crypto.tokens import import_public_jwk
from verwijsindex.clients import Client, ClientStatus, Scope
from verwijsindex.http.fields import Label
from verwijsindex.http.problems import InvalidParam, Problem
from verwijsindex.request_scope import services, session
from verwijsindex.use_cases.admit import add_client, list_clients, revoke_client
from verwijsindex.web.guards import GuardedPages
from verwijsindex.web.team_area import (
    COORDINATOR,
    go,
    in_order,
    own_units,
    show,
    to_show_again,
    typed,
)
from verwijsindex.web.visitors import visitor

team_clients = GuardedPages("team_clients", guard=COORDINATOR)

#: What a coordinator may give, with what it means; the rest is the index's administrator's.
SCOPE_HINTS = {
    Scope.SIGNALS: "Signalen registreren, lezen, verlengen en beëindigen.",
    Scope.MATCHES: "Matches van uw organisatie lezen, met wie er nog meer betrokken is.",
    Scope.PROFESSIONALS: "Medewerkers toevoegen, wijzigen en op inactief zetten.",
    Scope.PROFILES: "De sociale kaart lezen en het profiel van uw organisatie bijhouden.",
}
_LABELS = {
    "naam": "Naam",
    "rechten": "Rechten",
    "afdelingen": "Zelfstandige afdelingen",
    "sleutel": "Openbare sleutel",
}
_NAME = Label(required=True)
_LONGEST_KEY = 4000  # characters; an RSA key of 8192 bits has some 1,450


@team_clients.get("/instelling/bronsystemen")
def clients() -> Response:
    found = sorted(
        list_clients(session(), visitor().organisation_name),
        key=lambda one: one.status is ClientStatus.REVOKED,
    )
    return show("team_clients.html", clients=found, statuses=ClientStatus)


@team_clients.get("/instelling/bronsystemen/nieuw")
def client_form() -> Response:
    entered = {"naam": "", "sleutel": "", "manier": "geheim"}
    return _form_page(entered, {Scope.SIGNALS.value}, set(), [])


@team_clients.post("/instelling/bronsystemen/nieuw")
def client_add() -> Response:
    entered = typed("naam", "sleutel", "manier")
    scopes, units = set(request.form.getlist("rechten")), set(request.form.getlist("afdelingen"))
    faults: list[InvalidParam] = []
    try:
        _NAME.deserialize(entered["naam"])
    except ValidationError as error:
        faults.append({"name": "naam", "reason": str(error.messages[0])})
    if not scopes or not scopes <= {one.value for one in SCOPE_HINTS}:
        faults.append({"name": "rechten", "reason": "kies er minstens één uit de lijst"})
    chosen = [one for one in own_units() if one.independent and str(one.id) in units]
    if len(chosen) != len(units):
        faults.append({"name": "afdelingen", "reason": "kies uit de lijst"})
    jwk = None
    if entered["manier"] == "sleutel":
        try:
            jwk = _public_key(entered["sleutel"])
        except KeyRingRefused as refused:
            entered["sleutel"] = ""  # it may well be the secret half
            faults.append({"name": "sleutel", "reason": str(refused)})
    if faults:
        return _form_page(entered, scopes, units, faults)
    made = add_client(
        session(),
        services(),
        organisation_name=visitor().organisation_name,
        name=entered["naam"],
        scopes=[Scope(one) for one in scopes],
        independent_units=[one.name for one in chosen],
        jwk=jwk,
        actor=visitor().caller.actor,
    )
    # Not after a redirect: the secret is kept nowhere, so no later page could show it.
    return show(
        "team_client_made.html",
        made=made,
        name=entered["naam"],
        token_endpoint=services().settings.token_endpoint,
    )


@team_clients.get("/instelling/bronsystemen/<uuid:client_id>/intrekken")
def revoking(client_id: UUID) -> Response:
    return show("team_client_revoking.html", client=_own_client(client_id), statuses=ClientStatus)


@team_clients.post("/instelling/bronsystemen/<uuid:client_id>/intrekken")
def revoke(client_id: UUID) -> Response:
    found = _own_client(client_id)
    revoke_client(session(), services(), client_id=found.id, actor=visitor().caller.actor)
    return go("team_clients.clients", "ingetrokken")


def _own_client(client_id: UUID) -> Client:
    found = session().scalars(
        select(Client).where(
            Client.id == client_id, Client.organisation_id == visitor().caller.organisation_id
        )
    )
    client = found.one_or_none()
    if client is None:
        raise Problem(404)
    return client


def _public_key(text: str) -> dict[str, Any]:
    try:
        jwk = json.loads(text[:_LONGEST_KEY])
    except (ValueError, RecursionError):
        jwk = None
    if not isinstance(jwk, dict):
        raise KeyRingRefused("plak de sleutel als JSON: het begint met een accolade")
    import_public_jwk(jwk)
    return jwk


def _form_page(
    entered: dict[str, str], scopes: set[str], units: set[str], faults: list[InvalidParam]
) -> Response:
    return show(
        "team_client_form.html",
        status=400 if faults else 200,
        entered=to_show_again(entered),
        hints=SCOPE_HINTS,
        chosen=scopes,
        independent=[one for one in own_units() if one.independent],
        chosen_units=units,
        faults=in_order(faults, tuple(_LABELS)),
        labels=_LABELS,
    )
