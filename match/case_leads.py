"""The lead of a match (regie): who keeps the overview. Kept as a list; each sees their own of it.

A match holds sides that hide from each other, so it has no one lead: what
counts for a side is the last of the list that it may know. Nobody's lead is
ended by somebody else's; otherwise one would notice whom one may not see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, func, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from orgprofiles.base import Base, UtcDateTime, new_id, word


class LeadKind(StrEnum):
    """Who keeps the overview."""

    PARTICIPANT = "deelname"  #: one of the participants
    DIRECTOR = "matchregisseur"  #: somebody whose role that is
    CLIENT = "client"  #: the person concerned


class LeadStatus(StrEnum):
    """How far it is."""

    PROPOSED = "voorgesteld"  #: asked, and not answered
    ACCEPTED = "aanvaard"  #: it is so
    DECLINED = "geweigerd"  #: asked, and refused
    RETURNED = "teruggegeven"  #: it was so; laid down again


@dataclass(frozen=True, slots=True)
class Lead:
    """Who keeps the overview, or is to: one of the three.

    Attributes:
        participation_id: A participant's part in the match.
        director_id: The account of a match regisseur.
        is_client: The person concerned.
    """

    participation_id: UUID | None = None
    director_id: UUID | None = None
    is_client: bool = False

    @property
    def kind(self) -> LeadKind:
        """Which of the three."""
        if self.is_client:
            return LeadKind.CLIENT
        return LeadKind.DIRECTOR if self.director_id else LeadKind.PARTICIPANT


class CaseLead(Base):
    """Somebody who was asked to keep the overview of a match, and what became of it."""

    __tablename__ = "case_leads"
    __table_args__ = (
        UniqueConstraint("match_id", "number"),
        Index(None, "participation_id"),
        Index(None, "proposed_by"),
        CheckConstraint("(kind = 'deelname') = (participation_id IS NOT NULL)", name="participant"),
        CheckConstraint("(kind = 'matchregisseur') = (director_id IS NOT NULL)", name="director"),
        CheckConstraint("(status = 'voorgesteld') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("(status = 'teruggegeven') = (returned_at IS NOT NULL)", name="returned"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    match_id: Mapped[UUID] = mapped_column(ForeignKey("matches.id"))
    #: From 1, in order of asking; never shown, for it counts what is hidden too.
    number: Mapped[int]
    kind: Mapped[LeadKind] = mapped_column(word(LeadKind))
    participation_id: Mapped[UUID | None] = mapped_column(ForeignKey("participations.id"))
    #: The account of a match regisseur.
    director_id: Mapped[UUID | None]
    status: Mapped[LeadStatus] = mapped_column(word(LeadStatus))
    #: Whose part asked, or on whose behalf the rule did.
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("participations.id"))
    #: Whether nobody asked, but the rule (see :mod:`match.lead_rules`).
    by_rule: Mapped[bool] = mapped_column(server_default=false(), default=False)
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def lead(self) -> Lead:
        """Who it is."""
        return Lead(self.participation_id, self.director_id, self.kind is LeadKind.CLIENT)


@dataclass(frozen=True, slots=True)
class Known:
    """Whose parts a side knows of.

    Attributes:
        own: Its own.
        seen: Those that it sees or saw.
    """

    own: frozenset[UUID]
    seen: Collection[UUID]

    def __contains__(self, participation_id: UUID) -> bool:
        """Whether it is one's own, or seen."""
        return participation_id in self.own or participation_id in self.seen


@dataclass(frozen=True, slots=True)
class LeadsSeen:
    """What a side may know of the lead.

    Attributes:
        current: Who keeps the overview; None: nobody that it may know of.
        proposal: Who was asked since, and did not answer.
        for_all: The same, but for what the side was asked on behalf of another one alone.
    """

    current: CaseLead | None = None
    proposal: CaseLead | None = None
    for_all: CaseLead | None = None


def may_know(lead: CaseLead, known: Known) -> bool:
    """Whether a side may know of *lead*.

    Of a participant who accepted, whoever sees that participant; of all else,
    only who sees the one who asked: it is that one's deed. What the rule asks on
    behalf of one side alone is known to that side and to who is asked.
    """
    is_told = lead.proposed_by in known
    if is_of_one_side(lead) and lead.status is LeadStatus.PROPOSED:
        is_told = is_told and not known.own.isdisjoint({lead.proposed_by, lead.participation_id})
    if lead.participation_id is None:
        return is_told
    was_accepted = lead.status in {LeadStatus.ACCEPTED, LeadStatus.RETURNED}
    return lead.participation_id in known and (was_accepted or is_told)


