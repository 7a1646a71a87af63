"""Keeping and reading profiles: from a concept to what everybody goes by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from match.messages import NoticeKind, OutboxMessage
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import Organisation, Unit
from orgprofiles.profile_versions import ProfileVersion
from tests.profile_contents import whole_profile
from tests.verwijsindex.api.refusals import assert_problem
from tests.world import Member, World
from verwijsindex.api.profile_schemas import ProfileSchema
from verwijsindex.clients import Scope
from verwijsindex.use_cases.keep_profile import PART_NAMES

pytestmark = pytest.mark.any_database


@pytest.fixture
def schuldhulp(world: World) -> Member:
    return world.member("Schuldhulp", units={"Budgetteam": 'domein = "schulden"'})


def path(member: Member, rest: str = "") -> str:
    return f"/api/v1/organisatieprofielen/{member.id}{rest}"


def assert_refused(answer: Any, status: int, rest: str = "/concept") -> dict[str, Any]:
    route = f"/api/v1/organisatieprofielen/<uuid:organisation_id>{rest}"
    return assert_problem(answer, status, route)


def content_of(member: Member, **parts: Any) -> dict[str, Any]:
    """Return a whole profile of *member*, whose units are the ones it has."""
    content = whole_profile(**parts)
    if "afdelingen" not in parts:
        content["afdelingen"][0]["id"] = str(member.units["Budgetteam"])
    return content


def save(member: Member, content: dict[str, Any]) -> Any:
    seen = member.get(path(member, "/concept")).headers["ETag"]
    return member.put(path(member, "/concept"), content, if_match=seen)


def as_administrator(member: Member, rest: str, tag: str | None = None) -> Any:
    headers = member.headers | ({} if tag is None else {"If-Match": tag})
    return member.world.http.post(path(member, rest), headers=headers)


def test_what_is_saved_comes_back_the_same(schuldhulp: Member) -> None:
    content = content_of(schuldhulp)
    saved = save(schuldhulp, content)
    assert saved.status_code == 200, saved.text
    found = schuldhulp.get(path(schuldhulp, "/concept")).json
    assert found["inhoud"] == content
    assert (found["versie"], found["status"], found["ontbreekt"]) == (1, "concept", [])


def test_a_concept_may_lack_parts_and_says_which(schuldhulp: Member) -> None:
    saved = save(schuldhulp, {"herzienDatum": "2027-11-01"})
    assert saved.status_code == 200
    assert saved.json["ontbreekt"] == [one for one in PART_NAMES if one != "herzienDatum"]
    refused = as_administrator(schuldhulp, "/akkoord", saved.headers["ETag"])
    problem = assert_refused(refused, 409, "/akkoord")
    assert {"name": "identiteit", "reason": "ontbreekt"} in problem["invalidParams"]


def test_of_two_who_edit_the_second_is_told_and_nothing_is_overwritten(
    schuldhulp: Member,
) -> None:
    seen = schuldhulp.get(path(schuldhulp, "/concept")).headers["ETag"]
    first = content_of(schuldhulp, herzienDatum="2027-01-01")
    second = content_of(schuldhulp, herzienDatum="2027-02-02")
    assert schuldhulp.put(path(schuldhulp, "/concept"), first, if_match=seen).status_code == 200
    refused = schuldhulp.put(path(schuldhulp, "/concept"), second, if_match=seen)
    assert "Er is niets overschreven" in assert_refused(refused, 412)["detail"]
    found = schuldhulp.get(path(schuldhulp, "/concept")).json
    assert found["inhoud"]["herzienDatum"] == "2027-01-01"


def test_without_if_match_nothing_is_saved(schuldhulp: Member) -> None:
    refused = schuldhulp.put(path(schuldhulp, "/concept"), content_of(schuldhulp))
    assert "If-Match" in assert_refused(refused, 428)["detail"]
    assert schuldhulp.get(path(schuldhulp, "/concept")).json["inhoud"] is None


def test_saving_the_same_again_keeps_the_agreement_and_a_change_ends_it(
    schuldhulp: Member,
) -> None:
    content = content_of(schuldhulp)
    saved = save(schuldhulp, content)
    agreed = as_administrator(schuldhulp, "/akkoord", saved.headers["ETag"])
    assert agreed.json["status"] == "akkoord"
    assert save(schuldhulp, content).json["status"] == "akkoord"
    changed = save(schuldhulp, content | {"herzienDatum": "2028-01-01"})
    assert changed.json["status"] == "concept"
    refused = as_administrator(schuldhulp, "/publicatie", changed.headers["ETag"])
    assert "eerst akkoord" in assert_refused(refused, 409, "/publicatie")["detail"]


def test_agreement_is_to_what_was_seen(schuldhulp: Member) -> None:
    seen = save(schuldhulp, content_of(schuldhulp)).headers["ETag"]
    save(schuldhulp, content_of(schuldhulp, herzienDatum="2028-01-01"))
    assert_refused(as_administrator(schuldhulp, "/akkoord", seen), 412, "/akkoord")


def test_publishing_puts_everything_into_force(world: World, schuldhulp: Member) -> None:
    content = content_of(schuldhulp)
    content["afdelingen"].append(
        {
            "naam": "Spreekuur",
            "domein": "juridisch",
            "doetMee": False,
            "zelfstandig": False,
            "postbus": None,
            "telefoon": "010-555 01 03",
        }
    )
    assert schuldhulp.publish(content).status_code == 200
    with world.services.sessions() as session:
        organisation = session.get_one(Organisation, schuldhulp.id)
        units = {
            one.name: one
            for one in session.scalars(select(Unit).where(Unit.organisation_id == schuldhulp.id))
        }
        bases = session.scalars(
            select(LegalBasis).where(
                LegalBasis.organisation_id == schuldhulp.id, LegalBasis.withdrawn_at.is_(None)
            )
        ).all()
    assert organisation.bsn_basis == "Wet gemeentelijke schuldhulpverlening, artikel 4"
    assert (organisation.default_months, organisation.longest_months) == (6, 12)
    assert organisation.follow_up_days == 3
    assert organisation.telling_ways == ["gesprek", "brief"]
    assert units["Budgetteam"].id == schuldhulp.units["Budgetteam"]
    assert units["Budgetteam"].mailbox == "budget@schuldhulp.example"
    assert units["Spreekuur"].mailbox == "info@schuldhulp.example"
    assert {one.age_group.value for one in bases} == {"16-22", "23+"}
    assert {one.may_defer for one in bases} == {True}


def test_a_new_unit_keeps_its_id_from_the_first_saving(schuldhulp: Member) -> None:
    content = content_of(schuldhulp)
    del content["afdelingen"][0]["id"]
    content["afdelingen"][0]["naam"] = "Nieuw team"
    first = save(schuldhulp, content).json["inhoud"]["afdelingen"][0]["id"]
    content["afdelingen"][0]["id"] = first
    content["afdelingen"][0]["naam"] = "Anders"
    assert save(schuldhulp, content).json["inhoud"]["afdelingen"][0]["id"] == first


@pytest.mark.parametrize(
    ("change", "name", "reason"),
    [
        ({"id": str(uuid4())}, "afdelingen[0].id", "is geen afdeling van uw organisatie"),
        ({"domein": "zorg"}, "afdelingen[0].domein", "kan niet veranderen"),
        ({"id": None}, "afdelingen[0].naam", "die u al hebt"),
    ],
)
def test_units_cannot_be_invented_or_become_something_else(
    change: dict[str, Any], name: str, reason: str, schuldhulp: Member
) -> None:
    content = content_of(schuldhulp)
    content["afdelingen"][0] |= change
    faults = assert_refused(save(schuldhulp, content), 400)["invalidParams"]
    assert any(one["name"] == name and reason in one["reason"] for one in faults)


def test_all_faults_are_told_at_once(schuldhulp: Member) -> None:
    content = content_of(schuldhulp)
    content["producten"].append(content["producten"][0])
    content["routes"][0]["producten"] = ["bestaat-niet"]
    content["routes"][1]["kanalen"][0]["wijken"] = ["West"]
    names = {one["name"] for one in assert_refused(save(schuldhulp, content), 400)["invalidParams"]}
    assert names == {"producten", "routes[0].producten", "routes[1].kanalen[0].wijken"}


def test_a_form_fault_names_its_field_and_repeats_no_value(schuldhulp: Member) -> None:
    content = content_of(schuldhulp)
    content["reactietijden"]["regulier"]["aantal"] = "999990019"
    content["routes"][1]["kanalen"][0]["telefoon"] = None
    refused = save(schuldhulp, content)
    problem = assert_refused(refused, 400)
    assert "999990019" not in refused.text
    assert {one["name"] for one in problem["invalidParams"]} == {
        "reactietijden.regulier.aantal",
        "routes[1].kanalen[0].telefoon",
    }


def test_a_published_version_cannot_be_changed_even_past_the_application(
    world: World, schuldhulp: Member
) -> None:
    schuldhulp.publish(content_of(schuldhulp))
    for deed in ("UPDATE profile_versions SET revision = 9", "DELETE FROM profile_versions"):
        with world.services.sessions() as session, pytest.raises(DBAPIError):
            session.execute(text(deed))


def test_old_versions_stay_readable_and_the_difference_between_two_is_told(
    schuldhulp: Member,
) -> None:
    first = content_of(schuldhulp)
    schuldhulp.publish(first)
    second = content_of(schuldhulp)
    second["signaleren"]["standaardMaanden"] = 3
    second["routes"][1]["kanalen"][0]["telefoon"] = "010-555 01 88"
    schuldhulp.publish(second)
    versions = schuldhulp.get(path(schuldhulp, "/versies")).json["resultaten"]
    assert [one["versie"] for one in versions] == [2, 1]
    assert schuldhulp.get(path(schuldhulp, "/versies/1")).json["inhoud"] == first
    found = schuldhulp.get(path(schuldhulp, "/vergelijking"), van=1, naar=2).json["verschillen"]
    assert found == [
        {"waar": ["signaleren", "standaardMaanden"], "was": 6, "wordt": 3},
        {
            "waar": ["routes", "urgent", "kanalen", "Spoedlijn", "telefoon"],
            "was": "010-555 01 99",
            "wordt": "010-555 01 88",
        },
    ]


def test_partners_are_told_of_a_publication_once(world: World, schuldhulp: Member) -> None:
    partner = world.member("Wijkteam", domain="welzijn")
    content = whole_profile()
    content["identiteit"]["naam"] = "Wijkteam"
    content["afdelingen"] = [
        content["afdelingen"][0] | {"id": str(partner.units["Team"]), "domein": "welzijn"}
    ]
    content["grondslagen"][0]["domein"] = "welzijn"
    partner.publish(content)
    schuldhulp.publish(content_of(schuldhulp))
    with world.services.sessions() as session:
        told = session.scalars(
            select(OutboxMessage.recipient).where(
                OutboxMessage.kind == NoticeKind.PROFILE_PUBLISHED
            )
        ).all()
    # Nobody but the partner had a mailbox of the organisation when it was published.
    assert told == [partner.id]


def test_others_see_neither_concept_nor_may_they_touch_it(world: World, schuldhulp: Member) -> None:
    save(schuldhulp, content_of(schuldhulp))
    other = world.member("Wijkteam", domain="welzijn")
    other.token = world.token(other.client, scope=Scope.PROFILES)
    assert_refused(other.get(path(schuldhulp, "/concept")), 404)
    assert_refused(other.get(path(schuldhulp, "/versies/1")), 404, "/versies/<int:number>")
    assert_refused(other.put(path(schuldhulp, "/concept"), {}, if_match='"1.1"'), 404)
    refused = other.put(path(schuldhulp, "/wachttijden"), {"wachttijden": []})
    assert_refused(refused, 404, "/wachttijden")
    refused = world.http.post(path(schuldhulp, "/publicatie"), headers=other.headers)
    assert_refused(refused, 404, "/publicatie")


def test_waiting_times_act_at_once_and_are_no_new_version(schuldhulp: Member) -> None:
    refused = schuldhulp.put(path(schuldhulp, "/wachttijden"), {"wachttijden": []})
    assert_refused(refused, 409, "/wachttijden")
    schuldhulp.publish(content_of(schuldhulp))
    body = {"wachttijden": [{"product": "budgetbeheer", "weken": 6}]}
    kept = schuldhulp.put(path(schuldhulp, "/wachttijden"), body)
    assert [(one["product"], one["weken"]) for one in kept.json["wachttijden"]] == [
        ("budgetbeheer", 6)
    ]
    assert kept.json["versie"] == 1
    unknown = {"wachttijden": [{"product": "iets-anders", "weken": 6}]}
    refused = schuldhulp.put(path(schuldhulp, "/wachttijden"), unknown)
    assert_refused(refused, 400, "/wachttijden")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, True),
        ({"naam": "budgetbeh"}, True),
        ({"naam": "schuld"}, True),
        ({"naam": "financiën"}, True),
        ({"naam": "beheer"}, True),  # budgetbeheer
        ({"naam": "schulden budget"}, True),
        ({"naam": "schulden wonen"}, False),
        ({"naam": "niets"}, False),
        ({"domein": "schulden"}, True),
        ({"domein": "zorg"}, False),
        ({"leefgebied": "financien", "fase": "hulp"}, True),
        ({"leefgebied": "wonen"}, False),
        ({"fase": "nazorg"}, False),
        ({"leeftijdMaanden": 215}, False),
        ({"leeftijdMaanden": 216}, True),
        ({"gemeente": "voorbeeldstad"}, True),
        ({"gemeente": "Elders"}, False),
        ({"wijk": "Noord"}, True),
        ({"wijk": "West"}, False),
        ({"nuOpen": "true"}, True),  # the clock of the world says Monday morning
    ],
)
def test_the_directory_is_searched_by_what_people_know(
    query: dict[str, Any], found: bool, schuldhulp: Member
) -> None:
    schuldhulp.publish(content_of(schuldhulp))
    answer = schuldhulp.get("/api/v1/organisatieprofielen", **query)
    assert answer.status_code == 200, answer.text
    assert (answer.json["totaal"] == 1) is found


def test_after_closing_time_it_is_not_open_now(world: World, schuldhulp: Member) -> None:
    schuldhulp.publish(content_of(schuldhulp))
    world.clock.advance(timedelta(hours=12))
    schuldhulp.token = world.token(schuldhulp.client)
    assert schuldhulp.get("/api/v1/organisatieprofielen", nuOpen="true").json["totaal"] == 0
    found = schuldhulp.get(path(schuldhulp)).json
    assert (found["nuOpen"], found["sluitOp"]) == (False, None)
    assert found["opentOp"] is not None


def test_the_vcard_is_for_an_address_book(schuldhulp: Member) -> None:
    schuldhulp.publish(content_of(schuldhulp))
    card = schuldhulp.get(path(schuldhulp, "/vcard"))
    assert card.content_type == "text/vcard; charset=utf-8"
    lines = card.text.split("\r\n")
    assert lines[:2] == ["BEGIN:VCARD", "VERSION:4.0"]
    assert "FN:Schuldhulp" in lines
    assert "TEL;VALUE=text;TYPE=work,voice;X-LABEL=spoed:010-555 01 99" in lines
    assert lines[-2:] == ["END:VCARD", ""]
    assert all(len(line.encode()) <= 75 for line in lines)


def test_a_whole_profile_names_every_part_of_the_schema() -> None:
    assert list(whole_profile()) == [
        field.data_key or name for name, field in ProfileSchema().fields.items()
    ]


def test_every_save_agreement_and_publication_is_audited(world: World, schuldhulp: Member) -> None:
    schuldhulp.publish(content_of(schuldhulp))
    with world.services.sessions() as session:
        version = session.scalars(select(ProfileVersion)).one()
        deeds = session.execute(
            text("SELECT action FROM audit_events WHERE object_id = :id ORDER BY id"),
            {
                "id": version.id.hex
                if world.services.engine.dialect.name == "sqlite"
                else version.id
            },
        ).scalars()
    assert list(deeds) == ["profiel.bewaard", "profiel.akkoord", "profiel.gepubliceerd"]
