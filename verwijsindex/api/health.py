"""``/healthz``: alive, and ready."""

from __future__ import annotations

import marshmallow as ma
from flask import Response, jsonify
from flask.views import MethodView
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from verwijsindex import event_log
from verwijsindex.api.guards import services, session
from verwijsindex.database import schema_is_current
from verwijsindex.http.application import GuardedBlueprint, ProblemSchema, anyone
from verwijsindex.http.fields import Schema
from verwijsindex.http.problems import PROBLEM_TYPE, Problem, problem_response
from verwijsindex.key_checks import INDEX_CHECK, KeyCheck, KeyState

blp = GuardedBlueprint("healthz", guard=anyone, description="Voor bewaking.")

_WORDS = {
    KeyState.AGREES: "goed",
    KeyState.WRONG: "verkeerde sleutel",
    KeyState.UNREACHABLE: "pseudoniemendienst onbereikbaar",
}


def _parts_field() -> ma.fields.Dict:
    return ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), data_key="onderdelen")


class HealthOut(Schema):
    """That all is well; one word per part."""

    status = ma.fields.String(required=True, metadata={"enum": ["goed"]})
    parts = _parts_field()


class NotReadyProblem(ProblemSchema):
    """What is not well: one word per part."""

    parts = _parts_field()


@blp.route("/healthz/livez")
class Alive(MethodView):
    """The process answers."""

    @blp.doc(operationId="leeft")
    @blp.response(200, HealthOut)
    def get(self) -> dict[str, str]:
        """Zeg dat dit proces leeft."""
        return {"status": "goed"}


@blp.route("/healthz/readyz")
class Ready(MethodView):
    """The process can do its work."""

    @blp.doc(operationId="gereed")
    @blp.response(200, HealthOut)
    @blp.alt_response(
        503, schema=NotReadyProblem, content_type=PROBLEM_TYPE, description="Niet gereed."
    )
    def get(self) -> Response:
        """Zeg of database, schema en sleutels in orde zijn."""
        parts, is_ready = _parts()
        if is_ready:
            return jsonify(status="goed", onderdelen=parts)
        return problem_response(Problem(503, "De index is niet gereed."), onderdelen=parts)


def _parts() -> tuple[dict[str, str], bool]:
    try:
        is_current = schema_is_current(session())
        checks = session().scalars(select(KeyCheck).order_by(KeyCheck.name)).all()
    except SQLAlchemyError as error:
        event_log.log_unexpected(error, route="readyz")
        return {"database": "onbereikbaar"}, False
    own = services().settings.keys.scalar_fingerprint
    parts = {"database": "goed", "schema": "goed" if is_current else "niet bijgewerkt"}
    is_ready = is_current
    for check in checks:
        state = check.state
        if check.name == INDEX_CHECK and check.fingerprint != own:
            state = KeyState.WRONG
        # Unreachable is not wrong: evaluations in hand can still be registered.
        is_ready = is_ready and state is not KeyState.WRONG
        label = "sleutel index" if check.name == INDEX_CHECK else f"canarie {check.name}"
        parts[label] = _WORDS[state]
    return parts, is_ready
