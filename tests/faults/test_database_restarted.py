"""The database is restarted or crashes under load: everything goes on by itself, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.clusters import Cluster, open_cluster
from tests.faults.load import Load, outlast
from tests.faults.postbox import Postbox
from tests.faults.processes import Deployment, open_deployment


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

    def restart(load: Load) -> None:
        for number, mode in enumerate(modes, start=1):
            load.wait_for_answers(load.size * number // (len(modes) + 1))
            cluster.restart(mode)

    postbox.slow_down(0.01)
    answers = outlast(deployment, postbox, persons=persons, fault=restart)
    assert answers.put_off > 0, "nothing was asked while the database was away"
    assert answers.asked_again == 0, "the web server answered every request"
