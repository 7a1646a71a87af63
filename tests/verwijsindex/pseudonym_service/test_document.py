"""The document says what the service really does, and where it is mounted."""

from __future__ import annotations

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from verwijsindex.http.application import GuardedBlueprint


@pytest.fixture
def document(world):
    return world.app.test_client().get("/v1/openapi.json").json


def test_the_document_holds_every_route_and_no_other(world, document):
    routes = {
        (rule.rule.removeprefix("/v1"), method.lower())
        for rule in world.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if not rule.rule.endswith("openapi.json")
    }
    told = {(path, method) for path, item in document["paths"].items() for method in item}
    assert told == routes
    assert routes == {
        ("/evaluaties", "post"),
        ("/sleutels", "get"),
        ("/healthz/livez", "get"),
        ("/healthz/readyz", "get"),
    }


def test_every_blueprint_but_the_documents_has_a_guard(world):
    ours = {name for name, b in world.app.blueprints.items() if isinstance(b, GuardedBlueprint)}
    assert set(world.app.blueprints) - ours == {"api-docs"}
    for name in ours:
        assert world.app.blueprints[name].guard in world.app.before_request_funcs[name]
    assert all("." in rule.endpoint for rule in world.app.url_map.iter_rules())


def test_errors_are_problems_and_every_answer_tells_the_version(document):
    for item in document["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                assert "API-Version" in answer["headers"]
                if status >= "400":
                    assert set(answer["content"]) == {"application/problem+json"}


def test_every_status_that_the_tests_saw_stands_in_the_document(document):
    told = set(document["paths"]["/evaluaties"]["post"]["responses"])
    assert told >= {"200", "400", "401", "403", "411", "413", "415", "429", "503"}


def test_the_document_gives_the_shapes_of_elements_and_evaluations(document):
    schemas = document["components"]["schemas"]
    question = schemas["EvaluationsQuestion"]["properties"]
    assert question["elementen"]["maxItems"] == 1000
    assert question["elementen"]["minItems"] == 1
    assert question["elementen"]["items"]["maxLength"] == 43
    assert question["soort"]["enum"] == ["persoon", "ouder"]
    answer = schemas["EvaluationsAnswer"]["properties"]
    assert answer["evaluaties"]["items"]["minLength"] == 163
    assert answer["sleutelId"]["maxLength"] == 32


@pytest.mark.parametrize("mount", ["", "/pseudoniemen"])
def test_the_document_names_the_address_where_the_service_is_mounted(world, mount):
    outside = DispatcherMiddleware(lambda *_: [b""], {mount: world.app}) if mount else world.app
    client = Client(outside)
    document = client.get(f"{mount}/v1/openapi.json").json
    (server,) = document["servers"]
    assert server["url"] == f"{mount}/v1"
    for path, item in document["paths"].items():
        if "get" in item:
            assert client.get(server["url"] + path).status_code == 200


def test_every_answer_is_not_to_be_stored(world, make_elements):
    client = world.app.test_client()
    for answer in (
        world.ask(make_elements(1)),
        client.get("/v1/niets"),
        client.get("/v1/sleutels"),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["API-Version"] == "1.0.0"
