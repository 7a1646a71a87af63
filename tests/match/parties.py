"""Parties and rule books at random, of few enough kinds that they meet."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, combinations_with_replacement
from uuid import UUID

from hypothesis import strategies as st

from match.rules import (
    OrganisationKey,
    Party,
    RuleBook,
    RuleEffect,
    Sensitivity,
    domain_key,
)
from orgprofiles.domains import Domain

ORGANISATIONS = [UUID(int=number) for number in (1, 2, 3)]
UNITS = [UUID(int=number) for number in range(11, 15)]
DOMAINS = (Domain.DEBT, Domain.MENTAL_HEALTH, Domain.SAFETY)
PARTIES = st.builds(
    Party,
    organisation_id=st.sampled_from(ORGANISATIONS),
    unit_id=st.sampled_from(UNITS),
    domain=st.sampled_from(DOMAINS),
    independent=st.booleans(),
    sensitive=st.booleans(),
)
KEYS = [
    domain_key(low, high, sensitivity)
    for low, high in combinations_with_replacement(DOMAINS, 2)
    for sensitivity in Sensitivity
]


def _effects(key: tuple[Domain, Domain, Sensitivity]) -> st.SearchStrategy[RuleEffect]:
    first = {RuleEffect.SENSITIVE_FIRST} if key[2] is not Sensitivity.ONE else set()
    return st.sampled_from([one for one in RuleEffect if one not in first])


BOOKS = st.builds(
    RuleBook,
    st.just(1),
    st.fixed_dictionaries({}, optional={key: _effects(key) for key in KEYS}),
    st.dictionaries(
        st.sampled_from(list(combinations(ORGANISATIONS, 2))), st.sampled_from(RuleEffect)
    ),
)


def book_of(
    effect: RuleEffect, between: Mapping[OrganisationKey, RuleEffect] | None = None
) -> RuleBook:
    """Return a book in which all domains have *effect*."""
    keys = [
        domain_key(low, high, sensitivity)
        for low, high in combinations_with_replacement(Domain, 2)
        for sensitivity in Sensitivity
    ]
    return RuleBook(1, dict.fromkeys(keys, effect), between or {})
