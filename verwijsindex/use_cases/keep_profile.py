"""Working on a profile: a concept is saved, agreed to by the administrator, and published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy import select
from sqlalchemy.orm import Session

from match.messages import NoticeKind
from match.outbox import enqueue_for_organisations
from match.reviews import request_reviews
from orgprofiles.base import new_id
from orgprofiles.organisations import Organisation, OrganisationStatus, Unit
from orgprofiles.profile import Profile, UnitPart
from orgprofiles.profile_checks import Fault, completeness_faults, part_faults
from orgprofiles.profile_versions import (
    ProfileState,
    ProfileVersion,
    WaitingTime,
    etag,
    newest_published,
    unpublished,
)
from orgprofiles.publishing import NameTaken, put_into_force
from verwijsindex import audit, event_log
from verwijsindex.access import Caller
from verwijsindex.api.profile_schemas import ProfileSchema
from verwijsindex.audit import Action, Actor
from verwijsindex.clients import Scope
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.http.strict_json import faults as schema_faults
from verwijsindex.services import Services
from verwijsindex.use_cases.check_publication import NAME_TAKEN, require_publishable

_SCHEMA = ProfileSchema()
#: The parts of a profile, by their names outside.
PART_NAMES = [str(field.data_key or name) for name, field in _SCHEMA.fields.items()]


@dataclass(frozen=True, slots=True)
class ConceptView:
    """What is being worked on.

    Attributes:
        number: Which version it will be.
        state: None while nothing was saved: then the content is what is in force.
        etag: To be sent back as ``If-Match``.
        content: A profile as the API has it; None where there is none at all.
        missing: Parts that it lacks, by their names outside.
    """

    number: int
    state: ProfileState | None
    etag: str
    content: Mapping[str, Any] | None
    missing: list[str]


def profile_of(content: Mapping[str, Any]) -> Profile:
    """Return the value of a stored content that has every part.

    Raises:
        marshmallow.ValidationError: It has not.
    """
    return Profile(**_SCHEMA.load(content))


def read_concept(
    session: Session, _services: Services, *, caller: Caller, organisation_id: UUID
) -> ConceptView:
    """Return what is being worked on, or what it would start from.

    Raises:
        Problem: 404 for whoever neither keeps this profile nor agrees to it.
    """
    _require_keeper(session, caller, organisation_id)
    view = _view(session, organisation_id)
    session.commit()
    return view


def save_concept(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    organisation_id: UUID,
    if_match: str | None,
    parts: Mapping[str, Any],
) -> ConceptView:
    """Save *parts* as the whole concept; what was agreed to is no longer, unless nothing changed.

    Args:
        session: Committed here.
        services: Clock and audit key.
        caller: Its organisation's own client.
        organisation_id: Whose profile.
        if_match: The ETag that the caller has seen.
        parts: Values by name in :class:`Profile`; a concept may lack some.

    Raises:
        Problem: 404 for another organisation's; 428 without *if_match*; 412
            when somebody saved meanwhile; 400 with all faults.
    """
    if caller.organisation_id != organisation_id:
        raise Problem(404)
    _lock(session, organisation_id)
    current = _view(session, organisation_id)
    _require_match(if_match, current)
    found = unpublished(session, organisation_id)
    units = _with_ids(parts.get("units"))
    known = dict(parts) | ({"units": units} if units is not None else {})
    faults = part_faults(known) + _unit_faults(session, organisation_id, parts, current)
    if faults:
        raise InvalidInput(_params(faults))
    content = _SCHEMA.dump(known)
    now = services.clock()
    if found is None:
        found = ProfileVersion(
            id=new_id(),
            organisation_id=organisation_id,
            number=current.number,
            revision=1,
            state=ProfileState.CONCEPT,
            content=content,
            saved_at=now,
        )
        session.add(found)
    elif found.content != content:
        found.content, found.saved_at = content, now
        found.revision += 1
        found.state, found.agreed_at = ProfileState.CONCEPT, None
    session.flush()
    audit.record_deed(session, services, caller.actor, Action.PROFILE_SAVED, found.id)
    view = _view(session, organisation_id)
    session.commit()
    return view


def agree(
    session: Session,
    services: Services,
    *,
    actor: Actor,
    organisation_id: UUID,
    if_match: str | None,
) -> ConceptView:
    """Agree to a concept, as it was seen: the administrator's part. Again changes nothing.

    Raises:
        Problem: 404 without a concept; 428, 412 as for saving; 409 with what it lacks.
    """
    _lock(session, organisation_id)
    found = unpublished(session, organisation_id)
    if found is None:
        raise Problem(404, "Er is geen concept om akkoord op te geven.")
    _require_match(if_match, _view(session, organisation_id))
    _require_complete(found.content, services.today())
    if found.state is ProfileState.CONCEPT:
        found.state, found.agreed_at = ProfileState.AGREED, services.clock()
        session.flush()
        audit.record_deed(session, services, actor, Action.PROFILE_AGREED, found.id)
    view = _view(session, organisation_id)
    session.commit()
    return view


def publish(
    session: Session,
    services: Services,
    *,
    actor: Actor,
    organisation_id: UUID,
    if_match: str | None,
    no_longer_sensitive: bool = False,
) -> ProfileVersion:
    """Put the agreed concept into force, from this moment, and tell the partners.

    Those of an organisation that is being admitted hear of it when it is active.

    Args:
        session: Committed here.
        services: Clock and audit key.
        actor: The organisation's own client, or the administrator.
        organisation_id: Whose profile.
        if_match: The ETag that the caller has seen.
        no_longer_sensitive: Confirms that a sensitive organisation is so no more.

    Raises:
        Problem: 404 without a concept; 428, 412 as for saving; 409 when nobody
            agreed to it, or when it would change what signals rest on.
    """
    organisation = _lock(session, organisation_id)
    found = unpublished(session, organisation_id)
    if found is None:
        raise Problem(404, "Er is geen concept om te publiceren.")
    _require_match(if_match, _view(session, organisation_id))
    if found.state is not ProfileState.AGREED:
        raise Problem(409, "De beheerder van de verwijsindex moet eerst akkoord geven.")
    profile = _require_complete(found.content, services.today())
    require_publishable(session, organisation, profile, no_longer_sensitive=no_longer_sensitive)
    now = services.clock()
    try:
        effect = put_into_force(session, organisation, profile, now=now)
    except NameTaken:
        session.rollback()
        raise Problem(409, NAME_TAKEN) from None
    if effect.changes_matching:
        request_reviews(
            session,
            organisation_ids=[organisation_id],
            now=now,
            digest_due=services.settings.digest.due(now),
        )
    found.state, found.published_at = ProfileState.PUBLISHED, now
    found.review_on = min(
        [profile.review_on, *(one.review_on for one in profile.legal_bases if one.review_on)]
    )
    session.flush()
    if organisation.status is OrganisationStatus.ACTIVE:
        tell_partners(session, found, event_id=found.id, now=now)
    audit.record_deed(session, services, actor, Action.PROFILE_PUBLISHED, found.id)
    session.commit()
    event_log.log(event_log.PROFILE_PUBLISHED, organisation_id=organisation_id, number=found.number)
    return found


def tell_partners(
    session: Session, version: ProfileVersion, *, event_id: UUID, now: datetime
) -> None:
    """Write a message about a published profile for each partner that takes part."""
    partners = session.scalars(
        select(Organisation.id).where(
            Organisation.status == OrganisationStatus.ACTIVE,
            Organisation.id != version.organisation_id,
            Organisation.mailbox.is_not(None),
        )
    ).all()
    enqueue_for_organisations(
        session,
        NoticeKind.PROFILE_PUBLISHED,
        partners,
        event_id=event_id,
        profile_version_id=version.id,
        now=now,
    )


def keep_waiting_times(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    organisation_id: UUID,
    weeks: Mapping[str, int],
) -> None:
    """Say how many weeks one waits for each product now; it acts at once.

    Raises:
        Problem: 404 for another organisation's; 409 before a profile was
            published; 400 for a product that the profile has not.
    """
    if caller.organisation_id != organisation_id:
        raise Problem(404)
    _lock(session, organisation_id)
    published = newest_published(session, organisation_id)
    if published is None:
        raise Problem(409, "Publiceer eerst een profiel; daarin staan de producten.")
    known = {one["sleutel"] for one in published.content["producten"]}
    if not known.issuperset(weeks):
        raise InvalidInput([{"name": "wachttijden", "reason": "noemt een onbekend product"}])
    now = services.clock()
    there = {
        one.product_key: one
        for one in session.scalars(
            select(WaitingTime).where(WaitingTime.organisation_id == organisation_id)
        )
    }
    for key, count in weeks.items():
        if key in there:
            there[key].weeks, there[key].updated_at = count, now
        else:
            session.add(
                WaitingTime(
                    organisation_id=organisation_id, product_key=key, weeks=count, updated_at=now
                )
            )
    for key in there.keys() - weeks.keys():
        session.delete(there[key])
    session.flush()
    audit.record_deed(session, services, caller.actor, Action.WAITING_TIME_KEPT, organisation_id)
    session.commit()


def _lock(session: Session, organisation_id: UUID) -> Organisation:
    """Return the organisation, locked: one change of a profile at a time.

    Not against those who only name its row, as every registration does.
    """
    found = session.scalars(
        select(Organisation)
        .where(Organisation.id == organisation_id)
        .with_for_update(key_share=True)
    ).one_or_none()
    if found is None:
        raise Problem(404)
    return found


def _require_keeper(session: Session, caller: Caller, organisation_id: UUID) -> None:
    if caller.organisation_id == organisation_id:
        return
    if Scope.ADMINISTRATION not in caller.scopes or not session.get(Organisation, organisation_id):
        raise Problem(404)


def _view(session: Session, organisation_id: UUID) -> ConceptView:
    found = unpublished(session, organisation_id)
    published = newest_published(session, organisation_id)
    number = published.number + 1 if published else 1
    content = found.content if found else published.content if published else None
    missing = [name for name in PART_NAMES if name not in (content or {})]
    if found is None:
        return ConceptView(number, None, etag(number, 0), content, missing)
    return ConceptView(number, found.state, found.etag, content, missing)


def _require_match(if_match: str | None, current: ConceptView) -> None:
    if if_match is None:
        raise Problem(428)
    if if_match != current.etag:
        raise Problem(412)


def _require_complete(content: Mapping[str, Any], today: date) -> Profile:
    try:
        profile = profile_of(content)
    except ma.ValidationError as error:
        found = schema_faults(error.messages, _SCHEMA)
    else:
        found = _params(completeness_faults(profile, today))
        if not found:
            return profile
    raise Problem(409, "Het concept kan nog niet gelden.", invalid_params=found)


def _with_ids(units: list[UnitPart] | None) -> list[UnitPart] | None:
    """Return the units, new ones with the id that they will have."""
    if units is None:
        return None
    return [one if one.id else replace(one, id=new_id()) for one in units]


def _unit_faults(
    session: Session, organisation_id: UUID, parts: Mapping[str, Any], current: ConceptView
) -> list[Fault]:
    there = {
        one.id: one
        for one in session.scalars(select(Unit).where(Unit.organisation_id == organisation_id))
    }
    in_concept = {one.get("id") for one in (current.content or {}).get("afdelingen", ())}
    asked: list[UnitPart] = parts.get("units", [])
    ids = {one.id for one in asked}
    taken = {one.name.casefold() for one in there.values() if one.id not in ids}
    found: list[Fault] = []
    for place, part in enumerate(asked):
        name = f"afdelingen[{place}]"
        known = there.get(part.id) if part.id else None
        if part.id and known is None and str(part.id) not in in_concept:
            found.append((f"{name}.id", "is geen afdeling van uw organisatie"))
        if known is not None and known.domain is not part.domain:
            reason = "kan niet veranderen; maak een nieuwe afdeling en laat deze stoppen"
            found.append((f"{name}.domein", reason))
        if part.name.casefold() in taken:
            found.append(
                (f"{name}.naam", "is die van een afdeling die u al hebt; geef haar id mee")
            )
    return found


def _params(faults: list[Fault]) -> list[InvalidParam]:
    return [{"name": name, "reason": reason} for name, reason in faults]
