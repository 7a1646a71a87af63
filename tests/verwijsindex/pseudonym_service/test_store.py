"""The store: nobody gets more than there is, however many ask at once."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from verwijsindex.pseudonym_service import store as store_module
from verwijsindex.pseudonym_service import store_file
from verwijsindex.pseudonym_service.administration import admit
from verwijsindex.pseudonym_service.errors import StoreRefused, StoreUnavailable
from verwijsindex.pseudonym_service.limits import AlarmKind, LimitsClass, Outcome
from verwijsindex.pseudonym_service.store import Store

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
HUGE = 10**9


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(path: Path) -> Store:
    return Store(path)


def _admit(store: Store, limit: int = 20_000) -> UUID:
    organisation = uuid4()
    admit(store, organisation_id=organisation, name="Bureau", daily_limit=limit, now=NOW)
    return organisation


def _take(store: Store, organisation: UUID, count: int, ceiling: int = HUGE) -> Outcome:
    return store.take(
        organisation, count, limits=LimitsClass.LARGE, ceiling=ceiling, now=NOW
    ).outcome


def _take_many(path: Path, organisations: list[UUID], rounds: int, count: int, ceiling: int) -> int:
    store = Store(path)
    return sum(
        count
        for _ in range(rounds)
        for organisation in organisations
        if _take(store, organisation, count, ceiling) is Outcome.GRANTED
    )


def test_threads_that_share_a_store_use_exactly_the_limit(store):
    organisation = _admit(store, limit=1000)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: _take(store, organisation, 7), range(400)))
    granted = outcomes.count(Outcome.GRANTED)
    assert granted == 1000 // 7
    assert set(outcomes) == {Outcome.GRANTED, Outcome.LIMIT_REACHED}
    assert store.total_used(now=NOW) == granted * 7


def test_processes_that_share_a_store_use_exactly_limit_and_ceiling(store, path):
    organisations = [_admit(store, limit=300) for _ in range(3)]
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        work = [(path, organisations, 60, 3, 700)] * 4
        granted = sum(pool.starmap(_take_many, work))
    assert granted == 699  # the most that is a multiple of three
    assert store.total_used(now=NOW) == 699
    assert all(used <= 300 for _, used in store.admissions(now=NOW))


def _open_and_check(path: Path) -> bool:
    Store(path).check()
    return True


def test_processes_that_start_together_create_one_store(path):
    with multiprocessing.get_context("spawn").Pool(6) as pool:
        assert all(pool.map(_open_and_check, [path] * 24, chunksize=1))


def test_a_process_that_turns_to_wal_at_the_same_moment_is_waited_for(path, monkeypatch):
    # SQLite answers this race at once, whatever the busy timeout.
    create, calls = store_file._create_schema, []

    def busy_at_first(connection):
        calls.append(connection)
        if len(calls) == 1:
            error = sqlite3.OperationalError()
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error
        create(connection)

    monkeypatch.setattr(store_file, "_create_schema", busy_at_first)
    Store(path).check()
    assert len(calls) == 2


def test_what_is_given_back_can_be_taken_again_that_day(store):
    organisation = _admit(store, limit=10)
    _take(store, organisation, 10)
    store.give_back(organisation, 4, taken_at=NOW)
    assert _take(store, organisation, 5) is Outcome.LIMIT_REACHED
    assert _take(store, organisation, 4) is Outcome.GRANTED
    assert store.total_used(now=NOW) == 10


def test_days_are_utc_days_wherever_the_clock_stands(store):
    organisation = _admit(store, limit=1)
    elsewhere = NOW.astimezone(timezone(timedelta(hours=13)))
    assert elsewhere.date() != NOW.date()
    _take(store, organisation, 1)
    taking = store.take(organisation, 1, limits=LimitsClass.LARGE, ceiling=HUGE, now=elsewhere)
    assert taking.outcome is Outcome.LIMIT_REACHED


def test_the_file_is_for_its_owner_alone_and_in_wal_mode(store, path):
    store.check()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_another_programs_file_is_refused_and_left_as_it_was(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE subjects (id TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreRefused):
        Store(path)
    assert path.read_bytes() == before


def test_a_newer_versions_store_is_refused(store, path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(StoreRefused):
        Store(path)


def test_what_is_no_database_and_what_cannot_be_made_is_refused(path, tmp_path):
    path.write_text("geen database" * 100)
    with pytest.raises(StoreRefused):
        Store(path)
    with pytest.raises(StoreRefused):
        Store(tmp_path / "geen" / "map")


def test_a_file_that_disappears_does_not_come_back_with_counters_at_zero(store, path):
    organisation = _admit(store)
    store.close()
    path.unlink()
    with pytest.raises(StoreUnavailable):
        _take(store, organisation, 1)
    assert not path.exists()


def test_a_store_that_stays_locked_is_unavailable_and_counts_nothing(store, path, monkeypatch):
    monkeypatch.setattr("verwijsindex.pseudonym_service.store_file.BUSY_TIMEOUT_SECONDS", 0.05)
    organisation = _admit(store)
    store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            _take(store, organisation, 1)
        other.execute("ROLLBACK")
    assert _take(store, organisation, 1) is Outcome.GRANTED
    assert store.total_used(now=NOW) == 1


def test_made_up_organisations_cannot_fill_the_store_with_alarms(store, monkeypatch):
    monkeypatch.setattr(store_module, "MOST_ALARMS_A_DAY", 3)
    raised = [store.raise_alarm(AlarmKind.NOT_ADMITTED, uuid4(), now=NOW) for _ in range(5)]
    assert raised == [True, True, True, False, False]
    assert store.raise_alarm(AlarmKind.CANARY_MISUSED, UUID(int=0), now=NOW)
    assert store.raise_alarm(AlarmKind.NOT_ADMITTED, uuid4(), now=NOW + timedelta(days=1))


def test_counters_and_alarms_are_forgotten_when_their_term_is_over(store, path):
    organisation = _admit(store)
    _take(store, organisation, 16_000)
    store.raise_alarm(AlarmKind.NOT_ADMITTED, uuid4(), now=NOW)
    later = NOW + timedelta(days=367)
    store.take(organisation, 1, limits=LimitsClass.LARGE, ceiling=HUGE, now=later)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM daily_counters").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM alarms").fetchone() == (0,)
