"""People who can sign in to a world, and browsers in which they already have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID
from wsgiref.types import StartResponse, WSGIEnvironment

from sqlalchemy import select

from match.matches import Participation
from match.signals import Signal
from orgprofiles.base import new_id
from orgprofiles.organisations import Organisation, OrganisationStatus, Professional, Unit
from verwijsindex.accounts.one_time_codes import new_secret, present_code
from verwijsindex.accounts.records import Account, AccountStatus, SignInMethod
from verwijsindex.accounts.roles import Role
from verwijsindex.accounts.sessions import begin_session
from verwijsindex.web.csrf import SESSION_COOKIE

if TYPE_CHECKING:
    from tests.world import World

PASSWORD = "vier paarse wandelende ezels"
_PARTICIPATION = re.compile(r"/matches/[0-9a-f-]{36}/deelnames/([0-9a-f-]{36})")


@dataclass
class Person:
    """Somebody with an account."""

    world: World
    account_id: UUID
    email: str
    secret: str
    password: str = PASSWORD
    tokens: list[str] = field(default_factory=list)

    def code(self) -> str:
        """Return the one-time code of this moment."""
        return present_code(self.secret, now=self.world.clock())

    def begin(self) -> str:
        """Return the secret of a fresh session, as a browser that signed in would have it."""
        with self.world.services.sessions() as session:
            account = session.get_one(Account, self.account_id)
            token = begin_session(
                session,
                account=account,
                method=SignInMethod.PASSWORD,
                device="Chrome op Linux",
                now=self.world.clock(),
            )
            session.commit()
        return token

    def browser(self) -> Any:
        """Return a client of Flask's that is signed in."""
        client = self.world.app.test_client()
        client.set_cookie(SESSION_COOKIE, self.begin(), domain="localhost")
        return client


def add_person(
    world: World,
    organisation_id: UUID,
    *roles: Role,
    key: str | None = None,
    name: str = "Joke de Vries",
    email: str | None = None,
    status: AccountStatus = AccountStatus.ACTIVE,
) -> Person:
    """Return somebody with a password and one-time codes; a professional with *key*."""
    secret = new_secret()
    services = world.services
    account_id = new_id()
    address = (
        email or f"{(key or name).lower().replace(' ', '.')}-{account_id.hex[-6:]}@mens.example"
    )
    with services.sessions() as session:
        professional = None
        if key is not None:
            professional = session.scalars(
                select(Professional).where(
                    Professional.organisation_id == organisation_id, Professional.key == key
                )
            ).one()
        session.add(
            Account(
                id=account_id,
                organisation_id=organisation_id,
                professional_id=professional.id if professional else None,
                email=address,
                name=professional.name if professional else name,
                roles=[role.value for role in roles or (Role.PROFESSIONAL,)],
                status=status,
                password_hash=services.passwords.hash(PASSWORD),
                totp_sealed=services.account_secrets.seal(secret.encode()),
                totp_step=0,
                created_at=world.clock(),
            )
        )
        session.commit()
    return Person(world, account_id, address, secret)


class AlwaysSignedIn:
    """Has each request come from somebody who is signed in: for tests of what comes after.

    Who opens the page of a match is a professional of the unit whose it is;
    all else is read by somebody of an organisation of their own.
    """

    def __init__(self, world: World, app: Any) -> None:
        self._world = world
        self._app = app
        self._people: dict[UUID, Person] = {}

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(("/demo", "/static", "/api", "/oauth", "/inloggen")):
            token = self._reader(path).begin()
            cookies = [environ.get("HTTP_COOKIE", ""), f"{SESSION_COOKIE}={token}"]
            environ["HTTP_COOKIE"] = "; ".join(one for one in cookies if one)
        answer: Iterable[bytes] = self._app(environ, start)
        return answer

    def _reader(self, path: str) -> Person:
        organisation_id, key = self._whose(path)
        if organisation_id not in self._people:
            self._people[organisation_id] = add_person(
                self._world, organisation_id, Role.PROFESSIONAL, key=key, name="Lezer"
            )
        return self._people[organisation_id]

    def _whose(self, path: str) -> tuple[UUID, str | None]:
        found = _PARTICIPATION.fullmatch(path)
        with self._world.services.sessions() as session:
            if found:
                row = session.execute(
                    select(Unit.organisation_id, Professional.key)
                    .join(Signal, Signal.unit_id == Unit.id)
                    .join(Participation, Participation.signal_id == Signal.id)
                    .join(Professional, Professional.unit_id == Unit.id)
                    .where(Participation.id == UUID(found.group(1)))
                ).first()
                if row is not None:
                    return row.organisation_id, row.key
            reader = session.scalar(select(Organisation.id).where(Organisation.name == _READERS))
            if reader is None:
                reader = new_id()
                session.add(
                    Organisation(
                        id=reader, name=_READERS, status=OrganisationStatus.ACTIVE, sensitive=False
                    )
                )
                session.commit()
        return reader, None


_READERS = "Leesgezelschap"


def cookies_of(client: Any) -> Iterator[str]:
    """Return the names of the cookies that a client of Flask's holds."""
    yield from (cookie.key for cookie in client._cookies.values())
