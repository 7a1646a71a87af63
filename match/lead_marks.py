"""Which matches the worker is to look at for who keeps the overview."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from match.case_leads import CaseLead, LeadStatus
from match.matches import Match, MatchStatus
from orgprofiles.statements import fixed


def mark_leads_due(session: Session, which: ColumnElement[bool]) -> None:
    """Have the worker look again who is to keep the overview of the open matches of *which*."""
    session.execute(
        update(Match)
        .where(which, Match.status == fixed(MatchStatus.OPEN))
        .values(leads_settled_for=None)
        .execution_options(synchronize_session=False)
    )


def mark_directed_due(session: Session, director_id: UUID) -> None:
    """Have the worker look again at the matches of a match regisseur who may be one no longer."""
    held = [fixed(LeadStatus.PROPOSED), fixed(LeadStatus.ACCEPTED)]
    of_director = select(CaseLead.match_id).where(
        CaseLead.director_id == director_id, CaseLead.status.in_(held)
    )
    mark_leads_due(session, Match.id.in_(of_director))
