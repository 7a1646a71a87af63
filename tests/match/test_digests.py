"""When a digest goes out, and which events it holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from match import digests
from match.digests import DigestPolicy, next_digest_time
from match.messages import MessageState, NoticeKind, OutboxMessage
from orgprofiles.dutch_calendar import AMSTERDAM, is_working_day
from tests.clock import START
from tests.match.people import add_notice, add_professional, add_unit


def amsterdam(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23 10:00", "2026-11-24 07:30"),  # Monday
        ("2026-11-23 07:29", "2026-11-23 07:30"),
        ("2026-11-23 07:30", "2026-11-24 07:30"),
        ("2026-11-23 00:00", "2026-11-23 07:30"),
        ("2026-11-23 23:59", "2026-11-24 07:30"),
        ("2026-11-27 08:00", "2026-11-30 07:30"),  # Friday → Monday
        ("2026-11-28 03:00", "2026-11-30 07:30"),  # Saturday
        ("2026-04-24 12:00", "2026-04-28 07:30"),  # King's Day is a Monday
        ("2027-04-26 12:00", "2027-04-28 07:30"),  # King's Day is a Tuesday
        ("2026-12-24 12:00", "2026-12-28 07:30"),  # both days of Christmas, then a weekend
        ("2026-12-31 12:00", "2027-01-04 07:30"),  # New Year's Day is a Friday
        ("2027-03-25 12:00", "2027-03-26 07:30"),  # Good Friday: offices are open
        ("2027-03-26 12:00", "2027-03-30 07:30"),  # Easter Monday; summer time begins on Sunday
        ("2026-05-04 12:00", "2026-05-05 07:30"),  # Liberation Day, most years
        ("2025-05-02 12:00", "2025-05-06 07:30"),  # Liberation Day, once in five years
        ("2027-05-05 12:00", "2027-05-07 07:30"),  # Ascension Day
        ("2027-05-14 12:00", "2027-05-18 07:30"),  # Whit Monday
        ("2026-03-27 12:00", "2026-03-30 07:30"),  # summer time begins on Sunday
        ("2026-10-23 12:00", "2026-10-26 07:30"),  # winter time begins on Sunday
    ],
)
def test_a_digest_is_due_at_half_past_seven_on_the_next_working_day(
    now: str, expected: str
) -> None:
    found = next_digest_time(amsterdam(now).astimezone(UTC))
    assert found == amsterdam(expected)
    assert DigestPolicy().due(amsterdam(now).astimezone(UTC)) == found


def test_half_past_seven_is_dutch_time_in_summer_and_in_winter() -> None:
    assert next_digest_time(datetime(2026, 3, 27, 12, tzinfo=UTC)).astimezone(UTC).hour == 5
    assert next_digest_time(datetime(2026, 10, 23, 12, tzinfo=UTC)).astimezone(UTC).hour == 6


_FIRST, _LAST = (datetime(year, 12, 1) for year in (2023, 2040))  # noqa: DTZ001 (Hypothesis wants them naive)


@given(st.datetimes(_FIRST, _LAST, timezones=st.just(UTC)))
def test_a_digest_is_never_due_earlier_than_now_nor_ten_days_later(now: datetime) -> None:
    found = next_digest_time(now)
    local = found.astimezone(AMSTERDAM)
    assert now < found < now + timedelta(days=7)
    assert (local.hour, local.minute) == (7, 30)
    assert is_working_day(local.date())


def test_the_weekend_is_no_working_day() -> None:
    assert [is_working_day(date(2026, 11, 23) + timedelta(days=n)) for n in range(7)] == [
        *[True] * 5,
        *[False] * 2,
    ]


def test_a_quiet_policy_waits_that_long_after_each_event() -> None:
    policy = DigestPolicy(timedelta(minutes=1))
    assert policy.due(START) == START + timedelta(minutes=1)


@pytest.fixture
def contacts(engine: Engine) -> tuple[UUID, UUID, UUID]:
    """Return a unit and two professionals of it."""
    with Session(engine) as session, session.begin():
        unit = add_unit(session, "Schuldhulp")
        return unit.id, add_professional(session, unit, "m1"), add_professional(session, unit, "m2")


def gather(engine: Engine, now: datetime, policy: DigestPolicy | None = None) -> int:
    with Session(engine) as session, session.begin():
        return digests.gather(session, policy=policy or DigestPolicy(), now=now)


def messages(engine: Engine) -> list[OutboxMessage]:
    with Session(engine) as session:
        return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_waiting_events_become_one_message_per_recipient(
    engine: Engine, contacts: tuple[UUID, UUID, UUID]
) -> None:
    unit, one, other = contacts
    with Session(engine) as session, session.begin():
        due = DigestPolicy().due(START)
        for professional in (one, one, other, None):
            add_notice(session, unit, professional, now=START, digest_due=due)
        at_once = add_notice(session, unit, one, now=START)
    assert gather(engine, due - timedelta(seconds=1)) == 0
    assert gather(engine, due) == 3
    assert gather(engine, due + timedelta(days=7)) == 0
    found = messages(engine)
    made = {m.recipient: m for m in found if m.kind is NoticeKind.DIGEST}
    assert made.keys() == {one, other, unit}
    for message in made.values():
        assert (message.state, message.due, message.attempts) == (MessageState.PENDING, due, 0)
        assert message.event_id == message.id
    for message in found:
        if message.kind is NoticeKind.MATCH and message.id != at_once:
            assert message.state is MessageState.GATHERED
            assert message.digest_id == made[message.recipient].id
    assert {m.state for m in found if m.id == at_once} == {MessageState.PENDING}


def test_an_event_after_gathering_waits_for_the_next_digest(
    engine: Engine, contacts: tuple[UUID, UUID, UUID]
) -> None:
    unit, one, _ = contacts
    due = DigestPolicy().due(START)
    later = due + timedelta(minutes=1)
    with Session(engine) as session, session.begin():
        add_notice(session, unit, one, now=START, digest_due=due)
    assert gather(engine, due) == 1
    with Session(engine) as session, session.begin():
        second = add_notice(session, unit, one, now=later, digest_due=DigestPolicy().due(later))
    assert gather(engine, later) == 0
    assert {m.state for m in messages(engine) if m.id == second} == {MessageState.WAITING}
    assert gather(engine, DigestPolicy().due(later)) == 1


def test_an_event_of_today_does_not_put_off_what_is_due(
    engine: Engine, contacts: tuple[UUID, UUID, UUID]
) -> None:
    unit, one, _ = contacts
    due = DigestPolicy().due(START)
    late = due + timedelta(minutes=1)
    with Session(engine) as session, session.begin():
        add_notice(session, unit, one, now=START, digest_due=due)
        add_notice(session, unit, one, now=late, digest_due=DigestPolicy().due(late))
    assert gather(engine, late) == 1


def test_with_a_quiet_period_the_newest_event_decides(
    engine: Engine, contacts: tuple[UUID, UUID, UUID]
) -> None:
    unit, one, _ = contacts
    policy, second = DigestPolicy(timedelta(minutes=1)), timedelta(seconds=1)
    half = START + timedelta(seconds=30)
    with Session(engine) as session, session.begin():
        for moment in (START, half):
            add_notice(session, unit, one, now=moment, digest_due=policy.due(moment))
    assert gather(engine, policy.due(half) - second, policy) == 0
    assert gather(engine, policy.due(half), policy) == 1
