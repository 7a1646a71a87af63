"""``/keten``: the map as partners read it, and who takes part in silence."""

from __future__ import annotations

from datetime import datetime

import pytest

from orgprofiles.dutch_calendar import AMSTERDAM
from tests.profile_contents import whole_profile
from tests.world import ALL_SCOPES, Member, World
from verwijsindex.clients import Client, Scope
from verwijsindex.use_cases.admit import add_client
from verwijsindex.use_cases.read_chain_map import read_chain_map

pytestmark = pytest.mark.any_database

SIGNALLING = (Scope.SIGNALS, Scope.PROFILES)


def published(
    world: World,
    name: str,
    domain: str,
    *,
    scopes: tuple[Scope, ...] = ALL_SCOPES,
    sensitive: bool = False,
    independent: bool = False,
) -> Member:
    one = world.member(
        name,
        sensitive=sensitive,
        units={"Team": f'domein = "{domain}"\nzelfstandig = {str(independent).lower()}'},
        independent_units=("Team",) if independent else (),
    )
    content = whole_profile()
    content["identiteit"] |= {"naam": name, "gevoelig": sensitive}
    content["afdelingen"][0] |= {
        "id": str(one.units["Team"]),
        "domein": domain,
        "zelfstandig": independent,
    }
    content["grondslagen"][0]["domein"] = domain
    assert one.publish(content).status_code == 200
    if scopes != ALL_SCOPES:
        with world.services.sessions.begin() as session:
            session.get_one(Client, one.client.id).scopes = [scope.value for scope in scopes]
    return one


def test_the_map_names_who_is_where_and_who_will_meet(world: World) -> None:
    one, other = published(world, "Schuldhulp", "schulden"), published(world, "Wijkteam", "welzijn")
    found = one.get("/api/v1/keten").json
    assert [member["naam"] for member in found["organisaties"]] == ["Schuldhulp", "Wijkteam"]
    assert len(found["vakken"]) == 240
    served = [vak for vak in found["vakken"] if vak["organisaties"]]
    assert {
        (vak["leefgebied"], vak["fase"], vak["leeftijd"], vak["dekking"]) for vak in served
    } == {
        ("financien", "hulp", "16-22", "deels"),
        ("financien", "hulp", "23-64", "heel"),
        ("financien", "hulp", "65+", "heel"),
    }
    assert len(found["gaten"]) == 237
    assert found["overlap"] == served
    (pair,) = found["paren"]
    assert pair["organisaties"] == [str(one.id), str(other.id)]
    assert [common["leeftijd"] for common in pair["samen"]] == ["16-22", "23-64", "65+"]


def silent(member: Member) -> list[str]:
    """Return whose units the member reads as silent."""
    member.token = member.world.token(member.client)
    found = member.get("/api/v1/keten").json
    names = {one["organisatie"]: one["naam"] for one in found["organisaties"]}
    return [names[one["organisatie"]] for one in found["stilleAfdelingen"]]


def at(world: World, month: int, day: int, hour: int = 12, *, year: int = 2027) -> None:
    """Move the clock to an hour in Amsterdam."""
    moment = datetime(year, month, day, hour, tzinfo=AMSTERDAM)
    world.clock.advance(moment - world.clock())


def test_a_unit_that_registers_nobody_for_sixty_days_is_silent_from_the_next_month(
    world: World,
) -> None:
    one, other = published(world, "Schuldhulp", "schulden"), published(world, "Wijkteam", "welzijn")
    assert silent(one) == []  # they have just begun
    at(world, 1, 21)
    one.token = world.token(one.client)
    assert one.register(1).status_code == 201
    at(world, 1, 31, 23)
    assert silent(one) == []
    at(world, 2, 1, 0)
    assert one.get("/api/v1/keten").status_code == 401  # the token's hour is over
    assert silent(one) == ["Wijkteam"]
    (unit,) = one.get("/api/v1/keten").json["stilleAfdelingen"]
    assert unit == {
        "organisatie": str(other.id),
        "afdeling": str(other.units["Team"]),
        "naam": "Budgetteam",
    }
    at(world, 4, 1)
    assert silent(one) == ["Schuldhulp", "Wijkteam"]


def test_when_a_silent_unit_registers_again_is_not_told_before_the_month_is_over(
    world: World,
) -> None:
    one, other = published(world, "Schuldhulp", "schulden"), published(world, "Wijkteam", "welzijn")
    at(world, 2, 10)
    assert silent(one) == ["Schuldhulp", "Wijkteam"]
    other.token = world.token(other.client)
    assert other.register(1).status_code == 201
    assert silent(one) == ["Schuldhulp", "Wijkteam"]
    at(world, 2, 28, 23)
    assert silent(one) == ["Schuldhulp", "Wijkteam"]
    at(world, 3, 1, 0)
    assert silent(one) == ["Schuldhulp"]


@pytest.mark.parametrize("kind", ["gevoelig", "zelfstandig"])
def test_silence_of_who_is_not_to_be_told_of_is_for_itself_and_the_administrator(
    kind: str, world: World
) -> None:
    is_sensitive = kind == "gevoelig"
    reads = (Scope.PROFILES,)
    hidden = published(
        world, "GGZ", "ggz", scopes=SIGNALLING, sensitive=is_sensitive, independent=not is_sensitive
    )
    partner = published(world, "Wijkteam", "welzijn", scopes=SIGNALLING)
    administrator = world.member("Beheer", domain="wonen", bsn=False)
    with world.services.sessions() as session:
        beside = add_client(
            session, world.services, organisation_name="GGZ", name="ander", scopes=reads
        )
    at(world, 2, 1)
    assert silent(partner) == ["Wijkteam"]
    assert silent(hidden) == ["GGZ", "Wijkteam"]
    assert silent(administrator) == ["GGZ", "Wijkteam"]
    # To a client of its own that was not let into it, an independent unit is closed.
    hidden.client = beside
    assert silent(hidden) == (["GGZ", "Wijkteam"] if is_sensitive else ["Wijkteam"])
    with world.services.sessions() as session:
        shown = read_chain_map(session, world.services).silent_units
    assert [one.organisation_id for one in shown] == [partner.id]
