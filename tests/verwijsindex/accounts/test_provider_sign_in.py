"""Signing in through one's own organisation, against a real provider in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.clock import Clock
from tests.people import Person, add_person
from tests.verwijsindex.accounts.conftest import Office, csrf_of, send
from tests.verwijsindex.accounts.providers import Provider, running_provider
from tests.world import lend_world
from verwijsindex.accounts.passkeys import Purpose
from verwijsindex.accounts.provider_sign_in import Arrival, Hitch, link_from
from verwijsindex.accounts.records import (
    Account,
    AccountSession,
    IdentityProvider,
    ProviderIdentity,
    SignInMethod,
    StepKind,
)
from verwijsindex.accounts.roles import Role
from verwijsindex.accounts.sessions import find_session
from verwijsindex.accounts.steps import LIFETIMES

pytestmark = pytest.mark.any_database

BASE_URL = "https://index.example"
LINK = "/inloggen/organisatie/koppelen"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with running_provider(BASE_URL, timedelta(seconds=60)) as provider:
        yield provider


@pytest.fixture(scope="module")
def other() -> Iterator[Provider]:
    """Return the provider of another organisation."""
    with running_provider(BASE_URL, timedelta(seconds=60)) as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    running.tell()
    return running


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    """Return an index at the present moment, for the provider has a clock of its own."""
    with lend_world(database_url, Clock(datetime.now(UTC))) as world:
        yield Office(world, world.member("Wijkteam", domain="zorg"), BASE_URL)


@pytest.fixture
def begin(office: Office, provider: Provider) -> str:
    """Return the path on which a sign-in at the organisation begins."""
    return provider.keep(office.world, "Wijkteam")


def away(client: Any, path: str) -> str:
    """Follow our own link and return the address at the provider."""
    answer = client.get(path)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def linked(office: Office, provider: Provider, person: Person) -> Person:
    """Link *person* to whoever signs in at the provider, as they would."""
    client = person.browser()
    answer = client.get(provider.sign_in(away(client, LINK)))
    assert answer.status_code == 303, answer.text
    return person


def is_in(client: Any) -> bool:
    return bool(client.get("/sociale-kaart").status_code == 200)


def refused(answer: Any, title: str) -> bool:
    return answer.status_code >= 400 and f"<h1>{title}</h1>" in answer.text


NOT_IN = "U bent niet ingelogd"
OVER = "Het inloggen duurde te lang"
UNKNOWN = "Uw account is nog niet gekoppeld"


def test_signs_in_whoever_was_linked(office: Office, provider: Provider, begin: str) -> None:
    somebody = linked(office, provider, office.person())
    client = office.world.http
    answer = client.get(provider.sign_in(away(client, f"{begin}?naar=/sociale-kaart")))
    assert answer.headers["Location"] == "/sociale-kaart"
    assert is_in(client)
    with office.world.services.sessions() as session:
        newest = session.query(AccountSession).filter_by(method=SignInMethod.PROVIDER).one()
        assert newest.account_id == somebody.account_id


def test_asks_with_pkce_state_and_nonce(office: Office, provider: Provider, begin: str) -> None:
    asked = parse_qs(urlsplit(away(office.world.http, begin)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert asked["scope"] == ["openid"]
    assert len(asked["state"][0]) == 43
    assert len(asked["nonce"][0]) == 43


@pytest.mark.parametrize(
    "wrong",
    [
        {"claims": {"nonce": "another"}},
        {"claims": {"nonce": None}},
        {"claims": {"iss": "https://elders.example"}},
        {"claims": {"aud": "another"}},
        {"claims": {"aud": "another", "azp": "verwijsindex"}},
        {"claims": {"aud": ["verwijsindex", "another"]}},
        {"claims": {"azp": "another"}},
        {"claims": {"exp": 1}},
        {"claims": {"sub": ""}},
        {"claims": {"sub": "999900006"}},
        {"claims": {"sub": 7}},
        {"sign": "stranger"},
        {"sign": "none"},
        {"sign": "secret"},
        {"refuses": True},
    ],
    ids=str,
)
def test_a_token_that_is_not_right_lets_nobody_in(
    office: Office, provider: Provider, begin: str, wrong: dict[str, Any]
) -> None:
    linked(office, provider, office.person())
    provider.tell(**wrong)
    client = office.world.http
    answer = client.get(provider.sign_in(away(client, begin)))
    assert refused(answer, NOT_IN)
    assert not is_in(client)


def test_a_code_is_good_once(office: Office, provider: Provider, begin: str) -> None:
    linked(office, provider, office.person())
    client = office.world.http
    back = provider.sign_in(away(client, begin))
    client.get(back)
    assert refused(client.get(back), OVER)  # the state is used up
    fresh = parse_qs(urlsplit(away(client, begin)).query)["state"][0]
    used = parse_qs(urlsplit(back).query)
    path = f"/inloggen/organisatie/terug?state={fresh}&code={used['code'][0]}&iss={used['iss'][0]}"
    assert refused(client.get(path), NOT_IN)


def test_a_state_is_good_in_its_own_browser_alone(
    office: Office, provider: Provider, begin: str
) -> None:
    linked(office, provider, office.person())
    back = provider.sign_in(away(office.world.http, begin))
    victim = office.world.http
    csrf_of(victim, "/inloggen")  # has a cookie of its own
    assert refused(victim.get(back), OVER)
    assert not is_in(victim)


def test_a_state_lasts_ten_minutes(office: Office, provider: Provider, begin: str) -> None:
    linked(office, provider, office.person())
    client = office.world.http
    back = provider.sign_in(away(client, begin))
    office.world.clock.advance(LIFETIMES[StepKind.PROVIDER])
    assert refused(client.get(back), OVER)


def test_an_answer_in_another_providers_name_is_refused(
    office: Office, provider: Provider, begin: str
) -> None:
    linked(office, provider, office.person())
    client = office.world.http
    for named in ("", "&iss=https://elders.example"):
        back = provider.sign_in(away(client, begin)).partition("&iss=")[0]
        assert refused(client.get(back + named), NOT_IN)


def test_the_same_mail_address_is_nobody(office: Office, provider: Provider, begin: str) -> None:
    somebody = linked(office, provider, office.person())
    provider.tell(subject="s-2", claims={"email": somebody.email, "email_verified": True})
    client = office.world.http
    assert refused(client.get(provider.sign_in(away(client, begin))), UNKNOWN)
    assert not is_in(client)


def test_another_organisations_subject_is_nobody(
    office: Office, provider: Provider, other: Provider, begin: str
) -> None:
    linked(office, provider, office.person())
    bureau = office.world.member("Zorgbureau", domain="zorg")
    elsewhere = other.keep(office.world, "Zorgbureau")
    other.tell(subject="s-1")
    client = office.world.http
    assert refused(client.get(other.sign_in(away(client, elsewhere))), UNKNOWN)
    namesake = add_person(office.world, bureau.id, Role.SUPPORT)
    linked(office, other, namesake)  # the same subject, elsewhere, is somebody else
    client.get(other.sign_in(away(client, elsewhere)))
    assert namesake.email in client.get("/mijn-gegevens").text


def test_who_was_blocked_or_moved_stays_out(office: Office, provider: Provider, begin: str) -> None:
    somebody = linked(office, provider, office.person())
    moved = office.world.member("Zorgbureau", domain="zorg")
    with office.world.services.sessions() as session:
        session.get_one(Account, somebody.account_id).organisation_id = moved.id
        session.commit()
    client = office.world.http
    assert refused(client.get(provider.sign_in(away(client, begin))), UNKNOWN)


def test_a_subject_belongs_to_one_account(office: Office, provider: Provider, begin: str) -> None:
    linked(office, provider, office.person())
    second = add_person(office.world, office.member.id, Role.SUPPORT).browser()
    answer = second.get(provider.sign_in(away(second, LINK)))
    assert refused(answer, "Dit account is al van iemand anders")


def test_a_link_is_made_for_who_left_alone(office: Office, provider: Provider, begin: str) -> None:
    """Whoever has the browser by the time of the answer is not linked in another's place."""
    first = office.person().browser()
    back = provider.sign_in(away(first, LINK))
    second = add_person(office.world, office.member.id, Role.SUPPORT).browser()
    assert refused(second.get(back), OVER)
    with office.world.services.sessions() as session:
        assert session.query(ProviderIdentity).count() == 0


