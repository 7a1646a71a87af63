"""The demonstration's chain map, against a count by hand from its ten profiles."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from orgprofiles.chain_map import AgeBand, ChainMap, Coverage, Member, draw_chain_map
from orgprofiles.domains import LifeDomain, Phase
from verwijsindex.demo.profiles import profile_files
from verwijsindex.use_cases.keep_profile import profile_of

# Counted by hand, profile by profile: the ages for whom nobody has anything.
# o: unborn, k: 0-11, t: 12-15, j: 16-22, v: 23-64, s: 65+.
NOBODY = {
    #             preventie, vroegsignalering, hulp, wettelijk traject, nazorg
    "wonen": ("okt", "okt", "o", "okt", "okt"),
    "gezondheid": ("tjv", "tjv", "o", "ok", "okt"),
    "financien": ("okt", "okt", "okt", "okt", "okt"),
    "zorgtaken": ("v", "vs", "", "okt", ""),
    "conflict": ("o", "", "", "", ""),
    "veiligheid": ("oktjvs", "", "", "", "vs"),
    "sociale_steun": ("okt", "okv", "o", "oktjvs", "okt"),
    "zingeving": ("okt", "okv", "ok", "okt", "okt"),
}
BANDS = dict(zip("oktjvs", AgeBand, strict=True))


@pytest.fixture(scope="module")
def names() -> dict[UUID, str]:
    return {}


@pytest.fixture(scope="module")
def found(names: dict[UUID, str]) -> ChainMap:
    members = []
    for slug, content in profile_files().items():
        one = Member(uuid4(), profile_of(content))
        names[one.organisation_id] = slug
        members.append(one)
    assert len(members) == 10
    return draw_chain_map(members)


@pytest.mark.parametrize("life", LifeDomain)
def test_the_gaps_are_those_that_were_counted_by_hand(life: LifeDomain, found: ChainMap) -> None:
    for phase, letters in zip(Phase, NOBODY[life.value], strict=True):
        gaps = [
            one.place.band
            for one in found.gaps
            if (one.place.life_domain, one.place.phase) == (life, phase)
        ]
        assert gaps == [BANDS[letter] for letter in letters], phase


def test_85_of_240_places_are_empty(found: ChainMap) -> None:
    assert sum(len(letters) for row in NOBODY.values() for letters in row) == 85
    assert len(found.gaps) == 85


def test_an_adult_with_debts_meets_four_organisations(
    found: ChainMap, names: dict[UUID, str]
) -> None:
    (cell,) = [
        one
        for one in found.overlaps
        if (one.place.life_domain, one.place.phase, one.place.band)
        == (LifeDomain.FINANCES, Phase.HELP, AgeBand.ADULT)
    ]
    assert cell.coverage is Coverage.WHOLE
    assert [names[one] for one in cell.organisation_ids] == [
        "centrum-voor-dienstverlening",
        "juridisch-loket",
        "sociaal-raadslieden",
        "sociale-dienst",
    ]


def test_the_story_s_two_meet_and_who_has_no_bsn_entitlement_meets_nobody(
    found: ChainMap, names: dict[UUID, str]
) -> None:
    pairs = {frozenset((names[one.one_id], names[one.other_id])) for one in found.pairs}
    assert {"ggz", "sociale-dienst"} in pairs
    assert not any({"juridisch-loket", "ouderenadviseurs"} & pair for pair in pairs)
