"""Follow-up: which changes are allowed, what belongs together, and what others are told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from match.follow_up import (
    IN_CONTACT,
    UNSETTLED,
    Acquaintance,
    FollowUp,
    Outcome,
    acquaintance,
    follow_up_faults,
    may_become,
    shown_to_other,
)

STATUSES = st.sampled_from(FollowUp)
OUTCOMES = st.sets(st.sampled_from(Outcome))


@given(STATUSES, STATUSES)
def test_only_what_came_of_it_is_never_made_open_again(now: FollowUp, wanted: FollowUp) -> None:
    assert may_become(now, wanted) is not (wanted is FollowUp.OPEN and now not in UNSETTLED)


@given(st.lists(STATUSES, max_size=8))
def test_once_recorded_it_is_open_again_only_by_way_of_going_on_with_it(
    wanted: list[FollowUp],
) -> None:
    status = FollowUp.OPEN
    for one in wanted:
        if may_become(status, one):
            assert (one is FollowUp.OPEN) <= (status in UNSETTLED)
            status = one


@given(STATUSES, st.booleans(), OUTCOMES, st.booleans())
def test_what_is_said_belongs_to_the_status_and_every_fault_is_told(
    status: FollowUp, names_met: bool, outcomes: set[Outcome], names_picker: bool
) -> None:
    faults = follow_up_faults(
        status, names_met=names_met, outcomes=outcomes, names_picker=names_picker
    )
    wrong = {
        "met": names_met is not (status is FollowUp.ALREADY_IN_CONTACT),
        "opbrengst": bool(outcomes)
        and (
            status not in IN_CONTACT
            or (Outcome.NO_ADDED_VALUE in outcomes and outcomes != {Outcome.NO_ADDED_VALUE})
        ),
        "opgepaktDoor": names_picker and status is not FollowUp.PICKED_UP,
    }
    assert [name for name, _ in faults] == [name for name, is_wrong in wrong.items() if is_wrong]


@pytest.mark.parametrize(
    ("by_self", "by_other", "expected"),
    [
        (False, False, Acquaintance.UNSAID),
        (True, False, Acquaintance.SAID_BY_SELF),
        (False, True, Acquaintance.SAID_BY_OTHER),
        (True, True, Acquaintance.CONFIRMED),
    ],
)
def test_what_the_two_sides_say_is_told_to_each(
    by_self: bool, by_other: bool, expected: Acquaintance
) -> None:
    assert acquaintance(said_by_self=by_self, said_by_other=by_other) is expected


@given(STATUSES, st.booleans(), st.booleans())
def test_a_status_tells_of_nobody_who_is_unseen(
    status: FollowUp, since_seen: bool, knows_somebody_seen: bool
) -> None:
    shown = shown_to_other(status, since_seen=since_seen, knows_somebody_seen=knows_somebody_seen)
    if not since_seen:
        assert shown is FollowUp.OPEN
    elif not knows_somebody_seen:
        assert shown is not FollowUp.ALREADY_IN_CONTACT
    else:
        assert shown is status
