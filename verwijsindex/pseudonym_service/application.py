"""The one place that wires the service together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Flask, Response

from verwijsindex import event_log
from verwijsindex.http.application import prepare
from verwijsindex.http.document import serve_document
from verwijsindex.http.problems import Problem, problem_response, route_template
from verwijsindex.pseudonym_service.api import (
    SECURITY_SCHEME,
    evaluations_blueprint,
    health_blueprint,
    keys_blueprint,
)
from verwijsindex.pseudonym_service.cross_origin import allow_origin
from verwijsindex.pseudonym_service.errors import StoreUnavailable
from verwijsindex.pseudonym_service.serving import Clock, Service
from verwijsindex.pseudonym_service.settings import ServiceSettings, load_settings

API_VERSION = "1.0.0"
PREFIX = "/v1"
STORE_RETRY_SECONDS = 5


def create_service(settings: ServiceSettings, *, clock: Clock) -> Flask:
    """Return the application; it serves ``/v1/…`` below wherever it is mounted.

    Args:
        settings: As loaded.
        clock: Returns the aware present.

    Raises:
        StoreRefused: The store cannot be used.
    """
    service = Service.of(settings, clock=clock)
    app = Flask("verwijsindex.pseudonym_service", static_folder=None)
    api = prepare(app, title="Pseudoniemendienst", version=API_VERSION, document_path=PREFIX)
    allow_origin(app, settings.allowed_origin)
    app.register_error_handler(StoreUnavailable, _store_unavailable)
    api.spec.components.security_scheme(
        SECURITY_SCHEME, {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    )
    for blueprint in (
        evaluations_blueprint(service),
        keys_blueprint(service),
        health_blueprint(service),
    ):
        api.register_blueprint(blueprint, url_prefix=PREFIX)
    serve_document(app, api, prefix=PREFIX)
    return app


def build_wsgi(environment: Mapping[str, str]) -> Flask:
    """Return the application as *environment* configures it, on the system's clock.

    Raises:
        SettingsRefused: With all faults at once.
        StoreRefused: The store cannot be used.
    """
    app = create_service(load_settings(environment), clock=lambda: datetime.now(UTC))
    event_log.log(event_log.STARTED, part="pseudonym-service", version=API_VERSION)
    return app


def _store_unavailable(error: StoreUnavailable) -> Response:
    event_log.log_unexpected(error, route=route_template())
    return problem_response(
        Problem(
            503,
            "De pseudoniemendienst kan nu niet tellen en evalueert daarom niets;"
            " probeer het zo opnieuw.",
            headers={"Retry-After": str(STORE_RETRY_SECONDS)},
        )
    )
