"""Everything that may happen to signals, in any order, while days pass and mail fails."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select, update

from match.matches import Participation
from match.subjects import Subject
from match.terms import add_months, first_of_month_from
from orgprofiles.organisations import Professional
from orgprofiles.stand_ins import StandIn
from tests.clock import START
from tests.match import tables
from tests.match.model import Contact, KnownSignal, Rules
from tests.match.test_life_of_a_match import CONTACTS, PERSONS, REASONS, RULES, contacts, draft_of
from tests.verwijsindex.life import found
from tests.verwijsindex.life.mails import Contents
from tests.verwijsindex.life.model import WholeModel
from tests.verwijsindex.life.people_rules import AS_ADMITTED, PeopleRules
from tests.verwijsindex.life.posting import Postbox
from tests.verwijsindex.life.staff import read_staff
from tests.world import World
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.use_cases.change_rules import RulesRefused, change_rules
from verwijsindex.worker import Worker

__all__ = ["contacts"]  # a fixture


class WholeLife(PeopleRules, RuleBasedStateMachine):
    """Does the same to the index and to the model, and reads what was mailed."""

    def __init__(self, world: World, contacts: list[Contact]) -> None:
        super().__init__()
        self.world, self.contacts, self.model = world, contacts, WholeModel()
        self.worker, self.post = Worker(world.services), Postbox()
        self.letters: Counter[tuple[str, Contents]] = Counter()
        world.clock.moment = START
        world.services.rule_books.clear()
        with world.services.sessions.begin() as session:
            tables.empty(session)
            session.execute(delete(StandIn))
            session.execute(update(Professional).values(AS_ADMITTED))
            self.model.staff = read_staff(session)
        self.wait(0)

    @property
    def kept(self) -> list[KnownSignal]:
        """The signals of which anybody may still be told."""
        return [s for s in self.model.signals if not self.model.is_over(s)]

    @rule(days=st.sampled_from([1, 3, 9, 16, 31, 75]))
    def wait(self, days: int) -> None:
        self.world.clock.advance(timedelta(days=days))
        self.model.now = self.world.clock()
        for member in self.world.members.values():
            member.token = self.world.token(member.client)

    @rule(
        who=st.integers(0, CONTACTS - 1),
        person=st.sampled_from(PERSONS),
        months=st.sampled_from([1, 2, 3, 12]),
    )
    def register(self, who: int, person: int, months: int) -> None:
        contact, model = self.contacts[who], self.model
        asked = add_months(model.today, months)
        answer = self.world.members[contact.member].register(
            person, **contact.body, vervaltDatum=asked.isoformat()
        )
        if not model.is_there(contact):
            assert answer.status_code == 400
            return
        existing = model.existing(contact, person, model.today)
        assert answer.status_code == (201 if existing is None else 200)
        if existing is None:
            lapses = first_of_month_from(asked)
            new = KnownSignal(UUID(answer.json["id"]), contact, person, model.now, lapses)
            model.register(new, model.today)
        model.shows(*(s for s in model.signals if str(s.id) == answer.json["id"]))

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), reason=st.sampled_from(REASONS))
    def end(self, data: st.DataObject, reason: str) -> None:
        signal = data.draw(st.sampled_from(self.kept))
        answer = self.patch(signal, {"status": "beeindigd", "reden": reason})
        may = self.model.may_end(signal, reason)
        assert answer.status_code == (200 if may else 409)
        if may:
            self.model.end(signal, reason)

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), months=st.sampled_from([1, 3, 12]))
    def extend(self, data: st.DataObject, months: int) -> None:
        signal = data.draw(st.sampled_from(self.kept))
        asked = add_months(self.model.today, months)
        answer = self.patch(signal, {"vervaltDatum": asked.isoformat()})
        assert answer.status_code == (200 if signal.is_active else 409)
        if signal.is_active:
            self.model.extend(signal, first_of_month_from(asked))
            self.model.shows(signal)

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        signal = data.draw(st.sampled_from(self.kept))
        answer = self.patch(signal, {"nogBetrokken": True})
        assert answer.status_code == (200 if signal.is_active else 409)
        if signal.is_active:
            self.model.confirmed[signal.id] = self.model.now
            self.model.shows(signal)

    @precondition(lambda self: self.model.sight())
    @rule(data=st.data(), both=st.booleans())
    def were_in_contact(self, data: st.DataObject, both: bool) -> None:
        """Somebody says that they knew whom they see, and the other confirms it or not."""
        sight = self.model.sight()
        one, other = map(self.model.by_id, data.draw(st.sampled_from(sorted(sight))))
        (own_path, own), (other_path, theirs) = self.part(one), self.part(other)
        body = {"status": "waren_al_in_contact", "met": [str(theirs)]}
        assert self.member(one).patch(own_path, body).status_code == 200
        self.model.say(one, other, only=True)
        self.model.shows(one)
        if both and (other.id, one.id) in sight:
            answer = self.member(other).patch(other_path, {"bevestigd": [str(own)]})
            assert answer.status_code == 200, answer.text
            self.model.say(other, one, only=False)
            self.model.shows(other)

    @precondition(lambda self: self.model.sight())
    @rule(data=st.data())
    def reveal(self, data: st.DataObject) -> None:
        one, _ = data.draw(st.sampled_from(sorted(self.model.sight())))
        own = self.model.by_id(one)
        answer = self.member(own).patch(self.part(own)[0], {"zichtbaar": True})
        done = self.model.reveal(own, self.model.today)
        assert answer.status_code == (200 if done else 409), answer.text
        if done:
            self.model.shows(own)

    @rule(rules=RULES)
    def change_rules(self, rules: Rules) -> None:
        services = self.world.services
        with services.sessions() as session:
            draft = draft_of(rules, self.world)
            try:
                change_rules(session, services, actor=Actor(ActorKind.ADMINISTRATOR), draft=draft)
            except RulesRefused:
                return
        self.model.change_rules(rules, self.model.now)

    @rule()
    def lapse(self) -> None:
        self.worker.lapse()
        self.model.lapse(self.model.today)

    @rule()
    def review(self) -> None:
        self.worker.review()
        self.model.review(self.model.now, self.model.today)

    @rule()
    def delete(self) -> None:
        self.worker.delete()
        self.model.delete()

    @rule(refuses=st.booleans())
    def mail(self, refuses: bool) -> None:
        self.worker.ask_checkups()
        self.model.ask_checkups()
        self.worker.gather()
        self.model.gather()
        self.post.refuses = refuses
        self.post.deliver(self.world)
        self.model.deliver(refuses=refuses)

    @rule()
    def look(self) -> None:
        """Each organisation sees its own, and its side of the pairs."""
        for member in self.world.members.values():
            listed = member.get("/api/v1/matches", perPagina=500).json["resultaten"]
            self.model.lists(member.name)
            shown = Counter(
                (
                    match["status"],
                    frozenset(
                        (UUID(p["signaal"]), p["zichtbaar"]) for p in match["eigenDeelnames"]
                    ),
                    len(match["deelnemers"]),
                )
                for match in listed
            )
            assert shown == self.model.listed(member.name)
            assert found.contacts(listed) == self.model.shown_contacts(member.name)
            lost = {
                UUID(p["signaal"])
                for match in listed
                if match["verwijderdeDeelname"]
                for p in match["eigenDeelnames"]
            }
            mine = {s.id for s in self.model.signals if s.contact.member == member.name}
            assert self.model.lost & mine <= lost
            signals = member.get("/api/v1/signalen", perPagina=500).json["resultaten"]
            kept = {s.id: s.is_active for s in self.kept if s.id in mine}
            assert {UUID(one["id"]): "kenmerk" in one for one in signals} == kept

    @invariant()
    def the_index_is_as_the_model(self) -> None:
        with self.world.services.sessions() as session:
            assert tables.statuses(session) == self.model.statuses()
            assert tables.sight(session) == self.model.sight()
            assert tables.open_matches(session) == self.model.open_matches()
            assert tables.joined(session) == +self.model.joined
            assert found.deadlines(session) == self.model.deadlines
            assert found.silences(session) == Counter(who for _, who in self.model.silent)
            assert found.outbox(session) == self.model.outbox()
            people = {s.person for s in self.model.signals}
            assert len(session.scalars(select(Subject)).all()) == len(people)
            assert found.contact_ids(session) == {
                s.id: (s.contact.unit_id, s.contact.recipient) for s in self.model.signals
            }

    @invariant()
    def mailed_was_what_the_model_mails(self) -> None:
        self.letters.update(
            (letter.recipient, found.contents(letter)) for _, letter in self.post.taken()
        )
        assert self.letters == self.model.letters

    def member(self, signal: KnownSignal) -> Any:
        return self.world.members[signal.contact.member]

    def patch(self, signal: KnownSignal, body: dict[str, Any]) -> Any:
        return self.member(signal).patch(f"/api/v1/signalen/{signal.id}", body)

    def part(self, signal: KnownSignal) -> tuple[str, UUID]:
        """Return the address of a signal's part in its match, and the part's id."""
        with self.world.services.sessions() as session:
            (found,) = session.scalars(
                select(Participation).where(Participation.signal_id == signal.id)
            )
        match = found.shown_as or found.match_id
        return f"/api/v1/matches/{match}/deelnames/{found.id}", found.id


def live(world: World, contacts: list[Contact], *, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        lambda: WholeLife(world, contacts),
        settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None),
    )


def test_the_index_does_as_the_model_whatever_happens_in_a_life(
    world: World, contacts: list[Contact]
) -> None:
    live(world, contacts, examples=8, steps=30)


@pytest.mark.slow
def test_so_it_does_for_many_lives(world: World, contacts: list[Contact]) -> None:
    is_sqlite = world.services.engine.dialect.name == "sqlite"
    live(world, contacts, examples=300 if is_sqlite else 60, steps=60)
