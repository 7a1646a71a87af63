"""A unit's caseload sent whole: what starts, stays, moves and ends; parts lost and repeated."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from match.messages import MessageState, NoticeKind, OutboxMessage
from orgprofiles.organisations import Professional, Unit
from tests.verwijsindex.api.refusals import assert_problem
from tests.verwijsindex.people.caseloads import ROUTE, active, counts, ids, row, send, sent, synced
from tests.world import Member, World
from verwijsindex.audit import Action, AuditEvent
from verwijsindex.caseloads import KEPT, CaseloadRun
from verwijsindex.worker import Worker


@pytest.fixture
def one(world: World) -> Member:
    return world.member("Schuldhulp")


def later(world: World) -> None:
    world.clock.advance(timedelta(days=1))
    for member in world.members.values():
        member.token = world.token(member.client)


def test_what_is_new_starts_and_what_is_gone_ends(world: World, one: Member) -> None:
    assert counts(synced(one, [(1, "m1"), (2, None)])) == (2, 0, 0, 0, 0)
    before = ids(one)
    later(world)
    answer = synced(one, [(2, None), (3, "m1")])
    assert counts(answer) == (1, 1, 0, 0, 1)
    assert answer["status"] == "klaar"
    assert active(one) == {(2, None), (3, "m1")}
    assert ids(one)[2, None] == before[2, None]
    ended = one.get(f"/api/v1/signalen/{before[1, 'm1']}").json
    assert (ended["status"], ended["reden"]) == ("beeindigd", "afgerond")


def test_the_run_says_why_they_end(world: World, one: Member) -> None:
    synced(one, [(1, "m1"), (2, "m1")])
    before = ids(one)
    later(world)
    synced(one, [(1, "m1")], reden="verhuisd")
    assert one.get(f"/api/v1/signalen/{before[2, 'm1']}").json["reden"] == "verhuisd"
    assert send(one, [], reden="verkeerde_persoon").status_code == 400


def test_the_same_person_with_a_colleague_is_a_transfer(world: World, one: Member) -> None:
    synced(one, [(1, "m1"), (2, "m1")])
    before = ids(one)
    later(world)
    assert counts(synced(one, [(1, "m2"), (2, "m1")])) == (0, 1, 1, 0, 0)
    assert ids(one) == {(1, "m2"): before[1, "m1"], (2, "m1"): before[2, "m1"]}
    with world.services.sessions() as session:
        told = session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == NoticeKind.TRANSFERRED)
        ).one()
        assert told.state is MessageState.WAITING


def test_a_colleague_who_stays_involved_keeps_the_own_signal(world: World, one: Member) -> None:
    synced(one, [(1, "m1")])
    before = ids(one)[1, "m1"]
    later(world)
    assert counts(synced(one, [(1, "m2"), (1, "m1")])) == (1, 1, 0, 0, 0)
    assert ids(one)[1, "m1"] == before
    later(world)
    rows = [row(one, 1, None), {"id": before}, row(one, 1, "m2")]
    assert counts(sent(one, rows)) == (1, 2, 0, 0, 0)
    assert ids(one)[1, "m1"] == before


def test_nothing_ends_before_the_last_part(world: World, one: Member) -> None:
    synced(one, [(1, "m1"), (2, "m1")])
    later(world)
    run = uuid4()
    first = synced(one, [(1, "m1")], run=run, last=False)
    assert (first["status"], first["beeindigd"]) == ("lopend", 0)
    assert active(one) == {(1, "m1"), (2, "m1")}
    last = synced(one, [(3, "m1")], run=run, part=2)
    assert counts(last) == (1, 0, 0, 0, 1)
    assert active(one) == {(1, "m1"), (3, "m1")}


def test_parts_come_in_order_and_none_is_missed(world: World, one: Member) -> None:
    run = uuid4()
    problem = assert_problem(send(one, [], run=run, part=2), 409, ROUTE)
    assert "deel 1" in problem["detail"]
    synced(one, [(1, "m1")], run=run, last=False)
    problem = assert_problem(send(one, [], run=run, part=3), 409, ROUTE)
    assert "eerst deel 2" in problem["detail"]
    sent(one, [], run=run, part=2)
    problem = assert_problem(send(one, [], run=run, part=3), 409, ROUTE)
    assert "afgerond" in problem["detail"]


def test_a_part_sent_three_times_is_answered_three_times_alike(world: World, one: Member) -> None:
    synced(one, [(1, "m1"), (2, "m1")])
    later(world)
    run = uuid4()
    parts = [([row(one, 3), row(one, 4)], False), ([row(one, 1)], True)]
    for number, (rows, last) in enumerate(parts, 1):
        answers = [sent(one, rows, run=run, part=number, last=last) for _ in range(3)]
        assert answers[1:] == answers[:1] * 2
    assert active(one) == {(1, "m1"), (3, "m1"), (4, "m1")}
    # Long after: an early part is answered as it was.
    assert sent(one, parts[0][0], run=run, part=1, last=False)["aangemaakt"] == 2


def test_a_run_that_is_never_finished_ends_nothing(world: World, one: Member) -> None:
    synced(one, [(1, "m1")])
    later(world)
    run = uuid4()
    synced(one, [(2, "m1")], run=run, last=False)
    later(world)
    assert counts(synced(one, [(1, "m1"), (2, "m1"), (3, "m1")])) == (1, 2, 0, 0, 0)
    problem = assert_problem(send(one, [], run=run, part=2), 409, ROUTE)
    assert "nieuwere run" in problem["detail"]
    assert len(active(one)) == 3


def test_many_end_only_when_that_is_confirmed(world: World, one: Member) -> None:
    everybody = [(person, "m1") for person in range(1, 21)]
    synced(one, everybody)
    later(world)
    run = uuid4()
    rows = [row(one, person) for person in range(1, 15)] + [row(one, 30)]
    problem = assert_problem(send(one, rows, run=run), 409, ROUTE)
    assert "6 van de 20" in problem["detail"]
    assert [fault["name"] for fault in problem["invalidParams"]] == ["bevestigd"]
    assert active(one) == {*everybody, (30, "m1")}
    answer = sent(one, rows, run=run, bevestigd=True)
    assert counts(answer) == (1, 14, 0, 0, 6)
    assert len(active(one)) == 15


@pytest.mark.parametrize(("there", "gone"), [(25, 5), (6, 5), (30, 6)])
def test_few_end_without_asking(world: World, one: Member, there: int, gone: int) -> None:
    synced(one, [(person, "m1") for person in range(1, there + 1)])
    later(world)
    answer = synced(one, [(person, "m1") for person in range(1, there - gone + 1)])
    assert answer["beeindigd"] == gone


def test_rows_of_nobody_knows_whom_end_nothing_unconfirmed(world: World, one: Member) -> None:
    synced(one, [(1, "m1"), (2, "m1")])
    later(world)
    broken = row(one, 2) | {"evaluatie": "x"}
    problem = assert_problem(send(one, [row(one, 1), broken]), 409, ROUTE)
    assert "Eén rij" in problem["detail"]
    problem = assert_problem(send(one, [row(one, 1)], overgeslagen=2), 409, ROUTE)
    assert "2 rijen" in problem["detail"]
    assert len(active(one)) == 2
    answer = sent(one, [row(one, 1), broken], bevestigd=True)
    assert counts(answer) == (0, 1, 0, 1, 1)
    assert answer["resultaten"][1]["invalidParams"][0]["name"] == "evaluatie"


def test_a_refused_row_about_somebody_known_ends_nothing_of_that_person(
    world: World, one: Member
) -> None:
    synced(one, [(1, "m1"), (2, "m1")])
    later(world)
    answer = sent(one, [row(one, 1), row(one, 2, "m9")])
    assert counts(answer) == (0, 1, 0, 1, 0)
    assert len(active(one)) == 2


def test_a_row_that_could_not_start_any_more_goes_on(world: World, one: Member) -> None:
    """Training, basis and telling are asked of what starts, not of what goes on."""
    synced(one, [(1, "m1")])
    with world.services.sessions.begin() as session:
        session.execute(update(Professional).values(trained_on=None))
    later(world)
    assert counts(sent(one, [row(one, 1)])) == (0, 1, 0, 0, 0)


def test_the_id_alone_says_that_a_signal_stays(world: World, one: Member) -> None:
    first = synced(one, [(1, "m1"), (2, "m1")])
    known = [each["id"] for each in first["resultaten"]]
    later(world)
    answer = sent(one, [{"id": known[0]}, row(one, 3)])
    assert counts(answer) == (1, 1, 0, 0, 1)
    assert [each["positie"] for each in answer["resultaten"]] == [1]
    later(world)
    answer = sent(one, [{"id": one_id} for one_id in known])
    assert counts(answer) == (0, 1, 0, 1, 1)
    (refused,) = answer["resultaten"]
    assert refused["invalidParams"][0]["name"] == "id"


def test_an_id_that_this_run_gave_another_contact_is_asked_for_in_full(
    world: World, one: Member
) -> None:
    synced(one, [(1, "m1")])
    before = ids(one)[1, "m1"]
    later(world)
    run = uuid4()
    sent(one, [row(one, 1, "m2")], run=run, last=False)
    answer = sent(one, [{"id": before}], run=run, part=2, last=False)
    assert counts(answer) == (0, 0, 0, 1, 0)
    assert counts(sent(one, [row(one, 1, "m1")], run=run, part=3)) == (1, 0, 0, 0, 0)
    assert active(one) == {(1, "m1"), (1, "m2")}


def test_what_started_by_hand_meanwhile_does_not_end(world: World, one: Member) -> None:
    synced(one, [(1, "m1")])
    later(world)
    run = uuid4()
    synced(one, [(1, "m1")], run=run, last=False)
    assert one.register(2).status_code == 201
    assert counts(sent(one, [], run=run, part=2)) == (0, 0, 0, 0, 0)
    assert active(one) == {(1, "m1"), (2, "m1")}


def test_a_contact_of_another_unit_is_refused(world: World) -> None:
    one = world.member(
        "Gemeente", units={"Schuld": 'domein = "schulden"', "Wmo": 'domein = "wonen"'}
    )
    with world.services.sessions.begin() as session:
        session.execute(
            update(Professional).where(Professional.key == "m2").values(unit_id=one.units["Wmo"])
        )
    answer = sent(one, [row(one, 1, "m2")])
    (fault,) = answer["resultaten"][0]["invalidParams"]
    assert fault["name"] == "contact.medewerker"
    assert "werkt niet bij deze afdeling" in fault["reason"]


def test_other_units_and_organisations_are_untouched(world: World) -> None:
    one = world.member(
        "Gemeente", units={"Schuld": 'domein = "schulden"', "Wmo": 'domein = "wonen"'}
    )
    two = world.member("Wijkteam", domain="welzijn")
    one.register(5, afdeling=str(one.units["Wmo"]))
    two.register(1)
    synced(one, [(1, "m1")])
    later(world)
    synced(one, [])
    assert active(one) == {(5, "m1")}
    assert active(two) == {(1, "m1")}
    theirs = str(two.units["Team"])
    problem = assert_problem(send(one, [], afdeling=theirs), 400, ROUTE)
    assert problem["invalidParams"][0]["name"] == "afdeling"
    foreign = ids(two)[1, "m1"]
    assert counts(sent(one, [{"id": foreign}])) == (0, 0, 0, 1, 0)


def test_a_unit_that_does_not_take_part_is_refused(world: World, one: Member) -> None:
    with world.services.sessions.begin() as session:
        session.execute(update(Unit).values(takes_part=False))
    assert_problem(send(one, []), 400, ROUTE)


def test_a_trial_changes_nothing_and_says_what_would_be(world: World, one: Member) -> None:
    synced(one, [(1, "m1"), (2, "m1"), (3, "m1")])
    later(world)
    run, real = uuid4(), uuid4()
    synced(one, [(9, "m1")], run=real, last=False)
    rows = [row(one, 1), row(one, 2, "m2"), row(one, 4)]
    assert counts(sent(one, rows, run=run, proef=True)) == (1, 1, 1, 0, 1)
    assert active(one) == {(1, "m1"), (2, "m1"), (3, "m1"), (9, "m1")}
    problem = assert_problem(send(one, rows, run=run), 409, ROUTE)
    assert "proef" in problem["detail"]
    # It did not get in the way of the run that was under way.
    sent(one, [row(one, 1), row(one, 2), row(one, 3)], run=real, part=2)


def test_everything_of_a_sync_is_mailed_in_digests(world: World, one: Member) -> None:
    two = world.member("Wijkteam", domain="welzijn")
    two.register(1)
    synced(one, [(1, "m1")])
    Worker(world.services).review()
    with world.services.sessions() as session:
        states = {each.state for each in session.scalars(select(OutboxMessage))}
    assert states == {MessageState.WAITING}


def test_each_change_and_each_part_is_audited(world: World, one: Member) -> None:
    synced(one, [(1, "m1"), (2, "m1"), (3, "m1")])
    known = ids(one)
    later(world)
    sent(one, [row(one, 1, "m2"), row(one, 2), {"id": known[3, "m1"]}, row(one, 4)])
    later(world)
    sent(one, [row(one, 1, "m2"), {"id": known[3, "m1"]}, row(one, 4)])
    with world.services.sessions() as session:
        deeds = [
            each.action
            for each in session.scalars(select(AuditEvent).order_by(AuditEvent.id))
            if each.action.value.startswith(("signaal.", "caseload."))
            and each.action is not Action.SIGNAL_READ
        ]
    assert sorted(deeds) == sorted(
        [Action.SIGNAL_REGISTERED] * 4
        + [Action.SIGNAL_TRANSFERRED, Action.SIGNAL_ENDED]
        + [Action.SIGNAL_REPEATED] * 3
        + [Action.CASELOAD_RECEIVED, Action.CASELOAD_FINISHED] * 3
    )


def test_who_was_registered_again_by_hand_stays_though_the_caseload_has_the_old_id(
    world: World, one: Member
) -> None:
    synced(one, [(1, "m1"), (2, "m1"), (3, "m1")])
    known = ids(one)
    later(world)
    path = f"/api/v1/signalen/{known[1, 'm1']}"
    assert one.patch(path, {"status": "beeindigd", "reden": "afgerond"}).status_code == 200
    assert one.register(1).status_code == 201
    later(world)
    answer = sent(one, [{"id": known[person, "m1"]} for person in (1, 2, 3)])
    assert counts(answer) == (0, 2, 0, 1, 0)
    assert active(one) == {(1, "m1"), (2, "m1"), (3, "m1")}


def test_nothing_ends_unasked_where_the_index_does_not_know_an_id_any_more(
    world: World, one: Member
) -> None:
    """About whom it was, nobody can tell: it may be somebody whose signal would end."""
    synced(one, [(1, "m1"), (2, "m1"), (3, "m1")])
    known = ids(one)
    later(world)
    rows = [{"id": str(uuid4())}, {"id": known[2, "m1"]}, {"id": known[3, "m1"]}]
    problem = assert_problem(send(one, rows), 409, ROUTE)
    assert [fault["name"] for fault in problem["invalidParams"]] == ["bevestigd"]
    assert active(one) == {(1, "m1"), (2, "m1"), (3, "m1")}


def test_what_was_handed_to_the_unit_during_a_run_is_not_ended_by_it(world: World) -> None:
    units = {"Schuldhulp": 'domein = "schulden"', "Wmo": 'domein = "zorg"'}
    one = world.member("Gemeente", units=units)
    debts, support = (str(unit) for unit in one.units.values())
    there = one.register(9, afdeling=support, contact={"afdeling": True}).json["id"]
    synced(one, [(1, "m1")])
    later(world)
    run = uuid4()
    synced(one, [(1, "m1")], run=run, last=False)
    world.clock.advance(timedelta(minutes=1))
    target = {"afdeling": debts, "medewerker": "m1"}
    assert one.post(f"/api/v1/signalen/{there}/overdracht", target).status_code == 200
    assert sent(one, [], run=run, part=2)["beeindigd"] == 0
    assert one.get(f"/api/v1/signalen/{there}").json["status"] == "actief"
    later(world)
    assert synced(one, [(1, "m1")])["beeindigd"] == 1, "the next run knows of it"


def test_old_runs_are_deleted(world: World, one: Member) -> None:
    synced(one, [(1, "m1")])
    world.clock.advance(KEPT + timedelta(seconds=1))
    Worker(world.services).forget()
    with world.services.sessions() as session:
        assert session.scalars(select(CaseloadRun)).all() == []
