"""Families: the active signals about different persons who have a parent in common.

Two signals may have both parents in common, and still are to be told of each
other once: their pair belongs to the match of the parent who has been in the
index longest. Who the parents of a signal are never changes, so that this
does not either, whoever comes or goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import and_, join, select
from sqlalchemy.orm import Session

from match.involvements import Involvement
from match.matches import Match, MatchKind, Participation
from match.registering import involvement_of
from match.relations import Relation
from match.signals import Signal, SignalStatus
from orgprofiles.organisations import Organisation, Unit
from orgprofiles.statements import fixed, table_of


@dataclass(frozen=True, slots=True)
class Family:
    """Whoever is involved with a child of one parent.

    Attributes:
        parent_id: The subject that is the parent.
        involvements: Active signals, the oldest first.
        persons: Whom each signal is about.
        parents: All whom each signal names, the longest known first.
    """

    parent_id: UUID
    involvements: list[Involvement] = field(default_factory=list)
    persons: dict[UUID, UUID] = field(default_factory=dict)
    parents: Mapping[UUID, list[UUID]] = field(default_factory=dict)

    def may_pair(self, one: Involvement, other: Involvement) -> bool:
        """Whether two signals are about different persons, and this is their match.

        Those about one person have a match of their own.
        """
        if self.persons[one.signal_id] == self.persons[other.signal_id]:
            return False
        also = self.parents[other.signal_id]
        first = next(parent for parent in self.parents[one.signal_id] if parent in also)
        return first == self.parent_id


def read_families(
    session: Session, parent_ids: Collection[UUID], *, today: date
) -> dict[UUID, Family]:
    """Return the families of locked parents; two queries, or none.

    The persons need not be locked: when one of the signals ends meanwhile, a
    review is asked for by whoever ends it. Signals whose last day passed are
    left out.
    """
    if not parent_ids:
        return {}
    rows = session.execute(_INVOLVED.where(_RELATIONS.c.subject_id.in_(parent_ids))).all()
    parents: dict[UUID, list[UUID]] = defaultdict(list)
    # Not by the ids that were found: how many those are would show in the statement of
    # who lets itself be seen, and some of them may be hidden.
    theirs = _RELATIONS.alias()
    of_family = select(theirs.c.signal_id).where(theirs.c.subject_id.in_(parent_ids))
    for signal_id, parent_id in session.execute(
        select(_RELATIONS.c.signal_id, _RELATIONS.c.subject_id)
        .where(_RELATIONS.c.signal_id.in_(of_family))
        .order_by(_RELATIONS.c.subject_id)
    ):
        parents[signal_id].append(parent_id)
    families = {one: Family(one, parents=parents) for one in parent_ids}
    for row in rows:
        if row.lapses > today:
            family = families[row.parent_id]
            family.persons[row.id] = row.person_id
            family.involvements.append(involvement_of(row))
    return families


_RELATIONS, _SIGNALS, _UNITS, _ORGANISATIONS, _MATCHES, _PARTICIPATIONS = map(
    table_of, (Relation, Signal, Unit, Organisation, Match, Participation)
)
_INVOLVED = (
    select(
        _RELATIONS.c.subject_id.label("parent_id"),
        _SIGNALS.c.id,
        _SIGNALS.c.subject_id.label("person_id"),
        _SIGNALS.c.professional_id,
        _SIGNALS.c.lapses,
        _UNITS.c.id.label("unit_id"),
        _UNITS.c.domain,
        _UNITS.c.independent,
        _ORGANISATIONS.c.id.label("organisation_id"),
        _ORGANISATIONS.c.sensitive,
        _ORGANISATIONS.c.follow_up_days,
        _PARTICIPATIONS.c.id.label("participation_id"),
        _PARTICIPATIONS.c.first_seen_at,
        _PARTICIPATIONS.c.shown_as,
    )
    .select_from(_RELATIONS)
    .join(_SIGNALS, _SIGNALS.c.id == _RELATIONS.c.signal_id)
    .join(_UNITS, _UNITS.c.id == _SIGNALS.c.unit_id)
    .join(_ORGANISATIONS, _ORGANISATIONS.c.id == _UNITS.c.organisation_id)
    # A signal takes part in one match per parent at most, as in one about its person.
    .outerjoin(
        join(_PARTICIPATIONS, _MATCHES, _MATCHES.c.id == _PARTICIPATIONS.c.match_id),
        and_(
            _PARTICIPATIONS.c.signal_id == _SIGNALS.c.id,
            _PARTICIPATIONS.c.kind == fixed(MatchKind.FAMILY),
            _MATCHES.c.subject_id == _RELATIONS.c.subject_id,
        ),
    )
    .where(_SIGNALS.c.status == fixed(SignalStatus.ACTIVE))
    .order_by(_SIGNALS.c.id)
)
