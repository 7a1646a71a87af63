"""It was somebody else: whoever was told hears so, whatever became of their signal; nobody else."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from match.counters import DailyCounter, Figure
from match.matches import MatchPair
from orgprofiles.base import new_id
from orgprofiles.organisations import Delivery, Professional, ProfessionalStatus
from orgprofiles.stand_ins import StandIn, StandInDelivery
from tests.clock import Clock
from tests.mail_server import MailHost
from tests.verwijsindex.follow_up.matched import match_of, matched, member, recorded
from tests.verwijsindex.mail.test_reminders import Post, at
from tests.verwijsindex.people.test_transferring import change_professional, transfer, two_units
from tests.verwijsindex.web.casework import desk
from tests.world import Member, World
from verwijsindex.audit import Action, AuditEvent

RETRACTED = "Ingetrokken: match bij uw kenmerk D-1"
ONE, OTHER_ONE = "m1@schuldhulp.example", "m2@schuldhulp.example"
TEAM = "team@schuldhulp.example"
WRONG = {"status": "beeindigd", "reden": "verkeerde_persoon"}
DONE = {"status": "beeindigd", "reden": "afgerond"}


@pytest.fixture
def inbox(mailing: World, mail_host: MailHost, clock: Clock) -> Post:
    return Post(mailing, mail_host, clock)


def signal_of(one: Member) -> str:
    (signal,) = one.get("/api/v1/signalen").json["resultaten"]
    return str(signal["id"])


def end(one: Member, body: dict[str, str] = WRONG) -> Any:
    answer = one.patch(f"/api/v1/signalen/{signal_of(one)}", body)
    assert answer.status_code == 200, answer.text
    return answer.json


def batch(one: Member) -> None:
    """Register by a batch, whose answer shows no match and of which digests tell."""
    answer = one.post("/api/v1/signalen/batch", {"signalen": [one.signal(1)], "proef": False})
    assert answer.json["resultaten"][0]["status"] == "aangemaakt", answer.text


def stand_in(
    one: Member, who: str, substitute: str, delivery: StandInDelivery, *, last: date
) -> None:
    with one.world.services.sessions.begin() as session:
        ids = {
            row.key: row.id
            for row in session.scalars(
                select(Professional).where(Professional.organisation_id == one.id)
            )
        }
        row = StandIn(
            id=new_id(),
            professional_id=ids[who],
            substitute_id=ids[substitute],
            first_day=date(2026, 11, 1),
            last_day=last,
            delivery=delivery,
            made_at=one.world.clock(),
        )
        session.add(row)


def retract_after(inbox: Post, one: Member, two: Member, body: dict[str, str] | None = None) -> Any:
    """Let what was to be mailed be mailed; *one* perhaps end; *two* was wrong; return the mails."""
    inbox.work()
    if body is not None:
        end(one, body)
    end(two)
    return inbox.work()


def test_who_ended_since_is_told_too_and_finds_the_own_signal(inbox: Post) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    signal = signal_of(one)
    assert retract_after(inbox, one, two, DONE) == [(ONE, RETRACTED)]
    text = inbox.text(ONE)
    assert "uw cliënt met kenmerk D-1. Dat klopt niet: het ging om een andere persoon." in text
    assert f"uw eigen signaal was al gestopt: https://index.example/signalen/{signal}" in text
    assert "Wijkteam" not in text


def test_nobody_is_told_of_a_client_whose_history_is_over(inbox: Post) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    end(one, DONE)
    inbox.come(inbox.clock() + timedelta(days=30))
    end(two)
    assert inbox.work() == []


def test_who_handed_it_over_is_told_as_well_as_whose_it_is(inbox: Post) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    assert transfer(one, signal_of(one), medewerker="m2").status_code == 200
    assert retract_after(inbox, one, two) == [(ONE, RETRACTED), (OTHER_ONE, RETRACTED)]
    assert inbox.text(ONE).startswith("Dit gaat over een cliënt van M. Schuldhulp 2.\n")
    assert "het signaal loopt door: https://" in inbox.text(ONE)
    assert inbox.text(OTHER_ONE).startswith("Eerder zag u, of kreeg u bericht, dat")


def test_who_handed_it_to_another_unit_gets_no_link_to_what_is_not_theirs(inbox: Post) -> None:
    one, two = two_units(inbox.world), member(inbox.world, "Wijkteam")
    one.register(1)
    two.register(1)
    inbox.work()
    answer = transfer(one, signal_of(one), afdeling=str(one.units["Wmo"]))
    assert answer.status_code == 200, answer.text
    told = retract_after(inbox, one, two)
    assert told == [("m1@gemeente.example", RETRACTED), ("wmo@gemeente.example", RETRACTED)]
    text = inbox.text("m1@gemeente.example")
    assert "U bent niet meer het contact voor deze cliënt." in text
    assert "https://" not in text
    assert "https://" in inbox.text("wmo@gemeente.example")


def test_who_left_is_told_nothing_more(inbox: Post) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    assert transfer(one, signal_of(one), medewerker="m2").status_code == 200
    inbox.work()
    change_professional(inbox.world, one, "m1", status=ProfessionalStatus.INACTIVE)
    assert retract_after(inbox, one, two) == [(OTHER_ONE, RETRACTED)]


def test_who_stood_in_is_told_though_the_contact_is_back(inbox: Post) -> None:
    one, two = member(inbox.world, "Schuldhulp"), member(inbox.world, "Wijkteam")
    stand_in(one, "m1", "m2", StandInDelivery.SUBSTITUTE, last=date(2026, 11, 23))
    one.register(1)
    two.register(1)
    assert [to for to, _ in inbox.work()] == ["m1@wijkteam.example", OTHER_ONE]
    inbox.come(at("2026-11-24", "10:00"))
    assert retract_after(inbox, one, two) == [(ONE, RETRACTED), (OTHER_ONE, RETRACTED)]


def test_whoever_stands_in_by_now_for_who_had_it_before_is_not_told(inbox: Post) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    team = {"afdeling": str(next(iter(one.units.values())))}
    assert transfer(one, signal_of(one), **team).status_code == 200
    stand_in(one, "m1", "m2", StandInDelivery.BOTH, last=date(2027, 1, 1))
    assert [to for to, _ in retract_after(inbox, one, two)] == [ONE, TEAM]


def test_a_team_that_read_it_instead_is_told_too(inbox: Post) -> None:
    one, two = member(inbox.world, "Schuldhulp"), member(inbox.world, "Wijkteam")
    change_professional(inbox.world, one, "m1", delivery=Delivery.OFF)
    one.register(1)
    two.register(1)
    assert [to for to, _ in inbox.work()] == ["m1@wijkteam.example", TEAM]
    assert [to for to, _ in retract_after(inbox, one, two)] == [ONE, TEAM]


def test_who_was_not_told_yet_hears_nothing_at_all(inbox: Post) -> None:
    one, two = member(inbox.world, "Schuldhulp"), member(inbox.world, "Wijkteam")
    one.register(1)
    batch(two)
    assert retract_after(inbox, one, two) == []
    assert inbox.work_at(at("2026-11-24")) == []


def test_who_opened_the_match_before_the_mail_came_is_told(inbox: Post) -> None:
    one, two = member(inbox.world, "Schuldhulp"), member(inbox.world, "Wijkteam")
    one.register(1)
    batch(two)
    assert one.get("/api/v1/matches").json["totaal"] == 1
    assert retract_after(inbox, one, two) == [(ONE, RETRACTED)]


def test_who_opened_the_match_before_a_hidden_one_let_itself_be_seen_is_not_told(
    inbox: Post,
) -> None:
    one, _, hidden = matched(inbox.world, "Schuldhulp", "Wijkteam", "GGZ")
    change_professional(inbox.world, one, "m1", delivery=Delivery.DAILY)
    inbox.work()
    assert len(match_of(one)["deelnemers"]) == 1
    inbox.clock.advance(timedelta(minutes=1))
    recorded(hidden, zichtbaar=True)
    end(hidden)
    assert [to for to, _ in inbox.work() if to == ONE] == []


def test_a_digest_tells_like_any_mail(inbox: Post) -> None:
    one, two = member(inbox.world, "Schuldhulp"), member(inbox.world, "Wijkteam")
    one.register(1)
    batch(two)
    inbox.come(at("2026-11-24"))
    assert len(inbox.work()) == 2
    assert retract_after(inbox, one, two) == [(ONE, RETRACTED)]


def test_what_was_over_before_the_digest_was_made_was_not_in_it(inbox: Post) -> None:
    one, two = member(inbox.world, "Schuldhulp"), member(inbox.world, "Wijkteam")
    for person in (1, 2):
        one.register(person)
    bodies = [two.signal(person) for person in (1, 2)]
    rows = two.post("/api/v1/signalen/batch", {"signalen": bodies}).json["resultaten"]
    first = f"/api/v1/signalen/{rows[0]['id']}"
    assert two.patch(first, DONE).status_code == 200
    inbox.come(at("2026-11-24"))
    assert len(inbox.work()) == 2
    assert two.patch(first, WRONG).status_code == 200
    assert inbox.work() == []


@pytest.mark.parametrize("lapsed", [False, True], ids=["ended", "lapsed"])
def test_what_ended_can_still_be_called_the_wrong_persons(inbox: Post, lapsed: bool) -> None:
    one, two = member(inbox.world, "Schuldhulp"), member(inbox.world, "Wijkteam")
    one.register(1)
    two.register(1, **({"vervaltDatum": "2026-12-01"} if lapsed else {}))
    inbox.work()
    recorded(one, status="contact_gelegd")
    if lapsed:
        inbox.come(at("2026-12-01"))
        inbox.worker.lapse()
    else:
        end(two, DONE)
    before = two.get(f"/api/v1/signalen/{signal_of(two)}").json
    inbox.work()
    assert one.get("/api/v1/matches").json["totaal"] == 1
    inbox.come(inbox.clock() + timedelta(days=29))
    after = end(two)
    assert (after["status"], after["reden"]) == ("beeindigd", "verkeerde_persoon")
    assert after["beeindigdOp"] == before["beeindigdOp"], "it goes when it would have gone"
    assert one.get("/api/v1/matches").json["totaal"] == 0
    assert inbox.work() == [(ONE, RETRACTED)]
    assert end(two) == after
    assert inbox.work() == []
    with inbox.world.services.sessions() as session:
        assert session.scalars(select(MatchPair)).all() == []
        told = session.scalars(
            select(AuditEvent.action).where(AuditEvent.object_id == UUID(after["id"]))
        ).all()
        figures: Counter[Figure] = Counter()
        for row in session.scalars(select(DailyCounter)):
            figures[row.figure] += row.amount
    assert told.count(Action.SIGNAL_RETRACTED) == 1
    assert told.count(Action.SIGNAL_ENDED) == (not lapsed)
    assert figures[Figure.WRONG_PERSON] == 1
    assert (figures[Figure.ENDED], figures[Figure.LAPSED]) == (not lapsed, lapsed)


def test_what_is_gone_or_another_ones_cannot_be_taken_back(inbox: Post) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    path = f"/api/v1/signalen/{signal_of(two)}"
    end(two, DONE)
    assert one.patch(path, WRONG).status_code == 404
    assert two.patch(path, {"status": "beeindigd", "reden": "verhuisd"}).status_code == 409
    inbox.come(inbox.clock() + timedelta(days=30))
    assert two.patch(path, WRONG).status_code == 404


def test_the_page_of_what_ended_takes_it_back(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    signal = signal_of(two)
    end(two, DONE)
    ton = desk(two)
    assert "Trek in" not in ton.text(f"/signalen/{signal}"), "which client it was, is not said yet"
    opened = ton.post(f"/signalen/{signal}/inzage", reden="controle_fout")
    assert "Trek in: verkeerde persoon" in opened.text
    page = ton.done("/signalen/beeindigd", signaal=signal, reden="verkeerde_persoon")
    assert "Het was de verkeerde persoon" in page
    assert "Trek in" not in page
    assert one.get("/api/v1/matches").json["totaal"] == 0
