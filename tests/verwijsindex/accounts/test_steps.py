"""A sign-in that is under way is of one kind, for a while, and good once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.world import World
from verwijsindex.accounts.records import StepKind
from verwijsindex.accounts.steps import LIFETIMES, begin_step, find_step, take_step

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize("kind", StepKind)
def test_a_step_is_found_and_taken_as_its_own_kind_alone(world: World, kind: StepKind) -> None:
    sealing, now = world.services.account_secrets, world.clock()
    with world.services.sessions() as session:
        token = begin_step(session, sealing, kind=kind, now=now)
        session.flush()
        for other in set(StepKind) - {kind}:
            assert find_step(session, sealing, token, kind=other, now=now) is None
            assert take_step(session, sealing, token, kind=other, now=now) is None
        late = now + LIFETIMES[kind]
        assert find_step(session, sealing, token, kind=kind, now=late) is None
        assert take_step(session, sealing, token, kind=kind, now=late) is None
        assert find_step(session, sealing, token, kind=kind, now=late - timedelta(seconds=1))
        assert take_step(session, sealing, token, kind=kind, now=now) is not None
        assert take_step(session, sealing, token, kind=kind, now=now) is None
