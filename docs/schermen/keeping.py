"""Pictures of an import, of my details, of the coordinator's pages and of what is public."""

# ruff: noqa: INP001
from __future__ import annotations

from collections.abc import Callable, Mapping

from case_work import become
from playwright.sync_api import Page

from verwijsindex.demo.running import RunningDemo

Save = Callable[[Page, str, int], None]
_SUPPORT, _COORDINATOR, _DIRECTOR = "Hanneke Vos", "Bram Wolters", "Saskia Mulder"
_ROWS = 12
_PUBLIC = {
    "hulp": "/hulp",
    "privacy": "/privacy",
    "toegankelijkheid": "/toegankelijkheid",
    "inloggen-hulp": "/inloggen/hulp",
    "link-verlopen": f"/uitnodiging/{'A' * 43}",
}
_OWN = {"mijn-gegevens": "/mijn-gegevens", "wachtwoord-wijzigen": "/mijn-gegevens/wachtwoord"}
_TEAM = {
    "organisatie": "/instelling",
    "organisatie-medewerkers": "/instelling/medewerkers",
    "organisatie-accounts": "/instelling/accounts",
    "organisatie-bronsystemen": "/instelling/bronsystemen",
}
_FORMS = {
    "medewerker": ("/instelling/medewerkers/nieuw", "Voeg toe"),
    "uitnodigen": ("/instelling/accounts/nieuw", "Stuur de uitnodiging"),
    "bronsysteem": ("/instelling/bronsystemen/nieuw", "Voeg toe"),
}


def shoot_keeping(pages: Mapping[int, Page], demo: RunningDemo, save: Save) -> None:
    """Everything, each as whoever works there; nobody is signed in at the end."""
    for width, page in pages.items():
        page.context.clear_cookies()
        _go(page, demo, _PUBLIC, save, width)
        page.goto(f"{demo.base_url}/inloggen")
        page.get_by_label("E-mailadres").fill("niemand@sociale-dienst.example")
        page.get_by_label("Wachtwoord").fill("vergeten")
        page.get_by_role("button", name="Verder").click()
        save(page, "inloggen-fout", width)
        become(page, demo, _SUPPORT)
        _import(page, demo, save, width)
        become(page, demo, _COORDINATOR)
        _go(page, demo, _OWN | _TEAM, save, width)
        for name, (path, button) in _FORMS.items():
            page.goto(demo.base_url + path)
            save(page, f"{name}-leeg", width)
            page.locator("main form").evaluate("one => (one.noValidate = true)")
            page.get_by_role("button", name=button).click()
            save(page, f"{name}-fouten", width)
        become(page, demo, _DIRECTOR)
        _go(page, demo, {"regie-leeg": "/regie"}, save, width)
        page.context.clear_cookies()


def _go(page: Page, demo: RunningDemo, paths: Mapping[str, str], save: Save, width: int) -> None:
    for name, path in paths.items():
        page.goto(demo.base_url + path)
        save(page, name, width)


def _import(page: Page, demo: RunningDemo, save: Save, width: int) -> None:
    """An import up to the trial: nothing is registered, so that all counts stay right."""
    file = demo.folder / "clienten" / "sociale-dienst.csv"
    head, *rows = file.read_text(encoding="cp1252").splitlines()
    wanted = [row for row in rows if "Werk en inkomen" in row][:_ROWS]
    # One number with a digit too many, as by a slip of the finger.
    wanted[3] = "1" + wanted[3]
    page.goto(f"{demo.base_url}/importeren")
    page.get_by_label("Plak rijen uit uw spreadsheet").wait_for()
    save(page, "importeren-leeg", width)
    page.get_by_label("Plak rijen uit uw spreadsheet").fill("\n".join([head, *wanted]))
    page.get_by_role("button", name="Controleer de lijst").click()
    page.locator("#fouten:not([hidden])").wait_for()
    page.locator("#doen:not([hidden])").wait_for()
    save(page, "importeren-gecontroleerd", width)
