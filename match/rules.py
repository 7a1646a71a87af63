"""Which involvements may know of each other: a pure decision over versioned rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from orgprofiles.base import Base, new_id, word
from orgprofiles.domains import Domain


class RuleEffect(StrEnum):
    """What a rule does with two signals."""

    MATCH = "match"  #: both see each other and are mailed
    NO_MATCH = "geen_match"  #: neither sees the other


class MatchRule(Base):
    """A rule for two domains; a version is the whole set, and is never changed."""

    __tablename__ = "match_rules"
    __table_args__ = (
        UniqueConstraint("version", "low_domain", "high_domain", "either_sensitive"),
        CheckConstraint("low_domain <= high_domain", name="low_is_not_above_high"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version: Mapped[int]
    #: The two domains' values in alphabetical order.
    low_domain: Mapped[Domain] = mapped_column(word(Domain))
    high_domain: Mapped[Domain] = mapped_column(word(Domain))
    #: Whether this rule is for pairs of which at least one organisation is sensitive.
    either_sensitive: Mapped[bool]
    effect: Mapped[RuleEffect] = mapped_column(word(RuleEffect))
    basis: Mapped[str] = mapped_column(String(300))


@dataclass(frozen=True, slots=True)
class Party:
    """What the rules look at in a signal.

    Attributes:
        organisation_id: Whose signal it is.
        unit_id: Which unit's.
        domain: The unit's domain.
        independent: Whether the unit is matched within its own organisation.
        sensitive: Whether being known to the organisation is itself telling.
    """

    organisation_id: UUID
    unit_id: UUID
    domain: Domain
    independent: bool
    sensitive: bool


@dataclass(frozen=True, slots=True)
class RuleBook:
    """One version of the rules."""

    version: int
    effects: Mapping[tuple[Domain, Domain, bool], RuleEffect] = field(repr=False)

    def effect(self, one: Party, other: Party) -> RuleEffect:
        """Return what becomes of two signals about one person; symmetric.

        Signals of one organisation match only between two different units
        that are both independent. Without a rule there is no match.
        """
        if one.organisation_id == other.organisation_id and not (
            one.unit_id != other.unit_id and one.independent and other.independent
        ):
            return RuleEffect.NO_MATCH
        low, high = sorted((one.domain, other.domain), key=lambda domain: domain.value)
        key = (low, high, one.sensitive or other.sensitive)
        return self.effects.get(key, RuleEffect.NO_MATCH)


def load_rule_book(session: Session, version: int) -> RuleBook:
    """Return the rules of *version*; an unknown version has none."""
    rules = session.scalars(select(MatchRule).where(MatchRule.version == version))
    return RuleBook(
        version,
        {(rule.low_domain, rule.high_domain, rule.either_sensitive): rule.effect for rule in rules},
    )
