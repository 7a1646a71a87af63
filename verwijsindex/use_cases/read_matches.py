"""Reading the matches in which one's own organisation takes part."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from match.case_leads import read_leads
from match.follow_up import FollowUpStage
from match.follow_up_steps import FollowUpStep
from match.matches import MatchKind, MatchStatus, Participation
from match.reading import Contact, deferred_signals
from match.seeing import is_shown_as, seen_matches
from match.sights import read_sights
from match.signals import Signal
from match.time_lines import TimeLineEvent, time_line
from orgprofiles.organisations import Professional
from verwijsindex import audit
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.services import Services
from verwijsindex.use_cases.match_views import (
    MatchCounterpart,
    MatchView,
    OwnParticipation,
    view_matches,
)
from verwijsindex.use_cases.paging import Page


class MatchOrder(StrEnum):
    """In which order matches are listed."""

    NEWEST = "geopendOp"  #: newest first
    DEADLINE = "opvolgenVoorDatum"  #: what is to be recorded first; then what needs nothing


def list_matches(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    page: Page,
    status: MatchStatus | None = None,
    stage: FollowUpStage | None = None,
    kind: MatchKind | None = None,
    professional_id: UUID | None = None,
    other_than: UUID | None = None,
    order: MatchOrder = MatchOrder.NEWEST,
) -> tuple[int, list[MatchView]]:
    """Return how many matches there are, and those of *page*.

    Args:
        session: Committed here.
        services: Clock and keys.
        caller: Whose organisation takes part.
        page: Which of them.
        status: Only those that are so, as the caller sees them.
        stage: Only those of which the caller still has to record what came of it, or not.
        kind: Only those of this kind.
        professional_id: Only those of whom this is the contact, or who picked it up.
        other_than: Only those of whom this is neither.
        order: How they are sorted.
    """
    seen = seen_matches(_whose(caller, professional_id, other_than), status, stage, kind)
    total = session.scalar(select(func.count()).select_from(seen.subquery()))
    listed = seen.subquery().c
    newest = (listed.opened_at.desc(), listed.known_as)
    by_deadline = (listed.deadline.is_(None), listed.deadline, *newest)
    ordered = select(*listed).order_by(*(by_deadline if order is MatchOrder.DEADLINE else newest))
    rows = session.execute(ordered.offset(page.offset).limit(page.size)).all()
    views = view_matches(session, services, caller, rows)
    _audit_reading(session, services, caller, views)
    session.commit()
    return total or 0, views


def _whose(
    caller: Caller, professional_id: UUID | None, other_than: UUID | None
) -> ColumnElement[bool]:
    conditions = [caller.may_see_unit()]
    if professional_id is not None:
        conditions.append(
            or_(
                Signal.professional_id == professional_id,
                Participation.picked_up_by == professional_id,
            )
        )
    if other_than is not None:
        conditions += [
            Signal.professional_id.is_distinct_from(other_than),
            Participation.picked_up_by.is_distinct_from(other_than),
        ]
    return and_(*conditions)


def read_match(
    session: Session, services: Services, *, caller: Caller, match_id: UUID
) -> MatchView | None:
    """Return one match; None when the caller has no part in it, or sees and saw nobody there."""
    view = _view(session, services, caller, match_id)
    if view is not None:
        _audit_reading(session, services, caller, [view])
        session.commit()
    return view


def _view(session: Session, services: Services, caller: Caller, match_id: UUID) -> MatchView | None:
    rows = session.execute(seen_matches(caller.may_see_unit()).where(is_shown_as(match_id))).all()
    if not rows:
        return None
    (view,) = view_matches(session, services, caller, rows)
    return view


@dataclass(frozen=True, slots=True)
class TimeLine:
    """What happened in a match, with who did it.

    Attributes:
        match: The match.
        events: The oldest first.
        who: The own part or the counterpart of each event's ``participation_id``.
        pickers: The professional of each event's ``picked_up_by``.
        deferred: The own parts that put off telling the client.
    """

    match: MatchView
    events: Sequence[TimeLineEvent]
    who: dict[UUID, OwnParticipation | MatchCounterpart]
    pickers: dict[UUID, Contact]
    deferred: AbstractSet[UUID]


def read_time_line(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    match_id: UUID,
    participation_id: UUID | None = None,
) -> TimeLine | None:
    """Return a match with what happened in it, without content; None as :func:`read_match`.

    Args:
        session: Committed here.
        services: Clock and keys.
        caller: Whose organisation takes part.
        match_id: As the caller knows it.
        participation_id: None too where this is not one of the caller's own parts.
    """
    view = _view(session, services, caller, match_id)
    if view is None:
        return None
    own_ids = [part.id for part in view.own]
    if participation_id is not None and participation_id not in own_ids:
        return None
    who: dict[UUID, OwnParticipation | MatchCounterpart] = {part.id: part for part in view.own}
    who |= {one.participation_id: one for one in view.participants}
    own = session.scalars(select(Participation).where(Participation.id.in_(own_ids))).all()
    steps = session.scalars(
        select(FollowUpStep).where(FollowUpStep.participation_id.in_(who)).order_by(FollowUpStep.id)
    ).all()
    events = time_line(
        own, read_sights(session, own_ids), steps, read_leads(session, [view.match_id])
    )
    picking = {event.picked_up_by for event in events if event.picked_up_by is not None}
    pickers = {
        one.id: Contact(one.name, one.function, one.phone, one.email)
        for one in session.scalars(select(Professional).where(Professional.id.in_(picking)))
    }
    deferred = deferred_signals(session, {part.signal_id for part in view.own})
    _audit_reading(session, services, caller, [view])
    session.commit()
    return TimeLine(
        view,
        events,
        who,
        pickers,
        {part.id for part in view.own if part.signal_id in deferred},
    )


def _audit_reading(
    session: Session, services: Services, caller: Caller, matches: Sequence[MatchView]
) -> None:
    audit.record(
        session,
        services.audit_key,
        actor=caller.actor,
        deeds=[(Action.MATCH_READ, one.match_id) for one in matches],
        now=services.clock(),
    )
