"""Both applications with their documents, once per module: no test here changes anything."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.clock import Clock
from tests.world import Member, make_world
from tests.world import index_keys as the_index_keys
from tests.world import service_keys as the_service_keys
from verwijsindex.pseudonym_service.administration import admit
from verwijsindex.pseudonym_service.application import create_service
from verwijsindex.pseudonym_service.settings import ServiceSettings
from verwijsindex.pseudonym_service.store import Store
from verwijsindex.web.guards import GuardedPages

NOBODYS_ID = "0193b5f0-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Application:
    """An application as the rules see it.

    Attributes:
        name: For test ids.
        app: As wired for production.
        prefix: Where its API is.
        headers: Who calls, with all rights.
    """

    name: str
    app: Flask
    prefix: str
    headers: dict[str, str]

    @property
    def document(self) -> dict[str, Any]:
        return dict(self.app.test_client().get(f"{self.prefix}/openapi.json").json or {})

    @property
    def rules(self) -> list[Rule]:
        """Return the routes of the API, the document's own left out."""
        found = [
            rule
            for rule in self.app.url_map.iter_rules()
            if "api-docs" not in rule.endpoint and not self._is_page(rule)
        ]
        assert len(found) > 3
        return found

    def _is_page(self, rule: Rule) -> bool:
        blueprint = self.app.blueprints.get(rule.endpoint.partition(".")[0])
        return isinstance(blueprint, GuardedPages)

    def ask(self, method: str, path: str, **options: Any) -> Any:
        return self.app.test_client().open(path, method=method, **options)

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Ask with a token."""
        return self.ask(method, path, headers=self.headers, **options)


def address(rule: Rule) -> str:
    """Return an address that fits *rule*, about nobody."""
    path = rule.rule.replace("<string:sleutel>", "m9").replace("<int:number>", "1")
    path = path.replace("<string:stap>", "dpia")
    return re.sub("<uuid:[^>]*>", NOBODYS_ID, path)


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


@pytest.fixture(scope="module")
def member(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Member]:
    """Return a member of an index that the tests of a module share."""
    path = shutil.copy(_sqlite_template, tmp_path_factory.mktemp("rules") / "verwijsindex.db")
    world = make_world(f"sqlite:///{path}", Clock())
    yield world.member("Schuldhulp")
    world.services.engine.dispose()


@pytest.fixture(scope="module")
def index(member: Member) -> Application:
    return Application("index", member.world.app, "/api/v1", member.headers)


@pytest.fixture(scope="module")
def service(member: Member, tmp_path_factory: pytest.TempPathFactory) -> Application:
    """Return the pseudonym service, which has admitted the member."""
    path = tmp_path_factory.mktemp("service") / "store.db"
    clock = member.world.clock
    app = create_service(
        ServiceSettings(keys=the_service_keys(), index_keys=the_index_keys().public(), store=path),
        clock=clock,
    )
    store = Store(path)
    admit(store, organisation_id=member.id, name=member.name, now=clock())
    store.close()
    token = member.world.token(member.client, resource="pseudoniemen")
    return Application("service", app, "/v1", {"Authorization": f"Bearer {token}"})


@pytest.fixture(scope="module", params=["index", "service"])
def application(request: pytest.FixtureRequest) -> Application:
    """Return each application in turn."""
    found: Application = request.getfixturevalue(request.param)
    return found
