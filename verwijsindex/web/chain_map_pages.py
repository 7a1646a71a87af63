"""The chain map as a page: drawn, in words, and as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Response, make_response, render_template

from orgprofiles.chain_map import AgeBand, Cell, ChainMap, Coverage, Member, SignallingPair
from orgprofiles.domains import LifeDomain, Phase
from verwijsindex.services import Services
from verwijsindex.use_cases.read_chain_map import ChainMapView, read_chain_map
from verwijsindex.web.chain_map_drawing import draw, gaps_text
from verwijsindex.web.guards import GuardedPages
from verwijsindex.web.profile_wording import capital, listed, words

_SHADES = (
    "#cfe3f4",
    "#d6ead0",
    "#f6e3b5",
    "#e5d8f0",
    "#f7d6d6",
    "#d3e6e4",
    "#e4e0cf",
    "#dbe7c2",
    "#fbdcc4",
    "#d9dcee",
)
_BANDS = {
    AgeBand.UNBORN: "ongeboren",
    AgeBand.CHILD: "0–11 jaar",
    AgeBand.TEENAGER: "12–15 jaar",
    AgeBand.YOUNG_ADULT: "16–22 jaar",
    AgeBand.ADULT: "23–64 jaar",
    AgeBand.ELDERLY: "65 jaar en ouder",
}


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together under a part of life.

    Attributes:
        life_domain: Which.
        lines: A phase, and in words which ages or who.
    """

    life_domain: LifeDomain
    lines: Sequence[tuple[Phase, str]]


def add_chain_map(pages: GuardedPages, services: Services) -> None:
    """Give *pages* the chain map."""

    @pages.get("/keten")
    def chain_map() -> str:
        with services.sessions() as session:
            view = read_chain_map(session, services)
        return render_template("chain_map.html", **_values(view))

    @pages.get("/keten.svg")
    def chain_map_svg() -> Response:
        with services.sessions() as session:
            view = read_chain_map(session, services)
        response = make_response(
            render_template("chain_map_svg.html", alone=True, **_drawing(view))
        )
        response.content_type = "image/svg+xml; charset=utf-8"
        response.headers["Content-Disposition"] = 'attachment; filename="ketenkaart.svg"'
        return response

    pages.add_app_template_filter(capital, "capital")


def _drawing(view: ChainMapView) -> dict[str, Any]:
    return {"drawing": draw(view.members), "shades": _SHADES, "words": words}


def _values(view: ChainMapView) -> dict[str, Any]:
    names = {one.organisation_id: one.profile.identity.name for one in view.members}
    found = view.chain_map
    return {
        **_drawing(view),
        "alone": False,
        "names": names,
        "gaps": gap_groups(view.members),
        "cell_count": len(found.cells),
        "gap_count": len(found.gaps),
        "partial_count": len(found.partial),
        "overlaps": overlap_groups(found, names),
        "overlap_count": len(found.overlaps),
        "pairs": [(names[one.one_id], names[one.other_id], _common(one)) for one in found.pairs],
        "silent": [(names[one.organisation_id], one.name) for one in view.silent_units],
        "tables": _tables(found, names),
        "bands": _BANDS,
        "coverage": Coverage,
    }


def gap_groups(members: Sequence[Member]) -> list[Group]:
    """Return where nobody is, per part of life and phase: to the year, as the drawing has it."""
    groups = []
    for life_domain in LifeDomain:
        texts = [(phase, gaps_text(members, life_domain, phase)) for phase in Phase]
        lines = [(phase, text) for phase, text in texts if text is not None]
        if lines:
            groups.append(Group(life_domain, lines))
    return groups


def overlap_groups(found: ChainMap, names: dict[UUID, str]) -> list[Group]:
    """Return where several are, per part of life and phase, with the ages for whom it is so."""

    def who(cells: Sequence[Cell]) -> str:
        told = []
        for ids, ones in groupby(cells, key=lambda one: tuple(one.organisation_ids)):
            together = listed([names[one] for one in ids])
            told.append(f"{ages_of([one.place.band for one in ones])}: {together}")
        return "; ".join(told)

    return [
        Group(
            life_domain,
            [
                (phase, who(list(ones)))
                for phase, ones in groupby(list(of_domain), key=lambda one: one.place.phase)
            ],
        )
        for life_domain, of_domain in groupby(found.overlaps, key=lambda one: one.place.life_domain)
    ]


def ages_of(bands: Sequence[AgeBand]) -> str:
    """Return *bands* in words, those that follow each other as one: ``0–22 jaar``."""
    order = list(AgeBand)
    runs: list[list[AgeBand]] = []
    for band in bands:
        if runs and order.index(band) == order.index(runs[-1][-1]) + 1:
            runs[-1].append(band)
        else:
            runs.append([band])
    return listed([_run(one[0], one[-1]) for one in runs])


def _run(first: AgeBand, last: AgeBand) -> str:
    if first is last:
        return _BANDS[first]
    low, high = first.months[0] // 12, last.months[1] // 12 - 1
    if last is AgeBand.ELDERLY:
        ever = {AgeBand.UNBORN: "alle leeftijden", AgeBand.CHILD: "vanaf de geboorte"}
        return ever.get(first, f"{low} jaar en ouder")
    return f"ongeboren tot en met {high} jaar" if low < 0 else f"{low}–{high} jaar"


def _common(pair: SignallingPair) -> list[str]:
    return [
        f"{words(life_domain)} ({ages_of([band for _, band in ones])})"
        for life_domain, ones in groupby(pair.common, key=lambda one: one[0])
    ]


def _tables(
    found: ChainMap, names: dict[UUID, str]
) -> list[tuple[LifeDomain, list[tuple[Phase, list[tuple[str, Coverage, str]]]]]]:
    return [
        (
            life_domain,
            [
                (
                    phase,
                    [
                        (
                            _BANDS[one.place.band],
                            one.coverage,
                            listed([names[i] for i in one.organisation_ids]),
                        )
                        for one in ones
                    ],
                )
                for phase, ones in groupby(list(of_domain), key=lambda one: one.place.phase)
            ],
        )
        for life_domain, of_domain in groupby(found.cells, key=lambda one: one.place.life_domain)
    ]