def test_nor_in_anothers_place_should_the_browser_be_the_same(
    office: Office, provider: Provider, begin: str
) -> None:
    first, second = office.person(), add_person(office.world, office.member.id, Role.SUPPORT)
    services, token = office.world.services, second.begin()
    with services.sessions() as session:
        theirs = session.query(IdentityProvider).one()
        arrival = Arrival(Purpose.ADD, theirs, "joke", first.account_id, "")
        who = find_session(session, token, now=office.world.clock())
        assert who is not None
        assert link_from(session, services, arrival=arrival, who=who) is Hitch.OVER
        assert session.query(ProviderIdentity).count() == 0


def test_linking_asks_for_a_fresh_proof(office: Office, provider: Provider, begin: str) -> None:
    client = office.person().browser()
    office.world.clock.advance(timedelta(minutes=10))
    assert client.get(LINK).headers["Location"] == "/mijn-gegevens"
    form = client.get("/mijn-gegevens/organisatie")
    assert form.headers["Location"].startswith("/mijn-gegevens/bevestigen")


def test_an_invitation_can_be_answered_through_the_organisation(
    office: Office, provider: Provider, begin: str
) -> None:
    somebody, path = office.invited()
    client = office.world.http
    client.post(path, data={"csrf": csrf_of(client, path)})
    assert "Log in via uw organisatie" in client.get("/instellen").text
    answer = client.get(provider.sign_in(away(client, "/instellen/organisatie")))
    assert answer.headers["Location"] == "/mijn-gegevens?klaar=organisatie"
    assert is_in(client)
    again = office.world.http
    again.get(provider.sign_in(away(again, begin)))
    assert is_in(again)
    with office.world.services.sessions() as session:
        assert session.get_one(Account, somebody.account_id).password_hash is None


