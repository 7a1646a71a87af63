"""Letters about no single signal, and findings, are deleted by their age."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from match.deleting import LETTERS_KEPT
from match.digests import gather
from match.messages import MessageState, NoticeKind, OutboxMessage
from orgprofiles.base import new_id
from tests.verwijsindex.follow_up.matched import member
from tests.verwijsindex.life.test_deleting import MONTH, end, wait
from tests.world import World
from verwijsindex.fishing import FINDINGS_KEPT, FishingFinding
from verwijsindex.worker import Worker

MOMENT = timedelta(microseconds=1)


def letter(world: World, kind: NoticeKind, state: MessageState, finished_at: datetime) -> None:
    one = world.members["Schuldhulp"]
    of_role = kind in {NoticeKind.STALLED, NoticeKind.ADDRESS_REFUSED, NoticeKind.FISHING}
    row = OutboxMessage(
        id=new_id(),
        event_id=new_id(),
        recipient=new_id(),
        unit_id=None if of_role else next(iter(one.units.values())),
        organisation_id=one.id if of_role else None,
        account_id=new_id() if of_role else None,
        kind=kind,
        state=state,
        created_at=finished_at,
        due=finished_at,
        attempts=1,
        finished_at=finished_at,
    )
    with world.services.sessions.begin() as session:
        session.add(row)


def kinds(world: World) -> list[NoticeKind]:
    with world.services.sessions() as session:
        return list(session.scalars(select(OutboxMessage.kind)))


@pytest.mark.parametrize(
    "kind",
    [
        NoticeKind.LAPSING,
        NoticeKind.STILL_INVOLVED,
        NoticeKind.STALLED,
        NoticeKind.ADDRESS_REFUSED,
        NoticeKind.FISHING,
    ],
)
def test_what_went_long_ago_is_deleted_and_not_what_was_given_up(
    world: World, kind: NoticeKind
) -> None:
    member(world, "Schuldhulp")
    now = world.clock()
    letter(world, kind, MessageState.SENT, now - LETTERS_KEPT)
    letter(world, kind, MessageState.SKIPPED, now - LETTERS_KEPT)
    Worker(world.services).forget()
    assert kinds(world) == []
    letter(world, kind, MessageState.SENT, now - LETTERS_KEPT + MOMENT)
    letter(world, kind, MessageState.DEAD, now - LETTERS_KEPT)
    Worker(world.services).forget()
    assert kinds(world) == [kind, kind]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_old_letters_are_found_by_an_index(world: World) -> None:
    with world.services.engine.connect() as connection:
        steps = connection.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT id FROM outbox WHERE kind IN ('address_refused',"
                " 'fishing', 'lapsing', 'stalled', 'still_involved') AND finished_at <= '2026'"
            )
        ).all()
    assert [step for step in steps if "USING INDEX ix_outbox_letters" in step[3]]


def test_a_letter_to_a_team_goes_with_the_last_signal_that_it_told_of(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    one.register(1)
    two.post("/api/v1/signalen/batch", {"signalen": [two.signal(1)], "proef": False})
    world.clock.advance(timedelta(days=1))
    with world.services.sessions.begin() as session:
        policy = world.services.settings.digest
        gather(session, policy=policy, now=world.clock(), import_limit=0)
        for row in session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == NoticeKind.TEAM_DIGEST)
        ):
            row.state, row.finished_at = MessageState.SENT, world.clock()
    assert NoticeKind.TEAM_DIGEST in kinds(world)
    for each in world.members.values():
        each.token = world.token(each.client)
    for each in (one, two):
        end(each)
    wait(world, MONTH)
    assert kinds(world) == []


def test_a_finding_is_kept_for_a_year(world: World) -> None:
    one = member(world, "Schuldhulp")
    found_at = world.clock()
    with world.services.sessions.begin() as session:
        session.add(
            FishingFinding(
                organisation_id=one.id,
                professional_id=None,
                since=found_at,
                found_at=found_at,
                registered=20,
                withdrawn=20,
                wrong=0,
            )
        )

    def there() -> int:
        Worker(world.services).forget()
        with world.services.sessions() as session:
            return len(session.scalars(select(FishingFinding)).all())

    world.clock.moment = found_at + FINDINGS_KEPT - MOMENT
    assert there() == 1
    world.clock.moment = found_at + FINDINGS_KEPT
    assert there() == 0
