"""The declarative base, column types and ids that every model shares."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime, Dialect, Enum, MetaData, types
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Base of all tables.

    Constraints get names by convention, for a migration must be able to name
    what it drops, and an error may name a constraint but never show a row.
    """

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(types.TypeDecorator[datetime]):
    """An aware moment in UTC.

    SQLite gives naive ones back; this is the one place that knows.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments, and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a moment without a time zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def word(states: type[StrEnum], length: int = 40) -> Enum:
    """Return a column type that stores the *value* of a state, as text.

    No native PostgreSQL enum: adding a member to one cannot be undone in a
    migration. Reading or writing another word raises ``LookupError``.
    """
    return Enum(
        states,
        native_enum=False,
        create_constraint=False,
        validate_strings=True,
        length=length,
        values_callable=lambda members: [member.value for member in members],
    )


class _Moments:
    """Moments that ascend: 60 bits, in steps of 1/4096 millisecond since 1970."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        milliseconds, rest = divmod(time.time_ns(), 1_000_000)
        moment = milliseconds << 12 | rest * 4096 // 1_000_000
        with self._lock:
            # Also where the clock stands still, or was put back.
            self._last = max(moment, self._last + 1)
            return self._last


_MOMENTS = _Moments()


def new_id() -> UUID:
    """Return a UUID version 7 (RFC 9562 §5.7): its order is the order of making, within a process.

    A random id would scatter inserts over the whole index of a table of 10⁷
    rows. 48 bits are milliseconds and the next 12 a part of one (§6.2,
    method 3, as PostgreSQL 18's `uuidv7` does it): deeds of one request are
    told in the order in which they were done. The other 62 bits are random.
    """
    moment = _MOMENTS.next()
    random = int.from_bytes(os.urandom(8), "big") & (1 << 62) - 1
    return UUID(int=moment >> 12 << 80 | 0x7 << 76 | (moment & 0xFFF) << 64 | 0b10 << 62 | random)
