"""The index's pages may call; nobody else's may."""

from __future__ import annotations

import pytest

ORIGIN = "https://index.example"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}


def _cors(answer) -> dict[str, str]:
    return {n: v for n, v in answer.headers.items() if n.startswith("Access-Control")}


def _preflight(world, origin: str):
    return world.app.test_client().options(
        "/v1/evaluaties", headers={"Origin": origin, **PREFLIGHT}
    )


def test_a_preflight_of_the_index_is_answered_without_a_token(world):
    answer = _preflight(world, ORIGIN)
    assert answer.status_code == 204
    found = _cors(answer)
    assert found["Access-Control-Allow-Origin"] == ORIGIN
    assert found["Access-Control-Allow-Methods"] == "POST"
    assert found["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    assert "Access-Control-Allow-Credentials" not in found
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "https://index.example.evil",
        "http://index.example",
        ORIGIN + ":1",
    ],
)
def test_another_origin_is_allowed_nothing(world, make_elements, origin):
    assert _cors(_preflight(world, origin)) == {}
    answer = world.ask(make_elements(1), headers={"Origin": origin})
    assert _cors(answer) == {}
    assert "Origin" in answer.headers["Vary"]


def test_without_an_allowed_origin_no_page_may_call(world, make_elements):
    world.start(allowed_origin=None)
    assert _cors(_preflight(world, ORIGIN)) == {}
    assert _cors(world.ask(make_elements(1), headers={"Origin": ORIGIN})) == {}


def test_the_index_may_read_answers_and_errors_with_retry_after(world, make_elements):
    for answer in (
        world.ask(make_elements(1), headers={"Origin": ORIGIN}),
        world.ask(["kort"], headers={"Origin": ORIGIN}),
        world.ask(make_elements(1), token="a.b.c", headers={"Origin": ORIGIN}),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


def test_everybody_may_read_the_document(world):
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": ORIGIN}):
        answer = world.app.test_client().get("/v1/openapi.json", headers=headers)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_options_without_preflight_still_meets_the_guard(world):
    assert world.app.test_client().options("/v1/evaluaties").status_code == 401
