"""Whether a page fits, on a desk and on a telephone: made once, and looked at in both widths."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

#: For a test that looks at one page in both widths, with :func:`in_both_widths`.
BOTH_WIDTHS = pytest.mark.parametrize("page", [1280], ids=["both"], indirect=True)

_TOO_SMALL = """([targets, but]) => [...document.querySelectorAll(targets)]
    .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.matches(but))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && box.height > 0)
    .filter(([, box]) => Math.min(box.width, box.height) < 24)
    .map(([one]) => one.outerHTML.slice(0, 200))"""


def in_both_widths(page: Page) -> Iterator[int]:
    """Yield 1280 and 360 when *page* is as wide; that it reflows to 320 is asserted at the end."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        yield width
        assert too_wide(page) <= 0, width
    page.set_viewport_size({"width": 320, "height": 800})
    assert too_wide(page) <= 0


def too_wide(page: Page) -> int:
    """Return by how many pixels *page* must be scrolled sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def small_targets(page: Page, targets: str, *, but: str) -> list[str]:
    """Return what can be clicked of *targets* (selectors) and is under 24 pixels, except *but*."""
    found: list[str] = page.evaluate(_TOO_SMALL, [targets, but])
    return found
