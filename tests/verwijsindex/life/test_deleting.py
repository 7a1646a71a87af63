"""What is over for thirty days is gone: from every table, and from the file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import LargeBinary, Uuid, select, text

from match.case_leads import CaseLead
from match.counters import DailyCounter
from match.follow_up_steps import FollowUpStep
from match.matches import MatchPair, Participation
from match.messages import OutboxMessage
from match.signals import Informing, Signal
from match.silences import Silence
from match.subjects import Subject
from tests.verwijsindex.follow_up.matched import (
    answer_regie,
    lead,
    match_of,
    matched,
    own,
    record,
    recorded,
    regie,
)
from tests.verwijsindex.follow_up.test_silence import say_known
from tests.world import Member, World
from verwijsindex.tables import METADATA
from verwijsindex.worker import Worker

MONTH = timedelta(days=30)
#: Rows that tell what was done, by ids: they stay.
AUDIT = {"audit_events", "audit_links", "audit_checkpoints"}


def end(one: Member, reason: str = "afgerond", person: int = 1) -> UUID:
    (signal,) = one.post(
        "/api/v1/signalen/_zoek", {"kenmerk": f"D-{person}", "status": "actief"}
    ).json["resultaten"]
    answer = one.patch(f"/api/v1/signalen/{signal['id']}", {"status": "beeindigd", "reden": reason})
    assert answer.status_code == 200, answer.text
    return UUID(signal["id"])


def wait(world: World, duration: timedelta = MONTH) -> None:
    """Let time pass, and have the worker delete what is over."""
    world.clock.advance(duration)
    for member in world.members.values():
        member.token = world.token(member.client)
    Worker(world.services).delete()


def whereabouts(world: World, *values: UUID | bytes) -> set[str]:
    """Return the columns of all tables but the audit's in which one of *values* stands."""
    found = set()
    with world.services.sessions() as session:
        for table in METADATA.sorted_tables:
            if table.name in AUDIT:
                continue
            for column in table.c:
                if isinstance(column.type, Uuid | LargeBinary):
                    rows = session.scalars(select(column)).all()
                    known = {bytes(one) if isinstance(one, memoryview) else one for one in rows}
                    found |= {str(column)} if known & set(values) else set()
    return found


def rows(world: World, *models: Any) -> dict[str, int]:
    with world.services.sessions() as session:
        return {one.__name__: len(session.scalars(select(one)).all()) for one in models}


def traces(world: World, signal_id: UUID) -> list[UUID | bytes]:
    """Return everything by which a signal could be found again."""
    with world.services.sessions() as session:
        signal = session.get_one(Signal, signal_id)
        parts = session.scalars(
            select(Participation.id).where(Participation.signal_id == signal_id)
        ).all()
        return [signal_id, *parts, signal.reference_sealed, signal.reference_hash]


