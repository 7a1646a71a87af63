"""Asking by rule who keeps the overview of a match: what the worker does after each change.

Sides of a match may hide from each other, so there is no one answer: each side
gets whom the rule would ask among those whom it sees and who see it. Mostly
that is the same one for all. Where it is not, the asking is that side's own
deed, and nobody else knows of it until it is accepted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from match.case_leads import (
    CaseLead,
    Known,
    LeadStatus,
    add_lead,
    leads_seen,
    read_leads,
)
from match.lead_rules import Candidate, Choice, LeadRule, choose_lead
from match.matches import Match, MatchStatus, Participation
from match.messages import NoticeKind
from match.outbox import Notice, add_once, enqueue, letter_to_account
from match.sights import Sight, known_of, read_sights
from match.signals import Signal, SignalStatus
from match.subjects import LOCKED_AT_ONCE_LIMIT, lock_by_id
from orgprofiles.organisations import Unit
from orgprofiles.statements import fixed


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a round.

    Attributes:
        matches: How many matches were looked at.
        asked: The matches in which somebody was asked, once for each.
    """

    matches: int
    asked: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class _Part:
    """An active part in a match."""

    id: UUID
    side: UUID
    candidate: Candidate


def settle_leads(
    session: Session,
    rule: LeadRule,
    *,
    directors: Mapping[UUID, UUID],
    now: datetime,
    digest_due: datetime | None = None,
) -> Settled:
    """Ask by *rule* in up to a hundred open matches that were not looked at since they changed.

    Whoever has the lead keeps it; whoever was asked by hand is waited for.
    The caller commits; two workers must not do it at once: take the tick's
    lock first.

    Args:
        session: In a transaction that has locked no subject yet.
        rule: In force.
        directors: The accounts that may direct a match, with their organisations.
        now: UTC.
        digest_due: When digests of the asking are due; None mails at once. A match
            has just been told of: a second mail within the minute would be noise.
    """
    due = (
        Match.status == fixed(MatchStatus.OPEN),
        or_(Match.leads_settled_for.is_(None), Match.leads_settled_for < rule.version),
    )
    found = session.execute(
        select(Match.id, Match.subject_id).where(*due).limit(LOCKED_AT_ONCE_LIMIT)
    ).all()
    if not found:
        return Settled(0, [])
    lock_by_id(session, list({row.subject_id for row in found}))
    # Later statements than the lock: what it waited for is seen here.
    match_ids = session.scalars(
        select(Match.id).where(Match.id.in_([row.id for row in found]), *due)
    ).all()
    parts = _read_parts(session, match_ids)
    sights = read_sights(session, [one.id for several in parts.values() for one in several])
    leads: dict[UUID, list[CaseLead]] = defaultdict(list)
    for lead in read_leads(session, match_ids):
        leads[lead.match_id].append(lead)
    asked = []
    for match_id in match_ids:
        sides = _sides(parts[match_id], sights)
        for choice, proposer in _missing(rule, sides, leads[match_id], directors):
            made = add_lead(
                session,
                match_id,
                choice.lead,
                proposed_by=proposer,
                accepted=False,
                by_rule=True,
                now=now,
            )
            leads[match_id].append(made)
            tell_asked(session, made, directors=directors, now=now, digest_due=digest_due)
            asked.append(match_id)
    session.execute(
        update(Match)
        .where(Match.id.in_(match_ids))
        .values(leads_settled_for=rule.version)
        .execution_options(synchronize_session=False)
    )
    return Settled(len(found), asked)


