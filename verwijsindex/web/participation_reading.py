"""A match as the professional of one participation may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from match.signals import SignalStatus
from verwijsindex.access import Caller
from verwijsindex.services import Services
from verwijsindex.use_cases.match_views import MatchCounterpart, OwnParticipation
from verwijsindex.use_cases.read_matches import TimeLine, read_time_line
from verwijsindex.use_cases.read_profiles import published_profiles
from verwijsindex.web.hours_wording import OpenNow, open_now


class Standing(StrEnum):
    """How things stand, as seen from one side of a match."""

    OPEN = "open"  #: there is somebody to align with
    OVER = "over"  #: whoever could be seen is no longer involved
    ENDED = "ended"  #: the own signal was ended
    LAPSED = "lapsed"  #: the own signal's last day passed


@dataclass(frozen=True, slots=True)
class ParticipationView:
    """A match as the professional of one participation may see it.

    Attributes:
        line: The match, and what happened in it.
        own: The participation.
        standing: How things stand.
        others: Whom it may see, the longest involved first.
        profiled: Of the organisations that have a published profile, whether they are open.
        talk_first: Informing the client was put off, by oneself or by
            somebody who may be seen: first talk to each other.
    """

    line: TimeLine
    own: OwnParticipation
    standing: Standing
    others: Sequence[MatchCounterpart]
    profiled: Mapping[UUID, OpenNow]
    talk_first: bool


def read_participation(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    match_id: UUID,
    participation_id: UUID,
) -> ParticipationView | None:
    """Return a participation of the caller's units; None when there is none.

    Who may never have seen anybody in this match gets None too: that there is
    a match would tell that somebody whom they may not see is involved.
    """
    line = read_time_line(
        session, services, caller=caller, match_id=match_id, participation_id=participation_id
    )
    if line is None:
        return None
    (own,) = [one for one in line.match.own if one.id == participation_id]
    seen = [one for one in line.match.participants if one.participation_id in own.sees]
    others = sorted(seen, key=lambda one: (one.since, one.signal_id))
    return ParticipationView(
        line=line,
        own=own,
        standing=_standing(own.signal_status, others),
        others=others,
        profiled=_profiled(session, services) if others else {},
        talk_first=own.id in line.deferred or any(one.deferred_informing for one in others),
    )


def _profiled(session: Session, services: Services) -> dict[UUID, OpenNow]:
    return {
        version.organisation_id: open_now(profile.contact.hours, services.clock())
        for version, profile in published_profiles(session, services)
    }


def _standing(status: SignalStatus, others: Sequence[MatchCounterpart]) -> Standing:
    if status is SignalStatus.ENDED:
        return Standing.ENDED
    if status is SignalStatus.LAPSED:
        return Standing.LAPSED
    return Standing.OPEN if others else Standing.OVER
