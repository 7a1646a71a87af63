"""The database is restarted or crashes under load: everything goes on by itself, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.aftermath import (
    assert_nothing_is_missing,
    assert_the_command_finds_the_audit_clean,
)
from tests.faults.clients import Answers, register_all, signal_body
from tests.faults.clusters import Cluster, open_cluster
from tests.faults.mailings import assert_nothing_was_lost
from tests.faults.postbox import Postbox
from tests.faults.processes import Deployment, open_deployment, wait_until

ORGANISATIONS = 4


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with open_cluster() as (made, _):
        yield made


@pytest.fixture
def deployment(cluster: Cluster, tmp_path: Path, postbox: Postbox) -> Iterator[Deployment]:
    with open_deployment(cluster.url, tmp_path, smtp_port=postbox.port) as made:
        yield made


@pytest.mark.parametrize(
    ("persons", "modes"),
    [
        (30, ["fast", "immediate"]),
        pytest.param(400, ["fast", "immediate"] * 4, marks=pytest.mark.slow),
    ],
)
def test_whoever_asks_again_gets_there_and_each_mail_comes_once(
    deployment: Deployment, cluster: Cluster, postbox: Postbox, persons: int, modes: list[str]
) -> None:
    """Web server and worker are the same processes afterwards."""
    crowd = deployment.crowd
    members = crowd.members(ORGANISATIONS)
    crowd.prepare(members, [])
    work = [(m, p, signal_body(crowd, m, p)) for p in range(persons) for m in members]
    postbox.slow_down(0.01)
    web = deployment.serve(workers=2)
    worker = deployment.worker_at_work()
    before = web.running.children()
    answers = Answers()
    with ThreadPoolExecutor(ORGANISATIONS) as pool:
        clients = [
            pool.submit(register_all, web.url, work[i::ORGANISATIONS], answers, may_put_off=True)
            for i in range(ORGANISATIONS)
        ]
        for number, mode in enumerate(modes, start=1):
            enough = len(work) * number // (len(modes) + 1)
            wait_until(
                lambda n=enough: len(answers) >= n or any(c.done() for c in clients),
                f"{enough} registrations are answered",
            )
            cluster.restart(mode)
        for client in clients:
            client.result()
    assert answers.put_off > 0, "nothing was asked while the database was away"
    assert answers.asked_again == 0, "the web server answered every request"
    deployment.wait_until_delivered()
    assert web.running.children() == before
    assert worker.is_alive(), worker.tail()
    assert_nothing_is_missing(crowd, answers, persons=persons)
    assert_nothing_was_lost(crowd, postbox, repeats_at_most=0)
    assert_the_command_finds_the_audit_clean(deployment)
    assert [worker.stop(), web.running.stop()] == [0, 0]
