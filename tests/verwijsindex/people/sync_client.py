"""``vi-client sync`` against the real index, and a pseudonym service that only evaluates."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from click.testing import CliRunner, Result
from nacl.public import Box

from crypto import base64url, oprf
from crypto.evaluation import BATCH_LIFETIME, Evaluation, seal_evaluation
from crypto.person import SubjectKind
from tests.world import Member, index_keys, service_keys, test_bsn
from verwijsindex.client import ClientSettings, IndexConnection, command

HEADER = (
    "bsn;geboortedatum;kenmerk;afdeling;medewerker;"
    "informeren_wijze;informeren_datum;reactie;vervaltdatum"
)
SERVICE_URL = "https://pseudoniemen.example/v1"


@dataclass
class SyncClient:
    """A source system's machine: its files, and the command on it."""

    member: Member
    folder: Path
    evaluated: list[int] = field(default_factory=list)
    #: Called before each part of a caseload; may raise or answer instead of the index.
    disturb: Callable[[dict[str, Any]], httpx.Response | None] = lambda _body: None
    parts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.folder / "caseload.csv"

    @property
    def state(self) -> Path:
        (found,) = self.folder.glob(".vi-client-*.json")
        return found

    def write(
        self, *rows: tuple[int, str | None], unit: str = "", more: tuple[str, ...] = ()
    ) -> None:
        """Write the caseload: people and contacts."""
        unit = unit or next(iter(self.member.units))
        lines = [
            f"{test_bsn(person)};31-01-1980;D-{person};{unit};{key or ''};gesprek;20-11-2026;;"
            for person, key in rows
        ]
        self.file.write_text("\n".join((HEADER, *lines, *more, "")), encoding="utf-8")

    def run(self, *options: str, stdin: str | None = None) -> Result:
        """Run ``vi-client sync``; no BSN and no secret may be shown."""
        secret = str(self.member.client.secret)
        variables = {
            "VI_CLIENT_CONFIG": None,
            "VI_CLIENT_URL": "https://index.example",
            "VI_CLIENT_SERVICE_URL": SERVICE_URL,
            "VI_CLIENT_ID": str(self.member.client.id),
            "VI_CLIENT_SECRET": secret,
        }
        arguments = ["sync", str(self.file), *options]
        result = CliRunner(env=variables).invoke(
            command.cli, arguments, input=stdin, obj=self._connect
        )
        for hidden in (secret, "9999", "1980-01-31", "31-01-1980"):
            assert hidden not in result.output
        return result

    def done(self, *options: str, stdin: str | None = None) -> str:
        """Run it, which must go well; return what it says."""
        result = self.run(*options, stdin=stdin)
        assert result.exit_code == 0, result.output
        return str(result.output)

    def _connect(self, settings: ClientSettings) -> IndexConnection:
        return IndexConnection(
            settings,
            transport=_Servers(self),
            sleep=lambda _seconds: None,
            clock=self.member.world.clock,
        )


class _Servers(httpx.BaseTransport):
    def __init__(self, client: SyncClient) -> None:
        self._client = client
        self._index = httpx.WSGITransport(app=client.member.world.app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if request.url.host == "pseudoniemen.example":
            return self._evaluate(json.loads(request.content))
        if request.url.path == "/api/v1/caseloads":
            body = json.loads(request.content)
            self._client.parts.append(body)
            disturbed = self._client.disturb(body)
            if disturbed is not None:
                return disturbed
        return self._index.handle_request(request)

    def _evaluate(self, body: dict[str, Any]) -> httpx.Response:
        elements = body["elementen"]
        self._client.evaluated.append(len(elements))
        keys, member = service_keys(), self._client.member
        kind = SubjectKind(body["soort"])
        key = keys.current(kind)
        now = member.world.clock()
        made = [
            seal_evaluation(
                Evaluation(
                    key.public().key_id,
                    kind,
                    member.id,
                    now,
                    now + BATCH_LIFETIME,
                    oprf.blind_evaluate(key.scalar, oprf.BlindedElement(base64url.decode(each))),
                ),
                Box(keys.box, index_keys().box.public_key),
            )
            for each in elements
        ]
        answer = {"evaluaties": [base64url.encode(one) for one in made], "sleutelId": "k"}
        return httpx.Response(200, json=answer)
