"""Mail about a family goes the ways of mail about a match."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select, update

from match import reminders, routing
from match.digests import next_digest_time
from match.matches import Match
from match.messages import MessageState, NoticeKind, OutboxMessage
from orgprofiles.organisations import Delivery, Professional
from tests.people import add_person
from tests.verwijsindex.family.related import letters, matches, siblings
from tests.verwijsindex.web.casework import Desk
from tests.world import World
from verwijsindex.accounts.roles import Role
from verwijsindex.worker import Worker


def test_whoever_wants_one_mail_a_day_has_it_in_there(world: World) -> None:
    siblings(world, "Schuldhulp", "Wijkteam")
    now = world.clock()
    with world.services.sessions.begin() as session:
        session.execute(update(Professional).values(delivery=Delivery.DAILY))
    with world.services.sessions.begin() as session:
        due = next_digest_time(now)
        today = world.services.today()
        routing.route(session, MessageState.PENDING, digest_due=due, now=now, today=today)
        kinds = select(OutboxMessage.kind, OutboxMessage.state)
        assert {tuple(row) for row in session.execute(kinds)} == {
            (NoticeKind.FAMILY, MessageState.WAITING)
        }


def test_who_did_not_follow_up_is_reminded_under_the_parents_lock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = siblings(world, "Schuldhulp", "Wijkteam")
    world.clock.moment = datetime(2026, 12, 7, 9, tzinfo=UTC)
    locked: list[UUID] = []
    monkeypatch.setattr(reminders, "lock_by_id", lambda _, ids: locked.extend(ids))
    Worker(world.services).gather()
    (letter,) = letters(world, one, NoticeKind.DIGEST)
    assert letter.subject == "Nog vastleggen: gezinsmatch bij uw kenmerk D-1"
    assert "van de gezinsmatch bij uw cliënt" in letter.text
    with world.services.sessions() as session:
        assert set(locked) == set(session.scalars(select(Match.subject_id)))


def test_a_match_regisseur_sees_that_it_is_about_a_family(world: World) -> None:
    one, two = siblings(world, "Schuldhulp", "Wijkteam")
    director = add_person(world, two.id, Role.MATCH_LEAD, name="Rachid Regie")
    (match,) = matches(one)
    asked = one.put(
        f"/api/v1/matches/{match['id']}/regie", {"matchregisseur": str(director.account_id)}
    )
    assert asked.status_code == 200, asked.text
    assert '<span class="badge">Gezin</span>' in Desk(director, director.browser()).text("/regie")
