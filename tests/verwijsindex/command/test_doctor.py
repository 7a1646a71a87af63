"""``doctor`` and ``db upgrade``: what is wrong, what to do, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.orm import Session

from crypto.keyring import IndexSecretKeys
from match.messages import MessageState, OutboxMessage
from tests.mail_server import free_port
from tests.match.people import add_notice, add_unit
from tests.no_pango import remove_pango
from tests.verwijsindex.command.conftest import Run, ServiceHost
from tests.world import index_keys
from verwijsindex.command import main
from verwijsindex.key_checks import INDEX_CHECK, KeyState, compare, mark

pytestmark = pytest.mark.any_database

CANARIES = ("persoon:1", "ouder:1")


@pytest.fixture
def healthy(engine: Engine) -> Engine:
    """Return a database as it is when everything runs."""
    now = datetime.now(UTC)
    with Session(engine) as session, session.begin():
        compare(session, INDEX_CHECK, index_keys().scalar_fingerprint, now=now)
        for name in CANARIES:
            compare(session, name, b"x" * 16, now=now)
        if engine.dialect.name == "postgresql":
            set_in_database(session, "log_error_verbosity", "terse")
    return engine


def set_in_database(session: Session, name: str, value: str) -> None:
    """Change a setting of PostgreSQL for this test's database; new connections have it."""
    database = session.connection().engine.url.database
    session.execute(text(f"ALTER DATABASE {database} SET {name} = '{value}'"))


def test_all_is_well(run: Run, healthy: Engine) -> None:
    result = run("doctor")
    assert result.exit_code == 0, result.output
    assert "FOUT" not in result.output
    for part in ("configuratie", "database", "sleutel van de index", *CANARIES, "mailserver"):
        assert part in result.output
    assert result.output.count("goed") == len(result.output.splitlines())


def old_canary(session: Session) -> None:
    mark(session, "persoon:1", KeyState.AGREES, now=datetime.now(UTC) - timedelta(hours=3))


def wrong_canary(session: Session) -> None:
    mark(session, "persoon:1", KeyState.WRONG, now=datetime.now(UTC))


def unreachable_canary(session: Session) -> None:
    mark(session, "persoon:1", KeyState.UNREACHABLE, now=datetime.now(UTC))


def late_mail(session: Session) -> None:
    add_notice(session, add_unit(session, "A").id, now=datetime.now(UTC) - timedelta(minutes=11))


def dead_mail(session: Session) -> None:
    add_notice(session, add_unit(session, "A").id, now=datetime.now(UTC))
    session.execute(update(OutboxMessage).values(state=MessageState.DEAD, failure="smtp 550"))


@pytest.mark.parametrize(
    ("ail", "found", "advice"),
    [
        (wrong_canary, "canarie persoon:1: verschilt", "juiste sleutelbestand terugzetten"),
        (unreachable_canary, "canarie persoon:1: pseudoniemendienst onbereik", "VI_SERVICE_URL"),
        (old_canary, "canarie persoon:1: lang niet", "of de worker draait"),
        (late_mail, "wachtende mails: 1", "of de worker draait"),
        (dead_mail, "opgegeven mails: 1 × smtp 550", "doctor --retry-dead-letters"),
    ],
)
def test_what_is_wrong_comes_with_advice_and_status_1(
    ail: Callable[[Session], None], found: str, advice: str, run: Run, healthy: Engine
) -> None:
    with Session(healthy) as session, session.begin():
        ail(session)
    result = run("doctor")
    assert result.exit_code == 1, result.output
    (place,) = [n for n, line in enumerate(result.output.splitlines()) if line.startswith("FOUT")]
    assert found in result.output.splitlines()[place]
    assert advice in result.output.splitlines()[place + 1]
    assert result.output.splitlines()[place + 1].lstrip().startswith("→")


def test_a_key_file_that_others_may_read_is_found(run: Run, healthy: Engine, environment) -> None:
    Path(environment["VI_INDEX_SECRET_KEYS_FILE"]).chmod(0o644)
    result = run("doctor")
    assert result.exit_code == 1
    assert "FOUT   VI_INDEX_SECRET_KEYS_FILE: andere accounts" in result.output
    assert "→ Voer 'chmod 600 " in result.output


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_file_that_others_may_read_is_found(
    run: Run, healthy: Engine, database_url: str
) -> None:
    Path(database_url.removeprefix("sqlite:///")).chmod(0o644)
    result = run("doctor")
    assert result.exit_code == 1
    assert "FOUT   bestand van de database: andere accounts" in result.output


