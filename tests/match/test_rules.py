"""Who may know of whom: a symmetric decision over the rules, and the rules that are seeded."""

from __future__ import annotations

from itertools import combinations_with_replacement, product
from uuid import UUID

from hypothesis import given
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from match.rule_versions import MatchRule, RuleVersion, load_rule_book, version_in_force
from match.rules import (
    Party,
    RuleBook,
    RuleEffect,
    Sensitivity,
    Verdict,
    domain_key,
    organisation_key,
)
from orgprofiles.domains import Domain
from tests.match.parties import BOOKS, ORGANISATIONS, PARTIES, UNITS, book_of

_A, _B = ORGANISATIONS[:2]
_NOTHING = Verdict(one_sees=False, other_sees=False, mails=False)


def swapped(verdict: Verdict) -> Verdict:
    return Verdict(verdict.other_sees, verdict.one_sees, verdict.mails)


def simple(one: Party, other: Party, book: RuleBook) -> RuleEffect | None:
    """The rule that is meant for two parties, as the glossary has it."""
    between = book.between.get(organisation_key(one.organisation_id, other.organisation_id))
    number = list(Sensitivity)[[one.sensitive, other.sensitive].count(True)]
    return between or book.effects.get(domain_key(one.domain, other.domain, number))


@given(BOOKS, PARTIES, PARTIES)
def test_both_sides_get_the_same_verdict(book: RuleBook, one: Party, other: Party) -> None:
    assert book.effect(one, other) is book.effect(other, one)
    assert book.verdict(one, other) == swapped(book.verdict(other, one))


@given(PARTIES, PARTIES)
def test_without_a_rule_there_is_no_match(one: Party, other: Party) -> None:
    assert RuleBook(1, {}).verdict(one, other) == _NOTHING


@given(BOOKS, PARTIES, PARTIES)
def test_whoever_sees_is_let_by_a_rule_that_says_so(
    book: RuleBook, one: Party, other: Party
) -> None:
    verdict, rule = book.verdict(one, other), simple(one, other, book)
    if verdict.one_sees and verdict.other_sees:
        assert rule in {RuleEffect.MATCH, RuleEffect.NO_MAIL} or (
            rule is RuleEffect.SENSITIVE_FIRST and not one.sensitive and not other.sensitive
        )
        assert verdict.mails is (rule is not RuleEffect.NO_MAIL)
    elif verdict.one_sees or verdict.other_sees:
        assert rule is RuleEffect.SENSITIVE_FIRST
        assert (one.sensitive, other.sensitive) == (verdict.one_sees, verdict.other_sees)
    else:
        assert not verdict.mails


@given(BOOKS, PARTIES, PARTIES)
def test_nobody_is_hidden_from_a_party_of_which_the_rules_say_so(
    book: RuleBook, one: Party, other: Party
) -> None:
    verdict = book.verdict(one, other)
    if verdict.other_sees and not verdict.one_sees:
        assert book.may_hide_from(one)
    if one.sensitive:
        assert not book.may_hide_from(one)


def test_one_organisation_matches_only_between_two_different_independent_units() -> None:
    book = book_of(RuleEffect.MATCH)
    seen = set()
    for same, here, one_apart, other_apart in product((True, False), repeat=4):
        one = Party(_A, UNITS[0], Domain.DEBT, independent=one_apart, sensitive=False)
        other = Party(
            _A if same else _B,
            UNITS[0] if here else UNITS[1],
            Domain.CARE,
            independent=other_apart,
            sensitive=False,
        )
        expected = not same or (not here and one_apart and other_apart)
        assert (book.effect(one, other) is RuleEffect.MATCH) is expected
        seen.add(expected)
    assert seen == {True, False}


def test_a_rule_for_two_organisations_goes_before_those_for_their_domains() -> None:
    one = Party(_A, UNITS[0], Domain.DEBT, independent=False, sensitive=False)
    other = Party(_B, UNITS[1], Domain.CARE, independent=False, sensitive=False)
    third = Party(ORGANISATIONS[2], UNITS[2], Domain.CARE, independent=False, sensitive=False)
    book = book_of(RuleEffect.MATCH, {organisation_key(_A, _B): RuleEffect.NO_MATCH})
    assert book.effect(one, other) is RuleEffect.NO_MATCH
    assert book.effect(one, third) is RuleEffect.MATCH


def test_the_sensitive_side_first_needs_exactly_one_sensitive_side() -> None:
    book = RuleBook(1, {}, {organisation_key(_A, _B): RuleEffect.SENSITIVE_FIRST})
    effects = {}
    for one_hides, other_hides in product((True, False), repeat=2):
        one = Party(_A, UNITS[0], Domain.DEBT, independent=False, sensitive=one_hides)
        other = Party(_B, UNITS[1], Domain.CARE, independent=False, sensitive=other_hides)
        effects[one_hides, other_hides] = book.effect(one, other)
    assert effects == {
        (True, True): RuleEffect.NO_MATCH,
        (True, False): RuleEffect.SENSITIVE_FIRST,
        (False, True): RuleEffect.SENSITIVE_FIRST,
        (False, False): RuleEffect.MATCH,
    }


def test_the_migrated_database_has_the_old_rules_and_the_starter_set(engine: Engine) -> None:
    with Session(engine) as session:
        assert session.scalars(select(RuleVersion.version)).all() == [1, 2]
        assert version_in_force(session) == 2
        first, second = load_rule_book(session, 1), load_rule_book(session, 2)
        assert load_rule_book(session, 3).effects == {}
        rules = session.scalars(select(MatchRule)).all()
    assert len(rules) == 2 * 91 * 3
    assert all(rule.basis and rule.reference for rule in rules)
    pairs = list(combinations_with_replacement(Domain, 2))
    for low, high in pairs:
        by = [domain_key(low, high, sensitivity) for sensitivity in Sensitivity]
        assert [first.effects[key] for key in by] == ["match", "geen_match", "geen_match"]
        neither, one, both = (second.effects[key] for key in by)
        assert neither is RuleEffect.MATCH
        assert one in {RuleEffect.SENSITIVE_FIRST, RuleEffect.NO_MATCH}
        assert both in {RuleEffect.MATCH, RuleEffect.NO_MATCH}
    assert {UUID} == {type(rule.id) for rule in rules}
