"""``vi-client sync``: keep the index in step with a unit's caseload."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from verwijsindex.client.answers import CaseloadStatus
from verwijsindex.client.caseload_state import default_state_path
from verwijsindex.client.connection import IndexConnection
from verwijsindex.client.error_file import (
    check_error_path,
    default_error_path,
    keep_error_file,
)
from verwijsindex.client.importing import RowFault
from verwijsindex.client.syncing import NotThisCaseload, SyncResult, sync_file
from verwijsindex.client.terminal import ExitStatus, exit_status, progress_bar
from verwijsindex.dutch_commands import DutchCommand, agrees, say_error

#: Why what is gone ends: those of the contract that a whole caseload may have.
REASONS = ("afgerond", "voortijdig_gestopt", "geen_contact", "overgedragen", "verhuisd")
_GO_ON = "Voer dezelfde opdracht nog eens uit: die gaat verder waar het bleef."


@click.command(cls=DutchCommand)
@click.argument("file", type=click.Path(path_type=Path), metavar="BESTAND")
@click.option(
    "--afdeling",
    default="",
    metavar="NAAM",
    help="Van wie dit alle cliënten zijn: naam of id; mag weg als u één afdeling hebt.",
)
@click.option("--proef", is_flag=True, help="Zeg wat er zou gebeuren, maar verander niets.")
@click.option("--bevestigd", is_flag=True, help="Ook als er veel signalen eindigen.")
@click.option(
    "--reden",
    type=click.Choice(REASONS),
    default="afgerond",
    help="Waarom eindigt wat niet meer in het bestand staat; anders: afgerond.",
)
@click.option(
    "--stand",
    type=click.Path(path_type=Path),
    metavar="BESTAND",
    help="Waar staat wat al gelijk is (standaard: naast het bestand, .vi-client-<afdeling>.json).",
)
@click.option(
    "--fouten",
    type=click.Path(path_type=Path),
    metavar="BESTAND",
    help="Waar de fouten komen (standaard: naast het bestand, <naam>-sync-<afdeling>-fouten.csv;"
    " met --proef -proef-fouten.csv).",
)
@click.pass_obj
def sync(
    connect: Callable[[], IndexConnection],
    /,
    *,
    file: Path,
    afdeling: str,
    proef: bool,
    bevestigd: bool,
    reden: str,
    stand: Path | None,
    fouten: Path | None,
) -> ExitStatus:
    """Houd de index gelijk met de caseload van een afdeling.

    BESTAND heeft alle cliënten van de afdeling, met de kolommen van het
    sjabloon. Wie nieuw is, wordt geregistreerd; wie er niet meer in staat, wordt
    afgemeld; een ander contact is een overdracht. Rijen van andere afdelingen
    blijven buiten beschouwing. Heeft de afdeling geen cliënten meer, geef dan een
    bestand met alleen de kopregel, en --bevestigd.
    """
    check_error_path(fouten or default_error_path(file), file)

    def keep(unit_name: str, faults: Sequence[RowFault]) -> None:
        path = fouten or default_error_path(file, "sync", unit_name, dry_run=proef)
        keep_error_file(path, faults)

    def once(connection: IndexConnection, *, confirmed: bool) -> SyncResult:
        with progress_bar() as bar:
            task = bar.add_task("Gelijkmaken", total=None)
            return sync_file(
                connection,
                file,
                unit_name=afdeling,
                state_path=lambda unit_id: stand or default_state_path(file, unit_id),
                dry_run=proef,
                confirmed=confirmed,
                reason=reden,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )

    try:
        with connect() as connection:
            result = once(connection, confirmed=bevestigd)
            if result.question and _agrees(result):
                ended = once(connection, confirmed=True)
                result.ended, result.trouble, result.question = ended.ended, ended.trouble, ""
    except KeyboardInterrupt:
        say_error(f"Gestopt. {_GO_ON}")
        return ExitStatus.INTERRUPTED
    except NotThisCaseload as refused:
        say_error(str(refused))
        keep(refused.unit_name, refused.faults)
        return exit_status(refused)
    _say(result)
    keep(result.unit_name, result.faults)
    if result.trouble is not None:
        return exit_status(result.trouble)
    return ExitStatus.REFUSED if result.refused or result.question else ExitStatus.GOOD


def _agrees(result: SyncResult) -> bool:
    """Ask somebody at a terminal; nobody there is no."""
    if not stdin_is_terminal():
        return False
    click.echo(f"LET OP: er is nog niets afgemeld.\n{_reason_to_wait(result)}")
    return agrees("Klopt dat, en mogen ze worden afgemeld?")


def _reason_to_wait(result: SyncResult) -> str:
    """Return what the index asks to be confirmed, and what is probably wrong."""
    if result.refused:
        cause = "Verbeter eerst de rijen met een fout."
    else:
        cause = "Waarschijnlijk is het bestand afgekapt."
    rows = "1 rij" if result.rows == 1 else f"{result.rows} rijen"
    return f"Het bestand heeft {rows} van {result.unit_name}. {result.question} {cause}"


def stdin_is_terminal() -> bool:
    """Whether somebody can answer."""
    return sys.stdin.isatty()


def _say(result: SyncResult) -> None:
    counts = result.counts
    if result.question:
        say_error(
            f"LET OP: er is niets afgemeld.\n{_reason_to_wait(result)}\n"
            "Klopt het toch? Voer dezelfde opdracht dan nog eens uit met --bevestigd.\n"
        )
    if result.dry_run:
        click.echo("Proef: er is niets veranderd.")
    if result.resumed:
        click.echo("Verdergegaan waar de vorige keer bleef; geteld is wat nu is gestuurd.")
    click.echo(f"Nieuw geregistreerd: {counts[CaseloadStatus.CREATED]}")
    click.echo(f"Bleef zoals het was: {counts[CaseloadStatus.UNCHANGED]}")
    click.echo(f"Ander contact: {counts[CaseloadStatus.MOVED]}")
    if not result.question:
        click.echo(f"Afgemeld, want niet meer in het bestand: {result.ended}")
    click.echo(f"Afgewezen door de index: {counts[CaseloadStatus.REFUSED]}")
    click.echo(f"Fout in het bestand, niet verstuurd: {result.refused_locally}")
    if result.other_units:
        click.echo(f"Van een andere afdeling, niet meegenomen: {result.other_units}")
    if result.trouble is not None:
        say_error(f"Niet alles is gedaan. {result.trouble}\n{_GO_ON}")
