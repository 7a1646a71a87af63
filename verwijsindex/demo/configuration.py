"""A complete configuration with fresh keys, written as files: index and service apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from crypto.keyring import IndexSecretKeys, ServiceSecretKeys
from verwijsindex.demo.folder import write_private

SENDER = "verwijsindex@verwijsindex.example"


@dataclass(frozen=True, slots=True)
class Configuration:
    """The environments of the two parties; each names only its own secrets."""

    index: Mapping[str, str]
    service: Mapping[str, str]


def write_configuration(
    folder: Path, *, base_url: str, smtp_port: int, digest_quiet: timedelta
) -> Configuration:
    """Write keys and environments into *folder*, and return the environments.

    Args:
        folder: Absolute.
        base_url: Of the index, without a slash at the end.
        smtp_port: Of the demonstration's mail server.
        digest_quiet: How long it must be quiet before a digest goes out; whole seconds.
    """
    index_keys, service_keys = IndexSecretKeys.generate(), ServiceSecretKeys.generate()
    own, other = folder / "index", folder / "pseudoniemendienst"
    files = {
        own / "sleutels-geheim.json": index_keys.to_json(),
        own / "pseudoniemendienst-openbaar.json": service_keys.public().to_json(),
        other / "sleutels-geheim.json": service_keys.to_json(),
        other / "index-openbaar.json": index_keys.public().to_json(),
    }
    configuration = Configuration(
        index={
            "VI_DEMO": "ja",
            "VI_DATABASE_URL": f"sqlite:///{own / 'verwijsindex.sqlite3'}",
            "VI_BASE_URL": base_url,
            "VI_SERVICE_URL": service_url(base_url),
            "VI_INDEX_SECRET_KEYS_FILE": str(own / "sleutels-geheim.json"),
            "VI_SERVICE_PUBLIC_KEYS_FILE": str(own / "pseudoniemendienst-openbaar.json"),
            "VI_SMTP_HOST": "127.0.0.1",
            "VI_SMTP_PORT": str(smtp_port),
            "VI_SMTP_TRANSPORT": "geen",
            "VI_MAIL_FROM": SENDER,
            "VI_DIGEST_QUIET_SECONDS": str(round(digest_quiet.total_seconds())),
            "VI_FAMILY_MATCH": "ja",
        },
        service={
            "VI_SERVICE_SECRET_KEYS_FILE": str(other / "sleutels-geheim.json"),
            "VI_INDEX_PUBLIC_KEYS_FILE": str(other / "index-openbaar.json"),
            "VI_SERVICE_STORE": str(other / "tellers.sqlite3"),
            "VI_SERVICE_ALLOWED_ORIGIN": base_url,
        },
    )
    files[own / "omgeving.env"] = _environment_file(configuration.index)
    files[other / "omgeving.env"] = _environment_file(configuration.service)
    for path, content in files.items():
        write_private(path, content)
    return configuration


def service_url(base_url: str) -> str:
    """Return where the demonstration has the pseudonym service, up to ``/v1``."""
    return f"{base_url}/pseudoniemen/v1"


def _environment_file(environment: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in environment.items())
