"""``/keten``: the map as partners read it, and who takes part in silence."""

from __future__ import annotations

from datetime import timedelta

from tests.profile_contents import whole_profile
from tests.world import Member, World


def published(world: World, name: str, domain: str) -> Member:
    one = world.member(name, units={"Team": f'domein = "{domain}"'})
    content = whole_profile()
    content["identiteit"]["naam"] = name
    content["afdelingen"][0] |= {"id": str(one.units["Team"]), "domein": domain}
    content["grondslagen"][0]["domein"] = domain
    assert one.publish(content).status_code == 200
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


def test_a_unit_that_registers_nobody_for_sixty_days_is_silent(world: World) -> None:
    one, other = published(world, "Schuldhulp", "schulden"), published(world, "Wijkteam", "welzijn")
    assert one.get("/api/v1/keten").json["stilleAfdelingen"] == []  # they have just begun
    world.clock.advance(timedelta(days=59))
    one.token = world.token(one.client)
    assert one.get("/api/v1/keten").json["stilleAfdelingen"] == []
    assert one.register(1).status_code == 201
    world.clock.advance(timedelta(days=1))
    one.token = world.token(one.client)
    silent = one.get("/api/v1/keten").json["stilleAfdelingen"]
    assert silent == [
        {"organisatie": str(other.id), "afdeling": str(other.units["Team"]), "naam": "Budgetteam"}
    ]
    world.clock.advance(timedelta(days=60))
    one.token = world.token(one.client)
    assert len(one.get("/api/v1/keten").json["stilleAfdelingen"]) == 2
