"""``/signalen``: registering, reading and changing one's own signals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import url_for
from flask.views import MethodView

from verwijsindex.api import examples
from verwijsindex.api.guards import caller, require_active, requires, services, session
from verwijsindex.api.paging import link_headers, page_of
from verwijsindex.api.registering import batch_results, registered
from verwijsindex.api.signal_schemas import (
    BatchIn,
    BatchOut,
    HistoryIn,
    SignalIn,
    SignalList,
    SignalOut,
    SignalPatch,
    SignalQuery,
    SignalSearch,
)
from verwijsindex.clients import Scope
from verwijsindex.http.application import GuardedBlueprint
from verwijsindex.http.document import BATCH_LIMIT, BODY_LIMIT, LINK_HEADER, LOCATION_HEADER
from verwijsindex.http.problems import Problem
from verwijsindex.use_cases.change_signal import (
    change_term,
    confirm_signal,
    end_signal,
    record_informing,
)
from verwijsindex.use_cases.check_signals import RowStatus, SignalRequest
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_signals import (
    SignalFilter,
    SignalView,
    list_signals,
    open_history,
    read_signal,
)
from verwijsindex.use_cases.register_signals import register_one

BATCH_ENDPOINT = "signalen.SignalBatch"
blp = GuardedBlueprint(
    "signalen",
    # A dry run belongs to the admission.
    guard=requires(Scope.SIGNALS, while_admitting={BATCH_ENDPOINT}),
    description="Betrokkenheid registreren, lezen en beëindigen.",
)


_THIS_SIGNAL = {"signal_id": "$response.body#/id"}
_NEXT = {
    "links": {
        "geefSignaal": {"operationId": "geefSignaal", "parameters": _THIS_SIGNAL},
        "wijzigSignaal": {"operationId": "wijzigSignaal", "parameters": _THIS_SIGNAL},
        "geefMatch": {
            "operationId": "geefMatch",
            "parameters": {"match_id": "$response.body#/match/id"},
        },
    }
}


@blp.route("/signalen")
class Signals(MethodView):
    """The signals of one's organisation."""

    @blp.doc(operationId="registreerSignaal", responses={200: _NEXT, 201: _NEXT})
    @blp.arguments(SignalIn, example=examples.SIGNAL_IN, description=BODY_LIMIT)
    @blp.response(
        201,
        SignalOut,
        description="Nieuw signaal.",
        headers=LOCATION_HEADER,
        example=examples.SIGNAL_OUT,
    )
    @blp.alt_response(
        200,
        schema=SignalOut,
        description="Deze contactpersoon had al een actief signaal.",
        headers=LOCATION_HEADER,
    )
    @blp.alt_response(409, description="Geen geldige grondslag.")
    @blp.alt_response(429, description="Vandaag te veel nieuwe cliënten voor uw organisatie.")
    def post(self, body: SignalRequest) -> tuple[SignalView, int, dict[str, str]]:
        """Registreer betrokkenheid."""
        result, view = registered(
            register_one, session(), services(), caller=caller(), request=body
        )
        location = url_for("signalen.Signal", signal_id=view.id)
        status = 201 if result.status is RowStatus.CREATED else 200
        return view, status, {"Location": location}

    @blp.doc(operationId="geefSignalen")
    @blp.arguments(SignalQuery, location="query")
    @blp.response(200, SignalList, headers=LINK_HEADER)
    def get(self, query: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Geef de signalen van de eigen organisatie, nieuwste eerst."""
        page = page_of(query)
        return _listed({k: v for k, v in query.items() if k not in {"number", "size"}}, page)


@blp.route("/signalen/_zoek")
class SignalFinder(MethodView):
    """Searching by reference."""

    @blp.doc(operationId="zoekSignalen")
    @blp.arguments(SignalSearch, example=examples.SEARCH, description=BODY_LIMIT)
    @blp.response(200, SignalList)
    def post(self, body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Zoek signalen op eigen kenmerk; hoogstens 500."""
        found, status, _ = _listed(body, Page(1, 500))
        return found, status, {}


@blp.route("/signalen/batch")
class SignalBatch(MethodView):
    """Many at once."""

    @blp.doc(operationId="registreerSignalen")
    @blp.arguments(BatchIn, example=examples.BATCH_IN, description=BATCH_LIMIT)
    @blp.response(
        200,
        BatchOut,
        description="Per rij wat ervan kwam; een rij met fouten is hier geen fout.",
        example=examples.BATCH_OUT,
    )
    @blp.alt_response(429, description="Vandaag te veel nieuwe cliënten voor uw organisatie.")
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Registreer er hoogstens duizend; elke rij staat of valt alleen."""
        if not body["is_trial"]:
            require_active()
        return batch_results(session(), services(), caller=caller(), body=body)


@blp.route("/signalen/<uuid:signal_id>")
class Signal(MethodView):
    """One signal."""

    @blp.doc(operationId="geefSignaal")
    @blp.response(200, SignalOut)
    def get(self, signal_id: UUID) -> SignalView:
        """Geef één signaal van de eigen organisatie."""
        return _view(signal_id)

    @blp.doc(operationId="wijzigSignaal")
    @blp.arguments(SignalPatch, examples=examples.SIGNAL_PATCHES, description=BODY_LIMIT)
    @blp.response(200, SignalOut)
    @blp.alt_response(
        409,
        description="Al beëindigd of vervallen, of geen grondslag. Dat het de verkeerde persoon"
        " was, kan ook daarna nog, zolang het signaal er is.",
    )
    def patch(self, body: dict[str, Any], signal_id: UUID) -> SignalView:
        """Beëindig of bevestig het, verander de termijn, of leg vast hoe is geïnformeerd."""
        change: Callable[..., None]
        if "reason" in body:
            change, how = end_signal, {"reason": body["reason"]}
        elif "lapses" in body:
            age_group = body.get("age_group")
            change, how = change_term, {"lapses": body["lapses"], "age_group": age_group}
        elif "still_involved" in body:
            change, how = confirm_signal, {}
        else:
            change, how = record_informing, {"informing": body["informing"]}
        change(session(), services(), caller=caller(), signal_id=signal_id, **how)
        return _view(signal_id)


@blp.route("/signalen/<uuid:signal_id>/inzage")
class SignalHistory(MethodView):
    """A signal that ended."""

    @blp.doc(operationId="openBeeindigdSignaal")
    @blp.arguments(HistoryIn, example={"reden": "terugkeer_client"}, description=BODY_LIMIT)
    @blp.response(200, SignalOut)
    @blp.alt_response(409, description="Nog actief: lees het zonder reden.")
    def post(self, body: dict[str, Any], signal_id: UUID) -> SignalView:
        """Open een beëindigd of vervallen signaal; de reden wordt vastgelegd."""
        return open_history(
            session(), services(), caller=caller(), signal_id=signal_id, reason=body["reason"]
        )


def _view(signal_id: UUID | None) -> SignalView:
    view = signal_id and read_signal(session(), services(), caller=caller(), signal_id=signal_id)
    if not view:
        raise Problem(404)
    return view


def _listed(wanted: dict[str, Any], page: Page) -> tuple[dict[str, Any], int, dict[str, str]]:
    total, views = list_signals(
        session(), services(), caller=caller(), wanted=SignalFilter(**wanted), page=page
    )
    return {"total": total, "results": views}, 200, link_headers(page, total)
