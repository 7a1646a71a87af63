"""What the service's administrator sees and does."""

from __future__ import annotations

from uuid import uuid4

import pytest

from verwijsindex.pseudonym_service.administration import admit, dismiss, open_store, overview
from verwijsindex.pseudonym_service.errors import AdministrationRefused, SettingsRefused
from verwijsindex.pseudonym_service.limits import AlarmKind


def test_the_overview_tells_who_is_admitted_what_was_used_and_what_was_alarming(
    world, make_elements
):
    other, stranger = uuid4(), uuid4()
    admit(world.store, organisation_id=other, name="Aanloop", daily_limit=5, now=world.clock.now)
    world.ask(make_elements(3))
    world.ask(make_elements(4), token=world.token(org=str(other)))
    world.ask(make_elements(1), token=world.token(org=str(stranger)))
    seen = overview(world.store, now=world.clock.now)
    assert [
        (u.admission.name, u.admission.daily_limit, u.used_today) for u in seen.organisations
    ] == [("Aanloop", 5, 4), ("Bureau", 20_000, 3)]
    assert seen.used_today == 7
    assert {(a.kind, a.organisation_id) for a in seen.alarms} == {
        (AlarmKind.NEAR_LIMIT, other),
        (AlarmKind.NOT_ADMITTED, stranger),
    }
    assert all(a.raised_at == world.clock.now for a in seen.alarms)


def test_alarms_older_than_thirty_days_are_not_shown(world, make_elements):
    world.ask(make_elements(1), token=world.token(org=str(uuid4())))
    world.clock.advance(days=30)
    assert len(overview(world.store, now=world.clock.now).alarms) == 1
    world.clock.advance(seconds=1)
    assert overview(world.store, now=world.clock.now).alarms == ()


def test_admitting_again_changes_name_and_limit_and_keeps_the_moment(world):
    first = world.clock.now
    world.clock.advance(days=1)
    admit(
        world.store,
        organisation_id=world.organisation,
        name=" Anders ",
        daily_limit=7,
        now=world.clock.now,
    )
    (usage,) = overview(world.store, now=world.clock.now).organisations
    assert (usage.admission.name, usage.admission.daily_limit) == ("Anders", 7)
    assert usage.admission.admitted_at == first


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": " "},
        {"name": "a" * 201},
        {"name": "a\nb"},
        {"daily_limit": 0},
        {"daily_limit": -1},
        {"daily_limit": 200_001},
    ],
)
def test_an_admission_that_makes_no_sense_is_refused(world, wrong):
    given = {"organisation_id": uuid4(), "name": "Bureau", "now": world.clock.now} | wrong
    with pytest.raises(AdministrationRefused):
        admit(world.store, **given)
    assert len(overview(world.store, now=world.clock.now).organisations) == 1


def test_dismissing_whom_nobody_admitted_is_refused(world):
    dismiss(world.store, organisation_id=world.organisation)
    with pytest.raises(AdministrationRefused):
        dismiss(world.store, organisation_id=world.organisation)


def test_the_administrators_commands_need_the_store_alone(world):
    store = open_store({"VI_SERVICE_STORE": str(world.path / "store.sqlite")})
    assert store.is_admitted(world.organisation)
    with pytest.raises(SettingsRefused, match="VI_SERVICE_STORE"):
        open_store({})
