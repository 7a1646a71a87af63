"""``/matchregels``: which involvement may know of each other; to read, and to change."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from verwijsindex.api.guards import caller, requires, services, session
from verwijsindex.api.rule_schemas import (
    RuleChangeOut,
    RuleDraft,
    RulesIn,
    RulesOut,
    difference_row,
    rows_of,
)
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import BODY_LIMIT
from verwijsindex.http.fields import QueryNumber, Schema
from verwijsindex.http.problems import InvalidInput, Problem
from verwijsindex.use_cases.change_rules import (
    RulesRefused,
    UnknownOrganisation,
    change_rules,
    check_rules,
    read_rules,
)

blp = GuardedBlueprint(
    "matchregels",
    guard=requires(Scope.PROFILES, Scope.ADMINISTRATION),
    description="De matchregels.",
)
administration = GuardedBlueprint(
    "matchregelbeheer",
    guard=requires(Scope.ADMINISTRATION),
    description="De matchregels veranderen; voor de beheerder van de verwijsindex.",
)


class RulesQuery(Schema):
    """Which version."""

    version = QueryNumber(
        1,
        999_999_999,
        data_key="versie",
        load_default=None,
        metadata={"description": "Zonder: de versie die van kracht is."},
    )


@blp.route("/matchregels")
class Rules(MethodView):
    """The rules."""

    @blp.doc(operationId="geefMatchregels")
    @blp.arguments(RulesQuery, location="query")
    @blp.response(200, RulesOut)
    @blp.alt_response(404, description="Er is geen versie met dit nummer.")
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Geef de matchregels die van kracht zijn, of een andere versie."""
        view = read_rules(session(), version=query["version"])
        if view is None:
            raise Problem(404)
        return {
            "version": view.version.version,
            "in_force": view.in_force,
            "made_at": view.version.made_at,
            "made_by": view.version.made_by,
            "reason": view.version.reason,
            **rows_of(view.rules),
        }


@administration.route("/matchregels")
class RulesAdministration(MethodView):
    """Changing them."""

    @administration.doc(operationId="wijzigMatchregels")
    @administration.arguments(RulesIn, description=BODY_LIMIT)
    @administration.response(200, RuleChangeOut)
    @administration.alt_response(
        409, description="Er verandert niets, of iemand anders veranderde de regels tegelijk."
    )
    def post(self, body: RuleDraft) -> dict[str, Any]:
        """Maak nieuwe regels van kracht, of zeg (proef) wat dat zou veranderen."""
        try:
            if body.is_trial:
                change = check_rules(session(), draft=body)
            else:
                change = change_rules(session(), services(), actor=caller().actor, draft=body)
        except UnknownOrganisation as unknown:
            raise InvalidInput(
                [
                    {"name": f"organisaties[{i}].paar", "reason": "noemt een onbekende organisatie"}
                    for i in unknown.positions
                ]
            ) from None
        except RulesRefused as refused:
            raise Problem(409, str(refused)) from None  # nosemgrep: error-text-shown
        return {
            "version": change.version,
            "is_trial": body.is_trial,
            "differences": [difference_row(one) for one in change.differences],
            "impact": change.impact,
        }
