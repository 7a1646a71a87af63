"""The chain map (ketenkaart): who helps whom with what, where nobody does, and where several do.

Pure: drawn from published profiles. A cell is a part of life, a phase of the
chain and an age band; it holds the organisations that have a product for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from uuid import UUID

from orgprofiles.domains import AgeGroup, LifeDomain, Phase
from orgprofiles.profile import Profile, TargetGroup

_END = 12 * 130  # months; older than anybody


class AgeBand(StrEnum):
    """Ages as the chain map has them: the law's groups, the unborn, and the elderly apart."""

    UNBORN = "ongeboren"  #: nine months before birth
    CHILD = "0-11"  #: to the twelfth birthday
    TEENAGER = "12-15"  #: to the sixteenth
    YOUNG_ADULT = "16-22"  #: to the twenty-third
    ADULT = "23-64"  #: to the sixty-fifth
    ELDERLY = "65+"  #: from there on

    @property
    def months(self) -> tuple[int, int]:
        """From which age in months, up to which (not included)."""
        return _MONTHS[self]

    @property
    def age_group(self) -> AgeGroup | None:
        """The group that a legal basis must be for; None for the unborn, who have no BSN."""
        return _GROUPS[self]


_MONTHS = {
    AgeBand.UNBORN: (-9, 0),
    AgeBand.CHILD: (0, 12 * 12),
    AgeBand.TEENAGER: (12 * 12, 16 * 12),
    AgeBand.YOUNG_ADULT: (16 * 12, 23 * 12),
    AgeBand.ADULT: (23 * 12, 65 * 12),
    AgeBand.ELDERLY: (65 * 12, 100 * 12),
}
_GROUPS = {
    AgeBand.UNBORN: None,
    AgeBand.CHILD: AgeGroup.CHILD,
    AgeBand.TEENAGER: AgeGroup.TEENAGER,
    AgeBand.YOUNG_ADULT: AgeGroup.YOUNG_ADULT,
    AgeBand.ADULT: AgeGroup.ADULT,
    AgeBand.ELDERLY: AgeGroup.ADULT,
}


class Coverage(StrEnum):
    """How much of a cell's ages somebody is there for."""

    NONE = "geen"  #: nobody: a gap
    PARTLY = "deels"  #: for some ages of the band, not for all
    WHOLE = "heel"  #: for every age of the band


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation, as far as the chain map looks at it."""

    organisation_id: UUID
    profile: Profile


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the chain: a part of life, a phase, ages."""

    life_domain: LifeDomain
    phase: Phase
    band: AgeBand


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in the chain and who is there.

    Attributes:
        place: Which.
        organisation_ids: Who has a product for it, in the order of the members.
        coverage: How much of its ages they are there for, together.
    """

    place: Place
    organisation_ids: Sequence[UUID]
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class SignallingPair:
    """Two organisations that both signal people of the same ages, for the same part of life."""

    one_id: UUID
    other_id: UUID
    common: Sequence[tuple[LifeDomain, AgeBand]]


@dataclass(frozen=True, slots=True)
class ChainMap:
    """The whole map.

    Attributes:
        cells: Every place there is: part of life, then phase, then age.
        pairs: Who will meet in matches.
    """

    cells: Sequence[Cell]
    pairs: Sequence[SignallingPair]

    @property
    def gaps(self) -> list[Cell]:
        """Where nobody is."""
        return [one for one in self.cells if one.coverage is Coverage.NONE]

    @property
    def partial(self) -> list[Cell]:
        """Where somebody is, though not for all ages."""
        return [one for one in self.cells if one.coverage is Coverage.PARTLY]

    @property
    def overlaps(self) -> list[Cell]:
        """Where several organisations are."""
        return [one for one in self.cells if len(one.organisation_ids) > 1]


def draw_chain_map(members: Sequence[Member]) -> ChainMap:
    """Return the map of *members*."""
    there: dict[Place, dict[UUID, list[TargetGroup]]] = defaultdict(lambda: defaultdict(list))
    for member in members:
        for product in member.profile.products:
            group = member.profile.target_group_of(product)
            for band in AgeBand:
                if _overlap(group, band) is None:
                    continue
                for life_domain in product.life_domains:
                    for phase in product.phases:
                        place = Place(life_domain, phase, band)
                        there[place][member.organisation_id].append(group)
    cells = [
        _cell(place, there.get(place, {}))
        for life_domain in LifeDomain
        for phase in Phase
        for band in AgeBand
        for place in [Place(life_domain, phase, band)]
    ]
    return ChainMap(cells, _pairs(members))


def _cell(place: Place, there: Mapping[UUID, Iterable[TargetGroup]]) -> Cell:
    spans = sorted(
        span
        for groups in there.values()
        for group in groups
        if (span := _overlap(group, place.band)) is not None
    )
    reached, end = place.band.months
    for opens, closes in spans:
        if opens <= reached:
            reached = max(reached, closes)
    if not spans:
        coverage = Coverage.NONE
    elif reached >= end:
        coverage = Coverage.WHOLE
    else:
        coverage = Coverage.PARTLY
    return Cell(place, list(there), coverage)


def _overlap(group: TargetGroup, band: AgeBand) -> tuple[int, int] | None:
    """Return the months of *band* for which *group* is; None when there are none."""
    low, high = band.months
    end = _END if group.to_years is None else (group.to_years + 1) * 12
    span = max(low, group.from_months), min(high, end)
    return span if span[0] < span[1] else None


def _pairs(members: Sequence[Member]) -> list[SignallingPair]:
    signalled = {one.organisation_id: _signalled(one.profile) for one in members}
    found = []
    for one, other in combinations(members, 2):
        common = signalled[one.organisation_id] & signalled[other.organisation_id]
        if common:
            ordered = [
                (life_domain, band)
                for life_domain in LifeDomain
                for band in AgeBand
                if (life_domain, band) in common
            ]
            found.append(SignallingPair(one.organisation_id, other.organisation_id, ordered))
    return found


def _signalled(profile: Profile) -> set[tuple[LifeDomain, AgeBand]]:
    """Return for which parts of life and ages an organisation may register those it helps."""
    if profile.identity.bsn_basis is None:
        return set()
    domains = {one.domain for one in profile.units if one.takes_part}
    groups = {
        group
        for basis in profile.legal_bases
        if basis.domain in domains
        for group in basis.age_groups
    }
    return {
        (life_domain, band)
        for product in profile.products
        for band in AgeBand
        if band.age_group in groups and _overlap(profile.target_group_of(product), band)
        for life_domain in product.life_domains
    }
