"""What the pages of signals need besides the signals: names, ages, and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.history import HistoryReason
from match.signals import EndReason, Signal, SignalStatus
from match.terms import Terms, add_months
from orgprofiles.domains import AgeGroup
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import Professional, Unit
from verwijsindex.access import Caller

STATUS_WORDS = {
    SignalStatus.ACTIVE: "actief",
    SignalStatus.ENDED: "beëindigd",
    SignalStatus.LAPSED: "verlopen",
}
REASON_WORDS = {
    EndReason.COMPLETED: "Afgerond",
    EndReason.STOPPED_EARLY: "Voortijdig gestopt",
    EndReason.NO_CONTACT: "Geen contact meer",
    EndReason.TRANSFERRED: "Een andere organisatie nam het over",
    EndReason.MOVED: "Verhuisd",
    EndReason.DECEASED: "Overleden",
    EndReason.OBJECTION: "De cliënt maakt bezwaar",
    EndReason.CONSENT_WITHDRAWN: "De cliënt trok de instemming in",
    EndReason.WRONG_PERSON: "Het was de verkeerde persoon",
}
HISTORY_WORDS = {
    HistoryReason.RETURN: "De cliënt kwam terug",
    HistoryReason.QUESTION: "De cliënt vraagt ernaar",
    HistoryReason.MISTAKE: "Misschien is het per ongeluk beëindigd, of klopt er iets niet",
    HistoryReason.HANDOVER: "Bij een overdracht is nog iets nodig",
}


@dataclass(frozen=True, slots=True)
class Names:
    """How people call what signals name by id or key."""

    units: Mapping[UUID, str]
    professionals: Mapping[str, str]

    def contact(self, unit_id: UUID, key: str | None) -> str:
        """Return whose signal it is: a name, or the team's."""
        if key is None:
            return f"Team {self.units.get(unit_id, '')}".strip()
        return self.professionals.get(key, key)


def read_names(session: Session, caller: Caller) -> Names:
    """Return the names of what *caller* may see, in two queries."""
    units = session.execute(select(Unit.id, Unit.name).where(caller.may_see_unit())).all()
    people = session.execute(
        select(Professional.key, Professional.name).where(
            Professional.organisation_id == caller.organisation_id
        )
    ).all()
    return Names({row.id: row.name for row in units}, {row.key: row.name for row in people})


def read_age_groups(
    session: Session, caller: Caller, signal_ids: Sequence[UUID]
) -> dict[UUID, AgeGroup]:
    """Return the age group for which each signal was registered, of those that *caller* may see."""
    rows = session.execute(
        select(Signal.id, LegalBasis.age_group)
        .join(LegalBasis, LegalBasis.id == Signal.legal_basis_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(Signal.id.in_(signal_ids), caller.may_see_unit())
    )
    return {row.id: row.age_group for row in rows}


def usual_end(terms: Terms, group: AgeGroup, today: date) -> date:
    """Return on what day a signal that is extended today ends, unless somebody says otherwise."""
    return add_months(today, min(terms.default_months, terms.longest_for(group)))
