"""Whatever is changed in the database as its owner, ``audit verify`` names the first wrong row."""

# ruff: noqa: S608 (statements are put together here to tamper with)

from __future__ import annotations

import os
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from crypto.audit_check import Fault, Wrong
from crypto.audit_log import FIELDS, link_hash, row_mac
from crypto.keyring import IndexSecretKeys
from tests.verwijsindex.audit.audit_world import Log
from tests.world import make_settings
from verwijsindex import audit_checking, audit_reading
from verwijsindex.audit_checking import check_audit
from verwijsindex.audit_reading import read_links

pytestmark = pytest.mark.any_database

COLUMNS: dict[str, Any] = {
    "id": lambda _: uuid4(),
    "at": lambda log: log.clock() + timedelta(microseconds=1),
    "actor_kind": lambda _: "worker",
    "actor_id": lambda _: None,
    "organisation_id": lambda _: uuid4(),
    "action": lambda _: "match.gelezen",
    "object_id": lambda _: uuid4(),
    "trace_id": lambda _: uuid4(),
    "mac": lambda _: os.urandom(32),
}


def found(log: Log, *kept) -> tuple[Wrong, int | None, str | None]:
    fault = log.check(kept).fault
    assert fault is not None
    return fault.what, fault.seq, fault.row_id


def test_nothing_wrong_is_found_where_nothing_is(signed: Log) -> None:
    report = signed.check()
    assert report.fault is None
    assert (report.row_count, report.checkpoint_count) == (6, 3)
    assert (report.waiting_count, report.waiting_for) == (0, None)
    assert report.checkpoint is not None
    assert report.checkpoint.seq == 6


def test_every_column_is_tampered_with() -> None:
    assert set(COLUMNS) == {*FIELDS, "mac"}


@pytest.mark.parametrize(
    ("column", "seq"), [*((column, 3) for column in COLUMNS), ("at", 1), ("id", 6), ("mac", 6)]
)
def test_a_change_of_any_column_is_found(signed: Log, column: str, seq: int) -> None:
    row_id, name = signed.raw_id(seq), signed.id_text(seq)
    signed.disarm()
    signed.raw(
        f"UPDATE audit_events SET {column} = :value WHERE id = :id",
        value=signed.stored(COLUMNS[column](signed)),
        id=row_id,
    )
    what = Wrong.ROW_GONE if column == "id" else Wrong.ROW_ALTERED
    assert found(signed) == (what, seq, name)


@pytest.mark.parametrize("column", ["id", "object_id", "mac"])
def test_a_change_of_a_row_that_waits_for_its_link_is_found(signed: Log, column: str) -> None:
    signed.write(1)
    ((row_id,),) = signed.raw(
        "SELECT id FROM audit_events WHERE id NOT IN (SELECT event_id FROM audit_links)"
    )
    signed.disarm()
    signed.raw(
        f"UPDATE audit_events SET {column} = :value WHERE id = :id",
        value=signed.stored(COLUMNS[column](signed)),
        id=row_id,
    )
    assert found(signed)[:2] == (Wrong.ROW_ALTERED, None)
    signed.link(window=None)
    assert found(signed)[:2] == (Wrong.ROW_ALTERED, 7)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "upper(id)"),
        ("object_id", "upper(object_id)"),  # the same id, and no query finds it
        ("object_id", "7"),
        ("object_id", "'zz'"),
        ("at", "'gisteren'"),
        ("at", "at || '+00:00'"),
        ("at", "substr(at, 1, 19)"),
        ("action", "7"),
        ("action", "x'00'"),
        ("action", "'signaal.onbekend'"),
        ("mac", "'tekst'"),
        ("mac", "hex(mac)"),
    ],
)
def test_what_is_no_value_of_ours_is_found_too(signed: Log, column: str, value: str) -> None:
    row_id, name = signed.raw_id(3), signed.id_text(3)
    signed.disarm()
    signed.raw(f"UPDATE audit_events SET {column} = {value} WHERE id = :id", id=row_id)
    what = Wrong.ROW_GONE if column == "id" else Wrong.ROW_ALTERED
    assert found(signed) == (what, 3, name)


def test_who_has_the_key_of_the_rows_cannot_change_one_either(signed: Log) -> None:
    row_id, name = signed.raw_id(3), signed.id_text(3)
    with signed.services.sessions() as session:
        link = read_links(session, above=2, limit=1)[0]
    assert link.values is not None
    values = tuple(
        "match.gelezen" if field == "action" else value
        for field, value in zip(FIELDS, link.values, strict=True)
    )
    signed.disarm()
    signed.raw(
        "UPDATE audit_events SET action = 'match.gelezen', mac = :mac WHERE id = :id",
        mac=row_mac(values, signed.services.audit_key),
        id=row_id,
    )
    assert found(signed) == (Wrong.LINK_WRONG, 3, name)


