"""What professionals do with their matches in a simulated year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.follow_up import FollowUp, Outcome
from match.matches import Participation
from match.sights import read_sights
from match.signals import Signal, SignalStatus
from verwijsindex.services import Services
from verwijsindex.simulation.city import City, Colleague
from verwijsindex.simulation.figures import Figures
from verwijsindex.simulation.habits import Deed, Habits
from verwijsindex.simulation.surroundings import SimulatedClock
from verwijsindex.use_cases.follow_up_match import (
    FollowUpChange,
    confirm_acquaintance,
    record_follow_up,
)
from verwijsindex.use_cases.lead_match import accept_lead, decline_lead


@dataclass
class MatchWork:
    """Everybody's work on matches.

    Attributes:
        plan: Plans a deed for a moment.
        order: Numbers of signals and of parts in order of coming: ids are random, a year is not.
    """

    _services: Services
    _clock: SimulatedClock
    _city: City
    _habits: Habits
    _chance: Random
    figures: Figures
    plan: Callable[..., None]
    order: dict[UUID, int] = field(default_factory=dict)

    def follow_up(self, session: Session, participation_id: UUID) -> None:
        """Record what came of a match, if there is still anything to record."""
        part, who = self._part(session, participation_id)
        if part is None or who is None or not part.is_unsettled:
            return
        sights = read_sights(session, [part.id]).get(part.id, [])
        seen = [one.other_id for one in sights if one.is_active]
        if not seen:
            return
        first = min(seen, key=lambda one: self.order.get(one, 0))
        knew = self._chance.random() < self._habits.knew
        status = FollowUp.ALREADY_IN_CONTACT if knew else self._habits.outcome(self._chance)
        met = [first] if knew else []
        record_follow_up(
            session,
            self._services,
            caller=who.caller,
            match_id=part.shown_as or part.match_id,
            participation_id=part.id,
            change=FollowUpChange(
                status=status,
                met=met,
                outcomes={Outcome.CLEARER_VIEW} if status is FollowUp.CONTACTED else set(),
            ),
            acting_id=who.id,
        )
        if status is FollowUp.NOT_REACHED:
            self.plan(self._clock.now + timedelta(days=4), Deed.FOLLOW_UP, part.id)
            return
        self.figures.follow_up(part, self._services.today())
        if met and self._chance.random() < self._habits.confirms:
            later = self._clock.now + timedelta(days=self._chance.uniform(0.5, 5))
            self.plan(later, Deed.CONFIRM, met[0], part.id)

    def confirm(self, session: Session, participation_id: UUID, other: UUID) -> None:
        """Say that one was in contact already with *other*, who said so."""
        part, who = self._part(session, participation_id)
        if part is None or who is None:
            return
        was_open = part.is_unsettled
        confirm_acquaintance(
            session,
            self._services,
            caller=who.caller,
            match_id=part.shown_as or part.match_id,
            participation_id=part.id,
            others=[other],
        )
        self.figures.confirmed += 1
        if was_open:
            self.figures.follow_up(part, self._services.today())

    def answer(self, session: Session, participation_id: UUID) -> None:
        """Say yes or no to keeping the overview."""
        part, who = self._part(session, participation_id)
        if part is None or who is None:
            return
        accepts = self._chance.random() < self._habits.leads
        (accept_lead if accepts else decline_lead)(
            session,
            self._services,
            caller=who.caller,
            match_id=part.shown_as or part.match_id,
        )
        self.figures.led += accepts

    def _part(
        self, session: Session, participation_id: UUID
    ) -> tuple[Participation | None, Colleague | None]:
        row = session.execute(
            select(Participation, Signal.professional_id)
            .join(Signal, Signal.id == Participation.signal_id)
            .where(Participation.id == participation_id, Signal.status == SignalStatus.ACTIVE)
        ).one_or_none()
        if row is None:
            return None, None
        return row.Participation, self._city.workers.get(row.professional_id)
