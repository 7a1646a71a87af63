"""Which matches the worker is to look at for who keeps the overview."""

from __future__ import annotations

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

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
