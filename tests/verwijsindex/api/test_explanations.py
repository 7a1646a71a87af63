"""Every part of a profile leaves room for a short explanation to people."""

from __future__ import annotations

from typing import Any

import pytest

from tests.profile_contents import whole_profile
from tests.verwijsindex.api.refusals import assert_problem
from tests.world import Member, World
from verwijsindex.api.profile_parts import EXPLANATION_LIMIT
from verwijsindex.api.profile_schemas import ProfileSchema
from verwijsindex.http.fields import Part, Several

pytestmark = pytest.mark.any_database

#: Parts by their names outside; True: one of these is explained by itself.
PARTS = {
    str(field.data_key): isinstance(field, Several)
    for field in ProfileSchema().fields.values()
    if isinstance(field, Part | Several)
}
EACH = pytest.mark.parametrize("part", PARTS)


@pytest.fixture
def schuldhulp(world: World) -> Member:
    return world.member("Schuldhulp", units={"Budgetteam": 'domein = "schulden"'})


def explained(member: Member, part: str, text: str) -> dict[str, Any]:
    """Return a profile of *member* with *text* as explanation of *part*, or of its first."""
    content = whole_profile()
    content["afdelingen"][0]["id"] = str(member.units["Budgetteam"])
    inner = content[part][0] if PARTS[part] else content[part]
    inner["toelichting"] = text
    return content


def save(member: Member, content: dict[str, Any]) -> Any:
    path = f"/api/v1/organisatieprofielen/{member.id}/concept"
    return member.put(path, content, if_match=member.get(path).headers["ETag"])


@EACH
def test_as_long_as_may_be_it_comes_back_the_same(schuldhulp: Member, part: str) -> None:
    content = explained(schuldhulp, part, "é" * EXPLANATION_LIMIT)
    saved = save(schuldhulp, content)
    assert saved.status_code == 200, saved.text
    assert saved.json["inhoud"] == content


@EACH
def test_a_longer_one_is_refused_at_its_field(schuldhulp: Member, part: str) -> None:
    refused = save(schuldhulp, explained(schuldhulp, part, "x" * (EXPLANATION_LIMIT + 1)))
    route = "/api/v1/organisatieprofielen/<uuid:organisation_id>/concept"
    (fault,) = assert_problem(refused, 400, route)["invalidParams"]
    assert fault["name"] == f"{part}[0].toelichting" if PARTS[part] else f"{part}.toelichting"
    assert str(EXPLANATION_LIMIT) in fault["reason"]


@EACH
def test_it_may_be_left_out(schuldhulp: Member, part: str) -> None:
    content = explained(schuldhulp, part, "")
    del (content[part][0] if PARTS[part] else content[part])["toelichting"]
    saved = save(schuldhulp, content)
    assert saved.status_code == 200, saved.text
    assert saved.json["ontbreekt"] == []
