"""Letters about profiles: to partners when one was published, to its keeper when it is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.messages import NoticeKind, OutboxMessage
from orgprofiles.comparing import differences
from orgprofiles.organisations import Organisation, OrganisationStatus
from orgprofiles.profile_versions import ProfileState, ProfileVersion
from verwijsindex.dutch import dutch_date
from verwijsindex.mail.letters import Letter
from verwijsindex.mail.templating import TEMPLATES
from verwijsindex.services import Services

#: What people call the parts of a profile.
PART_TITLES = {
    "identiteit": "wie en voor wie",
    "afdelingen": "afdelingen",
    "signaleren": "wanneer gesignaleerd wordt",
    "informeren": "hoe cliënten het horen",
    "grondslagen": "grondslagen",
    "producten": "aanbod",
    "routes": "hoe u verwijst",
    "toestemming": "toestemming",
    "terugkoppeling": "terugkoppeling",
    "doorverwijzen": "doorverwijzen",
    "nietVerschenen": "als een cliënt niet komt",
    "reactietijden": "reactietijden",
    "contact": "contact en openingstijden",
    "herzienDatum": "datum van herziening",
}


def compose_about_profiles(
    session: Session, services: Services, rows: Sequence[OutboxMessage]
) -> dict[UUID, Letter | None]:
    """Return the letter for each of *rows*; None where there is nothing to tell any more."""
    if not rows:
        return {}
    versions = {
        one.id: one
        for one in session.scalars(
            select(ProfileVersion).where(
                ProfileVersion.id.in_({row.profile_version_id for row in rows})
            )
        )
    }
    organisations = {
        one.id: one
        for one in session.scalars(
            select(Organisation).where(
                Organisation.id.in_(
                    {row.organisation_id for row in rows}
                    | {one.organisation_id for one in versions.values()}
                )
            )
        )
    }
    histories = _histories(session, [one.organisation_id for one in versions.values()])
    letters: dict[UUID, Letter | None] = {}
    for row in rows:
        version = versions[row.profile_version_id or row.id]
        recipient = organisations[row.organisation_id or row.id]
        history = histories[version.organisation_id]
        values = {
            "kind": row.kind,
            "kinds": NoticeKind,
            "name": organisations[version.organisation_id].name,
            "version": version.number,
            "link": f"{services.settings.base_url}/sociale-kaart/{version.organisation_id}",
        }
        if row.kind is NoticeKind.PROFILE_REVIEW:
            if version.number != max(history):
                letters[row.id] = None
                continue
            address = str(version.content["contact"]["coordinator"]["email"])
            values |= {"due": dutch_date(version.review_on or version.saved_at)}
        else:
            if recipient.mailbox is None or recipient.status is not OrganisationStatus.ACTIVE:
                letters[row.id] = None
                continue
            address = recipient.mailbox
            before = history.get(version.number - 1)
            values |= {
                "published": dutch_date(version.published_at or version.saved_at),
                "changed": _changed(before, version.content),
                "comparison": f"{values['link']}/vergelijking?van={version.number - 1}"
                f"&naar={version.number}",
            }
        letters[row.id] = _letter(row.id, address, values)
    return letters


def _histories(
    session: Session, organisation_ids: Sequence[UUID]
) -> dict[UUID, dict[int, Mapping[str, Any]]]:
    found: dict[UUID, dict[int, Mapping[str, Any]]] = {}
    for one in session.scalars(
        select(ProfileVersion).where(
            ProfileVersion.organisation_id.in_(organisation_ids),
            ProfileVersion.state == ProfileState.PUBLISHED,
        )
    ):
        found.setdefault(one.organisation_id, {})[one.number] = one.content
    return found


def _changed(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[str]:
    """Return what people call the parts that differ; nothing for a first version."""
    if before is None:
        return []
    names = {one.path[0] for one in differences(before, after)}
    return [title for name, title in PART_TITLES.items() if name in names]


def _letter(message_id: UUID, address: str, values: dict[str, Any]) -> Letter:
    if values["kind"] is NoticeKind.PROFILE_REVIEW:
        subject = f"Kijk het profiel van {values['name']} na"
    elif values["version"] == 1:
        subject = f"Nieuw in de verwijsindex: het profiel van {values['name']}"
    else:
        subject = f"Het profiel van {values['name']} is gewijzigd"
    values = {**values, "subject": subject}
    return Letter(
        message_id,
        address,
        subject,
        TEMPLATES.get_template("profile.txt").render(values),
        TEMPLATES.get_template("profile.html").render(values),
    )
