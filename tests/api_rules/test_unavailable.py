"""Without its data the index says so (503, come back), and goes on when they are back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from tests.api_rules.conftest import Application, address, methods
from tests.api_rules.test_answers import assert_problem


@pytest.fixture(params=[OperationalError("SELECT geheim", {}, Exception("geheim")), PoolTimeout()])
def _no_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object, **__: object) -> None:
        raise request.param

    with monkeypatch.context() as patch:
        for name in ("execute", "scalar", "scalars", "get", "connection"):
            patch.setattr(Session, name, refuse)
        yield


BODY = {
    "grant_type": "client_credentials",
    "resource": "index",
    "client_id": "0193b5f0-0000-7000-8000-000000000000",
    "client_secret": "x" * 43,
}


@pytest.mark.usefixtures("_no_database")
def test_every_route_that_needs_the_database_answers_503(index: Application) -> None:
    told = {
        path
        for path, item in index.document["paths"].items()
        for operation in item.values()
        if isinstance(operation, dict) and "503" in operation["responses"]
    }
    asked = set()
    for rule in index.rules:
        path = rule.rule.removeprefix(index.prefix)
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)
        for method in methods(rule):
            form = {"data": BODY} if "token" in path else {}
            answer = index.call(method, address(rule), **form)
            if path in told:
                assert_problem(answer, 503)
                assert int(answer.headers["Retry-After"]) > 0
                assert "geheim" not in answer.text
                asked.add(path)
            else:
                assert answer.status_code == 200
    assert asked == told


def test_it_goes_on_afterwards(index: Application) -> None:
    assert index.call("GET", "/api/v1/signalen").status_code == 200
    assert index.ask("GET", "/api/v1/healthz/readyz").status_code == 200
