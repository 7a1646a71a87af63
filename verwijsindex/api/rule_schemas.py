"""The form of matching rules: in a request, in an answer, and in the administrator's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import ValidationError

from match.rule_versions import GroundedEffect, RuleDifference, RuleSet
from match.rules import (
    DomainKey,
    OrganisationKey,
    RuleEffect,
    Sensitivity,
    domain_key,
    organisation_key,
)
from orgprofiles.domains import Domain
from verwijsindex.http.fields import Choice, Flag, Id, Label, Moment, Part, Schema, Several, Text

_LONGEST = 300  # characters of a line about law or agreements


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """Rules as somebody would have them.

    Attributes:
        reason: Why, for the version.
        domains: Rules for two domains.
        organisations: Rules for two organisations: by id, or by name in a file.
        is_trial: Only say what would change.
    """

    reason: str
    domains: Mapping[DomainKey, GroundedEffect]
    organisations: Sequence[tuple[Any, Any, GroundedEffect]]
    is_trial: bool = False


class RuleEffectPart(Schema):
    """What a rule does, and on what ground."""

    effect = Choice(RuleEffect, data_key="gevolg", required=True)
    basis = Label(
        longest=_LONGEST,
        data_key="grondslag",
        required=True,
        metadata={"description": "De wet of de afspraak."},
    )
    reference = Label(
        longest=_LONGEST,
        data_key="verwijzing",
        required=True,
        metadata={"description": "Het document waarin dat staat."},
    )


class DomainRules(RuleEffectPart):
    """What holds for pairs of domains, on the same ground."""

    sensitivity = Choice(
        Sensitivity,
        data_key="gevoelig",
        required=True,
        metadata={"description": "Hoeveel van beide organisaties gevoelig zijn."},
    )
    pairs = Several(
        Several(Choice(Domain), low=2, high=2), low=1, high=200, data_key="paren", required=True
    )


class OrganisationRule(RuleEffectPart):
    """What holds for two organisations; goes before the rules for domains."""

    pair = Several(Id(), low=2, high=2, unique=True, data_key="paar", required=True)


class NamedOrganisationRule(RuleEffectPart):
    """A rule for two organisations, by their names."""

    pair = Several(Text(), low=2, high=2, unique=True, data_key="paar", required=True)


class RulesIn(Schema):
    """A whole set of rules; what is not in it does not match."""

    reason = Label(longest=_LONGEST, data_key="reden", required=True)
    rules = Several(Part(DomainRules), high=500, data_key="regels", required=True)
    organisations = Several(
        Part(OrganisationRule), high=500, data_key="organisaties", load_default=list
    )
    is_trial = Flag(
        data_key="proef",
        load_default=False,
        metadata={"description": "Zegt wat er zou veranderen en verandert niets."},
    )

    @ma.validates_schema
    def _consistent(self, data: dict[str, Any], **_: Any) -> None:
        found: dict[str, dict[int, Any]] = {}
        seen: set[object] = set()
        for position, rule in enumerate(data["rules"]):
            wrong = found.setdefault("regels", {}).setdefault(position, {})
            one = Sensitivity.ONE
            if rule["effect"] is RuleEffect.SENSITIVE_FIRST and rule["sensitivity"] is not one:
                wrong["gevolg"] = ["eerst_gevoelige_kant kan alleen als gevoelig 'een' is"]
            for low, high in rule["pairs"]:
                key = domain_key(low, high, rule["sensitivity"])
                if key in seen:
                    wrong["paren"] = ["noemt een paar dat al een regel heeft"]
                seen.add(key)
        for position, rule in enumerate(data["organisations"]):
            pair = frozenset(rule["pair"])
            if pair in seen:
                wrong = found.setdefault("organisaties", {}).setdefault(position, {})
                wrong["paar"] = ["noemt een paar dat al een regel heeft"]
            seen.add(pair)
        faulty = {
            name: {i: wrong for i, wrong in rows.items() if wrong}
            for name, rows in found.items()
            if any(rows.values())
        }
        if faulty:
            raise ValidationError(faulty)

    @ma.post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> RuleDraft:
        return RuleDraft(
            data["reason"],
            {
                domain_key(low, high, rule["sensitivity"]): _grounded(rule)
                for rule in data["rules"]
                for low, high in rule["pairs"]
            },
            [(*rule["pair"], _grounded(rule)) for rule in data["organisations"]],
            is_trial=data.get("is_trial", False),
        )


class RulesFile(RulesIn):
    """The administrator's file: organisations by name, and nothing to try (there is a command)."""

    class Meta(Schema.Meta):
        """Without what a file has no use for."""

        exclude = ("is_trial",)

    organisations = Several(
        Part(NamedOrganisationRule), high=500, data_key="organisaties", load_default=list
    )


