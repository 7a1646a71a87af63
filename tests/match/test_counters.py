"""Folding makes one row of many and keeps every sum."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from match import counters
from match.counters import DailyCounter, Figure
from tests.match.people import add_unit

DAY = date(2026, 11, 23)


def sums(session: Session) -> Counter[tuple]:
    rows = session.scalars(select(DailyCounter))
    found: Counter[tuple] = Counter()
    for row in rows:
        found[row.day, row.organisation_id, row.figure] += row.amount
    return found


def rows_of(session: Session, day: date) -> int:
    return session.scalar(select(func.count()).where(DailyCounter.day == day)) or 0


def test_the_days_before_are_folded_and_today_is_left_alone(engine: Engine) -> None:
    yesterday = DAY - timedelta(days=1)
    with Session(engine) as session, session.begin():
        owners = [add_unit(session, name).organisation_id for name in "ab"]
        for amount in (1, 1, 3):
            for day in (yesterday, DAY):
                figures = {(owner, Figure.REGISTERED): amount for owner in owners}
                counters.count(session, figures, day=day)
        counters.count(session, {(owners[0], Figure.ENDED): 2}, day=yesterday)
    with Session(engine) as session, session.begin():
        before = sums(session)
        assert counters.fold(session, before=DAY) == 4
        session.expire_all()
        assert sums(session) == before
        assert rows_of(session, yesterday) == 3
        assert rows_of(session, DAY) == 6
        assert counters.fold(session, before=DAY) == 0


def test_nothing_is_counted_for_nothing(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        owner = add_unit(session, "a").organisation_id
        counters.count(session, {(owner, Figure.ENDED): 0}, day=DAY)
        counters.count(session, {}, day=DAY)
        assert rows_of(session, DAY) == 0


def test_a_counters_id_tells_no_time(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        owner = add_unit(session, "a").organisation_id
        counters.count(session, {(owner, figure): 1 for figure in Figure}, day=DAY)
        versions = {row.id.version for row in session.scalars(select(DailyCounter))}
    assert versions == {4}
