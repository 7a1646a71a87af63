"""A fake of the two servers that really evaluates, opens and unblinds."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote_plus
from uuid import UUID, uuid4

import httpx
import openpyxl
import pytest

from crypto import base64url, tokens
from crypto.evaluation import (
    BATCH_LIFETIME,
    LIFETIME,
    Evaluation,
    check_evaluation,
    open_evaluation,
    seal_evaluation,
)
from crypto.keyring import IndexSecretKeys, ServiceSecretKeys
from crypto.oprf import Blind, BlindedElement, blind_evaluate
from crypto.person import SubjectKind
from crypto.pseudonym import unblind
from verwijsindex.client import ClientSecret, ClientSettings, IndexConnection, OwnUnit

URL = "https://index.test"
SERVICE_URL = "https://pseudoniemen.test/v1"
CLIENT_ID = "bron systeem"  # a space, so that form-encoding the halves shows
SECRET = "geheim:/+ met %"
HEADER = (
    "bsn;geboortedatum;kenmerk;afdeling;medewerker;"
    "informeren_wijze;informeren_datum;reactie;vervaltdatum"
)


class ManualClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class FakeServers:
    """Index and pseudonym service of one organisation."""

    clock: ManualClock
    service: ServiceSecretKeys = field(default_factory=ServiceSecretKeys.generate)
    index: IndexSecretKeys = field(default_factory=IndexSecretKeys.generate)
    organisation_id: UUID = field(default_factory=uuid4)
    client_jwk: dict | None = None  # public; set to expect private_key_jwt
    signals: dict[tuple[bytes, str], str] = field(default_factory=dict)
    bodies: list[dict] = field(default_factory=list)  # of signals, as the index got them
    match_pages: list[dict] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    # Called before each request; it may answer, raise, or leave it to the fake.
    disturb: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None
    units: tuple[OwnUnit, ...] = (
        OwnUnit("a1", "Wijkteam Noord", "jeugd"),
        OwnUnit("a2", "Schuldhulp", "schulden"),
    )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.calls.append(f"{request.method} {request.url.path}")
        disturbed = self.disturb(request)
        if disturbed is not None:
            return disturbed
        if request.url.path == "/oauth/token":
            return self._token(request)
        if request.url.host == "pseudoniemen.test":
            self._verify(request, self.index.service_token.public, tokens.SERVICE_AUDIENCE)
            return self._evaluate(json.loads(request.content))
        self._verify(request, self.index.index_token.public, tokens.INDEX_AUDIENCE)
        return self._index(request)

    def _index(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/api/v1/signalen":
            return self._register(json.loads(request.content))
        if path == "/api/v1/signalen/batch":
            return self._register_batch(json.loads(request.content))
        if path == "/api/v1/organisaties" and request.url.params["eigen"] == "true":
            return httpx.Response(200, json=self._organisations())
        assert path == "/api/v1/matches"
        return httpx.Response(200, json=self._matches(request.url.params))

    def fail(self, path: str, *failures: httpx.Response | Exception) -> None:
        """Let the first calls of *path* fail: an answer is given, an exception raised."""
        waiting = list(failures)

        def disturb(request: httpx.Request) -> httpx.Response | None:
            if request.url.path != path or not waiting:
                return None
            failure = waiting.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return failure

        self.disturb = disturb

    def count(self, call: str) -> int:
        return self.calls.count(call)

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        assert form["grant_type"] == "client_credentials"
        if self.client_jwk is not None:
            assert form["client_assertion_type"] == (
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            )
            tokens.verify_client_assertion(
                form["client_assertion"],
                jwk=self.client_jwk,
                client_id=CLIENT_ID,
                audience=f"{URL}/oauth/token",
                now=self.clock(),
            )
        else:
            scheme, _, pair = request.headers["Authorization"].partition(" ")
            assert scheme == "Basic"
            halves = base64.b64decode(pair).decode().split(":")
            if [unquote_plus(half) for half in halves] != [CLIENT_ID, SECRET]:
                return httpx.Response(401, json={"error": "invalid_client"})
        key, lifetime = {
            "index": (self.index.index_token, tokens.INDEX_TOKEN_LIFETIME),
            "pseudoniemen": (self.index.service_token, tokens.SERVICE_TOKEN_LIFETIME),
        }[form["resource"]]
        token = key.sign({}, audience=form["resource"], lifetime=lifetime, now=self.clock())
        return httpx.Response(
            200,
            json={
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": int(lifetime.total_seconds()),
            },
        )

    def _verify(self, request: httpx.Request, public: bytes, audience: str) -> None:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        tokens.TokenVerifier(public, audience=audience).verify(token, now=self.clock())

    def _evaluate(self, body: dict) -> httpx.Response:
        kind = SubjectKind(body["soort"])
        key = self.service.current(kind)
        lifetime = BATCH_LIFETIME if body["batch"] else LIFETIME
        box = self.service.box_to(self.index.public())
        evaluations = [
            seal_evaluation(
                Evaluation(
                    key.public().key_id,
                    kind,
                    self.organisation_id,
                    self.clock(),
                    self.clock() + lifetime,
                    blind_evaluate(key.scalar, BlindedElement(base64url.decode(element))),
                ),
                box,
            )
            for element in body["elementen"]
        ]
        answer = {"evaluaties": [base64url.encode(e) for e in evaluations], "sleutelId": "k1"}
        return httpx.Response(200, json=answer)

    def _pseudonym(self, body: dict, kind: SubjectKind = SubjectKind.PERSON) -> bytes:
        message = base64url.decode(body["evaluatie"])
        public = self.service.public()
        evaluation = open_evaluation(message, self.index.box_from(public))
        check_evaluation(
            evaluation,
            organisation_id=self.organisation_id,
            kind=kind,
            key_ids=public.key_ids(kind),
            now=self.clock(),
        )
        blind = Blind(base64url.decode(body["blindering"]))
        return unblind(self.index.scalar, blind, evaluation.element).value

    def parents(self, body: dict) -> list[bytes]:
        """Return the pseudonyms of the parents that a signal's body names."""
        assert all(one["soort"] == "ouder" for one in body.get("gezin", ()))
        return [self._pseudonym(one, SubjectKind.PARENT) for one in body.get("gezin", ())]

    def _take(self, body: dict, *, dry_run: bool) -> tuple[str, str]:
        self.bodies.append(body)
        contact = json.dumps([body["afdeling"], body["contact"]])
        key = (self._pseudonym(body), contact)
        if key in self.signals:
            return "bestond_al", self.signals[key]
        if not dry_run:
            self.signals[key] = f"s{len(self.signals) + 1}"
        return "aangemaakt", self.signals.get(key, "")

    def _faults(self, body: dict) -> list[dict]:
        reference = body.get("kenmerk", "1")
        if any(c.isdigit() for c in reference):
            return []
        return [{"name": "kenmerk", "reason": "heeft geen cijfer"}]

    def _register(self, body: dict) -> httpx.Response:
        if faults := self._faults(body):
            problem = {"title": "Ongeldig", "detail": "Niet alles klopt.", "invalidParams": faults}
            return httpx.Response(400, json=problem)
        status, signal_id = self._take(body, dry_run=False)
        return httpx.Response(
            201 if status == "aangemaakt" else 200,
            json={
                "id": signal_id,
                "status": "actief",
                "kenmerk": body.get("kenmerk", "VI-A1B2C3"),
                "vervaltDatum": "2027-12-01",
                "match": {
                    "id": "m1",
                    "status": "open",
                    "deelnemers": [
                        {
                            "organisatie": "Stichting Zuid",
                            "domein": "zorg",
                            "contact": {
                                "naam": "J. de Vries",
                                "functie": "casemanager",
                                "telefoon": "030-1234567",
                                "email": "j@zuid.test",
                            },
                            "sindsDatum": "2026-10-01",
                        }
                    ],
                },
            },
        )

    def _register_batch(self, body: dict) -> httpx.Response:
        assert len(body["signalen"]) <= 1_000
        results = []
        for position, signal in enumerate(body["signalen"]):
            if faults := self._faults(signal):
                entry = {"positie": position, "status": "afgewezen", "invalidParams": faults}
            else:
                status, signal_id = self._take(signal, dry_run=body["proef"])
                entry = {"positie": position, "status": status, "id": signal_id}
            results.append(entry)
        return httpx.Response(200, json={"resultaten": results})

    def _organisations(self) -> dict:
        units = [{"id": u.id, "naam": u.name, "domein": u.domain} for u in self.units]
        own = {"id": "o1", "naam": "Gemeente", "afdelingen": units}
        return {"totaal": 1, "resultaten": [own]}

    def _matches(self, params: httpx.QueryParams) -> dict:
        page, size = int(params["pagina"]), int(params["perPagina"])
        part = self.match_pages[(page - 1) * size : page * size]
        return {"totaal": len(self.match_pages), "resultaten": part}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def servers(clock) -> FakeServers:
    return FakeServers(clock)


