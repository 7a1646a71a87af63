"""For which site passkeys are: browsers tie each to a name, and to nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Site:
    """For which site passkeys are.

    Attributes:
        host: The relying party's id.
        origin: From where browsers may use them: ``https://index.example``.
    """

    host: str
    origin: str


def site_of(base_url: str) -> Site | None:
    """Return the site of passkeys; None where browsers have none: at a bare IP address."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        usual = {"https": 443, "http": 80}.get(parts.scheme)
        port = "" if parts.port in {None, usual} else f":{parts.port}"
        return Site(host, f"{parts.scheme}://{host}{port}")
    return None
