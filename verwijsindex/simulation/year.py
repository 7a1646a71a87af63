"""The year itself: what is planned happens, the worker works, and everybody reads their mail."""

from __future__ import annotations

import hashlib
import heapq
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crypto.pseudonym import PSEUDONYM_BYTES, Pseudonym
from match.case_leads import CaseLead, LeadStatus
from match.ending import end
from match.lead_rules import Preference
from match.matches import Participation
from match.messages import OutboxMessage
from match.registering import InformingFacts, Registration, register
from match.signals import (
    EndReason,
    Informed,
    InformedBy,
    InformedHow,
    Reaction,
    Signal,
)
from match.terms import IMPORT_SIGNALS, lapse_date
from orgprofiles.domains import AgeGroup, Domain
from orgprofiles.dutch_calendar import AMSTERDAM, is_working_day
from orgprofiles.organisations import Professional
from verwijsindex.accounts.roles import Role, scopes_of
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.http.problems import Problem
from verwijsindex.mail.delivery import deliver_due
from verwijsindex.services import Services
from verwijsindex.simulation.city import City, Colleague
from verwijsindex.simulation.figures import Figures, Kept
from verwijsindex.simulation.habits import Deed, Habits, Size
from verwijsindex.simulation.match_work import MatchWork
from verwijsindex.simulation.surroundings import Planned, Post, SimulatedClock
from verwijsindex.use_cases.change_lead_rule import change_lead_rule
from verwijsindex.use_cases.change_signal import change_term
from verwijsindex.use_cases.check_transfers import Target
from verwijsindex.use_cases.off_board import off_board
from verwijsindex.worker import Worker

_ROUNDS = (time(7, 31), time(10), time(12, 30), time(15), time(17))
#: The list of what lapses was mailed a month before.
_ASKED_AHEAD = timedelta(days=20)
_T = TypeVar("_T")


