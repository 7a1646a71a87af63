"""The coordinators of organisations, as those who are told what is wrong there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import Role


def coordinators_of(
    session: Session, organisation_ids: Collection[UUID] | None = None
) -> dict[UUID, list[UUID]]:
    """Return the accounts of each organisation's coordinators who may sign in.

    Args:
        session: Read only.
        organisation_ids: Of whom; None: of all.
    """
    wanted = select(Account.id, Account.organisation_id, Account.roles).where(
        Account.status == AccountStatus.ACTIVE
    )
    if organisation_ids is not None:
        wanted = wanted.where(Account.organisation_id.in_(organisation_ids))
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for row in session.execute(wanted.order_by(Account.id)):
        if Role.COORDINATOR.value in row.roles:
            found[row.organisation_id].append(row.id)
    return found
