"""Anonymous figures per day, written in the transaction of what they count.

One row per occurrence, folded by the worker: an ``UPDATE … count + 1`` would
make every registration of an organisation wait for the one before it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, delete, func, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from orgprofiles.base import Base, word
from orgprofiles.statements import insert_rows


class Figure(StrEnum):
    """What is counted."""

    REGISTERED = "geregistreerd"  #: new signals
    ENDED = "beeindigd"  #: signals ended by the organisation
    LAPSED = "vervallen"  #: signals that lapsed
    JOINED = "deelname"  #: participations in matches
    TRIED = "proef"  #: rows of dry runs
    WRONG_PERSON = "verkeerde_persoon"  #: signals ended for being somebody else's


class DailyCounter(Base):
    """*amount* occurrences of *figure* at an organisation on a day; rows add up."""

    __tablename__ = "daily_counters"
    __table_args__ = (Index(None, "day", "organisation_id"),)

    #: Random, unlike other ids: a row's time must not tell which signal it counts.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    day: Mapped[date]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    figure: Mapped[Figure] = mapped_column(word(Figure))
    amount: Mapped[int]


def count(session: Session, figures: dict[tuple[UUID, Figure], int], *, day: date) -> None:
    """Add *figures* (per organisation) to those of *day*."""
    rows = [
        {"id": uuid4(), "day": day, "organisation_id": organisation, "figure": figure, "amount": n}
        for (organisation, figure), n in figures.items()
        if n
    ]
    insert_rows(session, DailyCounter, rows)


def fold(session: Session, *, before: date) -> int:
    """Make one row of the many of each day before *before*; return how many went.

    What was deleted is told by the deletion itself: a row that commits
    meanwhile is neither seen nor lost.
    """
    keys = (DailyCounter.day, DailyCounter.organisation_id, DailyCounter.figure)
    crowded = select(*keys).where(DailyCounter.day < before).group_by(*keys)
    gone = session.execute(
        delete(DailyCounter)
        .where(tuple_(*keys).in_(crowded.having(func.count() > 1)))
        .returning(*keys, DailyCounter.amount)
    ).all()
    totals: dict[date, dict[tuple[UUID, Figure], int]] = defaultdict(lambda: defaultdict(int))
    for row in gone:
        totals[row.day][row.organisation_id, row.figure] += row.amount
    for day, figures in totals.items():
        count(session, figures, day=day)
    return len(gone) - sum(len(figures) for figures in totals.values())