def leads_seen(
    leads: Iterable[CaseLead], known: Known, is_active: Callable[[UUID], bool]
) -> LeadsSeen:
    """Return what a side may know of the lead now.

    Args:
        leads: All of the match.
        known: Whose parts the side knows of.
        is_active: Whether who is meant is there still: a part whose signal is active, or the
            account of a match regisseur who may be one. Who has left keeps no overview.
    """
    seen = sorted((one for one in leads if may_know(one, known)), key=lambda one: one.number)
    held = [one for one in seen if one.status in {LeadStatus.ACCEPTED, LeadStatus.RETURNED}]
    last = held[-1] if held else None
    is_held = last is not None and last.status is LeadStatus.ACCEPTED
    current = last if last is not None and is_held and _is_there(last, is_active) else None
    asked = [one for one in seen if last is None or one.number > last.number]
    waiting = [
        one
        for one in reversed(asked)
        if one.status is LeadStatus.PROPOSED
        and is_active(one.proposed_by)
        and _is_there(one, is_active)
    ]
    # Whoever is asked for a side that does not see the others' choice is to answer that side.
    own = [one for one in waiting if is_of_one_side(one) and one.participation_id in known.own]
    for_all = next((one for one in waiting if one not in own), None)
    return LeadsSeen(current, own[0] if own else for_all, for_all)


def _is_there(lead: CaseLead, is_active: Callable[[UUID], bool]) -> bool:
    if lead.director_id is not None:
        # They see the match as whoever asked them does: without that one they see nothing of it.
        return is_active(lead.director_id) and is_active(lead.proposed_by)
    return lead.participation_id is None or is_active(lead.participation_id)


def is_of_one_side(lead: CaseLead) -> bool:
    """Whether the rule asked somebody on behalf of one side, who does not see whom others do."""
    return lead.by_rule and lead.participation_id not in {None, lead.proposed_by}


def read_leads(session: Session, match_ids: Collection[UUID]) -> list[CaseLead]:
    """Return everything about the lead of matches, whoever may know of it."""
    return list(session.scalars(select(CaseLead).where(CaseLead.match_id.in_(match_ids))))


def asked_still(session: Session, lead_ids: Collection[UUID]) -> set[UUID]:
    """Return which of *lead_ids* still wait for an answer, and were not followed by another."""
    later = aliased(CaseLead)
    rows = session.scalars(
        select(CaseLead.id).where(
            CaseLead.id.in_(lead_ids),
            CaseLead.status == LeadStatus.PROPOSED,
            ~select(1)
            .where(
                later.match_id == CaseLead.match_id,
                later.number > CaseLead.number,
                later.proposed_by == CaseLead.proposed_by,
            )
            .exists(),
        )
    )
    return set(rows)


def count_asked(session: Session, director_ids: Collection[UUID]) -> Counter[UUID]:
    """Return how many matches wait for the answer of each match regisseur."""
    asked = session.execute(
        select(CaseLead.id, CaseLead.director_id, CaseLead.match_id).where(
            CaseLead.director_id.in_(director_ids), CaseLead.status == LeadStatus.PROPOSED
        )
    ).all()
    still = asked_still(session, [row.id for row in asked])
    # Sides that do not see each other may each have asked.
    matches = {(row.director_id, row.match_id) for row in asked if row.id in still}
    return Counter(director_id for director_id, _ in matches)


def add_lead(
    session: Session,
    match_id: UUID,
    lead: Lead,
    *,
    proposed_by: UUID,
    accepted: bool,
    now: datetime,
    by_rule: bool = False,
) -> CaseLead:
    """Write who is asked to keep the overview, or does from now on.

    Args:
        session: Has locked the match's subject.
        match_id: Of the match, its own.
        lead: Who.
        proposed_by: Whose part asks.
        accepted: Nobody has to answer.
        now: UTC.
        by_rule: Nobody asks, but the rule does, on behalf of *proposed_by*.
    """
    last = session.scalar(select(func.max(CaseLead.number)).where(CaseLead.match_id == match_id))
    made = CaseLead(
        match_id=match_id,
        number=(last or 0) + 1,
        kind=lead.kind,
        participation_id=lead.participation_id,
        director_id=lead.director_id,
        status=LeadStatus.ACCEPTED if accepted else LeadStatus.PROPOSED,
        proposed_by=proposed_by,
        by_rule=by_rule,
        proposed_at=now,
        answered_at=now if accepted else None,
    )
    session.add(made)
    session.flush()
    return made
