"""What is done without a signal or match being asked for leaves a row too."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.world import World
from verwijsindex.access import Credentials, TokenDenied, issue_token
from verwijsindex.audit import Action, ActorKind, AuditEvent, mac_is_right
from verwijsindex.command import doctor as command
from verwijsindex.worker import Worker


def rows(world: World, *actions: Action) -> list[AuditEvent]:
    with world.services.sessions() as session:
        found = session.scalars(
            select(AuditEvent).where(AuditEvent.action.in_(actions)).order_by(AuditEvent.id)
        ).all()
    assert all(mac_is_right(one, world.services.audit_key) for one in found)
    return list(found)


def test_every_signal_that_lapses_leaves_a_row_of_the_worker(world: World) -> None:
    one = world.member("Schuldhulp")
    ids = {UUID(one.register(person).json["id"]) for person in (1, 2)}
    worker = Worker(world.services)
    worker.lapse()
    assert rows(world, Action.SIGNAL_LAPSED) == []
    world.clock.advance(timedelta(days=800))
    worker.lapse()
    lapsed = rows(world, Action.SIGNAL_LAPSED)
    assert {row.object_id for row in lapsed} == ids
    assert {row.actor_kind for row in lapsed} == {ActorKind.WORKER}
    worker.lapse()
    assert len(rows(world, Action.SIGNAL_LAPSED)) == 2


def test_a_lapse_that_cannot_be_audited_does_not_happen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world.member("Schuldhulp")
    signal = one.register(1).json["id"]
    world.clock.advance(timedelta(days=800))
    one.token = world.token(one.client)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("verwijsindex.audit.record", fail)
        with pytest.raises(RuntimeError):
            Worker(world.services).lapse()
    assert one.get(f"/api/v1/signalen/{signal}").json["status"] == "actief"


def test_every_token_leaves_a_row_that_says_for_what(world: World) -> None:
    one = world.member("Schuldhulp")
    (first,) = rows(world, Action.ISSUED_FOR_INDEX)
    assert (first.actor_kind, first.actor_id, first.organisation_id, first.object_id) == (
        ActorKind.CLIENT,
        one.client.id,
        one.id,
        one.client.id,
    )
    world.token(one.client, resource="pseudoniemen")
    (second,) = rows(world, Action.ISSUED_FOR_SERVICE)
    assert second.actor_id == one.client.id
    wrong = Credentials(str(one.client.id), "wrong")
    for credentials, resource in ((wrong, "index"), (Credentials("x"), "index")):
        with world.services.sessions() as session, pytest.raises(TokenDenied):
            issue_token(
                session, world.services, credentials=credentials, resource=resource, scopes=None
            )
    assert len(rows(world, Action.ISSUED_FOR_INDEX, Action.ISSUED_FOR_SERVICE)) == 2


def test_trying_dead_letters_again_leaves_a_row(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from verwijsindex.command import main

    monkeypatch.setattr(command, "load_settings", lambda _: world.services.settings)
    monkeypatch.setattr(command, "make_services", lambda _: world.services)
    monkeypatch.setattr(command, "examine", lambda _services: [])
    CliRunner().invoke(main, ["doctor"])
    assert rows(world, Action.MAILS_REVIVED) == []
    CliRunner().invoke(main, ["doctor", "--retry-dead-letters"])
    (row,) = rows(world, Action.MAILS_REVIVED)
    assert row.actor_kind is ActorKind.ADMINISTRATOR


def test_a_signal_that_a_registration_finds_past_its_last_day_is_audited_as_lapsed(
    world: World,
) -> None:
    member = world.member("Schuldhulp")
    old = member.register(1, vervaltDatum="2026-12-01").json["id"]
    world.clock.advance(timedelta(days=30))
    member.token = world.token(member.client)
    assert member.register(1).status_code == 201
    with world.services.sessions() as session:
        lapsed = session.scalars(
            select(AuditEvent.object_id).where(AuditEvent.action == Action.SIGNAL_LAPSED)
        ).all()
    assert [str(one) for one in lapsed] == [old]
