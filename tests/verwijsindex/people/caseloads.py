"""A unit's caseload as a test sends it: people and contacts, in parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from tests.world import Member

ROUTE = "/api/v1/caseloads"
#: A person's number and their contact: a professional's key, or None for the team.
Involved = tuple[int, str | None]


def row(one: Member, person: int, key: str | None = "m1", **changes: Any) -> dict[str, Any]:
    """Return a row of a caseload."""
    contact = {"afdeling": True} if key is None else {"medewerker": key}
    body = one.signal(person, contact=contact, **changes)
    del body["afdeling"]
    return body


def send(
    one: Member,
    rows: Sequence[Any],
    *,
    run: UUID | str | None = None,
    part: int = 1,
    last: bool = True,
    **changes: Any,
) -> Any:
    """Send one part; return the answer."""
    body = {
        "run": str(run or uuid4()),
        "deel": part,
        "laatste": last,
        "afdeling": str(next(iter(one.units.values()))),
        "signalen": list(rows),
    } | changes
    return one.post(ROUTE, body)


def sent(one: Member, rows: Sequence[Any], **how: Any) -> dict[str, Any]:
    """Send one part, which must be taken in; return the answer's body."""
    answer = send(one, rows, **how)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def synced(one: Member, caseload: Iterable[Involved], **how: Any) -> dict[str, Any]:
    """Send a whole caseload in one part."""
    return sent(one, [row(one, person, key) for person, key in caseload], **how)


def active(one: Member) -> set[Involved]:
    """Return who is registered with whom."""
    found = one.get("/api/v1/signalen", status="actief", perPagina=500).json
    assert found["totaal"] == len(found["resultaten"])
    return {
        (int(each["kenmerk"].removeprefix("D-")), each["contact"].get("medewerker"))
        for each in found["resultaten"]
    }


def ids(one: Member) -> dict[Involved, str]:
    """Return the active signals."""
    found = one.get("/api/v1/signalen", status="actief", perPagina=500).json["resultaten"]
    return {
        (int(each["kenmerk"].removeprefix("D-")), each["contact"].get("medewerker")): each["id"]
        for each in found
    }


def counts(answer: dict[str, Any]) -> tuple[int, int, int, int, int]:
    """Return created, unchanged, moved, refused and ended."""
    names = ("aangemaakt", "ongewijzigd", "overgedragen", "afgewezen", "beeindigd")
    created, unchanged, moved, refused, ended = (int(answer[name]) for name in names)
    return created, unchanged, moved, refused, ended
