"""Registering, ending, lapsing and extending in any order, compared with a simple model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations_with_replacement
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

from match.history import HISTORY
from match.rule_versions import GroundedEffect
from match.rules import RuleEffect, Sensitivity, domain_key
from match.signals import Signal
from match.terms import add_months, first_of_month_from
from orgprofiles.domains import Domain
from orgprofiles.organisations import Professional
from tests.clock import START
from tests.match import tables
from tests.match.model import Contact, KnownSignal, Model, Rules
from tests.world import World
from verwijsindex.api.rule_schemas import RuleDraft
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.use_cases.change_rules import RulesRefused, change_rules
from verwijsindex.worker import Worker

DOMAINS = (Domain.DEBT, Domain.WELFARE, Domain.SAFETY, Domain.MENTAL_HEALTH, Domain.HOUSING)
PERSONS = (1, 2)
REASONS = ("afgerond", "overleden", "verkeerde_persoon")
CONTACTS = 9
BETWEEN = frozenset({"Schuldhulp", "Veilig Thuis"})
EFFECTS = st.sampled_from(list(RuleEffect))
TWO_SIDED = st.sampled_from([one for one in RuleEffect if one is not RuleEffect.SENSITIVE_FIRST])
RULES = st.builds(
    Rules,
    effects=st.tuples(TWO_SIDED, EFFECTS, TWO_SIDED),
    between=st.just(()) | st.tuples(st.tuples(st.just(BETWEEN), EFFECTS)),
)


@pytest.fixture
def contacts(world: World) -> list[Contact]:
    """Return who may signal: two organisations, two sensitive ones, and one with units apart."""
    plain = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    hidden = world.member("Veilig Thuis", domain="veiligheid", sensitive=True)
    other_hidden = world.member("GGZ", domain="ggz", sensitive=True)
    apart = world.member(
        "Gemeente",
        units={
            "Balie": 'domein = "welzijn"',
            "Wonen": 'domein = "wonen"\nzelfstandig = true',
            "Schulden": 'domein = "schulden"\nzelfstandig = true',
        },
        independent_units=("Wonen", "Schulden"),
    )
    with world.services.sessions() as session:
        ids = {(p.organisation_id, p.key): p.id for p in session.query(Professional)}
    found = []
    for member, unit, key in (
        (plain[0], "Team", "m1"),
        (plain[0], "Team", "m2"),
        (plain[0], "Team", None),
        (plain[1], "Team", "m1"),
        (hidden, "Team", "m1"),
        (other_hidden, "Team", "m1"),
        (apart, "Balie", None),
        (apart, "Wonen", None),
        (apart, "Schulden", None),
    ):
        contact = {"medewerker": key} if key else {"afdeling": True}
        unit_id = member.units[unit]
        found.append(
            Contact(
                member.name,
                unit_id,
                ids[member.id, key] if key else unit_id,
                {"afdeling": str(unit_id), "contact": contact},
                sensitive=member in (hidden, other_hidden),
                independent=unit in {"Wonen", "Schulden"},
            )
        )
    assert len(found) == CONTACTS
    return found


class LifeOfAMatch(RuleBasedStateMachine):
    """Does the same to the index and to the model."""

    def __init__(self, world: World, contacts: list[Contact]) -> None:
        super().__init__()
        self.world, self.contacts, self.model = world, contacts, Model()
        self.worker = Worker(world.services)
        world.clock.moment = START
        world.services.rule_books.clear()  # versions of the example before this one
        with world.services.sessions.begin() as session:
            tables.empty(session)
        self.sign_in()

    def sign_in(self) -> None:
        self.model.now = self.world.clock()
        for member in self.world.members.values():
            member.token = self.world.token(member.client)

    @property
    def today(self):
        return self.world.services.today()

    @rule(
        who=st.integers(0, CONTACTS - 1), person=st.sampled_from(PERSONS), months=st.integers(1, 3)
    )
    def register(self, who: int, person: int, months: int) -> None:
        contact = self.contacts[who]
        lapses = add_months(self.today, months)
        answer = self.world.members[contact.member].register(
            person, **contact.body, vervaltDatum=lapses.isoformat()
        )
        self.registered(contact, person, lapses, answer.json["id"], answer.status_code == 201)
        shown = (s for s in self.model.signals if str(s.id) == answer.json["id"])
        self.model.shows(*shown)

    @rule(
        rows=st.lists(
            st.tuples(st.integers(0, 2), st.sampled_from(PERSONS)), min_size=1, max_size=5
        )
    )
    def register_batch(self, rows: list[tuple[int, int]]) -> None:
        # Contacts 0 to 2 are of one organisation. Rows are written in order of pseudonym.
        member = self.world.members[self.contacts[0].member]
        rows = sorted(set(rows), key=lambda row: row[1])
        lapses = add_months(self.today, 2)
        bodies = [
            member.signal(person, **self.contacts[who].body, vervaltDatum=lapses.isoformat())
            for who, person in rows
        ]
        answer = member.post("/api/v1/signalen/batch", {"signalen": bodies})
        for (who, person), row in zip(rows, answer.json["resultaten"], strict=True):
            is_new = row["status"] == "aangemaakt"
            self.registered(self.contacts[who], person, lapses, row["id"], is_new)

    def registered(self, contact: Contact, person: int, lapses, id_: str, is_new: bool) -> None:
        existing = self.model.existing(contact, person, self.today)
        assert is_new == (existing is None)
        if existing is not None:
            assert existing.id == UUID(id_)
            return
        lapses = first_of_month_from(lapses)
        new = KnownSignal(UUID(id_), contact, person, self.world.clock(), lapses)
        self.model.register(new, self.today)

    @precondition(lambda self: self.model.signals)
    @rule(data=st.data(), reason=st.sampled_from(REASONS))
    def end(self, data: st.DataObject, reason: str) -> None:
        signal = data.draw(st.sampled_from(self.model.signals))
        answer = self.patch(signal, {"status": "beeindigd", "reden": reason})
        may = self.model.may_end(signal, reason)
        assert answer.status_code == self.kept(signal, 200 if may else 409)
        if answer.status_code == 200:
            self.model.end(signal, reason)

    @precondition(lambda self: self.model.signals)
    @rule(data=st.data(), months=st.integers(1, 3))
    def extend(self, data: st.DataObject, months: int) -> None:
        signal = data.draw(st.sampled_from(self.model.signals))
        asked = add_months(self.today, months)
        answer = self.patch(signal, {"vervaltDatum": asked.isoformat()})
        assert answer.status_code == self.kept(signal, 200 if signal.is_active else 409)
        if signal.is_active:
            signal.lapses = first_of_month_from(asked)
            self.model.shows(signal)

    def patch(self, signal: KnownSignal, body: dict[str, Any]) -> Any:
        member = self.world.members[signal.contact.member]
        return member.patch(f"/api/v1/signalen/{signal.id}", body)

    def kept(self, signal: KnownSignal, status: int) -> int:
        """Return *status*; 404 where the signal ended too long ago to be there for anybody."""
        with self.world.services.sessions() as session:
            ended_at = session.get_one(Signal, signal.id).ended_at
        is_gone = ended_at is not None and ended_at <= self.world.clock() - HISTORY
        return 404 if is_gone else status

    @rule(days=st.sampled_from([1, 15, 40]))
    def wait(self, days: int) -> None:
        self.world.clock.advance(timedelta(days=days))
        self.sign_in()

    @rule()
    def lapse(self) -> None:
        self.worker.lapse()
        self.model.lapse(self.today)

    @rule(rules=RULES)
    def change_rules(self, rules: Rules) -> None:
        services = self.world.services
        with services.sessions() as session:
            draft = draft_of(rules, self.world)
            try:
                change_rules(session, services, actor=Actor(ActorKind.ADMINISTRATOR), draft=draft)
            except RulesRefused:
                return
        self.model.change_rules(rules, self.world.clock())

    @rule()
    def review(self) -> None:
        self.worker.review()
        self.model.review(self.world.clock(), self.today)

    @precondition(lambda self: self.model.signals)
    @rule(data=st.data())
    def reveal(self, data: st.DataObject) -> None:
        own = data.draw(st.sampled_from(self.model.signals))
        member = self.world.members[own.contact.member]
        matches = member.get("/api/v1/matches", perPagina=500).json["resultaten"]
        self.model.lists(member.name)
        part = next(
            (
                (match["id"], part["id"])
                for match in matches
                for part in match["eigenDeelnames"]
                if part["signaal"] == str(own.id)
            ),
            None,
        )
        sees = any(own.id in pair.sees for pair in self.model.pairs.values())
        assert (part is not None) is sees
        if part is None:
            return
        match, part = part
        answer = member.patch(f"/api/v1/matches/{match}/deelnames/{part}", {"zichtbaar": True})
        done = own.is_active and self.model.reveal(own, self.today)
        assert answer.status_code == (200 if done else 409), answer.text

    @rule()
    def look(self) -> None:
        """Each organisation sees its side of the pairs, and nothing that comes of others."""
        sight = self.model.sight()
        for member in self.world.members.values():
            listed = member.get("/api/v1/matches", perPagina=500).json
            self.model.lists(member.name)
            found = Counter(
                (
                    match["status"],
                    frozenset(
                        (UUID(p["signaal"]), p["zichtbaar"]) for p in match["eigenDeelnames"]
                    ),
                    len(match["deelnemers"]),
                )
                for match in listed["resultaten"]
            )
            assert found == self.model.listed(member.name)
            assert listed["totaal"] == found.total()
            for status in ("open", "gesloten"):
                total = sum(n for (one, _, _), n in found.items() if one == status)
                assert member.get("/api/v1/matches", status=status).json["totaal"] == total
            for signal in member.get("/api/v1/signalen", perPagina=500).json["resultaten"]:
                seen = {other for one, other in sight if one == UUID(signal["id"])}
                assert (signal["match"] is None) is not seen
                assert len((signal["match"] or {"deelnemers": []})["deelnemers"]) == len(seen)

    @invariant()
    def the_index_is_as_the_model(self) -> None:
        with self.world.services.sessions() as session:
            assert tables.statuses(session) == self.model.statuses()
            assert tables.sight(session) == self.model.sight()
            assert tables.open_matches(session) == self.model.open_matches()
            assert tables.notices(session) == self.model.notices
            assert tables.joined(session) == +self.model.joined


def draft_of(rules: Rules, world: World) -> RuleDraft:
    """Return *rules* for the domains that are in use here."""
    ids = {member.name: member.id for member in world.members.values()}
    return RuleDraft(
        "voor deze test",
        {
            domain_key(low, high, sensitivity): _ground(effect)
            for low, high in combinations_with_replacement(DOMAINS, 2)
            for sensitivity, effect in zip(Sensitivity, rules.effects, strict=True)
        },
        [(*(ids[name] for name in sorted(who)), _ground(effect)) for who, effect in rules.between],
    )


def _ground(effect: str) -> GroundedEffect:
    return GroundedEffect(RuleEffect(effect), "Wet X", "Convenant Y")


def live(world: World, contacts: list[Contact], *, examples: int, steps: int) -> Iterator[None]:
    run_state_machine_as_test(
        lambda: LifeOfAMatch(world, contacts),
        settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None),
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_index_does_as_the_model_whatever_happens(
    world: World, contacts: list[Contact]
) -> None:
    live(world, contacts, examples=20, steps=30)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_so_does_the_index_on_postgresql(world: World, contacts: list[Contact]) -> None:
    live(world, contacts, examples=5, steps=20)


@pytest.mark.slow
def test_so_it_does_for_a_long_time(world: World, contacts: list[Contact]) -> None:
    live(world, contacts, examples=300, steps=60)
