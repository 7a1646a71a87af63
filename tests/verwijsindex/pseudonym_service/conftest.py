"""A service with fresh keys, an admitted organisation and a clock that the test sets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from crypto import base64url, oprf
from crypto.evaluation import Evaluation, open_evaluation
from crypto.keyring import IndexSecretKeys, ServiceSecretKeys
from crypto.person import SubjectKind, canonical_canary
from crypto.pseudonym import Pseudonym, unblind
from crypto.tokens import SERVICE_AUDIENCE, SERVICE_TOKEN_LIFETIME
from verwijsindex.pseudonym_service.administration import admit
from verwijsindex.pseudonym_service.application import create_service
from verwijsindex.pseudonym_service.settings import ServiceSettings
from verwijsindex.pseudonym_service.store import Store

ORIGIN = "https://index.example"
START = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class World:
    """The service, the index and a client, as a test sees them."""

    path: Path
    clock: Clock = field(default_factory=Clock)
    service_keys: ServiceSecretKeys = field(default_factory=ServiceSecretKeys.generate)
    index_keys: IndexSecretKeys = field(default_factory=IndexSecretKeys.generate)
    organisation: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        self.app = self.start()
        self.store = Store(self.path / "store.sqlite")
        admit(self.store, organisation_id=self.organisation, name="Bureau", now=self.clock.now)

    def start(self, **changes: Any) -> Flask:
        settings = {
            "keys": self.service_keys,
            "index_keys": self.index_keys.public(),
            "store": self.path / "store.sqlite",
            "allowed_origin": ORIGIN,
        }
        self.app = create_service(ServiceSettings(**settings | changes), clock=self.clock)
        return self.app

    def token(self, *, lifetime: timedelta = SERVICE_TOKEN_LIFETIME, **claims: Any) -> str:
        audience = claims.pop("audience", SERVICE_AUDIENCE)
        everything = {"org": str(self.organisation), "limits": "groot"} | claims
        return self.index_keys.service_token.sign(
            everything, audience=audience, lifetime=lifetime, now=self.clock.now
        )

    def ask(
        self,
        elements: Any,
        *,
        token: str | None = None,
        headers: Mapping[str, str] = {},
        **body: Any,
    ) -> TestResponse:
        everything = {"soort": "persoon", "elementen": elements} | body
        return self.ask_raw(everything, token=token, headers=headers)

    def ask_raw(
        self, body: Any, *, token: str | None = None, headers: Mapping[str, str] = {}
    ) -> TestResponse:
        bearer = {"Authorization": f"Bearer {token or self.token()}"}
        return self.app.test_client().post(
            "/v1/evaluaties",
            data=json.dumps(body),
            content_type="application/json",
            headers={**bearer, **headers},
        )

    def open(self, evaluation: str) -> Evaluation:
        box = self.index_keys.box_from(self.service_keys.public())
        return open_evaluation(base64url.decode(evaluation), box)

    def pseudonym(self, evaluation: str, blind: oprf.Blind) -> Pseudonym:
        return unblind(self.index_keys.scalar, blind, self.open(evaluation).element)

    def used(self) -> int:
        return self.store.total_used(now=self.clock.now)


def elements(count: int) -> list[str]:
    return [base64url.encode(oprf.multiply_base(oprf.Blind.random())) for _ in range(count)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def make_elements() -> Any:
    return elements


@pytest.fixture
def canary() -> Any:
    def of(kind: SubjectKind) -> str:
        return base64url.encode(oprf.hash_to_group(canonical_canary(kind).value).value)

    return of
