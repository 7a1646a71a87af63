"""Handing over on screen: one, several, all of a colleague, and of a colleague who leaves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from match.case_leads import CaseLead, LeadStatus
from match.messages import NoticeKind, OutboxMessage
from orgprofiles.organisations import ProfessionalStatus
from tests.people import add_person
from tests.verwijsindex.web.casework import Desk, desk, main_of, signal_ids
from tests.verwijsindex.web.organisation import Organisation, organisation
from tests.world import Member, World
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.audit import Action
from verwijsindex.use_cases import off_board as off_boarding
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database


@pytest.fixture
def member(world: World) -> Member:
    return world.member("Schuldhulp")


def choice(member: Member, key: str = "", unit: str = "Team") -> str:
    return f"{member.units[unit]} {key}".strip()


def contacts(member: Member) -> dict[str, str | None]:
    """Return by reference who is contact of the active signals."""
    found = member.get("/api/v1/signalen", status="actief", perPagina=500).json["resultaten"]
    return {one["kenmerk"]: one["contact"].get("medewerker") for one in found}


def told(world: World) -> int:
    with world.services.sessions() as session:
        of_transfers = OutboxMessage.kind == NoticeKind.TRANSFERRED
        return len(session.scalars(select(OutboxMessage).where(of_transfers)).all())


def test_one_signal_goes_to_a_colleague(member: Member) -> None:
    member.register(1)
    ton: Desk = desk(member)
    signal = signal_ids(member)["D-1"]
    assert "Draag over" in ton.text(f"/signalen/{signal}")
    page = ton.post("/signalen/overdragen", signaal=signal)
    assert page.status_code == 200
    assert "M. Schuldhulp 2" in page.text
    assert "Team Team" in page.text
    after = ton.done("/signalen/overgedragen", signaal=signal, aan=choice(member, "m2"))
    assert "Het signaal is overgedragen aan M. Schuldhulp 2." in after
    assert contacts(member) == {"D-1": "m2"}
    assert told(member.world) == 1


def test_who_takes_a_signal_over_is_not_told_by_mail(member: Member) -> None:
    member.register(1, contact={"afdeling": True})
    ton = desk(member)
    signal = signal_ids(member)["D-1"]
    ton.done("/signalen/overgedragen", signaal=signal, aan=choice(member, "m1"))
    assert told(member.world) == 0


def test_several_go_to_the_team(member: Member) -> None:
    for person in (1, 2, 3):
        member.register(person)
    ton, ids = desk(member), signal_ids(member)
    chosen = [ids["D-1"], ids["D-3"]]
    assert "Draag 2 signalen over" in ton.post("/signalen/overdragen", signaal=chosen).text
    after = ton.done("/signalen/overgedragen", signaal=chosen, aan=choice(member))
    assert "2 signalen overgedragen." in after
    assert contacts(member) == {"D-1": None, "D-2": "m1", "D-3": None}


def test_what_cannot_go_stays_and_the_page_says_why(member: Member) -> None:
    member.register(1)
    member.register(2)
    member.register(1, contact={"medewerker": "m2"}, kenmerk="D-9")
    ton, ids = desk(member), signal_ids(member)
    chosen = [ids["D-1"], ids["D-2"]]
    answer = ton.post("/signalen/overgedragen", signaal=chosen, aan=choice(member, "m2"))
    assert answer.status_code == 409
    page = main_of(answer.text)
    assert "1 signaal is niet overgedragen" in page
    assert "Bij 1 ander lukte het wel." in page
    assert "al een actief signaal" in page
    alone = ton.post("/signalen/overgedragen", signaal=ids["D-1"], aan=choice(member, "m2"))
    assert alone.status_code == 409


@pytest.mark.parametrize("wrong", ["", "m2", "nobody", "{other} m2"])
def test_only_who_is_offered_can_be_chosen(world: World, member: Member, wrong: str) -> None:
    other = world.member("Wijkteam", domain="welzijn")
    member.register(1)
    ton, ids = desk(member), signal_ids(member)
    aan = wrong.format(other=other.units["Team"])
    answer = ton.post("/signalen/overgedragen", signaal=ids["D-1"], aan=aan)
    assert answer.status_code == 400
    assert "Kies wie het overneemt." in answer.text
    assert contacts(member) == {"D-1": "m1"}


def test_who_was_not_trained_or_left_or_works_elsewhere_is_not_offered(world: World) -> None:
    own = organisation(world)
    own.member.register(1)
    with world.services.sessions.begin() as session:
        session.get_one(type(own.professional("m2")), own.professional("m2").id).trained_on = None
    ton = desk(own.member)
    page = ton.post("/signalen/overdragen", signaal=signal_ids(own.member)["D-1"]).text
    assert "M. Schuldhulp 2" not in page
    assert "Wonen" not in main_of(page)


def test_another_teams_signals_cannot_be_handed_over(world: World) -> None:
    own = organisation(world)
    own.member.register(1, afdeling=str(own.member.units["Wonen"]), contact={"afdeling": True})
    own.member.register(2)
    signal = _id_of_first(world)
    ton = desk(own.member)
    assert ton.post("/signalen/overdragen", signaal=signal).status_code == 404
    own_one = signal_ids(own.member)["D-2"]
    answer = ton.post(
        "/signalen/overgedragen", signaal=[signal, own_one], aan=choice(own.member, "m2")
    )
    assert answer.status_code == 303
    assert contacts(own.member)["D-2"] == "m2"


def _id_of_first(world: World) -> UUID:
    from match.signals import Signal

    with world.services.sessions() as session:
        return session.scalars(select(Signal.id).order_by(Signal.id)).all()[0]


def test_the_coordinator_hands_over_all_of_a_colleague(world: World) -> None:
    own = organisation(world)
    for person in (1, 2, 3):
        own.member.register(person)
    own.member.register(2, contact={"medewerker": "m2"}, kenmerk="D-20")
    assert "Draag over aan een collega" in own.get(own.page_of("m1")).text
    path = own.page_of("m1", "/overdracht")
    form = own.get(path).text
    assert "contact van 3 actieve signalen" in form
    assert "M. Schuldhulp 1</option>" not in form
    page = main_of(own.post(path, aan=choice(own.member, "m2")).text)
    assert "2 signalen zijn nu van M. Schuldhulp 2." in page
    assert "1 signaal bleef bij M. Schuldhulp 1" in page
    assert "1 signaal: Het nieuwe contact heeft al een actief signaal" in page
    page = main_of(own.post(path, aan=choice(own.member)).text)
    assert "1 signaal is nu van Team Team." in page
    assert contacts(own.member) == {"D-1": "m2", "D-2": None, "D-3": "m2", "D-20": "m2"}
    assert len(own.deeds(Action.SIGNAL_TRANSFERRED)) == 3


def test_the_coordinator_sees_no_reference_of_a_client(world: World) -> None:
    own = organisation(world)
    own.member.register(1, kenmerk="ZZ-771")
    own.member.register(1, contact={"medewerker": "m2"}, kenmerk="ZZ-772")
    for path in ("/overdracht", "/vertrek"):
        answer = own.post(own.page_of("m1", path), aan=choice(own.member, "m2"))
        assert "bleef" in answer.text
        assert "ZZ-77" not in answer.text


def leaver(world: World) -> tuple[Organisation, Member]:
    """Return an organisation in a match, whose m1 has the lead and picked the team's match up."""
    own = organisation(world)
    other = world.member("Wijkteam", domain="welzijn")
    add_person(world, own.member.id, key="m1", name="Ton Kok")
    for person in (1, 2):
        other.register(person)
    own.member.register(1)
    own.member.register(2, contact={"afdeling": True})
    Worker(world.services).review()
    for match in own.member.get("/api/v1/matches").json["resultaten"]:
        (part,) = match["eigenDeelnames"]
        path = f"/api/v1/matches/{match['id']}"
        status = {"status": "opgepakt", "opgepaktDoor": "m1"}
        assert own.member.patch(f"{path}/deelnames/{part['id']}", status).status_code == 200
        assert own.member.put(f"{path}/regie", {"deelname": part["id"]}).status_code == 200
    return own, other


