"""A log line is an event of the catalogue: nothing that somebody typed gets into it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.verwijsindex.api.refusals import assert_problem
from tests.world import World
from verwijsindex import event_log
from verwijsindex.event_log import Event, FieldNotAllowed

SECRET = "ZQX7 bsn 123456782"
CATALOGUE = [value for value in vars(event_log).values() if isinstance(value, Event)]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Return where all loggers write, as configured for a server."""
    root, ours = logging.getLogger(), logging.getLogger(event_log.LOGGER_NAME)
    before = root.handlers[:], root.level, ours.level
    stream = io.StringIO()
    event_log.configure_logging(stream)
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_the_catalogue_numbers_each_event_once() -> None:
    codes = [event.code for event in CATALOGUE]
    assert len(codes) == len(set(codes)) > 20
    assert all(code.startswith("VWI-") and code[4:].isdigit() for code in codes)
    free = {"message", "text", "detail", "body", "url", "query", "name", "email", "kenmerk"}
    for event in CATALOGUE:
        assert not event.fields & free, event.code


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.code)
def test_a_field_that_is_not_in_the_catalogue_is_refused(event: Event, log: io.StringIO) -> None:
    with pytest.raises(FieldNotAllowed) as refused:
        event_log.log(event, kenmerk=SECRET)
    assert SECRET not in str(refused.value)
    assert log.getvalue() == ""
    fields = dict.fromkeys(event.fields, 1)
    event_log.log(event, **fields)
    (line,) = lines(log)
    assert line.keys() == {"at", "level", "event", "text", *event.fields} - set()
    assert (line["event"], line["text"]) == (event.code, event.text) or "level" in event.fields


@pytest.mark.parametrize("name", ["sqlalchemy.engine", "werkzeug", "apscheduler", "py.warnings"])
def test_a_librarys_line_never_shows_what_it_says(name: str, log: io.StringIO) -> None:
    logger = logging.getLogger(name)
    logger.error("%s", SECRET)
    logger.warning(SECRET, extra={"pseudonym": SECRET})
    try:
        int(SECRET)
    except ValueError:
        logger.exception(SECRET)
    logger.info(SECRET)
    assert SECRET not in log.getvalue()
    assert [line["event"] for line in lines(log)] == ["VWI-005"] * 3
    assert {line["library"] for line in lines(log)} == {name}
    assert lines(log)[-1]["where"].endswith(" ValueError")


def test_our_own_logger_cannot_be_used_around_the_catalogue(log: io.StringIO) -> None:
    logging.getLogger(event_log.LOGGER_NAME).error(SECRET)
    assert SECRET not in log.getvalue()


def test_an_unexpected_error_is_logged_by_type_and_place(log: io.StringIO) -> None:
    def stumble() -> None:
        raise RuntimeError(SECRET)

    try:
        stumble()
    except RuntimeError as error:
        event_log.log_unexpected(error, route="/x")
    (line,) = lines(log)
    assert (line["event"], line["error"], line["route"]) == ("VWI-002", "RuntimeError", "/x")
    assert line["where"].startswith("verwijsindex/test_event_log.py:")
    assert SECRET not in log.getvalue()


def test_an_unexpected_error_is_answered_500_without_text_and_logged_without_message(
    world: World, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = world.member("Schuldhulp")

    def stumble(*_: Any, **__: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("verwijsindex.api.signals.list_signals", stumble)
    answer = member.get("/api/v1/signalen", status="actief")
    body = assert_problem(answer, 500, "/api/v1/signalen")
    assert body["detail"] == "Er ging iets mis. Er is niets half opgeslagen; probeer het opnieuw."
    assert SECRET not in answer.text + log.getvalue()
    assert "RuntimeError" not in answer.text
    by_code = {line["event"]: line for line in lines(log)}
    assert by_code["VWI-002"]["error"] == "RuntimeError"
    assert by_code["VWI-001"]["status"] == 500


def test_an_error_halfway_writes_nothing(
    world: World, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.verwijsindex.api.refusals import row_counts
    from verwijsindex import audit

    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    one.register(1)
    before = row_counts(world)

    def stumble(*_: Any, **__: Any) -> None:
        raise RuntimeError(SECRET)

    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", stumble)
        for answer in (
            other.register(1),
            one.patch(
                "/api/v1/signalen/" + one_id(one), {"status": "beeindigd", "reden": "bezwaar"}
            ),
        ):
            assert answer.status_code == 500
    assert row_counts(world) == before
    assert one.get("/api/v1/signalen", status="actief").json["totaal"] == 1
    assert other.register(1).status_code == 201
    assert SECRET not in log.getvalue()


def one_id(member: Any) -> str:
    with member.world.services.sessions() as session:
        from match.signals import Signal

        return str(session.query(Signal.id).scalar())


def test_a_database_error_shows_the_constraint_and_no_value(world: World, log: io.StringIO) -> None:
    from sqlalchemy import insert
    from sqlalchemy.exc import IntegrityError

    from match.subjects import Subject
    from orgprofiles.base import new_id

    pseudonym = b"ZQX7" * 8
    row = {"kind": "persoon", "pseudonym": pseudonym, "epoch": 1}
    with world.services.sessions() as session:
        session.execute(insert(Subject).values(id=new_id(), **row))
        with pytest.raises(IntegrityError) as refused:
            session.execute(insert(Subject).values(id=new_id(), **row))
    error = refused.value
    shown = f"{error}{error!r}{error.orig}{error.orig!r}"
    assert "pseudonym" in shown
    for spelling in ("ZQX7", pseudonym.hex(), "\\x5a515837"):
        assert spelling not in shown


def test_a_request_is_logged_by_its_route_and_without_its_query(
    world: World, log: io.StringIO
) -> None:
    member = world.member("Schuldhulp")
    signal = member.register(1, kenmerk="ZQX7-1").json["id"]
    log.truncate(0)
    log.seek(0)
    member.get(f"/api/v1/signalen/{signal}")
    member.get("/api/v1/signalen", status="actief", medewerker="m1")
    member.post("/api/v1/signalen/_zoek", {"kenmerk": "ZQX7-1"})
    world.http.get("/api/v1/ZQX7?bsn=123456782")
    world.http.open("/api/v1/signalen", method="ZQX7")
    assert [line["route"] for line in lines(log)] == [
        "/api/v1/signalen/<uuid:signal_id>",
        "/api/v1/signalen",
        "/api/v1/signalen/_zoek",
        "onbekend",
        "onbekend",
    ]
    for word in ("ZQX7", signal, "123456782", "m1"):
        assert word not in log.getvalue()


def test_a_library_that_configures_logging_does_not_silence_ours() -> None:
    ours = logging.getLogger(event_log.LOGGER_NAME)
    root = logging.getLogger()
    before = root.handlers[:], root.level, ours.level
    ours.disabled = True  # what logging.config.dictConfig does by default
    stream = io.StringIO()
    event_log.configure_logging(stream)
    event_log.log(event_log.STOPPED, part="worker")
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])
    assert '"VWI-004"' in stream.getvalue()
