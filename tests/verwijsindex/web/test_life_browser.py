"""The pages on what becomes of matches and signals, in a real browser: accessible, and they fit.

Each empty, full and with faults. How one is mailed and what stalled: test_stand_in_browser.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from orgprofiles.organisations import Professional
from tests.clock import Clock
from tests.people import add_person
from tests.serving import serve_world
from tests.verwijsindex.family.related import siblings
from tests.verwijsindex.family.test_pages import page_of as family_page_of
from tests.verwijsindex.people.test_fishing import fish
from tests.verwijsindex.web.casework import (
    Desk,
    desk,
    later,
    matched,
    organisation,
    signal_ids,
)
from tests.verwijsindex.web.fitting import BOTH_WIDTHS, in_both_widths
from tests.verwijsindex.web.test_browser import LONG
from tests.verwijsindex.web.test_casework_browser import LONGEST_REFERENCE, enter, hold
from tests.world import Member, World
from verwijsindex.accounts.roles import Role
from verwijsindex.worker import Worker

pytestmark = pytest.mark.browser

PEOPLE = "/instelling/medewerkers"
Maker = Callable[[World], tuple[Desk, str]]
Deed = Callable[[Page], None]


@pytest.fixture
def index(sqlite_url: str, clock: Clock) -> Iterator[World]:
    """Return an index with the family match on, without members, that a browser can reach."""
    with serve_world(sqlite_url, clock, family_match=True) as made:
        yield made


def _long(member: Member) -> None:
    """Give the second of *member* a long name."""
    with member.world.services.sessions.begin() as session:
        second = update(Professional).where(
            Professional.organisation_id == member.id, Professional.key == "m2"
        )
        session.execute(second.values(name=LONG[:190]))


def _checkups(world: World) -> tuple[Desk, str]:
    """What lapses soon, what runs long, and of a colleague with a long name."""
    member = organisation(world, "Wijkteam")
    _long(member)
    member.register(1, kenmerk=LONGEST_REFERENCE, vervaltDatum="2027-07-01")
    member.register(2, vervaltDatum="2027-12-01")
    member.register(3, vervaltDatum="2027-12-01", contact={"medewerker": "m2"})
    later(world, timedelta(days=192))
    return desk(member), "/signalen/nakijken?wie=allen"


def _no_checkups(world: World) -> tuple[Desk, str]:
    return desk(organisation(world, "Wijkteam")), "/signalen/nakijken"


def _caseload(world: World) -> tuple[Desk, str]:
    member = organisation(world, "Wijkteam")
    _long(member)
    for person in (1, 2):
        member.register(person)
    return desk(member), "/signalen"


def _ended(world: World) -> tuple[Desk, str]:
    member = organisation(world, "Wijkteam")
    member.register(1, kenmerk=LONGEST_REFERENCE)
    ids = signal_ids(member)
    who = desk(member)
    who.done("/signalen/beeindigd", signaal=ids[LONGEST_REFERENCE], reden="verhuisd")
    return who, f"/signalen/{ids[LONGEST_REFERENCE]}"


def _coordinator(world: World, rest: str, *, signals: int = 2) -> tuple[Desk, str]:
    member = organisation(world, "Wijkteam")
    _long(member)
    for person in range(signals):
        member.register(person + 1)
    with world.services.sessions() as session:
        first = session.query(Professional).filter_by(organisation_id=member.id, key="m1").one()
    return desk(member, None, Role.COORDINATOR), f"{PEOPLE}/{first.id}/{rest}"


def _transfer_of_all(world: World) -> tuple[Desk, str]:
    return _coordinator(world, "overdracht")


def _leaving(world: World) -> tuple[Desk, str]:
    return _coordinator(world, "vertrek")


def _leaving_with_nothing(world: World) -> tuple[Desk, str]:
    return _coordinator(world, "vertrek", signals=0)


def _findings(world: World) -> tuple[Desk, str]:
    member = organisation(world, f"Wijkteam {'-'.join(['aan', 'de', 'kant'] * 4)}")
    fish(member)
    Worker(world.services).find_fishing()
    return desk(member, None, Role.ADMINISTRATOR), "/beheer/meldingen"


def _no_findings(world: World) -> tuple[Desk, str]:
    return desk(organisation(world, "Wijkteam"), None, Role.ADMINISTRATOR), "/beheer/meldingen"


def _no_leads(world: World) -> tuple[Desk, str]:
    return desk(organisation(world, "Wijkteam"), None, Role.MATCH_LEAD), "/regie"


def _leads(world: World) -> tuple[Desk, str]:
    """Asked to keep the overview of two matches."""
    first, second = matched(world, "Wijkteam", "Woonbedrijf")
    director = add_person(world, second.id, Role.MATCH_LEAD, name=LONG[:190])
    for member in (first, second):
        member.register(2)
    Worker(world.services).review()
    asking = desk(first)
    for match in first.get("/api/v1/matches").json["resultaten"]:
        path = f"/matches/{match['id']}/deelnames/{match['eigenDeelnames'][0]['id']}"
        asking.done(f"{path}/regie", regisseur=str(director.account_id))
    return Desk(director, director.browser()), "/regie"


def _family(world: World) -> tuple[Desk, str]:
    one, _ = siblings(world, "Schuldhulp", "Wijkteam")
    return desk(one, "m1"), family_page_of(one, "D-1")


def _stay(_page: Page) -> None: ...


def _press(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("button", name=name).last.click()


def _confirm_nothing(page: Page) -> None:
    _press(page, "Ja, nog betrokken")
    expect(page.get_by_role("status")).to_contain_text("Zet een vinkje")


def _confirm_one(page: Page) -> None:
    page.get_by_role("checkbox", name="Kies D-2").check()
    _press(page, "Ja, nog betrokken")
    expect(page.get_by_role("status")).to_contain_text("1 signaal bevestigd")


def _hand_over(page: Page) -> None:
    for box in page.get_by_role("checkbox", name="Kies").all():
        box.check()
    page.locator('[formaction$="/overdragen"]').click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Draag 2 signalen over")


def _hand_over_to_nobody(page: Page) -> None:
    _hand_over(page)
    _press(page, "Draag over")
    expect(page.get_by_role("alert")).to_be_visible()


def _handed_over(page: Page) -> None:
    page.get_by_role("link", name="D-1").click()
    _press(page, "Draag over")
    page.get_by_label("Aan wie?").select_option(index=2)
    _press(page, "Draag over")
    expect(page.get_by_role("status")).to_contain_text("is overgedragen aan")


def _open_without_a_reason(page: Page) -> None:
    _press(page, "Toon het kenmerk")
    expect(page.get_by_role("alert")).to_be_visible()


def _open_with_a_reason(page: Page) -> None:
    page.get_by_label("De cliënt kwam terug").check()
    _press(page, "Toon het kenmerk")
    expect(page.get_by_role("link", name="Registreer de cliënt dan opnieuw")).to_be_visible()


def _to_nobody(page: Page) -> None:
    page.locator("main form button").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _to_somebody(page: Page) -> None:
    page.locator("#aan").select_option(index=1)
    page.locator("main form button").click()
    expect(page.locator("#aan")).to_have_count(0)


def _accept_one(page: Page) -> None:
    page.get_by_role("button", name="Dat doe ik").first.click()
    expect(page.get_by_role("status")).to_contain_text("U houdt nu het overzicht")
    expect(page.get_by_role("heading", level=2)).to_have_text(["Wacht op uw antwoord 1", "Bij u 1"])


#: Page and state: what is there, and what somebody does.
STATES: dict[str, tuple[Maker, Deed]] = {
    "check-ups": (_checkups, _stay),
    "check-ups, nothing": (_no_checkups, _stay),
    "check-ups, nothing ticked": (_checkups, _confirm_nothing),
    "check-ups, confirmed": (_checkups, _confirm_one),
    "handing over": (_caseload, _hand_over),
    "handing over, fault": (_caseload, _hand_over_to_nobody),
    "handed over": (_caseload, _handed_over),
    "history": (_ended, _stay),
    "history, fault": (_ended, _open_without_a_reason),
    "history, opened": (_ended, _open_with_a_reason),
    "all of a colleague": (_transfer_of_all, _stay),
    "all of a colleague, done": (_transfer_of_all, _to_somebody),
    "leaving": (_leaving, _stay),
    "leaving, fault": (_leaving, _to_nobody),
    "leaving, with nothing": (_leaving_with_nothing, _stay),
    "left": (_leaving, _to_somebody),
    "findings": (_findings, _stay),
    "findings, nothing": (_no_findings, _stay),
    "leads": (_leads, _stay),
    "leads, nothing": (_no_leads, _stay),
    "leads, one accepted": (_leads, _accept_one),
    "family": (_family, _stay),
}


@BOTH_WIDTHS
@pytest.mark.parametrize("state", STATES)
def test_is_accessible_and_fits(index: World, page: Page, state: str) -> None:
    make, do = STATES[state]
    who, path = make(index)
    page.goto(enter(page, who) + path)
    do(page)
    page.locator("main details").evaluate_all("all => all.forEach((one) => (one.open = true))")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    for _ in in_both_widths(page):
        hold(page)
