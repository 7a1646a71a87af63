"""Versions of the rule on leads (regieafspraak): who is asked first to keep the overview.

A version is the whole rule, an ordered list, and never changes. With no
version, or an empty one, nobody is asked by rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from match.case_leads import Lead
from orgprofiles.base import Base, UtcDateTime, new_id, word
from orgprofiles.domains import Domain


class PreferenceKind(StrEnum):
    """What a place in the rule names."""

    DOMAIN = "domein"  #: a participant of that domain
    ORGANISATION = "organisatie"  #: a participant of that organisation
    DIRECTOR = "matchregisseur"  #: somebody whose role it is, who takes no part


@dataclass(frozen=True, slots=True)
class Preference:
    """A place in the rule: one of the three."""

    domain: Domain | None = None
    organisation_id: UUID | None = None
    director_id: UUID | None = None

    @property
    def kind(self) -> PreferenceKind:
        """Which of the three."""
        if self.domain is not None:
            return PreferenceKind.DOMAIN
        return PreferenceKind.DIRECTOR if self.director_id else PreferenceKind.ORGANISATION


class LeadRuleVersion(Base):
    """A version of the rule; the highest is in force."""

    __tablename__ = "lead_rule_versions"
    __table_args__ = (CheckConstraint("version > 0", name="from_one"),)

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: A client's id, or a fixed word: ``beheerder`` (command line).
    made_by: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(300))


class LeadPreference(Base):
    """A place in a version of the rule."""

    __tablename__ = "lead_preferences"
    __table_args__ = (
        UniqueConstraint("version", "place"),
        CheckConstraint("(kind = 'domein') = (domain IS NOT NULL)", name="domain"),
        CheckConstraint(
            "(kind = 'organisatie') = (organisation_id IS NOT NULL)", name="organisation"
        ),
        CheckConstraint("(kind = 'matchregisseur') = (director_id IS NOT NULL)", name="director"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version: Mapped[int] = mapped_column(ForeignKey("lead_rule_versions.version"))
    #: From 1; the lowest is asked first.
    place: Mapped[int]
    kind: Mapped[PreferenceKind] = mapped_column(word(PreferenceKind))
    domain: Mapped[Domain | None] = mapped_column(word(Domain))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    #: The account of a match regisseur; no foreign key, for accounts are of a package above.
    director_id: Mapped[UUID | None]


@dataclass(frozen=True, slots=True)
class LeadRule:
    """The rule of a version.

    Attributes:
        version: 0 where there never was one.
        preferences: Whom to ask, the first first.
    """

    version: int = 0
    preferences: Sequence[Preference] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A participant who could be asked."""

    participation_id: UUID
    organisation_id: UUID
    domain: Domain


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom the rule asks, and the place in the rule that did it (from 0)."""

    lead: Lead
    place: int


def choose_lead(
    rule: LeadRule,
    candidates: Iterable[Candidate],
    *,
    directors: Collection[UUID],
    refused: Collection[Lead],
) -> Choice | None:
    """Return whom *rule* asks of *candidates*; None when it names nobody who is left.

    Args:
        rule: In force.
        candidates: Who could be asked, the longest involved first: that one is asked where
            a place names several.
        directors: The accounts that may direct a match at this moment.
        refused: Who declined, or laid the lead down: not asked again.
    """
    present = list(candidates)
    for place, one in enumerate(rule.preferences):
        if one.director_id is not None:
            leads = [Lead(director_id=one.director_id)] if one.director_id in directors else []
        else:
            leads = [
                Lead(participation_id=candidate.participation_id)
                for candidate in present
                if one
                in (
                    Preference(domain=candidate.domain),
                    Preference(organisation_id=candidate.organisation_id),
                )
            ]
        for lead in leads:
            if lead not in refused:
                return Choice(lead, place)
    return None


def lead_rule_version(session: Session) -> int:
    """Return the version in force; 0 where there is none."""
    return session.scalar(select(func.max(LeadRuleVersion.version))) or 0


def load_lead_rule(session: Session, version: int) -> LeadRule:
    """Return the rule of *version*; an unknown version asks nobody."""
    rows = session.scalars(
        select(LeadPreference)
        .where(LeadPreference.version == version)
        .order_by(LeadPreference.place)
    )
    return LeadRule(
        version, [Preference(one.domain, one.organisation_id, one.director_id) for one in rows]
    )


def add_lead_rule(
    session: Session, version: LeadRuleVersion, preferences: Iterable[Preference]
) -> None:
    """Write a new version; in the caller's transaction.

    Raises:
        IntegrityError: Somebody else wrote that version meanwhile.
    """
    session.add(version)
    session.flush()
    session.add_all(
        LeadPreference(
            version=version.version,
            place=place,
            kind=one.kind,
            domain=one.domain,
            organisation_id=one.organisation_id,
            director_id=one.director_id,
        )
        for place, one in enumerate(preferences, start=1)
    )
    session.flush()
