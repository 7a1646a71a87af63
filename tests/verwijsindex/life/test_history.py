"""What ended: kept for thirty days, opened by its own organisation for a reason that is recorded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from match.history import HistoryReason
from tests.verwijsindex.api.refusals import assert_problem
from tests.verwijsindex.life.posting import at
from tests.world import Member, World
from verwijsindex.audit import AuditEvent
from verwijsindex.worker import Worker

SIGNAL = "/api/v1/signalen/<uuid:signal_id>"
ENDING = {"status": "beeindigd", "reden": "verhuisd"}


def ended(one: Member, person: int = 1) -> str:
    """Register somebody and end it; return the signal's path."""
    path = f"/api/v1/signalen/{one.register(person).json['id']}"
    assert one.patch(path, ENDING).status_code == 200
    return path


def opened(one: Member, path: str, reason: str = "vraag_client") -> Any:
    return one.post(f"{path}/inzage", {"reden": reason})


def deeds(world: World, path: str) -> list[str]:
    with world.services.sessions() as session:
        events = session.scalars(
            select(AuditEvent)
            .where(AuditEvent.object_id == UUID(path.rpartition("/")[2]))
            .order_by(AuditEvent.id)
        )
        return [event.action.value for event in events]


@pytest.mark.parametrize("reason", HistoryReason)
def test_the_reference_is_shown_for_a_reason_and_the_reason_recorded(
    reason: HistoryReason, world: World
) -> None:
    one = world.member("Schuldhulp")
    path = ended(one)
    answer = opened(one, path, reason.value)
    assert (answer.status_code, answer.json["kenmerk"]) == (200, "D-1")
    assert deeds(world, path)[-1] == f"signaal.historie_{reason.value}"


def test_without_a_reason_no_answer_has_the_reference(world: World) -> None:
    one = world.member("Schuldhulp")
    path = ended(one)
    answers = [
        one.get(path),
        one.patch(path, ENDING),
        one.get("/api/v1/signalen"),
        one.get("/api/v1/signalen", status="beeindigd"),
        one.post("/api/v1/signalen/_zoek", {"kenmerk": "D-1"}),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert "D-1" not in answer.text
        assert "beeindigd" in answer.text


def test_a_match_tells_the_reference_of_an_active_signal_alone(world: World) -> None:
    one, two = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    first = one.register(1, kenmerk="EERST-1").json["id"]
    two.register(1)
    one.register(1, kenmerk="NA-2", contact={"medewerker": "m2"})
    one.patch(f"/api/v1/signalen/{first}", ENDING)
    text = one.get("/api/v1/matches").text
    assert "EERST-1" not in text
    assert "NA-2" in text


@pytest.mark.parametrize("body", [{}, {"reden": "nieuwsgierig"}, {"reden": None}])
def test_another_reason_opens_nothing(body: dict[str, Any], world: World) -> None:
    one = world.member("Schuldhulp")
    path = ended(one)
    before = deeds(world, path)
    assert_problem(one.post(f"{path}/inzage", body), 400, f"{SIGNAL}/inzage")
    assert deeds(world, path) == before


def test_what_is_active_is_not_opened_but_read(world: World) -> None:
    one = world.member("Schuldhulp")
    path = f"/api/v1/signalen/{one.register(1).json['id']}"
    assert_problem(opened(one, path), 409, f"{SIGNAL}/inzage")
    assert one.get(path).json["kenmerk"] == "D-1"


def test_nobody_else_opens_it(world: World) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    path = ended(one)
    assert_problem(opened(other, path), 404, f"{SIGNAL}/inzage")


@pytest.mark.parametrize("lapses", [False, True])
def test_after_thirty_days_it_is_nowhere_also_when_no_worker_ran(
    lapses: bool, world: World
) -> None:
    one = world.member("Schuldhulp")
    if lapses:
        path = f"/api/v1/signalen/{one.register(1, vervaltDatum='2026-12-01').json['id']}"
        at(world, "2026-12-01T00:00")
        Worker(world.services).lapse()
    else:
        path = ended(one)
    gone = world.clock() + timedelta(days=30)
    world.clock.moment = gone - timedelta(microseconds=1)
    one.token = world.token(one.client)
    assert opened(one, path).status_code == 200
    world.clock.moment = gone
    assert_problem(opened(one, path), 404, f"{SIGNAL}/inzage")
    assert_problem(one.get(path), 404, SIGNAL)
    assert_problem(one.patch(path, ENDING), 404, SIGNAL)
    assert one.get("/api/v1/signalen").json["totaal"] == 0
    assert one.post("/api/v1/signalen/_zoek", {"kenmerk": "D-1"}).json["totaal"] == 0


def test_saying_that_one_is_involved_is_recorded_and_shown(world: World) -> None:
    one = world.member("Schuldhulp")
    path = f"/api/v1/signalen/{one.register(1).json['id']}"
    assert "bevestigdOp" not in one.get(path).json
    answer = one.patch(path, {"nogBetrokken": True})
    assert (answer.status_code, answer.json["bevestigdOp"]) == (200, "2026-11-23T10:00:00Z")
    assert answer.json["vervaltDatum"] == "2027-12-01"
    assert "signaal.bevestigd" in deeds(world, path)
    one.patch(path, ENDING)
    assert_problem(one.patch(path, {"nogBetrokken": True}), 409, SIGNAL)


def test_one_does_not_end_by_saying_that_one_is_not_involved(world: World) -> None:
    one = world.member("Schuldhulp")
    path = f"/api/v1/signalen/{one.register(1).json['id']}"
    problem = assert_problem(one.patch(path, {"nogBetrokken": False}), 400, SIGNAL)
    assert problem["invalidParams"] == [
        {"name": "nogBetrokken", "reason": "kan alleen true zijn; beëindig anders het signaal"}
    ]
