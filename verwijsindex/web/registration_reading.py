"""What the pages for registering read: data for their scripts, and the way to a match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.matches import MatchKind, Participation
from match.seeing import saw_anybody, shown_id
from match.terms import add_months
from verwijsindex.accounts.sessions import SignedIn
from verwijsindex.settings import Settings
from verwijsindex.use_cases.register_by_hand import FormFacts


@dataclass(frozen=True, slots=True)
class WayToMatch:
    """The address of a match page: both ids as one's own side knows them."""

    match_id: UUID
    participation_id: UUID


def read_way_to_match(session: Session, signal_id: UUID) -> WayToMatch | None:
    """Return the way to the newest match of a signal that may be seen; the caller looked at it."""
    row = session.execute(
        select(shown_id().label("shown_as"), Participation.id)
        .where(
            Participation.signal_id == signal_id,
            Participation.kind == MatchKind.PERSON,
            saw_anybody(),
        )
        .order_by(Participation.joined_at.desc())
        .limit(1)
    ).first()
    return None if row is None else WayToMatch(row.shown_as, row.id)


def form_data(facts: FormFacts, who: SignedIn, *, settings: Settings) -> dict[str, Any]:
    """Return what the scripts of the form need to know, as JSON; nothing of it is secret.

    Args:
        facts: Of the organisation.
        who: Whose form it is.
        settings: Of the index.
    """
    return {
        "vandaag": facts.today.isoformat(),
        "dienst": settings.service_url,
        "gezin": settings.family_match,
        "account": str(who.account_id),
        "zelf": who.professional_key,
        "eigenAfdeling": str(who.unit_id) if who.unit_id else None,
        "uiterlijkHerzien": add_months(facts.today, 1).isoformat(),
        "wijzen": sorted(facts.ways) if facts.ways is not None else None,
        "afdelingen": [
            {
                "id": str(unit.id),
                "naam": unit.name,
                "grondslagen": {
                    group.value: {"eist": basis.demands.value, "uitstel": basis.may_defer}
                    for group, basis in unit.bases.items()
                },
                "collegas": [{"sleutel": one.key, "naam": one.name} for one in unit.colleagues],
            }
            for unit in facts.units
        ],
    }
