"""The main menu: what somebody with these roles comes for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from verwijsindex.accounts.roles import CASE_WORK, Role
from verwijsindex.accounts.sessions import SignedIn


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the menu.

    Attributes:
        endpoint: Where it leads.
        label: What it says.
        roles: Who sees it; empty: everybody.
        areas: How the endpoints of the pages behind it begin; empty: it has none.
    """

    endpoint: str
    label: str
    roles: frozenset[Role] = frozenset()
    areas: tuple[str, ...] = ()

    @property
    def current(self) -> str:
        """What ``aria-current`` says of it in this request: itself, a page behind it, neither."""
        if request.endpoint == self.endpoint:
            return "page"
        return "true" if (request.endpoint or "").startswith(self.areas) else ""


_MENU = (
    MenuItem("pages.start", "Start"),
    MenuItem("registering.form", "Registreren", CASE_WORK),
    MenuItem("match.matches_page", "Matches", frozenset({Role.PROFESSIONAL}), ("match.",)),
    MenuItem("directing.assignments", "Regie", frozenset({Role.MATCH_LEAD})),
    MenuItem("caseload.signals", "Signalen", CASE_WORK, ("caseload.", "checkups.", "transfers.")),
    MenuItem("pages.directory", "Sociale kaart"),
    MenuItem("pages.chain_map", "Ketenkaart"),
    MenuItem("team.overview", "Organisatie", frozenset({Role.COORDINATOR}), ("team",)),
    MenuItem("administering.stalled", "Vastgelopen", frozenset({Role.ADMINISTRATOR})),
    MenuItem("findings.reports", "Meldingen", frozenset({Role.ADMINISTRATOR})),
    MenuItem("help.handbook", "Hulp"),
)


def menu_of(visitor: SignedIn | None) -> Sequence[MenuItem]:
    """Return what *visitor* may choose from; nothing for who is not signed in."""
    if visitor is None:
        return ()
    return [one for one in _MENU if not one.roles or one.roles & visitor.roles]
