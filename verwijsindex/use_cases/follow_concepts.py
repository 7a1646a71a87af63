"""Which concepts of profiles wait for somebody: the administrator's overview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy import select
from sqlalchemy.orm import Session

from orgprofiles.profile_checks import completeness_faults
from orgprofiles.profile_versions import ProfileState, ProfileVersion
from verwijsindex.use_cases.keep_profile import profile_of


@dataclass(frozen=True, slots=True)
class OpenConcept:
    """A version of a profile that is not published yet.

    Attributes:
        etag: What is agreed to, ``<number>.<revision>``.
        is_agreed: Whether the administrator agreed to exactly this.
        is_complete: Whether agreeing to it would not be refused.
    """

    etag: str
    is_agreed: bool
    is_complete: bool

    @property
    def to_do(self) -> str | None:
        """What is to be done next, in Dutch; None while the organisation works on it."""
        if self.is_agreed:
            return f"concept {self.etag}: publiceren"
        return f"concept {self.etag}: akkoord geven" if self.is_complete else None


def open_concepts(session: Session, ids: Sequence[UUID], *, today: date) -> dict[UUID, OpenConcept]:
    """Return the concepts of the organisations *ids*, in one query; most have none."""
    found = session.scalars(
        select(ProfileVersion).where(
            ProfileVersion.organisation_id.in_(ids),
            ProfileVersion.state != ProfileState.PUBLISHED,
        )
    )
    return {
        one.organisation_id: OpenConcept(
            one.etag, one.state is ProfileState.AGREED, _is_complete(one.content, today)
        )
        for one in found
    }


def _is_complete(content: Mapping[str, Any], today: date) -> bool:
    try:
        return not completeness_faults(profile_of(content), today)
    except ma.ValidationError:
        return False