def test_a_dropped_row_is_found(signed: Log) -> None:
    row_id, name = signed.raw_id(3), signed.id_text(3)
    signed.disarm()
    signed.raw("DELETE FROM audit_events WHERE id = :id", id=row_id)
    assert found(signed) == (Wrong.ROW_GONE, 3, name)


@pytest.mark.parametrize("seq", [1, 3, 6])
def test_a_row_dropped_with_its_link_is_found(signed: Log, seq: int) -> None:
    row_id = signed.raw_id(seq)
    signed.disarm()
    signed.raw("DELETE FROM audit_links WHERE seq = :seq", seq=seq)
    signed.raw("DELETE FROM audit_events WHERE id = :id", id=row_id)
    what = Wrong.TAIL_GONE if seq == 6 else Wrong.LINK_GONE
    assert found(signed) == (what, seq, None)


def test_a_dropped_link_is_found_though_the_worker_makes_a_new_one(signed: Log) -> None:
    signed.disarm()
    signed.raw("DELETE FROM audit_links WHERE seq = 3")
    assert found(signed) == (Wrong.LINK_GONE, 3, None)
    assert signed.link() == 1
    assert found(signed) == (Wrong.LINK_GONE, 3, None)


def test_two_rows_swapped_in_the_chain_are_found(signed: Log) -> None:
    two, three = signed.raw_id(2), signed.raw_id(3)
    signed.disarm()
    update = "UPDATE audit_links SET event_id = :id WHERE seq = :seq"
    for seq, row_id in ((2, signed.stored(uuid4())), (3, two), (2, three)):
        signed.raw(update, seq=seq, id=row_id)
    assert found(signed) == (Wrong.LINK_WRONG, 2, signed.id_text(2))


def test_two_rows_that_traded_their_ids_are_found(signed: Log) -> None:
    two, three = signed.raw_id(2), signed.raw_id(3)
    signed.disarm()
    update = "UPDATE audit_events SET id = :new WHERE id = :old"
    other = signed.stored(uuid4())
    for old, new in ((two, other), (three, two), (other, three)):
        signed.raw(update, old=old, new=new)
    assert found(signed) == (Wrong.ROW_ALTERED, 2, signed.id_text(2))


def test_an_inserted_row_is_found_before_and_after_it_is_linked(signed: Log) -> None:
    columns = "at, actor_kind, actor_id, organisation_id, action, object_id, trace_id, mac"
    signed.raw(
        f"INSERT INTO audit_events (id, {columns})"
        f" SELECT :new, {columns} FROM audit_events WHERE id = :old",
        new=signed.stored(uuid4()),
        old=signed.raw_id(3),
    )
    assert found(signed)[:2] == (Wrong.ROW_ALTERED, None)
    assert signed.link(window=None) == 1
    assert found(signed) == (Wrong.ROW_ALTERED, 7, signed.id_text(7))


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("hash = :noise", (Wrong.LINK_WRONG, 3)),
        ("seq = 9", (Wrong.LINK_GONE, 3)),
        ("event_id = :other", (Wrong.ROW_GONE, 3)),
    ],
)
def test_an_altered_link_is_found(signed: Log, change: str, wrong: tuple[Wrong, int]) -> None:
    signed.disarm()
    values = {"noise": os.urandom(32), "other": signed.stored(uuid4())}
    used = {name: value for name, value in values.items() if f":{name}" in change}
    signed.raw(f"UPDATE audit_links SET {change} WHERE seq = 3", **used)
    assert found(signed)[:2] == wrong


@pytest.mark.parametrize(
    ("column", "seq"),
    [("seq", 4), ("row_count", 4), ("at", 4), ("hash", 4), ("signature", 4), ("signature", 6)],
)
def test_a_change_of_any_column_of_a_checkpoint_is_found(
    signed: Log, column: str, seq: int
) -> None:
    value = {
        "seq": seq - 1,
        "row_count": 1,
        "at": signed.stored(signed.clock() + timedelta(days=1)),
        "hash": os.urandom(32),
        "signature": os.urandom(64),
    }[column]
    signed.disarm()
    signed.raw(
        f"UPDATE audit_checkpoints SET {column} = :value WHERE seq = :seq", value=value, seq=seq
    )
    assert found(signed)[:2] == (Wrong.SIGNATURE_WRONG, seq - (column == "seq"))


def test_a_dropped_checkpoint_is_found(signed: Log) -> None:
    signed.disarm()
    signed.raw("DELETE FROM audit_checkpoints WHERE seq = 4")
    assert found(signed)[:2] == (Wrong.CHECKPOINT_GONE, 6)


