"""What a new signal brings about among those that are there: a pure decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from match.matches import PairVisibility
from match.outbox import Notice, NoticeKind
from match.rules import Party, RuleBook, RuleEffect
from orgprofiles.base import new_id


@dataclass(frozen=True, slots=True)
class Involvement:
    """An active signal, as far as matching looks at it.

    Attributes:
        signal_id: The signal.
        party: Whose it is.
        professional_id: The contact; None for the unit.
        participation_id: Its part in the subject's match, where it has one.
    """

    signal_id: UUID
    party: Party
    professional_id: UUID | None
    participation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewPair:
    """Two participations that may know of each other from now on."""

    low_participation_id: UUID
    high_participation_id: UUID
    visibility: PairVisibility
    mails: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What must be written.

    Attributes:
        joining: New participations: (participation id, signal id).
        pairs: New pairs.
        notices: Who must be told.
    """

    joining: Sequence[tuple[UUID, UUID]] = field(default_factory=list)
    pairs: Sequence[NewPair] = field(default_factory=list)
    notices: Sequence[Notice] = field(default_factory=list)


def on_registered(new: Involvement, others: Iterable[Involvement], rules: RuleBook) -> Change:
    """Return what *new* brings about.

    Every other signal that the rules pair it with takes part in the subject's
    match, and so does the new one. Each contact who gets to see somebody is
    told once, however many there are to see.
    """
    partners = [
        other for other in others if rules.effect(new.party, other.party) is RuleEffect.MATCH
    ]
    if not partners:
        return Change()
    own = new_id()
    event = new_id()
    joining = [(own, new.signal_id)]
    pairs = []
    notices = [_notice(event, new, own, about=new)]
    for partner in partners:
        part = partner.participation_id
        if part is None:
            part = new_id()
            joining.append((part, partner.signal_id))
        low, high = sorted((own, part))
        pairs.append(NewPair(low, high, PairVisibility.BOTH, mails=True))
        notices.append(_notice(event, partner, part, about=new))
    return Change(joining, pairs, notices)


def _notice(
    event: UUID, recipient: Involvement, participation_id: UUID, *, about: Involvement
) -> Notice:
    return Notice(
        event,
        NoticeKind.MATCH,
        participation_id,
        recipient.professional_id,
        recipient.party.unit_id,
        about.signal_id,
    )
