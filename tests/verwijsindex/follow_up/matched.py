"""Organisations in a match, and what tests say to each of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from match.messages import MessageState, NoticeKind, OutboxMessage
from tests.world import Member, World
from verwijsindex.worker import Worker

PART_ROUTE = "/api/v1/matches/<uuid:match_id>/deelnames/<uuid:participation_id>"
LEAD_ROUTE = "/api/v1/matches/<uuid:match_id>/regie"

_DOMAINS = {"Schuldhulp": "schulden", "Wijkteam": "welzijn", "Woonbedrijf": "wonen"}


def member(world: World, name: str) -> Member:
    """Admit an organisation; GGZ is sensitive: it sees first, and decides who sees it."""
    if name == "GGZ":
        return world.member("GGZ", domain="ggz", sensitive=True)
    return world.member(name, domain=_DOMAINS[name])


def matched(world: World, *names: str, **changes: Any) -> list[Member]:
    """Have organisations of those names registered for the same person, in that order."""
    members = [member(world, name) for name in names]
    for one in members:
        answer = one.register(1, **changes)
        assert answer.status_code == 201, answer.text
    Worker(world.services).review()
    return members


def match_of(one: Member) -> dict[str, Any]:
    """Return the one match that *one* sees."""
    (match,) = one.get("/api/v1/matches").json["resultaten"]
    return dict(match)


def own(one: Member) -> dict[str, Any]:
    """Return *one*'s part in its match."""
    (part,) = match_of(one)["eigenDeelnames"]
    return dict(part)


def other(one: Member, seen: Member) -> dict[str, Any]:
    """Return *seen* as *one* sees it in its match."""
    (found,) = [o for o in match_of(one)["deelnemers"] if o["organisatie"] == seen.name]
    return dict(found)


def record(one: Member, **body: Any) -> Any:
    """Change *one*'s part; return the answer."""
    path = f"/api/v1/matches/{match_of(one)['id']}/deelnames/{own(one)['id']}"
    return one.patch(path, body)


def recorded(one: Member, **body: Any) -> dict[str, Any]:
    """Change *one*'s part, which must be allowed; return it as it is then."""
    answer = record(one, **body)
    assert answer.status_code == 200, answer.text
    (part,) = answer.json["eigenDeelnames"]
    return dict(part)


def regie(one: Member, **body: Any) -> Any:
    """Ask somebody to take the lead; return the answer."""
    return one.put(f"/api/v1/matches/{match_of(one)['id']}/regie", body)


def answer_regie(one: Member, answer: str) -> Any:
    """Accept (``aanvaarding``) or decline (``weigering``) the lead; return the answer."""
    path = f"/api/v1/matches/{match_of(one)['id']}/regie/{answer}"
    return one.world.http.post(path, headers=one.headers)


def lead(one: Member) -> str | None:
    """Return the participation that has the lead, or ``client``, as *one* sees it."""
    seen = match_of(one)["regie"]
    return seen and (seen["deelname"] or seen["soort"])


def proposal(one: Member) -> str | None:
    """Return the participation that was asked for the lead, as *one* sees it."""
    seen = match_of(one)["regieVoorstel"]
    return seen and (seen["deelname"] or seen["soort"])


def told(world: World, one: Member) -> int:
    """Return how many times *one* was told of a match."""
    units = set(one.units.values())
    with world.services.sessions() as session:
        found = session.scalars(
            select(OutboxMessage.unit_id).where(
                OutboxMessage.kind == NoticeKind.MATCH,
                OutboxMessage.state != MessageState.SKIPPED,
            )
        )
        return sum(unit in units for unit in found)
