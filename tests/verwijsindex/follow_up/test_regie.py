"""Who keeps the overview of a match: asked, accepted, declined, handed over; and hidden sides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.verwijsindex.api.calls import NOBODYS_ID
from tests.verwijsindex.api.refusals import assert_problem
from tests.verwijsindex.follow_up.matched import (
    LEAD_ROUTE,
    answer_regie,
    lead,
    match_of,
    matched,
    member,
    own,
    proposal,
    recorded,
    regie,
)
from tests.world import World
from verwijsindex.audit import Action, AuditEvent
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database


def test_who_takes_the_lead_has_it_and_everybody_sees_it(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    assert match_of(one)["regie"] is None
    answer = regie(one, deelname=own(one)["id"])
    assert answer.status_code == 200, answer.text
    expected = {
        "soort": "deelname",
        "deelname": own(one)["id"],
        "matchregisseur": None,
        "sindsDatum": "2026-11-23",
        "voorgesteldDoor": own(one)["id"],
        "volgensAfspraak": False,
    }
    assert answer.json["regie"] == expected | {"eigen": True}
    assert match_of(two)["regie"] == expected | {"eigen": False}
    assert match_of(two)["regieVoorstel"] is None


def test_somebody_else_is_asked_and_accepts(world: World) -> None:
    one, two, three = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    part = own(two)["id"]
    assert regie(one, deelname=part).status_code == 200
    assert [proposal(each) for each in (one, two, three)] == [part] * 3
    assert [lead(each) for each in (one, two, three)] == [None] * 3
    for each in (one, three):
        assert_problem(answer_regie(each, "aanvaarding"), 409, f"{LEAD_ROUTE}/aanvaarding")
        assert_problem(answer_regie(each, "weigering"), 409, f"{LEAD_ROUTE}/weigering")
    assert answer_regie(two, "aanvaarding").status_code == 200
    assert answer_regie(two, "aanvaarding").status_code == 200
    assert [lead(each) for each in (one, two, three)] == [part] * 3
    assert [proposal(each) for each in (one, two, three)] == [None] * 3


def test_who_declines_is_no_longer_asked_and_another_may_be(world: World) -> None:
    one, two, three = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    regie(one, deelname=own(two)["id"])
    assert answer_regie(two, "weigering").status_code == 200
    assert proposal(one) is None
    assert_problem(answer_regie(two, "weigering"), 409, f"{LEAD_ROUTE}/weigering")
    regie(one, deelname=own(three)["id"])
    assert proposal(two) == own(three)["id"]


def test_only_who_has_the_lead_hands_it_over_or_lays_it_down(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    regie(one, deelname=own(one)["id"])
    for body in ({"deelname": own(two)["id"]}, {"client": True}):
        problem = assert_problem(regie(two, **body), 409, LEAD_ROUTE)
        assert "over te dragen" in problem["detail"]
    regie(one, deelname=own(two)["id"])
    assert (lead(one), proposal(two)) == (own(one)["id"], own(two)["id"])
    answer_regie(two, "aanvaarding")
    assert (lead(one), proposal(one)) == (own(two)["id"], None)
    assert answer_regie(two, "weigering").status_code == 200
    assert (lead(one), lead(two)) == (None, None)
    assert regie(one, deelname=own(one)["id"]).status_code == 200


def test_the_client_may_have_it_and_give_it_to_anybody(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    assert regie(one, client=True).status_code == 200
    assert (lead(one), lead(two)) == ("client", "client")
    assert regie(two, deelname=own(two)["id"]).status_code == 200
    assert lead(one) == own(two)["id"]


def test_asking_the_same_again_changes_nothing(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    for body in ({"deelname": own(two)["id"]}, {"client": True}, {"deelname": own(one)["id"]}):
        first = regie(one, **body)
        world.clock.advance(timedelta(minutes=1))
        assert regie(one, **body).json == first.json
    with world.services.sessions() as session:
        kinds = (Action.LEAD_PROPOSED, Action.LEAD_ACCEPTED)
        deeds = session.scalars(select(AuditEvent).where(AuditEvent.action.in_(kinds))).all()
    assert len(deeds) == 3


def test_who_leaves_keeps_no_overview(world: World) -> None:
    one, two, three = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    regie(one, deelname=own(one)["id"])
    regie(one, deelname=own(two)["id"])
    end = {"status": "beeindigd", "reden": "afgerond"}
    assert one.patch(f"/api/v1/signalen/{own(one)['signaal']}", end).status_code == 200
    assert (lead(two), proposal(two), proposal(three)) == (None, None, None)
    problem = assert_problem(regie(one, client=True), 409, LEAD_ROUTE)
    assert "beëindigd of vervallen" in problem["detail"]
    assert regie(three, deelname=own(three)["id"]).status_code == 200


def test_only_somebody_seen_is_asked_and_only_in_a_match_of_ones_own(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    outsider = member(world, "Woonbedrijf")
    outsider.register(2)
    for body in ({"deelname": NOBODYS_ID}, {"matchregisseur": NOBODYS_ID}):
        problem = assert_problem(regie(one, **body), 400, LEAD_ROUTE)
        assert [fault["name"] for fault in problem["invalidParams"]] == list(body)
    assert_problem(regie(one, client=False), 400, LEAD_ROUTE)
    assert_problem(regie(one, client=True, deelname=own(two)["id"]), 400, LEAD_ROUTE)
    assert_problem(regie(one), 400, LEAD_ROUTE)
    path = f"/api/v1/matches/{match_of(one)['id']}/regie"
    assert_problem(outsider.put(path, {"client": True}), 404, LEAD_ROUTE)
    for answer in ("aanvaarding", "weigering"):
        refused = world.http.post(f"{path}/{answer}", headers=outsider.headers)
        assert_problem(refused, 404, f"{LEAD_ROUTE}/{answer}")


def test_a_hidden_lead_is_none_to_whoever_may_not_see_it(world: World) -> None:
    one, two, hidden = matched(world, "Schuldhulp", "Wijkteam", "GGZ")
    before = [each.get("/api/v1/matches").json for each in (one, two)]
    assert regie(hidden, deelname=own(hidden)["id"]).status_code == 200
    assert [each.get("/api/v1/matches").json for each in (one, two)] == before
    # Nor does it stand in anybody's way.
    assert regie(one, deelname=own(one)["id"]).status_code == 200
    assert (lead(one), lead(two), lead(hidden)) == (own(one)["id"],) * 3
    recorded(hidden, zichtbaar=True)
    assert (lead(one), lead(two), lead(hidden)) == (own(one)["id"],) * 3


def test_a_hidden_lead_is_seen_by_whom_it_reveals_itself_to(world: World) -> None:
    one, hidden = matched(world, "Schuldhulp", "GGZ")
    regie(hidden, deelname=own(hidden)["id"])
    recorded(hidden, zichtbaar=True)
    third = member(world, "Wijkteam")
    third.register(1)
    Worker(world.services).review()
    assert lead(one) == own(hidden)["id"]
    assert lead(third) is None
    problem = assert_problem(regie(one, client=True), 409, LEAD_ROUTE)
    assert "Een andere deelnemer heeft de regie" in problem["detail"]
    assert regie(third, client=True).status_code == 200
    # One sees both, and of those the last.
    assert (lead(third), lead(one)) == ("client", "client")


def test_who_is_hidden_asks_nobody(world: World) -> None:
    one, hidden = matched(world, "Schuldhulp", "GGZ")
    third = member(world, "Wijkteam")
    third.register(1)
    Worker(world.services).review()
    before = one.get("/api/v1/matches").json
    problem = assert_problem(regie(hidden, deelname=own(one)["id"]), 409, LEAD_ROUTE)
    assert "Maak uw deelname eerst zichtbaar" in problem["detail"]
    assert regie(hidden, client=True).status_code == 200
    assert lead(hidden) == "client"
    assert one.get("/api/v1/matches").json == before


def test_who_asked_is_told_only_to_whoever_sees_that_one(world: World) -> None:
    one, hidden = matched(world, "Schuldhulp", "GGZ")
    recorded(hidden, zichtbaar=True)
    third = member(world, "Wijkteam")
    third.register(1)
    Worker(world.services).review()
    assert regie(hidden, deelname=own(one)["id"]).status_code == 200
    assert proposal(third) is None
    answer_regie(one, "aanvaarding")
    assert match_of(third)["regie"]["voorgesteldDoor"] is None
    assert match_of(one)["regie"]["voorgesteldDoor"] == own(hidden)["id"]
    assert lead(third) == own(one)["id"]
