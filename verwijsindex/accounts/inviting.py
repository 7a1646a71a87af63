"""Accounts of an organisation: inviting, recovering, blocking. The coordinator's work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from match.lead_marks import mark_directed_due
from orgprofiles.base import new_id
from orgprofiles.organisations import Organisation, Professional, ProfessionalStatus
from verwijsindex import audit
from verwijsindex.accounts.links import send_link
from verwijsindex.accounts.records import Account, AccountStatus, LinkKind, SignInFailure
from verwijsindex.accounts.roles import CASE_WORK, OF_AN_ORGANISATION, Role
from verwijsindex.accounts.sessions import end_sessions
from verwijsindex.accounts.setting_up import forget_means
from verwijsindex.accounts.signing_in import normal_address
from verwijsindex.audit import Action, Actor, ActorKind
from verwijsindex.http.bsn_recognition import LIKE_BSN, holds_bsn
from verwijsindex.http.fields import is_email
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """Somebody who is to sign in.

    Attributes:
        email: With which they will.
        name: For people.
        roles: What they may do; at least one.
        professional_key: Their own key as contact of signals; None: they are no contact.
    """

    email: str
    name: str
    roles: Collection[Role]
    professional_key: str | None


def invite(
    session: Session,
    services: Services,
    *,
    actor: Actor,
    organisation_id: UUID,
    wanted: NewAccount,
    may_give: Collection[Role],
) -> Account:
    """Make an account and mail an invitation, good for seven days.

    Args:
        session: Committed here.
        services: Clock and keys.
        actor: Who invites.
        organisation_id: Whose colleague it is.
        wanted: Who is invited.
        may_give: The roles that *actor* may give.

    Raises:
        InvalidInput: With all faults at once.
    """
    now = services.clock()
    email = normal_address(wanted.email)
    faults = _faults(session, wanted, email, may_give)
    professional = None
    if wanted.professional_key is not None:
        professional = session.scalars(
            select(Professional).where(
                Professional.organisation_id == organisation_id,
                Professional.key == wanted.professional_key,
                Professional.status == ProfessionalStatus.ACTIVE,
            )
        ).one_or_none()
        if professional is None:
            faults.append(
                {"name": "sleutel", "reason": "is geen actieve medewerker van uw organisatie"}
            )
        elif session.scalar(select(Account.id).where(Account.professional_id == professional.id)):
            faults.append({"name": "sleutel", "reason": "heeft al een account"})
    elif Role.PROFESSIONAL in wanted.roles:
        faults.append(
            {"name": "sleutel", "reason": "ontbreekt: een medewerker is contact van signalen"}
        )
    if faults:
        raise InvalidInput(faults)
    account = Account(
        id=new_id(),
        organisation_id=organisation_id,
        professional_id=professional.id if professional else None,
        email=email,
        name=wanted.name.strip(),
        roles=sorted(role.value for role in wanted.roles),
        status=AccountStatus.INVITED,
        created_at=now,
    )
    session.add(account)
    try:
        session.flush()
    except IntegrityError:  # somebody else was invited with it at this very moment
        session.rollback()
        raise InvalidInput([{"name": "email", "reason": _TAKEN}]) from None
    send_link(session, account=account, kind=LinkKind.INVITATION, now=now)
    _record(session, services, actor, Action.ACCOUNT_INVITED, account)
    session.commit()
    return account


def recover(
    session: Session, services: Services, *, actor: Actor, organisation_id: UUID, account_id: UUID
) -> None:
    """Take away all means of an account and mail a link to choose new ones (or invite once more).

    For who lost a telephone or forgot a password. The link goes to the address
    of the account alone: the coordinator never sees it.

    Raises:
        Problem: 404 for another organisation's account; 409 for a blocked one.
    """
    account = _own(session, actor, organisation_id, account_id)
    if account.status is AccountStatus.BLOCKED:
        raise Problem(409, "Dit account is geblokkeerd. Hef eerst de blokkade op.")
    now = services.clock()
    is_new = account.status is AccountStatus.INVITED
    if not is_new:
        forget_means(session, account)
        session.query(SignInFailure).filter(
            SignInFailure.target_hash == services.account_secrets.hashed("adres", account.email)
        ).delete()
    kind = LinkKind.INVITATION if is_new else LinkKind.RECOVERY
    send_link(session, account=account, kind=kind, now=now)
    _record(session, services, actor, Action.ACCOUNT_RECOVERED, account)
    session.commit()


def block(
    session: Session, services: Services, *, actor: Actor, organisation_id: UUID, account_id: UUID
) -> None:
    """Shut an account out, at once: its sessions end and its means are gone.

    Raises:
        Problem: 404 for another organisation's account; 409 for one's own.
    """
    account = _own(session, actor, organisation_id, account_id)
    if account.id == actor.id:
        raise Problem(409, "U kunt uw eigen account niet blokkeren. Vraag dat aan een collega.")
    account.status = AccountStatus.BLOCKED
    forget_means(session, account)
    end_sessions(session, account.id)
    mark_directed_due(session, account.id)
    _record(session, services, actor, Action.ACCOUNT_BLOCKED, account)
    session.commit()


def unblock(
    session: Session, services: Services, *, actor: Actor, organisation_id: UUID, account_id: UUID
) -> None:
    """Let somebody in again: with a new link, for the means are gone.

    Raises:
        Problem: 404 for another organisation's account.
    """
    account = _own(session, actor, organisation_id, account_id)
    if account.status is not AccountStatus.BLOCKED:
        return
    account.status = AccountStatus.INVITED
    send_link(session, account=account, kind=LinkKind.INVITATION, now=services.clock())
    _record(session, services, actor, Action.ACCOUNT_INVITED, account)
    session.commit()


def change_roles(
    session: Session,
    services: Services,
    *,
    actor: Actor,
    organisation_id: UUID,
    account_id: UUID,
    roles: Collection[Role],
    may_give: Collection[Role],
) -> None:
    """Give an account other roles; those that *actor* may not give stay as they are.

    Raises:
        Problem: 404 for another organisation's account; 409 for taking the own coordination away.
        InvalidInput: No role is left, or one that is not to be given.
    """
    account = _own(session, actor, organisation_id, account_id)
    kept = {Role(one) for one in account.roles} - set(may_give)
    if not set(roles) <= set(may_give):
        raise InvalidInput([{"name": "rollen", "reason": _NOT_YOURS}])
    new = kept | set(roles)
    if not new:
        raise InvalidInput([{"name": "rollen", "reason": "kies er minstens één"}])
    if account.id == actor.id and Role.COORDINATOR in account.roles and Role.COORDINATOR not in new:
        raise Problem(409, "U kunt uw eigen rol van coördinator niet afnemen. Vraag een collega.")
    if new >= CASE_WORK:
        raise InvalidInput([{"name": "rollen", "reason": _BOTH}])
    if Role.PROFESSIONAL in new and account.professional_id is None:
        raise InvalidInput(
            [{"name": "rollen", "reason": "een medewerker moet contact van signalen kunnen zijn"}]
        )
    account.roles = sorted(role.value for role in new)
    if Role.MATCH_LEAD not in new:
        mark_directed_due(session, account.id)
    _record(session, services, actor, Action.ACCOUNT_CHANGED, account)
    session.commit()


def read_account(session: Session, *, organisation_id: UUID, account_id: UUID) -> Account:
    """Return one of an organisation's accounts.

    Raises:
        Problem: 404 for another organisation's account.
    """
    account = session.scalars(
        select(Account).where(Account.id == account_id, Account.organisation_id == organisation_id)
    ).one_or_none()
    if account is None:
        raise Problem(404)
    return account


def is_of_the_index(account: Account) -> bool:
    """Whether *account* has a role for the whole index: no coordinator changes it."""
    return not set(account.roles) <= OF_AN_ORGANISATION


def accounts_of(session: Session, organisation_id: UUID) -> Sequence[Account]:
    """Return an organisation's accounts, by name."""
    return session.scalars(
        select(Account).where(Account.organisation_id == organisation_id).order_by(Account.name)
    ).all()


