"""Organisations with a published profile, for the tests of the directory's pages."""

from __future__ import annotations

from typing import Any

from tests.profile_contents import whole_profile
from tests.rich_profile import rich_profile
from tests.verwijsindex.web.conftest import Site
from tests.world import Member
from verwijsindex.demo.profiles import profile_files

TEAM_UNITS = {
    "Team Jeugd": 'domein = "jeugd"',
    "Vrijwilligers": 'domein = "maatschappelijke_ondersteuning"\nzelfstandig = true',
}


def with_units(member: Member, content: dict[str, Any]) -> dict[str, Any]:
    """Return *content* with the ids of *member*'s units."""
    for unit in content["afdelingen"]:
        unit["id"] = str(member.units[unit["naam"]])
    return content


def publish(member: Member, content: dict[str, Any]) -> Member:
    """Publish *content* as the next version of *member*'s profile."""
    answer = member.publish(with_units(member, content))
    assert answer.status_code == 200, answer.text
    return member


def neighbourhood_team(site: Site, **parts: Any) -> Member:
    """Return an organisation in whose profile everything is said."""
    member = site.world.member("Sociaal wijkteam", units=TEAM_UNITS)
    return publish(member, rich_profile(**parts))


def debt_relief(site: Site, **parts: Any) -> Member:
    """Return an organisation with an ordinary profile."""
    member = site.world.member("Schuldhulp", units={"Budgetteam": 'domein = "schulden"'})
    return publish(member, whole_profile(**parts))


def page_of(member: Member, rest: str = "") -> str:
    """Return the path of *member*'s page."""
    return f"/sociale-kaart/{member.id}{rest}"


def publish_demo(site: Site, slug: str) -> Member:
    """Return an organisation with a profile of the demonstration."""
    content = profile_files()[slug]
    units = {
        one["naam"]: f'domein = "{one["domein"]}"\nzelfstandig = {str(one["zelfstandig"]).lower()}'
        for one in content["afdelingen"]
    }
    return publish(site.world.member(content["identiteit"]["naam"], units=units), content)
