"""People at work with matches and signals, each in a browser of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.people import Person, add_person
from tests.world import Member, World
from verwijsindex.accounts.roles import Role
from verwijsindex.worker import Worker

_CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')
DOMAINS = {
    "Wijkteam": "welzijn",
    "Woonbedrijf": "wonen",
    "Sociale dienst": "werk_en_inkomen",
    "GGZ": "ggz",
}


@dataclass
class Desk:
    """Somebody who is signed in, and what they ask for."""

    person: Person
    client: Any = field(repr=False)

    def get(self, path: str) -> Any:
        """Open a page."""
        return self.client.get(path)

    def text(self, path: str) -> str:
        """Return a page that must be there, without what surrounds it."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return main_of(answer.text)

    def post(self, path: str, **form: Any) -> Any:
        """Send a form of ours."""
        found = _CSRF.search(self.get("/").text)
        assert found is not None
        return self.client.post(path, data={"csrf": found.group(1), **form})

    def done(self, path: str, **form: Any) -> str:
        """Send a form that must be taken, and return the page that it leads to."""
        answer = self.post(path, **form)
        assert answer.status_code == 303, answer.text
        return self.text(answer.headers["Location"].partition("#")[0])


def later(world: World, duration: timedelta) -> None:
    """Let *duration* pass, after which every source system has a fresh token."""
    world.clock.advance(duration)
    for member in world.members.values():
        member.token = world.token(member.client)


def main_of(page: str) -> str:
    """Return what stands between menu and footer, with single spaces."""
    return " ".join(page.partition("<main")[2].partition("</main>")[0].split())


def organisation(world: World, name: str, **options: Any) -> Member:
    """Admit an organisation; the GGZ is sensitive: it sees first, and decides who sees it."""
    options.setdefault("domain", DOMAINS.get(name, "schulden"))
    return world.member(name, sensitive=name == "GGZ", **options)


def desk(member: Member, key: str | None = "m1", *roles: Role, name: str = "Ton Kok") -> Desk:
    """Sign somebody of *member* in: the professional with *key*, or for None no contact."""
    person = add_person(
        member.world, member.id, *(roles or (Role.PROFESSIONAL,)), key=key, name=name
    )
    return Desk(person, person.browser())


def matched(world: World, *names: str, **changes: Any) -> list[Member]:
    """Have organisations of those names register test person 1, in that order."""
    members = [organisation(world, name) for name in names]
    for member in members:
        answer = member.register(1, kenmerk=f"{member.name[:2].upper()}-1", **changes)
        assert answer.status_code == 201, answer.text
    Worker(world.services).review()
    return members


def page_of(member: Member, person: int | None = None) -> str:
    """Return the path of *member*'s page of its match; *person*: by the usual reference."""
    matches = member.get("/api/v1/matches", perPagina=500).json["resultaten"]
    parts = [(found["id"], part) for found in matches for part in found["eigenDeelnames"]]
    if person is not None:
        parts = [one for one in parts if one[1]["kenmerk"] == f"D-{person}"]
    ((match_id, part),) = parts
    return f"/matches/{match_id}/deelnames/{part['id']}"


def part_of(seen: Member, by: Member) -> UUID:
    """Return which participation *seen* is to *by*, in their one match."""
    (match,) = by.get("/api/v1/matches").json["resultaten"]
    (found,) = [one for one in match["deelnemers"] if one["organisatie"] == seen.name]
    return UUID(found["deelname"])


def end(member: Member, person: int) -> None:
    """End *member*'s signal of a person."""
    path = f"/api/v1/signalen/{signal_ids(member)[f'D-{person}']}"
    answer = member.patch(path, {"status": "beeindigd", "reden": "afgerond"})
    assert answer.status_code == 200, answer.text


def signal_ids(member: Member) -> dict[str, str]:
    """Return *member*'s signals: reference and id."""
    found = member.get("/api/v1/signalen", perPagina=500).json["resultaten"]
    return {one["kenmerk"]: one["id"] for one in found}
