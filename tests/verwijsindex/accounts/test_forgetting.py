"""What is left of signing in is really gone when nobody needs it any more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from tests.people import add_person
from tests.world import World
from verwijsindex.accounts.links import send_link
from verwijsindex.accounts.records import (
    Account,
    AccountLink,
    AccountSession,
    LinkKind,
    SignInFailure,
    SignInStep,
    StepKind,
)
from verwijsindex.accounts.steps import begin_step
from verwijsindex.accounts.throttling import Attempt, count_failure
from verwijsindex.worker import Worker

LEFT = (AccountSession, SignInStep, SignInFailure, AccountLink)


def counts(world: World) -> list[int]:
    with world.services.sessions() as session:
        return [session.scalar(select(func.count()).select_from(one)) or 0 for one in LEFT]


def test_what_signing_in_left_behind_goes_when_its_time_is_over(world: World) -> None:
    member = world.member("Schuldhulp")
    person = add_person(world, member.id, key="m1")
    now = world.clock()
    person.begin()
    with world.services.sessions() as session:
        begin_step(session, world.services.account_secrets, kind=StepKind.CODE, now=now)
        count_failure(session, Attempt(b"a" * 32, b"b" * 32, None), now=now)
        account = session.get_one(Account, person.account_id)
        send_link(session, account=account, kind=LinkKind.DEVICE, now=now)
        session.commit()
    worker = Worker(world.services)
    worker.forget()
    assert counts(world) == [1, 1, 1, 1]
    for passed, left in (
        (timedelta(minutes=11), [1, 0, 1, 1]),
        (timedelta(minutes=50), [0, 0, 1, 1]),
        (timedelta(days=1), [0, 0, 0, 1]),
        (timedelta(days=30), [0, 0, 0, 0]),
    ):
        world.clock.moment += passed
        worker.forget()
        assert counts(world) == left
