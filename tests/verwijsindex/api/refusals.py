"""What every refusal must be like, wherever it comes from."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import func, select

from tests.world import World
from verwijsindex.tables import METADATA

#: Part of every text that a test sends and that must not come back.
MARK = "ZQX7"
#: A number to send; it has no zeros, so that it stands in no other number by chance.
NUMBER = 987654321987
BSN = "123456782"

SECURITY_HEADERS = {
    "API-Version": "1.0.0",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_DUTCH_TITLES = {
    400: "Ongeldig verzoek",
    401: "Niet aangemeld",
    403: "Geen toegang",
    404: "Niet gevonden",
    405: "Methode niet toegestaan",
    409: "Kan nu niet",
    411: "Lengte ontbreekt",
    412: "Intussen gewijzigd",
    413: "Te groot",
    415: "Inhoudstype niet ondersteund",
    428: "Voorwaarde ontbreekt",
    429: "Te veel verzoeken",
    500: "Interne fout",
    503: "Tijdelijk niet beschikbaar",
}


def row_counts(world: World) -> dict[str, int]:
    """Return how many rows each table has, the audit's left out."""
    with world.services.sessions() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in METADATA.sorted_tables
            if table.name != "audit_events"
        }


def assert_headers(answer: Any) -> None:
    """The headers that every answer bears."""
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


def assert_problem(answer: Any, status: int, instance: str) -> dict[str, Any]:
    """A problem in Dutch with the route as instance; return its body."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert_headers(answer)
    body: dict[str, Any] = json.loads(answer.text)
    assert body.keys() - {"invalidParams"} == {"type", "title", "status", "detail", "instance"}
    assert (body["status"], body["instance"]) == (status, instance)
    assert body["title"] == _DUTCH_TITLES[status]
    assert body["detail"]
    return body


def assert_no_echo(answer: Any, *values: str) -> None:
    """Nothing that was sent stands in body or headers."""
    whole = answer.text + "\n" + str(answer.headers)
    for value in (MARK, str(NUMBER), BSN, *values):
        assert value not in whole


def faults_of(body: dict[str, Any]) -> set[tuple[str, str]]:
    """Return names and reasons; each at most once."""
    found = [(fault["name"], fault["reason"]) for fault in body["invalidParams"]]
    assert len(found) == len(set(found))
    noun = "fout" if len(found) == 1 else "fouten"
    assert body["detail"] == f"Het verzoek bevat {len(found)} {noun}."
    return set(found)
