"""Who may know of whom: a symmetric decision over the rules, and the rules that are seeded."""

from __future__ import annotations

from itertools import combinations_with_replacement, product
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from match.matches import PairVisibility
from match.pairing import Involvement, on_registered
from match.rules import MatchRule, Party, RuleBook, RuleEffect, load_rule_book
from orgprofiles.base import new_id
from orgprofiles.domains import Domain

_A, _B = UUID(int=1), UUID(int=2)
_IDS = st.sampled_from([_A, _B, UUID(int=3)])
domains = st.sampled_from(Domain)
parties = st.builds(
    Party,
    organisation_id=_IDS,
    unit_id=_IDS,
    domain=domains,
    independent=st.booleans(),
    sensitive=st.booleans(),
)


def key(low: Domain, high: Domain, sensitive: bool) -> tuple[Domain, Domain, bool]:
    return (*sorted((low, high), key=lambda domain: domain.value), sensitive)


keys = st.builds(key, domains, domains, st.booleans())
rule_books = st.builds(RuleBook, st.just(1), st.dictionaries(keys, st.sampled_from(RuleEffect)))
SEEDED = RuleBook(
    1,
    {
        key(low, high, sensitive): RuleEffect.NO_MATCH if sensitive else RuleEffect.MATCH
        for low, high in combinations_with_replacement(Domain, 2)
        for sensitive in (True, False)
    },
)
involvements = st.builds(
    Involvement,
    signal_id=st.uuids(),
    party=parties,
    professional_id=st.none() | st.uuids(),
    participation_id=st.none() | st.uuids(),
)


@given(rule_books, parties, parties)
def test_the_effect_is_the_same_from_both_sides(book: RuleBook, one: Party, other: Party) -> None:
    assert book.effect(one, other) is book.effect(other, one)


@given(parties, parties)
def test_without_a_rule_there_is_no_match(one: Party, other: Party) -> None:
    assert RuleBook(1, {}).effect(one, other) is RuleEffect.NO_MATCH


@given(rule_books, parties, parties)
def test_a_match_needs_a_rule_that_says_so(book: RuleBook, one: Party, other: Party) -> None:
    rule = book.effects.get(key(one.domain, other.domain, one.sensitive or other.sensitive))
    if rule is not RuleEffect.MATCH:
        assert book.effect(one, other) is RuleEffect.NO_MATCH


def test_one_organisation_matches_only_between_two_different_independent_units() -> None:
    flags = (True, False)
    seen = set()
    for same, here, *rest in product(flags, repeat=6):
        one_apart, other_apart, one_hidden, other_hidden = rest
        one = Party(_A, _A, Domain.DEBT, independent=one_apart, sensitive=one_hidden)
        other = Party(
            _A if same else _B,
            _A if here else _B,
            Domain.CARE,
            independent=other_apart,
            sensitive=other_hidden,
        )
        expected = not (one_hidden or other_hidden) and (
            not same or (not here and one_apart and other_apart)
        )
        for effect in (SEEDED.effect(one, other), SEEDED.effect(other, one)):
            assert (effect is RuleEffect.MATCH) is expected
        seen.add(expected)
    assert seen == {True, False}


@given(parties, parties)
def test_sensitive_never_matches_with_the_seeded_rules(one: Party, other: Party) -> None:
    if one.sensitive or other.sensitive:
        assert SEEDED.effect(one, other) is RuleEffect.NO_MATCH


def test_the_migrated_database_has_exactly_the_seeded_rules(engine: Engine) -> None:
    with Session(engine) as session:
        rows = session.scalars(select(MatchRule)).all()
        assert len(rows) == 182
        assert {row.version for row in rows} == {1}
        assert load_rule_book(session, 1) == SEEDED
        assert load_rule_book(session, 2).effects == {}


@given(involvements, st.lists(involvements, max_size=6), rule_books)
def test_a_new_signal_pairs_with_exactly_those_whom_the_rules_allow(
    new: Involvement, others: list[Involvement], book: RuleBook
) -> None:
    change = on_registered(new, others, book)
    partners = [o for o in others if book.effect(new.party, o.party) is RuleEffect.MATCH]
    assert len(change.pairs) == len(partners)
    if not partners:
        assert (change.joining, change.pairs, change.notices) == ([], [], [])
        return
    parts = {signal: part for part, signal in change.joining}
    own = parts.pop(new.signal_id)
    known = {o.participation_id for o in partners if o.participation_id} | set(parts.values())
    assert set(parts) == {o.signal_id for o in partners if o.participation_id is None}
    assert {p.low_participation_id for p in change.pairs} | {
        p.high_participation_id for p in change.pairs
    } == known | {own}
    for pair in change.pairs:
        assert pair.low_participation_id < pair.high_participation_id
        assert own in (pair.low_participation_id, pair.high_participation_id)
        assert (pair.visibility, pair.mails) == (PairVisibility.BOTH, True)


@given(involvements, st.lists(involvements, max_size=6))
def test_everybody_in_a_new_pair_is_told_once_of_one_event(
    new: Involvement, others: list[Involvement]
) -> None:
    change = on_registered(new, others, SEEDED)
    partners = [o for o in others if SEEDED.effect(new.party, o.party) is RuleEffect.MATCH]
    told = [(n.professional_id, n.unit_id) for n in change.notices]
    expected = [new, *partners] if partners else []
    assert told == [(i.professional_id, i.party.unit_id) for i in expected]
    assert len({n.event_id for n in change.notices}) <= 1
    assert {n.about_signal_id for n in change.notices} <= {new.signal_id}
    assert len({n.participation_id for n in change.notices}) == len(change.notices) or any(
        o.participation_id == p.participation_id is not None
        for o in partners
        for p in partners
        if o is not p
    )


def test_ids_of_a_change_are_new_each_time() -> None:
    parties_of = [
        Party(new_id(), new_id(), Domain.DEBT, independent=False, sensitive=False) for _ in range(2)
    ]
    one, other = (Involvement(new_id(), party, None) for party in parties_of)
    first, second = (on_registered(one, [other], SEEDED) for _ in range(2))
    assert not {part for part, _ in first.joining} & {part for part, _ in second.joining}
