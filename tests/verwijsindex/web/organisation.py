"""An organisation with a coordinator, and her browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import event, select

from orgprofiles.base import new_id
from orgprofiles.organisations import Professional, ProfessionalStatus
from tests.people import Person, add_person
from tests.world import Member, World
from verwijsindex.accounts.roles import Role
from verwijsindex.audit import Action, AuditEvent

UNITS = {
    "Team": 'domein = "schulden"',
    "Wonen": 'domein = "wonen"',
    "Apart": 'domein = "zorg"\nzelfstandig = true',
}
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@dataclass
class Organisation:
    """A member of the world, her coordinator and the browser in which she is signed in."""

    member: Member
    coordinator: Person
    browser: Any

    @property
    def world(self) -> World:
        return self.member.world

    def get(self, path: str, **query: str) -> Any:
        return self.browser.get(path, query_string=query)

    def post(self, path: str, **fields: Any) -> Any:
        """Send a form as the page would; a field may have several values."""
        token = _CSRF.search(self.browser.get("/instelling/accounts/nieuw").text)
        assert token is not None
        return self.browser.post(path, data={"csrf": token.group(1), **fields})

    def professional(self, key: str) -> Professional:
        with self.world.services.sessions() as session:
            return session.scalars(
                select(Professional).where(
                    Professional.organisation_id == self.member.id, Professional.key == key
                )
            ).one()

    def page_of(self, key: str, rest: str = "") -> str:
        return f"/instelling/medewerkers/{self.professional(key).id}{rest}"

    def deeds(self, action: Action) -> list[UUID | None]:
        """Return on what the coordinator did *action*."""
        with self.world.services.sessions() as session:
            return list(
                session.scalars(
                    select(AuditEvent.object_id).where(
                        AuditEvent.action == action,
                        AuditEvent.actor_id == self.coordinator.account_id,
                    )
                )
            )


def organisation(world: World, name: str = "Schuldhulp") -> Organisation:
    """Return an organisation of three units, with professionals m1 and m2 in the first."""
    member = world.member(name, units=UNITS)
    person = add_person(world, member.id, Role.COORDINATOR, name=f"Coördinator van {name}")
    return Organisation(member, person, person.browser())


def hire(
    of: Organisation, count: int, *, name: str = "Collega {}", trained_on: date | None = None
) -> list[UUID]:
    """Add *count* professionals by turns to each unit; return their ids."""
    units = list(of.member.units.values())
    made = [
        Professional(
            id=new_id(),
            organisation_id=of.member.id,
            unit_id=units[number % len(units)],
            key=f"c{number:03}",
            name=name.format(f"{number:03}"),
            function="consulent",
            email=f"c{number:03}@schuldhulp.example",
            phone="010-1234567",
            status=ProfessionalStatus.ACTIVE,
            trained_on=trained_on,
        )
        for number in range(count)
    ]
    ids = [one.id for one in made]
    with of.world.services.sessions() as session:
        session.add_all(made)
        session.commit()
    return ids


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """Gather what is asked of the database."""
    found: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(world.services.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(world.services.engine, "before_cursor_execute", note)
