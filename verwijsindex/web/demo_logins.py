"""Logins of the demonstration: a name, a password and the code of this moment, for each role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from orgprofiles.organisations import Organisation, Professional, Unit
from verwijsindex.accounts.one_time_codes import present_code
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import Role
from verwijsindex.services import Services


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who can sign in to the demonstration.

    Attributes:
        account_id: Of the account.
        password: Which the demonstration tells everybody.
        story: What there is to see with it, in a sentence; empty: nothing special.
    """

    account_id: UUID
    password: str = field(repr=False)
    story: str = ""


@dataclass(frozen=True, slots=True)
class ShownLogin:
    """A login as the page shows it.

    Attributes:
        account_id: Of the account.
        name: Who.
        organisation: Where.
        work: Function and unit; empty for who is no contact.
        email: To sign in with.
        password: The same.
        code: The one-time code of this moment.
        roles: What they may do.
        story: What there is to see.
    """

    account_id: UUID
    name: str
    organisation: str
    work: str
    email: str
    password: str = field(repr=False)
    code: str = field(repr=False)
    roles: frozenset[Role]
    story: str


def read_logins(
    session: Session, services: Services, logins: Sequence[Login]
) -> Sequence[ShownLogin]:
    """Return those of *logins* that still open, with what the page shows, in the same order."""
    rows = {
        row.Account.id: row
        for row in session.execute(
            select(Account, Organisation.name, Professional.function, Unit.name.label("unit"))
            .join(Organisation, Organisation.id == Account.organisation_id)
            .outerjoin(Professional, Professional.id == Account.professional_id)
            .outerjoin(Unit, Unit.id == Professional.unit_id)
            .where(
                Account.id.in_([one.account_id for one in logins]),
                Account.status == AccountStatus.ACTIVE,
                Account.totp_sealed.is_not(None),
            )
        )
    }
    shown = []
    for login in logins:
        row = rows.get(login.account_id)
        if row is None:
            continue  # blocked, or set up anew: whoever tries things out may do that too
        account: Account = row.Account
        secret = services.account_secrets.open(account.totp_sealed or b"").decode()
        shown.append(
            ShownLogin(
                account_id=account.id,
                name=account.name,
                organisation=row.name,
                work=f"{row.function}, {row.unit}" if row.function else "",
                email=account.email,
                password=login.password,
                code=present_code(secret, now=services.clock()),
                roles=frozenset(Role(one) for one in account.roles),
                story=login.story,
            )
        )
    return shown
