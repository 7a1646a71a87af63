"""The versions of a profile: a concept, agreed by the administrator, published for good."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from orgprofiles.base import Base, UtcDateTime, new_id, word


class ProfileState(StrEnum):
    """How far a version is."""

    CONCEPT = "concept"  #: the organisation is working on it
    AGREED = "akkoord"  #: the administrator agreed to exactly this; a change makes it a concept
    PUBLISHED = "gepubliceerd"  #: it acts, until the next one does; never changed again


class ProfileVersion(Base):
    """A version of an organisation's profile. Triggers keep published ones as they are."""

    __tablename__ = "profile_versions"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        CheckConstraint("number > 0", name="number_from_one"),
        CheckConstraint("(state = 'gepubliceerd') = (published_at IS NOT NULL)", name="published"),
        CheckConstraint("(state = 'concept') = (agreed_at IS NULL)", name="agreed"),
        # One at most is being worked on.
        Index(
            "uq_profile_versions_concept",
            "organisation_id",
            unique=True,
            sqlite_where=text("state <> 'gepubliceerd'"),
            postgresql_where=text("state <> 'gepubliceerd'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    #: From 1, in order of publication.
    number: Mapped[int]
    #: How often the concept was saved; with the number it is the ETag.
    revision: Mapped[int]
    state: Mapped[ProfileState] = mapped_column(word(ProfileState))
    #: The profile as the API has it; a concept may lack parts.
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When a published one is to be looked at again; a reminder goes out that day.
    review_on: Mapped[date | None]

    @property
    def etag(self) -> str:
        """What tells whether somebody saved it meanwhile (RFC 9110 §8.8.3, without quotes)."""
        return etag(self.number, self.revision)


def etag(number: int, revision: int) -> str:
    """Return the entity tag of a version, without quotes."""
    return f"{number}.{revision}"


class WaitingTime(Base):
    """How long one waits for a product now: it changes weekly, so it is no part of a version."""

    __tablename__ = "waiting_times"
    __table_args__ = (CheckConstraint("weeks BETWEEN 0 AND 260", name="weeks"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    product_key: Mapped[str] = mapped_column(String(40), primary_key=True)
    weeks: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


def newest_published(session: Session, organisation_id: UUID) -> ProfileVersion | None:
    """Return the version in force; None when none was published yet."""
    return session.scalars(
        select(ProfileVersion)
        .where(
            ProfileVersion.organisation_id == organisation_id,
            ProfileVersion.state == ProfileState.PUBLISHED,
        )
        .order_by(ProfileVersion.number.desc())
        .limit(1)
    ).one_or_none()


def unpublished(
    session: Session, organisation_id: UUID, *, lock: bool = False
) -> ProfileVersion | None:
    """Return the version that is being worked on, locked where asked; None when there is none."""
    found = select(ProfileVersion).where(
        ProfileVersion.organisation_id == organisation_id,
        ProfileVersion.state != ProfileState.PUBLISHED,
    )
    return session.scalars(found.with_for_update() if lock else found).one_or_none()
