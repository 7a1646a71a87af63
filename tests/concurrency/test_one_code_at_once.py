"""A one-time code that two browsers send at the same instant lets one of them in."""

from __future__ import annotations

from functools import partial

from sqlalchemy.orm import Session

from tests.concurrency.crowd import Crowd, meet
from tests.people import PASSWORD, Person, add_person
from verwijsindex.accounts.signing_in import Browser, Entered, Refusal, try_code, try_password

BROWSER = Browser(source="192.0.2.1", device=None, description="Chrome op Linux")


def half_way(crowd: Crowd, person: Person) -> str:
    """Give the password, and return the step that waits for the code."""
    with crowd.services.sessions() as session:
        step = try_password(
            session, crowd.services, email=person.email, password=PASSWORD, browser=BROWSER
        )
    assert not isinstance(step, Refusal)
    return step


def test_of_two_that_send_one_code_at_once_one_comes_in(crowd: Crowd) -> None:
    person = add_person(crowd.world, crowd.world.member("Wijkteam").id, key="m1")
    code = person.code()
    first, second = half_way(crowd, person), half_way(crowd, person)
    outcomes: dict[str, Entered | Refusal] = {}

    def come(step: str, session: Session) -> None:
        outcomes[step] = try_code(
            session, crowd.services, step_token=step, code=code, browser=BROWSER
        )

    meet(crowd, partial(come, first), partial(come, second))
    assert isinstance(outcomes[first], Entered)
    assert outcomes[second] is Refusal.WRONG
