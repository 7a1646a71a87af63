"""Who may take signals over: the teams that the caller sees, and who works there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orgprofiles.organisations import Professional, ProfessionalStatus, Unit
from verwijsindex.access import Caller
from verwijsindex.services import Services
from verwijsindex.use_cases.check_transfers import Target


@dataclass(frozen=True, slots=True)
class Taker:
    """Somebody, or a team, who may be contact.

    Attributes:
        target: As a transfer names them.
        name: Of the person, or of the team.
    """

    target: Target
    name: str

    @property
    def choice(self) -> str:
        """What a form calls it: the unit, and the person's key if it is a person."""
        return f"{self.target.unit_id} {self.target.professional_key or ''}".strip()


@dataclass(frozen=True, slots=True)
class TakingUnit:
    """A unit that takes part, and who may take over there: its team first."""

    id: UUID
    name: str
    takers: Sequence[Taker]


def read_takers(
    session: Session, services: Services, *, caller: Caller, without_key: str | None = None
) -> list[TakingUnit]:
    """Return who may take over, in two queries, units and people by name.

    Args:
        session: Only read.
        services: The clock.
        caller: Whose units.
        without_key: Somebody who is left out: who hands over.
    """
    units = session.scalars(
        select(Unit).where(caller.may_see_unit(), Unit.takes_part).order_by(Unit.name)
    ).all()
    people: dict[UUID, list[Taker]] = {one.id: [] for one in units}
    for one in session.scalars(
        select(Professional)
        .where(
            Professional.unit_id.in_(people),
            Professional.status == ProfessionalStatus.ACTIVE,
            Professional.trained_on <= services.today(),
        )
        .order_by(func.lower(Professional.name), Professional.id)
    ):
        if one.key != without_key:
            target = Target(professional_key=one.key, unit_id=one.unit_id)
            people[one.unit_id].append(Taker(target, one.name))
    return [
        TakingUnit(
            one.id, one.name, [Taker(Target(unit_id=one.id), f"Team {one.name}"), *people[one.id]]
        )
        for one in units
    ]


def chosen_taker(units: Sequence[TakingUnit], choice: str) -> Taker | None:
    """Return who was chosen, of those that were offered."""
    return next((one for unit in units for one in unit.takers if one.choice == choice), None)
