"""A mail server that keeps letters, or refuses them; and time that passes with the worker at it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from match.digests import AMSTERDAM
from tests.world import World
from verwijsindex.mail.delivery import deliver_due
from verwijsindex.mail.letters import Letter
from verwijsindex.mail.smtp import Accepted, NotAccepted, Outcome
from verwijsindex.worker import Worker


@dataclass
class Postbox:
    """Stands in for the connection to a mail server.

    Attributes:
        letters: What it took, with the moment.
        refuses: Says no to everything, until it is set to False.
    """

    letters: list[tuple[datetime, Letter]] = field(default_factory=list)
    refuses: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def send(self, letter: Letter, *, now: datetime) -> Outcome:
        if self.refuses:
            return NotAccepted("smtp 450")
        self.letters.append((now, letter))
        return Accepted()

    def deliver(self, world: World) -> None:
        """Deliver all that is due, as the worker does."""
        while deliver_due(world.services, stop=threading.Event(), connect=lambda: self):  # type: ignore[arg-type,return-value]
            pass

    def taken(self) -> list[tuple[str, Letter]]:
        """Return day and time in Amsterdam of each letter that came since the last time, and it."""
        found = [
            (f"{at.astimezone(AMSTERDAM):%Y-%m-%d %H:%M}", letter) for at, letter in self.letters
        ]
        self.letters.clear()
        return found


def at(world: World, text: str) -> None:
    """Make it *text* (a moment in Amsterdam, ISO) there, and give everybody a new token."""
    world.clock.moment = datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)
    for member in world.members.values():
        member.token = world.token(member.client)


def work_until(world: World, text: str, *, every: timedelta, post: Postbox) -> None:
    """Have the worker work until *text* (a moment in Amsterdam)."""
    worker = Worker(world.services)
    end = datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)
    while world.clock() < end:
        worker.lapse()
        worker.delete()
        worker.ask_checkups()
        post.deliver(world)
        world.clock.advance(every)