def test_a_key_file_that_is_gone_is_told_with_the_configurations_faults(run: Run) -> None:
    result = run("doctor", env={"VI_INDEX_SECRET_KEYS_FILE": "/er/is/niets"})
    assert result.exit_code == 1
    assert "FOUT   VI_INDEX_SECRET_KEYS_FILE: het bestand is er niet" in result.output
    assert "De configuratie klopt niet:\n  - VI_INDEX_SECRET_KEYS_FILE" in result.output


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("name", "value"), [("log_error_verbosity", "default"), ("synchronous_commit", "off")]
)
def test_a_setting_of_the_database_is_found(
    name: str, value: str, run: Run, healthy: Engine
) -> None:
    with Session(healthy) as session, session.begin():
        set_in_database(session, name, value)
    result = run("doctor")
    assert result.exit_code == 1
    assert f"FOUT   PostgreSQL {name}: " in result.output
    assert f"ALTER SYSTEM SET {name} = " in result.output


def test_warnings_alone_end_with_status_0(
    run: Run, healthy: Engine, service_host: ServiceHost
) -> None:
    service_host.status = None
    result = run("doctor", env={"VI_BASE_URL": "http://127.0.0.1:8000"})
    assert result.exit_code == 0, result.output
    assert result.output.count("let op") == 2
    assert "let op openbaar adres: " in result.output
    assert "let op pseudoniemendienst: niet bereikbaar vanaf deze machine" in result.output
    assert "secret.example" not in result.output


