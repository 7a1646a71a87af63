"""Directing matches: by a match regisseur, who takes part in none of them.

A regisseur sees a match when a participant asked them, and of it what that
participant sees: who is involved and how far they are. Never a reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast, select
from sqlalchemy.orm import Session

from match.case_leads import CaseLead, LeadStatus, leads_seen, read_leads
from match.lead_marks import mark_leads_due
from match.matches import Match, MatchKind, Participation
from match.reading import Contact, Counterpart, contact_of, counterparts
from match.sights import known_of, read_sights
from match.signals import Signal, SignalStatus
from match.stalled import sees_somebody
from match.subjects import lock_by_id
from orgprofiles.domains import Domain
from orgprofiles.organisations import Organisation, Professional, Unit
from verwijsindex import audit
from verwijsindex.access import Caller
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import Role
from verwijsindex.audit import Action
from verwijsindex.http.problems import Problem
from verwijsindex.services import Services


@dataclass(frozen=True, slots=True)
class Director:
    """Somebody who may be asked to keep the overview of a match."""

    account_id: UUID
    name: str
    organisation_name: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """A match of which somebody was asked to keep the overview.

    Attributes:
        lead_id: Of the asking.
        kind: Of the match.
        is_accepted: Whether it was answered with yes.
        since: Asked, or accepted, UTC.
        organisation_name: Who asked.
        domain: Of who asked.
        contact: How they are reached.
        others: Whom they see in the match.
    """

    lead_id: UUID
    kind: MatchKind
    is_accepted: bool
    since: datetime
    organisation_name: str
    domain: Domain
    contact: Contact
    others: Sequence[Counterpart]


def list_directors(session: Session) -> Sequence[Director]:
    """Return the match regisseurs, by name."""
    rows = session.execute(
        select(Account.id, Account.name, Organisation.name.label("organisation"))
        .join(Organisation, Organisation.id == Account.organisation_id)
        .where(_directs())
        .order_by(Account.name)
    )
    return [Director(row.id, row.name, row.organisation) for row in rows]


def director_homes(session: Session) -> dict[UUID, UUID]:
    """Return the accounts of the match regisseurs who may sign in, with their organisations."""
    rows = session.execute(select(Account.id, Account.organisation_id).where(_directs()))
    return {row.id: row.organisation_id for row in rows}


def directors_of(session: Session, leads: Iterable[CaseLead]) -> set[UUID]:
    """Return the accounts of the match regisseurs in *leads* who still are that."""
    asked = {one.director_id for one in leads if one.director_id is not None}
    if not asked:
        return set()
    return set(session.scalars(select(Account.id).where(Account.id.in_(asked), _directs())))


def list_assignments(
    session: Session, services: Services, *, caller: Caller
) -> Sequence[Assignment]:
    """Return the matches that *caller*, a match regisseur, was asked for, the newest first."""
    rows = session.execute(
        select(
            CaseLead,
            Match.kind,
            Organisation.name.label("organisation"),
            Unit,
            Professional,
        )
        .join(Match, Match.id == CaseLead.match_id)
        .join(Participation, Participation.id == CaseLead.proposed_by)
        .join(Signal, Signal.id == Participation.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .join(Organisation, Organisation.id == Unit.organisation_id)
        .outerjoin(Professional, Professional.id == Signal.professional_id)
        .where(
            CaseLead.director_id == caller.id,
            CaseLead.status.in_([LeadStatus.PROPOSED, LeadStatus.ACCEPTED]),
            # Whether the match is open depends on parts that the asker may not know of.
            _asker_is_in_touch(),
        )
        .order_by(CaseLead.proposed_at.desc(), CaseLead.id)
    ).all()
    askers = [row.CaseLead.proposed_by for row in rows]
    seen = counterparts(session, askers, today=services.today())
    sights = read_sights(session, askers)
    leads: dict[UUID, list[CaseLead]] = {}
    for one in read_leads(session, {row.CaseLead.match_id for row in rows}):
        leads.setdefault(one.match_id, []).append(one)
    directors = directors_of(session, (one for several in leads.values() for one in several))
    found = []
    for row in rows:
        lead: CaseLead = row.CaseLead
        active = {
            *directors,
            lead.proposed_by,
            *(one.other_id for one in sights.get(lead.proposed_by, ()) if one.other_is_active),
        }
        shown = leads_seen(
            leads[lead.match_id], known_of([lead.proposed_by], sights), active.__contains__
        )
        if lead not in {shown.current, shown.proposal}:
            continue  # somebody else keeps it by now, or was asked since
        found.append(
            Assignment(
                lead_id=lead.id,
                kind=row.kind,
                is_accepted=lead.status is LeadStatus.ACCEPTED,
                since=lead.answered_at or lead.proposed_at,
                organisation_name=row.organisation,
                domain=row.Unit.domain,
                contact=contact_of(row.Unit, row.Professional),
                others=seen.get(lead.proposed_by, []),
            )
        )
    audit.record(
        session,
        services.audit_key,
        actor=caller.actor,
        deeds=[(Action.MATCH_READ, row.CaseLead.match_id) for row in rows],
        now=services.clock(),
    )
    session.commit()
    return found


def answer_assignment(
    session: Session, services: Services, *, caller: Caller, lead_id: UUID, accepts: bool
) -> None:
    """Accept or refuse to keep the overview, or lay it down again.

    Raises:
        Problem: 404 for what another one was asked; 409 when it was answered otherwise, or
            the match is over for whoever asked.
    """
    row = session.execute(
        select(CaseLead, Match.subject_id)
        .join(Match, Match.id == CaseLead.match_id)
        .where(CaseLead.id == lead_id, CaseLead.director_id == caller.id)
    ).one_or_none()
    if row is None:
        raise Problem(404)
    lead: CaseLead = row.CaseLead
    lock_by_id(session, [row.subject_id])
    session.refresh(lead)
    has_a_match = session.scalar(
        select(_asker_is_in_touch())
        .select_from(Participation)
        .join(Signal, Signal.id == Participation.signal_id)
        .where(Participation.id == lead.proposed_by)
    )
    if not has_a_match:
        raise Problem(409, "Deze match is voorbij. U hoeft niets te doen.")
    now = services.clock()
    if lead.status is LeadStatus.PROPOSED:
        lead.status = LeadStatus.ACCEPTED if accepts else LeadStatus.DECLINED
        lead.answered_at = now
        action = Action.LEAD_ACCEPTED if accepts else Action.LEAD_DECLINED
    elif lead.status is LeadStatus.ACCEPTED and not accepts:
        lead.status, lead.returned_at = LeadStatus.RETURNED, now
        action = Action.LEAD_RETURNED
    elif (lead.status is LeadStatus.ACCEPTED) == accepts:
        session.commit()
        return
    else:
        raise Problem(409, "U hebt dit al anders beantwoord. Laat u opnieuw vragen.")
    session.flush()
    if not accepts:
        mark_leads_due(session, Match.id == lead.match_id)
    audit.record_deed(session, services, caller.actor, action, lead.match_id)
    session.commit()


def _asker_is_in_touch() -> ColumnElement[bool]:
    """Return the condition on the asker's part and signal that it has a match, as it sees it."""
    return and_(Signal.status == SignalStatus.ACTIVE, sees_somebody())


def _directs() -> ColumnElement[bool]:
    return (Account.status == AccountStatus.ACTIVE) & cast(Account.roles, String).like(
        f'%"{Role.MATCH_LEAD}"%'
    )
