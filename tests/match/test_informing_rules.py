"""Whether a client was told as the legal basis demands."""

from __future__ import annotations

from datetime import date

import pytest

from match.informing_rules import informing_faults
from match.registering import InformingFacts
from match.signals import DeferralReason, Informed, InformedBy, InformedHow, Reaction
from orgprofiles.domains import Demand

TODAY = date(2027, 1, 31)


def told(reaction: Reaction = Reaction.CONSENT, day: date = TODAY) -> InformingFacts:
    return InformingFacts(
        informed_by=InformedBy.OWN,
        informed=(Informed.CLIENT,),
        informed_how=InformedHow.LETTER,
        informed_on=day,
        reaction=reaction,
    )


def deferred(day: date) -> InformingFacts:
    return InformingFacts(deferral_reason=DeferralReason.INVESTIGATION, review_on=day)


def fields(facts: InformingFacts, demands: Demand = Demand.INFORM, *, may_defer: bool = True):
    faults = informing_faults(facts, demands=demands, may_defer=may_defer, ways=None, today=TODAY)
    return [field for field, _ in faults]


ENOUGH = {
    Demand.INFORM: {Reaction.NOT_ASKED, Reaction.NO_OBJECTION, Reaction.CONSENT},
    Demand.NO_OBJECTION: {Reaction.NO_OBJECTION, Reaction.CONSENT},
    Demand.CONSENT: {Reaction.CONSENT},
}


@pytest.mark.parametrize("demands", Demand)
@pytest.mark.parametrize("reaction", Reaction)
@pytest.mark.parametrize("may_defer", [True, False])
def test_the_reaction_must_be_what_the_basis_demands(
    demands: Demand, reaction: Reaction, may_defer: bool
) -> None:
    expected = [] if reaction in ENOUGH[demands] else ["reactie"]
    assert fields(told(reaction), demands, may_defer=may_defer) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (TODAY, []),
        (date(2000, 1, 1), []),
        (date(1999, 12, 31), ["datum"]),
        (date(2027, 2, 1), ["datum"]),
        (date.max, ["datum"]),
        (date.min, ["datum"]),
    ],
)
def test_the_day_of_telling_is_past_or_today(day: date, expected: list[str]) -> None:
    assert fields(told(day=day)) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2027, 2, 1), []),
        (date(2027, 2, 28), []),  # a month after 31 January
        (date(2027, 3, 1), ["herzienDatum"]),
        (TODAY, ["herzienDatum"]),
        (date(2026, 12, 31), ["herzienDatum"]),
        (date.max, ["herzienDatum"]),
    ],
)
def test_a_review_is_at_most_a_month_ahead(day: date, expected: list[str]) -> None:
    assert fields(deferred(day)) == expected


@pytest.mark.parametrize("demands", Demand)
def test_putting_it_off_is_for_the_basis_to_allow(demands: Demand) -> None:
    assert fields(deferred(date(2027, 2, 1)), demands) == []
    assert fields(deferred(date(2027, 2, 1)), demands, may_defer=False) == ["uitgesteldReden"]
    assert set(fields(deferred(TODAY), demands, may_defer=False)) == {
        "herzienDatum",
        "uitgesteldReden",
    }
