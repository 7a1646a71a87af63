"""Source systems that register over HTTP, and ask again when they got no answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from tests.concurrency.crowd import Crowd
from tests.world import Member

_SIGNALS = "/api/v1/signalen"


def signal_body(crowd: Crowd, member: Member, person: int, **changes: Any) -> dict[str, Any]:
    """Return the body of a signal on the present day."""
    informed = {
        "door": "eigen",
        "aan": ["client"],
        "wijze": "gesprek",
        "datum": crowd.services.today().isoformat(),
        "reactie": "niet_gevraagd",
    }
    return member.signal(person, **{"geinformeerd": informed} | changes)


@dataclass
class Answers:
    """What the clients were told.

    Attributes:
        signals: The signal of each organisation and person.
        asked_again: How often a request was repeated, for want of an answer.
        put_off: How often the answer was to come back later.
    """

    signals: dict[tuple[UUID, int], UUID] = field(default_factory=dict)
    asked_again: int = 0
    put_off: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __len__(self) -> int:
        return len(self.signals)


def register_all(
    url: str,
    work: Iterable[tuple[Member, int, dict[str, Any]]],
    answers: Answers,
    *,
    may_put_off: bool = False,
) -> None:
    """Register each of *work* (who, which person, the body); ask until there is an answer.

    A connection that fails is a reason to ask again, and so is a 503 where the
    index *may put off*; whatever else it answers must be 200 or 201.
    """
    with httpx.Client(base_url=url, timeout=30) as http:
        for member, person, body in work:
            answer = _ask(
                lambda m=member, b=body: http.post(_SIGNALS, json=b, headers=m.headers),
                answers,
                may_put_off=may_put_off,
            )
            assert answer.status_code in {200, 201}, answer.text
            with answers.lock:
                answers.signals[member.id, person] = UUID(answer.json()["id"])


def _ask(
    request: Callable[[], httpx.Response], answers: Answers, *, may_put_off: bool
) -> httpx.Response:
    deadline = time.monotonic() + 60
    while True:
        try:
            answer = request()
        except httpx.TransportError:
            with answers.lock:
                answers.asked_again += 1
        else:
            if answer.status_code != 503 or not may_put_off:
                return answer
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert int(answer.headers["Retry-After"]) > 0
            with answers.lock:
                answers.put_off += 1
        assert time.monotonic() < deadline, "nobody answers"
        time.sleep(0.02)  # not as long as we are asked to: the more requests meet the fault