def drop_tail(log: Log, *, above: int) -> None:
    """Take rows, links and checkpoints above a place away."""
    ids = [log.raw_id(seq) for seq in range(above + 1, 7)]
    log.disarm()
    log.raw("DELETE FROM audit_checkpoints WHERE seq > :above", above=above)
    log.raw("DELETE FROM audit_links WHERE seq > :above", above=above)
    for one in ids:
        log.raw("DELETE FROM audit_events WHERE id = :id", id=one)


@pytest.mark.parametrize("above", [0, 2, 3, 4, 5])
def test_a_truncated_log_is_found_against_a_checkpoint_that_was_kept(
    signed: Log, above: int
) -> None:
    kept = signed.check().checkpoint
    drop_tail(signed, above=above)
    assert signed.check().fault is None  # as if it had never been
    assert found(signed, kept) == (Wrong.TAIL_GONE, above + 1, None)
    signed.write(9)
    signed.link(window=None)
    assert found(signed, kept) == (Wrong.REWRITTEN, 6, signed.id_text(6))


def test_a_tail_that_is_gone_is_found_by_the_checkpoint_that_was_left(signed: Log) -> None:
    ids = [signed.raw_id(5), signed.raw_id(6)]
    signed.disarm()
    signed.raw("DELETE FROM audit_links WHERE seq > 4")
    for one in ids:
        signed.raw("DELETE FROM audit_events WHERE id = :id", id=one)
    assert found(signed) == (Wrong.TAIL_GONE, 5, None)


def test_a_chain_that_is_made_anew_without_a_row_is_found_by_its_checkpoints(signed: Log) -> None:
    kept = signed.check().checkpoint
    row_id = signed.raw_id(3)
    signed.disarm()
    signed.raw("DELETE FROM audit_links WHERE seq >= 3")
    signed.raw("DELETE FROM audit_events WHERE id = :id", id=row_id)
    signed.write(1)  # so that it is as long as it was
    assert signed.link(window=None) == 4
    assert found(signed) == (Wrong.REWRITTEN, 4, None)
    signed.raw("DELETE FROM audit_checkpoints WHERE seq > 2")
    assert signed.check().fault is None
    assert found(signed, kept)[:2] == (Wrong.REWRITTEN, 6)


def test_a_kept_checkpoint_of_another_index_is_refused(signed: Log) -> None:
    kept = signed.check().checkpoint
    assert kept is not None
    settings = make_settings("sqlite://", keys=IndexSecretKeys.generate())
    fault = check_audit(replace(signed.services, settings=settings), kept=[kept]).fault
    assert fault == Fault(Wrong.SIGNATURE_WRONG, 6)


@pytest.mark.parametrize("page", [1, 2, 3, 5, 6, 7])
def test_pages_of_any_size_give_the_same_verdict(
    signed: Log, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_reading, "PAGE", page)
    monkeypatch.setattr(audit_checking, "PAGE", page)
    signed.write(3)
    report = signed.check()
    assert report.fault is None
    assert (report.row_count, report.checkpoint_count, report.waiting_count) == (6, 3, 3)
    for seq in (5, 4, 3, 2, 1):
        name, row_id = signed.id_text(seq), signed.raw_id(seq)
        signed.disarm()
        signed.raw("UPDATE audit_events SET actor_id = NULL WHERE id = :id", id=row_id)
        assert found(signed) == (Wrong.ROW_ALTERED, seq, name)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_memory_does_not_grow_with_the_log(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_reading, "PAGE", 50)
    monkeypatch.setattr(audit_checking, "PAGE", 50)

    def peak() -> int:
        tracemalloc.start()
        assert log.check().fault is None
        _, high = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return high

    log.write(100)
    log.link()
    log.check()  # what is imported and compiled once
    small = peak()
    log.write(2000)
    log.link()
    # Twenty times the log: what it holds of a page, and what waits for the garbage collector.
    assert peak() < 4 * small


def test_a_link_depends_on_all_that_it_covers() -> None:
    values = ("a", None, "c", None, None, "f", None, "h")
    base = link_hash(bytes(32), 1, values, bytes(32))
    others = {
        link_hash(b"\1" + bytes(31), 1, values, bytes(32)),
        link_hash(bytes(32), 2, values, bytes(32)),
        link_hash(bytes(32), 1, ("a", "c", None, *values[3:]), bytes(32)),
        link_hash(bytes(32), 1, values, bytes(31)),
    }
    assert len(others) == 4
    assert base not in others


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", ["audit_links", "audit_checkpoints"])
def test_a_place_that_is_no_number_is_found(signed: Log, table: str) -> None:
    signed.disarm()
    signed.raw(f"UPDATE {table} SET seq = 'x' WHERE seq = 6")
    assert found(signed)[0] in {Wrong.SIGNATURE_WRONG, Wrong.LINK_GONE}
