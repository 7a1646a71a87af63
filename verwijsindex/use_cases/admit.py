"""Admitting an organisation and its machine clients: the administrator's work."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.errors import KeyRingRefused
from crypto.tokens import import_public_jwk
from orgprofiles.base import new_id
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import (
    Organisation,
    OrganisationStatus,
    Professional,
    ProfessionalStatus,
    SecureMailDomain,
    Unit,
)
from verwijsindex import audit
from verwijsindex.audit import Action, Actor, ActorKind
from verwijsindex.clients import Client, ClientStatus, ClientUnit, LimitsClass, Scope
from verwijsindex.services import Services
from verwijsindex.use_cases.keep_admission import admission_of
from verwijsindex.use_cases.organisation_file import OrganisationFacts

_ADMINISTRATOR = Actor(ActorKind.ADMINISTRATOR)


class Refused(Exception):
    """What was asked cannot be; the message says why, in Dutch."""


def add_organisation(
    session: Session,
    services: Services,
    *,
    facts: OrganisationFacts,
    status: OrganisationStatus = OrganisationStatus.ACTIVE,
) -> Organisation:
    """Add an organisation with its units, legal bases, mail domains and professionals.

    Args:
        session: Committed here.
        services: Clock and audit key.
        facts: What there is of it.
        status: Active, or where it begins its way in: waiting or admitting.

    Raises:
        Refused: There is one of that name, or a training is to come.
    """
    if session.scalar(select(Organisation.id).where(Organisation.name == facts.name)):
        raise Refused(f"Er is al een organisatie met de naam {facts.name}.")
    today = services.today()
    to_come = [one["key"] for one in facts.professionals if (one["trained_on"] or today) > today]
    if to_come:
        raise Refused(f"De opleiding ligt in de toekomst van: {', '.join(to_come)}.")
    organisation = Organisation(
        id=new_id(),
        name=facts.name,
        status=status,
        sensitive=facts.sensitive,
        registers=facts.registers,
        bsn_basis=facts.bsn_basis,
        reference_pattern=facts.reference_pattern,
    )
    session.add(organisation)
    session.flush()
    units = {one["name"]: Unit(organisation_id=organisation.id, **one) for one in facts.units}
    session.add_all(units.values())
    session.flush()
    session.add_all(
        SecureMailDomain(organisation_id=organisation.id, mail_domain=one)
        for one in facts.secure_mail_domains
    )
    session.add_all(LegalBasis(organisation_id=organisation.id, **one) for one in facts.legal_bases)
    session.add_all(
        Professional(
            organisation_id=organisation.id,
            unit_id=units[one["unit_name"]].id,
            status=ProfessionalStatus.ACTIVE,
            **{name: value for name, value in one.items() if name != "unit_name"},
        )
        for one in facts.professionals
    )
    audit.record_deed(session, services, _ADMINISTRATOR, Action.ORGANISATION_ADDED, organisation.id)
    if status is OrganisationStatus.WAITING:
        admission_of(session, organisation.id).waiting_since = today
        audit.record_deed(
            session, services, _ADMINISTRATOR, Action.ORGANISATION_WAITING, organisation.id
        )
    elif status is OrganisationStatus.ADMITTING:
        admission_of(session, organisation.id).admitting_since = today
        audit.record_deed(
            session, services, _ADMINISTRATOR, Action.ORGANISATION_ADMITTING, organisation.id
        )
    session.commit()
    return organisation


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client that was just made.

    Attributes:
        id: Its client id.
        secret: Shown once; None where the client has a key of its own.
    """

    id: UUID
    secret: str | None = field(repr=False)


