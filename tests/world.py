"""A small world to test in: organisations, machine clients, and a pseudonym service in-process.

Everything is made by the use cases that the administrator uses; evaluations
are made by the real cryptography with keys of this world's own.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from nacl.public import Box

from crypto import base64url, evaluation, oprf
from crypto.keyring import IndexSecretKeys, ServiceSecretKeys
from crypto.person import SubjectKind, canonical_parent, canonical_person
from match.digests import DigestPolicy
from tests.clock import Clock
from tests.databases import warm
from verwijsindex.access import TokenReader
from verwijsindex.accounts.passwords import CHEAPEST, Passwords
from verwijsindex.application import create_index, require_readiness
from verwijsindex.clients import Scope
from verwijsindex.services import Services, make_services
from verwijsindex.settings import MailSettings, MailTransport, Settings
from verwijsindex.use_cases.admit import NewClient, add_client, add_organisation
from verwijsindex.use_cases.organisation_file import read_organisation_file

ALL_SCOPES = tuple(Scope)
_TEST_RANGE_START = 999_900_000  # the population register's range for test persons


@cache
def test_bsn(number: int) -> str:
    """Return the *number*-th BSN of the test range that passes the eleven-test."""
    from stdnum.nl import bsn

    found = -1
    for candidate in range(_TEST_RANGE_START, _TEST_RANGE_START + 100_000):
        found += bsn.is_valid(str(candidate))
        if found == number:
            return str(candidate)
    raise AssertionError("the test range is used up")


test_bsn.__test__ = False  # type: ignore[attr-defined]


@cache
def index_keys() -> IndexSecretKeys:
    return IndexSecretKeys.generate()


@cache
def service_keys() -> ServiceSecretKeys:
    return ServiceSecretKeys.generate()


def make_settings(database_url: str, **changes: Any) -> Settings:
    """Return complete settings for *database_url* with this run's keys."""
    return Settings(
        **{
            "database_url": database_url,
            "base_url": "https://index.example",
            "keys": index_keys(),
            "service_keys": service_keys().public(),
            "service_url": "https://pseudoniemen.example/v1",
            "mail": MailSettings(
                host="127.0.0.1",
                port=25,
                transport=MailTransport.NONE,
                sender="verwijsindex@index.example",
            ),
            "digest": DigestPolicy(),
            **changes,
        }
    )


