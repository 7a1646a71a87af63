"""No text of a profile can hold a BSN: not when it is saved, agreed to or published."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import marshmallow as ma
import pytest
from sqlalchemy import select

from orgprofiles.profile_versions import ProfileState, ProfileVersion
from tests.profile_contents import whole_profile
from tests.verwijsindex.api.refusals import assert_problem
from tests.world import Member, World
from verwijsindex.api.profile_schemas import ProfileSchema
from verwijsindex.http.fields import Text
from verwijsindex.use_cases.organisation_file import _OrganisationIn

pytestmark = pytest.mark.any_database

BSN = "999990019"
WRITINGS = (
    BSN,
    f"Team 2 {BSN}",
    "999 990 019",
    f"https://intranet.example/2026/{BSN}",
    f"https://intranet.example/zaak%20{BSN}",
    f"{BSN}@schuldhulp.example",
    f"zaak-{BSN}",
    f"{BSN}.example.nl",
)
ROUTE = "/api/v1/organisatieprofielen/<uuid:organisation_id>"
PLACES: dict[str, tuple[tuple[str | int, ...], str]] = {
    "identiteit.toelichting": (("identiteit", "toelichting"), f"Cliënt {BSN}"),
    "identiteit.naam": (("identiteit", "naam"), f"Schuldhulp {BSN}"),
    "identiteit.kenmerkPatroon": (("identiteit", "kenmerkPatroon"), BSN),
    "afdelingen[0].naam": (("afdelingen", 0, "naam"), f"Team 2 {BSN}"),
    "afdelingen[0].telefoon": (("afdelingen", 0, "telefoon"), BSN),
    "informeren.tekst": (("informeren", "tekst"), f"Wij melden {BSN}"),
    "producten[0].naam": (("producten", 0, "naam"), f"Traject {BSN}"),
    "routes[1].kanalen[0].naam": (("routes", 1, "kanalen", 0, "naam"), f"Lijn {BSN}"),
    "contact.coordinator.naam": (("contact", "coordinator", "naam"), f"J. de Vries {BSN}"),
    "afdelingen[0].toelichting": (("afdelingen", 0, "toelichting"), f"Cliënt {BSN}"),
    "grondslagen[0].toelichting": (("grondslagen", 0, "toelichting"), f"Cliënt {BSN}"),
    "producten[0].toelichting": (("producten", 0, "toelichting"), f"Cliënt {BSN}"),
    "doorverwijzen[1].toelichting": (("doorverwijzen", 1, "toelichting"), f"Cliënt {BSN}"),
    "contact.toelichting": (("contact", "toelichting"), f"Cliënt {BSN}"),
    "contact.website": (("contact", "website"), f"https://x.example/2026/{BSN}"),
}


@pytest.fixture
def schuldhulp(world: World) -> Member:
    return world.member("Schuldhulp", units={"Budgetteam": 'domein = "schulden"'})


def content_of(member: Member) -> dict[str, Any]:
    content = whole_profile()
    content["afdelingen"][0]["id"] = str(member.units["Budgetteam"])
    return content


def with_value(content: dict[str, Any], place: tuple[str | int, ...], value: str) -> dict[str, Any]:
    changed = copy.deepcopy(content)
    inner: Any = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return changed


def texts(schema: ma.Schema, path: str = "") -> Iterator[tuple[str, Text]]:
    """Yield every field that takes text of people's own, at any depth."""
    for name, field in schema.fields.items():
        where = f"{path}.{field.data_key or name}".strip(".")
        inner = field.inner if isinstance(field, ma.fields.List) else field
        if isinstance(inner, ma.fields.Nested):
            yield from texts(inner.schema, where)
        elif isinstance(inner, Text):
            yield where, inner


@pytest.mark.parametrize("schema", [ProfileSchema, _OrganisationIn])
def test_no_text_takes_a_bsn(schema: type[ma.Schema]) -> None:
    # A professional's key may be a UUID: only one that is a BSN as a whole is refused.
    found = [one for one in texts(schema()) if one[0] != "medewerkers.sleutel"]
    assert len(found) >= 13
    for where, field in found:
        for value in WRITINGS:
            try:
                field.deserialize(value)
            except ma.ValidationError as refused:
                assert BSN not in str(refused.messages)  # noqa: PT017
            else:
                pytest.fail(f"{where} takes a BSN")


@pytest.mark.parametrize("name", PLACES)
def test_saving_is_refused_at_the_field_without_repeating_it(schuldhulp: Member, name: str) -> None:
    place, value = PLACES[name]
    path = f"/api/v1/organisatieprofielen/{schuldhulp.id}/concept"
    seen = schuldhulp.get(path).headers["ETag"]
    refused = schuldhulp.put(path, with_value(content_of(schuldhulp), place, value), if_match=seen)
    (fault,) = assert_problem(refused, 400, f"{ROUTE}/concept")["invalidParams"]
    assert fault["name"] == name
    assert "lijkt een BSN te bevatten" in fault["reason"]
    assert BSN not in refused.text
    assert schuldhulp.get(path).json["inhoud"] is None


def saved_before(world: World, member: Member, content: dict[str, Any], state: ProfileState) -> str:
    """Save a concept as it could be kept before there was a check; return its ETag."""
    path = f"/api/v1/organisatieprofielen/{member.id}/concept"
    seen = member.get(path).headers["ETag"]
    tag = member.put(path, content_of(member), if_match=seen).headers["ETag"]
    with world.services.sessions() as session:
        version = session.scalars(
            select(ProfileVersion).where(ProfileVersion.organisation_id == member.id)
        ).one()
        version.content = content
        version.state = state
        if state is ProfileState.AGREED:
            version.agreed_at = world.clock()
        session.commit()
    return str(tag)


@pytest.mark.parametrize(
    ("deed", "state"),
    [("akkoord", ProfileState.CONCEPT), ("publicatie", ProfileState.AGREED)],
)
@pytest.mark.parametrize(
    "kept",
    [
        ("identiteit.toelichting", f"Cliënt {BSN}"),
        ("contact.website", f"https://x.example/2026/{BSN}"),
        ("identiteit.kenmerkPatroon", "([0-9]+-?)+"),
    ],
)
def test_a_concept_of_before_is_not_agreed_to_or_published(
    world: World, schuldhulp: Member, deed: str, state: ProfileState, kept: tuple[str, str]
) -> None:
    name, value = kept
    content = with_value(content_of(schuldhulp), PLACES[name][0], value)
    tag = saved_before(world, schuldhulp, content, state)
    path = f"/api/v1/organisatieprofielen/{schuldhulp.id}/{deed}"
    refused = world.http.post(path, headers=schuldhulp.headers | {"If-Match": tag})
    (fault,) = assert_problem(refused, 409, f"{ROUTE}/{deed}")["invalidParams"]
    assert fault["name"] == name
    assert value not in refused.text


def test_what_was_published_before_stays_readable(world: World, schuldhulp: Member) -> None:
    content = with_value(content_of(schuldhulp), ("identiteit", "toelichting"), f"Nummer {BSN}")
    saved_before(world, schuldhulp, content, ProfileState.AGREED)
    with world.services.sessions() as session:
        version = session.scalars(select(ProfileVersion)).one()
        version.state, version.published_at = ProfileState.PUBLISHED, world.clock()
        version.review_on = world.services.today()
        session.commit()
    assert schuldhulp.get("/api/v1/organisatieprofielen").json["totaal"] == 1
