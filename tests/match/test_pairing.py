"""What a new signal, a review and a revealing bring about: pure, whatever the rules are."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from match.involvements import Change, ExistingPair, Involvement
from match.matches import PairVisibility
from match.pairing import on_registered, reconciled, revealed
from match.rules import Party, RuleBook, RuleEffect, Sensitivity, domain_key
from orgprofiles.base import new_id
from orgprofiles.domains import Domain
from tests.clock import START
from tests.match.parties import BOOKS, PARTIES, book_of

_LOW, _HIGH, _BOTH = PairVisibility.LOW, PairVisibility.HIGH, PairVisibility.BOTH


@st.composite
def involvements(draw: st.DrawFn) -> list[Involvement]:
    """Return active signals of one subject, some with a part in its match."""
    parties = draw(st.lists(PARTIES, max_size=5))
    return [
        Involvement(
            UUID(int=100 + number),
            party,
            draw(st.none() | st.just(UUID(int=200 + number))),
            participation_id=draw(
                st.none() | st.just(UUID(int=300 + draw(st.integers(0, 99)) * 10 + number))
            ),
            saw=draw(st.booleans()),
        )
        for number, party in enumerate(parties)
    ]


def sight(change: Change, others: list[Involvement]) -> set[tuple[UUID, UUID]]:
    """Return who sees whom (signals) by the pairs of *change*."""
    signal_of = {one.participation_id: one.signal_id for one in others if one.participation_id}
    signal_of |= {one.participation_id: one.signal_id for one in change.enrolments}
    seen = set()
    for pair in (*change.pairs, *change.changed):
        low, high = signal_of[pair.low_participation_id], signal_of[pair.high_participation_id]
        assert pair.low_participation_id < pair.high_participation_id
        seen |= {(low, high)} if pair.visibility is not _HIGH else set()
        seen |= {(high, low)} if pair.visibility is not _LOW else set()
    return seen


def allowed(signals: list[Involvement], book: RuleBook) -> set[tuple[UUID, UUID]]:
    """Return who may see whom, before anybody has revealed anything."""
    return {
        (one.signal_id, other.signal_id)
        for one in signals
        for other in signals
        if one is not other and book.verdict(one.party, other.party).one_sees
    }


@given(PARTIES, involvements(), BOOKS)
def test_a_new_signal_sees_at_once_whom_it_may_and_nobody_else_does_more_than_that(
    party, others: list[Involvement], book: RuleBook
) -> None:
    new = Involvement(UUID(int=99), party, None)
    change = on_registered(new, others, book)
    may = allowed([new, *others], book)
    seen = sight(change, others)
    assert seen <= may
    assert {pair for pair in may if pair[0] == new.signal_id} <= seen
    told = {notice.participation_id for notice in change.notices}
    sees = {one.participation_id for one in change.enrolments if one.sees}
    assert told <= sees
    mailed = {one.participation_id for one in change.notices if not one.told_before}
    assert mailed == {one.participation_id for one in change.enrolments if one.is_told}
    signals = {one.participation_id: one.signal_id for one in change.enrolments}
    for notice in change.notices:
        signal = signals[notice.participation_id]
        assert notice.told_before is knows_a_colleague(signal, new, others, book)
    assert len(change.notices) == len(told), "somebody is told twice of one event"
    assert len({notice.event_id for notice in change.notices}) <= 1
    assert all(one.joins <= one.sees for one in change.enrolments)


def knows_a_colleague(
    signal: UUID, new: Involvement, others: list[Involvement], book: RuleBook
) -> bool:
    """Whether who gave *signal* sees somebody of the new one's organisation already, with a mail."""
    own = next((one for one in others if one.signal_id == signal), None)
    if own is None:  # the new one itself
        return False
    return any(
        verdict.one_sees and verdict.mails
        for one in others
        if one.party.organisation_id == new.party.organisation_id
        and (one.party.unit_id if one.party.independent else None)
        == (new.party.unit_id if new.party.independent else None)
        for verdict in [book.verdict(own.party, one.party)]
    )


@given(PARTIES, involvements(), BOOKS)
def test_what_is_hidden_makes_no_difference_to_what_is_written_at_once(
    party, others: list[Involvement], book: RuleBook
) -> None:
    """What the timing of answers hangs on: the same change with and without the hidden ones."""
    new = Involvement(UUID(int=99), party, None)
    without = [one for one in others if book.verdict(new.party, one.party).one_sees]
    one, other = on_registered(new, others, book), on_registered(new, without, book)
    assert len(one.pairs) == len(other.pairs) == len(without)
    assert len(one.enrolments) == len(other.enrolments)
    assert len(one.notices) == len(other.notices)
    if len(without) < len(others) and any(
        book.verdict(o.party, new.party).one_sees for o in others if o not in without
    ):
        assert book.may_hide_from(party), "somebody is hidden, and nobody would review it"


