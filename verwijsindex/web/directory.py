"""Who takes part, and whose mail address is whose: for the pages of the demonstration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from match.matches import Match, MatchStatus
from match.signals import Signal, SignalStatus
from orgprofiles.organisations import (
    Organisation,
    OrganisationStatus,
    Professional,
    SecureMailDomain,
    Unit,
)


@dataclass(frozen=True, slots=True)
class Addressee:
    """A mail address and whose it is.

    Attributes:
        id: The professional's or the unit's.
        name: For people.
        address: Lower case.
    """

    id: UUID
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class OrganisationEntry:
    """An organisation as the start page shows it."""

    id: UUID
    name: str
    sensitive: bool
    bsn_basis: str | None
    has_secure_mail: bool
    units: Sequence[Unit]
    addressees: Sequence[Addressee]


@dataclass(frozen=True, slots=True)
class Totals:
    """How much there is at this moment."""

    signals: int
    matches: int


def read_organisations(session: Session) -> list[OrganisationEntry]:
    """Return who takes part, or did, by name, in four queries; not who is on the way in."""
    units: dict[UUID, list[Unit]] = {}
    for unit in session.scalars(select(Unit).order_by(Unit.id)):
        units.setdefault(unit.organisation_id, []).append(unit)
    professionals: dict[UUID, list[Professional]] = {}
    for one in session.scalars(select(Professional).order_by(Professional.name)):
        professionals.setdefault(one.organisation_id, []).append(one)
    secure = set(session.scalars(select(SecureMailDomain.organisation_id)))
    return [
        OrganisationEntry(
            id=one.id,
            name=one.name,
            sensitive=one.sensitive,
            bsn_basis=one.bsn_basis,
            has_secure_mail=one.id in secure,
            units=units.get(one.id, []),
            addressees=_addressees(units.get(one.id, []), professionals.get(one.id, [])),
        )
        for one in session.scalars(
            select(Organisation)
            .where(Organisation.status.in_([OrganisationStatus.ACTIVE, OrganisationStatus.STOPPED]))
            .order_by(Organisation.name)
        )
    ]


def read_totals(session: Session) -> Totals:
    """Return how many active signals and open matches there are."""
    signals = session.scalar(
        select(func.count()).select_from(Signal).where(Signal.status == SignalStatus.ACTIVE)
    )
    matches = session.scalar(
        select(func.count()).select_from(Match).where(Match.status == MatchStatus.OPEN)
    )
    return Totals(signals or 0, matches or 0)


def names_by_address(organisations: Sequence[OrganisationEntry]) -> Mapping[str, str]:
    """Return name and organisation by mail address; the first where several share one."""
    names: dict[str, str] = {}
    for organisation in organisations:
        for one in organisation.addressees:
            names.setdefault(one.address, f"{one.name}, {organisation.name}")
    return names


def _addressees(units: Sequence[Unit], professionals: Sequence[Professional]) -> list[Addressee]:
    people = [Addressee(one.id, one.name, one.email.lower()) for one in professionals]
    teams: dict[str, Addressee] = {}
    for unit in units:
        mailbox = unit.mailbox.lower()
        shared = teams.get(mailbox)
        name = f"{shared.name} en {unit.name}" if shared else unit.name
        teams[mailbox] = Addressee(shared.id if shared else unit.id, name, mailbox)
    return people + [replace(one, name=f"{one.name} (postbus)") for one in teams.values()]
