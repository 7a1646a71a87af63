"""What a publication may not do to signals, names and partners; and what it may, said otherwise."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from orgprofiles.organisations import Organisation, Unit
from tests.profile_contents import whole_profile
from tests.verwijsindex.api.refusals import assert_problem
from tests.world import Member, World
from verwijsindex.use_cases import check_publication
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database

SIGNALS = "/api/v1/signalen"
ROUTE = "/api/v1/organisatieprofielen/<uuid:organisation_id>"
OWN_UNIT = {"contact": {"afdeling": True}}  # the unit itself is the contact


def content_of(member: Member, *units: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """Return a profile with *units*, each with a basis for its domain."""
    content = whole_profile(**parts)
    content["identiteit"]["naam"] = member.name
    content["afdelingen"] = list(units)
    content["grondslagen"] = [
        content["grondslagen"][0] | {"domein": one} for one in sorted({u["domein"] for u in units})
    ]
    return content


def unit(member: Member, name: str, **changes: Any) -> dict[str, Any]:
    of_member = {"id": str(member.units[name])} if name in member.units else {}
    return whole_profile()["afdelingen"][0] | of_member | {"naam": name} | changes


def refused(answer: Any) -> str:
    """Return why a publication was refused."""
    return str(assert_problem(answer, 409, f"{ROUTE}/publicatie")["detail"])


def faults(member: Member, content: dict[str, Any], rest: str) -> set[tuple[str, str]]:
    """Return what is wrong when *content* is saved, or (rest "/akkoord") agreed to."""
    path = f"/api/v1/organisatieprofielen/{member.id}"
    seen = member.get(f"{path}/concept").headers["ETag"]
    answer = member.put(f"{path}/concept", content, if_match=seen)
    if rest == "/akkoord":
        tag = {"If-Match": answer.headers["ETag"]}
        answer = member.world.http.post(f"{path}/akkoord", headers=member.headers | tag)
    problem = assert_problem(answer, 400 if rest == "/concept" else 409, f"{ROUTE}{rest}")
    return {(one["name"], one["reason"]) for one in problem["invalidParams"]}


@pytest.fixture
def closed(world: World) -> Member:
    """Return an organisation with an independent unit, and a client that may act for it."""
    units = {"Open": 'domein = "schulden"', "Wmo": 'domein = "schulden"\nzelfstandig = true'}
    return world.member("Gemeente", units=units, independent_units=("Wmo",))


@pytest.mark.parametrize("is_ended", [False, True])
def test_what_an_independent_unit_ever_registered_is_not_opened(
    closed: Member, is_ended: bool
) -> None:
    ids = [
        closed.register(one, afdeling=str(closed.units["Wmo"]), **OWN_UNIT).json["id"]
        for one in (1, 2)
    ]
    if is_ended:
        for one in ids:
            ending = {"status": "beeindigd", "reden": "afgerond"}
            assert closed.patch(f"{SIGNALS}/{one}", ending).status_code == 200
    why = refused(closed.publish(content_of(closed, unit(closed, "Open"), unit(closed, "Wmo"))))
    assert "moet zelfstandig blijven" in why
    assert not re.search(r"[0-9]", why)  # nobody is told how many there are


def test_an_independent_unit_that_registered_nothing_may_be_opened(closed: Member) -> None:
    assert closed.register(1).status_code == 201  # by the other unit
    content = content_of(closed, unit(closed, "Open"), unit(closed, "Wmo"))
    assert closed.publish(content).status_code == 200


def test_the_refusal_of_new_independence_tells_no_number(world: World) -> None:
    one = world.member("Schuldhulp", units={"Team": 'domein = "schulden"'})
    for person in (1, 2, 3):
        one.register(person)
    why = refused(one.publish(content_of(one, unit(one, "Team", zelfstandig=True))))
    assert "actieve signalen" in why
    assert not re.search(r"[0-9]", why)


@pytest.mark.parametrize("independent", ["Wmo", "Schuld"])
def test_a_unit_whose_contacts_stand_on_anothers_signals_keeps_its_independence(
    world: World, independent: str
) -> None:
    units = {"Wmo": 'domein = "welzijn"', "Schuld": 'domein = "schulden"'}
    one = world.member("Gemeente", units=units)
    # m1 works at Wmo, and is the contact of a signal of Schuld.
    signal = one.register(1, afdeling=str(one.units["Schuld"])).json["id"]
    content = content_of(
        one,
        unit(one, "Wmo", domein="welzijn", zelfstandig=independent == "Wmo"),
        unit(one, "Schuld", zelfstandig=independent == "Schuld"),
    )
    why = refused(one.publish(content))
    assert independent in why
    assert "M. Gemeente" not in why
    one.patch(f"{SIGNALS}/{signal}", {"status": "beeindigd", "reden": "afgerond"})
    assert one.publish(content).status_code == 200


def test_units_may_swap_hand_on_and_give_up_their_names(world: World) -> None:
    one = world.member("Schuldhulp", units=dict.fromkeys("AB", 'domein = "schulden"'))

    def names() -> dict[str, str]:
        with world.services.sessions() as session:
            units = session.scalars(select(Unit).where(Unit.organisation_id == one.id)).all()
        known = {str(id_): name for name, id_ in one.units.items()}
        return {known.get(str(unit.id), "new"): unit.name for unit in units}

    def renamed(**new: str) -> list[dict[str, Any]]:
        return [unit(one, was) | {"naam": name} for was, name in new.items()]

    assert one.publish(content_of(one, *renamed(A="B", B="A"))).status_code == 200
    assert names() == {"A": "B", "B": "A"}
    assert one.publish(content_of(one, *renamed(A="A", B="C"))).status_code == 200
    assert names() == {"A": "A", "B": "C"}
    split = [*renamed(A="A oud", B="B"), unit(one, "nieuw", naam="A")]
    assert one.publish(content_of(one, *split)).status_code == 200
    assert names() == {"A": "A oud", "B": "B", "new": "A"}


def test_a_name_that_another_organisation_took_meanwhile_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world.member("Schuldhulp", units={"Team": 'domein = "schulden"'})
    world.member("Wijkteam", domain="welzijn")
    # As when the other commits just after this was checked.
    monkeypatch.setattr(check_publication, "require_free_name", lambda *_: None)
    content = content_of(one, unit(one, "Team", naam="Anders"))
    content["identiteit"]["naam"] = "Wijkteam"
    assert refused(one.publish(content)) == "Er is al een organisatie met deze naam."
    with world.services.sessions() as session:
        assert session.get_one(Organisation, one.id).name == "Schuldhulp"
        assert session.get_one(Unit, one.units["Team"]).name == "Team"


def test_who_is_sensitive_no_more_confirms_that_hidden_matches_are_shown(world: World) -> None:
    units = {"Team": 'domein = "ggz"'}
    hidden = world.member("GGZ", sensitive=True, units=units)
    other = world.member("Wijkteam", domain="welzijn")
    hidden.register(1)
    other.register(1)
    Worker(world.services).review()
    content = content_of(hidden, unit(hidden, "Team", domein="ggz"))
    why = refused(hidden.publish(content))
    assert "verborgen" in why
    assert "?gevoeligVervalt=true" in why
    refused(hidden.publish(content, gevoeligVervalt="false"))
    Worker(world.services).review()
    assert other.get("/api/v1/matches").json["totaal"] == 0
    assert hidden.publish(content, gevoeligVervalt="true").status_code == 200
    Worker(world.services).review()
    assert other.get("/api/v1/matches").json["totaal"] == 1
    # It is sensitive no more: there is nothing left to confirm.
    assert hidden.publish(content).status_code == 200


def test_who_stays_sensitive_has_nothing_to_confirm(world: World) -> None:
    hidden = world.member("GGZ", sensitive=True, units={"Team": 'domein = "ggz"'})
    content = content_of(hidden, unit(hidden, "Team", domein="ggz"))
    content["identiteit"]["gevoelig"] = True
    assert hidden.publish(content).status_code == 200


@pytest.mark.parametrize("day", ["2020-01-01", "2026-11-23"])
def test_a_review_that_is_due_already_is_not_agreed_to(world: World, day: str) -> None:
    one = world.member("Schuldhulp", units={"Team": 'domein = "schulden"'})
    content = content_of(one, unit(one, "Team"), herzienDatum=day)
    content["grondslagen"][0]["herzienDatum"] = day
    reason = "moet in de toekomst liggen"
    assert faults(one, content, "/akkoord") == {
        ("herzienDatum", reason),
        ("grondslagen[0].herzienDatum", reason),
    }
    content["grondslagen"][0]["herzienDatum"] = None
    assert one.publish(content | {"herzienDatum": "2026-11-24"}).status_code == 200


@pytest.mark.parametrize(
    ("first", "last"), [("2020-01-01", "2026-11-22"), ("2026-11-24", None), ("2027-01-01", None)]
)
def test_a_unit_takes_part_on_a_basis_that_is_valid_now(
    world: World, first: str, last: str | None
) -> None:
    one = world.member("Schuldhulp", units={"Team": 'domein = "schulden"'})
    content = content_of(one, unit(one, "Team"))
    content["grondslagen"][0] |= {"geldigVanafDatum": first, "geldigTotDatum": last}
    ((name, reason),) = faults(one, content, "/akkoord")
    assert name == "afdelingen[0].domein"
    assert "vandaag geldt" in reason
    today = {"geldigVanafDatum": "2026-11-23", "geldigTotDatum": "2026-11-23"}
    content["grondslagen"][0] |= today
    assert one.publish(content).status_code == 200


@pytest.mark.parametrize(
    ("last", "said"),
    [(None, "geef deze een einde"), ("2027-03-01", "laat deze eindigen"), ("2027-02-28", None)],
)
def test_two_bases_for_the_same_people_do_not_overlap(
    world: World, last: str | None, said: str | None
) -> None:
    one = world.member("Schuldhulp", units={"Team": 'domein = "schulden"'})
    content = content_of(one, unit(one, "Team"))
    (earlier,) = content["grondslagen"]
    earlier["geldigTotDatum"] = last
    later = earlier | {"geldigVanafDatum": "2027-03-01", "geldigTotDatum": None}
    content["grondslagen"] = [later | {"leeftijdsgroepen": ["0-11", "23+"]}, earlier]
    if said is None:
        assert one.publish(content).status_code == 200
        return
    ((name, reason),) = faults(one, content, "/concept")
    assert name == "grondslagen[1].geldigTotDatum"
    assert said in reason
    # For other people, or in another domain, there is no question which one counts.
    content["grondslagen"][0]["domein"] = "wonen"
    assert one.publish(content).status_code == 200
    content["grondslagen"][0] |= {"domein": "schulden", "leeftijdsgroepen": ["0-11"]}
    assert one.publish(content).status_code == 200