def test_a_machine_without_pango_is_a_warning_that_says_what_to_install(
    run: Run, healthy: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "goed   profielen als PDF: " in run("doctor").output
    remove_pango(monkeypatch)
    result = run("doctor")
    assert result.exit_code == 0, result.output
    assert "let op profielen als PDF: Pango ontbreekt" in result.output
    assert "→ Voer 'apt-get install libpango" in result.output
    assert "WeasyPrint" not in result.output
    findings = json.loads(run("doctor", "--json").stdout)
    assert [one["onderdeel"] for one in findings if one["niveau"] == "waarschuwing"] == [
        "profielen als PDF"
    ]


def test_a_service_whose_clock_differs_is_found(
    run: Run, healthy: Engine, service_host: ServiceHost
) -> None:
    service_host.clock = lambda: datetime.now(UTC) + timedelta(minutes=5)
    result = run("doctor")
    assert result.exit_code == 1
    assert "FOUT   klok van de pseudoniemendienst: loopt" in result.output


def test_monitoring_reads_the_same_as_json(run: Run, healthy: Engine) -> None:
    with Session(healthy) as session, session.begin():
        dead_mail(session)
    shown, told = run("doctor"), run("doctor", "--json")
    assert (shown.exit_code, told.exit_code) == (1, 1)
    findings = json.loads(told.stdout)
    assert all(one.keys() == {"niveau", "onderdeel", "bevinding", "advies"} for one in findings)
    assert {one["niveau"] for one in findings} == {"goed", "fout"}
    (wrong,) = [one for one in findings if one["niveau"] == "fout"]
    assert wrong["onderdeel"] == "opgegeven mails"
    assert shown.output.count("\ngoed ") + 1 == len(findings) - 1
    retried = run("doctor", "--json", "--retry-dead-letters")
    assert retried.exit_code == 0
    assert {one["niveau"] for one in json.loads(retried.stdout)} == {"goed"}


def test_an_incomplete_configuration_is_json_too(bare_run: Run) -> None:
    result = bare_run("doctor", "--json")
    assert result.exit_code == 1
    findings = json.loads(result.stdout)
    assert len(findings) == 7
    assert {one["niveau"] for one in findings} == {"fout"}


def test_the_doctor_shows_no_secret_and_no_address_with_a_password(
    run: Run, healthy: Engine, environment
) -> None:
    shown = run("doctor").output + run("doctor", "--json").output
    content = json.loads(Path(environment["VI_INDEX_SECRET_KEYS_FILE"]).read_text())
    secrets = [value for value in content.values() if isinstance(value, str) and len(value) > 20]
    assert secrets
    for secret in (*secrets, environment["VI_DATABASE_URL"]):
        assert secret not in shown


def test_a_key_other_than_the_databases_is_found(run: Run, healthy: Engine, tmp_path) -> None:
    path = tmp_path / "other.json"
    path.write_text(IndexSecretKeys.generate().to_json())
    path.chmod(0o600)
    result = run("doctor", env={"VI_INDEX_SECRET_KEYS_FILE": str(path)})
    assert result.exit_code == 1
    assert "FOUT   sleutel van de index: anders dan" in result.output
    assert "VI_INDEX_SECRET_KEYS_FILE" in result.output


def test_a_mail_server_that_is_down_is_found(run: Run, healthy: Engine) -> None:
    result = run("doctor", env={"VI_SMTP_PORT": str(free_port())})
    assert result.exit_code == 1
    assert "FOUT   mailserver: niet bereikbaar; mails wachten" in result.output
    assert "VI_SMTP_" in result.output


def test_dead_letters_are_offered_again_when_asked(run: Run, healthy: Engine) -> None:
    with Session(healthy) as session, session.begin():
        dead_mail(session)
    result = run("doctor", "--retry-dead-letters")
    assert result.exit_code == 0, result.output
    assert "1 mail(s) worden opnieuw aangeboden" in result.output
    with Session(healthy) as session:
        message = session.query(OutboxMessage).one()
        assert (message.state, message.attempts) == (MessageState.PENDING, 0)


def test_a_database_without_tables_is_found_and_upgraded(run: Run, empty_database_url: str) -> None:
    env = {"VI_DATABASE_URL": empty_database_url}
    result = run("doctor", env=env)
    assert result.exit_code == 1
    assert "verwijsindex db upgrade" in result.output
    for _ in range(2):
        upgraded = run("db", "upgrade", env=env)
        assert (upgraded.exit_code, upgraded.output) == (0, "Het databaseschema is bij.\n")
    assert "schema bij" in run("doctor", env=env).output


@pytest.mark.parametrize("command", [["doctor"], ["serve"], ["worker"], ["client", "add", "X"]])
def test_without_configuration_every_fault_is_told_at_once(
    command: list[str], bare_run: Run
) -> None:
    result = bare_run(*command)
    assert result.exit_code == 1
    assert "De configuratie klopt niet:" in result.output
    assert result.output.count("  - VI_") == 7


def test_an_upgrade_needs_the_databases_address_alone(bare_run: Run) -> None:
    result = bare_run("db", "upgrade")
    assert result.exit_code == 1
    assert "VI_DATABASE_URL" in result.output
    assert "VI_SMTP_HOST" not in result.output


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://vi:ZQX7@127.0.0.1:1/vi",
        "sqlite:////er/is/geen/map/ZQX7.db",
        "ZQX7",
        "mysql://ZQX7@db/vi",
        "postgresql+psycopg://vi:ZQX7@db:poort/vi",
    ],
)
@pytest.mark.parametrize("command", [["db", "upgrade"], ["doctor"], ["serve"], ["worker"]])
def test_a_database_that_cannot_be_reached_is_told_without_its_address(
    url: str, command: list[str], run: Run
) -> None:
    result = run(*command, env={"VI_DATABASE_URL": url})
    assert result.exit_code == 1
    assert "database" in result.output
    assert "ZQX7" not in result.output


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_nothing_starts_with_an_old_schema(command: str, run: Run, empty_database_url: str) -> None:
    result = run(command, env={"VI_DATABASE_URL": empty_database_url})
    assert result.exit_code == 1
    assert "verwijsindex db upgrade" in result.output


def test_every_command_explains_itself_in_dutch(bare_run: Run) -> None:
    import click

    dutch = {
        " de ",
        " het ",
        " een ",
        " van ",
        " voor ",
        " en ",
        " op ",
        " met ",
        " die ",
        " samen",
        " welke ",
        " wie ",
        " niet ",
        " toelaten",
    }

    def walk(command: click.Command, words: list[str]) -> None:
        result = bare_run(*words, "--help")
        assert result.exit_code == 0, words
        own = command.get_short_help_str(limit=500)
        assert own, words
        assert any(word in f" {own.lower()} " for word in dutch), own
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                walk(found, [*words, name])

    walk(main, [])