def test_who_leaves_leaves_nothing_behind(world: World) -> None:
    own, other = leaver(world)
    page = main_of(own.get(own.page_of("m1", "/vertrek")).text)
    assert "nog contact van 1 actief signaal" in page
    answer = own.post(own.page_of("m1", "/vertrek"), aan=choice(own.member, "m2"))
    assert answer.status_code == 200
    page = main_of(answer.text)
    assert "M. Schuldhulp 1 is vertrokken" in page
    assert "1 signaal is nu van M. Schuldhulp 2." in page
    assert "De regie van 1 match is teruggegeven." in page
    assert "1 match van het team staat weer open" in page
    assert "Het account is geblokkeerd" in page
    assert contacts(own.member) == {"D-1": "m2", "D-2": None}
    assert own.professional("m1").status is ProfessionalStatus.INACTIVE
    with world.services.sessions() as session:
        account = session.scalars(
            select(Account).where(Account.professional_id == own.professional("m1").id)
        ).one()
        assert account.status is AccountStatus.BLOCKED
        leads = {lead.status for lead in session.scalars(select(CaseLead))}
        # Of the team's match the team has it still.
        assert leads == {LeadStatus.RETURNED, LeadStatus.ACCEPTED}
    picked = {
        part["kenmerk"]: (part["opvolging"]["status"], part["opvolging"]["opgepaktDoor"])
        for match in own.member.get("/api/v1/matches").json["resultaten"]
        for part in match["eigenDeelnames"]
    }
    assert picked["D-2"] == ("open", None)
    status, by = picked["D-1"]
    assert (status, by["email"]) == ("opgepakt", "m2@schuldhulp.example")
    assert len(own.deeds(Action.LEAD_RETURNED)) == 1
    assert other.get("/api/v1/matches").json["totaal"] == 2


