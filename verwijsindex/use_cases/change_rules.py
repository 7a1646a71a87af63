"""The matching rules: reading a version, saying what others would do, putting them in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from match.impact import Impact, impact
from match.reviews import request_reviews
from match.rule_versions import (
    RuleDifference,
    RuleSet,
    RuleVersion,
    add_version,
    differences,
    load_rule_set,
    version_in_force,
)
from orgprofiles.organisations import Organisation
from verwijsindex import audit, event_log
from verwijsindex.api.rule_schemas import RuleDraft, organisation_rules
from verwijsindex.audit import Action, Actor, ActorKind
from verwijsindex.services import Services


class RulesRefused(Exception):
    """The rules cannot be put in force; the message says why, in Dutch."""


class UnknownOrganisation(RulesRefused):
    """Een van de organisaties in de regels is niet bekend."""

    def __init__(self, positions: Sequence[int]) -> None:
        self.positions = positions
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class RulesView:
    """A version of the rules.

    Attributes:
        in_force: Whether it is the highest.
        organisation_names: Of the organisations in them, by id.
    """

    version: RuleVersion
    in_force: bool
    rules: RuleSet
    organisation_names: dict[UUID, str]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What was changed, or would be.

    Attributes:
        version: The new one's number.
        differences: With the version in force.
        impact: On the pairs that are there.
        organisation_names: Of everybody in these, by id.
    """

    version: int
    differences: Sequence[RuleDifference]
    impact: Impact
    organisation_names: dict[UUID, str]


def read_rules(session: Session, *, version: int | None) -> RulesView | None:
    """Return a version of the rules, by default the one in force; None when there is none."""
    highest = version_in_force(session)
    found = session.get(RuleVersion, highest if version is None else version)
    if found is None:
        return None
    rules = load_rule_set(session, found.version)
    ids = {one for pair in rules.organisations for one in pair}
    return RulesView(found, found.version == highest, rules, _names(session, ids))


def check_rules(session: Session, *, draft: RuleDraft) -> RuleChange:
    """Return what putting *draft* in force would change; nothing is written.

    Raises:
        UnknownOrganisation: By the ids in it.
    """
    return _change(session, _rule_set(session, draft))


def change_rules(
    session: Session, services: Services, *, actor: Actor, draft: RuleDraft
) -> RuleChange:
    """Put *draft* in force, and ask for a review of everybody whom it may concern.

    Registrations follow the new version from the next request on; pairs that
    are there follow when the worker has reviewed them. What becomes visible by
    it is told in digests.

    Raises:
        RulesRefused: An unknown organisation; nothing would change; somebody
            else changed the rules at the same moment.
    """
    rules = _rule_set(session, draft)
    change = _change(session, rules)
    if not change.differences:
        raise RulesRefused("Deze regels zijn al van kracht; er verandert niets.")
    now = services.clock()
    by_client = actor.kind is ActorKind.CLIENT
    version = RuleVersion(
        version=change.version,
        made_at=now,
        made_by=str(actor.id) if by_client else actor.kind.value,
        reason=draft.reason,
    )
    try:
        add_version(session, version, rules)
    except IntegrityError:
        session.rollback()
        raise RulesRefused(
            "Iemand anders veranderde de regels tegelijk. Bekijk ze opnieuw en probeer het weer."
        ) from None
    asked = request_reviews(
        session, organisation_ids=None, now=now, digest_due=services.settings.digest.due(now)
    )
    deeds: list[tuple[Action, UUID | None]] = [(Action.RULES_CHANGED, None)]
    audit.record(session, services.audit_key, actor=actor, deeds=deeds, now=now)
    session.commit()
    event_log.log(event_log.RULES_CHANGED, version=change.version, reviews=asked)
    return change


def review_everybody(session: Session, services: Services) -> int:
    """Ask for a review of everybody with two active signals or more; return how many.

    After the release before this one has run beside this one for a while: it
    knows of no reviews, and so asks for none.
    """
    now = services.clock()
    asked = request_reviews(
        session, organisation_ids=None, now=now, digest_due=services.settings.digest.due(now)
    )
    session.commit()
    return asked


def find_organisations(session: Session, names: set[str]) -> dict[str, UUID]:
    """Return the ids of those *names* that are known."""
    rows: Any = session.execute(
        select(Organisation.name, Organisation.id).where(Organisation.name.in_(names))
    )
    return {row.name: row.id for row in rows}


def _rule_set(session: Session, draft: RuleDraft) -> RuleSet:
    rules = organisation_rules(draft.organisations)
    known = _names(session, {one for pair in rules for one in pair})
    strange = [
        position
        for position, (one, other, _) in enumerate(draft.organisations)
        if one not in known or other not in known
    ]
    if strange:
        raise UnknownOrganisation(strange)
    return RuleSet(draft.domains, rules)


def _change(session: Session, rules: RuleSet) -> RuleChange:
    highest = version_in_force(session)
    before = load_rule_set(session, highest)
    touched = impact(session, before.book(highest), rules.book(highest + 1))
    changed = differences(before, rules)
    ids = {part for one in changed for part in one.key if isinstance(part, UUID)}
    names = _names(session, ids | set(touched.organisation_ids))
    return RuleChange(highest + 1, changed, touched, names)


def _names(session: Session, organisation_ids: set[UUID]) -> dict[UUID, str]:
    rows: Any = session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.id.in_(organisation_ids))
    )
    return {row.id: row.name for row in rows}
