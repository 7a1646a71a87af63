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
from verwijsindex.demo.profiles import profile_files
from verwijsindex.use_cases.keep_profile import profile_of
from verwijsindex.web.chain_map_drawing import (
    WIDTH,
    Drawing,
    ages_text,
    draw,
    text_width,
    uncovered,
)
from verwijsindex.web.chain_map_pages import ages_of, gap_groups

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


@given(_MEMBERS)
def test_a_label_stands_in_a_bar_or_wholly_beside_it(members: list[Member]) -> None:
    for field in draw(members).fields:
        for bar in field.bars:
            edges = [edge for one in bar.boxes for edge in (one.x, one.x + one.width)]
            ends = bar.text_x + text_width(bar.label)
            assert field.box.x <= bar.text_x
            assert ends <= field.box.x + field.box.width
            assert not any(bar.text_x < edge < ends for edge in edges), bar


def test_a_label_that_fits_not_in_its_bar_stands_beside_it_where_there_is_room() -> None:
    young, old = product(0, 3), product(65 * 12, None)
    for one, is_right in ((young, True), (old, False)):
        (bar,) = fields_of(draw([member("Schuldhulp", one)]), LifeDomain.HOUSING, Phase.HELP).bars
        (box,) = bar.boxes
        assert bar.label == "Schuldhulp"
        assert (bar.text_x >= box.x + box.width) is is_right


def captions_and_list(members: list[Member]) -> tuple[dict, dict]:
    captions = {
        (one.life_domain, one.phase): one.caption for one in draw(members).fields if one.caption
    }
    listed = {
        (group.life_domain, phase): text
        for group in gap_groups(members)
        for phase, text in group.lines
    }
    said = {
        place: "niemand" if text == "alle leeftijden" else f"niemand: {text}"
        for place, text in listed.items()
    }
    return captions, said


@given(_MEMBERS)
def test_the_list_of_gaps_says_what_is_drawn(members: list[Member]) -> None:
    captions, listed = captions_and_list(members)
    assert captions == listed


def test_the_demonstration_s_list_of_gaps_says_what_is_drawn() -> None:
    members = [Member(uuid4(), profile_of(one)) for one in profile_files().values()]
    captions, listed = captions_and_list(members)
    assert captions == listed
    # Somebody is there for some ages of these bands: no empty places, yet gaps.
    assert "67+" in listed[LifeDomain.PURPOSE, Phase.HELP]
    assert "4–74 jaar" in listed[LifeDomain.HEALTH, Phase.PREVENTION]


@pytest.mark.parametrize(
    ("bands", "text"),
    [
        (list(AgeBand), "alle leeftijden"),
        (list(AgeBand)[1:], "vanaf de geboorte"),
        (list(AgeBand)[1:4], "0–22 jaar"),
        (list(AgeBand)[3:], "16 jaar en ouder"),
        (list(AgeBand)[:2], "ongeboren tot en met 11 jaar"),
        ([AgeBand.UNBORN, AgeBand.ADULT, AgeBand.ELDERLY], "ongeboren en 23 jaar en ouder"),
    ],
)
def test_ages_that_follow_each_other_are_said_as_one(bands: list[AgeBand], text: str) -> None:
    assert ages_of(bands) == text


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
