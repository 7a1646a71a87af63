"""What the coordinator's pages have in common: as whom they ask, their units, what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, g, make_response, render_template, request, url_for
from sqlalchemy import select

from orgprofiles.organisations import Unit
from verwijsindex.access import Caller
from verwijsindex.accounts.roles import Role
from verwijsindex.http.bsn_recognition import holds_bsn
from verwijsindex.http.problems import InvalidParam
from verwijsindex.request_scope import session
from verwijsindex.web.guards import signed_in
from verwijsindex.web.sign_in_pages import see_other
from verwijsindex.web.visitors import visitor

#: Who may see the coordinator's pages.
COORDINATOR = signed_in(Role.COORDINATOR)


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the menu of these pages.

    Attributes:
        endpoint: Where it leads.
        label: What it says.
        area: How the endpoints of its pages begin.
    """

    endpoint: str
    label: str
    area: str | tuple[str, ...]

    @property
    def is_here(self) -> bool:
        """Whether this request is for one of its pages."""
        return (request.endpoint or "").startswith(self.area)


SECTIONS = (
    Section("team.overview", "Overzicht", "team.overview"),
    Section("team.professionals", "Medewerkers", ("team.professional", "team_stand_ins.")),
    Section("team_stalled.own", "Vastgelopen", "team_stalled."),
    Section("team_accounts.accounts", "Accounts", "team_accounts."),
    Section("team_clients.clients", "Bronsystemen", "team_clients."),
)

#: What was done, by the word that a redirect carries: nothing else is ever shown of it.
DONE = {
    "toegevoegd": "De medewerker is toegevoegd.",
    "gewijzigd": "De gegevens zijn gewijzigd.",
    "inactief": "De medewerker is nu inactief.",
    "vertrokken": "De medewerker is nu inactief en kan niet meer inloggen.",
    "terug": "De medewerker is weer actief. Laat zo nodig ook het account weer toe.",
    "uitgenodigd": "De uitnodiging is verstuurd. Ze is zeven dagen geldig.",
    "opnieuw": "Er is een nieuwe mail verstuurd. De vorige werkt niet meer.",
    "geblokkeerd": "Het account is geblokkeerd.",
    "toegelaten": "Het account is weer toegelaten. Er is een uitnodiging verstuurd.",
    "rollen": "De rollen zijn gewijzigd.",
    "waarneming": "De waarneming is vastgelegd.",
    "waarneming-weg": "De waarneming is beëindigd.",
    "ingetrokken": "Het bronsysteem krijgt geen toegang meer.",
}


def own_units() -> Sequence[Unit]:
    """Return the units of the visitor's organisation, by name; asked once a request."""
    if "own_units" not in g:
        g.own_units = (
            session()
            .scalars(
                select(Unit)
                .where(Unit.organisation_id == visitor().caller.organisation_id)
                .order_by(Unit.name)
            )
            .all()
        )
    found: Sequence[Unit] = g.own_units
    return found


def coordinator() -> Caller:
    """Return as whom these pages ask: one that sees every unit of the own organisation.

    For these pages alone: a coordinator has no case work, and so no units to
    see the signals of.
    """
    return replace(visitor().caller, unit_ids=frozenset(one.id for one in own_units()))


def show(template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page of the coordinator's, with the menu of those pages."""
    body = render_template(
        template, sections=SECTIONS, done=DONE.get(request.args.get("gedaan", "")), **values
    )
    return make_response(body, status)


def go(endpoint: str, done: str, **values: Any) -> Response:
    """Return a redirect to a page that says what was done: a word of :data:`DONE`."""
    return see_other(url_for(endpoint, gedaan=done, **values))


def typed(*names: str) -> dict[str, str]:
    """Return what was typed in the fields *names*, trimmed."""
    return {name: request.form.get(name, "").strip() for name in names}


def to_show_again(entered: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed, for the form to hold; but nothing that may be a client's number."""
    return {name: "" if holds_bsn(text) else text for name, text in entered.items()}


def in_order(faults: Sequence[InvalidParam], names: Sequence[str]) -> list[InvalidParam]:
    """Return *faults* in the order of the fields on the page."""
    places = {name: place for place, name in enumerate(names)}
    return sorted(faults, key=lambda one: places.get(one["name"], len(places)))
