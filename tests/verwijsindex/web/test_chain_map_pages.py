"""The chain map as a page: with everybody, with nobody, for axe-core and on paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.verwijsindex.web.conftest import Site
from tests.verwijsindex.web.fitting import BOTH_WIDTHS, in_both_widths
from tests.verwijsindex.web.test_browser import WCAG, violations
from verwijsindex.demo.profiles import profile_files, with_unit_ids


def publish_all(site: Site) -> None:
    """Publish the demonstration's profiles."""
    for content in profile_files().values():
        units: Mapping[str, Any] = {one["naam"]: one for one in content["afdelingen"]}
        member = site.world.member(
            content["identiteit"]["naam"],
            units={
                name: f'domein = "{one["domein"]}"\nzelfstandig = {str(one["zelfstandig"]).lower()}'
                for name, one in units.items()
            },
            independent_units=tuple(name for name, one in units.items() if one["zelfstandig"]),
        )
        published = member.publish(with_unit_ids(content, member.units))
        assert published.status_code == 200, published.text


def test_everything_on_the_map_is_there_in_words(site: Site) -> None:
    publish_all(site)
    page = site.get("/keten")
    assert page.status_code == 200
    counted = re.search(
        r"Van de 240 vakken zijn er 85 leeg, en in (\d+) vakken ontbreken sommige", page.text
    )
    assert counted
    assert int(counted[1]) == page.text.count("(niet alle leeftijden)")
    assert "Getekend uit de profielen van 10 organisaties" in page.text
    assert "GGZ en Sociale dienst" in page.text
    for name in (one["identiteit"]["naam"] for one in profile_files().values()):
        assert f"<title>{name}</title>" in page.text or f">{name}</text>" in page.text


def test_the_drawing_is_also_a_file_that_needs_nothing_else(site: Site) -> None:
    publish_all(site)
    drawn = site.get("/keten.svg")
    assert drawn.content_type == "image/svg+xml; charset=utf-8"
    assert drawn.headers["Content-Disposition"] == 'attachment; filename="ketenkaart.svg"'
    assert drawn.text.startswith("<svg ")
    assert not re.search(r"(?:href|src|style|class=\"[^c])", drawn.text)
    assert len(re.findall(r"https?://", drawn.text)) == 1  # the namespace


def test_without_profiles_it_says_what_will_be_there(site: Site) -> None:
    page = site.get("/keten")
    assert "Er is nog geen profiel gepubliceerd" in page.text
    assert "<svg" not in page.text.partition("<main")[2]


@pytest.mark.browser
@BOTH_WIDTHS
@pytest.mark.parametrize("filled", [True, False], ids=["ten", "none"])
def test_it_is_accessible_and_the_page_itself_does_not_scroll_sideways(
    served: Site, page: Page, *, filled: bool
) -> None:
    if filled:
        publish_all(served)
    page.goto(served.base_url + "/keten")
    if filled:
        page.click("summary")
    for _ in in_both_widths(page):
        assert violations(page, WCAG) == []


@pytest.mark.browser
@pytest.mark.any_width
def test_it_prints_on_one_sheet_of_a3(served: Site, page: Page) -> None:
    publish_all(served)
    page.goto(served.base_url + "/keten")
    paper = page.pdf(prefer_css_page_size=True)
    assert re.findall(rb"/Count (\d+)", paper) == [b"1"]
    (box,) = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper))
    assert [round(float(side) / 72 * 25.4) for side in box] == [420, 297]
