"""Make the screenshots in this folder: start the demonstration, walk through it, look.

Run from the repository, with Chromium installed: ``python docs/schermen/make.py``, or for a part
of them ``python docs/schermen/make.py begin`` or ``… leven``.
"""

# ruff: noqa: INP001
from __future__ import annotations

import copy
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from case_work import shoot_case_work, shoot_story
from keeping import shoot_keeping
from life import shoot_life
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import or_, select

from orgprofiles.organisations import Professional, Unit
from verwijsindex.access import find_caller
from verwijsindex.accounts.records import Account
from verwijsindex.api.profile_schemas import ConceptIn
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.client import IndexConnection, import_file, read_settings
from verwijsindex.clients import Client, Scope
from verwijsindex.demo.running import DIGEST_QUIET, RunningDemo, running_demo
from verwijsindex.use_cases.keep_profile import agree, publish, read_concept, save_concept

HERE = Path(__file__).parent
WIDTHS = (1280, 360)  # CSS pixels: a desk and a telephone
PATIENCE_SECONDS = 120
_COLOURS = 128
# By how the name of a field ends; the date is far off, so that the pictures stay right.
_TYPED = {
    "client-naam": "Test Persoon",
    "geboren": "1985-03-14",
    "client-telefoon": "06-00000000",
    "-wat": "Kan de huurachterstand in een regeling?",
    "-oppakken": "Bel de verhuurder voordat de zaak naar de rechter gaat.",
    "vraag-voor": "2099-12-17",
    "actie-voor": "2099-12-17",
    "-gedaan": "Brieven gesorteerd en een overzicht van de schulden gemaakt.",
    "-afgesproken": "De cliënt neemt de brieven mee naar het eerste gesprek.",
    "-financien": "Drie maanden huurachterstand.",
    "-wonen": "Woont er nog; er is een brief van de deurwaarder.",
    "aan-naam": "Test Verwijzer",
    "verwijzer-naam": "Test Verwijzer",
    "afzender-naam": "Test Ontvanger",
    "-organisatie": "Testorganisatie",
    "-telefoon": "010-000 00 00",
    "besproken": "De cliënt wil hulp bij het ordenen van de post.",
    "actiepunten": "Stuur het overzicht van de schulden na.",
}
_READER = "ikoster@sociale-dienst.example"
_CLIENT = "from verwijsindex.client.command import main; main()"


def main() -> None:
    """Make them all, or those of one part."""
    os.chdir(HERE.parent.parent)
    wanted = sys.argv[1:] or ["begin", "leven"]
    if "begin" in wanted:
        _make_begin()
    if "leven" in wanted:
        with _pages() as pages:
            shoot_life(pages, _save)


def _make_begin() -> None:
    sys.prefix = str(Path.cwd() / ".venv")  # so that the commands are those of the README
    with (
        running_demo(Path(".demo"), 8080, digest_quiet=DIGEST_QUIET) as demo,
        _pages() as pages,
    ):
        _shoot(pages, "start", f"{demo.base_url}/demo")
        _shoot(pages, "mails-leeg", f"{demo.base_url}/demo/mail")
        shoot_keeping(pages, demo, _save)
        shoot_story(pages, demo, _save)
        _wait(lambda: len(demo.mailbox) == 1)  # to the GGZ, which alone sees the match
        _sign_in(pages, demo, _READER)
        _shoot_sheets(pages, demo)
        _import(demo)
        _sign_in(pages, demo, _READER)
        shoot_case_work(pages, demo, _save)
        _shoot(pages, "mails", f"{demo.base_url}/demo/mail")
        named = _mail_to(demo, "ikoster@")
        _shoot(pages, "mail-met-naam", f"{demo.base_url}/demo/mail/{named}")
        link_only = _mail_to(demo, "ndegroot@")
        _shoot(pages, "mail-met-link", f"{demo.base_url}/demo/mail/{link_only}")
        _shoot_match(pages, demo, "match", named)
        _register(demo)
        newest = demo.mailbox.newest_first()[0].number
        _shoot_match(pages, demo, "match-eerst-bellen", newest)
        _end_all(demo, "sociaal-wijkteam")
        _shoot_match(pages, demo, "match-voorbij", named)
        _shoot_match(pages, demo, "match-beeindigd", link_only)
        _shoot(pages, "niet-gevonden", f"{demo.base_url}/demo/mail/9999")
        _shoot_directory(pages, demo)  # last, for partners get mail about the new version


