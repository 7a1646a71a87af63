"""Who has the lead: whatever was done, each side knows only of what it may, and of one lead."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from match.case_leads import CaseLead, Known, LeadKind, LeadsSeen, LeadStatus, leads_seen
from tests.clock import START

DIRECTOR = UUID(int=98)
PARTS = [UUID(int=number) for number in range(1, 6)]


@st.composite
def lead_lists(draw: st.DrawFn) -> list[CaseLead]:
    """Return what may have been written about the lead of a match."""
    leads = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        kind = draw(st.sampled_from(LeadKind))
        status = draw(st.sampled_from(LeadStatus))
        leads.append(
            CaseLead(
                id=UUID(int=100 + number),
                match_id=UUID(int=99),
                number=number,
                kind=kind,
                participation_id=draw(st.sampled_from(PARTS)) if kind == "deelname" else None,
                director_id=DIRECTOR if kind == "matchregisseur" else None,
                status=status,
                proposed_by=draw(st.sampled_from(PARTS)),
                proposed_at=START,
                answered_at=None if status is LeadStatus.PROPOSED else START,
                returned_at=START if status is LeadStatus.RETURNED else None,
            )
        )
    return leads


SIGHTS = st.builds(
    lambda own, seen: Known(frozenset({own}), frozenset(seen) - {own}),
    st.sampled_from(PARTS),
    st.sets(st.sampled_from(PARTS)),
)
ACTIVE = st.sets(st.sampled_from([*PARTS, DIRECTOR]))


def seen_by(leads: list[CaseLead], known: Known, active: set[UUID]) -> LeadsSeen:
    return leads_seen(leads, known, active.__contains__)


@given(lead_lists(), SIGHTS, ACTIVE)
def test_whom_one_may_not_see_changes_nothing_of_what_one_knows(
    leads: list[CaseLead], known: Known, active: set[UUID]
) -> None:
    without = [
        one
        for one in leads
        if (one.participation_id is None or one.participation_id in known)
        and (
            one.proposed_by in known
            or (one.participation_id is not None and one.status in {"aanvaard", "teruggegeven"})
        )
    ]
    assert seen_by(leads, known, active) == seen_by(without, known, active)


@given(lead_lists(), SIGHTS, ACTIVE)
def test_who_has_left_neither_leads_nor_is_asked(
    leads: list[CaseLead], known: Known, active: set[UUID]
) -> None:
    seen = seen_by(leads, known, active)
    for one in (seen.current, seen.proposal):
        if one is not None and one.participation_id is not None:
            assert one.participation_id in active
            assert one.participation_id in known
        if one is not None and one.director_id is not None:
            assert {DIRECTOR, one.proposed_by} <= active
    if seen.proposal is not None:
        assert seen.proposal.proposed_by in active
        assert seen.proposal.proposed_by in known


@given(lead_lists(), SIGHTS, ACTIVE)
def test_a_proposal_is_newer_than_the_lead_and_unanswered(
    leads: list[CaseLead], known: Known, active: set[UUID]
) -> None:
    seen = seen_by(leads, known, active)
    if seen.current is not None:
        assert seen.current.status is LeadStatus.ACCEPTED
    if seen.proposal is not None:
        assert seen.proposal.status is LeadStatus.PROPOSED
        assert seen.current is None or seen.proposal.number > seen.current.number


@given(lead_lists(), ACTIVE)
def test_sides_that_see_the_same_know_of_the_same_lead(
    leads: list[CaseLead], active: set[UUID]
) -> None:
    everybody = [Known(frozenset({one}), frozenset(PARTS) - {one}) for one in PARTS]
    assert len({id(seen_by(leads, known, active).current) for known in everybody}) == 1
