"""What the worker leaves undone is found, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text, update

from match.digests import DigestPolicy
from match.messages import MessageState, OutboxMessage
from orgprofiles.base import new_id
from tests.clock import Clock
from tests.match.people import add_notice, add_unit
from tests.verwijsindex.audit.audit_world import Log
from tests.world import World, index_keys, make_world
from verwijsindex import audit
from verwijsindex.audit import Action, Actor, ActorKind
from verwijsindex.audit_checkpoints import make_checkpoint
from verwijsindex.audit_linking import link_waiting
from verwijsindex.checks import work
from verwijsindex.checks.findings import Finding, Level
from verwijsindex.key_checks import INDEX_CHECK, KeyState, compare, mark
from verwijsindex.services import Services

CANARIES = ("persoon:1", "ouder:1")
LATE = timedelta(minutes=11)


@pytest.fixture
def services(world: World) -> Iterator[Services]:
    """Return services on a database as it is when everything runs."""
    now = world.clock()
    with world.services.sessions.begin() as session:
        compare(session, INDEX_CHECK, index_keys().scalar_fingerprint, now=now)
        for name in CANARIES:
            compare(session, name, b"x" * 16, now=now)
    return world.services


def found(services: Services) -> dict[str, Finding]:
    with services.sessions() as session:
        several = [
            *work.keys(session, services),
            *work.mails(session, services),
            *work.audit(session, services),
        ]
    assert all((one.level is Level.GOOD) == (one.advice is None) for one in several)
    assert len({one.part for one in several}) == len(several)
    return {one.part: one for one in several}


def wrong(services: Services) -> dict[str, Finding]:
    return {part: one for part, one in found(services).items() if one.level is not Level.GOOD}


def record(services: Services) -> None:
    with services.sessions.begin() as session:
        audit.record(
            session,
            services.audit_key,
            actor=Actor(ActorKind.WORKER),
            deeds=[(Action.SIGNAL_LAPSED, uuid4())],
            now=services.clock(),
        )


def test_nothing_is_wrong_when_the_worker_runs(services: Services) -> None:
    record(services)
    link_waiting(services)
    make_checkpoint(services)
    record(services)
    link_waiting(services)
    record(services)
    assert wrong(services) == {}


def test_a_database_without_a_single_row_is_good_but_for_the_worker(world: World) -> None:
    # Made by tables alone: nobody compared a key yet.
    with world.services.sessions.begin() as session:
        session.execute(text("DELETE FROM key_checks"))
    assert wrong(world.services).keys() == {"canarie"}


def test_an_index_key_other_than_the_databases_is_found(services: Services) -> None:
    with services.sessions.begin() as session:
        session.execute(
            text("UPDATE key_checks SET fingerprint = :x WHERE name = 'index'"), {"x": b"y" * 16}
        )
    assert wrong(services).keys() == {"sleutel van de index"}


@pytest.mark.parametrize(
    ("state", "word"), [(KeyState.WRONG, "andere sleutel"), (KeyState.UNREACHABLE, "onbereikbaar")]
)
def test_a_canary_that_differs_or_cannot_be_had_is_found(
    state: KeyState, word: str, services: Services
) -> None:
    with services.sessions.begin() as session:
        mark(session, "ouder:1", state, now=services.clock())
    ((part, one),) = wrong(services).items()
    assert part == "canarie ouder:1"
    assert word in one.text


def test_a_worker_that_left_no_trace_for_hours_is_found(services: Services, clock: Clock) -> None:
    clock.advance(timedelta(hours=2, seconds=1))
    assert wrong(services).keys() == {"worker", *(f"canarie {name}" for name in CANARIES)}
    assert "2 uur geleden" in found(services)["worker"].text


def test_a_signature_is_a_trace_of_the_worker(services: Services, clock: Clock) -> None:
    clock.advance(timedelta(hours=3))
    record(services)
    link_waiting(services)
    make_checkpoint(services)
    assert found(services)["worker"].level is Level.GOOD


def notice(services: Services, now: datetime) -> None:
    with services.sessions.begin() as session:
        add_notice(session, add_unit(session, "A").id, now=now)


def change_mail(services: Services, **values: object) -> None:
    with services.sessions.begin() as session:
        session.execute(update(OutboxMessage).values(**values))


def test_a_mail_that_should_have_been_sent_is_found(services: Services, clock: Clock) -> None:
    notice(services, clock())
    assert wrong(services) == {}
    clock.advance(LATE)
    ((part, one),) = wrong(services).items()
    assert part == "wachtende mails"
    assert "de oudste 11 minuten geleden" in one.text


def test_a_mail_of_a_worker_that_is_gone_is_found(services: Services, clock: Clock) -> None:
    notice(services, clock())
    change_mail(
        services,
        state=MessageState.SENDING,
        lease_token=new_id(),
        leased_until=clock() + timedelta(minutes=5),
    )
    clock.advance(LATE)
    assert wrong(services) == {}  # its lease has hardly ended
    clock.advance(timedelta(minutes=5))
    assert wrong(services).keys() == {"wachtende mails"}


def test_mails_that_were_given_up_are_found_with_number_and_reason(
    services: Services, clock: Clock
) -> None:
    notice(services, clock())
    change_mail(services, state=MessageState.DEAD, failure="smtp 550")
    ((part, one),) = wrong(services).items()
    assert (part, one.text.partition(";")[0]) == ("opgegeven mails", "1 × smtp 550")
    assert "doctor --retry-dead-letters" in str(one.advice)


@pytest.mark.parametrize("quiet", [None, timedelta(minutes=1)])
def test_a_digest_that_was_not_made_up_is_found(
    quiet: timedelta | None, services: Services, database_url: str, clock: Clock
) -> None:
    other = make_world(database_url, clock, digest=DigestPolicy(quiet))
    notice(services, clock())
    change_mail(services, state=MessageState.WAITING)
    clock.advance(LATE)
    assert wrong(other.services).keys() == {"samenvattingen"}
    other.services.engine.dispose()


@pytest.mark.parametrize(
    ("quiet", "expected"),
    [
        (None, {"samenvattingen"}),  # the oldest was due, whatever came after it
        (timedelta(minutes=1), set()),  # it is not quiet yet
    ],
)
def test_a_digest_is_late_by_the_event_that_decides(
    quiet: timedelta | None,
    expected: set[str],
    services: Services,
    database_url: str,
    clock: Clock,
) -> None:
    other = make_world(database_url, clock, digest=DigestPolicy(quiet))
    with services.sessions.begin() as session:
        unit_id = add_unit(session, "A").id
        for due in (clock(), clock() + timedelta(hours=1)):
            add_notice(session, unit_id, now=clock(), digest_due=due)
    clock.advance(LATE)
    assert wrong(other.services).keys() == expected
    other.services.engine.dispose()


def not_linked(services: Services, clock: Clock) -> None:
    record(services)
    clock.advance(LATE)


def not_signed(services: Services, clock: Clock) -> None:
    record(services)
    link_waiting(services)
    clock.advance(LATE)


def not_signed_again(services: Services, clock: Clock) -> None:
    record(services)
    link_waiting(services)
    make_checkpoint(services)
    clock.advance(timedelta(hours=1))
    record(services)
    link_waiting(services)
    assert wrong(services) == {}  # the old signature is not too old: nothing was to sign
    clock.advance(LATE)


@pytest.mark.parametrize(
    ("neglect", "part", "word"),
    [
        (not_linked, "auditlog", "1 rij(en) wachten"),
        (not_signed, "controlepunt van het auditlog", "er is er nog geen"),
        (not_signed_again, "controlepunt van het auditlog", "71 minuten oud"),
    ],
)
def test_an_audit_that_lags_is_found(
    neglect: Callable[[Services, Clock], None],
    part: str,
    word: str,
    services: Services,
    clock: Clock,
) -> None:
    neglect(services, clock)
    ((found_part, one),) = wrong(services).items()
    assert found_part == part
    assert word in one.text


def test_a_row_that_is_gone_before_it_was_signed_is_told(services: Services, clock: Clock) -> None:
    record(services)
    link_waiting(services)
    log = Log(services, clock)
    log.disarm()
    log.raw("DELETE FROM audit_events")
    one = wrong(services)["controlepunt van het auditlog"]
    assert one.level is Level.WARNING
    assert "audit verify" in str(one.advice)
