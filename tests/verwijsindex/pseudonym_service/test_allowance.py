"""Limits, ceiling and alarms over HTTP, with a clock that the test sets."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from uuid import uuid4

import pytest

from verwijsindex.pseudonym_service.administration import admit
from verwijsindex.pseudonym_service.limits import AlarmKind


def _admit(world, limit: int) -> None:
    admit(
        world.store,
        organisation_id=world.organisation,
        name="Bureau",
        daily_limit=limit,
        now=world.clock.now,
    )


def _alarms(world) -> list[tuple[AlarmKind, object]]:
    midnight = world.clock.now.replace(hour=0, minute=0)
    return [(a.kind, a.organisation_id) for a in world.store.alarms(since=midnight)]


def test_the_limit_itself_is_granted_and_one_more_is_not(world, make_elements):
    _admit(world, 10)
    assert world.ask(make_elements(10)).status_code == 200
    answer = world.ask(make_elements(1))
    assert answer.status_code == 429
    assert "evaluaties" not in answer.json
    assert world.used() == 10


def test_a_request_that_does_not_fit_takes_nothing(world, make_elements):
    _admit(world, 10)
    world.ask(make_elements(6))
    refused = world.ask(make_elements(5))
    assert refused.status_code == 429
    assert "nog 4 elementen" in refused.json["detail"]
    assert world.ask(make_elements(4)).status_code == 200


def test_retry_after_is_the_time_to_utc_midnight_and_then_there_is_room(world, make_elements):
    _admit(world, 1)
    world.clock.now = world.clock.now.replace(hour=23, minute=59, second=30, microsecond=400_000)
    world.ask(make_elements(1))
    answer = world.ask(make_elements(1))
    assert answer.headers["Retry-After"] == "30"
    world.clock.advance(seconds=29)
    assert world.ask(make_elements(1)).status_code == 429
    world.clock.advance(seconds=1)
    assert world.ask(make_elements(1)).status_code == 200
    assert world.used() == 1


def test_the_ceiling_holds_over_all_organisations(world, make_elements):
    world.start(daily_ceiling=10)
    other = uuid4()
    admit(world.store, organisation_id=other, name="Ander", now=world.clock.now)
    assert world.ask(make_elements(7)).status_code == 200
    refused = world.ask(make_elements(4), token=world.token(org=str(other)))
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == str(12 * 3600)
    assert "alle organisaties samen" in refused.json["detail"]
    assert world.ask(make_elements(3), token=world.token(org=str(other))).status_code == 200


@pytest.mark.parametrize(
    ("limits", "admitted", "effective"),
    [
        ("standaard", 200_000, 20_000),
        ("standaard", 50, 50),
        ("groot", 200_000, 200_000),
        ("groot", 50, 50),
    ],
)
def test_the_class_is_an_upper_bound_on_what_was_admitted(world, limits, admitted, effective):
    _admit(world, admitted)
    taking = world.store.take(
        world.organisation, 1, limits=limits, ceiling=10**6, now=world.clock.now
    )
    assert taking.remaining == effective - 1


def test_whoever_is_not_admitted_is_told_whom_to_ask_and_the_administrator_hears_it_once(
    world, make_elements
):
    stranger = uuid4()
    for _ in range(3):
        answer = world.ask(make_elements(1), token=world.token(org=str(stranger)))
        assert answer.status_code == 403
        assert "vraag de beheerder van de pseudoniemendienst om toelating" in answer.json["detail"]
    assert _alarms(world) == [(AlarmKind.NOT_ADMITTED, stranger)]
    assert world.used() == 0


def test_a_dismissed_organisation_is_out_at_its_next_call(world, make_elements):
    token = world.token()
    assert world.ask(make_elements(1), token=token).status_code == 200
    world.store.dismiss(world.organisation)
    assert world.ask(make_elements(1), token=token).status_code == 403


def test_dismissing_and_admitting_anew_gives_no_new_allowance(world, make_elements):
    _admit(world, 5)
    world.ask(make_elements(5))
    world.store.dismiss(world.organisation)
    _admit(world, 5)
    assert world.ask(make_elements(1)).status_code == 429


def test_eighty_percent_of_the_limit_is_an_alarm_once_a_day(world, make_elements):
    _admit(world, 10)
    world.ask(make_elements(7))
    assert _alarms(world) == []
    world.ask(make_elements(1))
    world.ask(make_elements(1))
    assert _alarms(world) == [(AlarmKind.NEAR_LIMIT, world.organisation)]
    world.clock.advance(days=1)
    world.ask(make_elements(8))
    assert _alarms(world) == [(AlarmKind.NEAR_LIMIT, world.organisation)]


def test_asking_for_more_than_there_is_is_an_alarm_though_nothing_was_used(world, make_elements):
    _admit(world, 10)
    world.ask(make_elements(11))
    assert _alarms(world) == [(AlarmKind.NEAR_LIMIT, world.organisation)]
    assert world.used() == 0


def test_eighty_percent_of_the_ceiling_is_an_alarm_that_names_no_organisation(world, make_elements):
    world.start(daily_ceiling=10)
    world.ask(make_elements(8))
    world.ask(make_elements(5))
    assert _alarms(world) == [(AlarmKind.NEAR_CEILING, None)]


def test_a_store_that_cannot_count_stops_evaluating_and_readiness_but_not_life(
    world, make_elements
):
    client = world.app.test_client()
    assert client.get("/v1/healthz/readyz").json == {"status": "ok"}
    with closing(sqlite3.connect(world.path / "store.sqlite")) as connection:
        connection.execute("DROP TABLE daily_counters")
    for answer in (world.ask(make_elements(1)), client.get("/v1/healthz/readyz")):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert "evaluaties" not in answer.json
    assert client.get("/v1/healthz/livez").json == {"status": "ok"}
