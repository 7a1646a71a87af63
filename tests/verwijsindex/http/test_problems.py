"""Every error of a Flask application becomes a problem, whoever raised it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException, default_exceptions

from tests.verwijsindex.api.refusals import assert_problem
from verwijsindex.http import problems
from verwijsindex.http.application import prepare
from verwijsindex.http.problems import InvalidInput, Problem

SECRET = "ZQX7"


@pytest.fixture(scope="module")
def http() -> FlaskClient:
    """Return an application of which each route fails in its own way."""
    app = Flask("wrong")
    prepare(app, title="Fout", version="1.0.0", document_path="/api/v1")

    @app.route("/werkzeug/<int:code>")
    def raise_werkzeug(code: int) -> str:
        raise default_exceptions[code](SECRET)

    @app.route("/problem/<int:status>")
    def raise_problem(status: int) -> str:
        raise Problem(status, headers={"Retry-After": "7"})

    @app.route("/faults")
    def raise_faults() -> str:
        raise InvalidInput([{"name": "a", "reason": "x"}, {"name": "b", "reason": "y"}])

    @app.route("/<any(value,key,os):kind>")
    def raise_unexpected(kind: str) -> str:
        raise {"value": ValueError, "key": KeyError, "os": OSError}[kind](SECRET)

    return app.test_client()


@pytest.mark.parametrize("code", [c for c in default_exceptions if c >= 400])
def test_an_error_of_werkzeug_is_a_problem_without_its_text(code: int, http: FlaskClient) -> None:
    known = code if code in problems.DETAILS else (400 if code < 500 else 500)
    answer = http.get(f"/werkzeug/{code}")
    body = answer.json
    assert (answer.status_code, answer.mimetype) == (known, problems.PROBLEM_TYPE)
    assert (body["status"], body["instance"]) == (known, "/werkzeug/<int:code>")
    assert body["title"] == problems.TITLES[known]
    assert body["detail"] == problems.DETAILS[known]
    assert SECRET not in str(body)


@pytest.mark.parametrize("status", sorted(problems.DETAILS.keys() & problems.TITLES.keys()))
def test_every_status_has_words_of_its_own(status: int, http: FlaskClient) -> None:
    answer = http.get(f"/problem/{status}")
    assert answer.status_code == status
    assert answer.json["title"] == problems.TITLES[status]
    assert answer.json["detail"] == problems.DETAILS[status]
    assert answer.json["type"].endswith(f"/{status}")
    assert answer.headers["Retry-After"] == "7"


def test_faults_are_counted_in_dutch(http: FlaskClient) -> None:
    body = assert_problem(http.get("/faults"), 400, "/faults")
    assert body["detail"] == "Het verzoek bevat 2 fouten."
    assert body["invalidParams"] == [{"name": "a", "reason": "x"}, {"name": "b", "reason": "y"}]


@pytest.mark.parametrize("kind", ["value", "key", "os"])
def test_what_nobody_foresaw_is_500_without_text(kind: str, http: FlaskClient) -> None:
    answer = http.get(f"/{kind}")
    assert_problem(answer, 500, "/<any(value,key,os):kind>")
    assert SECRET not in answer.text


def test_a_problem_shows_its_status_alone_when_it_is_printed() -> None:
    assert str(Problem(409, SECRET)) == "409"
    assert SECRET not in repr(Problem(409, SECRET))
    assert isinstance(default_exceptions[404](), HTTPException)
