"""``/keten``: the chain map."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from orgprofiles.chain_map import AgeBand, Coverage
from orgprofiles.domains import LifeDomain, Phase
from verwijsindex.api.guards import EVERYTHING, caller, requires, services, session
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.fields import Choice, Flag, Id, Part, Schema, Several, Text
from verwijsindex.use_cases.read_chain_map import read_chain_map

blp = GuardedBlueprint(
    "keten",
    guard=requires(Scope.PROFILES, Scope.ADMINISTRATION, while_admitting=EVERYTHING),
    description="De ketenkaart: wie wie waarmee helpt, met gaten en overlap.",
)


class ChainMemberOut(Schema):
    """Who is on the map."""

    organisation_id = Id(data_key="organisatie", required=True)
    name = Text(attribute="profile.identity.name", data_key="naam", required=True)
    sensitive = Flag(attribute="profile.identity.sensitive", data_key="gevoelig", required=True)


class CellOut(Schema):
    """A place in the chain."""

    life_domain = Choice(
        LifeDomain, attribute="place.life_domain", data_key="leefgebied", required=True
    )
    phase = Choice(Phase, attribute="place.phase", data_key="fase", required=True)
    band = Choice(AgeBand, attribute="place.band", data_key="leeftijd", required=True)
    coverage = Choice(Coverage, data_key="dekking", required=True)
    organisation_ids = Several(Id(), data_key="organisaties", required=True)


class CommonOut(Schema):
    """What two organisations have in common."""

    life_domain = Choice(LifeDomain, data_key="leefgebied", required=True)
    band = Choice(AgeBand, data_key="leeftijd", required=True)


class PairOut(Schema):
    """Two organisations that both signal."""

    organisation_ids = Several(Id(), data_key="organisaties", required=True)
    common = Several(Part(CommonOut), data_key="samen", required=True)


class SilentUnitOut(Schema):
    """A unit that takes part in silence."""

    organisation_id = Id(data_key="organisatie", required=True)
    unit_id = Id(data_key="afdeling", required=True)
    name = Text(data_key="naam", required=True)


class ChainMapOut(Schema):
    """The chain map."""

    members = Several(Part(ChainMemberOut), data_key="organisaties", required=True)
    cells = Several(
        Part(CellOut),
        data_key="vakken",
        required=True,
        metadata={"description": "Elk leefgebied × elke fase × elke leeftijd."},
    )
    gaps = Several(Part(CellOut), data_key="gaten", required=True)
    overlaps = Several(Part(CellOut), data_key="overlap", required=True)
    pairs = Several(
        Part(PairOut),
        data_key="paren",
        required=True,
        metadata={"description": "Wie dezelfde mensen signaleren, en elkaar dus tegenkomen."},
    )
    silent_units = Several(
        Part(SilentUnitOut),
        data_key="stilleAfdelingen",
        required=True,
        metadata={
            "description": "Doen mee, maar hadden bij het begin van deze maand zestig dagen"
            " niemand geregistreerd. Zelfstandige afdelingen en die van gevoelige organisaties"
            " staan er alleen voor henzelf en de beheerder."
        },
    )


@blp.route("/keten")
class Chain(MethodView):
    """The chain map."""

    @blp.doc(operationId="geefKetenkaart")
    @blp.response(200, ChainMapOut)
    def get(self) -> dict[str, Any]:
        """Geef de ketenkaart, getekend uit de gepubliceerde profielen."""
        view = read_chain_map(session(), services(), caller=caller())
        found = view.chain_map
        return {
            "members": view.members,
            "cells": found.cells,
            "gaps": found.gaps,
            "overlaps": found.overlaps,
            "pairs": [
                {
                    "organisation_ids": [one.one_id, one.other_id],
                    "common": [
                        {"life_domain": life_domain, "band": band}
                        for life_domain, band in one.common
                    ],
                }
                for one in found.pairs
            ],
            "silent_units": view.silent_units,
        }
