"""What is not the index in a simulated year: time, the mail server, and what is to come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from verwijsindex.mail.letters import Letter
from verwijsindex.mail.smtp import Accepted, MailServer
from verwijsindex.simulation.habits import Deed


@dataclass
class SimulatedClock:
    """Stands still until it is moved; never the machine's."""

    now: datetime

    def __call__(self) -> datetime:
        """Return the simulated moment, UTC."""
        return self.now


class Post(MailServer):
    """A mail server that accepts everything, and remembers to whom."""

    def __init__(self, sent: list[tuple[datetime, str, UUID]]) -> None:
        """Take the list that remembers: when, to which address, which message."""
        self._sent = sent

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def send(self, letter: Letter, *, now: datetime) -> Accepted:
        """Accept *letter*."""
        self._sent.append((now, letter.recipient, letter.message_id))
        return Accepted()


@dataclass(order=True)
class Planned:
    """Something that will happen; in the order of moments, and of planning."""

    at: datetime
    number: int
    deed: Deed = field(compare=False)
    about: tuple[Any, ...] = field(compare=False)
