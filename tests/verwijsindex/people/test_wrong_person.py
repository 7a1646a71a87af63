"""It was somebody else: what came of it is gone for everybody, and whoever saw it is told."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from match.case_leads import CaseLead
from match.counters import DailyCounter, Figure
from match.follow_up import FollowUp
from match.follow_up_steps import FollowUpStep
from match.matches import MatchPair, Participation
from match.messages import MessageState, NoticeKind, OutboxMessage
from match.silences import Silence
from tests.verwijsindex.follow_up.matched import (
    answer_regie,
    lead,
    match_of,
    matched,
    member,
    own,
    recorded,
    regie,
)
from tests.verwijsindex.web.casework import desk, signal_ids
from tests.world import Member, World
from verwijsindex.mail.composing import compose
from verwijsindex.worker import Worker


def take_back(one: Member, reference: str = "D-1") -> str:
    """End a signal as somebody else's; return its id."""
    signal = signal_ids(one)[reference]
    body = {"status": "beeindigd", "reden": "verkeerde_persoon"}
    answer = one.patch(f"/api/v1/signalen/{signal}", body)
    assert answer.status_code == 200, answer.text
    return signal


def count(world: World, model: Any) -> int:
    with world.services.sessions() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def retracted(world: World) -> list[OutboxMessage]:
    with world.services.sessions() as session:
        of_kind = OutboxMessage.kind == NoticeKind.WRONG_PERSON
        return list(session.scalars(select(OutboxMessage).where(of_kind)))


