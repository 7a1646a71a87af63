"""Every row gets one place in the chain, however late its transaction commits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crypto.audit_log import Checkpoint
from tests.verwijsindex.audit.audit_world import Log, id_made_at
from verwijsindex import audit_checkpoints, audit_linking, audit_reading
from verwijsindex.audit import AuditCheckpoint, AuditEvent, AuditLink
from verwijsindex.audit_checkpoints import CHECKPOINT_LOCK, make_checkpoint
from verwijsindex.audit_linking import LINK_LOCK, NARROW, WIDE, waiting
from verwijsindex.database import take_tick_lock
from verwijsindex.worker import Worker

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def chain(log: Log) -> list[AuditLink]:
    with log.services.sessions() as session:
        return list(session.scalars(select(AuditLink).order_by(AuditLink.seq)))


def unlinked_ids(log: Log) -> set:
    with log.services.sessions() as session:
        linked = select(AuditLink.event_id)
        return set(session.scalars(select(AuditEvent.id).where(AuditEvent.id.not_in(linked))))


def all_at_once(*jobs: Callable[[], None]) -> None:
    """Run *jobs* in threads that start together; raise what one of them raised."""
    errors: list[BaseException] = []
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], None]) -> None:
        barrier.wait()
        try:
            job()
        except BaseException as error:  # noqa: BLE001 (it is raised below)
            errors.append(error)

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    if errors:
        raise errors[0]


@pytest.mark.parametrize("batch", [1, 2, 3, 1000])
def test_rows_are_linked_in_the_order_of_their_ids_without_a_gap(
    log: Log, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_linking, "BATCH", batch)
    log.write(5)
    assert log.link() == 5
    assert log.link() == 0
    log.write(2)
    assert log.link() == 2
    links = chain(log)
    assert [one.seq for one in links] == [1, 2, 3, 4, 5, 6, 7]
    for piece in (links[:5], links[5:]):
        ids = [one.event_id for one in piece]
        assert ids == sorted(ids)
    assert log.check().fault is None


@ON_POSTGRESQL
def test_a_transaction_that_commits_late_is_linked(log: Log) -> None:
    with log.services.sessions() as late:
        log.record(late)  # its row's id is the lowest
        log.write(2)
        assert log.link() == 2
        late.commit()
    assert log.link() == 1
    links = chain(log)
    assert links[2].event_id == min(one.event_id for one in links)
    assert log.check().fault is None


@pytest.mark.parametrize(
    ("lateness", "finds"),
    [
        (NARROW - timedelta(seconds=2), [1]),
        (NARROW + timedelta(seconds=2), [0, 1]),
        (WIDE + timedelta(seconds=2), [0, 0, 1]),
    ],
)
def test_what_comes_later_is_found_by_a_wider_look(
    log: Log, lateness: timedelta, finds: list[int]
) -> None:
    log.write_with_id(id_made_at(log.clock()))
    log.link()
    log.write_with_id(id_made_at(log.clock() - lateness))
    for window, count in zip((NARROW, WIDE, None), finds, strict=False):
        assert log.link(window=window) == count
    assert unlinked_ids(log) == set()
    assert log.check().fault is None


def test_after_a_time_without_a_worker_all_since_then_is_linked(log: Log) -> None:
    log.write_with_id(id_made_at(log.clock() - timedelta(days=3)))
    log.link()
    for hours in range(70, 0, -10):
        log.write_with_id(id_made_at(log.clock() - timedelta(hours=hours)))
    assert log.link() == 7


def test_a_row_from_a_clock_that_is_ahead_hides_no_others(log: Log) -> None:
    log.write_with_id(id_made_at(log.clock() + timedelta(days=1)))
    assert log.link() == 1
    log.write(2)
    assert log.link() == 2


def test_two_workers_link_each_row_once(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_linking, "BATCH", 7)
    log.write(100)

    def link_until_done() -> None:
        while unlinked_ids(log):
            log.link()

    all_at_once(link_until_done, link_until_done, link_until_done)
    links = chain(log)
    assert [one.seq for one in links] == list(range(1, 101))
    assert len({one.event_id for one in links}) == 100
    assert log.check().fault is None


@ON_POSTGRESQL
def test_who_comes_second_does_nothing(log: Log) -> None:
    log.write(1)
    with log.services.sessions() as session:
        assert take_tick_lock(session, LINK_LOCK)
        assert log.link() is None
    assert log.link() == 1
    with log.services.sessions() as session:
        assert take_tick_lock(session, CHECKPOINT_LOCK)
        assert make_checkpoint(log.services) is None
    assert log.sign().seq == 1


def test_the_log_is_whole_after_a_busy_time_and_at_every_moment_of_it(log: Log) -> None:
    writers, transactions = 4, 25
    over = threading.Event()
    written = threading.Barrier(writers, action=over.set)
    reports = []

    def write() -> None:
        for number in range(transactions):
            log.write(1 + number % 3)
        written.wait()

    def repeatedly(job: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            while not over.wait(0.01):
                job()

        return run

    def check() -> None:
        reports.append(log.check())

    workers = [log.link, lambda: make_checkpoint(log.services)] * 2
    all_at_once(*[write] * writers, *map(repeatedly, [*workers, check]))
    assert reports
    assert [one.fault for one in reports if one.fault is not None] == []
    log.link(window=None)
    make_checkpoint(log.services)
    report = log.check()
    assert report.fault is None
    assert report.row_count == writers * sum(1 + number % 3 for number in range(transactions))
    assert report.waiting_count == 0
    assert report.checkpoint is not None
    assert report.checkpoint.seq == report.row_count


def test_a_checkpoint_is_made_only_of_something_new(log: Log) -> None:
    assert make_checkpoint(log.services) is None
    log.write(3)
    assert make_checkpoint(log.services) is None  # nothing is linked yet
    log.link()
    made = log.sign()
    assert (made.seq, made.row_count, made.at) == (3, 3, log.clock())
    assert made.is_signed_with(log.services.settings.keys.public().audit_checkpoint)
    assert make_checkpoint(log.services) is None
    log.write(2)
    log.link()
    made = log.sign()
    assert (made.seq, made.row_count) == (5, 2)
    with log.services.sessions() as session:
        stored = session.get_one(AuditCheckpoint, 5)
    assert made == Checkpoint(5, stored.row_count, stored.at, stored.hash, stored.signature)


def test_two_workers_sign_once(log: Log) -> None:
    log.write(3)
    log.link()
    all_at_once(*[lambda: audit_checkpoints.make_checkpoint(log.services) and None] * 4)
    assert log.check().checkpoint_count == 1


def test_the_oldest_row_that_waits_has_an_age(log: Log) -> None:
    def ask(window: timedelta | None = NARROW) -> tuple[int, timedelta | None]:
        with log.services.sessions() as session:
            return waiting(session, now=log.clock(), window=window)

    assert ask() == (0, None)
    log.write(1)
    log.clock.advance(timedelta(minutes=5))
    log.write(2)
    log.clock.advance(timedelta(minutes=1))
    assert ask() == ask(None) == (3, timedelta(minutes=6))
    assert log.check().waiting_for == timedelta(minutes=6)
    log.link()
    assert ask() == ask(None) == (0, None)
    log.write_with_id(id_made_at(log.clock() - timedelta(hours=1)))
    assert (ask()[0], ask(None)[0]) == (0, 1)


def test_the_worker_links_each_second_signs_each_minute_and_sweeps(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged = []
    monkeypatch.setattr(
        "verwijsindex.event_log.log", lambda event, **fields: logged.append((event.code, fields))
    )
    worker = Worker(log.services)
    periods = {job.id: job.trigger.interval for job in worker._scheduler.get_jobs()}
    assert periods["link_audit"] == timedelta(seconds=1)
    assert periods["sign_audit"] == timedelta(minutes=1)
    assert periods["sweep_audit"] == timedelta(hours=1)
    log.write(2)
    worker.link_audit()
    assert len(chain(log)) == 2
    log.write_with_id(id_made_at(log.clock() - timedelta(minutes=5)))
    worker.link_audit()
    worker.sign_audit()
    made = log.check().checkpoint
    assert made is not None
    assert made.seq == 3
    (_, fields) = logged.pop()
    assert (
        Checkpoint(
            fields["seq"],
            fields["row_count"],
            made.at,
            bytes.fromhex(fields["hash"]),
            bytes.fromhex(fields["signature"]),
        )
        == made
    )
    log.write_with_id(id_made_at(log.clock() - timedelta(hours=5)))
    worker.sign_audit()
    assert logged == []
    worker.sweep_audit()
    assert logged == [("VWI-502", {"count": 1})]
    assert len(chain(log)) == 4


@ON_POSTGRESQL
def test_a_checkpoint_that_is_made_during_a_check_is_not_missed_from_the_next(
    signed: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = audit_reading.read_links
    calls = []

    def sign_one_more() -> None:
        signed.write(1)
        signed.link()
        signed.sign()

    def read_while_others_work(*args: Any, **named: Any) -> Any:
        calls.append(args)
        if len(calls) > 1:
            return read(*args, **named)
        sign_one_more()  # after this page's checkpoints were read, before its links
        links = read(*args, **named)
        sign_one_more()
        return links

    monkeypatch.setattr(audit_reading, "read_links", read_while_others_work)
    report = signed.check()
    assert report.fault is None
    assert (report.row_count, report.checkpoint_count) == (8, 3)
