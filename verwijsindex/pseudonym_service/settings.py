"""The service's configuration: one frozen object, from the environment.

A setting is a variable, or a file that a variable of the same name with
``_FILE`` names; keys only ever come from files. What is missing or wrong is
reported all at once, by the variable's name and never by its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from nacl.exceptions import CryptoError as BoxError

from crypto.errors import KeyRingRefused
from crypto.keyring import IndexPublicKeys, ServiceSecretKeys
from verwijsindex.pseudonym_service.errors import SettingsRefused
from verwijsindex.pseudonym_service.limits import DEFAULT_DAILY_CEILING

SECRET_KEYS_VARIABLE = "VI_SERVICE_SECRET_KEYS_FILE"  # noqa: S105 (a variable's name)
INDEX_KEYS_VARIABLE = "VI_INDEX_PUBLIC_KEYS_FILE"
STORE_VARIABLE = "VI_SERVICE_STORE"
ORIGIN_VARIABLE = "VI_SERVICE_ALLOWED_ORIGIN"
CEILING_VARIABLE = "VI_SERVICE_DAILY_CEILING"

_OTHER_PARTYS_SECRET = "VI_INDEX_SECRET_KEYS_FILE"  # noqa: S105 (a variable's name)
_HIGHEST_CEILING = 1_000_000_000
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_Keys = TypeVar("_Keys", ServiceSecretKeys, IndexPublicKeys)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """Everything that the service needs to know.

    Attributes:
        keys: k per kind, and the service's box key.
        index_keys: The pinned public keys of the index.
        store: Path of the SQLite file.
        allowed_origin: The index's web origin, whose pages may call the
            service from a browser; None: no page may.
        daily_ceiling: Elements a day over all organisations, 1…10⁹.
    """

    keys: ServiceSecretKeys = field(repr=False)
    index_keys: IndexPublicKeys
    store: Path
    allowed_origin: str | None = None
    daily_ceiling: int = DEFAULT_DAILY_CEILING


def load_settings(environment: Mapping[str, str]) -> ServiceSettings:
    """Return the settings that *environment* holds.

    Raises:
        SettingsRefused: With all faults at once.
    """
    read = _Reader(environment)
    keys = read.key_file(SECRET_KEYS_VARIABLE, ServiceSecretKeys)
    index_keys = read.key_file(INDEX_KEYS_VARIABLE, IndexPublicKeys)
    store = read.store()
    allowed_origin = read.origin()
    daily_ceiling = read.ceiling()
    if _OTHER_PARTYS_SECRET in environment and environment.get("VI_DEMO") != "ja":
        read.faults.append(
            f"{_OTHER_PARTYS_SECRET} staat ook in deze omgeving: de pseudoniemendienst mag de"
            " sleutels van de index niet hebben. Haal de variabele weg."
        )
    if keys is not None and index_keys is not None and not _can_seal(keys, index_keys):
        read.faults.append(f"{INDEX_KEYS_VARIABLE}: het veld box is geen bruikbare sleutel.")
    if read.faults or keys is None or index_keys is None or store is None:
        raise SettingsRefused(read.faults)
    return ServiceSettings(
        keys=keys,
        index_keys=index_keys,
        store=store,
        allowed_origin=allowed_origin,
        daily_ceiling=daily_ceiling,
    )


def store_path(environment: Mapping[str, str]) -> Path:
    """Return where the store is: all that the administrator's commands need.

    Raises:
        SettingsRefused: The variable is missing or its file unreadable.
    """
    read = _Reader(environment)
    path = read.store()
    if path is None:
        raise SettingsRefused(read.faults)
    return path


def _can_seal(keys: ServiceSecretKeys, index_keys: IndexPublicKeys) -> bool:
    """Whether the index's box key is a point that hides something (no low order)."""
    try:
        keys.box_to(index_keys)
    except BoxError:
        return False
    return True


class _Reader:
    """Reads variables and gathers what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def _optional(self, name: str) -> str | None:
        direct = self._environment.get(name, "").strip()
        path = self._environment.get(f"{name}_FILE", "").strip()
        if direct and path:
            self.faults.append(f"Kies één van {name} en {name}_FILE.")
        elif path:
            return self._file(f"{name}_FILE", path).strip() or None
        return direct or None

    def key_file(self, name: str, keys: type[_Keys]) -> _Keys | None:
        path = self._environment.get(name, "").strip()
        if not path:
            self.faults.append(
                f"{name} ontbreekt: maak het bestand met 'verwijsindex keys create'."
            )
            return None
        text = self._file(name, path)
        if not text:
            return None
        try:
            return keys.from_json(text)
        except KeyRingRefused as refused:
            self.faults.append(f"{name}: {refused}.")
            return None

    def store(self) -> Path | None:
        before = len(self.faults)
        value = self._optional(STORE_VARIABLE)
        if value is None:
            if len(self.faults) == before:
                self.faults.append(
                    f"{STORE_VARIABLE} ontbreekt: het pad van het SQLite-bestand van deze dienst."
                )
            return None
        path = Path(value)
        if not path.parent.is_dir():
            self.faults.append(f"{STORE_VARIABLE}: de map van dit bestand bestaat niet.")
            return None
        return path

    def origin(self) -> str | None:
        value = self._optional(ORIGIN_VARIABLE)
        if value is not None and not _is_origin(value):
            self.faults.append(
                f"{ORIGIN_VARIABLE} moet een herkomst zijn zoals https://index.example.nl, zonder"
                " pad (http mag alleen op loopback)."
            )
        return value

    def ceiling(self) -> int:
        value = self._optional(CEILING_VARIABLE)
        if value is None:
            return DEFAULT_DAILY_CEILING
        digits = value.isascii() and value.isdigit() and len(value) <= 10
        if not digits or not 1 <= int(value) <= _HIGHEST_CEILING:
            self.faults.append(
                f"{CEILING_VARIABLE} moet een geheel getal van 1 tot en met"
                f" {_HIGHEST_CEILING} zijn."
            )
            return DEFAULT_DAILY_CEILING
        return int(value)

    def _file(self, name: str, path: str) -> str:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, ValueError):
            text = ""
        if not text.strip():
            self.faults.append(f"{name}: het bestand bestaat niet, is leeg of is niet te lezen.")
        return text


def _is_origin(text: str) -> bool:
    """Whether *text* is an origin as browsers send it (RFC 6454 §6.2), lower case."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.scheme not in {"https", "http"}:
        return False
    if parts.scheme == "http" and host not in _LOOPBACK:
        return False
    shown = f"[{host}]" if ":" in host else host
    return text == f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
