"""``vi-audit-verify``: checks an exported audit log with the index's public key alone.

For an auditor who trusts neither the index nor its administrators: nothing of
either is needed, nor a database. It imports ``crypto``, and click in Dutch.
"""

from __future__ import annotations

from pathlib import Path

import click

from crypto.audit_check import ChainCheck, check_export, kept_checkpoints
from crypto.audit_log import Checkpoint
from crypto.errors import AuditLineRefused, KeyRingRefused
from crypto.keyring import IndexPublicKeys
from verwijsindex.dutch_commands import DutchCommand

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

#: Of each command that checks a log.
kept_option = click.option(
    "--checkpoint",
    "kept_file",
    metavar="BESTAND",
    type=_FILE,
    help="Eerder bewaard controlepunt (of een eerdere export); zo valt ook een afgekapt of"
    " herschreven log op.",
)


@click.command(
    cls=DutchCommand,
    help="Controleer een geëxporteerd auditlog: keten en handtekeningen. Eindigt met status 0"
    " als alles klopt en met 1 als er iets is gewijzigd.",
)
@click.argument("export", metavar="EXPORT", type=_FILE)
@click.option(
    "--key",
    "key_file",
    metavar="BESTAND",
    type=_FILE,
    required=True,
    help="Openbare sleutels van de index (index-public.json).",
)
@kept_option
@click.version_option(
    package_name="verwijsindex", message="vi-audit-verify %(version)s", help="Toon de versie."
)
def main(export: Path, key_file: Path, kept_file: Path | None) -> None:
    """Say whether an exported log is whole; exit status 1 when it is not, 2 for a wrong key."""
    try:
        keys = IndexPublicKeys.from_json(key_file.read_text(encoding="utf-8"))
    except (KeyRingRefused, UnicodeDecodeError):
        raise click.BadParameter(
            f"{key_file} is geen bestand met de openbare sleutels van de index.", param_hint="--key"
        ) from None
    check = ChainCheck(keys.audit_checkpoint, kept=read_kept(kept_file))
    with export.open("rb") as log:
        fault = check_export(log, check)
    if fault is not None:
        place = f"regel {fault.line}" if fault.line is not None else "bewaard controlepunt"
        row = "" if fault.seq is None else f", rij {fault.seq}"
        name = "" if fault.row_id is None else f" (id {fault.row_id})"
        click.echo(f"FOUT   {place}{row}{name}: {fault.what}")
        raise SystemExit(1)
    signed = check.checkpoint
    click.echo(
        f"goed   {check.seq} rijen, {check.checkpoint_count} controlepunten;"
        f" het laatste is van {'' if signed is None else signed.at.isoformat()}"
    )


def read_kept(path: Path | None) -> list[Checkpoint]:
    """Return the checkpoints of :data:`kept_option`, or end the command."""
    if path is None:
        return []
    try:
        with path.open("rb") as file:
            return kept_checkpoints(file)
    except AuditLineRefused:
        raise click.BadParameter(
            "dit bestand bevat geen (heel) controlepunt van de verwijsindex",
            param_hint="--checkpoint",
        ) from None
