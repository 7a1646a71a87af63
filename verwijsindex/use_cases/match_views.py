"""Matches as a caller may see them: own parts, counterparts, follow-up and lead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, aliased

from match.case_leads import CaseLead, LeadKind, LeadsSeen, leads_seen, read_leads
from match.follow_up import Acquaintance, FollowUp, Outcome
from match.matches import MatchKind, MatchStatus, Participation
from match.reading import Contact, Counterpart, contact_of, counterparts
from match.seeing import hiding_sides, is_shown_as, saw_anybody
from match.sights import Sight, known_of, read_sights
from match.signals import Signal, SignalStatus
from orgprofiles.organisations import Professional, Unit
from verwijsindex.access import Caller
from verwijsindex.services import Services
from verwijsindex.use_cases.direct_match import directors_of


@dataclass(frozen=True, slots=True)
class AcquaintanceView:
    """Another participant; one of the two says that they were in contact already."""

    participation_id: UUID
    status: Acquaintance


@dataclass(frozen=True, slots=True)
class OwnFollowUp:
    """What the caller's side did with a match.

    Attributes:
        since: Since when it is so; None: since the match came.
        is_unsettled: Whether what came of it was not recorded, or not since somebody new came.
        deadline: The day before which it is to be recorded what came of it;
            None: it was told of nobody, and is not asked.
        picked_up_by: Who is at it.
        acquaintances: Others of whom either says that they were in contact already.
    """

    status: FollowUp
    since: datetime | None
    is_unsettled: bool
    deadline: date | None
    picked_up_by: Contact | None
    outcomes: Sequence[Outcome]
    acquaintances: Sequence[AcquaintanceView]


@dataclass(frozen=True, slots=True)
class OwnParticipation:
    """A part that the caller's organisation has in a match.

    Attributes:
        ended_at: When its signal ended, UTC; None while it is active.
        professional_id: Its contact; None: the team.
        sees: The parts of the counterparts whom this part sees; another part of
            the organisation may see more.
        reference: None: its signal ended; opening that takes a reason.
        is_visible: False where somebody is seen who does not see this part.
    """

    id: UUID
    signal_id: UUID
    signal_status: SignalStatus
    ended_at: datetime | None
    reference: str | None = field(repr=False)
    unit_id: UUID
    unit_name: str
    professional_id: UUID | None
    contact: Contact
    sees: frozenset[UUID]
    is_visible: bool
    follow_up: OwnFollowUp


@dataclass(frozen=True, slots=True)
class CounterpartFollowUp:
    """What somebody else did with a match, as far as it may be known.

    Attributes:
        since: Since when it is so, UTC; None: since they came.
    """

    status: FollowUp
    since: datetime | None


@dataclass(frozen=True, slots=True)
class MatchCounterpart(Counterpart):
    """Somebody whom the caller may see in a match, with what they did."""

    follow_up: CounterpartFollowUp


@dataclass(frozen=True, slots=True)
class LeadView:
    """Who keeps the overview, or is asked to.

    Attributes:
        participation_id: The participant who does: one's own, or one of the counterparts.
        director_id: The account of the match regisseur who does.
        since: Since when, or asked when.
        proposed_by: Whose participation asked; None where it may not be seen.
        is_own: Whether it is the caller's own side.
        by_rule: Whether nobody asked, but the rule.
    """

    kind: LeadKind
    participation_id: UUID | None
    director_id: UUID | None
    since: datetime
    proposed_by: UUID | None
    is_own: bool
    by_rule: bool


@dataclass(frozen=True, slots=True)
class MatchView:
    """A match as the caller may see it.

    Attributes:
        id: As the caller knows it.
        match_id: Its own, never shown.
        kind: About the same person, or about one family.
        status: Whether the caller may see anybody who is involved.
        opened_at: Since when the caller may see anybody.
        closed_at: When the last of those was involved no longer.
        deadline: Before which day the caller is to record what came of it;
            None: nothing is to be recorded.
        own: The parts of the caller's organisation that see or saw anybody.
        lead: Who keeps the overview; None: nobody whom the caller may see.
        lead_proposal: Who was asked to, and did not answer yet.
        lost_somebody: Whether somebody whom the caller saw is deleted: who ended long ago.
    """

    id: UUID
    match_id: UUID
    kind: MatchKind
    status: MatchStatus
    opened_at: datetime
    closed_at: datetime | None
    deadline: date | None
    own: Sequence[OwnParticipation]
    participants: Sequence[MatchCounterpart]
    lead: LeadView | None
    lead_proposal: LeadView | None
    lost_somebody: bool


#: As :func:`match.seeing.seen_matches` returns them.
SeenMatch = Row[UUID, UUID, MatchKind, datetime, int, datetime | None, date | None]


# Kept, for to make an alias takes longer than to make the statement that it is in.
_picker = cache(lambda: aliased(Professional))


def view_matches(
    session: Session, services: Services, caller: Caller, matches: Sequence[SeenMatch]
) -> list[MatchView]:
    """Return *matches* as *caller* may see them; as many queries for one as for hundreds."""
    picker = _picker()
    rows = session.execute(
        select(Participation, Signal, Unit, Professional, picker)
        .join(Signal, Signal.id == Participation.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .outerjoin(Professional, Professional.id == Signal.professional_id)
        .outerjoin(picker, picker.id == Participation.picked_up_by)
        .where(
            is_shown_as(*(one.known_as for one in matches)),
            caller.may_see_unit(),
            saw_anybody(),
        )
        .order_by(Signal.id)
    ).all()
    ids = [row[0].id for row in rows]
    seen = counterparts(session, ids, today=services.today())
    sights = read_sights(session, ids)
    hiding = hiding_sides(session, ids)
    own: dict[UUID, list[OwnParticipation]] = defaultdict(list)
    others: dict[UUID, dict[UUID, MatchCounterpart]] = defaultdict(dict)
    lost = set[UUID]()
    for part, signal, unit, professional, at_it in rows:
        match_id = part.shown_as or part.match_id
        if part.deleted_ended_at is not None:
            lost.add(match_id)
        sight_of = {one.other_id: one for one in sights.get(part.id, ())}
        # A pair may go between the two readings: taken back, or of another unit now.
        there = [one for one in seen.get(part.id, ()) if one.participation_id in sight_of]
        own[match_id].append(
            OwnParticipation(
                id=part.id,
                signal_id=signal.id,
                signal_status=signal.status,
                ended_at=signal.ended_at,
                reference=services.references.open(caller.organisation_id, signal.reference_sealed)
                if signal.status is SignalStatus.ACTIVE
                else None,
                unit_id=unit.id,
                unit_name=unit.name,
                professional_id=signal.professional_id,
                contact=contact_of(unit, professional),
                sees=frozenset(one.participation_id for one in there),
                is_visible=part.id not in hiding,
                follow_up=_own_follow_up(part, at_it, sight_of.values()),
            )
        )
        for one in there:
            known = others[match_id].get(one.participation_id)
            if known is None or known.follow_up.status is FollowUp.OPEN:
                others[match_id][one.participation_id] = _counterpart(
                    one, sight_of[one.participation_id]
                )
    leads: dict[UUID, list[CaseLead]] = defaultdict(list)
    all_leads = read_leads(session, [one.match_id for one in matches])
    directors = directors_of(session, all_leads)
    for lead in all_leads:
        leads[lead.match_id].append(lead)
    views = []
    for match in matches:
        theirs = own[match.known_as]
        own_ids = [part.id for part in theirs]
        shown = _leads(leads[match.match_id], theirs, sights, directors)
        views.append(
            MatchView(
                id=match.known_as,
                match_id=match.match_id,
                kind=match.kind,
                status=MatchStatus.OPEN if match.is_open else MatchStatus.CLOSED,
                opened_at=match.opened_at,
                closed_at=None if match.is_open else match.closed_at,
                deadline=match.deadline,
                own=theirs,
                participants=list(others[match.known_as].values()),
                lead=_lead_view(shown.current, own_ids, sights),
                lead_proposal=_lead_view(shown.proposal, own_ids, sights),
                lost_somebody=match.known_as in lost,
            )
        )
    return views


def _own_follow_up(
    part: Participation, at_it: Professional | None, sights: Collection[Sight]
) -> OwnFollowUp:
    return OwnFollowUp(
        part.follow_up,
        part.recorded_again_at or part.followed_up_at,
        part.is_unsettled,
        part.deadline,
        None if at_it is None else Contact(at_it.name, at_it.function, at_it.phone, at_it.email),
        [Outcome(one) for one in part.outcomes or ()],
        [
            AcquaintanceView(one.other_id, one.acquaintance)
            for one in sights
            if one.is_active and one.acquaintance is not Acquaintance.UNSAID
        ],
    )


def _counterpart(one: Counterpart, sight: Sight) -> MatchCounterpart:
    facts: dict[str, Any] = {of.name: getattr(one, of.name) for of in fields(one)}
    return MatchCounterpart(
        **facts, follow_up=CounterpartFollowUp(sight.status, sight.followed_up_at)
    )


def _leads(
    leads: Sequence[CaseLead],
    own: Sequence[OwnParticipation],
    sights: Mapping[UUID, Collection[Sight]],
    directors: Collection[UUID],
) -> LeadsSeen:
    ids = [part.id for part in own]
    active = {*directors, *(part.id for part in own if part.signal_status is SignalStatus.ACTIVE)}
    for part in ids:
        active |= {one.other_id for one in sights.get(part, ()) if one.is_active}
    return leads_seen(leads, known_of(ids, sights), active.__contains__)


def _lead_view(
    lead: CaseLead | None, own_ids: Sequence[UUID], sights: Mapping[UUID, Collection[Sight]]
) -> LeadView | None:
    if lead is None:
        return None
    known = known_of(own_ids, sights)
    return LeadView(
        lead.kind,
        lead.participation_id,
        lead.director_id,
        lead.answered_at or lead.proposed_at,
        lead.proposed_by if lead.proposed_by in known else None,
        lead.participation_id in own_ids,
        lead.by_rule,
    )