@contextmanager
def _pages() -> Iterator[dict[int, Page]]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"], env=os.environ | {"LANGUAGE": "nl"}
        )
        pages = {
            width: browser.new_page(
                viewport={"width": width, "height": 800},
                device_scale_factor=1.5 if width < 600 else 1,
                locale="nl-NL",
            )
            for width in WIDTHS
        }
        for page in pages.values():
            page.on("dialog", lambda dialog: dialog.accept())  # a sheet asks before it is left
        yield pages
        browser.close()


def _shoot(pages: dict[int, Page], name: str, address: str) -> None:
    for width, page in pages.items():
        page.goto(address)
        _save(page, name, width)


def _sign_in(pages: dict[int, Page], demo: RunningDemo, address: str) -> None:
    """Become who has the mail address *address*, or somebody of the team that has it."""
    with demo.services.sessions() as session:
        account = session.scalars(
            select(Account)
            .outerjoin(Professional, Professional.id == Account.professional_id)
            .outerjoin(Unit, Unit.id == Professional.unit_id)
            .where(or_(Account.email == address, Unit.mailbox == address))
        ).first()
        assert account is not None  # noqa: S101
        button = f'button[name="account"][value="{account.id}"]'
    for page in pages.values():
        page.goto(f"{demo.base_url}/demo/inloggen")
        page.locator("details.others").evaluate("one => one.open = true")
        page.locator(button).click()
        page.wait_for_url(f"{demo.base_url}/")


def _shoot_match(pages: dict[int, Page], demo: RunningDemo, name: str, number: int) -> None:
    """The match that mail *number* leads to, as its recipient sees it."""
    mail = demo.mailbox.get(number)
    assert mail is not None  # noqa: S101
    _sign_in(pages, demo, mail.recipients[0])
    _shoot(pages, name, demo.base_url + _link(demo, number))


def _shoot_sheets(pages: dict[int, Page], demo: RunningDemo) -> None:
    """Both sheets: empty, filled in for nobody who lives, and as printed."""
    desk = pages[WIDTHS[0]]
    desk.goto(f"{demo.base_url}/sociale-kaart")
    receiver = re.findall(
        r'href="/sociale-kaart/([0-9a-f-]{36})"[^>]*>\s*Sociaal wijkteam', desk.content()
    )[0]
    for kind in ("overdracht", "terugkoppeling"):
        address = f"{demo.base_url}/{kind}/{receiver}"
        _shoot(pages, f"{kind}-leeg", address)
        for width, page in pages.items():
            for field in page.locator("#blad :is(input:not([type=radio]), textarea)").all():
                name = str(field.get_attribute("id"))
                value = next((text for end, text in _TYPED.items() if name.endswith(end)), None)
                if value:
                    field.fill(value)
            for choice in page.locator("#blad fieldset").all():
                choice.locator("input").first.check()
            _save(page, f"{kind}-ingevuld", width)
        desk.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        desk.emulate_media(media="print")
        _save(desk, f"{kind}-print", WIDTHS[0])
        desk.emulate_media(media="screen")


def _save(page: Page, name: str, width: int) -> None:
    path = HERE / f"{name}-{width}.png"
    page.screenshot(path=path, full_page=True)
    _shrink(path)


def _shrink(path: Path) -> None:
    """Keep a palette of colours: a page has few, and the file becomes a third."""
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(
            path, optimize=True
        )
    path.chmod(0o644)  # the demonstration writes private files


def _shoot_map(pages: dict[int, Page], demo: RunningDemo) -> None:
    for width, page in pages.items():
        page.goto(f"{demo.base_url}/keten")
        path = HERE / f"ketenkaart-{width}.png"
        # The drawing and what is above it; the page goes on with words and tables.
        bottom = page.locator(".chain-figure").evaluate("one => one.getBoundingClientRect().bottom")
        clip = {"x": 0, "y": 0, "width": width, "height": bottom + 16}
        page.screenshot(path=path, full_page=True, clip=clip)
        _shrink(path)


def _shoot_directory(pages: dict[int, Page], demo: RunningDemo) -> None:
    directory = f"{demo.base_url}/sociale-kaart"
    _shoot_map(pages, demo)
    _shoot(pages, "sociale-kaart", directory)
    _shoot(pages, "sociale-kaart-niemand", f"{directory}?naam=kapper&leeftijd=30")
    organisation_id = _publish_again(demo, "sociaal-wijkteam")
    _shoot(pages, "profiel", f"{directory}/{organisation_id}")
    _shoot(pages, "profiel-vergelijking", f"{directory}/{organisation_id}/vergelijking")


