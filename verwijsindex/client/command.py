"""``vi-client``: register one person, import a file, follow a caseload, list matches.

Exit status: 0 all good, 1 one or more refused, 2 usage, settings or file,
3 connection or server (see :class:`verwijsindex.client.terminal.ExitStatus`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import click

from verwijsindex.client.answers import MatchSummary, Registered
from verwijsindex.client.blinding import today_in_the_netherlands
from verwijsindex.client.cells import calendar_date
from verwijsindex.client.client_file import Column, RawRow, template
from verwijsindex.client.connection import IndexConnection
from verwijsindex.client.error_file import (
    check_error_path,
    default_error_path,
    keep_error_file,
)
from verwijsindex.client.errors import FileRefused, RequestRefused, SettingsRefused
from verwijsindex.client.importing import ImportResult, column_of, import_file
from verwijsindex.client.rows import FaultyRow, interpret_row
from verwijsindex.client.settings import ClientSettings, read_settings
from verwijsindex.client.signals import (
    Deferral,
    DeferralReason,
    Informed,
    InformedBy,
    Reaction,
    Way,
)
from verwijsindex.client.sync_command import sync
from verwijsindex.client.terminal import ClientGroup, ExitStatus, exit_status, progress_bar
from verwijsindex.client.wording import field_words, plain_words
from verwijsindex.dutch_commands import say_error

Connect = Callable[[ClientSettings], IndexConnection]

_RUN_AGAIN = "Voer dezelfde opdracht later nog eens uit: niets wordt dubbel geregistreerd."
_STANDARD_ERROR_FILE = (
    "standaard: naast het bestand, <naam>-fouten.csv; met --proef -proef-fouten.csv"
)

_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _text(name: str, metavar: str, explanation: str) -> _Decorator:
    return click.option(name, default="", metavar=metavar, help=explanation)


def _word(name: str, words: Iterable[str], explanation: str) -> _Decorator:
    # Plain words: of an enum, Click would offer the English names.
    return click.option(name, type=click.Choice([str(word) for word in words]), help=explanation)


@click.group(cls=ClientGroup)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="BESTAND",
    help="Instellingen (TOML). Anders: VI_CLIENT_CONFIG, of VI_CLIENT_URL en de andere variabelen.",
)
@click.pass_context
def cli(ctx: click.Context, *, config: Path | None) -> None:
    """Meld betrokkenheid bij de verwijsindex.

    BSN en geboortedatum blijven op deze computer: alleen een onherkenbaar
    gemaakte waarde gaat weg. Einde met status 0: gelukt; 1: iets geweigerd;
    2: opdracht, instellingen of bestand kloppen niet; 3: geen verbinding of
    storing.
    """
    connect: Connect = ctx.obj or IndexConnection
    ctx.obj = lambda: connect(read_settings(config, os.environ))


def main() -> None:
    """Run ``vi-client``."""
    cli(prog_name="vi-client")


@cli.command()
@click.option("--zonder-bsn", is_flag=True, help="Vraag een V-nummer in plaats van een BSN.")
@_text("--afdeling", "NAAM", "Naam of id; mag weg als u één afdeling hebt.")
@_text("--medewerker", "SLEUTEL", "Sleutel van de medewerker; leeg is het team.")
@_text("--kenmerk", "KENMERK", "Uw eigen kenmerk; leeg laat de index er een maken.")
@_word("--wijze", Way, "Hoe de cliënt is geïnformeerd.")
@_text("--datum", "DATUM", "Wanneer de cliënt is geïnformeerd (dd-mm-jjjj).")
@_word("--reactie", Reaction, "Wat de cliënt zei; leeg: niet_gevraagd.")
@_word("--door", InformedBy, "Wie informeerde; leeg: eigen.")
@_word("--aan", [*Informed, "beide"], "Wie is geïnformeerd; leeg: naar leeftijd.")
@_word("--uitgesteld", DeferralReason, "Waarom de cliënt nog niet is geïnformeerd.")
@_text("--herzien", "DATUM", "Bij --uitgesteld: wanneer u opnieuw kijkt (dd-mm-jjjj).")
@_text("--vervaltdatum", "DATUM", "Einddatum (dd-mm-jjjj).")
@click.option(
    "--ouders",
    type=click.IntRange(0, 2),
    default=0,
    metavar="AANTAL",
    help="Geef ook het BSN van 1 of 2 ouders, als de index de gezinsmatch heeft.",
)
@click.pass_obj
def register(
    connect: Callable[[], IndexConnection],
    /,
    *,
    zonder_bsn: bool,
    uitgesteld: str | None,
    herzien: str,
    ouders: int,
    **options: str | None,
) -> ExitStatus:
    """Registreer één persoon.

    BSN en geboortedatum worden gevraagd, of gelezen als twee regels van
    standaardinvoer, met een regel per ouder erna. Ze zijn geen opties: die
    komen in de opdrachtgeschiedenis.
    """
    deferral = _deferral(uitgesteld, herzien)
    with connect() as connection:
        cells = _typed_person(Column.V_NUMBER if zonder_bsn else Column.BSN)
        cells |= _typed_parents(ouders)
        units = connection.own_units()
        cells |= {
            Column.UNIT: options["afdeling"] or (units[0].id if len(units) == 1 else ""),
            Column.PROFESSIONAL: options["medewerker"] or "",
            Column.REFERENCE: (options["kenmerk"] or "").strip(),
            Column.WAY: options["wijze"] or "",
            Column.TOLD_ON: options["datum"] or "",
            Column.REACTION: options["reactie"] or "",
            Column.TOLD_BY: options["door"] or "",
            Column.TOLD: options["aan"] or "",
            Column.LAPSES_ON: options["vervaltdatum"] or "",
        }
        # The same rules as for a row of a file, so that they cannot differ.
        row = interpret_row(
            RawRow(1, cells), units=units, today=today_in_the_netherlands(), deferral=deferral
        )
        if isinstance(row, FaultyRow):
            _say_faults((fault.field, fault.reason) for fault in row.faults)
            return ExitStatus.REFUSED
        try:
            registered = connection.register(row.person, row.details)
        except RequestRefused as refused:
            say_error(f"Niet geregistreerd. {refused}")
            _say_faults((fault.field, fault.reason) for fault in refused.faults)
            return ExitStatus.REFUSED
    _say_registered(registered)
    return ExitStatus.GOOD


@cli.command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="BESTAND")
@click.option("--proef", is_flag=True, help="Controleer alles, maar verander niets.")
@click.option(
    "--fouten",
    type=click.Path(path_type=Path),
    metavar="BESTAND",
    help=f"Waar de fouten komen ({_STANDARD_ERROR_FILE}).",
)
@click.pass_obj
def import_(
    connect: Callable[[], IndexConnection], /, *, file: Path, proef: bool, fouten: Path | None
) -> ExitStatus:
    """Importeer een cliëntenbestand (CSV of XLSX).

    Dezelfde opdracht nog eens uitvoeren kan altijd: wat al geregistreerd is,
    wordt niet dubbel geregistreerd.
    """
    error_path = fouten or default_error_path(file, dry_run=proef)
    check_error_path(error_path, file)
    try:
        with connect() as connection, progress_bar() as bar:
            task = bar.add_task("Importeren", total=None)
            result = import_file(
                connection,
                file,
                dry_run=proef,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    except KeyboardInterrupt:
        say_error(f"Gestopt. {_RUN_AGAIN}")
        return ExitStatus.INTERRUPTED
    _say_result(result)
    keep_error_file(error_path, result.faults)
    if result.trouble is not None:
        return exit_status(result.trouble)
    return ExitStatus.REFUSED if result.refused else ExitStatus.GOOD


cli.add_command(sync)


@cli.command()
@click.pass_obj
def matches(connect: Callable[[], IndexConnection], /) -> ExitStatus:
    """Toon de matches van uw organisatie."""
    count = 0
    with connect() as connection:
        for found in connection.matches():
            count += 1
            _say_match(found)
    if count == 0:
        click.echo("Er zijn geen matches.")
    return ExitStatus.GOOD


@cli.command("template")
@click.argument("file", type=click.Path(path_type=Path), metavar="BESTAND", required=False)
def template_(*, file: Path | None) -> ExitStatus:
    """Schrijf een leeg sjabloon (CSV) voor een cliëntenbestand.

    Zonder BESTAND: verwijsindex-sjabloon.csv in deze map, of standaarduitvoer
    als die naar een bestand gaat.
    """
    if file is None and not _stdout_is_terminal():
        click.echo(template(), nl=False)
        return ExitStatus.GOOD
    file = file or Path("verwijsindex-sjabloon.csv")
    try:
        with file.open("xb") as opened:
            opened.write(template())
    except FileExistsError:
        raise FileRefused(f"{file} bestaat al en blijft zoals het is.") from None
    except OSError:
        raise FileRefused(f"{file} kan niet geschreven worden.") from None
    click.echo(f"Het sjabloon staat in {file}.")
    return ExitStatus.GOOD


def _stdout_is_terminal() -> bool:
    return sys.stdout.isatty()


def _stdin_is_terminal() -> bool:
    return sys.stdin.isatty()


def _typed_person(column: Column) -> dict[Column, str]:
    """Return number and birth date: asked for, or two lines of standard input."""
    if not _stdin_is_terminal():
        lines = [sys.stdin.readline().strip() for _ in range(2)]
        return {column: lines[0], Column.BIRTH_DATE: lines[1]}
    label = "V-nummer" if column is Column.V_NUMBER else "BSN"
    number = click.prompt(f"{label} (niet zichtbaar)", hide_input=True)
    # Shown, unlike the BSN: it has no check digit, and mistyped it never matches.
    birth_date = click.prompt("Geboortedatum (dd-mm-jjjj, 00 voor onbekend)")
    return {column: str(number).strip(), Column.BIRTH_DATE: str(birth_date).strip()}


def _typed_parents(number: int) -> dict[Column, str]:
    """Return the BSNs of that many parents, got as :func:`_typed_person` does."""
    columns = (Column.PARENT_1, Column.PARENT_2)[:number]
    if not _stdin_is_terminal():
        return {column: sys.stdin.readline().strip() for column in columns}
    return {
        column: str(
            click.prompt(f"BSN van ouder {place} (niet zichtbaar)", hide_input=True)
        ).strip()
        for place, column in enumerate(columns, start=1)
    }


def _deferral(reason: str | None, review_on: str) -> Deferral | None:
    if reason is None:
        return None
    day = calendar_date(review_on)
    if day is None:
        raise SettingsRefused("Geef bij --uitgesteld ook --herzien met een datum (dd-mm-jjjj).")
    return Deferral(DeferralReason(reason), day)


def _say_result(result: ImportResult) -> None:
    if result.dry_run:
        click.echo("Proef: er is niets veranderd.")
    click.echo(f"Nieuw geregistreerd: {result.created}")
    click.echo(f"Bestond al: {result.existed}")
    click.echo(f"Afgewezen door de index: {result.refused_by_index}")
    click.echo(f"Fout in het bestand, niet verstuurd: {result.refused_locally}")
    if result.trouble is None:
        return
    rows = result.unconfirmed_rows
    say_error(
        f"Niet alles is gedaan. {result.trouble}\n"
        f"Niet (zeker) verwerkt: {len(rows)} rijen, vanaf rij {rows[0]}. "
        f"De rijen daarvóór zijn klaar.\n{_RUN_AGAIN}"
    )


def _say_faults(faults: Iterable[tuple[str, str]]) -> None:
    for name, reason in faults:
        # The age group is no column, but has words of its own.
        known = name if name == "leeftijdsgroep" else column_of(name)
        say_error(f"- {field_words(known)}: {reason}")


def _say_registered(registered: Registered) -> None:
    click.echo("Geregistreerd." if registered.created else "Dit was al geregistreerd.")
    click.echo(f"Kenmerk: {registered.reference}")
    click.echo(f"Vervalt op: {_dutch_date(registered.lapses_on)}")
    if registered.found is not None:
        _say_match(registered.found)


def _say_match(found: MatchSummary) -> None:
    own = ", ".join(found.references)
    known_as = f" bij uw kenmerk {own}" if own else ""
    kind = "Gezinsmatch" if found.is_family else "Match"
    click.echo(f"{kind}{known_as} ({plain_words(found.status)})")
    for other in found.counterparts:
        contact = [
            other.name,
            other.function,
            f"telefoon {other.telephone}" if other.telephone else "",
            f"e-mail {other.email}" if other.email else "",
            f"sinds {_dutch_date(other.since)}" if other.since else "",
        ]
        click.echo(
            f"  {other.organisation} ({plain_words(other.domain)}):"
            f" {', '.join(filter(None, contact))}"
        )


def _dutch_date(text: str) -> str:
    try:
        return date.fromisoformat(text).strftime("%d-%m-%Y")
    except ValueError:
        return text