@given(involvements(), BOOKS, BOOKS)
def test_a_review_leaves_exactly_what_the_rules_have_whatever_was_there(
    signals: list[Involvement], before: RuleBook, after: RuleBook
) -> None:
    first = reconciled(signals, [], before)
    signals, pairs = applied(signals, [], first)
    second = reconciled(signals, pairs, after)
    signals, pairs = applied(signals, pairs, second)
    assert seen_now(signals, pairs) == allowed(signals, after)
    assert reconciled(signals, pairs, after) == Change(), "done twice, it changes something"
    told = [notice.participation_id for notice in second.notices]
    assert len(told) == len(set(told))
    newly = {one.participation_id for one in second.enrolments if one.sees}
    assert set(told) <= newly


@given(involvements(), BOOKS, BOOKS, BOOKS, st.data())
def test_who_let_itself_be_seen_stays_so_until_the_rules_part_them(
    signals: list[Involvement], before: RuleBook, between: RuleBook, after: RuleBook, data
) -> None:
    signals, pairs = applied(signals, [], reconciled(signals, [], before))
    if not pairs:
        return
    own = data.draw(st.sampled_from([one for one in signals if one.participation_id]))
    mine = [
        p
        for p in pairs
        if own.participation_id in (p.low_participation_id, p.high_participation_id)
    ]
    change = revealed(own, signals, mine, between, START)
    shown = {
        one.signal_id
        for one in signals
        if (verdict := between.verdict(own.party, one.party)).one_sees and verdict.is_one_sided
    }
    assert {one.signal_id for one in change.enrolments} <= shown, "nobody else decides on that"
    if before == between:
        assert {one.signal_id for one in change.enrolments if one is not own} == shown
    signals, pairs = applied(signals, pairs, change)
    signals, pairs = applied(signals, pairs, reconciled(signals, pairs, after))
    more = {
        (signal, own.signal_id)
        for signal in {one.signal_id for one in change.enrolments}
        if (own.signal_id, signal) in allowed(signals, after)
    }
    # Who decided is still the one who decides; otherwise it counts no longer.
    if not own.party.sensitive:
        assert not more
    assert seen_now(signals, pairs) == allowed(signals, after) | more


def test_a_pair_that_another_side_decides_on_now_is_not_visible_for_what_the_first_revealed() -> (
    None
):
    book = RuleBook(
        1, {domain_key(Domain.DEBT, Domain.CARE, Sensitivity.ONE): RuleEffect.SENSITIVE_FIRST}
    )
    one, other = _two(sensitive=(True, False))
    pair = ExistingPair(UUID(int=1), UUID(int=2), _BOTH, mails=True, revealed_by=_LOW)
    assert reconciled([one, other], [pair], book) == Change()
    one, other = _two(sensitive=(False, True))
    change = reconciled([one, other], [pair], book)
    assert change.changed == [replace(pair, visibility=_HIGH, revealed_by=None)]
    assert change.notices == []


def test_a_revealed_pair_is_gone_with_the_rule_and_must_be_revealed_anew() -> None:
    book = RuleBook(
        1, {domain_key(Domain.DEBT, Domain.CARE, Sensitivity.ONE): RuleEffect.SENSITIVE_FIRST}
    )
    signals = _two(sensitive=(True, False))
    pair = ExistingPair(UUID(int=1), UUID(int=2), _BOTH, mails=True, revealed_by=_LOW)
    assert reconciled(signals, [pair], RuleBook(2, {})).dropped == [(UUID(int=1), UUID(int=2))]
    assert [p.visibility for p in reconciled(signals, [], book).pairs] == [_LOW]


def _two(*, sensitive: tuple[bool, bool]) -> list[Involvement]:
    return [
        Involvement(
            new_id(),
            Party(new_id(), new_id(), domain, independent=False, sensitive=is_so),
            None,
            participation_id=UUID(int=part),
            saw=True,
        )
        for part, domain, is_so in zip((1, 2), (Domain.DEBT, Domain.CARE), sensitive, strict=True)
    ]


def applied(
    signals: list[Involvement], pairs: list[ExistingPair], change: Change
) -> tuple[list[Involvement], list[ExistingPair]]:
    """Return signals and pairs as they are after *change*."""
    parts = {one.signal_id: one for one in change.enrolments}
    signals = [
        replace(one, participation_id=part.participation_id, saw=one.saw or part.sees)
        if (part := parts.get(one.signal_id))
        else one
        for one in signals
    ]
    kept = {(p.low_participation_id, p.high_participation_id): p for p in pairs}
    kept |= {(p.low_participation_id, p.high_participation_id): p for p in change.changed}
    for key in change.dropped:
        del kept[key]
    for pair in change.pairs:
        key = (pair.low_participation_id, pair.high_participation_id)
        assert key not in kept
        kept[key] = ExistingPair(*key, pair.visibility, pair.mails)
    return signals, list(kept.values())


