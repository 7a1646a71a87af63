"""Writing what was decided about a subject's match: the match, its parts, pairs and notices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    bindparam,
    case,
    delete,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy import func as sql
from sqlalchemy.orm import Session

from match import counters, outbox
from match.counters import Figure
from match.follow_up import UNSETTLED
from match.involvements import Change, ExistingPair
from match.matches import Match, MatchKind, MatchPair, MatchStatus, Participation
from match.signals import Signal, SignalStatus
from match.terms import follow_up_day
from orgprofiles.dutch_calendar import AMSTERDAM
from orgprofiles.statements import Insertion, fixed, insert_rows

_SIGNALS, _MATCHES, _PARTICIPATIONS, _PAIRS = (
    cast(Table, model.__table__) for model in (Signal, Match, Participation, MatchPair)
)


def write_joining(
    session: Session,
    changes: Mapping[UUID, Sequence[Change]],
    *,
    now: datetime,
    digest_due: datetime | None,
    has_time: bool,
    kind: MatchKind = MatchKind.PERSON,
) -> dict[UUID, tuple[UUID, UUID, UUID | None]]:
    """Write the new parts and pairs of *changes*; return per signal what came of it.

    The statements, and how many rows each gets, depend on nothing but the
    changes: not on whether there is a match already, or a part of it, that
    came about among others.

    Args:
        session: Has locked the subjects.
        changes: Per subject.
        now: UTC.
        digest_due: When digests of it are due, where many came at once; None mails at once.
        has_time: Whether there is more time to follow it up.
        kind: Of the matches.

    Returns:
        Per signal: the match, its part in it, and the match's id as it knows it. (One of
        several, where it takes part in those of two parents.)
    """
    if not changes:
        return {}
    match_ids = _open_matches(session, list(changes), kind, now)
    flat = [(subject_id, change) for subject_id, several in changes.items() for change in several]
    terms = {one.follow_up_days for _, change in flat for one in change.enrolments}
    is_import = digest_due is not None
    deadlines = {days: follow_up_day(now, days, is_import=has_time) for days in terms}
    today = now.astimezone(AMSTERDAM).date()
    # A part once, however many of this subject's signals come in together.
    enrolled: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    for subject_id, change in flat:
        for one in change.enrolments:
            made = {
                "id": one.participation_id,
                "match_id": match_ids[subject_id],
                "signal_id": one.signal_id,
                "kind": kind,
                "joined_at": now,
                "first_seen_at": None,
                "shown_as": None,
                "deadline": None,
                "deadline_set_on": None,
            }
            row = enrolled.setdefault((subject_id, one.signal_id), made)
            if one.sees:
                row["first_seen_at"] = now
            if one.is_told:
                row["deadline"] = deadlines[one.follow_up_days]
                row["deadline_set_on"] = today
            row["shown_as"] = row["shown_as"] or one.shown_as
    pairs = [
        {
            "low_participation_id": pair.low_participation_id,
            "high_participation_id": pair.high_participation_id,
            "visibility": pair.visibility,
            "mails": pair.mails,
            "made_at": now,
        }
        for _, change in flat
        for pair in change.pairs
    ]
    _ENROLLING.execute(session, list(enrolled.values()))
    insert_rows(session, MatchPair, pairs)
    notices = [notice for _, change in flat for notice in change.notices]
    outbox.enqueue(session, notices, now=now, digest_due=digest_due, from_import=is_import)
    return {
        signal_id: (row["match_id"], row["id"], row["shown_as"])
        for (_, signal_id), row in enrolled.items()
    }


def write_corrections(session: Session, changes: Iterable[Change]) -> None:
    """Change and drop the pairs that are to change or go."""
    changes = list(changes)
    changed = [_changed_row(pair) for change in changes for pair in change.changed]
    if changed:
        session.execute(_CHANGING, changed)
    dropped = [pair for change in changes for pair in change.dropped]
    if dropped:
        session.execute(
            delete(MatchPair).where(
                tuple_(MatchPair.low_participation_id, MatchPair.high_participation_id).in_(dropped)
            ),
            execution_options={"synchronize_session": False},
        )


def count_joined(
    session: Session,
    changes: Iterable[Change],
    owners: Mapping[UUID, UUID],
    *,
    today: date,
) -> None:
    """Count the parts that see somebody for the first time, each with its organisation.

    Args:
        session: The transaction of it.
        changes: What was written.
        owners: Organisation per signal.
        today: The calendar day in the Netherlands.
    """
    figures: dict[tuple[UUID, Figure], int] = defaultdict(int)
    for change in changes:
        for one in change.enrolments:
            figures[owners[one.signal_id], Figure.JOINED] += one.joins
    counters.count(session, figures, day=today)


def _open_matches(
    session: Session, subject_ids: Collection[UUID], kind: MatchKind, now: datetime
) -> dict[UUID, UUID]:
    """Return the open match per subject: the one there is, one reopened, or a new one.

    A closed match is reopened when one of its participants is still active:
    it is the same involvement that goes on. Else the story is another one.
    """
    session.execute(_REOPENING, {"subject_ids": list(subject_ids)})
    rows = [
        {
            "id": uuid4(),
            "subject_id": subject_id,
            "kind": kind,
            "status": MatchStatus.OPEN,
            "opened_at": now,
            "leads_settled_for": None,
        }
        for subject_id in subject_ids
    ]
    opened = _OPENING.execute(session, rows)
    return {row.subject_id: row.id for row in opened}


def _changed_row(pair: ExistingPair) -> dict[str, Any]:
    return {
        "low": pair.low_participation_id,
        "high": pair.high_participation_id,
        "now_visible": pair.visibility,
        "now_mails": pair.mails,
        "now_revealed_by": pair.revealed_by,
        "now_revealed_at": pair.revealed_at,
    }


# Made once: putting a statement together costs more than sending it.
_REOPENING = (
    update(_MATCHES)
    .where(
        _MATCHES.c.subject_id.in_(bindparam("subject_ids", expanding=True)),
        _MATCHES.c.status == MatchStatus.CLOSED,
        select(1)
        .select_from(_PARTICIPATIONS.join(_SIGNALS, _SIGNALS.c.id == _PARTICIPATIONS.c.signal_id))
        .where(
            _PARTICIPATIONS.c.match_id == _MATCHES.c.id, _SIGNALS.c.status == SignalStatus.ACTIVE
        )
        .exists(),
    )
    .values(status=MatchStatus.OPEN, closed_at=None, leads_settled_for=None)
)


def _opening(into: Any) -> Any:
    # DO UPDATE, for DO NOTHING does not return a match that is there.
    return into.on_conflict_do_update(
        index_elements=["subject_id", "kind"],
        # The word itself: PostgreSQL finds no index for a parameter.
        index_where=literal_column("status = 'open'"),
        set_={
            "status": into.excluded.status,
            "leads_settled_for": into.excluded.leads_settled_for,
        },
    ).returning(_MATCHES.c.id, _MATCHES.c.subject_id)


def _enrolling(into: Any) -> Any:
    there, given = _PARTICIPATIONS.c, into.excluded
    # What came of those before was recorded, and of somebody new it was not.
    is_asked_again = and_(
        given.deadline_set_on.is_not(None),
        there.follow_up.not_in([fixed(one) for one in sorted(UNSETTLED)]),
        there.asked_again_at.is_(None),
    )
    # Or its day had come when somebody new came: there is another one, and it is
    # reminded of that one too. Where no day is given this is null.
    is_renewed = or_(is_asked_again, there.deadline <= given.deadline_set_on)
    kept: dict[str, ColumnElement[Any]] = {
        name: sql.coalesce(there[name], given[name])
        for name in ("first_seen_at", "shown_as", "deadline", "deadline_set_on")
    }
    for name in ("deadline", "deadline_set_on"):
        kept[name] = case((is_renewed, given[name]), else_=kept[name])
    for name in ("reminded_at", "escalated_at"):
        kept[name] = case((is_renewed, null()), else_=there[name])
    kept["asked_again_at"] = case((is_asked_again, given.joined_at), else_=there.asked_again_at)
    return into.on_conflict_do_update(index_elements=["match_id", "signal_id"], set_=kept)


_OPENING = Insertion(Match, _opening)
_ENROLLING = Insertion(Participation, _enrolling)
_CHANGING = (
    update(_PAIRS)
    .where(
        _PAIRS.c.low_participation_id == bindparam("low"),
        _PAIRS.c.high_participation_id == bindparam("high"),
    )
    .values(
        visibility=bindparam("now_visible", type_=_PAIRS.c.visibility.type),
        mails=bindparam("now_mails"),
        revealed_by=bindparam("now_revealed_by", type_=_PAIRS.c.revealed_by.type),
        revealed_at=bindparam("now_revealed_at", type_=_PAIRS.c.revealed_at.type),
    )
)
