"""The words of the walk-through, for the terminal and for the start page."""

from __future__ import annotations

import shlex
import sys
from datetime import date
from pathlib import Path

from verwijsindex.demo.expectations import Expectations, ImportCounts
from verwijsindex.web.tour import Step, Tour

ONE_CLIENT = "een-client.txt"
BY_HAND = "zelf-registreren.txt"  # somebody who is in neither file


def make_tour(folder: Path, expected: Expectations, *, today: date, quiet_seconds: int) -> Tour:
    """Return the walk-through of the demonstration in *folder*.

    Args:
        folder: The demonstration's, absolute.
        expected: What the imports bring about.
        today: The calendar day in the Netherlands.
        quiet_seconds: How long the digests wait.
    """
    commands = _Commands(folder, today)
    wait = "een minuut" if quiet_seconds == 60 else f"{quiet_seconds} seconden"
    steps = (
        Step(
            "Log in als Sanne van der Linden, en registreer een cliënt",
            f"Neem BSN en geboortedatum over uit {commands.path('clienten', BY_HAND)}. Er is nog"
            " geen match. Log daarna in als Renske Schouten van de GGZ, en registreer dezelfde"
            " cliënt. Zij ziet meteen dat de Sociale dienst ook betrokken is. Sanne ziet niets,"
            " want de GGZ is gevoelig. Pas als Renske zich zichtbaar maakt, krijgt Sanne een mail.",
            page="demo.logins_page",
            page_label="Kies wie u bent",
        ),
        Step(
            "Importeer het cliëntenbestand van de Sociale dienst",
            _counts(expected.sociale_dienst),
            commands.import_file("sociale-dienst"),
        ),
        Step(
            "Importeer het bestand van het Sociaal wijkteam",
            f"{_counts(expected.wijkteam)} De bestanden hebben {expected.matches} cliënten"
            f" gemeen, dus er zijn nu {expected.matches} matches.",
            commands.import_file("sociaal-wijkteam"),
        ),
        Step(
            f"Wacht {wait} en bekijk de mails",
            f"{expected.mails} mails: één verzamelmail voor elke medewerker en elk team met een"
            " match. Volg de link in een mail: u ziet de match zoals die medewerker hem ziet.",
            page="demo.mail_list",
        ),
    )
    extra = (
        Step(
            "Registreer één cliënt met een opdracht",
            "De Sociaal raadslieden melden zich bij een cliënt die de andere twee ook kennen."
            " Alle drie krijgen meteen mail.",
            commands.register(
                "sociaal-raadslieden", "Geld en schulden", "lmeijer", "R-2291", "instemming"
            ),
        ),
        Step(
            "Probeer het zonder recht op het BSN",
            "De Ouderenadviseurs zijn vrijwilligers. Geen wet laat hen het BSN gebruiken, dus de"
            " index weigert.",
            commands.register(
                "ouderenadviseurs", "Ouderenadvies", "jdekker", "OA-12", "instemming"
            ),
        ),
        Step(
            "Meld een cliënt bij een gevoelige organisatie",
            "De GGZ ziet meteen wie er nog meer bij deze cliënt betrokken is. De anderen zien de"
            " GGZ niet en krijgen geen mail: wie bij de GGZ, de politie of Veilig Thuis bekend is,"
            " hoort niemand via de index, totdat die organisatie zich zelf zichtbaar maakt.",
            commands.register("ggz", "Wijkteam GGZ", "vmartina", "G-77", "instemming"),
        ),
        Step(
            "Kijk hoe de ander werkt",
            "De sociale kaart: bij elke organisatie hoe u verwijst, wat u doet bij spoed, en bladen"
            " voor een overdracht en een terugkoppeling.",
            page="pages.directory",
            page_label="Open de sociale kaart",
        ),
        Step(
            "Kijk waar niemand is",
            "De ketenkaart: per leefgebied en fase wie er is, voor welke leeftijd, en waar gaten"
            " zitten.",
            page="pages.chain_map",
            page_label="Open de ketenkaart",
        ),
    )
    return Tour(steps, extra)


def terminal_text(base_url: str, tour: Tour) -> str:
    """Return what the terminal says when everything runs."""
    lines = [
        "",
        "De demonstratie van de verwijsindex draait, alleen op dit apparaat.",
        "",
        f"  Uitleg en rondleiding   {base_url}/demo",
        f"  Inloggen met één klik   {base_url}/demo/inloggen   (voor elke rol iemand)",
        f"  Alle mails              {base_url}/demo/mail",
        "",
        "Begin in de browser. Open voor de opdrachten een tweede venster in deze map.",
        "",
    ]
    for number, step in enumerate(tour.steps, start=1):
        lines.append(f"  {number}. {step.title}.")
        if step.command:
            lines.append(f"     {step.command}")
        lines += [f"     → {step.shows}", ""]
    lines += [
        "Let op: de sleutels van de index en van de pseudoniemendienst zitten hier in één proces.",
        "Dat is alleen in de demonstratie zo; in het echt beheren twee partijen ze apart.",
        "",
        "Stoppen: Ctrl-C.",
        "",
    ]
    return "\n".join(lines)


class _Commands:
    """Commands as they can be copied into a shell in the current folder."""

    def __init__(self, folder: Path, today: date) -> None:
        self._folder = _from_here(folder)
        self._client = _from_here(Path(sys.prefix) / "bin" / "vi-client")
        self._today = f"{today:%d-%m-%Y}"

    def import_file(self, slug: str) -> str:
        return f"{self._as(slug)} import {self.path('clienten', f'{slug}.csv')}"

    def register(self, slug: str, unit: str, key: str, reference: str, reaction: str) -> str:
        options = (
            f"--afdeling {shlex.quote(unit)} --medewerker {key} --kenmerk {reference}"
            f" --wijze gesprek --datum {self._today} --reactie {reaction}"
        )
        return f"{self._as(slug)} register {options} < {self.path('clienten', ONE_CLIENT)}"

    def _as(self, slug: str) -> str:
        client = shlex.quote(str(self._client))
        return f"{client} --config {self.path('clients', f'{slug}.toml')}"

    def path(self, *parts: str) -> str:
        """Return where a file of the demonstration is, as a shell would have it."""
        return shlex.quote(str(self._folder.joinpath(*parts)))


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _counts(counts: ImportCounts) -> str:
    return (
        f"{counts.accepted} nieuw geregistreerd. {counts.refused} rijen niet:"
        f" {counts.refused_by_index} afgewezen door de index en {counts.refused_locally} met een"
        " fout in het bestand. Per rij staat de reden in het foutenbestand."
    )