def seen_now(signals: list[Involvement], pairs: list[ExistingPair]) -> set[tuple[UUID, UUID]]:
    return sight(Change(changed=pairs), signals)


def test_ids_of_a_change_are_random_for_their_time_would_tell() -> None:
    one, other = _two(sensitive=(False, False))
    book = RuleBook(
        1, {domain_key(Domain.DEBT, Domain.CARE, Sensitivity.NEITHER): RuleEffect.MATCH}
    )
    other = replace(other, participation_id=None)
    first, second = (on_registered(one, [other], book) for _ in range(2))
    ids = [[part.participation_id for part in change.enrolments] for change in (first, second)]
    assert not set(ids[0]) & set(ids[1])
    assert {part.version for several in ids for part in several} == {4}
    assert len(list(combinations(first.enrolments, 2))) == 1


_MATCHING = book_of(RuleEffect.MATCH)


def _organisation(number: int, *, independent: bool = False, unit: int | None = None) -> Party:
    return Party(
        UUID(int=number),
        UUID(int=unit or number),
        Domain.DEBT,
        independent=independent,
        sensitive=False,
    )


def _involved(number: int, party: Party, **changes: object) -> Involvement:
    part = UUID(int=1000 + number)
    return replace(
        Involvement(UUID(int=number), party, UUID(int=2000 + number), part, saw=True), **changes
    )


def _mailed(change: Change) -> set[UUID]:
    return {one.participation_id for one in change.notices if not one.told_before}


def test_who_is_present_is_mailed_once_of_an_organisation() -> None:
    present = _involved(1, _organisation(1))
    first = _involved(2, _organisation(2))
    second = Involvement(UUID(int=3), _organisation(2), UUID(int=2003))
    alone = on_registered(second, [present], _MATCHING)
    assert present.participation_id in _mailed(alone)
    colleague = on_registered(second, [present, first], _MATCHING)
    own = colleague.enrolments[0].participation_id
    assert _mailed(colleague) == {own}, "the new one is told of who is present, and no more"
    assert len(colleague.notices) == len(alone.notices), "the work is the same"


def test_who_comes_from_elsewhere_is_mailed_of_all_the_same() -> None:
    present, first = _involved(1, _organisation(1)), _involved(2, _organisation(2))
    third = Involvement(UUID(int=3), _organisation(3), None)
    change = on_registered(third, [present, first], _MATCHING)
    assert {present.participation_id, first.participation_id} < _mailed(change)


def test_a_colleague_of_whom_no_mail_went_makes_no_difference() -> None:
    """The rules had them see each other without a mail, or they are silent about this person."""
    present, first = _involved(1, _organisation(1)), _involved(2, _organisation(2))
    silent = replace(present, silent_with=frozenset({first.party.organisation_id}))
    second = Involvement(UUID(int=3), _organisation(2), None)
    change = on_registered(second, [silent, first], _MATCHING)
    assert change.notices == []


def test_an_independent_unit_is_told_of_by_itself() -> None:
    present = _involved(1, _organisation(1))
    desk = _involved(2, _organisation(2, independent=True, unit=21))
    other = Involvement(UUID(int=3), _organisation(2, independent=True, unit=22), None)
    assert present.participation_id in _mailed(on_registered(other, [present, desk], _MATCHING))


def test_a_review_tells_nobody_of_whom_they_see_a_colleague() -> None:
    present, first = _involved(1, _organisation(1)), _involved(2, _organisation(2))
    second, third = _involved(3, _organisation(2)), _involved(4, _organisation(3))
    parts = [one.participation_id for one in (present, first)]
    there = ExistingPair(*parts, _BOTH, mails=True)
    change = reconciled([present, first, second], [there], _MATCHING)
    assert _mailed(change) == {second.participation_id}
    change = reconciled([present, first, second, third], [there], _MATCHING)
    about = {one.participation_id: one.about_signal_id for one in change.notices}
    assert about[present.participation_id] == third.signal_id, "of the one that is new to them"


def test_who_lets_itself_be_seen_is_told_of_once_of_its_organisation() -> None:
    clinic = replace(_organisation(2), sensitive=True, domain=Domain.CARE)
    present = _involved(1, _organisation(1))
    first, second = _involved(2, clinic), _involved(3, clinic)
    parts = (present.participation_id, first.participation_id)
    shown = ExistingPair(*parts, _BOTH, mails=True, revealed_by=_HIGH)
    hidden = ExistingPair(present.participation_id, second.participation_id, _HIGH, mails=True)
    everybody = [present, first, second]
    assert _mailed(revealed(second, everybody, [shown, hidden], _SENSITIVE_FIRST, START)) == set()
    alone = revealed(second, [present, second], [hidden], _SENSITIVE_FIRST, START)
    assert _mailed(alone) == {present.participation_id}


_SENSITIVE_FIRST = RuleBook(
    1, {domain_key(Domain.DEBT, Domain.CARE, Sensitivity.ONE): RuleEffect.SENSITIVE_FIRST}
)
