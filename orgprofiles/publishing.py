"""Putting a profile into force: from what it declares to the rows that registration goes by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from orgprofiles.base import new_id
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import Organisation, SecureMailDomain, Unit
from orgprofiles.profile import BsnBasis, Profile


class NameTaken(Exception):
    """Another organisation has this name; the session is to be rolled back."""


@dataclass(frozen=True, slots=True)
class PublicationEffect:
    """What a publication brings about besides.

    Attributes:
        changes_matching: Whether who may match whom has changed with it.
    """

    changes_matching: bool


def put_into_force(
    session: Session, organisation: Organisation, profile: Profile, *, now: datetime
) -> PublicationEffect:
    """Write what *profile* says into the rows that registration, matching and mail go by.

    A unit that the profile no longer names takes part no more; a legal basis
    that it no longer has is withdrawn from *now* (UTC) on. Neither is deleted,
    for signals name them.

    Units are written before their organisation. Both have names that are
    unique, and whoever registers holds its unit's row before it needs the
    organisation's: the other way round, the two could wait for each other.

    Raises:
        NameTaken: Somebody else took the name meanwhile.
    """
    identity, signalling = profile.identity, profile.signalling
    was_sensitive = organisation.sensitive
    independence_changed = _keep_units(session, organisation.id, profile)
    _keep_mail_domains(session, organisation.id, profile)
    _keep_bases(session, organisation.id, profile, now)
    organisation.name = identity.name
    organisation.sensitive = identity.sensitive
    organisation.bsn_basis = bsn_basis_text(identity.bsn_basis)
    organisation.reference_pattern = identity.reference_pattern
    organisation.default_months = signalling.default_months
    organisation.longest_months = signalling.longest_months
    organisation.follow_up_days = signalling.follow_up_days
    organisation.telling_ways = [one.value for one in profile.telling.ways]
    organisation.mailbox = profile.contact.mailbox
    try:
        session.flush()
    except IntegrityError as error:  # only its name can be in another's way
        raise NameTaken from error
    return PublicationEffect(independence_changed or was_sensitive != identity.sensitive)


def bsn_basis_text(basis: BsnBasis | None) -> str | None:
    """Return law and article as one line."""
    return f"{basis.law}, {basis.article}" if basis else None


def _keep_units(session: Session, organisation_id: UUID, profile: Profile) -> bool:
    there = {
        one.id: one
        for one in session.scalars(select(Unit).where(Unit.organisation_id == organisation_id))
    }
    named = {part.id for part in profile.units}
    changed = False
    for unit_id, unit in there.items():
        if unit_id not in named:
            unit.takes_part = False
    _free_names(session, there, profile)
    for part in profile.units:
        known = there.get(part.id) if part.id else None
        if known is None:
            known = Unit(id=part.id, organisation_id=organisation_id, domain=part.domain)
            session.add(known)
        else:
            changed = changed or known.independent != part.independent
        known.name, known.takes_part, known.independent = (
            part.name,
            part.takes_part,
            part.independent,
        )
        mailbox = part.mailbox or profile.contact.mailbox
        if known.mailbox != mailbox:
            known.mail_refused_at = None
        known.mailbox, known.phone = mailbox, part.phone
    session.flush()
    return changed


def _free_names(session: Session, there: dict[UUID, Unit], profile: Profile) -> None:
    """Take the names away that units get rid of: another may get one of them at once."""
    for part in profile.units:
        known = there.get(part.id) if part.id else None
        if known is not None and known.name != part.name:
            known.name = str(new_id())
    session.flush()


def _keep_mail_domains(session: Session, organisation_id: UUID, profile: Profile) -> None:
    session.execute(
        delete(SecureMailDomain).where(SecureMailDomain.organisation_id == organisation_id)
    )
    session.add_all(
        SecureMailDomain(organisation_id=organisation_id, mail_domain=one)
        for one in profile.identity.secure_mail_domains
    )
    session.flush()


def _keep_bases(session: Session, organisation_id: UUID, profile: Profile, now: datetime) -> None:
    in_use = session.scalars(
        select(LegalBasis).where(
            LegalBasis.organisation_id == organisation_id, LegalBasis.withdrawn_at.is_(None)
        )
    )
    # What may change on a basis that stays: when it ends, and when it is looked at again.
    there = {
        (one.domain, one.age_group, one.demands, one.may_defer, one.reference, one.valid_from): one
        for one in in_use
    }
    wanted: dict[tuple[Any, ...], dict[str, Any]] = {
        (part.domain, group, part.demands, part.may_defer, part.reference, part.valid_from): {
            "valid_until": part.valid_until,
            "review_on": part.review_on,
        }
        for part in profile.legal_bases
        for group in part.age_groups
    }
    for key, basis in there.items():
        if key not in wanted:
            basis.withdrawn_at = now
    session.flush()
    for key, rest in wanted.items():
        if key in there:
            there[key].valid_until, there[key].review_on = rest["valid_until"], rest["review_on"]
            continue
        names = ("domain", "age_group", "demands", "may_defer", "reference", "valid_from")
        session.add(
            LegalBasis(
                id=new_id(),
                organisation_id=organisation_id,
                withdrawn_at=None,
                **dict(zip(names, key, strict=True)),
                **rest,
            )
        )
    session.flush()
