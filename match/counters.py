"""Anonymous figures per day, written in the transaction of what they count.

One row per occurrence, folded by the worker: an ``UPDATE … count + 1`` would
make every registration of an organisation wait for the one before it.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import cast
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, Table, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from orgprofiles.base import Base, word


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
    if rows:
        session.execute(insert(cast(Table, DailyCounter.__table__)), rows)


def fold(session: Session, *, before: date) -> int:
    """Make one row of the many of each day before *before*; return how many went."""
    old = DailyCounter.day < before
    keys = (DailyCounter.day, DailyCounter.organisation_id, DailyCounter.figure)
    crowded = session.execute(
        select(*keys, func.sum(DailyCounter.amount).label("amount"), func.count().label("n"))
        .where(old)
        .group_by(*keys)
        .having(func.count() > 1)
    ).all()
    for row in crowded:
        session.execute(
            delete(DailyCounter).where(
                DailyCounter.day == row.day,
                DailyCounter.organisation_id == row.organisation_id,
                DailyCounter.figure == row.figure,
            )
        )
        count(session, {(row.organisation_id, row.figure): row.amount}, day=row.day)
    return sum(row.n - 1 for row in crowded)
