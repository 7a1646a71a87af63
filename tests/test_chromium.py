"""The browser that the browser tests use."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_it_runs_scripts_in_a_page(browser: Browser):
    with browser.new_context(locale="nl-NL") as context:
        page = context.new_page()
        page.set_content("<h1>Wie is er nog meer betrokken?</h1>")
        assert page.evaluate("document.querySelector('h1').textContent.length") == 29
        assert page.evaluate("navigator.language") == "nl-NL"
