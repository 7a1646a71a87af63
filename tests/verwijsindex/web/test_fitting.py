"""What holds pages against both widths finds what does not fit."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.verwijsindex.web.fitting import in_both_widths, small_targets

pytestmark = pytest.mark.browser

PAGE = """<style>body {{ margin: 0 }} @media (max-width: 400px) {{ {small} }}</style>
<button style="width: 30px; height: 30px">a</button><a href="#">b</a><a hidden href="#">c</a>"""


def test_small_targets_and_what_is_too_wide_are_found_in_each_width(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_content(PAGE.format(small="button { height: 20px !important }"))
    found = [small_targets(page, "a, button", but="a") for _ in in_both_widths(page)]
    assert [len(one) for one in found] == [0, 1]
    assert small_targets(page, "a, button", but="button") == ['<a href="#">b</a>']
    for screens in ("(min-width: 1000px)", "(width: 360px)", "(width: 320px)"):
        page.set_content(f"<style>@media {screens} {{ p {{ width: 2000px }} }}</style><p>breed</p>")
        with pytest.raises(AssertionError):
            list(in_both_widths(page))
    context.close()
