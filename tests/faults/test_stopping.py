"""Stopping as a service manager does it: what was begun is finished, and nothing else is kept."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import func, select, text

from crypto.person import SubjectKind
from match.messages import MessageState, OutboxMessage
from match.subjects import Subject, lock_by_id
from tests.faults.clients import signal_body
from tests.faults.mailings import fill_outbox
from tests.faults.postbox import Postbox
from tests.faults.processes import Deployment, open_deployment, wait_until
from tests.mail_server import free_port

_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def test_a_worker_that_is_stopped_finishes_its_mail_and_gives_the_others_back(
    postgresql_url: str, tmp_path, postbox: Postbox
) -> None:
    with open_deployment(
        postgresql_url, tmp_path, smtp_port=postbox.port, batch=50, deadline_seconds=30
    ) as deployment:
        messages = fill_outbox(deployment.crowd, 40)
        postbox.slow_down(0.1)
        worker = deployment.worker()
        wait_until(lambda: len(postbox.mails) >= 2, "two mails arrive")
        assert deployment.count(MessageState.SENDING) > 0
        assert worker.stop() == 0
        with deployment.crowd.services.sessions() as session:
            rows = session.execute(
                select(OutboxMessage.state, OutboxMessage.attempts, func.count()).group_by(
                    OutboxMessage.state, OutboxMessage.attempts
                )
            ).all()
        sent = len(postbox.mails)
        assert 2 <= sent < messages
        assert {tuple(row) for row in rows} == {
            (MessageState.SENT, 1, sent),
            (MessageState.PENDING, 0, messages - sent),
        }


def test_a_web_server_that_is_stopped_answers_what_it_was_asked(deployment: Deployment) -> None:
    crowd = deployment.crowd
    (one,) = crowd.members(1)
    crowd.prepare([one], [1])
    signal_id = crowd.register(one, 1).signal_id
    body = signal_body(crowd, one, 1, contact={"medewerker": "m2"})
    web = deployment.serve(workers=1)
    with crowd.services.sessions() as holder, ThreadPoolExecutor(1) as pool:
        (subject_id,) = holder.scalars(
            select(Subject.id).where(Subject.kind == SubjectKind.PERSON)
        ).all()
        lock_by_id(holder, [subject_id])
        asked = pool.submit(
            httpx.post, f"{web.url}/api/v1/signalen", json=body, headers=one.headers, timeout=60
        )
        wait_until(lambda: is_waiting(deployment), "the request waits for the person")
        web.running.process.terminate()
        wait_until(lambda: not web.answers(), "nothing new is taken on")
        assert web.running.is_alive()
        time.sleep(1.5)  # a slow request: longer than the shortest patience granian can have
        assert not asked.done()
        holder.rollback()
        answer = asked.result()
    assert answer.status_code == 201, answer.text
    assert answer.json()["id"] != str(signal_id)
    assert web.running.wait() == 0, web.running.tail()
    assert crowd.violations() == []


@pytest.mark.slow  # it takes as long as serve waits for a request
def test_a_web_server_that_is_stopped_while_it_starts_does_not_stay(
    deployment: Deployment,
) -> None:
    """Granian's processes do not hear a signal that comes before they are up."""
    starting = deployment.start("serve", "--port", str(free_port()), "--workers", "2")
    wait_until(lambda: len(starting.children()) == 2, "both processes are there")
    assert starting.stop() == 0


def is_waiting(deployment: Deployment) -> bool:
    with deployment.crowd.services.sessions() as session:
        return session.scalar(_WAITING) > 0
