"""The database's disk is full: 503, nothing half-written, and it goes on when there is room."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, func, select, text

from match.signals import Signal
from orgprofiles.base import Base
from tests.concurrency.crowd import Crowd, open_crowd
from tests.faults.aftermath import assert_audit_is_clean
from tests.faults.clusters import Cluster, open_cluster
from tests.faults.disks import open_disk
from tests.faults.load import Load, outlast
from tests.faults.postbox import Postbox
from tests.faults.processes import open_deployment
from tests.world import World


@pytest.fixture(params=["tables", "wal"])
def filled(
    request: pytest.FixtureRequest,
) -> Iterator[tuple[Cluster, Callable[[], None], Callable[[], None]]]:
    """Return a server, what fills the disk of its tables or its log, and what an operator does.

    A full disk of tables refuses the writes that need a new page. One of the
    log stops the server, which is to be started again when there is room.
    """
    with open_disk(24) as disk, open_cluster(**{request.param: disk.folder}) as (cluster, _):

        def fill() -> None:
            disk.fill()
            if request.param == "wal":
                # Some of the log was made in advance; that is used up too.
                with contextlib.suppress(psycopg.OperationalError):
                    while True:
                        cluster.execute(
                            "SELECT pg_logical_emit_message(false, '', repeat('x', 100000))"
                        )

        def repair() -> None:
            disk.make_room()
            if request.param == "wal":
                cluster.restart("immediate")

        yield cluster, fill, repair


@pytest.mark.slow
def test_postgresql_goes_on_when_there_is_room(
    filled: tuple[Cluster, Callable[[], None], Callable[[], None]], tmp_path: Path, postbox: Postbox
) -> None:
    cluster, fill, repair = filled

    def strike(load: Load) -> None:
        load.wait_for_answers(load.size // 4)
        # Again and again, for the server gives back what others have no more need of.
        load.wait_until_put_off("requests meet a full disk", again_and_again=fill)
        repair()

    with open_deployment(cluster.url, tmp_path, smtp_port=postbox.port) as deployment:
        answers = outlast(deployment, postbox, persons=100, fault=strike)
    assert answers.put_off > 10
    assert "No space left on device" in (cluster.home / "server.log").read_text()


@pytest.fixture
def crowd(world: World) -> Iterator[Crowd]:
    with open_crowd(world, threads=1) as made:
        yield made


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_goes_on_when_there_is_room(world: World, crowd: Crowd) -> None:
    """SQLite is told how large its file may be, and says of more what it says of a full disk."""
    members = crowd.members(2)
    crowd.prepare(members, [0])
    limit = {"pages": 1}  # raised by SQLite to what the file has already

    def limit_pages(connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {limit['pages']}")

    event.listen(world.services.engine, "checkout", limit_pages)
    answered, put_off = [], 0
    for person in range(40):
        for member in members:
            before = rows(world)
            answer = member.register(person)
            if answer.status_code == 503:
                assert answer.content_type == "application/problem+json"
                assert int(answer.headers["Retry-After"]) > 0
                assert rows(world) == before, "nothing half-written"
                put_off += 1
                limit["pages"] = 1_000_000
                answer = member.register(person)
                limit["pages"] = 1
            assert answer.status_code == 201, answer.text
            answered.append(answer.json["id"])
    assert put_off > 2
    assert crowd.violations() == []
    with world.services.sessions() as session:
        assert sorted(answered) == sorted(str(one) for one in session.scalars(select(Signal.id)))
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
    limit["pages"] = 1_000_000
    assert_audit_is_clean(crowd)


def rows(world: World) -> dict[str, int]:
    with world.services.sessions() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        }
