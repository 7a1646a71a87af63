"""How somebody is mailed, and who stands in for them: for oneself, and for a coordinator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, abort, make_response, render_template, request, url_for
from marshmallow import ValidationError
from sqlalchemy import select

from orgprofiles.organisations import Delivery, Professional, ProfessionalStatus
from orgprofiles.stand_ins import StandInDelivery
from verwijsindex.access import Caller
from verwijsindex.accounts.records import Account
from verwijsindex.api.stand_ins import StandInIn
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.http.strict_json import faults
from verwijsindex.request_scope import services, session
from verwijsindex.use_cases.keep_professionals import choose_delivery
from verwijsindex.use_cases.keep_stand_ins import (
    StandInFacts,
    end_stand_in,
    list_stand_ins,
    make_stand_in,
)
from verwijsindex.use_cases.read_team import read_colleague
from verwijsindex.web.guards import GuardedPages, signed_in
from verwijsindex.web.sign_in_pages import see_other
from verwijsindex.web.team_area import (
    COORDINATOR,
    coordinator,
    go,
    in_order,
    show,
    to_show_again,
    typed,
)
from verwijsindex.web.visitors import visitor

own_mail = GuardedPages("own_mail", guard=signed_in())
team_stand_ins = GuardedPages("team_stand_ins", guard=COORDINATOR)

_FIELDS = ("waarnemer", "vanDatum", "totEnMetDatum", "bezorging")
_LABELS = dict(zip(_FIELDS, ("Wie neemt waar", "Eerste dag", "Laatste dag", "Mail"), strict=True))
_EMPTY = dict.fromkeys(_FIELDS, "") | {"bezorging": StandInDelivery.BOTH.value}
_SCHEMA = StandInIn()


@own_mail.get("/mijn-gegevens/mail")
def settings() -> Response:
    return _own_page(_own_professional(), _EMPTY)


@own_mail.post("/mijn-gegevens/mail")
def choose() -> Response:
    professional = _own_professional()
    wanted = request.form.get("mail", "")
    if wanted not in set(Delivery):
        raise Problem(400, "Kies hoe u mail over matches wilt krijgen.")
    choose_delivery(
        session(),
        services(),
        caller=_oneself(professional),
        professional_id=professional.id,
        delivery=Delivery(wanted),
    )
    return see_other(url_for("own_mail.settings", klaar="mail"))


@own_mail.post("/mijn-gegevens/waarneming")
def make_own() -> Response:
    professional = _own_professional()
    entered = typed(*_FIELDS)
    wrong = _make(_oneself(professional), professional, entered)
    if wrong:
        return _own_page(professional, entered, wrong)
    return see_other(url_for("own_mail.settings", klaar="waarneming"))


@own_mail.post("/mijn-gegevens/waarneming/<uuid:stand_in_id>/beeindigen")
def end_own(stand_in_id: UUID) -> Response:
    professional = _own_professional()
    _end(_oneself(professional), professional, stand_in_id)
    return see_other(url_for("own_mail.settings", klaar="waarneming-weg"))


@team_stand_ins.get("/instelling/medewerkers/<uuid:professional_id>/waarneming")
def colleagues(professional_id: UUID) -> Response:
    return _team_page(_colleague(professional_id), _EMPTY)


@team_stand_ins.post("/instelling/medewerkers/<uuid:professional_id>/waarneming")
def make_colleagues(professional_id: UUID) -> Response:
    professional = _colleague(professional_id)
    entered = typed(*_FIELDS)
    wrong = _make(coordinator(), professional, entered)
    if wrong:
        return _team_page(professional, entered, wrong)
    return go("team_stand_ins.colleagues", "waarneming", professional_id=professional_id)


@team_stand_ins.post(
    "/instelling/medewerkers/<uuid:professional_id>/waarneming/<uuid:stand_in_id>/beeindigen"
)
def end_colleagues(professional_id: UUID, stand_in_id: UUID) -> Response:
    _end(coordinator(), _colleague(professional_id), stand_in_id)
    return go("team_stand_ins.colleagues", "waarneming-weg", professional_id=professional_id)


def _own_professional() -> Professional:
    """Return who the visitor is to partners; who is nobody's contact has no such page."""
    account = session().get_one(Account, visitor().account_id)
    if account.professional_id is None:
        abort(404)
    return session().get_one(Professional, account.professional_id)


