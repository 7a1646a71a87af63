"""The ten profiles: as the API takes them, put into force as the use cases do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from importlib import resources
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from match.messages import NoticeKind, OutboxMessage
from orgprofiles.organisations import Unit
from verwijsindex.access import find_caller
from verwijsindex.api.profile_schemas import ConceptIn
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.clients import Scope
from verwijsindex.services import Services
from verwijsindex.use_cases.keep_profile import (
    agree,
    keep_waiting_times,
    publish,
    read_concept,
    save_concept,
)

_ADMINISTRATOR = Actor(ActorKind.ADMINISTRATOR)
#: How many weeks one waits, by product; of the other products nobody says.
_WAITING_WEEKS: Mapping[str, Mapping[str, int]] = {
    "centrum-voor-dienstverlening": {"maatschappelijk-werk": 7, "woonbegeleiding": 11},
    "centrum-voor-jeugd-en-gezin": {"opvoedadvies": 3, "jongerencoach": 9},
    "ggz": {"behandeling": 19, "jongeren": 14, "verslavingszorg": 5, "crisisdienst": 0},
    "juridisch-loket": {"advies": 1},
    "ouderenadviseurs": {"huisbezoek": 4},
    "sociaal-raadslieden": {"formulieren": 0, "spreekuur": 2},
    "sociaal-wijkteam": {"gezinshulp": 6, "zorg-thuis": 3},
    "sociale-dienst": {"schuldhulp": 4, "wmo": 8},
    "veilig-thuis": {"advies": 0},
}


def profile_files() -> dict[str, dict[str, Any]]:
    """Return what the profile files say, by slug, in alphabetical order."""
    folder = resources.files("verwijsindex.demo") / "profielen"
    files = sorted(
        (one for one in folder.iterdir() if one.name.endswith(".json")), key=lambda one: one.name
    )
    return {
        one.name.removesuffix(".json"): json.loads(one.read_text(encoding="utf-8")) for one in files
    }


def with_unit_ids(content: Mapping[str, Any], ids: Mapping[str, UUID]) -> dict[str, Any]:
    """Return a profile whose units are those of *ids*, by name."""
    units = [{"id": str(ids[one["naam"]]), **one} for one in content["afdelingen"]]
    return {**content, "afdelingen": units}


def reviewed_later(content: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Return a profile of which nothing is due for review: days in a year after *today*'s."""
    bases = [_later(one, today) if one["herzienDatum"] else one for one in content["grondslagen"]]
    return {**_later(content, today), "grondslagen": bases}


def _later(content: Mapping[str, Any], today: date) -> dict[str, Any]:
    day = date.fromisoformat(content["herzienDatum"])
    if day.year <= today.year:
        day = day.replace(year=today.year + 1)
    return {**content, "herzienDatum": day.isoformat()}


def publish_profile(
    services: Services, *, slug: str, organisation_id: UUID, client_id: UUID
) -> None:
    """Save the profile of *slug* as the organisation's client, agree to it, and publish it."""
    claims = {"sub": str(client_id), "org": str(organisation_id), "scope": Scope.PROFILES.value}
    with services.sessions() as session:
        caller = find_caller(session, claims)
        if caller is None:
            raise RuntimeError("the client was admitted just now")
        units = session.scalars(select(Unit).where(Unit.organisation_id == organisation_id))
        content = with_unit_ids(profile_files()[slug], {one.name: one.id for one in units})
        content = reviewed_later(content, services.today())
        seen = read_concept(session, services, caller=caller, organisation_id=organisation_id)
        saved = save_concept(
            session,
            services,
            caller=caller,
            organisation_id=organisation_id,
            if_match=seen.etag,
            parts=ConceptIn().load(content),
        )
        agreed = agree(
            session,
            services,
            actor=_ADMINISTRATOR,
            organisation_id=organisation_id,
            if_match=saved.etag,
        )
        publish(
            session,
            services,
            actor=_ADMINISTRATOR,
            organisation_id=organisation_id,
            if_match=agreed.etag,
        )
        if slug in _WAITING_WEEKS:
            keep_waiting_times(
                session,
                services,
                caller=caller,
                organisation_id=organisation_id,
                weeks=_WAITING_WEEKS[slug],
            )


def forget_notices(services: Services) -> None:
    """Take back the mails about the first profiles: whoever begins together needs no news."""
    with services.sessions() as session:
        session.execute(
            delete(OutboxMessage).where(OutboxMessage.kind == NoticeKind.PROFILE_PUBLISHED)
        )
        session.commit()
