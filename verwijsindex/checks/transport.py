"""Whether what goes over a network is protected, as far as the configuration tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from sqlalchemy import URL, make_url

from verwijsindex.checks.findings import Finding, fault, good, warning
from verwijsindex.settings import LOOPBACK, MailTransport, Settings

_VERIFIED = "verify-full"


def protection(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is found of addresses, mail and database.

    Args:
        settings: Which were accepted: http and mail in the clear go no
            further than this machine.
        environment: For libpq's own variables.
    """
    yield _address(settings)
    yield from _mail(settings)
    yield from _database(make_url(settings.database_url), environment)


def _address(settings: Settings) -> Finding:
    part = "openbaar adres"
    address = urlsplit(settings.base_url)
    if address.hostname in LOOPBACK and not settings.is_demo:
        return warning(
            part,
            "wijst naar deze machine zelf: links in mails werken nergens anders"
            + ("" if address.scheme == "https" else ", en zonder TLS"),
            "Zet VI_BASE_URL op het https-adres van de reverse proxy.",
        )
    if address.scheme != "https":
        return good(part, "zonder TLS, alleen op deze machine (demonstratie)")
    return good(part, "https")


def _mail(settings: Settings) -> Iterator[Finding]:
    mail = settings.mail
    part = "mail onderweg"
    if mail.transport is not MailTransport.NONE:
        yield good(part, f"versleuteld ({mail.transport.value})")
    elif mail.username is not None:
        yield warning(
            part,
            "gaat zonder TLS, met een wachtwoord, naar de mailserver op deze machine",
            "Zet VI_SMTP_TRANSPORT op starttls of tls.",
        )
    else:
        yield good(part, "zonder TLS, alleen naar de mailserver op deze machine")


def _database(url: URL, environment: Mapping[str, str]) -> Iterator[Finding]:
    part = "verbinding met de database"
    if url.get_backend_name() != "postgresql":
        return
    if all(host in LOOPBACK or host.startswith(("/", "@")) for host in _hosts(url, environment)):
        yield good(part, "blijft op deze machine")
        return
    mode = url.query.get("sslmode") or environment.get("PGSSLMODE")
    if mode == _VERIFIED:
        yield good(part, "TLS, en het certificaat wordt gecontroleerd")
        return
    encrypted = mode in {"require", "verify-ca"}
    yield fault(
        part,
        "TLS, maar niet gecontroleerd met wie: wie zich ertussen zet leest en wijzigt alles"
        if encrypted
        else "kan zonder TLS: wie op het netwerk meeleest ziet alles",
        "Zet sslmode=verify-full (en sslrootcert=…) in VI_DATABASE_URL.",
    )


def _hosts(url: URL, environment: Mapping[str, str]) -> list[str]:
    """Return the hosts that libpq would try; none is the socket of this machine."""
    asked = url.query.get("hostaddr") or url.query.get("host") or url.host
    asked = asked or environment.get("PGHOSTADDR") or environment.get("PGHOST") or "/"
    several = [asked] if isinstance(asked, str) else asked
    # A host may bear its port (SQLAlchemy's way of naming several).
    hosts = [host.strip() for one in several for host in one.split(",")]
    return [host if host in LOOPBACK else host.partition(":")[0] for host in hosts]
