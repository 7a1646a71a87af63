"""My details: what I change of how I sign in, and where I am signed in."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from orgprofiles.base import new_id
from tests.people import PASSWORD, Person, add_person
from tests.verwijsindex.accounts.conftest import Office, csrf_of, send
from verwijsindex.accounts.one_time_codes import present_code
from verwijsindex.accounts.own_means import PROOF_LASTS
from verwijsindex.accounts.records import Account, AccountSession, Passkey
from verwijsindex.accounts.roles import Role
from verwijsindex.audit import Action, AuditEvent
from verwijsindex.web.csrf import DEVICE_COOKIE, SESSION_COOKIE

pytestmark = pytest.mark.any_database

OWN = "/mijn-gegevens"
NEW = "acht groene zingende kevers"
#: What asks for a proof of a moment ago, and what to send there.
CHANGES = {
    "/wachtwoord": {"oud": PASSWORD, "wachtwoord": NEW, "nogmaals": NEW},
    "/app": {},
    "/herstelcodes": {},
    "/organisatie/verwijderen": {},
    "/passkey/0193b5f0-0000-7000-8000-000000000000/verwijderen": {},
}


@pytest.fixture
def somebody(office: Office) -> Person:
    return office.person()


@pytest.fixture
def client(somebody: Person) -> Any:
    return somebody.browser()


def add_passkey(office: Office, person: Person, device: str = "Chrome op Android") -> Passkey:
    with office.world.services.sessions() as session:
        made = Passkey(
            id=new_id(),
            account_id=person.account_id,
            credential_id=new_id().bytes,
            public_key=b"-",
            sign_count=0,
            device=device,
            created_at=office.world.clock(),
        )
        session.add(made)
        session.commit()
    return made


def take_password(office: Office, person: Person) -> None:
    with office.world.services.sessions() as session:
        account = session.get_one(Account, person.account_id)
        account.password_hash = account.totp_sealed = account.totp_step = None
        session.commit()


def is_in(client: Any) -> bool:
    return bool(client.get(OWN).status_code == 200)


def deeds(office: Office, action: Action) -> int:
    with office.world.services.sessions() as session:
        return session.query(AuditEvent).filter_by(action=action).count()


def can_sign_in(person: Person, password: str) -> bool:
    answer = send(
        person.world.http, "/inloggen", on="/inloggen", email=person.email, wachtwoord=password
    )
    return bool(answer.status_code == 303)


def test_shows_what_partners_see(client: Any) -> None:
    page = client.get(OWN).text
    for one in ("M. Wijkteam 1", "Wijkteam", "consulent", "06-12345671", "m1@wijkteam.example"):
        assert one in page
    assert "coördinator van uw organisatie past het aan" in page


def test_says_that_who_is_no_contact_is_not_seen(office: Office) -> None:
    page = add_person(office.world, office.member.id, Role.COORDINATOR).browser().get(OWN).text
    assert "Partners zien u dus niet" in page


def test_another_password_ends_the_other_sessions(
    office: Office, somebody: Person, client: Any
) -> None:
    other = somebody.browser()
    answer = send(client, OWN + "/wachtwoord", **CHANGES["/wachtwoord"])
    assert answer.headers["Location"] == OWN + "?klaar=wachtwoord"
    assert is_in(client)
    assert not is_in(other)
    assert can_sign_in(somebody, NEW)
    assert not can_sign_in(somebody, PASSWORD)
    assert deeds(office, Action.MEANS_CHOSEN) == 1


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"oud": "iets anders"}, "Wachtwoord van nu: klopt niet"),
        ({"wachtwoord": "kort", "nogmaals": "kort"}, "is te kort"),
        ({"nogmaals": "iets anders"}, "is anders dan het wachtwoord erboven"),
    ],
    ids=str,
)
def test_a_password_that_is_not_right_changes_nothing(
    somebody: Person, client: Any, changes: dict[str, str], fault: str
) -> None:
    answer = send(client, OWN + "/wachtwoord", **(CHANGES["/wachtwoord"] | changes))
    assert answer.status_code == 400
    assert fault in unescape(answer.text)
    assert can_sign_in(somebody, PASSWORD)


def test_guessing_the_old_password_is_stopped(somebody: Person, client: Any) -> None:
    for _ in range(10):
        send(client, OWN + "/wachtwoord", **(CHANGES["/wachtwoord"] | {"oud": "raad maar"}))
    answer = send(client, OWN + "/wachtwoord", **CHANGES["/wachtwoord"])
    assert "wacht een uur" in answer.text
    assert client.get(OWN).status_code == 200


def test_another_app_takes_over_with_fresh_recovery_codes(
    office: Office, somebody: Person, client: Any
) -> None:
    other = somebody.browser()
    page = client.get(OWN + "/app").text
    offer = re.search(r'name="aanbod" value="([^"]+)"', page)
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
    assert offer is not None
    assert secret is not None
    wrong = send(client, OWN + "/app", aanbod=offer[1], code="000000")
    assert wrong.status_code == 400
    assert offer[1] in wrong.text  # the picture stays the same
    code = present_code(secret[1].replace(" ", ""), now=office.world.clock())
    done = send(client, OWN + "/app", aanbod=offer[1], code=code)
    assert len(re.findall(r"<code>[a-z2-9]{5}-[a-z2-9]{5}</code>", done.text)) == 8
    assert not is_in(other)
    with office.world.services.sessions() as session:
        sealed = session.get_one(Account, somebody.account_id).totp_sealed
    kept = office.world.services.account_secrets.open(sealed or b"").decode()
    assert kept == secret[1].replace(" ", "")


def test_an_offer_of_codes_is_for_one_account_and_half_an_hour(office: Office, client: Any) -> None:
    page = client.get(OWN + "/app").text
    offer = re.search(r'name="aanbod" value="([^"]+)"', page)
    assert offer is not None
    other = add_person(office.world, office.member.id, Role.SUPPORT).browser()
    for browser, sent in ((other, offer[1]), (client, offer[1][:-4] + "AAAA"), (client, "x")):
        answer = send(browser, OWN + "/app", aanbod=sent, code="000000")
        assert answer.headers["Location"] == OWN + "/app"


def test_recovery_codes_are_renewed(office: Office, client: Any) -> None:
    assert "U hebt geen herstelcodes" in client.get(OWN).text
    made = send(client, OWN + "/herstelcodes")
    assert len(re.findall(r"<li><code>", made.text)) == 8
    assert "U hebt nog 8 codes" in client.get(OWN).text


def test_recovery_codes_belong_to_a_password(office: Office, somebody: Person, client: Any) -> None:
    add_passkey(office, somebody)
    take_password(office, somebody)
    assert send(client, OWN + "/herstelcodes").status_code == 409


def test_the_last_way_in_stays(office: Office, somebody: Person, client: Any) -> None:
    first, second = add_passkey(office, somebody), add_passkey(office, somebody)
    take_password(office, somebody)
    assert send(client, f"{OWN}/passkey/{first.id}/verwijderen").status_code == 303
    refused = send(client, f"{OWN}/passkey/{second.id}/verwijderen")
    assert refused.status_code == 409
    assert "enige manier" in refused.text
    with office.world.services.sessions() as session:
        assert session.query(Passkey).one().id == second.id


def test_nobody_removes_anothers_passkey(office: Office, client: Any) -> None:
    other = add_person(office.world, office.member.id, Role.SUPPORT)
    theirs = add_passkey(office, other)
    assert send(client, f"{OWN}/passkey/{theirs.id}/verwijderen").status_code == 404


@pytest.mark.parametrize("path", CHANGES)
def test_changes_ask_for_a_proof_of_a_moment_ago(
    office: Office, somebody: Person, client: Any, path: str
) -> None:
    office.world.clock.advance(PROOF_LASTS)
    answer = send(client, OWN + path, **CHANGES[path])
    assert answer.headers["Location"].startswith(OWN + "/bevestigen")
    assert deeds(office, Action.MEANS_CHOSEN) == 0
    wrong = send(client, OWN + "/bevestigen", wachtwoord="iets anders")
    assert wrong.status_code == 400
    right = send(client, OWN + "/bevestigen?naar=/mijn-gegevens/app", wachtwoord=PASSWORD)
    assert right.headers["Location"] == OWN + "/app"
    assert client.get(OWN + "/app").status_code == 200
    other = somebody.browser()
    assert is_in(other)


def test_a_proof_is_of_one_session(office: Office, somebody: Person, client: Any) -> None:
    office.world.clock.advance(PROOF_LASTS)
    somebody.browser()  # signs in just now, elsewhere
    assert client.get(OWN + "/app").status_code == 303


def test_asking_for_a_passkey_wants_a_proof_too(office: Office, client: Any) -> None:
    csrf = csrf_of(client, OWN)
    office.world.clock.advance(PROOF_LASTS)
    for path in ("/passkey/vraag", "/passkey"):
        headers = {"X-Csrf": csrf, "Accept": "application/json"}
        answer = client.post(OWN + path, json={"step": "x"}, headers=headers)
        assert answer.status_code == 403
        assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "body", [None, [], {}, {"step": 1}, {"step": "x"}, {"step": "x", "credential": []}]
)
@pytest.mark.parametrize(
    "path", ["/inloggen/passkey", OWN + "/passkey", OWN + "/bevestigen/passkey"]
)
def test_anything_else_than_an_answer_is_refused(client: Any, path: str, body: object) -> None:
    headers = {"X-Csrf": csrf_of(client, OWN), "Accept": "application/json"}
    answer = client.post(path, json=body, headers=headers)
    assert answer.status_code == 400


def test_other_sessions_are_seen_and_ended(office: Office, somebody: Person, client: Any) -> None:
    first, second, stranger = (
        somebody.browser(),
        somebody.browser(),
        add_person(office.world, office.member.id, Role.SUPPORT).browser(),
    )
    page = client.get(OWN).text
    assert page.count("Chrome op Linux") >= 3
    ids = re.findall(r"/mijn-gegevens/sessies/([0-9a-f-]{36})/beeindigen", page)
    assert len(ids) == 2
    send(stranger, f"{OWN}/sessies/{ids[0]}/beeindigen")
    assert is_in(first)
    assert is_in(second)
    send(client, f"{OWN}/sessies/{ids[0]}/beeindigen")
    assert [is_in(first), is_in(second)].count(False) == 1
    send(client, f"{OWN}/sessies/beeindigen")
    assert not is_in(first)
    assert not is_in(second)
    assert is_in(client)
    assert is_in(stranger)
    assert deeds(office, Action.SIGNED_OUT) == 2


def test_nobody_ends_the_session_in_hand_by_accident(
    office: Office, somebody: Person, client: Any
) -> None:
    with office.world.services.sessions() as session:
        own = session.query(AccountSession).filter_by(account_id=somebody.account_id).one().id
    send(client, f"{OWN}/sessies/{own}/beeindigen")
    assert is_in(client)
    assert client.get_cookie(SESSION_COOKIE) is not None


def test_a_password_and_an_app_are_a_way_in_together(
    office: Office, somebody: Person, client: Any
) -> None:
    made = add_passkey(office, somebody)
    take_password(office, somebody)
    send(client, OWN + "/wachtwoord", wachtwoord=NEW, nogmaals=NEW)
    assert "Koppel ook een app" in client.get(OWN).text
    assert send(client, f"{OWN}/passkey/{made.id}/verwijderen").status_code == 409


@pytest.mark.parametrize("cookie", ["x", "A" * 63 + "!", "é"])
def test_a_device_that_nobody_knows_is_a_new_one(somebody: Person, cookie: str) -> None:
    browser = somebody.world.http
    browser.set_cookie(DEVICE_COOKIE, cookie, domain="localhost")
    answer = send(browser, "/inloggen", on="/inloggen", email=somebody.email, wachtwoord=PASSWORD)
    assert answer.status_code == 303


@pytest.mark.parametrize("token", ["A" * 42 + "B", "A" * 43, "!" * 43])
def test_a_link_that_nobody_made_is_over(office: Office, token: str) -> None:
    assert office.world.http.get(f"/uitnodiging/{token}").status_code == 404


def test_the_proof_lasts_ten_minutes() -> None:
    assert timedelta(minutes=10) == PROOF_LASTS