class Year:
    """A year in the city; :meth:`run` lives it."""

    def __init__(
        self,
        services: Services,
        clock: SimulatedClock,
        city: City,
        *,
        size: Size,
        habits: Habits,
        chance: Random,
    ) -> None:
        """Take what there is on its first day.

        Args:
            services: With *clock*, on a database with *city* in it.
            clock: At the beginning.
            city: Everybody.
            size: How many days it lasts, and of how many persons it tells.
            habits: What people do.
            chance: Everything that is drawn is drawn from it.
        """
        self._services, self._clock, self._city = services, clock, city
        self._size, self._habits, self._chance = size, habits, chance
        self._plans: list[Planned] = []
        self._numbers = count()
        self._worker = Worker(services)
        self._sent: list[tuple[datetime, str, UUID]] = []
        self._looked_at = clock.now
        self._is_told_of_files = False
        self.figures = Figures()
        self._matches = MatchWork(
            services, clock, city, habits, chance, figures=self.figures, plan=self._plan
        )
        self._deeds: dict[Deed, Callable[..., None]] = {
            Deed.FOLLOW_UP: self._matches.follow_up,
            Deed.CONFIRM: self._matches.confirm,
            Deed.ANSWER: self._matches.answer,
            Deed.OVER: self._over,
            Deed.EXTEND: self._extend,
            Deed.LEAVE: self._leave,
        }

    def run(self, tell: Callable[[int], None] = lambda _: None) -> Figures:
        """Live it; return what came of it.

        Args:
            tell: Called with the number of each day that is over.
        """
        self._agree_on_leads()
        files = self._plan_registrations()
        self.figures.begins_on = self._today(self._clock.now)
        for organisation_id, people in files.items():
            self._import(organisation_id, people)
        self._plan_leaving()
        for day in range(self._size.days):
            start = self._clock.now.astimezone(AMSTERDAM).date()
            for moment in _ROUNDS if is_working_day(start) else _ROUNDS[:1]:
                self._clock.now = datetime.combine(start, moment, AMSTERDAM).astimezone(UTC)
                self._happen()
                self._work()
                if not self._is_told_of_files:
                    self.figures.count_imports(one.address for one in self._city.workers.values())
                    self._is_told_of_files = True
                self._look()
            tell(day)
            following = start + timedelta(days=1)
            self._clock.now = datetime.combine(following, time(), AMSTERDAM).astimezone(UTC)
        self._close()
        return self.figures

    def _plan(self, at: datetime, deed: Deed, *about: Any) -> None:
        heapq.heappush(self._plans, Planned(at, next(self._numbers), deed, about))

    def _agree_on_leads(self) -> None:
        order = (Domain.WELFARE, Domain.CARE, Domain.YOUTH, Domain.SOCIAL_SUPPORT, Domain.DEBT)
        with self._services.sessions() as session:
            change_lead_rule(
                session,
                self._services,
                actor=Actor(ActorKind.ADMINISTRATOR),
                preferences=[Preference(domain=one) for one in order],
                reason="Simulatie",
            )

    def _plan_registrations(self) -> dict[UUID, list[int]]:
        """Plan who registers whom when; return the persons of each organisation's file."""
        chance, habits = self._chance, self._habits
        several = list(self._city.of_organisation)
        weights = [len(self._city.of_organisation[one]) for one in several]
        files: dict[UUID, list[int]] = {one: [] for one in self._city.importers}
        begin = self._clock.now
        for person in range(self._size.persons):
            further = chance.choices(range(len(habits.further)), habits.further)[0]
            involved: set[UUID] = set()
            while len(involved) < min(1 + further, len(several)):
                involved.update(chance.choices(several, weights))
            for organisation_id in sorted(involved):
                if organisation_id in files and chance.random() < 0.6:
                    files[organisation_id].append(person)
                    continue
                at = begin + timedelta(
                    days=chance.randrange(self._size.days), hours=chance.uniform(8, 15)
                )
                self._plan(at, Deed.REGISTER, person, organisation_id)
        return files

    def _plan_leaving(self) -> None:
        for who in self._city.workers.values():
            if self._chance.random() < self._habits.leaves:
                days = self._chance.uniform(10, self._size.days)
                self._plan(self._clock.now + timedelta(days=days), Deed.LEAVE, who)

    def _colleague(self, organisation_id: UUID) -> Colleague:
        several = [one for one in self._city.of_organisation[organisation_id] if not one.is_gone]
        return self._chance.choices(several, [one.cases for one in several])[0]

    def _import(self, organisation_id: UUID, people: Sequence[int]) -> None:
        self.figures.imported = max(self.figures.imported, len(people))
        for some in _parts(sorted(people), 100):
            rows = [(one, self._colleague(organisation_id)) for one in some]
            self._register(rows, is_import=True)

    def _register(self, rows: Sequence[tuple[int, Colleague]], *, is_import: bool) -> None:
        now, today = self._clock.now, self._services.today()
        with self._services.sessions.begin() as session:
            done, _ = register(
                session,
                [self._registration(person, who) for person, who in rows],
                rules=self._services.rule_book(session, 1),
                epoch=self._services.epoch,
                now=now,
                today=today,
                digest_due=self._services.settings.digest.due(now) if is_import else None,
                # The last part of an import is of the same import.
                registered_today=IMPORT_SIGNALS if is_import else 0,
            )
        for (_, who), one in zip(rows, done, strict=True):
            if not one.is_new:
                continue
            self._matches.order[one.signal_id] = len(self._matches.order)
            self.figures.signals += 1
            if self._chance.random() < self._habits.mistakes:
                soon = now + timedelta(days=self._chance.uniform(0.2, 4))
                self._plan(soon, Deed.OVER, one.signal_id, EndReason.WRONG_PERSON)
                continue
            lasts = timedelta(days=self._chance.expovariate(1 / self._habits.involved_days))
            self._plan_rest(one.signal_id, who, now + lasts)

    def _plan_rest(self, signal_id: UUID, who: Colleague, over: datetime) -> None:
        """Plan how an involvement that is over on a day goes on from now."""
        lapses = self._lapses(who)
        asked = datetime.combine(lapses, time(11), UTC) - _ASKED_AHEAD
        if over > asked:
            if self._chance.random() < self._habits.extends:
                self._plan(asked, Deed.EXTEND, signal_id, who, over)
        elif self._chance.random() < self._habits.ends:
            self._plan(over, Deed.OVER, signal_id, EndReason.COMPLETED)

    def _lapses(self, who: Colleague) -> date:
        day = lapse_date(None, AgeGroup.ADULT, self._services.today(), who.caller.terms)
        if isinstance(day, str):
            raise TypeError(day)
        return day

    def _leave(self, session: Session, who: Colleague) -> None:
        staying = [
            one
            for one in self._city.of_organisation[who.party.organisation_id]
            if not one.is_gone and one is not who
        ]
        if not staying:
            return
        heir = self._chance.choice(staying)
        done = off_board(
            session,
            self._services,
            caller=replace(who.caller, scopes=scopes_of({Role.COORDINATOR})),
            professional=session.get_one(Professional, who.id),
            target=Target(professional_key=heir.key, unit_id=None),
        )
        who.is_gone = done.has_left
        self.figures.left += done.has_left
        self.figures.handed_over += done.transferred.moved

    def _registration(self, person: int, who: Colleague) -> Registration:
        today = self._services.today()
        reference = f"S-{person}"
        organisation_id = who.party.organisation_id
        return Registration(
            # No pseudonym of anybody: there is no key in it.
            pseudonym=Pseudonym(hashlib.sha256(b"%d" % person).digest()[:PSEUDONYM_BYTES]),
            party=who.party,
            professional_id=who.id,
            legal_basis_id=who.basis_id,
            lapses=self._lapses(who),
            reference_sealed=self._services.references.seal(organisation_id, reference),
            reference_hash=self._services.references.lookup_hash(organisation_id, reference),
            informing=InformingFacts(
                informed_by=InformedBy.OWN,
                informed=(Informed.CLIENT,),
                informed_how=InformedHow.CONVERSATION,
                informed_on=today,
                reaction=Reaction.NOT_ASKED,
            ),
            follow_up_days=5,
        )

    def _happen(self) -> None:
        """Let everything happen that was planned up to now."""
        while self._plans and self._plans[0].at <= self._clock.now:
            one = heapq.heappop(self._plans)
            if one.deed is Deed.REGISTER:
                person, organisation_id = one.about
                self._register([(person, self._colleague(organisation_id))], is_import=False)
                continue
            with self._services.sessions() as session:
                try:
                    self._deeds[one.deed](session, *one.about)
                except Problem:
                    # It is too late, or another one was first: so it goes in a year.
                    session.rollback()

    def _over(self, session: Session, signal_id: UUID, reason: EndReason) -> None:
        signal = session.get(Signal, signal_id)
        if signal is not None:
            now, today = self._clock.now, self._services.today()
            self.figures.ended += end(session, signal, reason, now=now, today=today)
        session.commit()

    def _extend(self, session: Session, signal_id: UUID, who: Colleague, over: datetime) -> None:
        change_term(
            session,
            self._services,
            caller=who.caller,
            signal_id=signal_id,
            lapses=self._lapses(who),
            age_group=AgeGroup.ADULT,
        )
        self.figures.extended += 1
        self._plan_rest(signal_id, who, over)

    def _work(self) -> None:
        """Let the worker do what it would have done by now, and deliver the mail."""
        worker = self._worker
        for job in (
            worker.lapse,
            worker.delete,
            worker.review,
            worker.ask_leads,
            worker.ask_checkups,
            worker.gather,
            worker.fold,
        ):
            job()
        before = len(self._sent)
        while deliver_due(self._services, stop=threading.Event(), connect=lambda: Post(self._sent)):
            pass
        new = self._sent[before:]
        with self._services.sessions() as session:
            for some in _parts(new, 500):
                ids = [message_id for _, _, message_id in some]
                kinds = {
                    row.id: row.kind
                    for row in session.execute(
                        select(OutboxMessage.id, OutboxMessage.kind).where(
                            OutboxMessage.id.in_(ids)
                        )
                    )
                }
                for at, address, message_id in some:
                    self.figures.mails.append(Kept(self._today(at), address, kinds[message_id]))

    def _look(self) -> None:
        """Have everybody plan what they do about what is new."""
        since, self._looked_at = self._looked_at, self._clock.now
        chance, habits, now = self._chance, self._habits, self._clock.now
        with self._services.sessions() as session:
            parts = session.scalars(
                select(Participation).where(
                    or_(
                        Participation.first_seen_at > since,
                        Participation.reminded_at > since,
                        Participation.escalated_at > since,
                    )
                )
            ).all()
            for part in sorted(parts, key=lambda one: self._matches.order[one.signal_id]):
                self._matches.order[part.id] = self._matches.order[part.signal_id]
                will = habits.acts
                if part.escalated_at is not None and part.escalated_at > since:
                    will = habits.acts_when_told
                    self.figures.escalated += 1
                elif part.reminded_at is not None and part.reminded_at > since:
                    will = habits.acts_when_reminded
                    self.figures.reminded += 1
                else:
                    self.figures.seen.add(part.id)
                if part.is_unsettled and chance.random() < will:
                    days = habits.days_until_acting(chance)
                    self._plan(now + timedelta(days=days), Deed.FOLLOW_UP, part.id)
            asked = session.scalars(
                select(CaseLead.participation_id).where(
                    CaseLead.proposed_at > since, CaseLead.status == LeadStatus.PROPOSED
                )
            ).all()
            for part_id in sorted(
                filter(None, asked), key=lambda one: self._matches.order.get(one, 0)
            ):
                days = habits.days_until_acting(chance)
                self._plan(now + timedelta(days=days), Deed.ANSWER, part_id)

    def _close(self) -> None:
        with self._services.sessions() as session:
            self.figures.count_what_is_left(
                session, today=self._services.today(), people=self._city.workers.values()
            )

    def _today(self, moment: datetime) -> Any:
        return moment.astimezone(AMSTERDAM).date()


def _parts(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
