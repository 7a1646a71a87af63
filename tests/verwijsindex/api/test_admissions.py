"""The administrator's calls: where everybody is, recording steps, activating."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from match.messages import NoticeKind, OutboxMessage
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import Organisation, OrganisationStatus
from tests.profile_contents import whole_profile
from tests.verwijsindex.api.refusals import BSN, assert_no_echo, assert_problem, faults_of
from tests.world import Member, World
from verwijsindex.audit import Action, Actor, ActorKind, AuditEvent
from verwijsindex.clients import Scope
from verwijsindex.use_cases.admit import add_client, add_organisation
from verwijsindex.use_cases.keep_admission import add_cohort, begin_admission, choose_cohort
from verwijsindex.use_cases.organisation_file import read_organisation_file

pytestmark = pytest.mark.any_database

ADMINISTRATOR = Actor(ActorKind.ADMINISTRATOR)
PATH = "/api/v1/toelatingen"
ROUTE = f"{PATH}/<uuid:organisation_id>"
STEP = f"{ROUTE}/stappen/<string:stap>"
DOCUMENT = {"datum": "2026-10-01", "document": "https://documenten.example/c"}
CONTACT = {
    "datum": "2026-10-01",
    "contact": {"naam": "P. Privacy", "email": "p@nieuw.example", "telefoon": "010-1234567"},
}


@pytest.fixture
def administrator(world: World) -> Member:
    return world.member("Beheer", domain="welzijn")


def newcomer(world: World, name: str = "Schuldhulp", text: str = "") -> Member:
    """Put an organisation on the waiting list and begin its admission."""
    with world.services.sessions() as session:
        facts = read_organisation_file(f'naam = "{name}"\n{text}', is_complete=False)
        made = add_organisation(
            session, world.services, facts=facts, status=OrganisationStatus.WAITING
        )
        client = add_client(
            session, world.services, organisation_name=name, name="b", scopes=list(Scope)
        )
        begin_admission(session, world.services, actor=ADMINISTRATOR, organisation_id=made.id)
    member = Member(world, made.id, name, {}, client)
    member.token = world.token(client)
    return member


def publish(member: Member, administrator: Member) -> None:
    """Publish its profile, which makes its unit."""
    path = f"/api/v1/organisatieprofielen/{member.id}"
    content = whole_profile()
    content["identiteit"]["naam"] = member.name
    tag = member.get(f"{path}/concept").headers["ETag"]
    saved = member.put(f"{path}/concept", content, if_match=tag)
    member.units["Budgetteam"] = saved.json["inhoud"]["afdelingen"][0]["id"]
    agreed = member.world.http.post(
        f"{path}/akkoord", headers=administrator.headers | {"If-Match": saved.headers["ETag"]}
    )
    published = member.world.http.post(
        f"{path}/publicatie", headers=member.headers | {"If-Match": agreed.headers["ETag"]}
    )
    assert published.status_code == 200, published.text


def keep_professional(member: Member, **changes: Any) -> Any:
    body = {
        "naam": "M. Een",
        "functie": "consulent",
        "afdeling": str(member.units["Budgetteam"]),
        "email": "m1@nieuw.example",
        "telefoon": "06-12345678",
    } | changes
    return member.put("/api/v1/medewerkers/m1", body)


def state(administrator: Member, member: Member) -> dict[str, str]:
    found = administrator.get(f"{PATH}/{member.id}").json
    return {one["stap"]: one["status"] for one in found["stappen"]}


def record(administrator: Member, member: Member, step: str, body: Any) -> Any:
    return administrator.put(f"{PATH}/{member.id}/stappen/{step}", body)


def activate(administrator: Member, member: Member) -> Any:
    return administrator.world.http.post(
        f"{PATH}/{member.id}/activering", headers=administrator.headers
    )


def next_step(administrator: Member, member: Member) -> str | None:
    found: str | None = administrator.get(f"{PATH}/{member.id}").json["volgende"]
    return found


def take_every_step(administrator: Member, member: Member) -> None:
    for step in ("convenant", "dpia"):
        assert record(administrator, member, step, DOCUMENT).status_code == 200
    assert record(administrator, member, "privacycontact", CONTACT).status_code == 200
    publish(member, administrator)
    assert keep_professional(member, opgeleidDatum="2026-10-01").status_code == 201
    tried = member.post("/api/v1/signalen/batch", {"signalen": [member.signal(1)], "proef": True})
    assert [row["status"] for row in tried.json["resultaten"]] == ["aangemaakt"], tried.text


def test_from_waiting_list_to_the_first_signal(world: World, administrator: Member) -> None:
    with world.services.sessions.begin() as session:
        session.get_one(Organisation, administrator.id).mailbox = "info@beheer.example"
    one = newcomer(world)
    assert set(state(administrator, one).values()) == {"open"}
    steps = []
    for act in (
        lambda: record(administrator, one, "convenant", DOCUMENT),
        lambda: record(administrator, one, "dpia", DOCUMENT),
        lambda: record(administrator, one, "privacycontact", CONTACT),
        lambda: publish(one, administrator),
        lambda: keep_professional(one, opgeleidDatum="2026-10-01"),
    ):
        steps.append(next_step(administrator, one))
        refused = assert_problem(activate(administrator, one), 409, f"{ROUTE}/activering")
        named = {fault["name"] for fault in refused["invalidParams"]}
        open_now = {name for name, value in state(administrator, one).items() if value == "open"}
        assert named == open_now
        act()
    assert steps == ["convenant", "dpia", "privacycontact", "profiel", "opgeleide_medewerkers"]
    assert next_step(administrator, one) == "proefregistratie"
    wrong = one.signal(1, leeftijdsgroep="0-11")
    one.post("/api/v1/signalen/batch", {"signalen": [wrong], "proef": True})
    assert next_step(administrator, one) == "proefregistratie"
    one.post("/api/v1/signalen/batch", {"signalen": [one.signal(1)], "proef": True})
    assert next_step(administrator, one) is None
    asked = world.http.post(f"{PATH}/{one.id}/activering?toch=true", headers=administrator.headers)
    assert_problem(asked, 400, f"{ROUTE}/activering")
    assert "Alle stappen zijn gedaan" in one.register(1).json["detail"]
    activated = activate(administrator, one)
    assert activated.status_code == 200, activated.text
    assert (activated.json["status"], activated.json["gedaan"]) == ("actief", 11)
    assert activate(administrator, one).status_code == 200
    assert one.register(1).status_code == 201
    with world.services.sessions() as session:
        kinds = [(row.kind, row.organisation_id) for row in session.query(OutboxMessage)]
        actions = [row.action for row in session.query(AuditEvent).order_by(AuditEvent.id)]
    assert kinds == [(NoticeKind.PROFILE_PUBLISHED, administrator.id)]
    changes = [one for one in actions if one.value.startswith(("organisatie.", "toelating."))]
    assert changes[1:] == [
        Action.ORGANISATION_ADDED,
        Action.ORGANISATION_WAITING,
        Action.ORGANISATION_ADMITTING,
        *[Action.ADMISSION_RECORDED] * 3,
        Action.ORGANISATION_ACTIVATED,
    ]


def test_an_organisation_waits_for_its_cohort(world: World, administrator: Member) -> None:
    one = newcomer(world)
    take_every_step(administrator, one)
    tomorrow = date(2026, 11, 24)
    assert world.services.today() == date(2026, 11, 23)
    with world.services.sessions() as session:
        add_cohort(session, world.services, actor=ADMINISTRATOR, name="Een", starts_on=tomorrow)
        choose_cohort(
            session,
            world.services,
            actor=ADMINISTRATOR,
            organisation_id=one.id,
            cohort_name="Een",
        )
    refused = assert_problem(activate(administrator, one), 409, f"{ROUTE}/activering")
    assert "begint op 24-11-2026" in refused["detail"]
    found = administrator.get(f"{PATH}/{one.id}").json
    assert found["cohort"]["naam"] == "Een"
    assert found["cohort"]["startDatum"] == "2026-11-24"
    for query, count in (
        ({"cohort": found["cohort"]["id"]}, 1),
        ({"status": "in_toelating"}, 1),
        ({"status": "wachtlijst"}, 0),
        ({}, 2),
    ):
        assert administrator.get(PATH, **query).json["totaal"] == count
    with world.services.sessions() as session:
        today = world.services.today()
        add_cohort(session, world.services, actor=ADMINISTRATOR, name="Een", starts_on=today)
    assert activate(administrator, one).status_code == 200


def test_what_is_no_longer_so_is_open_again(world: World, administrator: Member) -> None:
    one = newcomer(world)
    take_every_step(administrator, one)
    assert set(state(administrator, one).values()) == {"gedaan"}
    with world.services.sessions.begin() as session:
        for basis in session.query(LegalBasis).filter_by(organisation_id=one.id):
            basis.valid_until = world.services.today() - timedelta(days=1)
    found = state(administrator, one)
    assert [name for name, value in found.items() if value == "open"] == ["grondslag"]
    with world.services.sessions.begin() as session:
        for basis in session.query(LegalBasis).filter_by(organisation_id=one.id):
            basis.valid_until = world.services.today()
    assert keep_professional(one, status="inactief").status_code == 200
    found = state(administrator, one)
    assert [name for name, value in found.items() if value == "open"] == ["opgeleide_medewerkers"]
    assert activate(administrator, one).status_code == 409


def test_who_does_not_register_skips_what_is_only_for_that(
    world: World, administrator: Member
) -> None:
    one = newcomer(world, "Lezer", "registreert = false")
    for step in ("convenant", "dpia"):
        record(administrator, one, step, DOCUMENT)
    record(administrator, one, "privacycontact", CONTACT)
    publish(one, administrator)
    activated = activate(administrator, one)
    assert activated.status_code == 200, activated.text
    assert (activated.json["nodig"], activated.json["registreert"]) == (6, False)
    assert one.register(1).status_code == 403
    assert administrator.get("/api/v1/organisaties").json["totaal"] == 2


def test_what_was_recorded_is_shown_and_may_be_recorded_again(
    world: World, administrator: Member
) -> None:
    one = newcomer(world)
    record(administrator, one, "privacycontact", CONTACT)
    record(administrator, one, "dpia", DOCUMENT)
    later = DOCUMENT | {"datum": None, "document": "https://documenten.example/d2"}
    shown = record(administrator, one, "dpia", later).json["stappen"]
    dpia, contact = shown[1], shown[2]
    assert (dpia["document"], dpia["datum"]) == ("https://documenten.example/d2", "2026-11-23")
    assert (contact["contact"], contact["datum"]) == (CONTACT["contact"], "2026-10-01")


@pytest.mark.parametrize(
    ("step", "body", "faults"),
    [
        ("dpia", {}, {"document"}),
        ("convenant", DOCUMENT | {"datum": "2026-11-24"}, {"datum"}),
        ("convenant", CONTACT | {"datum": "2099-01-01"},
         {"datum", "document", "contact.naam", "contact.email", "contact.telefoon"}),
        ("privacycontact", DOCUMENT,
         {"document", "contact.naam", "contact.email", "contact.telefoon"}),
        ("privacycontact", {"contact": {"naam": f"P. {BSN}"}},
         {"contact.naam", "contact.email", "contact.telefoon"}),
        ("dpia", {"document": "http://documenten.example/c"}, {"document"}),
        ("dpia", {"document": f"https://documenten.example/?bsn={BSN}"}, {"document"}),
    ],
)  # fmt: skip
def test_a_step_that_is_recorded_wrongly_is_told_all_faults(
    step: str, body: dict[str, Any], faults: set[str], world: World, administrator: Member
) -> None:
    one = newcomer(world)
    answer = record(administrator, one, step, body)
    found = faults_of(assert_problem(answer, 400, STEP))
    assert {name for name, _ in found} == faults
    assert_no_echo(answer)
    assert state(administrator, one)[step] == "open"


def test_a_step_that_follows_from_facts_cannot_be_recorded(
    world: World, administrator: Member
) -> None:
    one = newcomer(world)
    problem = assert_problem(record(administrator, one, "profiel", DOCUMENT), 409, STEP)
    assert "blijkt uit wat er is" in problem["detail"]
    assert "publiceer het" in problem["detail"]
    assert_problem(record(administrator, one, "onzin", DOCUMENT), 404, STEP)


def test_the_waiting_list_comes_in_the_order_of_waiting(
    world: World, administrator: Member
) -> None:
    for name in ("Zuid", "Aan", "Midden"):
        with world.services.sessions() as session:
            add_organisation(
                session,
                world.services,
                facts=read_organisation_file(f'naam = "{name}"', is_complete=False),
                status=OrganisationStatus.WAITING,
            )
    found = administrator.get(PATH, status="wachtlijst").json
    assert [one["naam"] for one in found["resultaten"]] == ["Zuid", "Aan", "Midden"]
    assert {one["wachtSindsDatum"] for one in found["resultaten"]} == {"2026-11-23"}
    problem = activate(administrator, Member(world, found["resultaten"][0]["organisatie"], "", {},
                                             administrator.client))  # fmt: skip
    assert "niet in toelating" in assert_problem(problem, 409, f"{ROUTE}/activering")["detail"]


def test_a_training_date_is_kept_shown_and_not_in_the_future(world: World) -> None:
    one = world.member("Schuldhulp", units={"Budgetteam": 'domein = "schulden"'})
    assert keep_professional(one).json["opgeleidDatum"] == "2026-01-05"  # as it was
    assert keep_professional(one, opgeleidDatum="2026-11-23").json["opgeleidDatum"] == "2026-11-23"
    assert keep_professional(one).json["opgeleidDatum"] == "2026-11-23"
    refused = keep_professional(one, opgeleidDatum="2026-11-24", afdeling=str(one.id))
    problem = assert_problem(refused, 400, "/api/v1/medewerkers/<string:sleutel>")
    assert {name for name, _ in faults_of(problem)} == {"opgeleidDatum", "afdeling"}
    listed = one.get("/api/v1/medewerkers").json["resultaten"]
    assert [row["opgeleidDatum"] for row in listed] == ["2026-11-23", "2026-01-05"]


def test_a_longer_list_takes_no_more_queries(world: World, administrator: Member) -> None:
    def queries() -> int:
        count = 0

        def counted(*_: object) -> None:
            nonlocal count
            count += 1

        event.listen(world.services.engine, "before_cursor_execute", counted)
        assert administrator.get(PATH).status_code == 200
        event.remove(world.services.engine, "before_cursor_execute", counted)
        return count

    newcomer(world, "Een")
    few = queries()
    for name in ("Twee", "Drie", "Vier"):
        newcomer(world, name)
    assert queries() == few
