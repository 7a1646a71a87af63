"""What goes over a network in the clear is found in the configuration."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.world import make_settings
from verwijsindex.checks.findings import Finding, Level
from verwijsindex.checks.transport import protection
from verwijsindex.settings import MailTransport, Settings

SAFE = "postgresql+psycopg://vi:ZQX7@db.example/vi?sslmode=verify-full"


def found(settings: Settings, **environment: str) -> dict[str, Finding]:
    several = list(protection(settings, environment))
    assert "ZQX7" not in str(several)
    assert all((one.level is Level.GOOD) == (one.advice is None) for one in several)
    return {one.part: one for one in several}


def database(url: str, **environment: str) -> Level:
    return found(make_settings(url), **environment)["verbinding met de database"].level


def test_https_and_tls_are_good() -> None:
    assert {one.level for one in found(make_settings(SAFE)).values()} == {Level.GOOD}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://vi:ZQX7@db.example/vi",
        "postgresql+psycopg://vi:ZQX7@db.example/vi?sslmode=disable",
        "postgresql+psycopg://vi:ZQX7@db.example/vi?sslmode=prefer",
        "postgresql+psycopg://vi:ZQX7@db.example/vi?sslmode=require",
        "postgresql+psycopg://vi:ZQX7@db.example/vi?sslmode=verify-ca",
        "postgresql+psycopg://vi:ZQX7@10.0.0.1:5433/vi",
        "postgresql+psycopg://vi:ZQX7@localhost,db.example/vi",
        "postgresql+psycopg://vi:ZQX7@/vi?host=db.example",
        "postgresql+psycopg://vi:ZQX7@/vi?host=127.0.0.1:5432&host=db.example:5432",
        "postgresql+psycopg://vi:ZQX7@localhost/vi?hostaddr=10.0.0.1",
    ],
)
def test_a_database_elsewhere_without_verified_tls_is_found(url: str) -> None:
    assert database(url) is Level.FAULT


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://vi:ZQX7@localhost/vi",
        "postgresql+psycopg://vi:ZQX7@127.0.0.1:5433/vi",
        "postgresql+psycopg://vi:ZQX7@[::1]/vi",
        "postgresql+psycopg://vi:ZQX7@/vi?host=/var/run/postgresql",
        "postgresql+psycopg:///vi",
    ],
)
def test_a_database_on_this_machine_needs_none(url: str) -> None:
    assert database(url) is Level.GOOD


def test_what_libpq_takes_from_the_environment_counts() -> None:
    assert database("postgresql+psycopg:///vi", PGHOST="db.example") is Level.FAULT
    assert (
        database("postgresql+psycopg:///vi", PGHOST="db.example", PGSSLMODE="verify-full")
        is Level.GOOD
    )
    url = "postgresql+psycopg://db.example/vi?sslmode=require"
    assert database(url, PGSSLMODE="verify-full") is Level.FAULT


def test_sqlite_has_no_connection_to_protect() -> None:
    assert "verbinding met de database" not in found(make_settings("sqlite:////x"))


@pytest.mark.parametrize("address", ["http://127.0.0.1:8080", "https://localhost"])
def test_an_address_that_nobody_else_reaches_is_a_warning_but_for_the_demonstration(
    address: str,
) -> None:
    settings = make_settings(SAFE, base_url=address)
    assert found(settings)["openbaar adres"].level is Level.WARNING
    assert found(replace(settings, is_demo=True))["openbaar adres"].level is Level.GOOD


def test_a_password_in_the_clear_is_a_warning_even_on_this_machine() -> None:
    settings = make_settings(SAFE)
    mail = replace(settings.mail, username="vi", password="ZQX7")
    assert found(replace(settings, mail=mail))["mail onderweg"].level is Level.WARNING
    protected = replace(mail, transport=MailTransport.STARTTLS)
    assert found(replace(settings, mail=protected))["mail onderweg"].level is Level.GOOD
