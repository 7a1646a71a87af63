"""What tests of the two sheets share: a receiver with a profile, and somebody who fills in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

from tests.rich_profile import rich_profile
from tests.verwijsindex.web.conftest import Site
from tests.world import Member, test_bsn

NAME = "Wijkteam"
#: What is typed, field by field. Each value is found nowhere else; nobody lives who is meant.
HANDOVER = {
    "client-naam": "Testpersoon Kanarie",
    "client-geboren": "1971-02-03",
    "client-telefoon": "06-00987123",
    "client-mail": "kanarie@client.example",
    "vraag-wat": "Kanarievraag: hoe komt de huur rond?",
    "vraag-oppakken": "Kanarietaak: bel de verhuurder",
    "vraag-voor": "2026-12-17",
    "vraag-gedaan": "Kanariewerk: de brief gelezen",
    "vraag-afgesproken": "Kanarieafspraak: woensdag bellen",
    "leefgebied-wonen": "Kanarie woont er nog",
    "leefgebied-financien": "Kanarie heeft drie maanden achterstand",
    "verwijzer-naam": "Verwijzer Kanariegeel",
    "verwijzer-organisatie": "Kanarieloket",
    "verwijzer-telefoon": "010-00987456",
    "verwijzer-mail": "kanariegeel@loket.example",
}
HANDOVER_CHOICES = {
    "client-voorkeur": "Via de verwijzer",
    "client-toestemming": "Nog niet gevraagd",
    "verwijzer-voorkeur": "Bellen",
    "verwijzer-benaderen": "Ja",
}
FEEDBACK = {
    "client-naam": "Testpersoon Kanarie",
    "client-geboren": "1971-02-03",
    "aan-naam": "Verwijzer Kanariegeel",
    "verwezen-op": "2026-11-02",
    "doorverwezen-naar": "Kanarieraadslieden",
    "besproken": "Kanariegesprek over de huur",
    "actiepunten": "Kanariepunt: stuur de brief na",
    "actie-voor": "2026-12-17",
    "afzender-naam": "Afzender Kanariegeel",
    "afzender-organisatie": "Kanarieteam",
    "afzender-telefoon": "010-00987456",
    "afzender-mail": "kanariegeel@team.example",
}
FEEDBACK_CHOICES = {
    "gekomen": "Ja",
    "terecht": "Ja, en opgepakt",
    "doorverwezen": "Ja",
}
SHEETS = {
    "overdracht": (HANDOVER, HANDOVER_CHOICES),
    "terugkoppeling": (FEEDBACK, FEEDBACK_CHOICES),
}
#: A BSN of the range for test persons, typed where it does not belong.
BSN = test_bsn(7)
NOW = "2026-11-23T10:00:00+01:00"


def receiver(site: Site, **parts: Any) -> Member:
    """Return an organisation with a published profile."""
    member = site.world.member(NAME, units={"Team Jeugd": 'domein = "jeugd"'})
    content = rich_profile(**parts)
    content["identiteit"] |= {"naam": NAME}
    content["afdelingen"][0] |= {"id": str(member.units["Team Jeugd"])}
    answer = member.publish(content)
    assert answer.status_code == 200, answer.text
    return member


def open_sheet(page: Page, site: Site, kind: str, member: Member | None = None) -> None:
    """Open an empty sheet to *member*, or to one made for it, at a fixed moment."""
    page.clock.set_fixed_time(NOW)
    answer = page.goto(f"{site.base_url}/{kind}/{(member or receiver(site)).id}")
    assert answer is not None
    assert answer.status == 200
    page.locator("head > meta[http-equiv]").wait_for(state="attached")


def fill(page: Page, kind: str, changes: Mapping[str, str] | None = None) -> None:
    """Type everything that there is to type."""
    texts, choices = SHEETS[kind]
    for field, value in {**texts, **(changes or {})}.items():
        page.locator(f"#{field}").fill(value)
    for field, value in choices.items():
        page.locator(f"input[name={field}][value='{value}']").check()
