"""Files with secrets: there, and for this account alone. Needs nothing of the index.

Contents are never opened: owner and mode say all that is asked here.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from verwijsindex.checks.findings import Finding, fault, good

#: Variables that name a file with a secret in it.
SECRET_FILES = (
    "VI_INDEX_SECRET_KEYS_FILE",  # also the keys of the audit log
    "VI_SERVICE_SECRET_KEYS_FILE",
    "VI_DATABASE_URL_FILE",
    "VI_SMTP_USERNAME_FILE",
    "VI_SMTP_PASSWORD_FILE",
)
#: Variables that name a file that anybody may read, but nobody else may change.
PUBLIC_FILES = ("VI_SERVICE_PUBLIC_KEYS_FILE", "VI_INDEX_PUBLIC_KEYS_FILE")
DEMO_MARK = "demonstratie.txt"

_ROOT = 0
_NO_NEW_KEY = (
    " Maak geen nieuwe sleutel als er al iets is geregistreerd: daarmee matcht daar niets meer van."
)
_OTHERS_READ = stat.S_IRGRP | stat.S_IROTH
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def named_files(environment: Mapping[str, str], *, account: int | None = None) -> Iterator[Finding]:
    """Yield what is found of the files that *environment* names.

    Args:
        environment: Names of variables with paths.
        account: User id; None for that of this process. Root may read
            everything, so for root nothing is said about owners.
    """
    account = os.geteuid() if account is None else account
    for names, is_secret in ((SECRET_FILES, True), (PUBLIC_FILES, False)):
        for name in names:
            path = environment.get(name, "").strip()
            if path:
                yield from _file(name, Path(path), account, is_secret=is_secret)


def private_file(part: str, path: Path, *, account: int | None = None) -> Iterator[Finding]:
    """Yield what is found of one more file that is for this account alone, if it is there."""
    account = os.geteuid() if account is None else account
    if path.exists():
        yield from _file(part, path, account, is_secret=True)


def demo_folder(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is found of the folder of the demonstration that *environment* belongs to."""
    key_file = Path(environment.get("VI_INDEX_SECRET_KEYS_FILE", ""))
    folder = key_file.absolute().parent.parent
    if environment.get("VI_DEMO") != "ja" or not (folder / DEMO_MARK).is_file():
        return
    inside = [path for path in folder.rglob("*") if not path.is_symlink()]
    is_open = [path for path in (folder, *inside) if _mode(path) & (_OTHERS_READ | _OTHERS_WRITE)]
    part = "bestanden van de demonstratie"
    if is_open:
        yield fault(
            part,
            f"{len(is_open)} zijn door andere accounts te lezen of te wijzigen",
            f"Voer 'chmod -R go= {folder}' uit.",
        )
    else:
        yield good(part, "alleen voor dit account")


def _file(name: str, path: Path, account: int, *, is_secret: bool) -> Iterator[Finding]:
    try:
        found = path.stat()
    except OSError:
        yield fault(
            name,
            "het bestand is er niet, of dit account mag niet in de map",
            f"Zet het bestand terug (reservekopie) of verbeter {name}."
            + (_NO_NEW_KEY if name.endswith("_SECRET_KEYS_FILE") else ""),
        )
        return
    wrong = list(_wrong(name, path, found, account, is_secret=is_secret))
    yield from wrong
    if not wrong:
        text = "alleen voor dit account" if is_secret else "niet door anderen te wijzigen"
        yield good(name, text)


def _wrong(
    name: str, path: Path, found: os.stat_result, account: int, *, is_secret: bool
) -> Iterator[Finding]:
    if account != _ROOT and found.st_uid not in {account, _ROOT}:
        yield fault(
            name,
            "het bestand is van een ander account, dat het kan lezen en vervangen",
            f"Voer als root 'chown {account} {path}' uit, of voer doctor uit als het account"
            " waaronder de index draait.",
        )
    elif account == os.geteuid() and not os.access(path, os.R_OK):
        yield fault(
            name,
            "dit account mag het bestand niet lezen",
            f"Voer als root 'chown {account} {path}' uit.",
        )
    if is_secret and found.st_mode & _OTHERS_READ:
        yield fault(
            name,
            "andere accounts op deze machine kunnen dit geheim lezen",
            f"Voer 'chmod 600 {path}' uit. Weet u niet wie er op de machine kon, behandel het"
            " geheim dan als uitgelekt.",
        )
    if found.st_mode & _OTHERS_WRITE:
        yield fault(
            name,
            "andere accounts op deze machine kunnen dit bestand wijzigen",
            f"Voer 'chmod go-w {path}' uit en controleer de inhoud ('verwijsindex keys status').",
        )
    folder = _mode(path.parent)
    if folder & _OTHERS_WRITE and not folder & stat.S_ISVTX:
        yield fault(
            name,
            "andere accounts kunnen in de map schrijven en zo het bestand vervangen",
            f"Voer 'chmod go-w {path.parent}' uit.",
        )


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0
