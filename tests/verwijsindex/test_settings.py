"""The index refuses to start without what it needs, naming variables and never values."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from tests.world import index_keys, service_keys
from verwijsindex.settings import (
    Contact,
    MailTransport,
    Settings,
    SettingsRefused,
    load_settings,
    read_database_url,
)

SECRET = "ZQX7geheim"
REQUIRED = (
    "VI_DATABASE_URL",
    "VI_BASE_URL",
    "VI_SERVICE_URL",
    "VI_INDEX_SECRET_KEYS_FILE",
    "VI_SERVICE_PUBLIC_KEYS_FILE",
    "VI_SMTP_HOST",
    "VI_MAIL_FROM",
)


@pytest.fixture
def complete(tmp_path: Path) -> dict[str, str]:
    """Return an environment with everything in it."""
    secret, public = tmp_path / "index.json", tmp_path / "service.json"
    secret.write_text(index_keys().to_json())
    public.write_text(service_keys().public().to_json())
    return {
        "VI_DATABASE_URL": f"postgresql+psycopg://vi:{SECRET}@db.example/vi",
        "VI_BASE_URL": "https://index.example/",
        "VI_SERVICE_URL": "https://pseudoniemen.example/v1",
        "VI_INDEX_SECRET_KEYS_FILE": str(secret),
        "VI_SERVICE_PUBLIC_KEYS_FILE": str(public),
        "VI_SMTP_HOST": "mail.example",
        "VI_MAIL_FROM": "verwijsindex@index.example",
    }


def faults(environment: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsRefused) as refused:
        load_settings(environment)
    assert SECRET not in str(refused.value) + repr(refused.value)
    return refused.value.faults


def test_a_complete_environment_is_enough(complete: dict[str, str]) -> None:
    settings = load_settings(complete)
    assert settings.base_url == "https://index.example"
    assert settings.token_endpoint == "https://index.example/oauth/token"
    assert (settings.mail.transport, settings.mail.port) == (MailTransport.STARTTLS, 587)
    assert settings.digest.quiet is None
    assert settings.is_demo is False
    assert settings.mail.lease == settings.mail.deadline * 11


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_each_required_variable_that_is_missing_is_named(
    name: str, value: str | None, complete: dict[str, str]
) -> None:
    del complete[name]
    if value is not None:
        complete[name] = value
    (fault,) = faults(complete)
    assert name in fault


def test_all_that_is_missing_is_told_at_once() -> None:
    found = faults({})
    assert len(found) == len(REQUIRED)
    for name, fault in zip(REQUIRED, found, strict=True):
        assert fault.startswith(name)
        assert "ontbreekt" in fault


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            (name, f"{address}{SECRET}")
            for name in ("VI_BASE_URL", "VI_SERVICE_URL")
            for address in (
                "http://index.example/",
                "http://10.0.0.1/",
                "ftp://index.example/",
                "index.example/",
                "https://index.example/?x=",
                "https://index.example/#",
                "https://iemand@",
                "https://[",
                "https:///",
                "//",
            )
        ),
        ("VI_BASE_URL", "https://"),
        ("VI_SMTP_TRANSPORT", SECRET),
        ("VI_SMTP_TRANSPORT", "geen"),
        ("VI_SMTP_USERNAME", SECRET),
        ("VI_SMTP_PASSWORD", SECRET),
        ("VI_SMTP_PORT", SECRET),
        ("VI_SMTP_PORT", "0"),
        ("VI_SMTP_PORT", "-1"),
        ("VI_SMTP_PORT", "٣"),
        ("VI_SMTP_DEADLINE_SECONDS", "0"),
        ("VI_SMTP_DEADLINE_SECONDS", "1.5"),
        ("VI_SMTP_BATCH", "0"),
        ("VI_IMPORT_MAIL_LIMIT", "-1"),
        ("VI_FAMILY_MATCH", "aan"),
        ("VI_DIGEST_QUIET_SECONDS", "-1"),
        ("VI_DIGEST_QUIET_SECONDS", "9" * 9),
        ("VI_MAIL_FROM", SECRET),
        ("VI_MAIL_FROM", f"{SECRET} @index.example"),
        ("VI_CONTACT_NAME", f"{SECRET}\n{SECRET}"),
        ("VI_CONTACT_NAME", SECRET * 21),
        ("VI_CONTACT_EMAIL", SECRET),
        ("VI_CONTACT_PRIVACY_EMAIL", f"{SECRET} @index.example"),
        ("VI_INDEX_SECRET_KEYS_FILE", f"/{SECRET}"),
        ("VI_SERVICE_PUBLIC_KEYS_FILE", f"/{SECRET}"),
        ("VI_DATABASE_URL_FILE", f"/{SECRET}"),
        ("VI_SMTP_PASSWORD_FILE", f"/{SECRET}"),
    ],
)
def test_a_wrong_value_is_told_by_the_name_of_its_variable(
    name: str, value: str, complete: dict[str, str]
) -> None:
    complete[name] = value
    assert any(name in fault for fault in faults(complete))


@pytest.mark.parametrize(
    "address", ["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"]
)
def test_http_is_allowed_on_loopback_alone(address: str, complete: dict[str, str]) -> None:
    assert load_settings({**complete, "VI_BASE_URL": address}).base_url == address


def test_whom_the_public_pages_name_may_be_left_out(complete: dict[str, str]) -> None:
    assert load_settings(complete).contact == Contact()
    complete["VI_CONTACT_NAME"] = "Gemeente Voorbeeld"
    complete["VI_CONTACT_EMAIL"] = "index@voorbeeld.example"
    complete["VI_CONTACT_PRIVACY_EMAIL"] = "fg@voorbeeld.example"
    assert load_settings(complete).contact == Contact(
        "Gemeente Voorbeeld", "index@voorbeeld.example", "fg@voorbeeld.example"
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_mail_in_the_clear_is_allowed_on_loopback_alone(
    host: str, complete: dict[str, str]
) -> None:
    open_mail = {**complete, "VI_SMTP_TRANSPORT": "geen", "VI_SMTP_HOST": host}
    assert load_settings(open_mail).mail.transport is MailTransport.NONE
    assert faults({**open_mail, "VI_SMTP_HOST": "mail.example"})


def test_tls_from_the_first_byte_has_its_own_port(complete: dict[str, str]) -> None:
    assert load_settings({**complete, "VI_SMTP_TRANSPORT": "tls"}).mail.port == 465


def test_the_services_secret_keys_are_refused_outside_the_demonstration(
    complete: dict[str, str],
) -> None:
    both = {**complete, "VI_SERVICE_SECRET_KEYS_FILE": "/geheim.json"}
    (fault,) = faults(both)
    assert "VI_SERVICE_SECRET_KEYS_FILE" in fault
    demo = {**both, "VI_DEMO": "ja", "VI_BASE_URL": "http://localhost:8080"}
    assert load_settings(demo).is_demo is True
    assert any("loopback" in fault for fault in faults({**both, "VI_DEMO": "ja"}))
    assert faults({**both, "VI_DEMO": "true"})


def test_another_partys_key_file_is_refused_without_showing_it(
    complete: dict[str, str], tmp_path: Path
) -> None:
    for text in (
        service_keys().to_json(),
        index_keys().to_json()[:-40],
        SECRET,
        "",
        index_keys().to_json().replace("index-secret", "index-public"),
    ):
        path = tmp_path / "fout.json"
        path.write_text(text)
        complete["VI_INDEX_SECRET_KEYS_FILE"] = str(path)
        (fault,) = faults(complete)
        assert fault.startswith("VI_INDEX_SECRET_KEYS_FILE")
        assert not any(len(word) > 40 for word in fault.split())
    path.write_bytes(b"\xff\xfe")
    (fault,) = faults(complete)
    assert fault.startswith("VI_INDEX_SECRET_KEYS_FILE")


def test_a_secret_may_stand_in_a_file(complete: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "wachtwoord"
    path.write_text(f"{SECRET}\n")
    mail = load_settings(
        {**complete, "VI_SMTP_USERNAME": "vi", "VI_SMTP_PASSWORD_FILE": str(path)}
    ).mail
    assert mail.password == SECRET
    assert SECRET not in repr(mail)
    url = tmp_path / "url"
    url.write_text(complete.pop("VI_DATABASE_URL"))
    complete["VI_DATABASE_URL_FILE"] = str(url)
    assert SECRET in load_settings(complete).database_url
    assert SECRET in read_database_url(complete)


def test_settings_are_frozen_and_show_no_secret(complete: dict[str, str]) -> None:
    settings = load_settings(complete)
    shown = repr(settings) + str(settings)
    assert SECRET not in shown
    for seed in (*index_keys().seeds.values(), index_keys().scalar.value):
        assert repr(seed)[2:-1] not in shown
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.base_url = "x"  # type: ignore[misc]
    hidden = {f.name for f in dataclasses.fields(Settings) if not f.repr}
    assert {"database_url", "keys"} <= hidden


def test_the_digests_quiet_period_is_in_seconds(complete: dict[str, str]) -> None:
    settings = load_settings({**complete, "VI_DIGEST_QUIET_SECONDS": "60"})
    assert settings.digest.quiet == timedelta(minutes=1)


def test_an_import_is_told_one_by_one_to_so_many(complete: dict[str, str]) -> None:
    assert load_settings(complete).import_mail_limit == 250
    for limit in (0, 40):
        settings = load_settings({**complete, "VI_IMPORT_MAIL_LIMIT": str(limit)})
        assert settings.import_mail_limit == limit


def test_the_family_match_is_off_unless_switched_on(complete: dict[str, str]) -> None:
    assert load_settings(complete).family_match is False
    for word, is_on in (("ja", True), ("nee", False)):
        assert load_settings({**complete, "VI_FAMILY_MATCH": word}).family_match is is_on


def test_a_migration_needs_the_databases_address_and_nothing_else() -> None:
    assert read_database_url({"VI_DATABASE_URL": "sqlite:///x"}) == "sqlite:///x"
    with pytest.raises(SettingsRefused, match="VI_DATABASE_URL"):
        read_database_url({})
