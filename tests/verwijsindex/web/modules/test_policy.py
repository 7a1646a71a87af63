"""The policy that the other tests of this folder run under is in force, on the page and in the worker."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from tests.verwijsindex.web.modules.site import STATIC, Site

pytestmark = pytest.mark.browser

MODULES = (
    "blinding", "calling", "cells", "eleven_test", "evaluating", "form_faults", "person",
    "references", "register_telling", "signal_body", "xml_text",
)  # fmt: skip
REFUSED = """async () => {
    // What the debugger itself runs may do all; what runs after it may not.
    await new Promise((resolve) => setTimeout(resolve));
    const tried = [
        () => new Function("return 1")(),
        () => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])),
        () => fetch("http://127.0.0.2:9/"),
        () => import("data:text/javascript,1"),
    ];
    const refused = [];
    for (const one of tried) {
        await (async () => one())().catch((error) => refused.push(error.name));
    }
    return refused;
}"""


def test_a_page_can_make_no_code_and_call_nobody_else(browser: Browser, site: Site) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.url)
    refused = page.evaluate(REFUSED)
    context.close()
    assert refused == ["EvalError", "CompileError", "TypeError", "TypeError"]


def test_a_worker_can_neither(browser: Browser, site: Site) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.url)
    with page.expect_worker() as found:
        page.evaluate(
            "() => { window.work = new Worker('/static/import_worker.js', { type: 'module' }); }"
        )
    refused = found.value.evaluate(REFUSED)
    context.close()
    assert refused == ["EvalError", "CompileError", "TypeError", "TypeError"]


def test_no_module_stores_prints_or_writes_markup() -> None:
    for path in [STATIC / f"{name}.js" for name in MODULES] + sorted(STATIC.glob("import_*.js")):
        code = re.sub(r"^ *//.*$|^ *[/ ]\*.*$", "", path.read_text(), flags=re.MULTILINE)
        for word in (
            "localStorage", "sessionStorage", "indexedDB", "caches", "cookie", "console.",
            "innerHTML", "eval(", "history.", "location", "sendBeacon", "WebSocket",
        ):  # fmt: skip
            assert word not in code, (path.name, word)
