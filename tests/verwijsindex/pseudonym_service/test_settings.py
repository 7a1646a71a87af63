"""A configuration that is wrong is refused: all faults at once, no value shown."""

from __future__ import annotations

import json

import pytest

from crypto import base64url
from verwijsindex.pseudonym_service.application import build_wsgi
from verwijsindex.pseudonym_service.errors import SettingsRefused
from verwijsindex.pseudonym_service.settings import load_settings


@pytest.fixture
def environment(world):
    secret, public = world.path / "geheim.json", world.path / "index.json"
    secret.write_text(world.service_keys.to_json())
    public.write_text(world.index_keys.public().to_json())
    secret.chmod(0o400)
    return {
        "VI_SERVICE_SECRET_KEYS_FILE": str(secret),
        "VI_INDEX_PUBLIC_KEYS_FILE": str(public),
        "VI_SERVICE_STORE": str(world.path / "ander.sqlite"),
    }


def _faults(environment) -> tuple[str, ...]:
    with pytest.raises(SettingsRefused) as refused:
        load_settings(environment)
    return refused.value.faults


def test_what_is_needed_suffices(environment, world):
    settings = load_settings(environment)
    assert settings.daily_ceiling == 1_000_000
    assert settings.allowed_origin is None
    assert settings.keys.to_json() == world.service_keys.to_json()
    assert build_wsgi(environment).test_client().get("/v1/healthz/readyz").status_code == 200


def test_all_that_is_missing_is_named_at_once():
    names = [fault.split()[0] for fault in _faults({})]
    assert names == ["VI_SERVICE_SECRET_KEYS_FILE", "VI_INDEX_PUBLIC_KEYS_FILE", "VI_SERVICE_STORE"]


def test_all_that_is_wrong_is_named_at_once_and_no_value_is_shown(tmp_path):
    (tmp_path / "k").write_text("GEHEIM")
    faults = _faults(
        {
            "VI_SERVICE_SECRET_KEYS_FILE": str(tmp_path / "k"),
            "VI_INDEX_PUBLIC_KEYS_FILE": "/GEHEIM",
            "VI_SERVICE_STORE": "/GEHEIM/store",
            "VI_SERVICE_ALLOWED_ORIGIN": "GEHEIM",
            "VI_SERVICE_DAILY_CEILING": "GEHEIM",
        }
    )
    assert len(faults) == 5
    assert len({fault.split()[0] for fault in faults}) == 5
    assert "GEHEIM" not in "".join(faults)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "1e6", "1000000001", "9" * 5000, "٣"])
def test_the_ceiling_is_a_number_of_elements(environment, value):
    (fault,) = _faults(environment | {"VI_SERVICE_DAILY_CEILING": value})
    assert fault.startswith("VI_SERVICE_DAILY_CEILING")


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "null",
        "index.example",
        "http://index.example",
        "https://index.example/",
        "https://index.example/pad",
        "https://a@index.example",
        "https://INDEX.example",
        "https://index.example:99999",
        "https://a.example https://b.example",
        "https://",
        "ftp://index.example",
    ],
)
def test_the_origin_is_one_origin_as_browsers_send_it(environment, value):
    (fault,) = _faults(environment | {"VI_SERVICE_ALLOWED_ORIGIN": value})
    assert fault.startswith("VI_SERVICE_ALLOWED_ORIGIN")


@pytest.mark.parametrize(
    "value",
    [
        "https://index.example",
        "https://index.example:8443",
        "http://localhost:8000",
        "http://[::1]:80",
    ],
)
def test_an_origin_may_have_a_port_and_be_plain_on_loopback(environment, value):
    assert load_settings(environment | {"VI_SERVICE_ALLOWED_ORIGIN": value}).allowed_origin == value


def test_a_setting_may_stand_in_a_file_but_not_in_both(environment, world):
    file = world.path / "plafond"
    file.write_text("25\n")
    given = environment | {"VI_SERVICE_DAILY_CEILING_FILE": str(file)}
    assert load_settings(given).daily_ceiling == 25
    (fault,) = _faults(given | {"VI_SERVICE_DAILY_CEILING": "25"})
    assert "VI_SERVICE_DAILY_CEILING_FILE" in fault


def test_the_keys_of_the_index_may_not_be_here_except_in_the_demonstration(environment):
    both = environment | {"VI_INDEX_SECRET_KEYS_FILE": "/ergens"}
    (fault,) = _faults(both)
    assert fault.startswith("VI_INDEX_SECRET_KEYS_FILE")
    assert load_settings(both | {"VI_DEMO": "ja"})


def test_one_key_for_two_kinds_is_refused(environment, world):
    content = json.loads(world.service_keys.to_json())
    content["evaluation"][1]["scalar"] = content["evaluation"][0]["scalar"]
    (world.path / "dubbel.json").write_text(json.dumps(content))
    (fault,) = _faults(
        environment | {"VI_SERVICE_SECRET_KEYS_FILE": str(world.path / "dubbel.json")}
    )
    assert fault.startswith("VI_SERVICE_SECRET_KEYS_FILE")


def test_a_box_key_that_hides_nothing_is_refused(environment, world):
    content = json.loads(world.index_keys.public().to_json())
    content["box"] = base64url.encode(bytes(32))
    (world.path / "nul.json").write_text(json.dumps(content))
    (fault,) = _faults(environment | {"VI_INDEX_PUBLIC_KEYS_FILE": str(world.path / "nul.json")})
    assert fault.startswith("VI_INDEX_PUBLIC_KEYS_FILE")


def test_settings_do_not_print_keys(environment, world):
    shown = repr(load_settings(environment))
    for key in world.service_keys.evaluation_keys:
        assert repr(key.scalar.value) not in shown
    assert repr(bytes(world.service_keys.box)) not in shown
