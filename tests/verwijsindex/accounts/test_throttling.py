"""Guessing is slowed down, and shuts nobody out of an account of their own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.people import PASSWORD, Person, add_person
from tests.world import World
from verwijsindex.accounts.devices import device_cookie, is_device_of
from verwijsindex.accounts.links import DEVICE_LINK_EVERY
from verwijsindex.accounts.records import AccountLink, LinkKind, SignInFailure
from verwijsindex.accounts.signing_in import (
    Browser,
    Entered,
    Refusal,
    ask_device_link,
    try_code,
    try_password,
)
from verwijsindex.accounts.throttling import (
    PER_ADDRESS,
    PER_DEVICE,
    PER_SOURCE,
    WINDOW,
    Hindrance,
    hindrance,
)

WRONG = "iets heel anders dan dat"


@pytest.mark.parametrize(
    ("device", "address", "source", "is_known", "expected"),
    [
        (0, 0, 0, False, None),
        (0, PER_ADDRESS - 1, PER_SOURCE - 1, False, None),
        (0, PER_ADDRESS, 0, False, Hindrance.ADDRESS),
        (0, 0, PER_SOURCE, False, Hindrance.SOURCE),
        (0, PER_ADDRESS, PER_SOURCE, False, Hindrance.ADDRESS),
        (0, PER_ADDRESS * 100, PER_SOURCE * 100, True, None),
        (PER_DEVICE - 1, 0, 0, True, None),
        (PER_DEVICE, 0, 0, True, Hindrance.DEVICE),
    ],
)
def test_decides_by_what_failed(
    device: int, address: int, source: int, is_known: bool, expected: Hindrance | None
) -> None:
    found = hindrance(by_device=device, by_address=address, by_source=source, is_known=is_known)
    assert found is expected


@pytest.fixture
def person(world: World) -> Person:
    return add_person(world, world.member("Wijkteam").id, key="m1")


def attempt(
    person: Person,
    password: str = WRONG,
    *,
    source: str = "192.0.2.1",
    device: str | None = None,
    email: str | None = None,
) -> str | Refusal:
    browser = Browser(source=source, device=device, description="")
    with person.world.services.sessions() as session:
        return try_password(
            session,
            person.world.services,
            email=email or person.email,
            password=password,
            browser=browser,
        )


def known_device(person: Person) -> str:
    return device_cookie(person.world.services.account_secrets, person.account_id)


def test_after_too_many_wrong_tries_even_the_right_password_waits(person: Person) -> None:
    for number in range(PER_ADDRESS):
        # From everywhere: the address is counted, wherever they come from.
        assert attempt(person, source=f"192.0.2.{number}") is Refusal.WRONG
    assert attempt(person, PASSWORD, source="198.51.100.1") is Refusal.ADDRESS


def test_who_guesses_elsewhere_does_not_shut_out_the_owner_on_a_known_device(
    person: Person,
) -> None:
    device = known_device(person)
    for _ in range(PER_ADDRESS + 1):
        attempt(person)
    assert attempt(person, PASSWORD) is Refusal.ADDRESS
    # Not even when the owner is on the same network as who guesses.
    assert not isinstance(attempt(person, PASSWORD, device=device), Refusal)


def test_wrong_tries_on_a_known_device_count_there_alone(person: Person) -> None:
    device, other = known_device(person), known_device(person)
    for _ in range(PER_DEVICE):
        assert attempt(person, device=device) is Refusal.WRONG
    assert attempt(person, PASSWORD, device=device) is Refusal.DEVICE
    assert not isinstance(attempt(person, PASSWORD, device=other), Refusal)
    assert not isinstance(attempt(person, PASSWORD), Refusal)


def test_a_device_of_somebody_else_is_a_stranger(person: Person) -> None:
    world = person.world
    other = add_person(world, world.member("Loket").id, key="m1")
    device = known_device(other)
    assert is_device_of(world.services.account_secrets, device, other.account_id)
    assert not is_device_of(world.services.account_secrets, device, person.account_id)
    for _ in range(PER_ADDRESS):
        attempt(person, device=device)
    assert attempt(person, PASSWORD, device=device) is Refusal.ADDRESS
    assert not isinstance(attempt(other, PASSWORD, device=device), Refusal)


@pytest.mark.parametrize("cookie", ["", "x", "A" * 64, "é", "=" * 64])
def test_nobody_makes_up_a_device(person: Person, cookie: str) -> None:
    sealing = person.world.services.account_secrets
    assert not is_device_of(sealing, cookie, person.account_id)
    real = known_device(person)
    assert not is_device_of(sealing, "B" + real[1:], person.account_id)
    assert not is_device_of(sealing, real[:-2] + "AA", person.account_id)


def test_one_network_may_not_try_many_addresses(person: Person) -> None:
    for number in range(PER_SOURCE):
        assert attempt(person, email=f"iemand{number}@elders.example") is Refusal.WRONG
    assert attempt(person, PASSWORD) is Refusal.SOURCE
    assert not isinstance(attempt(person, PASSWORD, source="198.51.100.1"), Refusal)


def test_it_is_over_after_an_hour(person: Person) -> None:
    for _ in range(PER_ADDRESS):
        attempt(person)
    person.world.clock.advance(WINDOW - timedelta(seconds=1))
    assert attempt(person, PASSWORD) is Refusal.ADDRESS
    person.world.clock.advance(timedelta(seconds=1))
    assert not isinstance(attempt(person, PASSWORD), Refusal)


def test_wrong_codes_count_as_wrong_passwords_do(person: Person) -> None:
    browser = Browser(source="192.0.2.1", device=None, description="")
    left = PER_ADDRESS
    while left:
        step = attempt(person, PASSWORD)
        assert not isinstance(step, Refusal)
        for _ in range(min(left, 5)):
            with person.world.services.sessions() as session:
                try_code(
                    session,
                    person.world.services,
                    step_token=step,
                    code="000000",
                    browser=browser,
                )
            left -= 1
    assert attempt(person, PASSWORD) is Refusal.ADDRESS


def test_an_address_without_account_is_answered_and_counted_alike(person: Person) -> None:
    for _ in range(PER_ADDRESS):
        assert attempt(person, email="niemand@elders.example") is Refusal.WRONG
    assert attempt(person, email="niemand@elders.example") is Refusal.ADDRESS


def test_what_is_kept_names_neither_address_nor_network(person: Person) -> None:
    attempt(person, source="192.0.2.77")
    with person.world.services.sessions() as session:
        (row,) = session.scalars(select(SignInFailure))
        kept = row.target_hash + row.source_hash
        assert len(kept) == 64
        assert person.email.encode() not in kept
        assert b"192.0.2.77" not in kept
        assert row.device_hash is None


def test_who_came_in_has_a_known_device_from_then_on(person: Person) -> None:
    services = person.world.services
    step = attempt(person, PASSWORD)
    assert not isinstance(step, Refusal)
    browser = Browser(source="192.0.2.1", device=None, description="")
    with services.sessions() as session:
        entered = try_code(session, services, step_token=step, code=person.code(), browser=browser)
    assert isinstance(entered, Entered)
    assert is_device_of(services.account_secrets, entered.device, person.account_id)


def ask_link(person: Person, email: str | None = None) -> None:
    browser = Browser(source="192.0.2.1", device=None, description="")
    with person.world.services.sessions() as session:
        ask_device_link(
            session, person.world.services, email=email or person.email, browser=browser
        )


def links(person: Person) -> int:
    """Return how many links for a device were mailed."""
    with person.world.services.sessions() as session:
        return session.query(AccountLink).filter_by(kind=LinkKind.DEVICE).count()


def test_asking_for_a_link_again_and_again_floods_nobodys_mailbox(person: Person) -> None:
    for _ in range(3):
        ask_link(person)
    ask_link(person, "niemand@elders.example")
    assert links(person) == 1
    person.world.clock.advance(DEVICE_LINK_EVERY)
    ask_link(person)
    assert links(person) == 2


def test_asking_for_links_shuts_nobody_out(person: Person) -> None:
    for _ in range(PER_ADDRESS + 1):
        ask_link(person)
    assert not isinstance(attempt(person, PASSWORD), Refusal)


def test_a_network_that_asked_for_too_many_links_gets_no_more(person: Person) -> None:
    for number in range(PER_SOURCE):
        ask_link(person, f"iemand{number}@elders.example")
    ask_link(person)
    assert links(person) == 0
