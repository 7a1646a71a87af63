"""The primary dies under load and its synchronous standby takes over: nothing that was accepted is lost."""

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
from tests.faults.clusters import DATABASE, Cluster, open_cluster
from tests.faults.mailings import assert_nothing_was_lost
from tests.faults.postbox import Postbox
from tests.faults.processes import open_deployment, wait_until

ORGANISATIONS = 4
PERSONS = 150


@pytest.fixture
def pair() -> Iterator[tuple[Cluster, Cluster]]:
    """Return a primary, and a standby that has everything before the primary says that it is so."""
    with open_cluster() as (primary, folder):
        standby = primary.copy(folder / "two", "standby")
        standby.start()
        try:
            primary.configure(synchronous_standby_names="standby")
            primary.control("reload")
            asked = "SELECT sync_state FROM pg_stat_replication"
            wait_until(lambda: primary.execute(asked) == [("sync",)], "the standby follows")
            yield primary, standby
        finally:
            standby.stop()


@pytest.mark.slow
def test_no_accepted_signal_no_match_and_no_mail_is_lost(
    pair: tuple[Cluster, Cluster], tmp_path: Path, postbox: Postbox
) -> None:
    """The product knows both addresses, and takes the one that may be written."""
    primary, standby = pair
    url = (
        f"postgresql+psycopg://postgres@/{DATABASE}?host=127.0.0.1:{primary.port}"
        f"&host=127.0.0.1:{standby.port}&target_session_attrs=read-write"
    )
    postbox.slow_down(0.01)
    with open_deployment(url, tmp_path, smtp_port=postbox.port) as deployment:
        crowd = deployment.crowd
        members = crowd.members(ORGANISATIONS)
        crowd.prepare(members, [])
        work = [(m, p, signal_body(crowd, m, p)) for p in range(PERSONS) for m in members]
        web = deployment.serve(workers=2)
        worker = deployment.worker_at_work()
        before = web.running.children()
        answers = Answers()
        with ThreadPoolExecutor(ORGANISATIONS) as pool:
            clients = [
                pool.submit(
                    register_all, web.url, work[i::ORGANISATIONS], answers, may_put_off=True
                )
                for i in range(ORGANISATIONS)
            ]
            wait_until(
                lambda: len(answers) > len(work) // 2 or any(c.done() for c in clients),
                "half of the registrations are answered",
            )
            primary.stop("immediate")
            wait_until(lambda: answers.put_off > 10, "requests meet no database")
            standby.control("promote")
            for client in clients:
                client.result()
        deployment.wait_until_delivered()
        assert web.running.children() == before
        assert worker.is_alive(), worker.tail()
        assert_nothing_is_missing(crowd, answers, persons=PERSONS)
        assert_nothing_was_lost(crowd, postbox, repeats_at_most=0)
        assert_the_command_finds_the_audit_clean(deployment)
        assert [worker.stop(), web.running.stop()] == [0, 0]
