import json

import pytest

from verwijsindex.client import (
    ClientKey,
    ClientSecret,
    ClientSettings,
    SettingsRefused,
    read_settings,
)

SECRET = "heel-geheim-4711"
BASE = 'url = "https://index.nl/"\nservice_url = "https://ps.nl/v1"\nclient_id = "c1"\n'
ENVIRONMENT = {
    "VI_CLIENT_URL": "https://index.nl",
    "VI_CLIENT_SERVICE_URL": "https://ps.nl/v1",
    "VI_CLIENT_ID": "c1",
    "VI_CLIENT_SECRET": SECRET,
}
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": SECRET}


@pytest.fixture
def toml(tmp_path):
    def write(text):
        path = tmp_path / "vi-client.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_toml_file_gives_everything(toml):
    settings = read_settings(toml(f'{BASE}client_secret = "{SECRET}"'), {})
    assert settings == ClientSettings(
        "https://index.nl", "https://ps.nl/v1", "c1", ClientSecret(SECRET)
    )
    assert settings.token_url == "https://index.nl/oauth/token"


def test_the_environment_may_name_the_file(toml):
    path = toml(f'{BASE}client_secret = "{SECRET}"')
    assert read_settings(None, {"VI_CLIENT_CONFIG": str(path)}).client_id == "c1"


def test_the_environment_alone_is_enough():
    assert read_settings(None, ENVIRONMENT).credential == ClientSecret(SECRET)


def test_a_file_leaves_the_environment_out(toml):
    with pytest.raises(SettingsRefused, match=r"client_secret in vi-client\.toml"):
        read_settings(toml(BASE), ENVIRONMENT)


def test_a_secret_file_is_found_next_to_the_configuration(toml, tmp_path):
    (tmp_path / "geheim.txt").write_text(f"{SECRET}\n", encoding="utf-8")
    settings = read_settings(toml(f'{BASE}client_secret_file = "geheim.txt"'), {})
    assert settings.credential == ClientSecret(SECRET)


def test_a_key_file_is_a_private_jwk(toml, tmp_path):
    (tmp_path / "client.jwk").write_text(json.dumps(JWK), encoding="utf-8")
    settings = read_settings(toml(f'{BASE}private_key_file = "client.jwk"'), {})
    assert settings.credential == ClientKey(JWK)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"kty": "OKP", "x": "AA"}', '{"kty": "oct", "d": "heel-geheim-4711"}']
)
def test_another_file_is_no_private_key(toml, tmp_path, content):
    (tmp_path / "client.jwk").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsRefused, match="privésleutel") as caught:
        read_settings(toml(f'{BASE}private_key_file = "client.jwk"'), {})
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nope.toml", "Het configuratiebestand nope.toml bestaat niet of kan niet gelezen worden."),
        ("123456782", "Het configuratiebestand bestaat niet of kan niet gelezen worden."),
    ],
)
def test_a_configuration_that_is_not_there_is_named(tmp_path, name, said):
    with pytest.raises(SettingsRefused) as caught:
        read_settings(tmp_path / name, {})
    assert str(caught.value) == said


@pytest.mark.parametrize("missing", list(ENVIRONMENT))
def test_a_missing_variable_is_named(missing):
    environment = {name: value for name, value in ENVIRONMENT.items() if name != missing}
    with pytest.raises(SettingsRefused, match=missing) as caught:
        read_settings(None, environment)
    assert SECRET not in str(caught.value)


def test_all_missing_settings_are_named_at_once():
    with pytest.raises(SettingsRefused) as caught:
        read_settings(None, {})
    assert all(name in str(caught.value) for name in ENVIRONMENT)


def test_two_credentials_are_one_too_many():
    with pytest.raises(SettingsRefused, match="Kies er één"):
        read_settings(None, ENVIRONMENT | {"VI_CLIENT_SECRET_FILE": "x"})


@pytest.mark.parametrize(
    "text",
    [
        f"client_secret = {SECRET}",
        f'{BASE}client_secret = "{SECRET}"\n"{SECRET}" = "x"',
        f'{BASE}client_secret = ["{SECRET}"]',
        f'{BASE}client_secret_file = "/nergens/{SECRET}"',
    ],
)
def test_an_unusable_file_is_refused_without_showing_the_secret(toml, text):
    with pytest.raises(SettingsRefused) as caught:
        read_settings(toml(text), {})
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://127.0.0.1", "http://127.8.0.1:1", "http://[::1]:8000"]
)
def test_plain_http_is_for_this_machine(url):
    assert ClientSettings(url, url, "c", ClientSecret("s")).url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://index.nl",
        "http://127.0.0.1.index.nl",
        "http://localhost.index.nl",
        "http://10.0.0.1",
        "http://127.0.0.1@index.nl",
        "ftp://index.nl",
        "index.nl",
        "https://",
        "https://user:pw@index.nl",
        "https://:pw@index.nl",
        "https://user@index.nl",
        "https://index.nl/?a=1",
        "https://index.nl:x",
    ],
)
@pytest.mark.parametrize("which", ["url", "service_url"])
def test_any_other_address_is_refused(url, which):
    addresses = {"url": "https://index.nl", "service_url": "https://ps.nl"} | {which: url}
    with pytest.raises(SettingsRefused, match=f"^{which} "):
        ClientSettings(**addresses, client_id="c", credential=ClientSecret("s"))


def test_no_credential_prints_itself():
    assert SECRET not in repr(read_settings(None, ENVIRONMENT))
    assert SECRET not in repr([ClientSecret(SECRET), ClientKey(JWK)])
