"""Where the client finds the two servers, and how it proves who it is.

From a TOML file (``--config`` or ``VI_CLIENT_CONFIG``), or else from the
environment; never from both, so that it is clear what holds::

    url = "https://index.example.nl"
    service_url = "https://pseudoniemen.example.nl/v1"
    client_id = "3f6c…"
    private_key_file = "client.jwk"      # or client_secret_file, or client_secret

File names in it are relative to the TOML file. An organisation's own
certificate authority is set with ``SSL_CERT_FILE``, as in other programs.
"""

from __future__ import annotations

import ipaddress
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from verwijsindex.client.errors import SettingsRefused
from verwijsindex.client.references import shown_name

CONFIG_VARIABLE = "VI_CLIENT_CONFIG"
_VARIABLES = {
    "url": "VI_CLIENT_URL",
    "service_url": "VI_CLIENT_SERVICE_URL",
    "client_id": "VI_CLIENT_ID",
    "client_secret": "VI_CLIENT_SECRET",
    "client_secret_file": "VI_CLIENT_SECRET_FILE",
    "private_key_file": "VI_CLIENT_PRIVATE_KEY_FILE",
}
_CREDENTIALS = ("client_secret", "client_secret_file", "private_key_file")


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A shared secret (RFC 6749 §2.3.1); it does not print itself."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A private JWK (Ed25519, P-256 or RSA) for ``private_key_jwt`` (RFC 7523)."""

    jwk: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """All that a connection needs.

    Attributes:
        url: Of the index, without ``/api/v1`` and without a trailing slash.
        service_url: Of the pseudonym service, up to and including ``/v1``.
        client_id: As the index administrator gave it.
        credential: What proves it.

    Raises:
        SettingsRefused: An address without TLS, other than on this machine.
    """

    url: str
    service_url: str
    client_id: str
    credential: ClientSecret | ClientKey = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("url", "service_url"):
            object.__setattr__(self, name, _address(name, getattr(self, name)))

    @property
    def token_url(self) -> str:
        """The token endpoint, which is also the audience of a client assertion."""
        return f"{self.url}/oauth/token"


def read_settings(config: Path | None, environment: Mapping[str, str]) -> ClientSettings:
    """Return the settings.

    Args:
        config: A TOML file; ``None`` looks in *environment*.
        environment: ``VI_CLIENT_CONFIG``, or a variable per setting.

    Raises:
        SettingsRefused: A setting is missing, unknown or unusable. It is named
            and its value is not shown.
    """
    if config is None and environment.get(CONFIG_VARIABLE):
        config = Path(environment[CONFIG_VARIABLE])
    if config is not None:
        return _settings(_toml(config), config.parent, lambda name: f"{name} in {config.name}")
    values = {name: environment.get(variable, "") for name, variable in _VARIABLES.items()}
    return _settings(values, Path(), lambda name: _VARIABLES[name])


def _settings(values: Mapping[str, str], base: Path, label: Callable[[str], str]) -> ClientSettings:
    missing = [label(n) for n in ("url", "service_url", "client_id") if not values.get(n)]
    given = [name for name in _CREDENTIALS if values.get(name)]
    if not given:
        missing.append(" of ".join(label(name) for name in _CREDENTIALS))
    if missing:
        raise SettingsRefused(f"Vul deze instellingen in: {'; '.join(missing)}.")
    if len(given) > 1:
        raise SettingsRefused(f"Kies er één: {' of '.join(label(name) for name in given)}.")
    (chosen,) = given
    credential: ClientSecret | ClientKey
    if chosen == "private_key_file":
        credential = _key(_content(base / values[chosen], label(chosen)), label(chosen))
    elif chosen == "client_secret_file":
        credential = ClientSecret(_content(base / values[chosen], label(chosen)).strip())
    else:
        credential = ClientSecret(values[chosen])
    return ClientSettings(values["url"], values["service_url"], values["client_id"], credential)


def _toml(path: Path) -> dict[str, str]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        name = " ".join(filter(None, ("Het configuratiebestand", shown_name(path))))
        raise SettingsRefused(f"{name} bestaat niet of kan niet gelezen worden.") from None
    except tomllib.TOMLDecodeError:
        # The parser's message may quote the line, which may hold the secret.
        raise SettingsRefused(f"{path.name} is geen geldig TOML-bestand.") from None
    if set(content) - set(_VARIABLES):
        raise SettingsRefused(
            f"{path.name} bevat een onbekende instelling; bekend zijn: {', '.join(_VARIABLES)}."
        )
    wrong = [name for name, value in content.items() if not isinstance(value, str)]
    if wrong:
        raise SettingsRefused(f"Zet in {path.name} aanhalingstekens om: {', '.join(wrong)}.")
    return content


def _content(path: Path, label: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingsRefused(f"Het bestand van {label} kan niet gelezen worden.") from None


def _key(text: str, label: str) -> ClientKey:
    try:
        jwk = json.loads(text)
    except ValueError:
        jwk = None
    if not isinstance(jwk, dict) or jwk.get("kty") not in {"OKP", "EC", "RSA"} or "d" not in jwk:
        raise SettingsRefused(f"Het bestand van {label} bevat geen privésleutel (JWK).")
    return ClientKey(jwk)


def _address(name: str, text: str) -> str:
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"}:
        raise SettingsRefused(f"{name} moet een adres zijn dat begint met https://.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsRefused(f"{name} mag geen wachtwoord, ? of # bevatten.")
    if parts.scheme == "http" and not _is_this_machine(host):
        raise SettingsRefused(f"{name} moet met https:// beginnen; http is niet beveiligd.")
    return text.strip().rstrip("/")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
