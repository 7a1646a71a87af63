"""A signal gets another contact: what goes on, what is checked, who is told, who sees whom."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from match.messages import MessageState, NoticeKind, OutboxMessage
from match.reviews import SubjectReview
from orgprofiles.organisations import Professional, ProfessionalStatus, Unit
from tests.verwijsindex.api.refusals import assert_problem
from tests.verwijsindex.follow_up.matched import (
    lead,
    match_of,
    matched,
    own,
    record,
    recorded,
    regie,
)
from tests.verwijsindex.life.posting import at
from tests.world import Member, World
from verwijsindex.audit import Action, AuditEvent
from verwijsindex.mail.composing import compose
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database

ROUTE = "/api/v1/signalen/<uuid:signal_id>/overdracht"
BULK_ROUTE = "/api/v1/medewerkers/<string:sleutel>/overdracht"


def transfer(one: Member, signal_id: str, **body: Any) -> Any:
    return one.post(f"/api/v1/signalen/{signal_id}/overdracht", body)


def transferred(one: Member, signal_id: str, **body: Any) -> dict[str, Any]:
    answer = transfer(one, signal_id, **body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def registered(one: Member, person: int = 1, **changes: Any) -> str:
    answer = one.register(person, **changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def messages(world: World, kind: NoticeKind) -> list[OutboxMessage]:
    with world.services.sessions() as session:
        return list(session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind)))


def unskipped(world: World, kind: NoticeKind) -> list[OutboxMessage]:
    return [one for one in messages(world, kind) if one.state is not MessageState.SKIPPED]


def deeds(world: World, action: Action) -> int:
    with world.services.sessions() as session:
        return len(session.scalars(select(AuditEvent).where(AuditEvent.action == action)).all())


def letters(world: World, *rows: OutboxMessage) -> list[Any]:
    with world.services.sessions() as session:
        return list(compose(session, world.services, [row.id for row in rows]).values())


def change_professional(world: World, one: Member, who: str, /, **values: Any) -> None:
    with world.services.sessions.begin() as session:
        session.execute(
            update(Professional)
            .where(Professional.organisation_id == one.id, Professional.key == who)
            .values(**values)
        )


def two_units(world: World, name: str = "Gemeente", **lines: str) -> Member:
    """Admit an organisation with a team for debts (m1, m2) and one for *lines*' domain."""
    return world.member(
        name, units={"Schuld": 'domein = "schulden"', "Wmo": lines.get("wmo", 'domein = "wonen"')}
    )