def _publish_again(demo: RunningDemo, slug: str) -> UUID:
    """Publish a second version, in which they ring back sooner and have a new product."""
    settings = read_settings(demo.folder / "clients" / f"{slug}.toml", {})
    services = demo.services
    administrator = Actor(ActorKind.ADMINISTRATOR)
    with services.sessions() as session:
        client = session.get_one(Client, UUID(str(settings.client_id)))
        of = {"organisation_id": client.organisation_id}
        claims = {"sub": str(client.id), "org": str(client.organisation_id)}
        caller = find_caller(session, claims | {"scope": Scope.PROFILES.value})
        assert caller is not None  # noqa: S101
        seen = read_concept(session, services, caller=caller, **of)
        content = copy.deepcopy(dict(seen.content or {}))
        urgent = next(one for one in content["routes"] if one["soort"] == "urgent")
        urgent["terugbellenBinnen"] = {"aantal": 2, "eenheid": "uur"}
        content["producten"].append(
            content["producten"][0] | {"sleutel": "nazorg", "naam": "Nazorg", "fasen": ["nazorg"]}
        )
        parts = ConceptIn().load(content)
        saved = save_concept(
            session, services, caller=caller, if_match=seen.etag, parts=parts, **of
        )
        agreed = agree(session, services, actor=administrator, if_match=saved.etag, **of)
        publish(session, services, actor=administrator, if_match=agreed.etag, **of)
        return client.organisation_id


def _import(demo: RunningDemo) -> None:
    before = len(demo.mailbox)
    for slug in ("sociale-dienst", "sociaal-wijkteam"):
        settings = read_settings(demo.folder / "clients" / f"{slug}.toml", {})
        with IndexConnection(settings) as connection:
            import_file(connection, demo.folder / "clienten" / f"{slug}.csv", dry_run=False)
    _wait(lambda: len(demo.mailbox) == before + demo.expected.mails)


def _register(demo: RunningDemo) -> None:
    """Register somebody whom both know, informing put off."""
    before = len(demo.mailbox)
    options = [
        "--afdeling",
        "Jeugdgezondheidszorg",
        "--medewerker",
        "kdeboer",
        "--kenmerk",
        "J-318",
    ]
    options += ["--uitgesteld", "veiligheid_client", "--herzien", _in_a_fortnight()]
    config = demo.folder / "clients" / "centrum-voor-jeugd-en-gezin.toml"
    subprocess.run(  # noqa: S603
        [sys.executable, "-c", _CLIENT, "--config", config, "register", *options],
        input=demo.folder.joinpath("clienten", "een-client.txt").read_text(encoding="utf-8"),
        text=True,
        check=True,
    )
    _wait(lambda: len(demo.mailbox) >= before + 3)


def _in_a_fortnight() -> str:
    return time.strftime("%d-%m-%Y", time.localtime(time.time() + 14 * 86_400))


def _end_all(demo: RunningDemo, slug: str) -> None:
    settings = read_settings(demo.folder / "clients" / f"{slug}.toml", {})
    with httpx.Client(base_url=demo.base_url) as http:
        answer = http.post(
            "/oauth/token",
            data={
                "grant_type": "client_credentials",
                "resource": "index",
                "client_id": settings.client_id,
                "client_secret": getattr(settings.credential, "value", ""),
            },
        )
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        matches: list[dict[str, Any]] = http.get(
            "/api/v1/matches", params={"perPagina": 500}
        ).json()["resultaten"]
        for found in matches:
            for own in found["eigenDeelnames"]:
                http.patch(
                    f"/api/v1/signalen/{own['signaal']}",
                    json={"status": "beeindigd", "reden": "afgerond"},
                ).raise_for_status()


def _mail_to(demo: RunningDemo, start: str) -> int:
    return next(
        mail.number for mail in demo.mailbox.newest_first() if mail.recipients[0].startswith(start)
    )


def _link(demo: RunningDemo, number: int) -> str:
    mail = demo.mailbox.get(number)
    assert mail is not None  # noqa: S101
    return mail.text.split(demo.base_url)[1].split()[0]


def _wait(condition: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.1)


if __name__ == "__main__":
    main()
