"""The index as a WSGI application: wired together here and nowhere else."""

from __future__ import annotations

import gc
import os

from flask import Flask, Response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.middleware.proxy_fix import ProxyFix

from verwijsindex import event_log
from verwijsindex.access import TokenReader
from verwijsindex.api import (
    admissions,
    caseloads,
    chain_map,
    findings,
    health,
    lead_rules,
    leaving,
    matches,
    matching_rules,
    organisations,
    professionals,
    profile_keeping,
    profiles,
    signals,
    stalled,
    stand_ins,
    token,
    transfers,
)
from verwijsindex.api.guards import SECURITY_SCHEME, security_scheme
from verwijsindex.database import is_passing, schema_is_current
from verwijsindex.http.application import BATCH_LIMIT_BYTES, prepare
from verwijsindex.http.document import Outside, serve_document
from verwijsindex.http.problems import Problem, problem_response, route_template
from verwijsindex.key_checks import INDEX_CHECK, KeyState, compare
from verwijsindex.metrics_folder import is_shared
from verwijsindex.request_scope import close_sessions
from verwijsindex.services import Services, make_services
from verwijsindex.settings import load_settings
from verwijsindex.web.application import register_pages

API_VERSION = "1.0.0"
API_PREFIX = "/api/v1"


class NotReady(Exception):
    """De index kan niet starten."""


def create_index(services: Services) -> Flask:
    """Return the index.

    Raises:
        NotReady: The schema is not that of this release, or this process has
            another key than the one the database was filled with.
    """
    require_readiness(services)
    app = Flask("verwijsindex", static_folder=None, template_folder=None)
    app.extensions["services"] = services
    app.extensions["token_reader"] = TokenReader(services.settings.keys.index_token.public)
    api = prepare(app, title="Verwijsindex", version=API_VERSION, document_path=API_PREFIX)
    for blueprint in (
        signals.blp,
        matches.blp,
        stalled.blp,
        findings.blp,
        organisations.blp,
        profiles.blp,
        profile_keeping.blp,
        profile_keeping.agreeing_blp,
        chain_map.blp,
        professionals.blp,
        lead_rules.blp,
        lead_rules.administration,
        stand_ins.blp,
        transfers.blp,
        leaving.blp,
        caseloads.blp,
        matching_rules.blp,
        matching_rules.administration,
        admissions.blp,
        health.blp,
    ):
        api.register_blueprint(blueprint, url_prefix=API_PREFIX)
    api.register_blueprint(token.blp)
    endpoint = services.settings.token_endpoint
    api.spec.components.security_scheme(SECURITY_SCHEME, security_scheme(endpoint))
    serve_document(app, api, prefix=API_PREFIX, outside=Outside(services.settings.base_url))
    app.register_error_handler(DBAPIError, _database_failed)
    app.register_error_handler(PoolTimeout, _database_failed)

    @app.before_request
    def _allow_larger_batches() -> None:
        if request.endpoint in {signals.BATCH_ENDPOINT, caseloads.ENDPOINT}:
            request.max_content_length = BATCH_LIMIT_BYTES

    close_sessions(app)
    register_pages(app, services)
    return app


def _database_failed(error: Exception) -> Response:
    event_log.log_unexpected(error, route=route_template())
    if not is_passing(error):
        return problem_response(Problem(500))
    # A restart or a full pool passes: the caller is to come back, not to give up.
    return problem_response(
        Problem(503, "De verwijsindex kan nu niet bij zijn gegevens. Probeer het zo opnieuw.")
    )


def require_readiness(services: Services) -> None:
    """Refuse to serve with an old schema or a wrong key.

    Raises:
        NotReady: Says what to do.
    """
    with services.sessions() as session:
        if not schema_is_current(session):
            raise NotReady("Het databaseschema is niet bij: voer 'verwijsindex db upgrade' uit.")
        own = services.settings.keys.scalar_fingerprint
        state = compare(session, INDEX_CHECK, own, now=services.clock())
        session.commit()
    if state is KeyState.WRONG:
        raise NotReady(
            "VI_INDEX_SECRET_KEYS_FILE bevat een andere sleutel dan waarmee deze database is"
            " gevuld. Er zou niets meer matchen. Zet het juiste sleutelbestand terug."
        )


def from_environment() -> Flask:
    """Return the index as the environment configures it (for a WSGI server)."""
    event_log.configure_logging()
    services = make_services(load_settings(os.environ))
    if is_shared():
        from verwijsindex.metrics import count_events

        count_events(services)
    app = create_index(services)
    if services.settings.proxies:
        # Else all sign-ins would seem to come from one address, and be slowed down together.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=services.settings.proxies, x_proto=0, x_host=0
        )
    # What is there now stays. Looking through it for what may go took longer than
    # all else of a batch of a thousand rows, and was done in every third one.
    gc.collect()
    gc.freeze()
    return app
