"""Whom the rule on leads asks: the first place that names somebody who is there and free."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from match.case_leads import Lead
from match.lead_rules import Candidate, LeadRule, Preference, choose_lead
from orgprofiles.domains import Domain

DOMAINS = [Domain("zorg"), Domain("schulden"), Domain("wonen")]
ORGANISATIONS = [UUID(int=number) for number in (1, 2, 3)]
DIRECTORS = [UUID(int=number) for number in (11, 12)]

PREFERENCES = st.one_of(
    st.sampled_from(DOMAINS).map(lambda one: Preference(domain=one)),
    st.sampled_from(ORGANISATIONS).map(lambda one: Preference(organisation_id=one)),
    st.sampled_from(DIRECTORS).map(lambda one: Preference(director_id=one)),
)
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.integers(21, 29).map(lambda number: UUID(int=number)),
        st.sampled_from(ORGANISATIONS),
        st.sampled_from(DOMAINS),
    ),
    unique_by=lambda one: one.participation_id,
)


def names(preference: Preference, lead: Lead, candidates: list[Candidate]) -> bool:
    """Whether a place in the rule names *lead*; said once more, in other words."""
    if lead.director_id:
        return preference.director_id == lead.director_id
    (one,) = [c for c in candidates if c.participation_id == lead.participation_id]
    return one.domain == preference.domain or one.organisation_id == preference.organisation_id


@given(st.lists(PREFERENCES), CANDIDATES, st.sets(st.sampled_from(DIRECTORS)), st.data())
def test_it_is_the_first_who_is_there_and_did_not_refuse(
    preferences: list[Preference],
    candidates: list[Candidate],
    directors: set[UUID],
    data: st.DataObject,
) -> None:
    everybody = [Lead(participation_id=one.participation_id) for one in candidates]
    everybody += [Lead(director_id=one) for one in sorted(directors)]
    refused = data.draw(st.sets(st.sampled_from(everybody))) if everybody else set()
    rule = LeadRule(1, preferences)
    chosen = choose_lead(rule, candidates, directors=directors, refused=refused)
    free = [one for one in everybody if one not in refused]
    if chosen is None:
        assert not any(names(p, one, candidates) for p in preferences for one in free)
        return
    assert chosen.lead in free
    assert names(preferences[chosen.place], chosen.lead, candidates)
    for earlier in preferences[: chosen.place]:
        assert not any(names(earlier, one, candidates) for one in free)
    same_place = [one for one in free if names(preferences[chosen.place], one, candidates)]
    assert chosen.lead == same_place[0]  # the longest involved
