"""Which involvements may know of each other: a pure decision over versioned rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from orgprofiles.domains import Domain


class RuleEffect(StrEnum):
    """What a rule does with two signals."""

    MATCH = "match"  #: both see each other and are mailed
    SENSITIVE_FIRST = "eerst_gevoelige_kant"  #: the sensitive side sees, and decides on the rest
    NO_MAIL = "geen_mail"  #: both see each other, and nobody is mailed
    NO_MATCH = "geen_match"  #: neither sees the other


class Sensitivity(StrEnum):
    """How many of the two organisations are sensitive."""

    NEITHER = "geen"  #: none of them
    ONE = "een"  #: exactly one
    BOTH = "beide"  #: both; within one sensitive organisation too


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
class Verdict:
    """Who of two sees the other, and whether whoever sees is mailed."""

    one_sees: bool
    other_sees: bool
    mails: bool

    @property
    def is_nothing(self) -> bool:
        """Whether neither sees the other."""
        return not (self.one_sees or self.other_sees)

    @property
    def is_one_sided(self) -> bool:
        """Whether exactly one sees the other."""
        return self.one_sees is not self.other_sees


_NOTHING = Verdict(one_sees=False, other_sees=False, mails=False)

DomainKey = tuple[Domain, Domain, Sensitivity]
OrganisationKey = tuple[UUID, UUID]


def domain_key(one: Domain, other: Domain, sensitivity: Sensitivity) -> DomainKey:
    """Return under which key the rule for two domains stands: in alphabetical order."""
    low, high = sorted((one, other), key=lambda domain: domain.value)
    return (low, high, sensitivity)


def organisation_key(one: UUID, other: UUID) -> OrganisationKey:
    """Return under which key the rule for two organisations stands: the lower id first."""
    return (one, other) if one < other else (other, one)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """One version of the rules.

    Attributes:
        version: Its number; 0: there are no rules at all.
        effects: Per two domains and how many of the organisations are sensitive.
        between: Per two organisations; goes before *effects*.
    """

    version: int
    effects: Mapping[DomainKey, RuleEffect] = field(repr=False)
    between: Mapping[OrganisationKey, RuleEffect] = field(default_factory=dict, repr=False)
    _hiding_domains: frozenset[Domain] = field(init=False, repr=False, compare=False)
    _hiding_organisations: frozenset[UUID] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note once for whom anything could be hidden: it is asked at each registration."""
        domains = {
            domain
            for (low, high, sensitivity), effect in self.effects.items()
            if effect is RuleEffect.SENSITIVE_FIRST and sensitivity is Sensitivity.ONE
            for domain in (low, high)
        }
        organisations = {
            organisation
            for pair, effect in self.between.items()
            if effect is RuleEffect.SENSITIVE_FIRST
            for organisation in pair
        }
        object.__setattr__(self, "_hiding_domains", frozenset(domains))
        object.__setattr__(self, "_hiding_organisations", frozenset(organisations))

    def effect(self, one: Party, other: Party) -> RuleEffect:
        """Return what becomes of two signals about one person; symmetric.

        Signals of one organisation match only between two different units
        that are both independent. Without a rule there is no match.

        "The sensitive side first" needs exactly one sensitive side. Between
        two organisations that are both sensitive it comes to no match, for
        each would wait for the other; between two that are not, to a match.
        (Rules for domains cannot even say so: the key has the sensitivity.)
        """
        if one.organisation_id == other.organisation_id and not (
            one.unit_id != other.unit_id and one.independent and other.independent
        ):
            return RuleEffect.NO_MATCH
        sensitivity = _SENSITIVITY[one.sensitive + other.sensitive]
        effect = self.between.get(organisation_key(one.organisation_id, other.organisation_id))
        if effect is None:
            key = domain_key(one.domain, other.domain, sensitivity)
            effect = self.effects.get(key, RuleEffect.NO_MATCH)
        if effect is RuleEffect.SENSITIVE_FIRST and sensitivity is not Sensitivity.ONE:
            nobody_hides = sensitivity is Sensitivity.NEITHER
            return RuleEffect.MATCH if nobody_hides else RuleEffect.NO_MATCH
        return effect

    def verdict(self, one: Party, other: Party) -> Verdict:
        """Return who sees whom, before anybody has revealed anything."""
        effect = self.effect(one, other)
        if effect is RuleEffect.NO_MATCH:
            return _NOTHING
        if effect is RuleEffect.SENSITIVE_FIRST:
            return Verdict(one_sees=one.sensitive, other_sees=other.sensitive, mails=True)
        return Verdict(one_sees=True, other_sees=True, mails=effect is RuleEffect.MATCH)

    def may_hide_from(self, party: Party) -> bool:
        """Whether these rules could hide anybody from *party*, whoever that may be.

        It says nothing about whether there is somebody: whoever it is true of
        is treated alike, with and without a hidden party.
        """
        return not party.sensitive and (
            party.domain in self._hiding_domains
            or party.organisation_id in self._hiding_organisations
        )


_SENSITIVITY = (Sensitivity.NEITHER, Sensitivity.ONE, Sensitivity.BOTH)
