"""The pages' modules in a real browser, under the policy that the pages will have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.clock import Clock
from tests.verwijsindex.web.modules.importing import Import
from tests.verwijsindex.web.modules.site import Site, serve_site


@pytest.fixture
def site(sqlite_url: str, clock: Clock, tmp_path: Path) -> Iterator[Site]:
    """Return an index, a pseudonym service and the static files, each reachable for a browser."""
    with ExitStack() as stack:
        yield stack.enter_context(serve_site(sqlite_url, clock, tmp_path))


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """Return an empty page of the index; what the browser complains of fails the test."""
    context = browser.new_context(locale="nl-NL")
    made = context.new_page()
    complaints: list[str] = []
    made.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.goto(site.url)
    yield made
    stored = made.evaluate(
        """async () => [localStorage.length, sessionStorage.length, document.cookie,
                         (await indexedDB.databases()).length, (await caches.keys()).length]"""
    )
    context.close()
    assert stored == [0, 0, "", 0, 0]
    # Lost connections and other origins are what some tests are about.
    expected = ("Failed to load resource", "has been blocked by CORS policy")
    assert [line for line in complaints if not any(one in line for one in expected)] == []


@pytest.fixture
def importing(page: Page, site: Site) -> Import:
    """Return an import by somebody of an organisation that takes part."""
    site.admit()
    return Import(page, site)
