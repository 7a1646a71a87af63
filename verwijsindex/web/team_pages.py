"""The coordinator's first pages: the organisation's units and professionals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from marshmallow import ValidationError

from orgprofiles.organisations import ProfessionalStatus
from verwijsindex.accounts.inviting import accounts_of, block, is_of_the_index, read_account
from verwijsindex.accounts.records import AccountStatus
from verwijsindex.api.contact_schemas import new_key_fault
from verwijsindex.api.professionals import ProfessionalIn
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.http.strict_json import faults
from verwijsindex.request_scope import services, session
from verwijsindex.use_cases.keep_professionals import ProfessionalFacts, keep_professional
from verwijsindex.use_cases.off_board import OffBoarding, off_board
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_stalled import count_own_stalled
from verwijsindex.use_cases.read_takers import Taker, chosen_taker, read_takers
from verwijsindex.use_cases.read_team import Colleague, count_units, read_colleague, read_team
from verwijsindex.web.guards import GuardedPages
from verwijsindex.web.sign_in_pages import see_other
from verwijsindex.web.team_area import (
    COORDINATOR,
    coordinator,
    go,
    in_order,
    own_units,
    show,
    to_show_again,
    typed,
)
from verwijsindex.web.team_search import CHOICE_WORDS, read_team_search
from verwijsindex.web.visitors import visitor

team = GuardedPages("team", guard=COORDINATOR)

_PAGE_SIZE = 50
_FIELDS = ("naam", "functie", "afdeling", "email", "telefoon", "opgeleidDatum", "sleutel")
_LABELS = dict(
    zip(
        _FIELDS,
        ("Naam", "Functie", "Afdeling", "E-mail", "Telefoon", "Dag van de opleiding", "Sleutel"),
        strict=True,
    )
)
_SCHEMA = ProfessionalIn()
_WHOM = "kies wie de signalen overneemt"


@team.get("/instelling")
def overview() -> Response:
    units = count_units(session(), caller=coordinator())
    invited = sum(
        one.status is AccountStatus.INVITED
        for one in accounts_of(session(), visitor().caller.organisation_id)
    )
    stalled = count_own_stalled(session(), services(), caller=coordinator())
    refused_units = [one.unit for one in units if one.unit.mail_refused_at is not None]
    return show(
        "team_overview.html",
        units=units,
        invited=invited,
        stalled=stalled,
        refused_units=refused_units,
    )


@team.get("/instelling/medewerkers")
def professionals() -> Response | str:
    form = read_team_search(request.args, own_units())
    number = request.args.get("pagina", "1")
    page = Page(int(number) if number.isascii() and number.isdigit() else 1, _PAGE_SIZE)
    page = Page(min(max(page.number, 1), 10_000), _PAGE_SIZE)
    total, found = read_team(
        session(), services(), caller=coordinator(), wanted=form.wanted, page=page
    )
    last = max(1, -(-total // _PAGE_SIZE))
    if page.number > last:
        return see_other(url_for("team.professionals", pagina=last, **form.query))
    return show(
        "team_professionals.html",
        form_of_search=form,
        units=own_units(),
        choices=CHOICE_WORDS,
        found=found,
        total=total,
        page=page.number,
        last=last,
    )


@team.get("/instelling/medewerkers/nieuw")
def professional_form() -> Response:
    return _form_page(None, dict.fromkeys(_FIELDS, ""))


@team.post("/instelling/medewerkers/nieuw")
def professional_add() -> Response:
    entered = typed(*_FIELDS)
    try:
        kept, _ = keep_professional(
            session(),
            services(),
            caller=coordinator(),
            key=entered["sleutel"],
            facts=_facts(entered, None),
            must_be_new=True,
        )
    except Problem as refused:
        return _form_page(None, entered, refused)
    return go("team.professional", "toegevoegd", professional_id=kept.id)


@team.get("/instelling/medewerkers/<uuid:professional_id>")
def professional(professional_id: UUID) -> Response:
    found = _colleague(professional_id)
    kept = found.professional
    values = (kept.name, kept.function, str(kept.unit_id), kept.email, kept.phone)
    day = kept.trained_on.isoformat() if kept.trained_on else ""
    return _form_page(found, dict(zip(_FIELDS, (*values, day, kept.key), strict=True)))


@team.post("/instelling/medewerkers/<uuid:professional_id>")
def professional_change(professional_id: UUID) -> Response:
    found = _colleague(professional_id)
    kept = found.professional
    entered = typed(*_FIELDS) | {"sleutel": kept.key}
    try:
        facts = _facts(entered, found)
        keep_professional(session(), services(), caller=coordinator(), key=kept.key, facts=facts)
    except Problem as refused:
        return _form_page(found, entered, refused)
    return go("team.professional", "gewijzigd", professional_id=professional_id)


@team.get("/instelling/medewerkers/<uuid:professional_id>/vertrek")
def professional_leaving(professional_id: UUID) -> Response:
    return _leaving_page(_colleague(professional_id))


@team.post("/instelling/medewerkers/<uuid:professional_id>/vertrek")
def professional_leave(professional_id: UUID) -> Response:
    found = _colleague(professional_id)
    caller = coordinator()
    units = read_takers(session(), services(), caller=caller, without_key=found.professional.key)
    taker = chosen_taker(units, request.form.get("aan", ""))
    if found.signals and taker is None:
        return _leaving_page(found, faults=[InvalidParam(name="aan", reason=_WHOM)])
    try:
        done = off_board(
            session(),
            services(),
            caller=caller,
            professional=found.professional,
            target=taker.target if taker else None,
        )
    except Problem as refused:
        session().rollback()
        return _leaving_page(_colleague(professional_id), refused=refused)
    if not done.has_left:
        return _leaving_page(_colleague(professional_id), done=done, taker=taker)
    account_id = _account_to_block(found)
    if account_id is not None:
        block(
            session(),
            services(),
            actor=caller.actor,
            organisation_id=caller.organisation_id,
            account_id=account_id,
        )
    if not (done.transferred.moved or done.leads or done.reopened):
        word = "inactief" if account_id is None else "vertrokken"
        return go("team.professional", word, professional_id=professional_id)
    return show(
        "team_left.html",
        colleague=_colleague(professional_id),
        done_what=done,
        taker=taker,
        is_blocked=account_id is not None,
    )


@team.post("/instelling/medewerkers/<uuid:professional_id>/terug")
def professional_return(professional_id: UUID) -> Response:
    _keep_as(_colleague(professional_id), ProfessionalStatus.ACTIVE)
    return go("team.professional", "terug", professional_id=professional_id)


def _colleague(professional_id: UUID) -> Colleague:
    return read_colleague(
        session(), services(), caller=coordinator(), professional_id=professional_id
    )


def _account_to_block(found: Colleague) -> UUID | None:
    """Return the account with which *found* signs in, if this coordinator may block it."""
    if found.account_id is None or found.account_id == visitor().account_id:
        return None
    organisation_id = visitor().caller.organisation_id
    account = read_account(session(), organisation_id=organisation_id, account_id=found.account_id)
    return None if is_of_the_index(account) else account.id


def _keep_as(found: Colleague, status: ProfessionalStatus) -> None:
    kept = found.professional
    keep_professional(
        session(),
        services(),
        caller=coordinator(),
        key=kept.key,
        facts=ProfessionalFacts(
            name=kept.name,
            function=kept.function,
            unit_id=kept.unit_id,
            email=kept.email,
            phone=kept.phone,
            status=status,
        ),
    )


def _facts(entered: dict[str, str], found: Colleague | None) -> ProfessionalFacts:
    """Return what the form says.

    Args:
        entered: By field.
        found: Who is changed; None: somebody new.

    Raises:
        InvalidInput: With all faults at once.
    """
    body: dict[str, Any] = {name: entered[name] for name in _FIELDS if name != "sleutel"}
    status = found.professional.status if found else ProfessionalStatus.ACTIVE
    wrong: list[InvalidParam] = []
    if found is None and (reason := new_key_fault(entered["sleutel"])):
        wrong.append({"name": "sleutel", "reason": reason})
    if body["afdeling"] not in {str(one.id) for one in own_units()}:
        wrong.append({"name": "afdeling", "reason": "kies een afdeling van uw organisatie"})
        body["afdeling"] = str(UUID(int=0))  # so that the other faults are told too
    if not body["opgeleidDatum"]:
        del body["opgeleidDatum"]
        if found is not None and found.professional.trained_on is not None:
            reason = "kan niet meer weg; vul de goede dag in"
            wrong.append({"name": "opgeleidDatum", "reason": reason})
    loaded: Any
    try:
        loaded = _SCHEMA.load(body | {"status": status.value})
        day = loaded.trained_on
    except ValidationError as error:
        wrong += faults(error.messages, _SCHEMA)
        loaded, valid = None, error.valid_data
        day = valid.get("trained_on") if isinstance(valid, dict) else None
    if day is not None and day > services().today():
        wrong.append({"name": "opgeleidDatum", "reason": "ligt in de toekomst"})
    if wrong or not isinstance(loaded, ProfessionalFacts):
        raise InvalidInput(wrong)
    return loaded


def _form_page(
    found: Colleague | None, entered: dict[str, str], refused: Problem | None = None
) -> Response:
    wrong: Sequence[InvalidParam] = refused.invalid_params if refused else ()
    return show(
        "team_professional.html",
        status=refused.status if refused else 200,
        colleague=found,
        entered=to_show_again(entered) if refused else entered,
        faults=in_order(wrong, _FIELDS),
        labels=_LABELS,
        refusal=refused.detail if refused and not wrong else None,
        units=own_units(),
    )


def _leaving_page(
    found: Colleague,
    *,
    refused: Problem | None = None,
    faults: Sequence[InvalidParam] = (),
    done: OffBoarding | None = None,
    taker: Taker | None = None,
) -> Response:
    key = found.professional.key
    return show(
        "team_leaving.html",
        status=refused.status if refused else 400 if faults else 200,
        colleague=found,
        account_to_block=_account_to_block(found),
        refusal=refused.detail if refused else None,
        faults=faults,
        outcome=done.transferred if done else None,
        taker=taker,
        units=read_takers(session(), services(), caller=coordinator(), without_key=key),
    )
