"""The chain map, against counting month by month."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgprofiles.chain_map import AgeBand, ChainMap, Coverage, Member, Place, draw_chain_map
from orgprofiles.domains import AgeGroup, LifeDomain, Phase
from orgprofiles.profile import Product, Profile, TargetGroup
from orgprofiles.profile_words import SupportForm
from tests.profile_contents import whole_profile
from verwijsindex.use_cases.keep_profile import profile_of

BASE: Profile = profile_of(whole_profile())


def product(
    low: int, high: int | None, *, life: LifeDomain = LifeDomain.FINANCES, phase: Phase = Phase.HELP
) -> Product:
    return Product(
        key="product",
        name="Product",
        life_domains=[life],
        phases=[phase],
        target_group=TargetGroup(low, high),
        duration=None,
        forms=[SupportForm.INDIVIDUAL],
        volunteers=False,
    )


def member(*products: Product) -> Member:
    return Member(uuid4(), replace(BASE, products=list(products)))


def cell(found: ChainMap, band: AgeBand, life: LifeDomain = LifeDomain.FINANCES):
    (one,) = [c for c in found.cells if c.place == Place(life, Phase.HELP, band)]
    return one


def test_nobody_leaves_a_gap_everywhere() -> None:
    found = draw_chain_map([])
    assert len(found.cells) == len(LifeDomain) * len(Phase) * len(AgeBand) == 240
    assert found.gaps == found.cells
    assert found.pairs == []


@pytest.mark.parametrize(
    ("low", "high", "band", "coverage"),
    [
        (-9, 0, AgeBand.UNBORN, Coverage.WHOLE),
        (0, None, AgeBand.UNBORN, Coverage.NONE),
        (-3, 2, AgeBand.UNBORN, Coverage.PARTLY),
        (0, 11, AgeBand.CHILD, Coverage.WHOLE),
        (0, 10, AgeBand.CHILD, Coverage.PARTLY),
        (0, 11, AgeBand.TEENAGER, Coverage.NONE),
        (18 * 12, None, AgeBand.YOUNG_ADULT, Coverage.PARTLY),
        (18 * 12, None, AgeBand.ADULT, Coverage.WHOLE),
        (18 * 12, 64, AgeBand.ELDERLY, Coverage.NONE),
        (65 * 12, None, AgeBand.ELDERLY, Coverage.WHOLE),
    ],
)
def test_a_target_group_covers_what_it_covers(
    low: int, high: int | None, band: AgeBand, coverage: Coverage
) -> None:
    assert cell(draw_chain_map([member(product(low, high))]), band).coverage is coverage


def test_two_that_leave_no_age_out_cover_a_band_together_and_overlap() -> None:
    young, old = member(product(0, 17)), member(product(18 * 12, None))
    found = cell(draw_chain_map([young, old]), AgeBand.YOUNG_ADULT)
    assert found.coverage is Coverage.WHOLE
    assert found.organisation_ids == [young.organisation_id, old.organisation_id]


def test_a_month_that_nobody_takes_leaves_a_band_partly_covered() -> None:
    young, old = member(product(0, 17)), member(product(18 * 12 + 1, None))
    assert cell(draw_chain_map([young, old]), AgeBand.YOUNG_ADULT).coverage is Coverage.PARTLY


def test_two_products_of_one_organisation_are_no_overlap() -> None:
    found = draw_chain_map([member(product(0, None), product(0, None))])
    assert found.overlaps == []


def test_pairs_both_signal_the_same_ages_for_the_same_part_of_life() -> None:
    # The base of both: schulden, for 16–22 and 23+.
    one, other = member(product(0, None)), member(product(65 * 12, None))
    (pair,) = draw_chain_map([one, other]).pairs
    assert (pair.one_id, pair.other_id) == (one.organisation_id, other.organisation_id)
    assert pair.common == [(LifeDomain.FINANCES, AgeBand.ELDERLY)]
    elsewhere = member(product(0, None, life=LifeDomain.HOUSING))
    assert draw_chain_map([one, elsewhere]).pairs == []


def test_who_may_not_register_meets_nobody() -> None:
    one, other = member(product(0, None)), member(product(0, None))
    without = replace(
        other, profile=replace(other.profile, identity=replace(BASE.identity, bsn_basis=None))
    )
    assert draw_chain_map([one, without]).pairs == []
    resting = replace(
        other,
        profile=replace(
            other.profile, units=[replace(unit, takes_part=False) for unit in BASE.units]
        ),
    )
    assert draw_chain_map([one, resting]).pairs == []


_PRODUCTS = st.builds(
    product,
    st.integers(-9, 1300),
    st.none() | st.integers(0, 120),
    life=st.sampled_from(LifeDomain),
    phase=st.sampled_from(Phase),
).filter(
    lambda one: (
        one.target_group.to_years is None
        or one.target_group.to_years * 12 + 11 >= one.target_group.from_months
    )
)


@given(st.lists(st.lists(_PRODUCTS, max_size=4).map(lambda ones: member(*ones)), max_size=4))
def test_the_map_is_what_counting_month_by_month_gives(members: list[Member]) -> None:
    found = draw_chain_map(members)
    for one in found.cells:
        low, high = one.place.band.months
        served: dict[UUID, set[int]] = {}
        for who in members:
            for thing in who.profile.products:
                if one.place.life_domain in thing.life_domains and one.place.phase in thing.phases:
                    months = {
                        month for month in range(low, high) if thing.target_group.includes(month)
                    }
                    if months:
                        served.setdefault(who.organisation_id, set()).update(months)
        assert list(one.organisation_ids) == list(served)
        together = set().union(*served.values()) if served else set()
        expected = (
            Coverage.NONE
            if not together
            else Coverage.WHOLE
            if together == set(range(low, high))
            else Coverage.PARTLY
        )
        assert one.coverage is expected, one.place


def test_groups_of_the_law_and_bands_agree() -> None:
    assert {band.age_group for band in AgeBand} == {None, *AgeGroup}
    bands = list(AgeBand)
    for one, following in itertools.pairwise(bands):
        assert one.months[1] == following.months[0]
    assert BASE.review_on == date(2027, 11, 1)