def _grounded(rule: Mapping[str, Any]) -> GroundedEffect:
    return GroundedEffect(rule["effect"], rule["basis"], rule["reference"])


class RulesOut(Schema):
    """A version of the rules."""

    version = ma.fields.Integer(data_key="versie", required=True)
    in_force = Flag(data_key="geldend", required=True)
    made_at = Moment(data_key="gemaaktOp", required=True)
    made_by = Text(data_key="door", required=True)
    reason = Text(data_key="reden", required=True)
    rules = Several(Part(DomainRules), data_key="regels", required=True)
    organisations = Several(Part(OrganisationRule), data_key="organisaties", required=True)


class RuleDifferenceOut(Schema):
    """A rule that is not the same before and after; for domains or for organisations."""

    domains = Several(Choice(Domain), low=2, high=2, data_key="domeinen")
    sensitivity = Choice(Sensitivity, data_key="gevoelig")
    organisations = Several(Id(), low=2, high=2, data_key="organisaties")
    before = Part(RuleEffectPart, data_key="was", allow_none=True, required=True)
    after = Part(RuleEffectPart, data_key="wordt", allow_none=True, required=True)


class ImpactOut(Schema):
    """How many pairs of active signals a change touches, and whose."""

    newly_visible = ma.fields.Integer(data_key="nieuwZichtbaar", required=True)
    no_longer_visible = ma.fields.Integer(data_key="nietMeerZichtbaar", required=True)
    mails_on = ma.fields.Integer(data_key="mailAan", required=True)
    mails_off = ma.fields.Integer(data_key="mailUit", required=True)
    organisation_ids = Several(Id(), data_key="organisaties", required=True)


class RuleChangeOut(Schema):
    """What was changed, or would be."""

    version = ma.fields.Integer(data_key="versie", required=True)
    is_trial = Flag(data_key="proef", required=True)
    differences = Several(Part(RuleDifferenceOut), data_key="verschillen", required=True)
    impact = Part(ImpactOut, data_key="geraakt", required=True)


def rows_of(rules: RuleSet) -> dict[str, Any]:
    """Return *rules* as :class:`RulesOut` shows them: on the same ground together."""

    def sort(item: tuple[DomainKey, GroundedEffect]) -> tuple[str, ...]:
        (_, _, sensitivity), rule = item
        order = str(list(Sensitivity).index(sensitivity))
        return (order, rule.effect, rule.basis, rule.reference)

    grouped = [
        list(items) for _, items in groupby(sorted(rules.domains.items(), key=sort), key=sort)
    ]
    return {
        "rules": [
            {
                "sensitivity": items[0][0][2],
                **_row(items[0][1]),
                "pairs": sorted([low, high] for (low, high, _), _ in items),
            }
            for items in grouped
        ],
        "organisations": [
            {**_row(rule), "pair": list(pair)}
            for pair, rule in sorted(rules.organisations.items(), key=lambda one: one[0])
        ],
    }


def difference_row(difference: RuleDifference) -> dict[str, Any]:
    """Return *difference* as :class:`RuleDifferenceOut` shows it."""
    row: dict[str, Any] = {
        "before": difference.before and _row(difference.before),
        "after": difference.after and _row(difference.after),
    }
    if len(difference.key) == 3:
        row |= {"domains": difference.key[:2], "sensitivity": difference.key[2]}
    else:
        row |= {"organisations": difference.key}
    return row


def organisation_rules(
    pairs: Sequence[tuple[UUID, UUID, GroundedEffect]],
) -> dict[OrganisationKey, GroundedEffect]:
    """Return rules for organisations by their key."""
    return {organisation_key(one, other): rule for one, other, rule in pairs}


def _row(rule: GroundedEffect) -> dict[str, Any]:
    return {"effect": rule.effect, "basis": rule.basis, "reference": rule.reference}