def test_everything_about_a_deleted_signal_is_gone_but_the_audit(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    say_known(one, two)
    recorded(two, bevestigd=[own(one)["id"]])
    regie(two, deelname=own(one)["id"])
    answer_regie(one, "aanvaarding")
    with world.services.sessions() as session:
        (subject,) = session.scalars(select(Subject))
        kept = [subject.id, bytes(subject.pseudonym)]
    ended = end(two)
    gone = traces(world, ended)
    assert len(whereabouts(world, *gone)) > 8
    wait(world)
    assert whereabouts(world, *gone) == set()
    assert whereabouts(world, *kept)  # somebody is still there
    assert rows(world, Silence, MatchPair) == {"Silence": 0, "MatchPair": 0}
    gone = [*traces(world, end(one)), *kept]
    wait(world)
    assert whereabouts(world, *gone) == set()
    models = [Subject, Signal, Informing, Participation, CaseLead, FollowUpStep, OutboxMessage]
    assert set(rows(world, *models).values()) == {0}
    with world.services.sessions() as session:
        stays = select(text("count(*)")).select_from(text("audit_events"))
        action = text("action = 'signaal.verwijderd'")
        assert session.execute(stays.where(action)).scalar_one() == 2
        assert session.scalars(select(DailyCounter)).first() is not None


def test_nothing_goes_a_moment_before_thirty_days_are_over(world: World) -> None:
    (one,) = matched(world, "Schuldhulp")
    end(one)
    wait(world, MONTH - timedelta(microseconds=1))
    assert rows(world, Signal) == {"Signal": 1}
    wait(world, timedelta(microseconds=1))
    assert rows(world, Signal, Subject) == {"Signal": 0, "Subject": 0}


def test_what_lapsed_goes_too_and_what_is_active_stays(world: World) -> None:
    _, two = matched(world, "Schuldhulp", "Wijkteam", vervaltDatum="2027-03-01")
    two.patch(f"/api/v1/signalen/{own(two)['signaal']}", {"vervaltDatum": "2027-11-01"})
    world.clock.advance(timedelta(days=120))
    Worker(world.services).lapse()
    wait(world)
    assert rows(world, Signal, Participation) == {"Signal": 1, "Participation": 1}


def test_who_is_still_there_keeps_what_they_recorded_and_not_who_it_was(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    recorded(one, status="contact_gelegd", opbrengst=["meer_zicht"])
    match = match_of(one)["id"]
    end(two)
    wait(world)
    kept = match_of(one)
    assert (kept["id"], kept["status"], kept["deelnemers"]) == (match, "gesloten", [])
    assert kept["verwijderdeDeelname"] is True
    assert own(one)["opvolging"]["status"] == "contact_gelegd"
    assert own(one)["opvolging"]["opbrengst"] == ["meer_zicht"]
    assert "Wijkteam" not in one.get("/api/v1/matches").text
    assert one.get(f"/api/v1/matches/{match}").status_code == 200
    assert one.get("/api/v1/matches", status="gesloten").json["totaal"] == 1
    assert record(one, status="contact_gelegd", opbrengst=["eerder_afgestemd"]).status_code == 200


def test_who_never_saw_the_deleted_one_notices_nothing(world: World) -> None:
    one, hidden = matched(world, "Schuldhulp", "GGZ")
    assert match_of(hidden)["deelnemers"]
    before = one.get("/api/v1/matches").json
    end(hidden)
    wait(world)
    assert one.get("/api/v1/matches").json == before
    assert before["totaal"] == 0
    (signal,) = one.get("/api/v1/signalen").json["resultaten"]
    assert signal["match"] is None


def test_a_match_goes_on_among_the_others(world: World) -> None:
    one, two, _ = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    end(two)
    wait(world)
    match = match_of(one)
    assert match["status"] == "open"
    assert [who["organisatie"] for who in match["deelnemers"]] == ["Woonbedrijf"]
    assert match["verwijderdeDeelname"] is True


def test_whoever_led_before_the_deleted_one_does_not_lead_again(world: World) -> None:
    one, two, three = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    regie(one, deelname=own(one)["id"])
    regie(one, deelname=own(two)["id"])
    answer_regie(two, "aanvaarding")
    assert lead(three) == own(two)["id"]
    end(two)
    assert lead(three) is None
    wait(world)
    assert lead(three) is None
    assert lead(one) is None


def test_a_lead_that_the_deleted_one_proposed_stays_with_who_accepted(world: World) -> None:
    one, two, three = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    regie(two, deelname=own(one)["id"])
    answer_regie(one, "aanvaarding")
    end(two)
    wait(world)
    assert lead(one) == lead(three) == own(one)["id"]


def test_who_comes_back_later_is_somebody_new(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    say_known(one, two)
    recorded(two, bevestigd=[own(one)["id"]])
    end(two)
    wait(world)
    assert two.register(1).status_code == 201
    (match,) = [m for m in one.get("/api/v1/matches").json["resultaten"] if m["status"] == "open"]
    assert [who["organisatie"] for who in match["deelnemers"]] == ["Wijkteam"]
    with world.services.sessions() as session:
        assert session.scalars(select(OutboxMessage)).first() is not None  # both are told


def test_hundreds_go_in_several_transactions(world: World) -> None:
    one = world.member("Schuldhulp")
    bodies = [one.signal(person) for person in range(230)]
    ids = one.post("/api/v1/signalen/batch", {"signalen": bodies}).json["resultaten"]
    with world.services.sessions.begin() as session:
        session.execute(
            text("UPDATE signals SET status = 'vervallen', ended_at = :now"),
            {"now": world.clock().replace(tzinfo=None)},
        )
    assert len(ids) == 230
    wait(world, MONTH + timedelta(days=1))
    assert rows(world, Signal, Subject, Informing) == dict.fromkeys(
        ("Signal", "Subject", "Informing"), 0
    )


@pytest.fixture
def sqlite_file(sqlite_url: str) -> str:
    """Return the path of the test's SQLite file."""
    return sqlite_url.removeprefix("sqlite:///")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_byte_of_it_is_left_in_sqlites_files(world: World, sqlite_file: str) -> None:
    (one,) = matched(world, "Schuldhulp")
    end(one)
    with world.services.sessions() as session:
        (subject,) = session.scalars(select(Subject))
        (signal,) = session.scalars(select(Signal))
        secrets = [bytes(subject.pseudonym), signal.reference_sealed, signal.reference_hash]

    def left() -> list[bool]:
        files = [Path(sqlite_file), Path(sqlite_file + "-wal")]
        content = b"".join(file.read_bytes() for file in files)
        return [one in content for one in secrets]

    assert left() == [True, True, True]
    wait(world)
    assert left() == [False, False, False]


def test_every_foreign_key_to_what_is_deleted_is_known_to_the_deletion() -> None:
    """A table that comes to refer to a signal or a part has to be thought of in deleting.py."""
    known = {
        "case_leads.match_id",
        "case_leads.participation_id",
        "case_leads.proposed_by",
        "follow_up_steps.participation_id",
        "informings.signal_id",
        "match_pairs.high_participation_id",
        "match_pairs.low_participation_id",
        "matches.subject_id",
        "outbox.about_signal_id",
        "outbox.participation_id",
        "participations.match_id",
        "participations.signal_id",
        "relations.signal_id",
        "relations.subject_id",
        "signals.subject_id",
        "silences.subject_id",
        "subject_reviews.subject_id",
    }
    deleted = {"subjects", "signals", "participations", "matches"}
    assert known == {
        str(key.parent)
        for table in METADATA.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name in deleted
    }
