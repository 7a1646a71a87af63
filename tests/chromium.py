"""Debian's Chromium, driven by Playwright. A missing browser fails the test; it is not skipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

# Playwright passes --headless itself. --no-sandbox: root and containers have
# no user namespaces to make the sandbox of, and only our own pages are opened.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the wide screen to ``make test-all`` where a test says that any width will do."""
    for item in items:
        variant = getattr(item, "callspec", None)
        if variant and "wide" in variant.id.split("-") and item.get_closest_marker("any_width"):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a running browser; make a context of your own for each test."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.fail("no Chromium: install Debian's package chromium (make test does so as root)")
    # On a machine that does much else a page may take its time; nothing is measured here.
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, headless=True, args=ARGUMENTS)
        yield running
        running.close()
