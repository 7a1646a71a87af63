"""Every reading and writing leaves a row of which any change is noticed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from match.matches import Match
from tests.world import Member, World
from verwijsindex import audit
from verwijsindex.audit import Action, ActorKind, AuditEvent, mac_is_right

CHANGES: dict[str, Any] = {
    "id": lambda _: uuid4(),
    "at": lambda at: at + timedelta(microseconds=1),
    "actor_kind": lambda _: ActorKind.WORKER,
    "actor_id": lambda _: uuid4(),
    "organisation_id": lambda _: None,
    "action": lambda _: Action.SIGNAL_READ,
    "object_id": lambda _: uuid4(),
    "trace_id": lambda _: uuid4(),
    "mac": lambda mac: mac[:-1] + bytes([mac[-1] ^ 1]),
}


def events(world: World) -> list[AuditEvent]:
    with world.services.sessions() as session:
        return list(session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


class Watch:
    """Says which deeds came since it was last asked."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen = {one.id for one in events(world)}

    def new(self) -> list[AuditEvent]:
        fresh = [one for one in events(self._world) if one.id not in self._seen]
        self._seen |= {one.id for one in fresh}
        return fresh

    def deeds(self) -> Counter[tuple[Action, UUID | None]]:
        return Counter((one.action, one.object_id) for one in self.new())


def test_every_column_has_a_change_to_be_noticed() -> None:
    assert CHANGES.keys() == set(AuditEvent.__table__.columns.keys())


@pytest.mark.parametrize("column", CHANGES)
def test_a_change_of_any_column_is_noticed(column: str, world: World) -> None:
    world.member("Schuldhulp").register(1)
    event = next(e for e in events(world) if e.action is Action.SIGNAL_REGISTERED)
    assert mac_is_right(event, world.services.audit_key)
    setattr(event, column, CHANGES[column](getattr(event, column)))
    assert not mac_is_right(event, world.services.audit_key)


def test_a_row_is_right_under_its_own_key_alone(world: World) -> None:
    world.member("Schuldhulp").register(1)
    for event in events(world):
        assert mac_is_right(event, world.services.audit_key)
        assert not mac_is_right(event, bytes(32))


def test_two_columns_cannot_trade_what_they_hold(world: World) -> None:
    key, one, other = world.services.audit_key, uuid4(), uuid4()
    row = {
        "id": uuid4(),
        "at": world.clock(),
        "actor_kind": ActorKind.CLIENT,
        "actor_id": one,
        "organisation_id": None,
        "action": Action.SIGNAL_READ,
        "object_id": other,
        "trace_id": uuid4(),
    }
    swapped = row | {"actor_id": None, "organisation_id": one}
    assert audit.mac_of(row, key) != audit.mac_of(swapped, key)
    assert len(audit.mac_of(row, key)) == 32


def test_each_signal_written_or_shown_leaves_one_row(world: World) -> None:
    one = world.member("Schuldhulp")
    watch = Watch(world)
    first = UUID(one.register(1).json["id"])
    assert watch.deeds()[Action.SIGNAL_REGISTERED, first] == 1
    one.register(1)
    assert watch.deeds()[Action.SIGNAL_REPEATED, first] == 1
    second = UUID(one.register(2).json["id"])
    watch.new()
    path = f"/api/v1/signalen/{first}"
    one.get(path)
    assert watch.deeds() == {(Action.SIGNAL_READ, first): 1}
    one.get("/api/v1/signalen")
    assert watch.deeds() == {(Action.SIGNAL_READ, first): 1, (Action.SIGNAL_READ, second): 1}
    one.get("/api/v1/signalen", perPagina=1)
    assert watch.deeds() == {(Action.SIGNAL_READ, second): 1}
    one.post("/api/v1/signalen/_zoek", {"kenmerk": "D-1"})
    assert watch.deeds() == {(Action.SIGNAL_READ, first): 1}
    for body, action in (
        ({"vervaltDatum": "2027-06-01"}, Action.SIGNAL_EXTENDED),
        ({"geinformeerd": one.signal(1)["geinformeerd"]}, Action.SIGNAL_INFORMED),
        ({"status": "beeindigd", "reden": "afgerond"}, Action.SIGNAL_ENDED),
    ):
        assert one.patch(path, body).status_code == 200
        assert watch.deeds()[action, first] == 1


def test_each_row_of_a_batch_and_of_a_dry_run_leaves_one(world: World) -> None:
    one = world.member("Schuldhulp")
    known = UUID(one.register(1).json["id"])
    watch = Watch(world)
    rows = [one.signal(1), one.signal(2), one.signal(3, leeftijdsgroep="x")]
    one.post("/api/v1/signalen/batch", {"signalen": rows, "proef": True})
    assert watch.deeds() == {(Action.SIGNAL_TRIED, known): 1, (Action.SIGNAL_TRIED, None): 1}
    answer = one.post("/api/v1/signalen/batch", {"signalen": rows})
    made = UUID(answer.json["resultaten"][1]["id"])
    assert watch.deeds() == {
        (Action.SIGNAL_REPEATED, known): 1,
        (Action.SIGNAL_REGISTERED, made): 1,
    }


def test_each_match_and_professional_shown_or_changed_leaves_one_row(world: World) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    one.register(1)
    other.register(1)
    with world.services.sessions() as session:
        match = session.scalars(select(Match.id)).one()  # its own id, which nobody is shown
    watch = Watch(world)
    shown = one.get("/api/v1/matches").json["resultaten"][0]["id"]
    assert watch.deeds() == {(Action.MATCH_READ, match): 1}
    one.get(f"/api/v1/matches/{shown}")
    assert watch.deeds() == {(Action.MATCH_READ, match): 1}
    one.get("/api/v1/medewerkers")
    assert [a for a, _ in watch.deeds()] == [Action.PROFESSIONAL_READ] * 2
    body = {
        "naam": "A. Ander",
        "functie": "consulent",
        "afdeling": str(one.units["Team"]),
        "email": "a@schuldhulp.example",
        "telefoon": "010-1234567",
    }
    one.put("/api/v1/medewerkers/m9", body)
    assert [a for a, _ in watch.deeds()] == [Action.PROFESSIONAL_KEPT]


def test_a_row_says_which_client_for_whom_and_in_which_request(world: World) -> None:
    one = world.member("Schuldhulp")
    watch = Watch(world)
    one.post("/api/v1/signalen/batch", {"signalen": [one.signal(1), one.signal(2)]})
    rows = watch.new()
    assert {(r.actor_kind, r.actor_id, r.organisation_id, r.at) for r in rows} == {
        (ActorKind.CLIENT, one.client.id, one.id, world.clock())
    }
    assert len({r.trace_id for r in rows}) == 1
    one.get("/api/v1/signalen")
    assert {r.trace_id for r in watch.new()}.isdisjoint(r.trace_id for r in rows)


def test_what_is_refused_or_not_there_leaves_no_row(world: World) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    path = f"/api/v1/signalen/{one.register(1).json['id']}"
    watch = Watch(world)

    def stranger(member: Member) -> None:
        member.get(path)
        member.patch(path, {"status": "beeindigd", "reden": "afgerond"})
        member.get("/api/v1/signalen")
        member.register(1, kenmerk="x")

    stranger(other)
    stranger(replace(other, token="x"))
    assert watch.new() == []