@dataclass
class Member:
    """An organisation of the world, with its client and what a test needs to know."""

    world: World
    id: UUID
    name: str
    units: dict[str, UUID]
    client: NewClient
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Who calls."""
        return {"Authorization": f"Bearer {self.token}"}

    def signal(self, person: int = 1, **changes: Any) -> dict[str, Any]:
        """Return the body of a signal for test person number *person*.

        A change to None leaves the field out.
        """
        message, blind = self.world.evaluated(self.id, person)
        body = {
            "evaluatie": message,
            "blindering": blind,
            "afdeling": str(next(iter(self.units.values()))),
            "contact": {"medewerker": "m1"},
            "leeftijdsgroep": "23+",
            "kenmerk": f"D-{person}",
            "geinformeerd": {
                "door": "eigen",
                "aan": ["client"],
                "wijze": "gesprek",
                "datum": "2026-11-20",
                "reactie": "niet_gevraagd",
            },
        } | changes
        return {name: value for name, value in body.items() if value is not None}

    def parents(self, *persons: int) -> list[dict[str, str]]:
        """Return those test persons as the parents of whoever is registered."""
        found = []
        for person in persons:
            message, blind = self.world.evaluated(self.id, person, kind=SubjectKind.PARENT)
            found.append({"soort": "ouder", "evaluatie": message, "blindering": blind})
        return found

    def register(self, person: int = 1, **changes: Any) -> Any:
        """Register a test person; return the answer."""
        return self.post("/api/v1/signalen", self.signal(person, **changes))

    def get(self, path: str, **query: Any) -> Any:
        return self.world.http.get(path, query_string=query, headers=self.headers)

    def post(self, path: str, body: Any) -> Any:
        return self.world.http.post(path, json=body, headers=self.headers)

    def put(self, path: str, body: Any, *, if_match: str | None = None) -> Any:
        tag = {} if if_match is None else {"If-Match": if_match}
        return self.world.http.put(path, json=body, headers=self.headers | tag)

    def publish(self, content: dict[str, Any], **query: str) -> Any:
        """Save, agree to and publish a profile, as organisation and administrator would."""
        path = f"/api/v1/organisatieprofielen/{self.id}"
        seen = self.get(f"{path}/concept").headers["ETag"]
        saved = self.put(f"{path}/concept", content, if_match=seen)
        assert saved.status_code == 200, saved.text
        agreed = self.world.http.post(
            f"{path}/akkoord", headers=self.headers | {"If-Match": saved.headers["ETag"]}
        )
        assert agreed.status_code == 200, agreed.text
        return self.world.http.post(
            f"{path}/publicatie",
            query_string=query,
            headers=self.headers | {"If-Match": agreed.headers["ETag"]},
        )

    def patch(self, path: str, body: Any) -> Any:
        return self.world.http.patch(path, json=body, headers=self.headers)


@dataclass
class World:
    """One index with its members."""

    services: Services
    app: Flask
    clock: Clock
    members: dict[str, Member] = field(default_factory=dict)

    @property
    def http(self) -> FlaskClient:
        return self.app.test_client()

    def member(
        self,
        name: str,
        *,
        domain: str = "schulden",
        sensitive: bool = False,
        extra: str = "",
        units: Mapping[str, str] | None = None,
        scopes: tuple[Scope, ...] = ALL_SCOPES,
        independent_units: tuple[str, ...] = (),
        bsn: bool = True,
        demands: str = "informeren",
        may_defer: bool = True,
        secure_mail: bool = True,
    ) -> Member:
        """Admit an organisation with one unit (or *units*: name → TOML lines) and professional m1."""
        slug = name.lower().replace(" ", "-")
        units = units or {"Team": f'domein = "{domain}"'}
        domains = sorted({line.split('"')[1] for line in units.values()})
        toml = f'naam = "{name}"\ngevoelig = {str(sensitive).lower()}\n'
        if bsn:
            toml += 'bsnGrondslag = "Wet X, artikel 1"\n'
        if secure_mail:
            toml += f'mailBeveiligd = ["{slug}.example"]\n'
        toml += extra + "\n"
        for unit, lines in units.items():
            toml += (
                f'[[afdelingen]]\nnaam = "{unit}"\n{lines}\n'
                f'postbus = "{unit.lower().replace(" ", "-")}@{slug}.example"\ntelefoon = "010-1234567"\n'
            )
        for one in domains:
            toml += (
                f'[[grondslagen]]\ndomein = "{one}"\neist = "{demands}"\nverwijzing = "Wet X"\n'
                f'leeftijdsgroepen = ["0-11", "12-15", "16-22", "23+"]\n'
                f"uitstelMag = {str(may_defer).lower()}\ngeldigVanaf = 2020-01-01\n"
            )
        for number in (1, 2):
            toml += (
                f'[[medewerkers]]\nsleutel = "m{number}"\nnaam = "M. {name} {number}"\n'
                f'functie = "consulent"\nafdeling = "{next(iter(units))}"\n'
                f'email = "m{number}@{slug}.example"\ntelefoon = "06-1234567{number}"\n'
                "opgeleidOp = 2026-01-05\n"
            )
        with self.services.sessions() as session:
            made = add_organisation(session, self.services, facts=read_organisation_file(toml))
            client = add_client(
                session,
                self.services,
                organisation_name=name,
                name="bronsysteem",
                scopes=scopes,
                independent_units=independent_units,
            )
            from orgprofiles.organisations import Unit

            ids = {u.name: u.id for u in session.query(Unit).filter_by(organisation_id=made.id)}
        member = Member(self, made.id, name, {unit: ids[unit] for unit in units}, client)
        member.token = self.token(client)
        self.members[name] = member
        return member

    def token(self, client: NewClient, **form: str) -> str:
        """Return an access token for *client*."""
        answer = self.http.post(
            "/oauth/token",
            data={
                "grant_type": "client_credentials",
                "resource": "index",
                "client_id": str(client.id),
                "client_secret": client.secret,
                **form,
            },
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json["access_token"])

    def evaluated(
        self,
        organisation_id: UUID,
        person: int,
        *,
        kind: SubjectKind = SubjectKind.PERSON,
        lifetime: timedelta = evaluation.LIFETIME,
        issued_after: timedelta = timedelta(),
        keys: ServiceSecretKeys | None = None,
    ) -> tuple[str, str]:
        """Return evaluation and blind of a test person, as the service makes them."""
        used = keys or service_keys()
        if kind is SubjectKind.PARENT:
            canonical = canonical_parent(bsn=test_bsn(person))
        else:
            canonical = canonical_person(
                bsn=test_bsn(person), birth_date="1980-01-31", today=self.clock().date()
            )
        blind = oprf.Blind.random()
        key = used.current(kind)
        issued = self.clock() + issued_after
        sealed = evaluation.seal_evaluation(
            evaluation.Evaluation(
                key.public().key_id,
                kind,
                organisation_id,
                issued,
                issued + lifetime,
                oprf.blind_evaluate(key.scalar, oprf.blind(canonical.value, blind)),
            ),
            Box(used.box, index_keys().box.public_key),
        )
        return base64url.encode(sealed), base64url.encode(blind.value)


def make_world(database_url: str, clock: Clock, **settings: Any) -> World:
    """Return an index without members on *database_url*."""
    services = _services(database_url, clock, settings)
    return World(services, _created(services), clock)


@contextmanager
def lend_world(
    database_url: str,
    clock: Clock,
    *,
    prepare: Callable[[World], None] = lambda _: None,
    **settings: Any,
) -> Iterator[World]:
    """Lend an index without members; with an application that an earlier test had, if there is one.

    Args:
        database_url: Of this test.
        clock: Of this test.
        prepare: What is done to an application that is new.
        **settings: What differs from :func:`make_settings`.
    """
    services = _services(database_url, clock, settings)
    warm(services.engine)
    kind = (prepare, *(f"{name}={settings[name]}" for name in sorted(settings) if name != "mail"))
    is_first = kind not in _IDLE
    idle = _IDLE.setdefault(kind, [])
    if idle:
        made = World(services, _lent(idle.pop(), services), clock)
        made.services = made.app.extensions["services"]
    else:
        made = World(services, _created(services), clock)
        prepare(made)
        if is_first:  # it stays: the garbage collector need not look at it again and again
            gc.collect()
            gc.freeze()
    before = _shape(made.app)
    try:
        yield made
    finally:
        made.services.engine.dispose()
    if _shape(made.app) == before:
        idle.append(made.app)


@pytest.fixture
def world(database_url: str, clock: Clock) -> Iterator[World]:
    """Return an index without members; the test runs on each database."""
    with lend_world(database_url, clock) as made:
        yield made


def _services(database_url: str, clock: Clock, settings: Mapping[str, Any]) -> Services:
    return make_services(
        make_settings(database_url, **settings), clock=clock, passwords=Passwords(CHEAPEST)
    )


class _Compiled(BytecodeCache):
    """What the templates became, for every application of this process."""

    def __init__(self) -> None:
        self._codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._codes:
            bucket.bytecode_from_string(self._codes[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def _created(services: Services) -> Flask:
    app = create_index(services)
    app.jinja_env.bytecode_cache = _COMPILED
    return app


#: Applications that an earlier test of this process is done with, by their settings: to make one
#: takes longer than most tests, and all that differs between two are the services.
_IDLE: dict[object, list[Flask]] = {}


def _lent(app: Flask, services: Services) -> Flask:
    """Return *app*, which is there already, with *services* in the place of its own."""
    own = app.extensions["services"]
    for one in fields(Services):
        object.__setattr__(own, one.name, getattr(services, one.name))
    app.extensions["token_reader"] = TokenReader(services.settings.keys.index_token.public)
    require_readiness(own)
    return app


def _shape(app: Flask) -> tuple[object, ...]:
    """Return what a test may have changed of an application, which then is not lent again."""
    hooks = (app.before_request_funcs, app.after_request_funcs, app.teardown_appcontext_funcs)
    return (
        app.extensions["services"],
        vars(app).get("wsgi_app"),
        dict(app.config),
        [str(one) for one in hooks],
        len(list(app.url_map.iter_rules())),
        set(app.view_functions.values()),
    )
