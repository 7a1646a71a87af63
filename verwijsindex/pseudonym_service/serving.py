"""The use cases: let a caller in, and evaluate for it within its allowance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nacl.public import Box

from crypto.evaluation import BATCH_LIFETIME, LIFETIME
from crypto.person import SubjectKind
from crypto.tokens import SERVICE_AUDIENCE, TokenVerifier
from verwijsindex import event_log
from verwijsindex.pseudonym_service.callers import Caller, CallerReader
from verwijsindex.pseudonym_service.errors import ElementsRefused
from verwijsindex.pseudonym_service.evaluating import CurrentKey, evaluate_all
from verwijsindex.pseudonym_service.limits import (
    AlarmKind,
    Outcome,
    seconds_until_reset,
)
from verwijsindex.pseudonym_service.settings import ServiceSettings
from verwijsindex.pseudonym_service.store import Store

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Evaluations of 122 bytes each, in the order of the elements."""

    evaluations: list[bytes]
    key_id: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was evaluated.

    Attributes:
        outcome: Why not.
        remaining: Elements that the caller may still have today.
        retry_after_seconds: Till the allowance starts anew.
    """

    outcome: Outcome
    remaining: int
    retry_after_seconds: int


@dataclass(frozen=True, slots=True)
class Service:
    """What the use cases work with; wired in one place.

    Attributes:
        settings: As loaded.
        store: Admissions, counters and alarms.
        clock: Returns the aware present.
        callers: Reads service tokens.
        keys: The key in use per kind.
        box: To the index.
    """

    settings: ServiceSettings
    store: Store
    clock: Clock
    callers: CallerReader
    keys: Mapping[SubjectKind, CurrentKey]
    box: Box = field(repr=False)

    @classmethod
    def of(cls, settings: ServiceSettings, *, clock: Clock) -> Service:
        """Wire the service together.

        Raises:
            StoreRefused: The store cannot be used.
        """
        verifier = TokenVerifier(settings.index_keys.service_token, audience=SERVICE_AUDIENCE)
        return cls(
            settings,
            Store(settings.store),
            clock,
            CallerReader(verifier),
            {kind: CurrentKey.of(settings.keys.current(kind)) for kind in SubjectKind},
            settings.keys.box_to(settings.index_keys),
        )


def is_served(service: Service, caller: Caller) -> bool:
    """Whether the administrator lets the service serve *caller*; if not, tell the administrator."""
    if caller.is_canary or service.store.is_admitted(caller.organisation_id):
        return True
    service.store.raise_alarm(AlarmKind.NOT_ADMITTED, caller.organisation_id, now=service.clock())
    event_log.log(event_log.NOT_ADMITTED, organisation_id=caller.organisation_id)
    return False


def evaluate(
    service: Service,
    *,
    caller: Caller,
    kind: SubjectKind,
    elements: Sequence[bytes],
    batch: bool,
) -> Evaluated | Refused:
    """Evaluate *elements* for *caller*: counted first, so that nothing is had uncounted.

    Args:
        service: Of :meth:`Service.of`.
        caller: Who is let in.
        kind: Whose key is used.
        elements: B, 1…1,000 of 32 bytes.
        batch: True makes the evaluations last 24 hours instead of 15 minutes.

    Raises:
        ElementsRefused: Some are no elements; nothing is counted.
        StoreUnavailable: Nothing could be counted, so nothing was evaluated.
    """
    now = service.clock()
    key = service.keys[kind]
    if caller.is_canary:
        refused = _take_canary(service, caller, key, elements, now)
    else:
        refused = _take(service, caller, len(elements), now)
    if refused is not None:
        return refused
    try:
        evaluations = evaluate_all(
            elements,
            key,
            service.box,
            organisation_id=caller.organisation_id,
            issued_at=now,
            lifetime=BATCH_LIFETIME if batch else LIFETIME,
        )
    except ElementsRefused:
        # Nothing leaves, so nothing was used. Whoever dies before this line
        # has counted too much, never too little.
        service.store.give_back(caller.organisation_id, len(elements), taken_at=now)
        raise
    event_log.log(
        event_log.EVALUATED,
        organisation_id=caller.organisation_id,
        kind=kind.value,
        count=len(evaluations),
        batch=batch,
    )
    return Evaluated(evaluations, key.key_id)


def _take(service: Service, caller: Caller, count: int, now: datetime) -> Refused | None:
    taking = service.store.take(
        caller.organisation_id,
        count,
        limits=caller.limits,
        ceiling=service.settings.daily_ceiling,
        now=now,
    )
    for kind in taking.raised:
        if kind is not AlarmKind.NOT_ADMITTED:
            _log_ceiling(caller, kind.value)
    if taking.outcome is Outcome.GRANTED:
        return None
    if taking.outcome is Outcome.NOT_ADMITTED:
        event_log.log(event_log.NOT_ADMITTED, organisation_id=caller.organisation_id)
    else:
        _log_ceiling(caller, taking.outcome.value)
    return Refused(taking.outcome, taking.remaining, seconds_until_reset(now))


def _take_canary(
    service: Service,
    caller: Caller,
    key: CurrentKey,
    elements: Sequence[bytes],
    now: datetime,
) -> Refused | None:
    retry_after_seconds = seconds_until_reset(now)
    if list(elements) != [key.canary]:
        service.store.raise_alarm(AlarmKind.CANARY_MISUSED, caller.organisation_id, now=now)
        event_log.log(event_log.NOT_ADMITTED, organisation_id=caller.organisation_id)
        return Refused(Outcome.CANARY_ONLY, 0, retry_after_seconds)
    if service.store.take_canary(now=now) is Outcome.GRANTED:
        return None
    _log_ceiling(caller, Outcome.LIMIT_REACHED.value)
    return Refused(Outcome.LIMIT_REACHED, 0, retry_after_seconds)


def _log_ceiling(caller: Caller, ceiling: str) -> None:
    event_log.log(
        event_log.EVALUATION_CEILING, organisation_id=caller.organisation_id, ceiling=ceiling
    )
