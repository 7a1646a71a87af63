"""Who keeps the overview of a match (regie): asking, accepting, declining, handing over."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from match.case_leads import (
    CaseLead,
    Lead,
    LeadKind,
    LeadsSeen,
    LeadStatus,
    add_lead,
    leads_seen,
    read_leads,
)
from match.lead_marks import mark_leads_due
from match.leading import tell_asked
from match.matches import Match
from match.sights import Sight, known_of, read_sights
from verwijsindex import audit
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.direct_match import director_homes, directors_of
from verwijsindex.use_cases.own_parts import locked_parts


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the caller stands in a match, under the lock.

    Attributes:
        match_id: Its own.
        own: The caller's parts whose signals are active, the longest involved first.
        sights: Those whom they see.
        leads: What the caller may know of the lead.
    """

    match_id: UUID
    own: list[UUID]
    sights: dict[UUID, list[Sight]]
    leads: LeadsSeen


def propose_lead(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    match_id: UUID,
    lead: Lead,
) -> None:
    """Ask somebody to keep the overview of a match. Asking the same again changes nothing.

    Oneself, and the person concerned, need not answer. Where another
    participant has it, only that one hands it over.

    Args:
        session: Committed here.
        services: Clock and keys.
        caller: Takes part in the match.
        match_id: As the caller knows it.
        lead: Whom; participants as the caller sees them.

    Raises:
        Problem: 404 when the caller has no part in it; 400 for somebody whom
            it does not see, or who is no match regisseur; 409 when its signal
            has ended, another participant has the lead, or the one who is
            asked does not see the caller.
    """
    place = _place(session, caller, match_id)
    directors = director_homes(session) if lead.director_id else {}
    if lead.director_id is not None and lead.director_id not in directors:
        raise InvalidInput([InvalidParam(name="matchregisseur", reason=_NO_DIRECTOR)])
    proposer = _proposer(place, lead)
    current, proposal = place.leads.current, place.leads.proposal
    asked = proposal is not None and proposal.proposed_by in place.own and proposal.lead == lead
    if asked or (current is not None and current.lead == lead):
        session.commit()
        return
    if current is not None and current.kind is LeadKind.PARTICIPANT and not _is_own(place, current):
        raise Problem(409, _TAKEN)
    accepted = lead.is_client or lead.participation_id in place.own
    now = services.clock()
    made = add_lead(session, place.match_id, lead, proposed_by=proposer, accepted=accepted, now=now)
    if not accepted:
        tell_asked(session, made, directors=directors, now=now)
    _record(session, services, caller, made)
    session.commit()


def accept_lead(session: Session, services: Services, *, caller: Caller, match_id: UUID) -> None:
    """Accept to keep the overview, having been asked. Doing it again changes nothing.

    Raises:
        Problem: 404 when the caller has no part in the match; 409 when nobody asked it.
    """
    place = _place(session, caller, match_id)
    proposal = place.leads.proposal
    if proposal is not None and _is_own(place, proposal):
        proposal.status, proposal.answered_at = LeadStatus.ACCEPTED, services.clock()
        _record(session, services, caller, proposal)
    elif place.leads.current is None or not _is_own(place, place.leads.current):
        raise Problem(409, _NOT_ASKED)
    session.commit()


def decline_lead(session: Session, services: Services, *, caller: Caller, match_id: UUID) -> None:
    """Refuse to keep the overview, having been asked; or lay it down again.

    Raises:
        Problem: 404 when the caller has no part in the match; 409 when nobody
            asked it and it has not got the lead.
    """
    place = _place(session, caller, match_id)
    current, proposal = place.leads.current, place.leads.proposal
    if proposal is not None and _is_own(place, proposal):
        proposal.status, proposal.answered_at = LeadStatus.DECLINED, services.clock()
        mark_leads_due(session, Match.id == place.match_id)
        _record(session, services, caller, proposal)
    elif current is not None and _is_own(place, current):
        current.status, current.returned_at = LeadStatus.RETURNED, services.clock()
        mark_leads_due(session, Match.id == place.match_id)
        _record(session, services, caller, current)
    else:
        raise Problem(409, _NOT_ASKED)
    session.commit()


_NO_DIRECTOR = "is geen matchregisseur van deze verwijsindex"
_NOT_SEEN = "is geen deelname die u in deze match ziet"
_TAKEN = (
    "Een andere deelnemer heeft de regie. Vraag die om de regie over te dragen of terug te geven."
)
_NOT_VISIBLE = (
    "Deze deelnemer ziet u niet. Maak uw deelname eerst zichtbaar, en vraag daarna om de regie."
)
_NOT_ASKED = "Niemand vroeg uw organisatie om de regie van deze match, en u hebt de regie niet."


def _place(session: Session, caller: Caller, match_id: UUID) -> _Place:
    parts = locked_parts(session, caller=caller, match_id=match_id)
    own = [part.id for part in parts]
    sights = read_sights(session, own)
    active = {*own, *(s.other_id for seen in sights.values() for s in seen if s.other_is_active)}
    leads = read_leads(session, [parts[0].match_id])
    active |= directors_of(session, leads)
    seen = leads_seen(leads, known_of(own, sights), active.__contains__)
    return _Place(parts[0].match_id, own, sights, seen)


def _is_own(place: _Place, lead: CaseLead) -> bool:
    return lead.participation_id in place.own


def _proposer(place: _Place, lead: Lead) -> UUID:
    """Return which of the caller's parts asks."""
    wanted = lead.participation_id
    if wanted is None:
        # Whoever knows who had the lead is to know who has it now.
        current = place.leads.current
        held = current.participation_id if current else None
        return held if held in place.own and held is not None else place.own[0]
    if wanted in place.own:
        return wanted
    seeing = [
        one
        for part in place.own
        for one in place.sights.get(part, ())
        if one.other_id == wanted and one.is_active
    ]
    if not seeing:
        raise InvalidInput([InvalidParam(name="deelname", reason=_NOT_SEEN)])
    asking = next((one.own_id for one in seeing if one.is_mutual), None)
    if asking is None:
        raise Problem(409, _NOT_VISIBLE)
    return asking


_ACTIONS = {
    LeadStatus.PROPOSED: Action.LEAD_PROPOSED,
    LeadStatus.ACCEPTED: Action.LEAD_ACCEPTED,
    LeadStatus.DECLINED: Action.LEAD_DECLINED,
    LeadStatus.RETURNED: Action.LEAD_RETURNED,
}


def _record(session: Session, services: Services, caller: Caller, lead: CaseLead) -> None:
    session.flush()
    audit.record(
        session,
        services.audit_key,
        actor=caller.actor,
        deeds=[(_ACTIONS[lead.status], lead.match_id)],
        now=services.clock(),
    )
