"""Nothing that is typed on a sheet leaves the browser: shown with every byte that it sends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

import verwijsindex.web
from tests.verwijsindex.web.conftest import Site
from tests.verwijsindex.web.planted_leaks import LEAKS, planted
from tests.verwijsindex.web.recording_proxy import RecordingProxy, recording
from tests.verwijsindex.web.sheets import BSN, SHEETS, fill, open_sheet

pytestmark = pytest.mark.browser

STATIC = Path(verwijsindex.web.__file__).parent / "static"
SECRET = "kanarie"
NO_DOOR = """export function shutDoor() {
  const mark = document.createElement("meta");
  mark.httpEquiv = "x-open";
  document.head.append(mark);
}"""
# Chromium itself may ask its maker, once per profile, which of its address fields a page's fields
# resemble: hashes of their ids, nothing that is typed. No page can forbid it; a policy can.
AUTOFILL = re.compile(
    rb"CONNECT content-autofill\.googleapis\.com:443 HTTP/1\.1\r\n(?:[\w-]+: [^\r\n]*\r\n){3}\r\n"
)
# Whatever a script could send, keep or look things up with.
WAYS_OUT = re.compile(
    r"fetch|XMLHttp|WebSocket|EventSource|[bB]eacon|RTC|Worker|WebTransport|window\.open|location"
    r"|Storage|indexedDB|caches|cookie|history|BroadcastChannel|postMessage|import\(|eval|Function\("
    r"|innerHTML =|insertAdjacentHTML|document\.write|Image\(|\.src\b|clipboard|share\(|window\.name"
)


@pytest.fixture
def proxy(served: Site) -> Iterator[RecordingProxy]:
    with recording(served.base_url) as running:
        yield running


@pytest.fixture
def context(browser: Browser, proxy: RecordingProxy) -> Iterator[BrowserContext]:
    """Return a browser that sends everything, to this machine too, by way of the proxy."""
    made = browser.new_context(
        proxy={"server": proxy.address, "bypass": "<-loopback>"}, locale="nl-NL"
    )
    yield made
    made.close()


@pytest.fixture
def sheet(context: BrowserContext) -> Page:
    return context.new_page()


def sent_after(
    served: Site,
    proxy: RecordingProxy,
    page: Page,
    kind: str,
    use: Callable[[], None],
    *,
    may_connect: bool = False,
) -> bytes:
    """Return what the browser sent from when a sheet was there until it had closed.

    Its maker's autofill aside: of that the request for a tunnel is dropped, and none is given.
    """
    open_sheet(page, served, kind)
    page.wait_for_load_state("networkidle")
    seen = proxy.seen
    assert seen[1] > 0
    use()
    page.context.close()
    assert proxy.wait_until_left()
    rest, asked = AUTOFILL.subn(b"", proxy.sent_since(seen))
    assert may_connect or proxy.seen[0] == seen[0] + asked, "a connection was opened"
    return rest


@pytest.mark.parametrize("kind", SHEETS)
def test_not_one_byte_leaves_while_a_sheet_is_used(
    served: Site, proxy: RecordingProxy, sheet: Page, kind: str
) -> None:
    requests: list[str] = []

    def use() -> None:
        sheet.on("request", lambda request: requests.append(request.url))
        sheet.on("dialog", lambda dialog: dialog.accept())
        sheet.locator("#bewaren").click()
        fill(sheet, kind, {"client-naam": f"Kanarie {BSN}"})
        sheet.locator("#bewaren").click()
        with sheet.expect_download() as found:
            sheet.locator("#toch").click()
        assert BSN in found.value.path().read_text(encoding="utf-8")
        sheet.emulate_media(media="print")
        assert sheet.pdf().startswith(b"%PDF")
        sheet.emulate_media(media="screen")
        sheet.locator("#wissen").click()
        expect(sheet.locator("#stand")).to_have_text("Alles is gewist.")
        fill(sheet, kind)

    assert sent_after(served, proxy, sheet, kind, use) == b""
    # Playwright tells of the file that the page itself made, too.
    assert [url for url in requests if not url.startswith("blob:")] == []


@pytest.mark.parametrize("kind", SHEETS)
def test_nothing_is_kept_in_the_browser(served: Site, sheet: Page, kind: str) -> None:
    open_sheet(sheet, served, kind)
    address, length = sheet.url, sheet.evaluate("history.length")
    fill(sheet, kind)
    with sheet.expect_download():
        sheet.locator("#bewaren").click()
    kept = sheet.evaluate("""async () => ({
        local: {...localStorage}, session: {...sessionStorage}, cookie: document.cookie,
        databases: await indexedDB.databases(), state: history.state, name: window.name,
        workers: (await navigator.serviceWorker.getRegistrations()).length,
    })""")
    assert kept == {
        "local": {},
        "session": {},
        "cookie": "",
        "databases": [],
        "state": None,
        "name": "",
        "workers": 0,
    }
    assert (sheet.url, sheet.evaluate("history.length")) == (address, length)
    sheet.on("dialog", lambda dialog: dialog.accept())
    sheet.reload()
    sheet.go_back()
    sheet.go_forward()
    values = sheet.locator("#blad :is(input:not([type=radio]), textarea)")
    assert {one.input_value() for one in values.all()} == {""}
    expect(sheet.locator("#blad :checked")).to_have_count(0)


@pytest.mark.parametrize("leak", LEAKS)
def test_a_planted_leak_is_refused(
    served: Site, proxy: RecordingProxy, sheet: Page, leak: str
) -> None:
    plant(sheet, leak)
    sheet.on("dialog", lambda dialog: dialog.dismiss())

    def use() -> None:
        sheet.locator("#client-naam").fill(SECRET)
        expect(sheet.locator("body")).to_have_attribute("data-tried", "yes")
        directive = LEAKS[leak][1]
        if directive:
            expect(sheet.locator("body")).to_have_attribute("data-refused", directive)
        assert "gelekt" not in sheet.url

    # For a frame Chromium makes connections ready before it asks the policy, and sends nothing.
    early = leak == "frame"
    assert sent_after(served, proxy, sheet, "overdracht", use, may_connect=early) == b""


# That a leak would be seen is shown of each way out of another kind; of all in make test-all.
SEEN = [
    leak
    if leak in {"fetch", "websocket", "image", "form", "navigation", "download"}
    else pytest.param(leak, marks=pytest.mark.slow)
    for leak in LEAKS
]


@pytest.mark.parametrize("leak", SEEN)
def test_without_its_policy_the_leak_would_be_seen(
    served: Site,
    proxy: RecordingProxy,
    sheet: Page,
    leak: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("verwijsindex.web.handover_pages.SHEET_POLICY", "default-src * blob:")
    sheet.route("**/sheet_door.js", lambda route: answer(route, NO_DOOR))
    plant(sheet, leak)
    sheet.on("dialog", lambda dialog: dialog.accept())
    open_sheet(sheet, served, "overdracht")
    sheet.locator("#client-naam").fill(SECRET)
    if leak == "form":
        # Sent only after the question whether to leave, which is answered while one waits here.
        sheet.wait_for_url("**/gelekt?*")
    # A web socket asks the proxy for a tunnel first, and gets none.
    trace = "CONNECT elders.example" if leak == "websocket" else f"gelekt?{SECRET}"
    assert proxy.wait_until_sent(trace.encode())


def test_scripts_know_no_way_out() -> None:
    scripts = sorted(STATIC.glob("sheet*.js"))
    assert len(scripts) == 8
    for script in scripts:
        assert WAYS_OUT.findall(script.read_text(encoding="utf-8")) == [], script.name
    assert WAYS_OUT.search("navigator.sendBeacon(x)")


def plant(page: Page, leak: str) -> None:
    script = (STATIC / "sheet.js").read_text(encoding="utf-8")
    page.route("**/sheet.js", lambda route: answer(route, planted(script, leak)))


def answer(route: Route, script: str) -> None:
    route.fulfill(body=script, content_type="text/javascript")
