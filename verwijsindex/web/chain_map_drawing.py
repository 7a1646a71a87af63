"""Where everything stands on the drawn chain map: pure arithmetic, in units of one CSS pixel.

A grid: parts of life from top to bottom, phases of the chain from left to
right. In each field ages run from left to right, a bar for each organisation,
and below them hatched what nobody is there for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from orgprofiles.chain_map import AgeBand, Member
from orgprofiles.domains import LifeDomain, Phase
from orgprofiles.profile import TargetGroup

WIDTH = 1280.0
_NAMES_WIDTH = 112.0  # of the parts of life, at the left
_HEAD_HEIGHT = 62.0
_FIELD_PADDING = 6.0
_TEXT_PADDING = 4.0
_BAR_HEIGHT = 17.0
_BAR_GAP = 3.0
_STRIP_HEIGHT = 7.0
_CAPTION_HEIGHT = 16.0
_TEXT_SIZE = 12.0
# Of a letter, as a share of the text's size: Arial's and a little more, for other letters come too.
_LETTER_WIDTHS = dict.fromkeys("ijl.,'’:;|! ", 0.28) | dict.fromkeys("frt()-", 0.36)
_LETTER_WIDTHS |= dict.fromkeys("mwMW@%…", 0.92)
_SMALL_WIDTH, _CAPITAL_WIDTH = 0.57, 0.73
# Left out first where there is no room: what comes after them tells names apart.
_SMALL_WORDS = frozenset({"voor", "van", "de", "het", "en"})
_FIRST, _LAST = AgeBand.UNBORN.months[0], AgeBand.ELDERLY.months[1]

# How wide a band is within a field: not by years, for the first ones matter as much.
_SHARES = {
    AgeBand.UNBORN: 0.08,
    AgeBand.CHILD: 0.24,
    AgeBand.TEENAGER: 0.13,
    AgeBand.YOUNG_ADULT: 0.15,
    AgeBand.ADULT: 0.24,
    AgeBand.ELDERLY: 0.16,
}

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """An organisation in a field.

    Attributes:
        boxes: For which ages, from left to right.
        label: Its name, in a box or wholly beside it, shortened where there is no room.
        name: Its whole name.
        text_x: Where the label begins.
        text_y: The label's base line.
        shade: Which of the colours, the same wherever it is drawn.
    """

    boxes: Sequence[Box]
    label: str
    name: str
    text_x: float
    text_y: float
    shade: int


@dataclass(frozen=True, slots=True)
class Field:
    """A part of life in a phase.

    Attributes:
        box: All of it.
        bars: Who is there.
        gaps: Of the strip below the bars, what nobody is there for.
        strip: All of the strip.
        caption: Says the gaps in words; None where there are none.
        caption_y: Its base line.
        ticks: Where one age band ends and the next begins.
    """

    life_domain: LifeDomain
    phase: Phase
    box: Box
    bars: Sequence[Bar]
    gaps: Sequence[Box]
    strip: Box
    caption: str | None
    caption_y: float
    ticks: Sequence[float]


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a phase: where its ages are."""

    phase: Phase
    x: float
    width: float
    ages: Sequence[tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """A part of life."""

    life_domain: LifeDomain
    box: Box


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole."""

    width: float
    height: float
    columns: Sequence[Column]
    rows: Sequence[Row]
    fields: Sequence[Field]


def draw(members: Sequence[Member]) -> Drawing:
    """Return where everything of the map of *members* stands."""
    shades = {one.organisation_id: number for number, one in enumerate(members)}
    column_width = (WIDTH - _NAMES_WIDTH) / len(Phase)
    columns = [
        Column(
            phase,
            _NAMES_WIDTH + number * column_width,
            column_width,
            _ages(_NAMES_WIDTH + number * column_width, column_width),
        )
        for number, phase in enumerate(Phase)
    ]
    rows: list[Row] = []
    fields: list[Field] = []
    y = _HEAD_HEIGHT
    for life_domain in LifeDomain:
        there = {phase: _there(members, life_domain, phase) for phase in Phase}
        height = max(_height(len(ones)) for ones in there.values())
        rows.append(Row(life_domain, Box(0, y, WIDTH, height)))
        fields += [
            _field(life_domain, column, Box(column.x, y, column.width, height), found, shades)
            for column, found in zip(columns, there.values(), strict=True)
        ]
        y += height
    return Drawing(WIDTH, y + 1, columns, rows, fields)


def _ages(x: float, width: float) -> list[tuple[float, str]]:
    starts = {
        AgeBand.CHILD: "0",
        AgeBand.TEENAGER: "12",
        AgeBand.YOUNG_ADULT: "16",
        AgeBand.ADULT: "23",
        AgeBand.ELDERLY: "65",
    }
    return [(_place(x, width, band.months[0]), label) for band, label in starts.items()]


def _there(
    members: Sequence[Member], life_domain: LifeDomain, phase: Phase
) -> list[tuple[Member, list[Span]]]:
    found = []
    for member in members:
        spans = _together(
            _span(member.profile.target_group_of(product))
            for product in member.profile.products
            if life_domain in product.life_domains and phase in product.phases
        )
        if spans:
            found.append((member, spans))
    return found


def _height(bars: int) -> float:
    return 2 * _FIELD_PADDING + bars * (_BAR_HEIGHT + _BAR_GAP) + _STRIP_HEIGHT + _CAPTION_HEIGHT


def _field(
    life_domain: LifeDomain,
    column: Column,
    box: Box,
    there: Sequence[tuple[Member, list[Span]]],
    shades: dict[UUID, int],
) -> Field:
    x, width = box.x, box.width
    bars = []
    y = box.y + _FIELD_PADDING
    for member, spans in there:
        boxes = [_box(x, width, span, y, _BAR_HEIGHT) for span in spans]
        name = member.profile.identity.name
        label, text_x = _label(name, boxes, x, width)
        shade = shades[member.organisation_id]
        bars.append(Bar(boxes, label, name, text_x, y + _BAR_HEIGHT - 5, shade))
        y += _BAR_HEIGHT + _BAR_GAP
    # All strips of a row stand at the same height: the eye finds the gaps along it.
    strip_y = box.y + box.height - _FIELD_PADDING - _CAPTION_HEIGHT - _STRIP_HEIGHT
    gaps = _gaps(there)
    return Field(
        life_domain=life_domain,
        phase=column.phase,
        box=box,
        bars=bars,
        gaps=[_box(x, width, span, strip_y, _STRIP_HEIGHT) for span in gaps],
        strip=_box(x, width, (_FIRST, _LAST), strip_y, _STRIP_HEIGHT),
        caption=_caption(gaps),
        caption_y=strip_y + _STRIP_HEIGHT + 12,
        ticks=[place for place, _ in column.ages],
    )


def _label(name: str, boxes: Sequence[Box], x: float, width: float) -> tuple[str, float]:
    """Return what stands in a bar or wholly beside it, and where: across an edge it reads badly."""
    left, right = x + _FIELD_PADDING, x + width - _FIELD_PADDING
    ends = [one.x + one.width for one in boxes]
    after = [*(one.x for one in boxes[1:]), right]
    # Within, else to the right, else to the left.
    places = [(one.x, end) for one, end in zip(boxes, ends, strict=True)]
    places += list(reversed(list(zip(ends, after, strict=True))))
    places.append((left, boxes[0].x))
    needed = text_width(name)
    for number, (begins, until) in enumerate(places):
        if needed <= until - begins - 2 * _TEXT_PADDING:
            at_left = number == len(places) - 1
            return name, until - _TEXT_PADDING - needed if at_left else begins + _TEXT_PADDING
    begins, until = max(places, key=lambda one: one[1] - one[0])
    return _shortened(name, until - begins - 2 * _TEXT_PADDING), begins + _TEXT_PADDING


def text_width(text: str) -> float:
    """Return how wide *text* is drawn, rather too much than too little."""
    return _TEXT_SIZE * sum(
        _LETTER_WIDTHS.get(one, _CAPITAL_WIDTH if one.isupper() else _SMALL_WIDTH) for one in text
    )


def _shortened(name: str, room: float) -> str:
    kept = " ".join(one for one in name.split() if one not in _SMALL_WORDS)
    if text_width(kept) <= room:
        return kept
    while kept and text_width(kept + "…") > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _box(x: float, width: float, span: Span, y: float, height: float) -> Box:
    left, right = (_place(x, width, month) for month in span)
    return Box(round(left, 1), y, round(right - left, 1), height)


def _place(x: float, width: float, month: int) -> float:
    inner = width - 2 * _FIELD_PADDING
    left = x + _FIELD_PADDING
    for band in AgeBand:
        low, high = band.months
        if month <= high:
            return left + inner * _SHARES[band] * max(0, month - low) / (high - low)
        left += inner * _SHARES[band]
    return left


def _span(group: TargetGroup) -> Span:
    last = _LAST if group.to_years is None else min(_LAST, (group.to_years + 1) * 12)
    return max(_FIRST, group.from_months), last


def _together(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for low, high in sorted(one for one in spans if one[0] < one[1]):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return joined


def uncovered(spans: Iterable[Span]) -> list[Span]:
    """Return the ages in months that none of *spans* holds, from the unborn to a hundred years."""
    gaps = []
    reached = _FIRST
    for low, high in _together(spans):
        if low > reached:
            gaps.append((reached, low))
        reached = max(reached, high)
    if reached < _LAST:
        gaps.append((reached, _LAST))
    return gaps


def gaps_text(members: Sequence[Member], life_domain: LifeDomain, phase: Phase) -> str | None:
    """Return the ages that none of *members* is there for, as drawn; None where there are none."""
    gaps = _gaps(_there(members, life_domain, phase))
    return ", ".join(ages_text(one) for one in gaps) or None


def _gaps(there: Sequence[tuple[Member, list[Span]]]) -> list[Span]:
    return uncovered(span for _, spans in there for span in spans)


def _caption(gaps: Sequence[Span]) -> str | None:
    if not gaps:
        return None
    if gaps == [(_FIRST, _LAST)]:
        return "niemand"
    return "niemand: " + ", ".join(ages_text(one) for one in gaps)


def ages_text(span: Span) -> str:
    """Return ages in months as people say them: ``12–15 jaar``, ``65+``, ``ongeboren``."""
    low, high = span
    if span == (_FIRST, 0):
        return "ongeboren"
    first = "ongeboren" if low == _FIRST else _age(low)
    if high == _LAST:
        return f"{first}+" if low > _FIRST else "alle leeftijden"
    if high % 12:
        return f"{first} tot {_age(high)}"
    last = high // 12 - 1
    if low == last * 12:
        return f"{last} jaar"
    return f"{first}–{last} jaar" if low > _FIRST else f"tot en met {last} jaar"


def _age(months: int) -> str:
    if months < 0:
        return f"{-months} maanden voor de geboorte"
    return str(months // 12) if months % 12 == 0 else f"{months // 12},{months % 12 * 10 // 12}"
