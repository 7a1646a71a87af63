"""Schemathesis over an application in this process: its examples, boundaries, random and linked calls.

What it sends comes from the application's own document; what comes back is held against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from flask import Flask
from schemathesis.engine import events, from_schema
from schemathesis.hooks import unregister

#: Every check that makes sense without cookies and users; the others are about those.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
)
PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass
class Outcome:
    """What came of a run.

    Attributes:
        failures: Operation, check, what was sent and what came back.
        statuses: How often an operation answered with a status.
        steps: How many calls were made along a link.
    """

    failures: list[str] = field(default_factory=list)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    steps: int = 0

    def with_status(self, label: str) -> set[int]:
        """Return the statuses that the operation *label* answered with."""
        return {status for name, status in self.statuses if name == label}


Fill = Callable[[str, Any], Any]


def fuzz(
    app: Flask,
    document: str,
    *,
    headers: Mapping[str, str],
    examples: int,
    seed: int,
    fill: Fill = lambda _, body: body,
    without: Mapping[str, Sequence[str]] | None = None,
    phases: Sequence[str] = PHASES,
    uncovered: Sequence[str] = (),
) -> Outcome:
    """Call everything in the *document* of *app*; return what was not as it says.

    Args:
        app: Called in this process.
        document: Path of its document.
        headers: Sent with every call.
        examples: How many random calls per operation and kind.
        seed: The same seed sends the same.
        fill: Given an operation's label and a good body, returns a better one.
        without: Checks that cannot be made, by the path of an operation.
        phases: Of the engine.
        uncovered: Paths of operations whose boundaries are too many to try each.
    """
    config = schemathesis.Config.from_dict(
        {
            "seed": seed,
            "headers": dict(headers),
            "continue-on-failure": True,
            "generation": {"max-examples": examples, "database": "none", "no-shrink": True},
            "checks": {"enabled": False} | {name: {"enabled": True} for name in CHECKS},
            "phases": {name: {"enabled": name in phases} for name in PHASES}
            # Only along the links that the document has; no guesses.
            | {"stateful": {"enabled": "stateful" in phases, "inference": {"algorithms": []}}},
            "operations": [
                {"include-path": path, "checks": {name: {"enabled": False} for name in names}}
                | ({"phases": {"coverage": {"enabled": False}}} if path in uncovered else {})
                for path, names in (without or {}).items()
            ],
        }
    )
    schema = schemathesis.openapi.from_wsgi(document, _at_its_server(app), config=config)

    def before_call(_: Any, case: Any, __: Any) -> None:
        if case.meta is not None and case.meta.generation.mode.is_positive:
            case.body = fill(case.operation.label, case.body)

    outcome = Outcome()
    schemathesis.hook(before_call)  # there is no such hook for one document alone
    try:
        for event in from_schema(schema).execute():
            _take(event, outcome)
    finally:
        unregister(before_call)
    return outcome


def _at_its_server(app: Flask) -> Any:
    """Return *app* for a client that does not see that the token endpoint has its own server."""

    def placed(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/api/v1/oauth/token":
            environ = {**environ, "PATH_INFO": "/oauth/token"}
        return app.wsgi_app(environ, start_response)

    return placed


def _take(event: events.EngineEvent, outcome: Outcome) -> None:
    if isinstance(event, events.NonFatalError):
        outcome.failures.append(f"{event.label}: {event.info.format()}")
    elif isinstance(event, events.FatalError):
        raise event.exception
    elif isinstance(event, events.ScenarioFinished):
        recorder = event.recorder
        for case_id, interaction in recorder.interactions.items():
            if interaction.response is not None:
                label = recorder.cases[case_id].value.operation.label
                outcome.statuses[label, interaction.response.status_code] += 1
                outcome.steps += recorder.cases[case_id].parent_id is not None
        for case_id, checks in recorder.checks.items():
            case = recorder.cases[case_id].value
            for check in checks:
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    outcome.failures.append(
                        f"{event.phase.value} {case.operation.label} {check.name}: {failure}"
                        f"\n  sent {_sent(case)}"
                    )


def _sent(case: Any) -> str:
    sent = {
        name: getattr(case, name) for name in ("path_parameters", "query", "media_type", "body")
    }
    return f"{case.method} {sent}"
