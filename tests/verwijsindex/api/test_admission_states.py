"""From waiting list to stopped: what each state may do, over all routes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from match.messages import NoticeKind, OutboxMessage
from orgprofiles.organisations import Organisation, OrganisationStatus
from tests.profile_contents import whole_profile
from tests.verwijsindex.api.refusals import assert_problem
from tests.verwijsindex.api.test_access_matrix import GUARDED, ask
from tests.world import Member, World
from verwijsindex.audit import Action, Actor, ActorKind, AuditEvent
from verwijsindex.clients import Scope
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.keep_admission import (
    begin_admission,
    choose_cohort,
    set_registers,
    stop,
)

pytestmark = pytest.mark.any_database

ADMINISTRATOR = Actor(ActorKind.ADMINISTRATOR)
WAITING, ADMITTING, ACTIVE, STOPPED = OrganisationStatus
PROFILES = "/api/v1/organisatieprofielen"
#: What is open while an organisation is being admitted. All else is for active ones.
OPEN_WHILE_ADMITTING = {
    ("POST", "/api/v1/signalen/batch"),
    ("GET", "/api/v1/organisaties"),
    ("GET", "/api/v1/organisaties/<uuid:organisation_id>"),
    ("GET", "/api/v1/keten"),
    ("GET", "/api/v1/medewerkers"),
    ("PUT", "/api/v1/medewerkers/<string:sleutel>"),
    *(
        (method, route)
        for method, route in GUARDED
        if route.startswith(PROFILES) and not route.endswith("/akkoord")
    ),
}


def set_status(member: Member, status: OrganisationStatus) -> None:
    with member.world.services.sessions.begin() as session:
        session.get_one(Organisation, member.id).status = status


@pytest.fixture(scope="module")
def someone(still_world: World) -> Member:
    return still_world.member("Nieuw")


@pytest.mark.parametrize("status", OrganisationStatus)
@pytest.mark.parametrize(("method", "route"), GUARDED)
def test_each_state_may_do_its_own_and_nothing_else(
    method: str, route: str, status: OrganisationStatus, someone: Member
) -> None:
    set_status(someone, status)
    answer = ask(someone.world, method, route, f"Bearer {someone.token}")
    if status in {WAITING, STOPPED}:
        assert_problem(answer, 401, route)
    elif status is ACTIVE or (method, route) in OPEN_WHILE_ADMITTING:
        assert answer.status_code in {200, 400, 404, 415}, answer.text
    else:
        detail = assert_problem(answer, 403, route)["detail"]
        if GUARDED[method, route] == {Scope.ADMINISTRATION}:
            # Whatever its client was given: it does not decide on its own admission.
            assert "'beheer'" in detail
        else:
            assert "nog in toelating" in detail
            assert "Nog te doen: convenant, dpia, privacycontact, profiel" in detail


@pytest.mark.parametrize("status", OrganisationStatus)
@pytest.mark.parametrize("resource", ["index", "pseudoniemen"])
def test_only_active_and_admitting_organisations_get_tokens(
    status: OrganisationStatus, resource: str, someone: Member
) -> None:
    set_status(someone, status)
    answer = someone.world.http.post(
        "/oauth/token",
        data={
            "grant_type": "client_credentials",
            "resource": resource,
            "client_id": str(someone.client.id),
            "client_secret": someone.client.secret,
        },
    )
    assert answer.status_code == (200 if status in {ADMITTING, ACTIVE} else 401)


def test_while_admitting_a_batch_may_be_tried_and_not_registered(world: World) -> None:
    one = world.member("Nieuw")
    set_status(one, ADMITTING)
    body = {"signalen": [one.signal(1)]}
    for trial in (False, None):
        sent = body if trial is None else body | {"proef": trial}
        problem = assert_problem(
            one.post("/api/v1/signalen/batch", sent), 403, "/api/v1/signalen/batch"
        )
        assert "nog in toelating" in problem["detail"]
    tried = one.post("/api/v1/signalen/batch", body | {"proef": True})
    assert tried.json["resultaten"] == [{"positie": 0, "status": "aangemaakt"}]
    assert one.register(1).status_code == 403
    set_status(one, ACTIVE)
    assert one.get("/api/v1/signalen").json["totaal"] == 0
    assert one.register(1).status_code == 201


@pytest.mark.parametrize("status", [WAITING, ADMITTING, STOPPED])
def test_who_is_not_active_is_in_no_directory_but_sees_itself(
    status: OrganisationStatus, world: World
) -> None:
    one = world.member("Nieuw")
    partner = world.member("Wijkteam", domain="welzijn")
    content = whole_profile()
    content["identiteit"]["naam"] = "Nieuw"
    content["afdelingen"][0] |= {"id": str(one.units["Team"]), "naam": "Team"}
    assert one.publish(content).status_code == 200
    set_status(one, status)
    asking = world.member("Lezer", domain="welzijn", scopes=(Scope.PROFILES,))
    listed = asking.get("/api/v1/organisaties").json["resultaten"]
    assert {row["naam"] for row in listed} == {"Wijkteam", "Lezer"}
    assert asking.get(f"/api/v1/organisaties/{one.id}").status_code == 404
    assert asking.get(PROFILES).json["totaal"] == 0
    hidden: list[tuple[str, dict[str, int]]] = [("", {}), ("/vcard", {}), ("/pdf", {})]
    if status is not STOPPED:  # what that one published stays readable
        hidden += [("/versies", {}), ("/versies/1", {}), ("/vergelijking", {"van": 1, "naar": 1})]
    for rest, query in hidden:
        assert asking.get(f"{PROFILES}/{one.id}{rest}", **query).status_code == 404, rest
    if status is ADMITTING:
        own = one.get("/api/v1/organisaties", eigen="true").json["resultaten"]
        assert [row["naam"] for row in own] == ["Nieuw"]
        assert one.get(f"/api/v1/organisaties/{one.id}").status_code == 200
        for rest in ("", "/vcard", "/pdf"):
            assert one.get(f"{PROFILES}/{one.id}{rest}").status_code == 200, rest
        assert one.get(f"{PROFILES}/{one.id}/versies").json["totaal"] == 1
        # The administrator too.
        assert partner.get(f"{PROFILES}/{one.id}").status_code == 200


def messages(world: World) -> list[tuple[Any, Any]]:
    with world.services.sessions() as session:
        return [
            (one.kind, one.organisation_id)
            for one in session.query(OutboxMessage).filter(
                OutboxMessage.kind == NoticeKind.PROFILE_PUBLISHED
            )
        ]


def give_mailbox(*members: Member) -> None:
    for member in members:
        with member.world.services.sessions.begin() as session:
            session.get_one(Organisation, member.id).mailbox = "info@organisatie.example"


def test_partner_mails_neither_go_to_nor_come_from_who_is_being_admitted(world: World) -> None:
    one = world.member("Schuldhulp", units={"Budgetteam": 'domein = "schulden"'})
    other = world.member("Wijkteam", domain="welzijn")
    administrator = world.member("Beheer", domain="welzijn")
    give_mailbox(one, other)
    set_status(one, ADMITTING)
    content = whole_profile()
    content["afdelingen"][0]["id"] = str(one.units["Budgetteam"])
    path = f"{PROFILES}/{one.id}"
    tag = one.get(f"{path}/concept").headers["ETag"]
    saved = one.put(f"{path}/concept", content, if_match=tag)
    agreed = world.http.post(
        f"{path}/akkoord", headers=administrator.headers | {"If-Match": saved.headers["ETag"]}
    )
    published = world.http.post(
        f"{path}/publicatie", headers=one.headers | {"If-Match": agreed.headers["ETag"]}
    )
    assert published.status_code == 200, published.text
    assert messages(world) == []
    theirs = whole_profile()
    theirs["identiteit"]["naam"] = "Wijkteam"
    theirs["afdelingen"][0] |= {
        "id": str(other.units["Team"]),
        "naam": "Team",
        "domein": "welzijn",
    }
    theirs["grondslagen"][0]["domein"] = "welzijn"
    assert other.publish(theirs).status_code == 200
    assert messages(world) == []


def test_who_does_not_register_is_refused_it_whatever_its_profile_says(world: World) -> None:
    one = world.member("Lezer", extra="registreert = false")
    assert one.get("/api/v1/organisaties").status_code == 200
    assert "BSN" in assert_problem(one.register(1), 403, "/api/v1/signalen")["detail"]


def test_stopping_shuts_out_at_once_and_ends_what_partners_saw(world: World) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    ids = [one.register(person).json["id"] for person in (1, 2)]
    assert other.register(1).json["match"] is not None
    with world.services.sessions() as session:
        assert stop(session, world.services, actor=ADMINISTRATOR, organisation_id=one.id) == 2
        assert stop(session, world.services, actor=ADMINISTRATOR, organisation_id=one.id) == 0
    assert one.get("/api/v1/signalen").status_code == 401
    own = other.get("/api/v1/signalen").json["resultaten"]
    assert [(row["status"], row["match"]) for row in own] == [("actief", None)]
    assert other.register(2).json["match"] is None
    with world.services.sessions() as session:
        audited = [
            (row.action, str(row.object_id))
            for row in session.query(AuditEvent).filter(
                AuditEvent.action.in_([Action.ORGANISATION_STOPPED, Action.SIGNAL_LAPSED])
            )
        ]
    assert sorted(audited) == sorted(
        [
            (Action.ORGANISATION_STOPPED, str(one.id)),
            *((Action.SIGNAL_LAPSED, signal) for signal in ids),
        ]
    )


def test_who_was_stopped_may_begin_again_with_all_steps(world: World) -> None:
    one = world.member("Schuldhulp")
    with world.services.sessions() as session:
        stop(session, world.services, actor=ADMINISTRATOR, organisation_id=one.id)
        view = begin_admission(session, world.services, actor=ADMINISTRATOR, organisation_id=one.id)
    assert view.organisation.status is ADMITTING
    world.clock.advance(timedelta(minutes=1))
    assert one.get("/api/v1/organisaties").status_code == 200
    assert one.register(1).status_code == 403


def say_registers(member: Member, *, registers: bool) -> OrganisationStatus:
    services = member.world.services
    with services.sessions() as session:
        return set_registers(
            session,
            services,
            actor=ADMINISTRATOR,
            organisation_id=member.id,
            registers=registers,
        ).organisation.status


@pytest.mark.parametrize("registers", [True, False])
def test_whether_it_registers_cannot_change_while_it_has_active_signals(
    registers: bool, world: World
) -> None:
    one = world.member("Schuldhulp")
    signals = [one.register(person).json["id"] for person in (1, 2)]
    with world.services.sessions.begin() as session:
        session.get_one(Organisation, one.id).registers = not registers
    with pytest.raises(Problem) as refused:
        say_registers(one, registers=registers)
    assert refused.value.status == 409
    assert "zolang zij actieve signalen heeft (nu 2)" in str(refused.value.detail)
    assert "stop de organisatie" in str(refused.value.detail)
    assert say_registers(one, registers=not registers) is ACTIVE  # it is so already
    for signal in signals:
        ended = one.patch(
            f"/api/v1/signalen/{signal}", {"status": "beeindigd", "reden": "afgerond"}
        )
        assert ended.status_code == 200, ended.text
    assert say_registers(one, registers=registers) is (ADMITTING if registers else ACTIVE)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_registrations_go_on_while_an_admission_is_being_changed(world: World) -> None:
    one = world.member("Schuldhulp")
    services = world.services
    held: list[UUID] = []

    def count_something(_: Session) -> None:
        # What the foreign key of a counter takes.
        with services.engine.connect() as connection:
            asked = text("SELECT id FROM organisations WHERE id = :id FOR KEY SHARE NOWAIT")
            held.append(connection.execute(asked, {"id": one.id}).scalar_one())

    with services.sessions() as session:
        event.listen(session, "before_commit", count_something, once=True)
        choose_cohort(
            session,
            services,
            actor=ADMINISTRATOR,
            organisation_id=one.id,
            cohort_name=None,
        )
    assert held == [one.id]
