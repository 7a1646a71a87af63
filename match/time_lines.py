"""The time line of a match (tijdlijn): who did what when, as one side may know it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from match.case_leads import CaseLead, Known, LeadKind, LeadStatus, may_know
from match.follow_up import UNSETTLED, FollowUp, shown_to_other
from match.follow_up_steps import FollowUpStep
from match.matches import Participation
from match.sights import Sight


class TimeLineKind(StrEnum):
    """What happened."""

    JOINED = "erbij"  #: a participant came into the match, or came to be seen
    FOLLOWED_UP = "opvolging"  #: a participant recorded what was done
    LEAD_PROPOSED = "regie_voorgesteld"  #: somebody was asked to keep the overview
    LEAD_ACCEPTED = "regie_aanvaard"  #: somebody keeps the overview from then on
    LEAD_DECLINED = "regie_geweigerd"  #: who was asked refused
    LEAD_RETURNED = "regie_teruggegeven"  #: it was laid down


@dataclass(frozen=True, slots=True)
class TimeLineEvent:
    """Something that happened.

    Attributes:
        at: When, UTC.
        kind: What.
        participation_id: Who did it.
        status: What was recorded, of a follow-up.
        picked_up_by: The professional who was at it from then on, of one's own side.
        lead_kind: Who has or gets the lead.
        lead_id: The participation that does, where it is one.
        by_rule: Whether nobody asked, but the rule.
    """

    at: datetime
    kind: TimeLineKind
    participation_id: UUID
    status: FollowUp | None = None
    picked_up_by: UUID | None = None
    lead_kind: LeadKind | None = None
    lead_id: UUID | None = None
    by_rule: bool = False


def time_line(
    own: Collection[Participation],
    sights: Mapping[UUID, Collection[Sight]],
    steps: Iterable[FollowUpStep],
    leads: Iterable[CaseLead],
) -> list[TimeLineEvent]:
    """Return what happened as the side of *own* may know it, the oldest first.

    Of others only what they did since they could be seen, and while they are
    involved: what was before that, was about somebody else.

    Args:
        own: The side's own parts.
        sights: Whom each of them sees.
        steps: Of all of them, the oldest first.
        leads: Of the match.
    """
    seen: dict[UUID, Sight] = {}
    for one in (one for part in own for one in sights.get(part.id, ()) if one.is_active):
        if one.other_id not in seen or one.since < seen[one.other_id].since:
            seen[one.other_id] = one
    own_ids = {part.id for part in own}
    events = [
        TimeLineEvent(part.first_seen_at or part.joined_at, TimeLineKind.JOINED, part.id)
        for part in own
    ]
    events += [TimeLineEvent(one.since, TimeLineKind.JOINED, other) for other, one in seen.items()]
    events += _of_steps(steps, own_ids, seen)
    known = Known(frozenset(own_ids), seen)

    def is_since_seen(participation_id: UUID, at: datetime) -> bool:
        return participation_id in own_ids or at >= seen[participation_id].since

    for lead in leads:
        if may_know(lead, known):
            events += _of_lead(lead, known, is_since_seen)
    return sorted(events, key=lambda event: (event.at, _ORDER[event.kind]))


_ORDER = {kind: place for place, kind in enumerate(TimeLineKind)}


def _of_steps(
    steps: Iterable[FollowUpStep], own_ids: Collection[UUID], seen: Mapping[UUID, Sight]
) -> Iterator[TimeLineEvent]:
    """Return what was recorded; of others what they recorded since they could be seen.

    But not that they recorded the same once more: somebody new came, who may be unseen.
    """
    said: dict[UUID, FollowUp] = {}
    for step in steps:
        who, status, by = step.participation_id, step.status, step.picked_up_by
        if who not in own_ids:
            sight = seen.get(who)
            if sight is None or step.at < sight.since:
                continue
            is_again = said.get(who) is status and status not in UNSETTLED
            said[who] = status
            if is_again:
                continue
            knows = sight.knows_somebody_seen
            status = shown_to_other(status, since_seen=True, knows_somebody_seen=knows)
            by = None
        yield TimeLineEvent(step.at, TimeLineKind.FOLLOWED_UP, who, status, by)


def _of_lead(
    lead: CaseLead, known: Known, is_since_seen: Callable[[UUID, datetime], bool]
) -> Iterator[TimeLineEvent]:
    """Return what happened to *lead*: each deed only to who sees whose deed it is."""
    answers = lead.participation_id or lead.proposed_by
    answered_itself = answers == lead.proposed_by and not lead.by_rule
    deeds = [
        (lead.answered_at, _ANSWERS.get(lead.status), answers),
        (lead.returned_at, TimeLineKind.LEAD_RETURNED, answers),
    ]
    if not answered_itself or lead.status is LeadStatus.PROPOSED:
        deeds.append((lead.proposed_at, TimeLineKind.LEAD_PROPOSED, lead.proposed_by))
    for at, kind, by in deeds:
        if at is not None and kind is not None and by in known and is_since_seen(by, at):
            yield TimeLineEvent(
                at,
                kind,
                by,
                lead_kind=lead.kind,
                lead_id=lead.participation_id,
                by_rule=lead.by_rule,
            )


_ANSWERS = {
    LeadStatus.ACCEPTED: TimeLineKind.LEAD_ACCEPTED,
    LeadStatus.RETURNED: TimeLineKind.LEAD_ACCEPTED,
    LeadStatus.DECLINED: TimeLineKind.LEAD_DECLINED,
}