def test_a_match_of_two_is_gone_with_all_that_came_of_it(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    recorded(two, status="waren_al_in_contact", met=[own(one)["id"]])
    recorded(one, bevestigd=[own(two)["id"]])
    regie(two, deelname=own(two)["id"])
    assert count(world, Silence) == 1
    wrong = UUID(take_back(one))
    for each in (one, two):
        assert each.get("/api/v1/matches").json["totaal"] == 0
    for model in (MatchPair, FollowUpStep, CaseLead, Silence):
        assert count(world, model) == 0, model
    with world.services.sessions() as session:
        for part in session.scalars(select(Participation)):
            if part.signal_id != wrong:
                assert (part.deadline, part.first_seen_at, part.outcomes) == (None, None, None)


def test_others_who_see_each_other_keep_their_match(world: World) -> None:
    one, two, three = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    recorded(two, status="opgepakt")
    before = own(two)
    regie(one, deelname=own(two)["id"])
    answer_regie(two, "aanvaarding")
    take_back(one)
    assert own(two)["opvolging"] == before["opvolging"]
    (seen,) = match_of(two)["deelnemers"]
    assert seen["organisatie"] == three.name
    # Who accepted the lead keeps it, though whoever asked was never there.
    assert lead(two) == lead(three) == own(two)["id"]
    assert match_of(three)["regie"]["voorgesteldDoor"] == own(two)["id"]
    kinds = [event["soort"] for event in match_of(three).get("tijdlijn", [])]
    assert "regie_voorgesteld" not in kinds


def test_who_knew_nobody_else_has_it_to_record_anew(world: World) -> None:
    one, two, _ = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    recorded(two, status="opgepakt")
    before = own(two)["opvolging"]
    recorded(two, status="waren_al_in_contact", met=[own(one)["id"]], opbrengst=["meer_zicht"])
    world.clock.advance(timedelta(days=7))
    for each in world.members.values():
        each.token = world.token(each.client)
    take_back(one)
    after = own(two)["opvolging"]
    assert after == before | {"opvolgenVoorDatum": "2026-12-07"}
    with world.services.sessions() as session:
        steps = session.scalars(select(FollowUpStep.status)).all()
    assert steps == [FollowUp.PICKED_UP]


def test_who_knew_somebody_else_too_is_done(world: World) -> None:
    one, two, three = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    known = [own(each)["id"] for each in (one, three)]
    recorded(two, status="waren_al_in_contact", met=known)
    before = own(two)["opvolging"]
    take_back(one)
    assert own(two)["opvolging"]["status"] == before["status"] == "waren_al_in_contact"


def test_whoever_saw_it_is_told_at_once_and_the_letter_leads_somewhere(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    take_back(one)
    (message,) = retracted(world)
    assert message.state is MessageState.PENDING
    assert message.due == world.clock()
    with world.services.sessions() as session:
        letter = compose(session, world.services, [message.id])[message.id]
    assert letter is not None
    assert letter.recipient == "m1@wijkteam.example"
    assert "ging om een andere persoon" in letter.text
    ton = desk(two)
    path = letter.text.partition("https://index.example")[2].split()[0]
    assert "D-1" in ton.text(path)


def test_mail_about_it_that_did_not_leave_yet_stays(world: World) -> None:
    one, _two = matched(world, "Schuldhulp", "Wijkteam")
    take_back(one)
    with world.services.sessions() as session:
        states = {
            row.kind: row.state
            for row in session.scalars(select(OutboxMessage))
            if row.unit_id not in set(one.units.values())
        }
    assert states == {
        NoticeKind.MATCH: MessageState.SKIPPED,
        NoticeKind.WRONG_PERSON: MessageState.PENDING,
    }


def test_what_was_counted_stays_counted(world: World) -> None:
    one, _two = matched(world, "Schuldhulp", "Wijkteam")
    take_back(one)
    with world.services.sessions() as session:
        totals: dict[Figure, int] = {}
        for row in session.scalars(select(DailyCounter)):
            totals[row.figure] = totals.get(row.figure, 0) + row.amount
    assert totals == {
        Figure.REGISTERED: 2,
        Figure.JOINED: 2,
        Figure.ENDED: 1,
        Figure.WRONG_PERSON: 1,
    }


def test_somebody_who_really_is_involved_makes_a_match_as_if_it_were_the_first(
    world: World,
) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    recorded(two, status="contact_gelegd", opbrengst=["meer_zicht"])
    known_as = match_of(two)["id"]
    take_back(one)
    world.clock.advance(timedelta(days=40))
    for each in world.members.values():
        each.token = world.token(each.client)
    three = member(world, "Woonbedrijf")
    three.register(1)
    Worker(world.services).review()
    match = match_of(two)
    assert match["id"] != known_as
    assert own(two)["opvolging"]["status"] == "open"
    assert match["opvolgenVoorDatum"] > world.clock().date().isoformat()


def test_who_sees_without_being_seen_is_told_and_who_erred_learns_nothing_of_them(
    world: World,
) -> None:
    one, hidden = matched(world, "Schuldhulp", "GGZ")
    assert hidden.get("/api/v1/matches").json["totaal"] == 1
    of_one = take_back(one)
    assert hidden.get("/api/v1/matches").json["totaal"] == 0
    assert [row.unit_id for row in retracted(world)] == list(hidden.units.values())
    alone = world.member("Alleen", domain="schulden")
    alone.register(2)
    of_alone = take_back(alone, "D-2")
    pages = []
    for each, signal in ((one, of_one), (alone, of_alone)):
        page = desk(each, name="Ton Kok").text(f"/signalen/{signal}")
        page = re.sub(r'value="[0-9a-f]{64}"', "", page)  # the form's own secret
        pages.append(page.replace(signal, "…").replace(each.name, "…"))
    assert pages[0] == pages[1]


def test_who_erred_is_shown_what_happened_and_what_to_do(world: World) -> None:
    one, _two = matched(world, "Schuldhulp", "Wijkteam")
    ton = desk(one)
    signal = signal_ids(one)["D-1"]
    page = ton.done("/signalen/beeindigd", signaal=signal, reden="verkeerde_persoon")
    assert "Het was de verkeerde persoon" in page
    assert "Registreer de juiste cliënt" in page