def _oneself(professional: Professional) -> Caller:
    """Return as whom somebody asks who keeps their own: of their unit, whatever their role."""
    return replace(visitor().caller, unit_ids=frozenset({professional.unit_id}))


def _colleague(professional_id: UUID) -> Professional:
    return read_colleague(
        session(), services(), caller=coordinator(), professional_id=professional_id
    ).professional


def _make(
    caller: Caller, professional: Professional, entered: Mapping[str, str]
) -> Sequence[InvalidParam]:
    """Make a stand-in of what was typed; return what is wrong."""
    which = Professional.id == professional.id
    try:
        make_stand_in(session(), services(), caller=caller, which=which, facts=_facts(entered))
    except InvalidInput as refused:
        return in_order(refused.invalid_params, _FIELDS)
    return ()


def _end(caller: Caller, professional: Professional, stand_in_id: UUID) -> None:
    which = Professional.id == professional.id
    end_stand_in(session(), services(), caller=caller, which=which, stand_in_id=stand_in_id)


def _facts(entered: Mapping[str, str]) -> StandInFacts:
    """Return what the form says.

    Raises:
        InvalidInput: With all faults at once.
    """
    missing: list[InvalidParam] = [
        {"name": name, "reason": "is nog niet ingevuld"} for name in _FIELDS if not entered[name]
    ]
    given = {name: text for name, text in entered.items() if text}
    try:
        loaded = _SCHEMA.load(given)
    except ValidationError as error:
        named = {one["name"] for one in missing}
        wrong = [one for one in faults(error.messages, _SCHEMA) if one["name"] not in named]
        raise InvalidInput(missing + wrong) from None
    if missing or not isinstance(loaded, StandInFacts):
        raise InvalidInput(missing)
    return loaded


def _values(
    caller: Caller,
    professional: Professional,
    entered: dict[str, str],
    wrong: Sequence[InvalidParam],
) -> dict[str, Any]:
    which = Professional.id == professional.id
    return {
        "professional": professional,
        "stand_ins": list_stand_ins(session(), services(), caller=caller, which=which),
        "choices": session()
        .execute(
            select(Professional.key, Professional.name)
            .where(
                Professional.unit_id == professional.unit_id,
                Professional.id != professional.id,
                Professional.status == ProfessionalStatus.ACTIVE,
            )
            .order_by(Professional.name)
        )
        .all(),
        "entered": to_show_again(entered) if wrong else entered,
        "faults": wrong,
        "labels": _LABELS,
        "today": services().today(),
    }


def _address(endpoint: str, stand_in_id: UUID, **values: Any) -> str:
    """Return where a stand-in is ended."""
    return url_for(endpoint, stand_in_id=stand_in_id, **values)


def _own_page(
    professional: Professional, entered: dict[str, str], wrong: Sequence[InvalidParam] = ()
) -> Response:
    values = _values(_oneself(professional), professional, entered, wrong)
    values["own_address"] = partial(_address, "own_mail.end_own")
    return make_response(render_template("own_mail.html", **values), 400 if wrong else 200)


def _team_page(
    professional: Professional, entered: dict[str, str], wrong: Sequence[InvalidParam] = ()
) -> Response:
    values = _values(coordinator(), professional, entered, wrong)
    ending = "team_stand_ins.end_colleagues"
    values["address"] = partial(_address, ending, professional_id=professional.id)
    return show("team_stand_in.html", status=400 if wrong else 200, **values)
