"""Versions of the matching rules: a version is the whole set, and never changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from match.rules import (
    DomainKey,
    OrganisationKey,
    RuleBook,
    RuleEffect,
    Sensitivity,
)
from orgprofiles.base import Base, UtcDateTime, new_id, word
from orgprofiles.domains import Domain


class RuleVersion(Base):
    """A version of the rules; the highest is in force."""

    __tablename__ = "matching_rule_versions"
    __table_args__ = (CheckConstraint("version > 0", name="from_one"),)

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: A client's id, or a fixed word: ``beheerder`` (command line), ``startset``.
    made_by: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(300))


class MatchRule(Base):
    """A rule of a version: for two domains, or for two organisations."""

    __tablename__ = "matching_rules"
    __table_args__ = (
        UniqueConstraint("version", "low_domain", "high_domain", "sensitivity"),
        # A name of its own: by convention it is longer than PostgreSQL allows.
        Index(
            "uq_matching_rules_organisations",
            "version",
            "low_organisation_id",
            "high_organisation_id",
            unique=True,
        ),
        CheckConstraint("low_domain <= high_domain", name="domains_in_order"),
        CheckConstraint(
            "low_organisation_id < high_organisation_id", name="organisations_in_order"
        ),
        CheckConstraint(
            "(low_domain IS NULL) = (high_domain IS NULL)"
            " AND (low_domain IS NULL) = (sensitivity IS NULL)"
            " AND (low_domain IS NULL) = (low_organisation_id IS NOT NULL)"
            " AND (low_domain IS NULL) = (high_organisation_id IS NOT NULL)",
            name="domains_or_organisations",
        ),
        CheckConstraint(
            "effect <> 'eerst_gevoelige_kant' OR sensitivity IS NULL OR sensitivity = 'een'",
            name="first_of_one_sensitive_side",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version: Mapped[int] = mapped_column(ForeignKey("matching_rule_versions.version"))
    #: The two domains' values in alphabetical order.
    low_domain: Mapped[Domain | None] = mapped_column(word(Domain))
    high_domain: Mapped[Domain | None] = mapped_column(word(Domain))
    sensitivity: Mapped[Sensitivity | None] = mapped_column(word(Sensitivity))
    low_organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    high_organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    effect: Mapped[RuleEffect] = mapped_column(word(RuleEffect))
    #: The law or agreement.
    basis: Mapped[str] = mapped_column(String(300))
    #: The document and place where it can be read.
    reference: Mapped[str] = mapped_column(String(300))


@dataclass(frozen=True, slots=True)
class GroundedEffect:
    """What a rule does, and on what ground.

    Attributes:
        effect: What it does.
        basis: The law or agreement.
        reference: The document and place where that can be read.
    """

    effect: RuleEffect
    basis: str
    reference: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A whole set of rules, with their grounds; what a version is made of."""

    domains: Mapping[DomainKey, GroundedEffect] = field(default_factory=dict)
    organisations: Mapping[OrganisationKey, GroundedEffect] = field(default_factory=dict)

    def book(self, version: int) -> RuleBook:
        """Return what decides, as *version*."""
        return RuleBook(
            version,
            {key: rule.effect for key, rule in self.domains.items()},
            {key: rule.effect for key, rule in self.organisations.items()},
        )


def version_in_force(session: Session) -> int:
    """Return the highest version; 0 where there is none, and so no match."""
    return session.scalar(select(func.max(RuleVersion.version))) or 0


def load_rule_set(session: Session, version: int) -> RuleSet:
    """Return the rules of *version*; an unknown version has none."""
    rules = session.scalars(
        select(MatchRule).where(MatchRule.version == version).order_by(MatchRule.id)
    )
    domains: dict[DomainKey, GroundedEffect] = {}
    organisations: dict[OrganisationKey, GroundedEffect] = {}
    for rule in rules:
        grounded = GroundedEffect(rule.effect, rule.basis, rule.reference)
        if rule.low_domain and rule.high_domain and rule.sensitivity:
            domains[rule.low_domain, rule.high_domain, rule.sensitivity] = grounded
        elif rule.low_organisation_id and rule.high_organisation_id:
            organisations[rule.low_organisation_id, rule.high_organisation_id] = grounded
    return RuleSet(domains, organisations)


def load_rule_book(session: Session, version: int) -> RuleBook:
    """Return what decides in *version*."""
    return load_rule_set(session, version).book(version)


def add_version(session: Session, version: RuleVersion, rules: RuleSet) -> None:
    """Write a new version; in the caller's transaction.

    Raises:
        IntegrityError: Somebody else wrote that version meanwhile.
    """
    session.add(version)
    session.flush()
    session.add_all(
        [
            MatchRule(
                version=version.version,
                low_domain=low,
                high_domain=high,
                sensitivity=sensitivity,
                effect=rule.effect,
                basis=rule.basis,
                reference=rule.reference,
            )
            for (low, high, sensitivity), rule in rules.domains.items()
        ]
    )
    session.add_all(
        [
            MatchRule(
                version=version.version,
                low_organisation_id=low,
                high_organisation_id=high,
                effect=rule.effect,
                basis=rule.basis,
                reference=rule.reference,
            )
            for (low, high), rule in rules.organisations.items()
        ]
    )
    session.flush()


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """A rule that is not the same in two versions; None: not there."""

    key: DomainKey | OrganisationKey
    before: GroundedEffect | None
    after: GroundedEffect | None


def differences(before: RuleSet, after: RuleSet) -> list[RuleDifference]:
    """Return what differs, domains first, in a fixed order."""
    return [
        *_differing(before.domains, after.domains),
        *_differing(before.organisations, after.organisations),
    ]


def _differing(
    before: Mapping[DomainKey, GroundedEffect] | Mapping[OrganisationKey, GroundedEffect],
    after: Mapping[DomainKey, GroundedEffect] | Mapping[OrganisationKey, GroundedEffect],
) -> list[RuleDifference]:
    keys: Collection[DomainKey | OrganisationKey] = {*before, *after}
    found = []
    for key in sorted(keys, key=lambda one: tuple(str(part) for part in one)):
        old, new = before.get(key), after.get(key)  # type: ignore[arg-type]
        if old != new:
            found.append(RuleDifference(key, old, new))
    return found
