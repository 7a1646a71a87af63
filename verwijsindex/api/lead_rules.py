"""``/regieafspraken``: who is asked to keep the overview of a match; to read, and to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask.views import MethodView
from marshmallow import ValidationError

from match.lead_rules import Preference
from orgprofiles.domains import Domain
from verwijsindex.api.guards import caller, requires, services, session
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import BODY_LIMIT
from verwijsindex.http.fields import Choice, Id, Label, Moment, Part, Schema, Several, Text
from verwijsindex.use_cases.change_lead_rule import change_lead_rule, read_lead_rule

blp = GuardedBlueprint(
    "regieafspraken",
    guard=requires(Scope.PROFILES, Scope.ADMINISTRATION),
    description="De afspraak wie het eerst gevraagd wordt om de regie van een match.",
)
administration = GuardedBlueprint(
    "regieafspraakbeheer",
    guard=requires(Scope.ADMINISTRATION),
    description="Die afspraak veranderen; voor de beheerder van de verwijsindex.",
)

PLACES = 100
_LONGEST_REASON = 300


class PreferencePart(Schema):
    """A place in the list: one of the three."""

    domain = Choice(Domain, data_key="domein")
    organisation_id = Id(data_key="organisatie")
    director_id = Id(
        data_key="matchregisseur", metadata={"description": "Het account van de matchregisseur."}
    )

    @ma.validates_schema(skip_on_field_errors=True)
    def _one(self, data: Mapping[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ValidationError("noem een domein, een organisatie of een matchregisseur: één")


class LeadRuleIn(Schema):
    """The whole rule, in order."""

    reason = Label(data_key="reden", longest=_LONGEST_REASON, required=True)
    preferences = Several(Part(PreferencePart), high=PLACES, data_key="voorkeuren", required=True)


class LeadRuleOut(Schema):
    """The rule in force."""

    version = ma.fields.Integer(
        data_key="versie",
        required=True,
        metadata={"description": "0: er is nog niets afgesproken."},
    )
    made_at = Moment(data_key="gemaaktOp", allow_none=True, required=True)
    made_by = Text(data_key="door", allow_none=True, required=True)
    reason = Text(data_key="reden", longest=_LONGEST_REASON, allow_none=True, required=True)
    preferences = Several(Part(PreferencePart), data_key="voorkeuren", required=True)


@blp.route("/regieafspraken")
class LeadRules(MethodView):
    """The rule."""

    @blp.doc(operationId="geefRegieafspraak")
    @blp.response(200, LeadRuleOut)
    def get(self) -> dict[str, Any]:
        """Geef de afspraak die geldt: wie het eerst gevraagd wordt, bovenaan."""
        return _answer()


@administration.route("/regieafspraken")
class LeadRuleAdministration(MethodView):
    """Changing it."""

    @administration.doc(operationId="wijzigRegieafspraak")
    @administration.arguments(LeadRuleIn, description=BODY_LIMIT)
    @administration.response(200, LeadRuleOut)
    @administration.alt_response(
        409, description="Er verandert niets, of iemand anders veranderde haar tegelijk."
    )
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Maak een nieuwe afspraak. Wie de regie heeft, houdt haar."""
        change_lead_rule(
            session(),
            services(),
            actor=caller().actor,
            preferences=[Preference(**one) for one in body["preferences"]],
            reason=body["reason"],
        )
        return _answer()


def _answer() -> dict[str, Any]:
    view = read_lead_rule(session())
    version = view.version
    return {
        "version": version.version if version else 0,
        "made_at": version and version.made_at,
        "made_by": version and version.made_by,
        "reason": version and version.reason,
        "preferences": [
            {
                name: value
                for name, value in (
                    ("domain", one.domain),
                    ("organisation_id", one.organisation_id),
                    ("director_id", one.director_id),
                )
                if value is not None
            }
            for one in view.preferences
        ],
    }