def test_proves_who_one_is_by_signing_in_there_anew(
    office: Office, provider: Provider, begin: str
) -> None:
    somebody = linked(office, provider, office.person())
    office.world.clock.advance(-timedelta(minutes=10))
    client = somebody.browser()
    office.world.clock.advance(timedelta(minutes=10))
    assert client.get("/mijn-gegevens/wachtwoord").status_code == 303
    path = "/inloggen/organisatie/bevestigen?naar=/mijn-gegevens/wachtwoord"
    address = away(client, path)
    assert parse_qs(urlsplit(address).query)["prompt"] == ["login"]
    assert client.get(provider.sign_in(address)).headers["Location"] == "/mijn-gegevens/wachtwoord"
    assert client.get("/mijn-gegevens/wachtwoord").status_code == 200
    provider.tell(subject="s-2")
    answer = client.get(provider.sign_in(away(client, path)))
    assert refused(answer, UNKNOWN)
    provider.tell(claims={"auth_time": 1})
    answer = client.get(provider.sign_in(away(client, path)))
    assert refused(answer, NOT_IN)


def test_a_link_can_be_taken_away(office: Office, provider: Provider, begin: str) -> None:
    client = linked(office, provider, office.person()).browser()
    assert send(client, "/mijn-gegevens/organisatie/verwijderen").status_code == 303
    stranger = office.world.http
    assert refused(stranger.get(provider.sign_in(away(stranger, begin))), UNKNOWN)


def test_a_provider_that_is_away_is_told(office: Office, provider: Provider, begin: str) -> None:
    gone = Provider("http://127.0.0.1:9", provider.redirect_uri)
    path = gone.keep(office.world, "Wijkteam")
    answer = office.world.http.get(path)
    assert answer.status_code == 503
    assert "Uw organisatie antwoordt niet" in answer.text


def test_organisations_with_a_sign_in_are_listed(
    office: Office, provider: Provider, begin: str
) -> None:
    office.world.member("Zonder", domain="zorg")
    page = office.world.http.get("/inloggen/organisatie").text
    assert "Wijkteam" in page
    assert "Zonder" not in page
    assert office.world.http.get(begin[:-1] + "0").status_code in {303, 404}


def test_the_secret_lies_sealed(office: Office, provider: Provider, begin: str) -> None:
    with office.world.services.sessions() as session:
        kept = session.query(IdentityProvider).one()
        assert b"geheim" not in kept.secret_sealed