@pytest.fixture
def settings() -> ClientSettings:
    return ClientSettings(URL, SERVICE_URL, CLIENT_ID, ClientSecret(SECRET))


@pytest.fixture
def connect(servers, clock) -> Callable[[ClientSettings], IndexConnection]:
    def connect(settings: ClientSettings) -> IndexConnection:
        transport = httpx.MockTransport(servers)
        return IndexConnection(settings, transport=transport, sleep=clock.sleep, clock=clock)

    return connect


@pytest.fixture
def connection(connect, settings) -> IndexConnection:
    with connect(settings) as connection:
        yield connection


@pytest.fixture
def today() -> date:
    return date(2026, 11, 22)


@pytest.fixture
def csv_file(tmp_path) -> Callable[..., Path]:
    """Write a client file: the template's header and these rows."""

    def write(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
        path = tmp_path / "clienten.csv"
        path.write_bytes("\r\n".join((header, *rows, "")).encode(encoding))
        return path

    return write


@pytest.fixture
def xlsx_file(tmp_path) -> Callable[..., Path]:
    """Write a workbook: the template's header and these rows of cells."""

    def write(*rows: tuple, header: str = HEADER, start_row: int = 1) -> Path:
        book = openpyxl.Workbook()
        for offset, cells in enumerate((header.split(";"), *rows)):
            for column, value in enumerate(cells, start=1):
                book.active.cell(start_row + offset, column, value)
        buffer = io.BytesIO()
        book.save(buffer)
        path = tmp_path / "clienten.xlsx"
        path.write_bytes(buffer.getvalue())
        return path

    return write


def _bsn(start: int) -> str:
    """The first BSN from *start* on that passes the eleven-test."""
    number = start
    while True:
        digits = f"{number:09d}"
        weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
        if sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 == 0:
            return digits
        number += 1


@pytest.fixture
def bsn() -> Callable[[int], str]:
    return _bsn
