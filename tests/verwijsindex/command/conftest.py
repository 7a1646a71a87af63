"""The command line with an environment of its own."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from tests.mail_server import MailHost
from tests.world import index_keys, service_keys
from verwijsindex.checks import database, network
from verwijsindex.command import main
from verwijsindex.services import Clock, system_clock

Run = Callable[..., Result]


@pytest.fixture
def environment(database_url: str, tmp_path: Path, mail_host: MailHost) -> dict[str, str]:
    """Return a complete configuration for the test's database and mail server."""
    secret, public = tmp_path / "index-secret.json", tmp_path / "service-public.json"
    secret.write_text(index_keys().to_json())
    public.write_text(service_keys().public().to_json())
    for path in (secret, *tmp_path.glob("*.db")):
        path.chmod(0o600)
    return {
        "VI_DATABASE_URL": database_url,
        "VI_BASE_URL": "https://index.example",
        "VI_SERVICE_URL": "https://pseudoniemen.example/v1",
        "VI_INDEX_SECRET_KEYS_FILE": str(secret),
        "VI_SERVICE_PUBLIC_KEYS_FILE": str(public),
        "VI_SMTP_HOST": "127.0.0.1",
        "VI_SMTP_PORT": str(mail_host.port),
        "VI_SMTP_TRANSPORT": "geen",
        "VI_MAIL_FROM": "verwijsindex@index.example",
    }


@pytest.fixture
def bare_run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command without any configuration."""
    import os

    for name in os.environ:
        if name.startswith("VI_"):
            monkeypatch.delenv(name)

    def run(*words: object, env: dict[str, str] | None = None) -> Result:
        result = CliRunner().invoke(main, [str(word) for word in words], env=env or {})
        # Whatever is wrong, nobody at the command line is shown a traceback.
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


class ServiceHost(httpx.BaseTransport):
    """A pseudonym service that answers whether it lives.

    Attributes:
        clock: What its Date header says.
        status: Of its answers; None: it cannot be reached.
    """

    def __init__(self) -> None:
        self.clock: Clock = system_clock
        self.status: int | None = 200

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.status is None:
            raise httpx.ConnectError("secret.example")
        date = format_datetime(self.clock(), usegmt=True)
        return httpx.Response(self.status, headers={"Date": date}, request=request)


@pytest.fixture
def service_host(monkeypatch: pytest.MonkeyPatch) -> ServiceHost:
    """Return the service that the doctor finds."""
    host = ServiceHost()
    monkeypatch.setattr(
        network, "pseudonym_service", partial(network.pseudonym_service, transport=host)
    )
    # Of the tests' own server, where a power cut would cost nothing.
    wanted = tuple(one for one in database._WANTED if one.name != "fsync")
    monkeypatch.setattr(database, "_WANTED", wanted)
    return host


@pytest.fixture
def run(bare_run: Run, environment: dict[str, str], service_host: ServiceHost) -> Run:
    """Run the command as configured; *env* changes the configuration."""

    def configured(*words: object, env: dict[str, str] | None = None) -> Result:
        return bare_run(*words, env={**environment, **(env or {})})

    return configured
