"""Organisations' own sign-in, as the administrator sets it up."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from orgprofiles.base import new_id
from orgprofiles.organisations import Organisation
from verwijsindex import audit
from verwijsindex.accounts.provider_sign_in import provider_of
from verwijsindex.accounts.providers import is_issuer
from verwijsindex.accounts.records import IdentityProvider, ProviderIdentity
from verwijsindex.audit import Action, Actor, ActorKind
from verwijsindex.services import Services

_ADMINISTRATOR = Actor(ActorKind.ADMINISTRATOR)


class ProviderNotKept(Exception):
    """A provider cannot be set up so.

    Attributes:
        reason: In Dutch.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def add_provider(
    session: Session,
    services: Services,
    *,
    organisation_name: str,
    issuer: str,
    client_id: str,
    secret: str,
) -> None:
    """Give an organisation its own sign-in; one that was there gets another name and secret.

    What was linked stays when the issuer is the same, and is gone otherwise.

    Raises:
        ProviderNotKept: Says why.
    """
    organisation = session.scalars(
        select(Organisation).where(Organisation.name == organisation_name)
    ).one_or_none()
    if organisation is None:
        raise ProviderNotKept("Er is geen organisatie met deze naam.")
    if not is_issuer(issuer) or len(issuer) > 500:
        raise ProviderNotKept(
            "De issuer moet een https-adres zijn (http mag alleen op loopback), zonder vraagteken."
        )
    if not 0 < len(client_id) <= 255 or not secret:
        raise ProviderNotKept("De client-id of het geheim ontbreekt of is te lang.")
    sealed = services.account_secrets.seal(secret.encode())
    present = provider_of(session, organisation.id)
    if present is not None and present.issuer != issuer:
        session.delete(present)
        session.flush()
        present = None
    if present is None:
        present = IdentityProvider(id=new_id(), organisation_id=organisation.id, issuer=issuer)
        session.add(present)
    present.client_id, present.secret_sealed = client_id, sealed
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise ProviderNotKept("Deze issuer is al van een andere organisatie.") from None
    audit.record_deed(session, services, _ADMINISTRATOR, Action.PROVIDER_KEPT, organisation.id)
    session.commit()


def remove_provider(session: Session, services: Services, *, organisation_name: str) -> int:
    """Take an organisation's own sign-in away; return how many people were linked.

    Raises:
        ProviderNotKept: There is none.
    """
    provider = session.scalars(
        select(IdentityProvider)
        .join(Organisation, Organisation.id == IdentityProvider.organisation_id)
        .where(Organisation.name == organisation_name)
    ).one_or_none()
    if provider is None:
        raise ProviderNotKept("Deze organisatie heeft geen eigen inlogdienst.")
    linked = delete(ProviderIdentity).where(ProviderIdentity.provider_id == provider.id)
    count = len(session.scalars(linked.returning(ProviderIdentity.account_id)).all())
    session.delete(provider)
    audit.record_deed(
        session, services, _ADMINISTRATOR, Action.PROVIDER_REMOVED, provider.organisation_id
    )
    session.commit()
    return count


def read_providers(session: Session) -> Sequence[tuple[str, IdentityProvider, int]]:
    """Return organisation, provider and how many people are linked, by name."""
    linked = (
        select(func.count())
        .select_from(ProviderIdentity)
        .where(ProviderIdentity.provider_id == IdentityProvider.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Organisation.name, IdentityProvider, linked)
        .join(Organisation, Organisation.id == IdentityProvider.organisation_id)
        .order_by(Organisation.name)
    )
    return [(row[0], row[1], row[2]) for row in rows]
