"""Organisations that are involved with a family, and what each is told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from match.messages import NoticeKind, OutboxMessage
from tests.verwijsindex.follow_up.matched import member
from tests.world import Member, World
from verwijsindex.mail.composing import compose
from verwijsindex.mail.letters import Letter
from verwijsindex.worker import Worker

MOTHER, FATHER = 91, 92


def child(one: Member, person: int, *parents: int, **changes: Any) -> str:
    """Register a child of *parents*; return the signal's id."""
    answer = one.register(person, gezin=one.parents(*(parents or (MOTHER,))), **changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def siblings(world: World, *names: str) -> list[Member]:
    """Have organisations of those names registered for children of one mother, from 1 on."""
    members = [member(world, name) for name in names]
    for number, one in enumerate(members, start=1):
        child(one, number)
    Worker(world.services).review()
    return members


def end(one: Member, signal_id: str, reason: str = "afgerond") -> None:
    body = {"status": "beeindigd", "reden": reason}
    answer = one.patch(f"/api/v1/signalen/{signal_id}", body)
    assert answer.status_code == 200, answer.text


def matches(one: Member, **query: str) -> list[dict[str, Any]]:
    """Return the matches that *one* sees."""
    found = one.get("/api/v1/matches", **query).json["resultaten"]
    assert isinstance(found, list)
    return found


def seen(one: Member, kind: str = "gezin", status: str = "open") -> list[list[str]]:
    """Return whom *one* sees in each of its matches of *kind*, in order of the alphabet."""
    return sorted(
        sorted(other["organisatie"] for other in match["deelnemers"])
        for match in matches(one, soort=kind, status=status)
    )


def letters(world: World, one: Member, *kinds: NoticeKind) -> list[Letter]:
    """Return what *one* is mailed, in order; only of *kinds*, if any are given."""
    wanted = list(kinds or NoticeKind)
    with world.services.sessions() as session:
        ids = [
            message.id
            for message in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
            if message.unit_id in set(one.units.values()) and message.kind in wanted
        ]
        made = compose(session, world.services, ids)
    return [letter for each in ids if (letter := made[each]) is not None]


def match_ids(one: Member) -> list[UUID]:
    return [UUID(match["id"]) for match in matches(one)]
