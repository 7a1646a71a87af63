"""Reviews (herbeoordelingen): subjects whose pairs must be held against the rules anew.

Asked for in a request or by a change of rules; done by the worker
(``reviewing.py``), so that who registers cannot tell from the work whether
there is somebody whom the rules hide from them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CursorResult,
    ForeignKey,
    Index,
    Select,
    false,
    func,
    insert,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from match.relations import Relation
from match.signals import Signal, SignalStatus
from orgprofiles.base import Base, UtcDateTime, new_id
from orgprofiles.organisations import Unit
from orgprofiles.statements import insert_rows

#: A request that began before a change may commit after it, with what was true before.
#: No request lasts this long; whoever registered meanwhile is reviewed once more after it.
SETTLING = timedelta(minutes=10)


class SubjectReview(Base):
    """A subject that must be reviewed. Several rows may ask for the same one."""

    __tablename__ = "subject_reviews"
    __table_args__ = (Index(None, "requested_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subjects.id"))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When digests of what follows are due; None: it is mailed at once.
    digest_due: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: It came with few others: there is no more time to follow up, though it is in digests.
    is_few: Mapped[bool] = mapped_column(server_default=false(), default=False)


class ReviewRound(Base):
    """Reviews that must be asked for later: of what was registered around a change."""

    __tablename__ = "review_rounds"
    __table_args__ = (Index(None, "due"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: Whose subjects; None: everybody's.
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    #: Those about whom anybody's signal started from here on.
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    due: Mapped[datetime] = mapped_column(UtcDateTime)
    digest_due: Mapped[datetime | None] = mapped_column(UtcDateTime)


def request_subjects(
    session: Session,
    subject_ids: Iterable[UUID],
    *,
    now: datetime,
    digest_due: datetime | None,
    is_few: bool = False,
) -> None:
    """Ask for a review of *subject_ids*, a row for each; in the caller's transaction."""
    rows = [
        {
            "id": new_id(),
            "subject_id": one,
            "requested_at": now,
            "digest_due": digest_due,
            "is_few": is_few,
        }
        for one in subject_ids
    ]
    insert_rows(session, SubjectReview, rows)


def request_parents(
    session: Session, signal_ids: Collection[UUID], *, now: datetime, digest_due: datetime | None
) -> None:
    """Ask for a review of the parents whom signals name; in the caller's transaction.

    To be called by whatever makes a signal other than it was: the family match
    is the worker's alone. One statement, and it writes nothing where no parent is named.
    """
    named = select(Relation.subject_id).where(Relation.signal_id.in_(signal_ids))
    _request(session, named.group_by(Relation.subject_id), now=now, digest_due=digest_due)


def request_reviews(
    session: Session,
    *,
    organisation_ids: Collection[UUID] | None,
    now: datetime,
    digest_due: datetime | None,
) -> int:
    """Ask for a review of everybody whom a change concerns; return of how many subjects.

    To be called in the transaction of what changes: other rules (everybody),
    or an organisation that is sensitive from now on, or no longer, or a unit
    that is independent or no longer, or works in another domain. Nothing is locked:
    the worker does that.

    Args:
        session: The caller commits.
        organisation_ids: Whose subjects; None: everybody's.
        now: UTC.
        digest_due: When digests of what follows are due; None mails at once.
    """
    asked = sum(
        _request(session, one, now=now, digest_due=digest_due)
        for one in _concerned(organisation_ids)
    )
    session.add_all(
        [
            ReviewRound(
                organisation_id=one,
                since=now - SETTLING,
                due=now + SETTLING,
                digest_due=digest_due,
            )
            for one in ([None] if organisation_ids is None else sorted(organisation_ids))
        ]
    )
    session.flush()
    return asked


def request_due_rounds(session: Session, *, now: datetime) -> int:
    """Ask for the reviews of the rounds that are due; return of how many subjects."""
    asked = 0
    rounds = session.scalars(select(ReviewRound).where(ReviewRound.due <= now)).all()
    for one in rounds:
        wanted = None if one.organisation_id is None else [one.organisation_id]
        for concerned in _concerned(wanted, since=one.since):
            asked += _request(session, concerned, now=now, digest_due=one.digest_due)
        session.delete(one)
    session.flush()
    return asked


def _concerned(
    organisation_ids: Collection[UUID] | None, *, since: datetime | None = None
) -> list[Select[Any]]:
    """Return the subjects with two active signals or more that a change concerns.

    Those with a signal of one of *organisation_ids* (None: of anybody) and, with
    *since*, one that started from then on, whoever's: it may be the partner who
    registered around the change, about somebody long known to the organisation.
    Persons first, then parents: theirs are the signals that name them.
    """
    found = []
    for subject_id, signals in (
        (Signal.subject_id, select(Signal.subject_id)),
        (
            Relation.subject_id,
            select(Relation.subject_id).join(Signal, Signal.id == Relation.signal_id),
        ),
    ):
        active = signals.where(Signal.status == SignalStatus.ACTIVE)
        concerned = active.group_by(subject_id).having(func.count() > 1)
        if organisation_ids is not None:
            theirs = active.join(Unit, Unit.id == Signal.unit_id).where(
                Unit.organisation_id.in_(organisation_ids)
            )
            concerned = concerned.where(subject_id.in_(theirs))
        if since is not None:
            concerned = concerned.where(subject_id.in_(active.where(Signal.started_at >= since)))
        found.append(concerned)
    return found


def _request(
    session: Session, concerned: Select[Any], *, now: datetime, digest_due: datetime | None
) -> int:
    # One statement, however many there are. Ids are the database's here; so rows
    # are taken in order of time, and not of ids.
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    made = func.gen_random_uuid() if on_postgresql else func.lower(func.hex(func.randomblob(16)))
    columns = SubjectReview.__table__.c
    found = concerned.add_columns(
        type_coerce(made, columns.id.type),
        literal(now, columns.requested_at.type),
        literal(digest_due, columns.digest_due.type),
    )
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        insert(SubjectReview).from_select(
            ["subject_id", "id", "requested_at", "digest_due"], found
        ),
        execution_options={"preserve_rowcount": True},
    )
    return result.rowcount