def test_who_leaves_with_signals_needs_somebody_to_take_them(world: World) -> None:
    own = organisation(world)
    own.member.register(1)
    answer = own.post(own.page_of("m1", "/vertrek"))
    assert answer.status_code == 400
    assert "Kies wie de signalen overneemt." in answer.text
    assert own.professional("m1").status is ProfessionalStatus.ACTIVE


def test_who_leaves_stays_while_a_signal_cannot_go(world: World) -> None:
    own = organisation(world)
    add_person(world, own.member.id, key="m1", name="Ton Kok")
    own.member.register(1)
    own.member.register(2)
    own.member.register(1, contact={"medewerker": "m2"}, kenmerk="D-10")
    path = own.page_of("m1", "/vertrek")
    page = main_of(own.post(path, aan=choice(own.member, "m2")).text)
    assert "is nog niet vertrokken" in page
    assert "1 signaal is nu van M. Schuldhulp 2; 1 bleef achter." in page
    assert own.professional("m1").status is ProfessionalStatus.ACTIVE
    page = main_of(own.post(path, aan=choice(own.member)).text)
    assert "is vertrokken" in page
    assert contacts(own.member) == {"D-1": None, "D-2": "m2", "D-10": "m2"}


def test_who_does_not_leave_yet_keeps_what_they_had_taken_on(world: World) -> None:
    own, _ = leaver(world)
    own.member.register(1, contact={"medewerker": "m2"}, kenmerk="D-10")
    path = own.page_of("m1", "/vertrek")
    assert own.post(path).status_code == 400
    page = main_of(own.post(path, aan=choice(own.member, "m2")).text)
    assert "is nog niet vertrokken" in page
    assert own.deeds(Action.LEAD_RETURNED) == []
    picked = {
        part["opvolging"]["status"]
        for match in own.member.get("/api/v1/matches").json["resultaten"]
        for part in match["eigenDeelnames"]
        if part["kenmerk"] != "D-10"
    }
    assert picked == {"opgepakt"}


def test_what_comes_in_meanwhile_goes_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    own = organisation(world)
    own.member.register(1)
    real, asked = off_boarding.keep_professional, []

    def register_first(*args: Any, **options: Any) -> Any:
        if not asked:
            asked.append(1)
            args[0].commit()
            own.member.register(2)
        return real(*args, **options)

    monkeypatch.setattr(off_boarding, "keep_professional", register_first)
    page = main_of(own.post(own.page_of("m1", "/vertrek"), aan=choice(own.member, "m2")).text)
    assert "2 signalen zijn nu van M. Schuldhulp 2." in page
    assert contacts(own.member) == {"D-1": "m2", "D-2": "m2"}


def test_of_two_signals_about_one_person_one_goes_and_one_stays(member: Member) -> None:
    member.register(1)
    member.register(1, contact={"afdeling": True}, kenmerk="D-10")
    ton, ids = desk(member), signal_ids(member)
    chosen = [ids["D-1"], ids["D-10"]]
    answer = ton.post("/signalen/overgedragen", signaal=chosen, aan=choice(member, "m2"))
    assert answer.status_code == 409
    assert sorted(contacts(member).values(), key=str) in (["m1", "m2"], [None, "m2"])
