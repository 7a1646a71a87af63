"""The documents keep the Dutch API design rules, as Logius' own ruleset for Spectral sees them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.api_rules.conftest import Application
from tests.api_rules.spectral import findings

Document = dict[str, Any]


def test_spectral_finds_nothing(application: Application, tmp_path: Path) -> None:
    assert findings(application.document, tmp_path) == set()


def _no_contact(document: Document) -> None:
    del document["info"]["contact"]


def _no_servers(document: Document) -> None:
    del document["servers"]


def _no_version_header(document: Document) -> None:
    del document["paths"]["/signalen"]["get"]["responses"]["200"]["headers"]["API-Version"]


def _plain_json_errors(document: Document) -> None:
    content = document["paths"]["/signalen"]["get"]["responses"]["401"]["content"]
    content["application/json"] = content.pop("application/problem+json")


def _slash_at_the_end(document: Document) -> None:
    document["paths"]["/organisaties/"] = document["paths"].pop("/organisaties")


def _capitals_in_a_path(document: Document) -> None:
    document["paths"]["/mijnMedewerkers"] = document["paths"].pop("/medewerkers")


def _snake_case_query(document: Document) -> None:
    document["paths"]["/signalen"]["get"]["parameters"][1]["name"] = "per_pagina"


def _no_400(document: Document) -> None:
    del document["paths"]["/signalen"]["post"]["responses"]["400"]


def _example_that_does_not_fit(document: Document) -> None:
    content = document["paths"]["/signalen"]["post"]["requestBody"]["content"]
    content["application/json"]["example"]["leeftijdsgroep"] = "oud"


def _same_name_twice(document: Document) -> None:
    paths = document["paths"]
    paths["/matches"]["get"]["operationId"] = paths["/signalen"]["get"]["operationId"]


PLANTED: dict[Callable[[Document], None], str] = {
    _no_contact: "info-contact",
    _no_servers: "oas3-api-servers",
    _no_version_header: "nlgov:missing-version-header",
    _plain_json_errors: "nlgov:use-problem-schema",
    _slash_at_the_end: "path-keys-no-trailing-slash",
    _capitals_in_a_path: "nlgov:paths-kebab-case",
    _snake_case_query: "nlgov:query-keys-camel-case",
    _no_400: "nlgov:problem-invalid-input",
    _example_that_does_not_fit: "oas3-valid-media-example",
    _same_name_twice: "operation-operationId-unique",
}


def test_spectral_finds_each_planted_fault(index: Application, tmp_path: Path) -> None:
    # All in one run, for a run takes a second; the sound document has no findings at all.
    document = index.document
    for plant in PLANTED:
        plant(document)
    found = {one.partition(" ")[0] for one in findings(document, tmp_path)}
    assert found == set(PLANTED.values())
