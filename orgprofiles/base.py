"""The declarative base, column types and ids that every model shares."""

from __future__ import annotations

import os
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


def new_id() -> UUID:
    """Return a UUID version 7 (RFC 9562 §5.7): its order is the order of making.

    A random id would scatter inserts over the whole index of a table of 10⁷
    rows. The 48 bits of time are milliseconds; the rest is random.
    """
    value = bytearray(int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10))
    value[6] = 0x70 | value[6] & 0x0F
    value[8] = 0x80 | value[8] & 0x3F
    return UUID(bytes=bytes(value))