def organisation_named(session: Session, name: str) -> Organisation | None:
    """Return the organisation of that name."""
    return session.scalars(select(Organisation).where(Organisation.name == name)).one_or_none()


def _faults(
    session: Session, wanted: NewAccount, email: str, may_give: Collection[Role]
) -> list[InvalidParam]:
    faults: list[InvalidParam] = []
    if not wanted.name.strip() or len(wanted.name) > 200:
        faults.append({"name": "naam", "reason": "vul een naam in van hooguit 200 tekens"})
    elif not wanted.name.strip().isprintable():
        faults.append({"name": "naam", "reason": "bevat tekens die hier niet kunnen"})
    elif holds_bsn(wanted.name):
        faults.append({"name": "naam", "reason": LIKE_BSN})
    if not is_email(email):
        faults.append({"name": "email", "reason": "is geen e-mailadres"})
    elif holds_bsn(email):
        faults.append({"name": "email", "reason": LIKE_BSN})
    elif session.scalar(select(Account.id).where(Account.email == email)):
        faults.append({"name": "email", "reason": _TAKEN})
    if not wanted.roles:
        faults.append({"name": "rollen", "reason": "kies er minstens één"})
    elif not set(wanted.roles) <= set(may_give):
        faults.append({"name": "rollen", "reason": _NOT_YOURS})
    elif set(wanted.roles) >= CASE_WORK:
        faults.append({"name": "rollen", "reason": _BOTH})
    return faults


#: Who registers for all units would see the matches of all units.
_BOTH = "kies medewerker of ondersteuner; een ondersteuner ziet geen matches"
_TAKEN = "is al van een ander account; neem een ander adres"
_NOT_YOURS = "deze rol geeft alleen de beheerder van de verwijsindex"


def _own(session: Session, actor: Actor, organisation_id: UUID, account_id: UUID) -> Account:
    """Return the account, locked, if *actor* may change it: 404 or 403 if not.

    A coordinator changes colleagues' accounts, but not those of the index's own
    roles: else one organisation could shut out the administrator of all.
    """
    account = session.scalars(
        select(Account)
        .where(Account.id == account_id, Account.organisation_id == organisation_id)
        .with_for_update()
    ).one_or_none()
    if account is None:
        raise Problem(404)
    if actor.kind is ActorKind.ACCOUNT and is_of_the_index(account):
        raise Problem(
            403,
            "Dit account heeft een rol voor de hele index. Alleen de beheerder van de verwijsindex"
            " verandert het.",
        )
    return account


def _record(
    session: Session, services: Services, actor: Actor, action: Action, account: Account
) -> None:
    audit.record(
        session,
        services.audit_key,
        actor=actor,
        deeds=[(action, account.id)],
        now=services.clock(),
    )
