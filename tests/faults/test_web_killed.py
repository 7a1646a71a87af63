"""Kill -9 of web processes, wherever they are: what was answered is there, and there once."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

from match.matches import Match, MatchStatus
from match.signals import Signal
from orgprofiles.base import Base
from tests.concurrency.invariants import summary
from tests.faults.aftermath import assert_audit_is_clean
from tests.faults.clients import Answers, register_all, signal_body
from tests.faults.processes import Deployment, Running, wait_until
from verwijsindex.audit import Action, AuditEvent

ORGANISATIONS = 5


@pytest.mark.parametrize(
    ("persons", "kills"), [(40, 2), pytest.param(600, 20, marks=pytest.mark.slow)]
)
def test_no_answered_registration_is_lost_or_made_twice(
    deployment: Deployment, persons: int, kills: int
) -> None:
    crowd = deployment.crowd
    members = crowd.members(ORGANISATIONS)
    crowd.prepare(members, [])
    work = [(m, p, signal_body(crowd, m, p)) for m in members for p in range(persons)]
    chance = random.Random(5)  # noqa: S311
    chance.shuffle(work)
    web = deployment.serve(workers=2)
    answers = Answers()
    # The killing follows the work, so that each kill falls among registrations.
    points = [len(work) * (i + 1) // (kills + 2) for i in range(kills + 1)]
    with ThreadPoolExecutor(ORGANISATIONS) as pool:
        clients = [
            pool.submit(register_all, web.url, work[i::ORGANISATIONS], answers)
            for i in range(ORGANISATIONS)
        ]
        for number, point in enumerate(points):
            wait_until(
                lambda enough=point: len(answers) >= enough or any(c.done() for c in clients),
                f"{point} registrations are answered",
            )
            if number == kills // 2:
                web.running.kill()
                web = deployment.serve(workers=2, port=web.port)
            else:
                kill_the_older(web.running)
        for client in clients:
            client.result()
    assert len(answers) == len(work)
    assert answers.asked_again > 0, "nothing was killed in time"
    assert_all_is_there_once(deployment, answers, persons)
    assert web.running.stop() == 0, web.running.tail()


def kill_the_older(server: Running) -> None:
    """Kill one of the two processes, and wait until there is another in its place.

    The older one, for granian gives up when the one that it started last dies
    within 5.5 seconds.
    """
    before = server.children()
    os.kill(before[0], signal.SIGKILL)
    wait_until(
        lambda: len(server.children()) == 2 and before[0] not in server.children(),
        "granian starts another process",
    )


def assert_all_is_there_once(deployment: Deployment, answers: Answers, persons: int) -> None:
    found = deployment.crowd.violations()
    assert not found, summary(found)
    with deployment.crowd.services.sessions() as session:
        assert set(session.scalars(select(Signal.id))) == set(answers.signals.values())
        assert len(set(answers.signals.values())) == len(answers)
        assert session.scalars(select(Match.status)).all() == [MatchStatus.OPEN] * persons
        registered = Counter(
            session.scalars(
                select(AuditEvent.object_id).where(AuditEvent.action == Action.SIGNAL_REGISTERED)
            )
        )
    assert registered == Counter(answers.signals.values())
    assert_audit_is_clean(deployment.crowd)


def test_a_request_that_died_before_its_commit_left_nothing(deployment: Deployment) -> None:
    """Killed while it waits for its person: nothing of it is there, and asked again it is made."""
    crowd = deployment.crowd
    one, other = members = crowd.members(2)
    crowd.prepare(members, [1])
    crowd.register(other, 1)
    before = tables(deployment)
    work = [(one, 1, signal_body(crowd, one, 1))]
    web = deployment.serve(workers=1)
    answers = Answers()
    # Whoever reads the audit of the table is shown nothing until the request commits;
    # the audit row is the last thing that a registration writes.
    with crowd.services.sessions() as holder, ThreadPoolExecutor(1) as pool:
        holder.execute(text("LOCK TABLE audit_events IN SHARE MODE"))
        asking = pool.submit(register_all, web.url, work, answers)
        wait_until(lambda: is_waiting(deployment), "the request waits to write its audit row")
        web.running.kill()
        holder.rollback()
        wait_until(lambda: not is_connected(deployment), "the database notices")
        assert tables(deployment) == before
        web = deployment.serve(workers=1, port=web.port)
        asking.result()
    assert len(answers) == 1
    assert crowd.violations() == []
    assert web.running.stop() == 0


def tables(deployment: Deployment) -> dict[str, int]:
    with deployment.crowd.services.sessions() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        }


def is_waiting(deployment: Deployment) -> bool:
    return any(wait_event == "Lock" for _, wait_event in others(deployment))


def is_connected(deployment: Deployment) -> bool:
    return any(state != "idle" for state, _ in others(deployment))


def others(deployment: Deployment) -> list[tuple[str, str]]:
    """Return the state of each connection to the database besides the one that asks."""
    with deployment.crowd.services.sessions() as session:
        rows = session.execute(
            text(
                "SELECT state, wait_event_type FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        return [(row.state, row.wait_event_type) for row in rows]
