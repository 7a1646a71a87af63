"""Making keys and looking at them. Secrets are written to files, never shown."""

from __future__ import annotations

import os
from pathlib import Path

import click

from crypto.keyring import (
    IndexPublicKeys,
    IndexSecretKeys,
    ServicePublicKeys,
    ServiceSecretKeys,
)
from verwijsindex.dutch_commands import DutchGroup

FILES = {
    "index": ("index-secret.json", "index-public.json"),
    "service": ("pseudonym-service-secret.json", "pseudonym-service-public.json"),
}


@click.group(cls=DutchGroup, help="Sleutels maken en bekijken.")
def keys() -> None:
    """Group of the keys' commands."""


@keys.command(
    short_help="Maak de sleutels van één partij.",
    help="Maak de sleutels van één partij: INDEX of SERVICE (de pseudoniemendienst)."
    " Laat twee beheerders dat doen, elk op de eigen machine.",
)
@click.argument("party", type=click.Choice(list(FILES)))
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Waar de bestanden komen; standaard hier.",
)
def create(party: str, folder: Path) -> None:
    """Write a secret file (0600) and a public one; existing files are never overwritten."""
    made = IndexSecretKeys.generate() if party == "index" else ServiceSecretKeys.generate()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret, public = (folder / name for name in FILES[party])
    for path in (secret, public):
        if path.exists():
            raise click.ClickException(
                f"{path} bestaat al. Een sleutel die in gebruik is mag niet verloren gaan;"
                " kies een andere map."
            )
    write_secret(secret, made.to_json())
    public.write_text(made.public().to_json(), encoding="utf-8")
    other = "pseudoniemendienst" if party == "index" else "index"
    click.echo(f"Geheim:   {secret}  (alleen voor dit account leesbaar; maak een reservekopie)")
    click.echo(f"Openbaar: {public}  (geef dit aan de beheerder van de {other})")


@keys.command(help="Toon welke sleutels een bestand bevat, zonder geheimen.")
@click.argument(
    "path", metavar="BESTAND", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def status(path: Path) -> None:
    """Show ids and fingerprints of a key file, secret or public."""
    text = path.read_text(encoding="utf-8", errors="replace")
    from crypto.errors import KeyRingRefused

    for kind in (IndexSecretKeys, IndexPublicKeys, ServiceSecretKeys, ServicePublicKeys):
        try:
            found = kind.from_json(text)
        except KeyRingRefused:
            continue
        _show(found)
        return
    raise click.ClickException(f"{path} is geen (heel) sleutelbestand van de verwijsindex.")


def _show(
    found: IndexSecretKeys | IndexPublicKeys | ServiceSecretKeys | ServicePublicKeys,
) -> None:
    match found:
        case IndexSecretKeys():
            click.echo("Geheime sleutels van de index")
            click.echo(f"  vingerafdruk {found.scalar_fingerprint.hex()}")
        case IndexPublicKeys():
            click.echo("Openbare sleutels van de index")
            click.echo(f"  doos {found.box.hex()}")
        case ServiceSecretKeys() | ServicePublicKeys():
            is_secret = isinstance(found, ServiceSecretKeys)
            public = found.public() if isinstance(found, ServiceSecretKeys) else found
            word = "Geheime" if is_secret else "Openbare"
            click.echo(f"{word} sleutels van de pseudoniemendienst")
            for key in public.evaluation_keys:
                click.echo(f"  {key.kind}, epoche {key.epoch}: {key.key_id.hex()}")


def write_secret(path: Path, text: str) -> None:
    """Write *text* to a new file that only this account may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