def test_the_same_signal_goes_on_with_another_contact(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    (before,) = one.get("/api/v1/signalen").json["resultaten"]
    part = own(one)["id"]
    after = transferred(one, before["id"], medewerker="m2")
    assert after == before | {"contact": {"medewerker": "m2"}}
    assert own(one)["id"] == part
    (seen,) = match_of(two)["deelnemers"]
    assert seen["contact"]["naam"] == "M. Schuldhulp 2"
    assert deeds(world, Action.SIGNAL_TRANSFERRED) == 1


def test_the_new_contact_is_told_at_once_and_nobody_else(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    told = len(unskipped(world, NoticeKind.MATCH))
    (before,) = one.get("/api/v1/signalen").json["resultaten"]
    transferred(one, before["id"], medewerker="m2")
    (message,) = messages(world, NoticeKind.TRANSFERRED)
    assert message.state is MessageState.PENDING
    (letter,) = letters(world, message)
    assert letter.recipient == "m2@schuldhulp.example"
    assert letter.subject == "Aan u overgedragen: uw kenmerk D-1"
    assert f"https://index.example/signalen/{before['id']}" in letter.text
    assert "D-1" in letter.html
    assert len(unskipped(world, NoticeKind.MATCH)) == told


def test_who_has_it_already_changes_nothing_and_is_not_told_again(world: World) -> None:
    one = world.member("Schuldhulp")
    signal = registered(one)
    for _ in range(2):
        transferred(one, signal, medewerker="m2")
    assert len(messages(world, NoticeKind.TRANSFERRED)) == 1
    assert deeds(world, Action.SIGNAL_TRANSFERRED) == 1


def test_mail_that_waits_for_the_old_contact_goes_to_the_new_one(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    (signal,) = one.get("/api/v1/signalen").json["resultaten"]
    transferred(one, signal["id"], medewerker="m2")
    own_mail = [
        letter
        for letter in letters(world, *unskipped(world, NoticeKind.MATCH))
        if letter.recipient.endswith("@schuldhulp.example")
    ]
    assert {letter.recipient for letter in own_mail} == {"m2@schuldhulp.example"}


def test_a_letter_about_a_transfer_that_was_undone_is_not_sent(world: World) -> None:
    one = world.member("Schuldhulp")
    signal = registered(one)
    transferred(one, signal, medewerker="m2")
    transferred(one, signal, medewerker="m1")
    by_recipient = letters(world, *messages(world, NoticeKind.TRANSFERRED))
    assert [letter and letter.recipient for letter in by_recipient] == [
        None,
        "m1@schuldhulp.example",
    ]


def test_who_picked_it_up_as_the_old_contact_hands_that_over(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    (signal,) = one.get("/api/v1/signalen").json["resultaten"]
    recorded(one, status="opgepakt")
    transferred(one, signal["id"], medewerker="m2")
    assert own(one)["opvolging"]["opgepaktDoor"]["email"] == "m2@schuldhulp.example"
    assert own(one)["opvolging"]["status"] == "opgepakt"
    transferred(one, signal["id"], afdeling=True)
    assert own(one)["opvolging"]["status"] == "open"
    assert record(one, status="opgepakt", opgepaktDoor="m1").status_code == 200
    transferred(one, signal["id"], medewerker="m2")
    # Somebody else of the same team is at it: that stays.
    assert own(one)["opvolging"]["opgepaktDoor"]["email"] == "m1@schuldhulp.example"


def test_the_lead_stays_with_the_signal(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    (signal,) = one.get("/api/v1/signalen").json["resultaten"]
    regie(one, deelname=own(one)["id"])
    transferred(one, signal["id"], medewerker="m2")
    assert lead(two) == own(one)["id"]


def test_a_contact_with_a_signal_about_the_person_gets_no_second_one(world: World) -> None:
    one = world.member("Schuldhulp")
    signal, _ = registered(one), registered(one, contact={"medewerker": "m2"})
    problem = assert_problem(transfer(one, signal, medewerker="m2"), 409, ROUTE)
    assert "al een actief signaal" in problem["detail"]
    assert messages(world, NoticeKind.TRANSFERRED) == []


@pytest.mark.parametrize("contact", [{"medewerker": "m2"}, {"afdeling": True}])
def test_a_signal_that_ended_is_not_transferred(world: World, contact: dict[str, Any]) -> None:
    one = world.member("Schuldhulp")
    signal = registered(one)
    one.patch(f"/api/v1/signalen/{signal}", {"status": "beeindigd", "reden": "afgerond"})
    problem = assert_problem(transfer(one, signal, **contact), 409, ROUTE)
    assert "beëindigd" in problem["detail"]


def test_a_signal_whose_day_has_come_is_not_transferred_even_if_it_is_not_swept_yet(
    world: World,
) -> None:
    one = world.member("Schuldhulp")
    signal = registered(one, vervaltDatum="2027-01-01")
    at(world, "2026-12-31 23:59")
    transferred(one, signal, medewerker="m2")
    at(world, "2027-01-01 00:00")
    problem = assert_problem(transfer(one, signal, medewerker="m1"), 409, ROUTE)
    assert "vervallen" in problem["detail"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"status": ProfessionalStatus.INACTIVE}, "niet meer actief"),
        ({"trained_on": None}, "training"),
        ({"key": "m3"}, "niet bekend"),
    ],
)
def test_who_may_not_be_contact_gets_nothing(
    world: World, change: dict[str, Any], word: str
) -> None:
    one = world.member("Schuldhulp")
    signal = registered(one)
    change_professional(world, one, "m2", **change)
    for path in (f"signalen/{signal}", "medewerkers/m1"):
        answer = one.post(f"/api/v1/{path}/overdracht", {"medewerker": "m2"})
        route = ROUTE if path.startswith("signalen") else BULK_ROUTE
        problem = assert_problem(answer, 400, route)
        (fault,) = problem["invalidParams"]
        assert fault["name"] == "medewerker"
        assert word in fault["reason"]


def test_another_organisations_signal_professional_and_unit_do_not_exist(world: World) -> None:
    one, two = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    signal = registered(one)
    assert_problem(transfer(two, signal, medewerker="m1"), 404, ROUTE)
    theirs = str(two.units["Team"])
    problem = assert_problem(transfer(one, signal, afdeling=theirs), 400, ROUTE)
    assert problem["invalidParams"][0]["name"] == "afdeling"
    change_professional(world, two, "m2", key="m7")
    assert_problem(transfer(one, signal, medewerker="m7"), 400, ROUTE)
    assert_problem(
        two.post("/api/v1/medewerkers/m9/overdracht", {"afdeling": True}), 404, BULK_ROUTE
    )


def test_another_unit_gets_it_on_its_own_basis(world: World) -> None:
    one = two_units(world)
    signal = registered(one)
    after = transferred(one, signal, afdeling=str(one.units["Wmo"]))
    assert (after["afdeling"], after["contact"]) == (str(one.units["Wmo"]), {"afdeling": True})
    with world.services.sessions() as session:
        from match.signals import Signal
        from orgprofiles.legal_bases import LegalBasis

        kept = session.scalars(select(Signal)).one()
        assert session.get_one(LegalBasis, kept.legal_basis_id).domain == "wonen"


def test_a_unit_that_does_not_take_part_or_has_no_basis_gets_nothing(world: World) -> None:
    one = two_units(world)
    signal = registered(one)
    with world.services.sessions.begin() as session:
        from orgprofiles.legal_bases import LegalBasis

        session.execute(
            update(LegalBasis)
            .where(LegalBasis.domain == "wonen")
            .values(withdrawn_at=world.clock())
        )
    problem = assert_problem(transfer(one, signal, afdeling=str(one.units["Wmo"])), 409, ROUTE)
    assert "grondslag" in problem["detail"]
    with world.services.sessions.begin() as session:
        session.execute(update(Unit).where(Unit.name == "Wmo").values(takes_part=False))
    problem = assert_problem(transfer(one, signal, afdeling=str(one.units["Wmo"])), 409, ROUTE)
    assert "doet niet mee" in problem["detail"]


def test_a_basis_that_demands_more_is_to_be_satisfied_first(world: World) -> None:
    one = two_units(world)
    signal = registered(one)
    with world.services.sessions.begin() as session:
        from orgprofiles.domains import Demand
        from orgprofiles.legal_bases import LegalBasis

        session.execute(
            update(LegalBasis).where(LegalBasis.domain == "wonen").values(demands=Demand.CONSENT)
        )
    problem = assert_problem(transfer(one, signal, afdeling=str(one.units["Wmo"])), 409, ROUTE)
    assert "draag het signaal daarna over" in problem["detail"]
    told = one.signal()["geinformeerd"] | {"reactie": "instemming"}
    assert one.patch(f"/api/v1/signalen/{signal}", {"geinformeerd": told}).status_code == 200
    transferred(one, signal, afdeling=str(one.units["Wmo"]))


def test_another_unit_no_longer_sees_whom_it_may_not_see(world: World) -> None:
    """Before any review: what the new unit may not see is gone in the same transaction."""
    one = two_units(world, wmo='domein = "juridisch"')
    signal = registered(one)
    other = world.member("GGZ", domain="ggz")
    registered(other)
    Worker(world.services).review()
    rules = world.services.rule_book
    assert one.get("/api/v1/matches").json["totaal"] == 1
    from match.rules import RuleBook

    def blind(session: Any, version: int) -> RuleBook:
        book = rules(session, version)
        kept = {key: effect for key, effect in book.effects.items() if "juridisch" not in key[:2]}
        return RuleBook(book.version, kept, book.between)

    with world.services.sessions() as session:
        from match.rule_versions import version_in_force

        version = version_in_force(session)
        world.services.rule_books[version] = blind(session, version)
    transferred(one, signal, afdeling=str(one.units["Wmo"]))
    assert one.get("/api/v1/matches").json["totaal"] == 0
    assert other.get("/api/v1/matches").json["totaal"] == 0
    with world.services.sessions() as session:
        assert len(session.scalars(select(SubjectReview)).all()) == 1


def test_another_unit_sees_after_the_review_whom_it_may_see_besides(world: World) -> None:
    one = two_units(world)
    signal = registered(one)
    third = two_units(world, "Stad")
    registered(third)
    transferred(one, signal, afdeling=str(one.units["Wmo"]))
    Worker(world.services).review()
    (seen,) = match_of(third)["deelnemers"]
    assert seen["domein"] == "wonen"


def test_all_of_somebody_go_except_what_cannot(world: World) -> None:
    one = world.member("Schuldhulp")
    ids = [registered(one, person) for person in (1, 2, 3)]
    registered(one, 2, contact={"medewerker": "m2"})
    answer = one.post("/api/v1/medewerkers/m1/overdracht", {"medewerker": "m2"})
    assert answer.status_code == 200, answer.text
    assert answer.json["overgedragen"] == 2
    (left,) = answer.json["achtergebleven"]
    assert left["signaal"] == ids[1]
    assert "al een actief signaal" in left["reden"]
    assert one.get("/api/v1/signalen", medewerker="m2").json["totaal"] == 3
    again = one.post("/api/v1/medewerkers/m1/overdracht", {"medewerker": "m2"})
    assert again.json == {"overgedragen": 0, "achtergebleven": [left]}


def test_many_at_once_are_told_of_in_one_digest(world: World) -> None:
    one = world.member("Schuldhulp")
    for person in (1, 2, 3):
        registered(one, person)
    one.post("/api/v1/medewerkers/m1/overdracht", {"medewerker": "m2"})
    rows = messages(world, NoticeKind.TRANSFERRED)
    assert [row.state for row in rows] == [MessageState.WAITING] * 3
    world.clock.moment = max(row.due for row in rows)
    Worker(world.services).gather()
    (digest,) = messages(world, NoticeKind.DIGEST)
    (letter,) = letters(world, digest)
    assert letter.subject == "Aan u overgedragen: 3 cliënten"
    assert letter.text.count("U bent vanaf nu het contact") == 3


def test_signals_of_two_units_do_not_both_become_one_professionals(world: World) -> None:
    one = two_units(world)
    registered(one, contact={"afdeling": True})
    registered(one, contact={"afdeling": True}, afdeling=str(one.units["Wmo"]))
    ids = [row["id"] for row in one.get("/api/v1/signalen").json["resultaten"]]
    assert transfer(one, ids[0], medewerker="m1").status_code == 200
    assert_problem(transfer(one, ids[1], medewerker="m1"), 409, ROUTE)
