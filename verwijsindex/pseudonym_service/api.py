"""The routes: they translate and nothing else."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Response, g, request

from crypto import base64url
from crypto.errors import TokenRefused
from crypto.oprf import SUITE
from verwijsindex.http.application import Guard, GuardedBlueprint, anyone
from verwijsindex.http.document import BODY_LIMIT
from verwijsindex.http.problems import InvalidInput, Problem
from verwijsindex.pseudonym_service.errors import ElementsRefused
from verwijsindex.pseudonym_service.limits import Outcome
from verwijsindex.pseudonym_service.schemas import (
    NOT_AN_ELEMENT,
    EvaluationsAnswer,
    EvaluationsQuestion,
    HealthAnswer,
    KeysAnswer,
)
from verwijsindex.pseudonym_service.serving import (
    Evaluated,
    Refused,
    Service,
    evaluate,
    is_served,
)

SECURITY_SCHEME = "serviceToken"

_BEARER = re.compile(r"Bearer +([A-Za-z0-9_.-]{1,4096})\Z", re.IGNORECASE)
_REALM = 'Bearer realm="pseudoniemen"'
_INVALID = f'{_REALM}, error="invalid_token"'
# RFC 9496, appendix A.1: the generator, which is nobody's element.
_GENERATOR = bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")
_QUESTION = {"soort": "persoon", "elementen": [base64url.encode(_GENERATOR)], "batch": False}


def evaluations_blueprint(service: Service) -> GuardedBlueprint:
    """Return ``/evaluaties``, for organisations that the administrator admitted."""
    blueprint = GuardedBlueprint(
        "evaluaties",
        guard=_served_callers(service),
        description="Geblindeerde elementen laten evalueren.",
    )

    @blueprint.route("/evaluaties", methods=["POST"])
    @blueprint.doc(
        summary="Laat geblindeerde elementen evalueren",
        description=(
            "De dienst vermenigvuldigt elk element met zijn sleutel en versleutelt de uitkomst voor"
            " de index. Hij ziet geen persoonsgegevens en bewaart de elementen niet."
            " Van een verzoek met een fout wordt niets geteld."
        ),
        operationId="evalueer",
        security=[{SECURITY_SCHEME: []}],
    )
    @blueprint.arguments(EvaluationsQuestion, example=_QUESTION, description=BODY_LIMIT)
    @blueprint.response(200, EvaluationsAnswer)
    @blueprint.alt_response(429)
    def post_evaluations(question: dict[str, Any]) -> Response:
        try:
            answer = evaluate(
                service,
                caller=g.caller,
                kind=question["soort"],
                elements=question["elementen"],
                batch=question["batch"],
            )
        except ElementsRefused as refused:
            raise _invalid(refused) from None
        if isinstance(answer, Refused):
            raise _refusal(answer)
        return _evaluations(answer)

    return blueprint


def keys_blueprint(service: Service) -> GuardedBlueprint:
    """Return ``/sleutels``, for anyone."""
    blueprint = GuardedBlueprint(
        "sleutels", guard=anyone, description="De openbare helft van de sleutels."
    )
    public = service.settings.keys.public()
    answer = {
        "suite": SUITE,
        "sleutels": [
            {
                "soort": key.kind,
                "epoch": key.epoch,
                "key_id": key.key_id.hex(),
                "public_key": key.point,
            }
            for key in public.evaluation_keys
        ],
        "boxsleutels": {"dienst": public.box, "index": service.settings.index_keys.box},
    }

    @blueprint.route("/sleutels", methods=["GET"])
    @blueprint.doc(summary="Geef de openbare sleutels", operationId="geefSleutels", security=[])
    @blueprint.response(200, KeysAnswer)
    def get_keys() -> dict[str, Any]:
        return answer

    return blueprint


def health_blueprint(service: Service) -> GuardedBlueprint:
    """Return ``/healthz/…``, for anyone."""
    blueprint = GuardedBlueprint(
        "gezondheid", guard=anyone, description="Voor de bewaking van de dienst."
    )

    @blueprint.route("/healthz/livez", methods=["GET"])
    @blueprint.doc(summary="Leeft het proces?", operationId="leeft", security=[])
    @blueprint.response(200, HealthAnswer)
    def get_alive() -> dict[str, str]:
        return {"status": "ok"}

    @blueprint.route("/healthz/readyz", methods=["GET"])
    @blueprint.doc(summary="Kan de dienst evalueren?", operationId="gereed", security=[])
    @blueprint.response(200, HealthAnswer)
    @blueprint.alt_response(503)
    def get_ready() -> dict[str, str]:
        service.store.check()
        return {"status": "ok"}

    return blueprint


def _served_callers(service: Service) -> Guard:
    def guard() -> None:
        header = request.headers.get("Authorization")
        if header is None:
            raise _unauthenticated(_REALM)
        bearer = _BEARER.match(header)
        if bearer is None:
            raise _unauthenticated(_INVALID)
        try:
            caller = service.callers.read(bearer[1], now=service.clock())
        except TokenRefused:
            raise _unauthenticated(_INVALID) from None
        if not is_served(service, caller):
            raise _not_admitted()
        g.caller = caller

    return guard


def _unauthenticated(challenge: str) -> Problem:
    return Problem(
        401,
        "Vraag bij de index een toegangstoken voor de pseudoniemendienst aan"
        " (/oauth/token met resource=pseudoniemen) en stuur het mee als Bearer-token."
        " Het is zestig seconden geldig.",
        headers={"WWW-Authenticate": challenge},
    )


def _not_admitted() -> Problem:
    return Problem(
        403,
        "Uw organisatie is niet toegelaten tot de pseudoniemendienst;"
        " vraag de beheerder van de pseudoniemendienst om toelating.",
    )


def _invalid(refused: ElementsRefused) -> InvalidInput:
    return InvalidInput(
        [{"name": f"elementen[{at}]", "reason": NOT_AN_ELEMENT} for at in refused.positions]
    )


def _refusal(refused: Refused) -> Problem:
    match refused.outcome:
        case Outcome.LIMIT_REACHED:
            detail = (
                "Dit verzoek past niet in de daglimiet van uw organisatie; vandaag kunt u nog"
                f" {refused.remaining} elementen laten evalueren. Probeer de rest later opnieuw, of"
                " vraag de beheerder van de pseudoniemendienst om een hogere limiet."
            )
        case Outcome.CEILING_REACHED:
            detail = (
                "De pseudoniemendienst heeft zijn dagmaximum voor alle organisaties samen bereikt;"
                " de beheerder heeft hier bericht van. Probeer het later opnieuw."
            )
        case Outcome.CANARY_ONLY:
            return Problem(403, "Voor de kanarie wordt niets anders geëvalueerd dan de kanarie.")
        case _:
            return _not_admitted()
    return Problem(429, detail, headers={"Retry-After": str(refused.retry_after_seconds)})


def _evaluations(answer: Evaluated) -> Response:
    # Past marshmallow: dumping a thousand fields one by one costs more than it shows.
    body = {
        "evaluaties": [base64url.encode(evaluation) for evaluation in answer.evaluations],
        "sleutelId": answer.key_id.hex(),
    }
    return Response(json.dumps(body, separators=(",", ":")), content_type="application/json")