def _read_parts(session: Session, match_ids: Collection[UUID]) -> dict[UUID, list[_Part]]:
    rows = session.execute(
        select(
            Participation.id,
            Participation.match_id,
            Unit.id.label("unit_id"),
            Unit.organisation_id,
            Unit.domain,
            Unit.independent,
        )
        .join(Signal, Signal.id == Participation.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(
            Participation.match_id.in_(match_ids),
            Signal.status == fixed(SignalStatus.ACTIVE),
        )
        .order_by(Signal.started_at, Signal.id)
    )
    parts: dict[UUID, list[_Part]] = defaultdict(list)
    for row in rows:
        parts[row.match_id].append(
            _Part(
                row.id,
                row.unit_id if row.independent else row.organisation_id,
                Candidate(row.id, row.organisation_id, row.domain),
            )
        )
    return parts


@dataclass(frozen=True, slots=True)
class _Side:
    """An organisation, or an independent unit, in a match.

    Attributes:
        parts: Its parts, the longest involved first.
        known: Whose parts it knows of.
        active: Of these, whose signals are active.
        candidates: Its own parts and those whom it sees and who see it, the longest
            involved first.
    """

    parts: Sequence[UUID]
    known: Known
    active: Collection[UUID]
    candidates: Sequence[Candidate]


def _sides(parts: Sequence[_Part], sights: Mapping[UUID, Collection[Sight]]) -> list[_Side]:
    by_side: dict[UUID, list[UUID]] = defaultdict(list)
    for one in parts:
        by_side[one.side].append(one.id)
    sides = []
    for own in by_side.values():
        seen = [sight for part in own for sight in sights.get(part, ())]
        if not any(sight.is_active and sight.is_mutual for sight in seen):
            continue  # nobody whom it could ask, or keep an overview for, sees it
        may_be_asked = {*own, *(s.other_id for s in seen if s.is_active and s.is_mutual)}
        active = {*own, *(s.other_id for s in seen if s.other_is_active)}
        candidates = [one.candidate for one in parts if one.id in may_be_asked]
        sides.append(_Side(own, known_of(own, sights), active, candidates))
    return sides


def _missing(
    rule: LeadRule,
    sides: Sequence[_Side],
    leads: Collection[CaseLead],
    directors: Collection[UUID],
) -> list[tuple[Choice, UUID]]:
    """Return whom the rule asks and on whose behalf, for each side that waits for nobody."""
    over = {LeadStatus.DECLINED, LeadStatus.RETURNED}
    refused = {one.lead for one in leads if one.status in over}
    wanted: list[tuple[Choice, _Side]] = []
    for side in sides:
        active = {*side.active, *directors}
        shown = leads_seen(leads, side.known, active.__contains__)
        waits_for = shown.for_all
        if shown.current is not None or (waits_for and not waits_for.by_rule):
            continue
        choice = choose_lead(rule, side.candidates, directors=directors, refused=refused)
        if choice is not None and (waits_for is None or waits_for.lead != choice.lead):
            wanted.append((choice, side))
    chosen_by_itself = {
        choice.lead.participation_id
        for choice, side in wanted
        if choice.lead.participation_id in side.parts
    }
    asked: list[tuple[Choice, UUID]] = []
    for choice, side in wanted:
        of_its_own = choice.lead.participation_id in chosen_by_itself
        proposer = choice.lead.participation_id if of_its_own else side.parts[0]
        knows_already = any(other.lead == choice.lead and by in side.known for other, by in asked)
        if proposer is not None and not knows_already:
            asked.append((choice, proposer))
    return asked


def tell_asked(
    session: Session,
    lead: CaseLead,
    *,
    directors: Mapping[UUID, UUID],
    now: datetime,
    digest_due: datetime | None = None,
) -> None:
    """Mail whoever was asked to keep the overview.

    A match regisseur who is asked by rule gets one letter of a morning, for
    all that waits by then.

    Args:
        session: The transaction of the asking.
        lead: Of a participant or a match regisseur.
        directors: The organisation of each account that may direct a match.
        now: UTC.
        digest_due: When digests of it are due; None mails at once.
    """
    director_id = lead.director_id
    if director_id is not None:
        morning = digest_due and uuid5(director_id, f"directing {digest_due.isoformat()}")
        letter = letter_to_account(
            NoticeKind.DIRECTING_ASKED,
            event_id=morning or lead.id,
            account_id=director_id,
            organisation_id=directors[director_id],
            now=now,
            due=digest_due,
        )
        add_once(session, letter)
        return
    asked = session.execute(
        select(Participation.id, Signal.id, Signal.professional_id, Signal.unit_id)
        .join(Signal, Signal.id == Participation.signal_id)
        .where(Participation.id == lead.participation_id)
    ).one()
    part_id, signal_id, professional_id, unit_id = asked
    notice = Notice(lead.id, NoticeKind.LEAD_ASKED, part_id, professional_id, unit_id, signal_id)
    enqueue(session, [notice], now=now, digest_due=digest_due)
