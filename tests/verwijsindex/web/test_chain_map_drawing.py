"""Where things stand on the drawn chain map."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgprofiles.chain_map import AgeBand, Member
from orgprofiles.domains import LifeDomain, Phase
from orgprofiles.profile import Product, Profile, TargetGroup
from orgprofiles.profile_words import SupportForm
from tests.profile_contents import whole_profile
from verwijsindex.use_cases.keep_profile import profile_of
from verwijsindex.web.chain_map_drawing import WIDTH, Drawing, ages_text, draw, uncovered

BASE: Profile = profile_of(whole_profile())
FIRST, LAST = -9, 1200


def product(low: int, high: int | None, *phases: Phase) -> Product:
    return Product(
        key="product",
        name="Product",
        life_domains=[LifeDomain.HOUSING],
        phases=list(phases) or [Phase.HELP],
        target_group=TargetGroup(low, high),
        duration=None,
        forms=[SupportForm.INDIVIDUAL],
        volunteers=False,
    )


def member(name: str, *products: Product) -> Member:
    identity = replace(BASE.identity, name=name)
    return Member(uuid4(), replace(BASE, identity=identity, products=list(products)))


def fields_of(drawing: Drawing, life: LifeDomain, phase: Phase):
    (one,) = [f for f in drawing.fields if (f.life_domain, f.phase) == (life, phase)]
    return one


def test_an_empty_map_says_nobody_in_every_field() -> None:
    drawing = draw([])
    assert len(drawing.fields) == len(LifeDomain) * len(Phase)
    assert {one.caption for one in drawing.fields} == {"niemand"}
    assert all(one.gaps == [one.strip] for one in drawing.fields)


def test_what_is_for_everybody_fills_the_strip_and_leaves_no_caption() -> None:
    one = fields_of(draw([member("Team", product(FIRST, None))]), LifeDomain.HOUSING, Phase.HELP)
    assert (one.gaps, one.caption) == ([], None)
    (bar,) = one.bars
    assert bar.boxes[0].x == one.strip.x
    assert bar.boxes[0].width == pytest.approx(one.strip.width, abs=0.2)


def test_two_products_of_one_organisation_are_one_row_of_bars() -> None:
    both = member("Team", product(0, 11), product(65 * 12, None))
    one = fields_of(draw([both]), LifeDomain.HOUSING, Phase.HELP)
    (bar,) = one.bars
    assert len(bar.boxes) == 2
    assert one.caption == "niemand: ongeboren, 12–64 jaar"


def test_a_name_too_long_for_its_field_is_shortened_and_stays_within_it() -> None:
    name = "Samenwerkingsverband maatschappelijke dienstverlening en ouderenadvies"
    one = fields_of(draw([member(name, product(65 * 12, None))]), LifeDomain.HOUSING, Phase.HELP)
    (bar,) = one.bars
    assert bar.label.endswith("…")
    assert bar.name == name
    assert one.box.x <= bar.text_x <= one.box.x + one.box.width


_MEMBERS = st.lists(
    st.builds(
        lambda name, low, years, phases: member(
            name,
            product(low, None if years is None else max(years, low // 12 + 1), *phases),
        ),
        st.text("abc ", min_size=1, max_size=60),
        st.integers(FIRST, 1100),
        st.none() | st.integers(0, 120),
        st.lists(st.sampled_from(Phase), min_size=1, unique=True),
    ),
    max_size=6,
)


@given(_MEMBERS)
def test_everything_stands_within_its_field_and_no_two_bars_touch(members: list[Member]) -> None:
    drawing = draw(members)
    assert drawing.width == WIDTH
    for field in drawing.fields:
        box = field.box
        rows = [bar.boxes[0].y for bar in field.bars]
        assert rows == sorted(set(rows))
        for bar in field.bars:
            for one in bar.boxes:
                assert box.x <= one.x
                assert one.x + one.width <= box.x + box.width
                assert one.y + one.height <= field.strip.y
        assert field.caption_y < box.y + box.height <= drawing.height


@given(st.lists(st.tuples(st.integers(FIRST, LAST), st.integers(FIRST, LAST)), max_size=6))
def test_uncovered_is_what_counting_month_by_month_gives(spans: list[tuple[int, int]]) -> None:
    held = {month for low, high in spans for month in range(low, high)}
    gaps = uncovered(spans)
    assert {month for low, high in gaps for month in range(low, high)} == set(
        range(FIRST, LAST)
    ) - held
    assert all(low < high for low, high in gaps)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        ((-9, 0), "ongeboren"),
        ((-9, 216), "tot en met 17 jaar"),
        ((0, 144), "0–11 jaar"),
        ((144, 156), "12 jaar"),
        ((780, 1200), "65+"),
        ((-9, 1200), "alle leeftijden"),
    ],
)
def test_ages_read_as_people_say_them(span: tuple[int, int], text: str) -> None:
    assert ages_text(span) == text
    assert AgeBand.CHILD.months == (0, 144)
