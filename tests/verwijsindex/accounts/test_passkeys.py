"""Passkeys in a real browser, with a virtual authenticator: made, used, and refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from tests.verwijsindex.accounts.authenticators import Authenticator
from tests.verwijsindex.accounts.conftest import Office
from verwijsindex.accounts.passkey_site import Site, site_of
from verwijsindex.accounts.records import (
    Account,
    AccountSession,
    AccountStatus,
    Passkey,
    SignInMethod,
    StepKind,
)
from verwijsindex.accounts.steps import LIFETIMES
from verwijsindex.web.csrf import SESSION_COOKIE

pytestmark = pytest.mark.browser

USE = "Inloggen met passkey"


def add_one(office: Office, page: Page) -> None:
    """Add a passkey under "Mijn gegevens"."""
    page.goto(office.base_url + "/mijn-gegevens/passkey")
    page.get_by_role("button", name="Maak een passkey").click()
    expect(page.get_by_role("status").first).to_contain_text("Uw passkey is bewaard")


def sign_in(office: Office, page: Page) -> None:
    page.context.clear_cookies()
    page.goto(office.base_url + "/inloggen?naar=/sociale-kaart")
    page.get_by_role("button", name=USE).click()


def passkeys(office: Office) -> list[Passkey]:
    with office.world.services.sessions() as session:
        return session.query(Passkey).all()


@pytest.fixture
def page(served_office: Office, context: BrowserContext) -> Page:
    """Return the page of somebody who is signed in."""
    served_office.sign_in(context, served_office.person())
    return context.new_page()


@pytest.fixture
def device(page: Page) -> Authenticator:
    return Authenticator(page)


def test_a_passkey_signs_in_without_an_address(
    served_office: Office, page: Page, device: Authenticator
) -> None:
    add_one(served_office, page)
    assert device.credentials()[0]["isResidentCredential"]
    sign_in(served_office, page)
    expect(page).to_have_url(served_office.base_url + "/sociale-kaart")
    with served_office.world.services.sessions() as session:
        methods = [one.method for one in session.query(AccountSession)]
    assert SignInMethod.PASSKEY in methods
    assert passkeys(served_office)[0].used_at is not None


def test_an_invitation_can_be_answered_with_a_passkey(
    served_office: Office, context: BrowserContext
) -> None:
    somebody, path = served_office.invited()
    page = context.new_page()
    Authenticator(page)
    page.goto(served_office.base_url + path)
    page.locator("main form button").click()
    page.get_by_role("button", name="Maak een passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mijn gegevens")
    with served_office.world.services.sessions() as session:
        account = session.get_one(Account, somebody.account_id)
        assert account.status is AccountStatus.ACTIVE
        assert account.password_hash is None
    sign_in(served_office, page)
    expect(page).to_have_url(served_office.base_url + "/sociale-kaart")


def test_a_removed_passkey_is_refused(
    served_office: Office, page: Page, device: Authenticator
) -> None:
    add_one(served_office, page)
    page.get_by_role("button", name="Verwijderen").click()
    expect(page.get_by_role("status").first).to_contain_text("De passkey is verwijderd")
    assert len(device.credentials()) == 1
    sign_in(served_office, page)
    expect(page.locator(".passkey__status")).to_contain_text("werkt hier niet")


def test_a_count_that_goes_back_is_refused(
    served_office: Office, page: Page, device: Authenticator
) -> None:
    add_one(served_office, page)
    sign_in(served_office, page)
    expect(page).to_have_url(served_office.base_url + "/sociale-kaart")
    device.put_back_count()
    sign_in(served_office, page)
    expect(page.locator(".passkey__status")).to_contain_text("werkt hier niet")


def test_a_device_that_does_not_check_its_holder_is_refused(
    served_office: Office, page: Page
) -> None:
    Authenticator(page, is_user_verified=False)
    page.goto(served_office.base_url + "/mijn-gegevens/passkey")
    page.get_by_role("button", name="Maak een passkey").click()
    expect(page.locator(".passkey__status")).to_contain_text("Het is gestopt")
    assert passkeys(served_office) == []


def test_nor_does_it_help_to_have_the_browser_not_ask_for_it(
    served_office: Office, page: Page, device: Authenticator
) -> None:
    def ask_less(route: Route) -> None:
        answer = route.fetch()
        said = answer.json()
        said["options"]["userVerification"] = "discouraged"
        route.fulfill(response=answer, json=said)

    add_one(served_office, page)
    device.forget_holder()
    page.route("**/inloggen/passkey/vraag", ask_less)
    sign_in(served_office, page)
    expect(page.locator(".passkey__status")).to_contain_text("werkt hier niet")


def test_a_blocked_account_stays_out(
    served_office: Office, page: Page, device: Authenticator
) -> None:
    add_one(served_office, page)
    with served_office.world.services.sessions() as session:
        account = session.get_one(Account, passkeys(served_office)[0].account_id)
        account.status = AccountStatus.BLOCKED
        session.commit()
    sign_in(served_office, page)
    expect(page.locator(".passkey__status")).to_contain_text("werkt hier niet")


def answer_of(office: Office, page: Page) -> tuple[str, dict[str, Any]]:
    """Sign in and return what the browser sent to do so: address and body."""
    sent: list[Request] = []
    page.on("request", lambda one: sent.append(one) if one.method == "POST" else None)
    sign_in(office, page)
    expect(page).to_have_url(office.base_url + "/sociale-kaart")
    last = sent[-1]
    return last.url, json.loads(last.post_data or "")


def post_again(page: Page, url: str, body: dict[str, Any]) -> int:
    """Send *body* from a fresh sign-in page of the same browser; return the status."""
    status: int = page.evaluate(
        """async ([url, body]) => {
            const csrf = document.querySelector("[data-csrf]").dataset.csrf;
            const answer = await fetch(url, {method: "POST", body: JSON.stringify(body), headers:
                {"Content-Type": "application/json", Accept: "application/json", "X-Csrf": csrf}});
            return answer.status;
        }""",
        [url, body],
    )
    return status


def test_an_answer_is_good_once(served_office: Office, page: Page, device: Authenticator) -> None:
    add_one(served_office, page)
    url, body = answer_of(served_office, page)
    page.context.clear_cookies(name=SESSION_COOKIE)
    page.goto(served_office.base_url + "/inloggen")
    assert post_again(page, url, body) == 400


def test_a_challenge_is_for_one_browser_one_purpose_and_five_minutes(
    served_office: Office, page: Page, device: Authenticator
) -> None:
    add_one(served_office, page)
    held: dict[str, Any] = {}

    def hold(route: Route) -> None:
        held["body"] = json.loads(route.request.post_data)
        held["url"] = route.request.url
        route.abort()

    def ask() -> None:
        page.context.clear_cookies()
        page.goto(served_office.base_url + "/inloggen")
        page.get_by_role("button", name=USE).click()
        expect(page.locator(".passkey__status")).to_contain_text("Dat lukte niet")

    page.route("**/inloggen/passkey", hold)
    ask()
    page.unroute("**/inloggen/passkey")
    page.context.clear_cookies()  # another browser
    page.goto(served_office.base_url + "/inloggen")
    assert post_again(page, held["url"], held["body"]) == 400

    page.route("**/inloggen/passkey", hold)
    ask()
    page.unroute("**/inloggen/passkey")
    served_office.world.clock.advance(LIFETIMES[StepKind.PASSKEY])
    assert post_again(page, held["url"], held["body"]) == 400

    page.route("**/inloggen/passkey", hold)
    ask()
    page.unroute("**/inloggen/passkey")
    assert post_again(page, held["url"], held["body"]) == 200  # the same, in time and in place


def test_another_sites_answer_is_refused(
    served_office: Office, page: Page, device: Authenticator
) -> None:
    add_one(served_office, page)
    # The browser is where it was; the index is to believe that it lives elsewhere.
    object.__setattr__(served_office.world.services.settings, "base_url", "http://localhost:1")
    sign_in(served_office, page)
    expect(page.locator(".passkey__status")).to_contain_text("werkt hier niet")


def test_at_an_address_in_digits_the_page_says_why_not(
    served_office: Office, context: BrowserContext
) -> None:
    page = context.new_page()
    by_number = served_office.base_url.replace("localhost", "127.0.0.1")
    page.goto(by_number + "/inloggen")
    expect(page.get_by_role("button", name=USE)).to_be_hidden()
    expect(page.get_by_text("Inloggen met een passkey kan hier niet")).to_be_visible()


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://index.example", Site("index.example", "https://index.example")),
        ("https://index.example:443/pad", Site("index.example", "https://index.example")),
        ("http://localhost:8080", Site("localhost", "http://localhost:8080")),
        ("http://127.0.0.1:8080", None),
        ("http://[::1]:8080", None),
    ],
)
def test_passkeys_belong_to_a_name(address: str, site: Site | None) -> None:
    assert site_of(address) == site
