"""Reminding organisations of the day on which they said they would look at their profile again."""

from __future__ import annotations

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from match.messages import NoticeKind, OutboxMessage
from match.outbox import enqueue_for_organisations
from orgprofiles.organisations import Organisation, OrganisationStatus
from orgprofiles.profile_versions import ProfileState, ProfileVersion
from verwijsindex.services import Services


def remind_reviews(session: Session, services: Services) -> int:
    """Write a reminder for each profile in force that is due; return how many. The caller commits.

    Once for each version: a message of this kind for it is the memory of that.
    """
    newest = (
        select(ProfileVersion.organisation_id, func.max(ProfileVersion.number).label("number"))
        .where(ProfileVersion.state == ProfileState.PUBLISHED)
        .group_by(ProfileVersion.organisation_id)
        .subquery()
    )
    due = session.execute(
        select(ProfileVersion.id, ProfileVersion.organisation_id)
        .join(
            newest,
            (newest.c.organisation_id == ProfileVersion.organisation_id)
            & (newest.c.number == ProfileVersion.number),
        )
        .join(Organisation, Organisation.id == ProfileVersion.organisation_id)
        .where(
            Organisation.status == OrganisationStatus.ACTIVE,
            ProfileVersion.review_on <= services.today(),
            ~exists().where(
                OutboxMessage.profile_version_id == ProfileVersion.id,
                OutboxMessage.kind == NoticeKind.PROFILE_REVIEW,
            ),
        )
    ).all()
    for version_id, organisation_id in due:
        enqueue_for_organisations(
            session,
            NoticeKind.PROFILE_REVIEW,
            [organisation_id],
            event_id=version_id,
            profile_version_id=version_id,
            now=services.clock(),
        )
    return len(due)
