"""A professional leaves, said by the organisation's own system: by key, and the account too."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from orgprofiles.organisations import Professional, Unit
from verwijsindex.access import Caller
from verwijsindex.accounts.inviting import block, is_of_the_index
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.http.problems import Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.check_transfers import Target
from verwijsindex.use_cases.off_board import OffBoarding, off_board


@dataclass(frozen=True, slots=True)
class Leaving:
    """What became of it.

    Attributes:
        done: Of signals, leads and matches.
        is_blocked: Whether the account is blocked with which they signed in.
    """

    done: OffBoarding
    is_blocked: bool


def leave(
    session: Session, services: Services, *, caller: Caller, key: str, target: Target | None
) -> Leaving:
    """Off-board the professional with *key* and block their account; again goes on from there.

    Args:
        session: Committed here.
        services: Clock and keys.
        caller: Whose professional it is.
        key: The organisation's own.
        target: Who gets the signals; None where there are none.

    Raises:
        Problem: 404 for an unknown key; 400 for a target that cannot be; 409 where something
            stays behind that the caller does not hand over.
    """
    professional = session.scalars(
        select(Professional)
        .join(Unit, Unit.id == Professional.unit_id)
        .where(Professional.key == key, caller.may_see_unit())
    ).one_or_none()
    if professional is None:
        raise Problem(404)
    professional_id = professional.id
    done = off_board(session, services, caller=caller, professional=professional, target=target)
    is_blocked = done.has_left and _block(session, services, caller, professional_id)
    return Leaving(done, is_blocked)


def _block(session: Session, services: Services, caller: Caller, professional_id: UUID) -> bool:
    account = session.scalars(
        select(Account).where(
            Account.organisation_id == caller.organisation_id,
            Account.professional_id == professional_id,
        )
    ).one_or_none()
    if account is None or is_of_the_index(account):
        return False
    if account.status is not AccountStatus.BLOCKED:
        block(
            session,
            services,
            actor=caller.actor,
            organisation_id=caller.organisation_id,
            account_id=account.id,
        )
    return True
