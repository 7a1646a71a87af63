"""The rule on who is asked to keep the overview of a match: reading it, and agreeing on another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from match.lead_rules import (
    LeadRuleVersion,
    Preference,
    add_lead_rule,
    lead_rule_version,
    load_lead_rule,
)
from orgprofiles.organisations import Organisation
from verwijsindex import audit, event_log
from verwijsindex.accounts.records import Account
from verwijsindex.audit import Action, Actor, ActorKind
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.direct_match import list_directors


@dataclass(frozen=True, slots=True)
class LeadRuleView:
    """The rule in force.

    Attributes:
        version: None: there never was one.
        preferences: Whom it asks, the first first.
        organisation_names: Of the organisations in it.
        director_addresses: The addresses with which the match regisseurs in it sign in.
    """

    version: LeadRuleVersion | None
    preferences: Sequence[Preference]
    organisation_names: dict[UUID, str]
    director_addresses: dict[UUID, str]


def read_lead_rule(session: Session) -> LeadRuleView:
    """Return the rule in force."""
    number = lead_rule_version(session)
    rule = load_lead_rule(session, number)
    organisations = [one.organisation_id for one in rule.preferences if one.organisation_id]
    directors = [one.director_id for one in rule.preferences if one.director_id]
    return LeadRuleView(
        session.get(LeadRuleVersion, number),
        rule.preferences,
        {
            row.id: row.name
            for row in session.execute(
                select(Organisation.id, Organisation.name).where(Organisation.id.in_(organisations))
            )
        },
        {
            row.id: row.email
            for row in session.execute(
                select(Account.id, Account.email).where(Account.id.in_(directors))
            )
        },
    )


def change_lead_rule(
    session: Session,
    services: Services,
    *,
    actor: Actor,
    preferences: Sequence[Preference],
    reason: str,
) -> int:
    """Put *preferences* in force; return the version.

    Whoever keeps an overview goes on; in the other open matches the worker
    asks whom the new rule names.

    Raises:
        InvalidInput: A place names an organisation that is not known, somebody
            who is no match regisseur, or what an earlier place named.
        Problem: 409 when nothing would change, or somebody else changed it meanwhile.
    """
    _check(session, preferences)
    number = lead_rule_version(session)
    if list(load_lead_rule(session, number).preferences) == list(preferences):
        raise Problem(409, "Deze afspraak geldt al; er verandert niets.")
    by_client = actor.kind is ActorKind.CLIENT
    version = LeadRuleVersion(
        version=number + 1,
        made_at=services.clock(),
        made_by=str(actor.id) if by_client else actor.kind.value,
        reason=reason,
    )
    try:
        add_lead_rule(session, version, preferences)
    except IntegrityError:
        session.rollback()
        raise Problem(
            409, "Iemand anders veranderde de afspraak tegelijk. Bekijk haar, en probeer het weer."
        ) from None
    audit.record(
        session,
        services.audit_key,
        actor=actor,
        deeds=[(Action.LEAD_RULE_CHANGED, None)],
        now=services.clock(),
    )
    session.commit()
    event_log.log(event_log.LEAD_RULE_CHANGED, version=number + 1)
    return number + 1


def _check(session: Session, preferences: Sequence[Preference]) -> None:
    wanted = {one.organisation_id for one in preferences if one.organisation_id}
    organisations = set(session.scalars(select(Organisation.id).where(Organisation.id.in_(wanted))))
    directors = {one.account_id for one in list_directors(session)}
    faults: list[InvalidParam] = []
    for place, one in enumerate(preferences):
        name = f"voorkeuren[{place}]"
        if one in preferences[:place]:
            faults.append(InvalidParam(name=name, reason="staat al eerder in de lijst"))
        elif one.organisation_id is not None and one.organisation_id not in organisations:
            reason = "noemt een onbekende organisatie"
            faults.append(InvalidParam(name=f"{name}.organisatie", reason=reason))
        elif one.director_id is not None and one.director_id not in directors:
            reason = "is geen matchregisseur van deze verwijsindex"
            faults.append(InvalidParam(name=f"{name}.matchregisseur", reason=reason))
    if faults:
        raise InvalidInput(faults)