def add_client(
    session: Session,
    services: Services,
    *,
    organisation_name: str,
    name: str,
    scopes: Iterable[Scope],
    independent_units: Iterable[str] = (),
    limits: LimitsClass = LimitsClass.STANDARD,
    jwk: Mapping[str, Any] | None = None,
    actor: Actor = _ADMINISTRATOR,
) -> NewClient:
    """Give an organisation's source system access.

    Args:
        session: Committed here.
        services: Clock and audit key.
        organisation_name: Whose system it is.
        name: For the administrator.
        scopes: What it may do.
        independent_units: Names of independent units that it may act for;
            the other units are open to every client of the organisation.
        limits: How much it may have evaluated a day.
        jwk: Its public key; None: it gets a random secret of 256 bits.
        actor: Who does so.

    Raises:
        Refused: Unknown organisation or unit, or a key that cannot be used.
    """
    organisation = _organisation_named(session, organisation_name)
    if jwk is not None:
        try:
            import_public_jwk(jwk)
        except KeyRingRefused as refused:
            raise Refused(f"Deze sleutel kan niet: {refused}.") from None
    secret = None if jwk is not None else secrets.token_urlsafe(32)
    client = Client(
        id=new_id(),
        organisation_id=organisation.id,
        name=name,
        status=ClientStatus.ACTIVE,
        scopes=sorted(scope.value for scope in scopes),
        limits=limits,
        secret_hash=hashlib.sha256(secret.encode()).digest() if secret else None,
        jwk=dict(jwk) if jwk is not None else None,
    )
    session.add(client)
    session.flush()
    session.add_all(
        ClientUnit(client_id=client.id, unit_id=one)
        for one in _independent_units(session, organisation, independent_units)
    )
    audit.record_deed(session, services, actor, Action.CLIENT_ADDED, client.id)
    session.commit()
    return NewClient(client.id, secret)


def list_clients(session: Session, organisation_name: str) -> Sequence[Client]:
    """Return an organisation's clients by name, also those that were revoked.

    Raises:
        Refused: There is no such organisation.
    """
    organisation = _organisation_named(session, organisation_name)
    return session.scalars(
        select(Client)
        .where(Client.organisation_id == organisation.id)
        .order_by(Client.name, Client.id)
    ).all()


def allow_client(
    session: Session, services: Services, *, client_id: UUID, independent_units: Iterable[str]
) -> None:
    """Let a client act for more independent units of its organisation, from now on.

    Args:
        session: Committed here.
        services: Clock and audit key.
        client_id: Which client.
        independent_units: Their names; those that it may act for already stay so.

    Raises:
        Refused: There is no such client, it was revoked, or its organisation
            has no independent unit of that name; then none of them is opened.
    """
    client = session.get(Client, client_id)
    if client is None:
        raise Refused(_NO_CLIENT)
    if client.status is ClientStatus.REVOKED:
        raise Refused("Dit bronsysteem is uitgesloten; geef een nieuw toegang met client add.")
    organisation = session.get_one(Organisation, client.organisation_id)
    wanted = _independent_units(session, organisation, independent_units)
    has = set(session.scalars(select(ClientUnit.unit_id).where(ClientUnit.client_id == client_id)))
    session.add_all(ClientUnit(client_id=client_id, unit_id=one) for one in wanted - has)
    session.flush()
    audit.record_deed(session, services, _ADMINISTRATOR, Action.CLIENT_ALLOWED, client_id)
    session.commit()


def units_without_client(session: Session, organisation_id: UUID) -> list[str]:
    """Return the names of independent units that take part, but that no client may act for."""
    served = (
        select(ClientUnit.unit_id)
        .join(Client, Client.id == ClientUnit.client_id)
        .where(Client.status == ClientStatus.ACTIVE)
    )
    return list(
        session.scalars(
            select(Unit.name)
            .where(
                Unit.organisation_id == organisation_id,
                Unit.independent,
                Unit.takes_part,
                Unit.id.not_in(served),
            )
            .order_by(Unit.name)
        )
    )


def _organisation_named(session: Session, name: str) -> Organisation:
    found = session.scalars(select(Organisation).where(Organisation.name == name)).one_or_none()
    if found is None:
        raise Refused(f"Er is geen organisatie met de naam {name}.")
    return found


def _independent_units(
    session: Session, organisation: Organisation, names: Iterable[str]
) -> set[UUID]:
    there = {
        one.name: one.id
        for one in session.scalars(
            select(Unit).where(Unit.organisation_id == organisation.id, Unit.independent)
        )
    }
    found: set[UUID] = set()
    for name in names:
        if name not in there:
            raise Refused(f"{organisation.name} heeft geen zelfstandige afdeling {name}.")
        found.add(there[name])
    return found


_NO_CLIENT = "Er is geen client met dit id."


def revoke_client(
    session: Session, services: Services, *, client_id: UUID, actor: Actor = _ADMINISTRATOR
) -> None:
    """Shut a client out at once, with every token it has.

    Args:
        session: Committed here.
        services: Clock and audit key.
        client_id: Which client.
        actor: Who does so; whether it is theirs to do, was seen to before.

    Raises:
        Refused: There is no such client.
    """
    client = session.get(Client, client_id)
    if client is None:
        raise Refused(_NO_CLIENT)
    client.status = ClientStatus.REVOKED
    session.flush()
    audit.record_deed(session, services, actor, Action.CLIENT_REVOKED, client.id)
    session.commit()
