"""The primary dies under load and its synchronous standby takes over: nothing that was accepted is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.clusters import DATABASE, Cluster, open_cluster
from tests.faults.load import Load, outlast
from tests.faults.postbox import Postbox
from tests.faults.processes import open_deployment, wait_until


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

    def fail_over(load: Load) -> None:
        load.wait_for_answers(load.size // 2)
        primary.stop("immediate")
        load.wait_until_put_off("requests meet no database")
        standby.control("promote")

    postbox.slow_down(0.01)
    with open_deployment(url, tmp_path, smtp_port=postbox.port) as deployment:
        answers = outlast(deployment, postbox, persons=150, fault=fail_over)
    assert answers.put_off > 10
