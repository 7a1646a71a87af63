"""What other rules would do to the pairs that are there now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from match.matches import MatchKind, MatchPair, PairVisibility, Participation
from match.rules import Party, RuleBook, Verdict
from match.signals import Signal, SignalStatus
from orgprofiles.organisations import Organisation, Unit


@dataclass(frozen=True, slots=True)
class Impact:
    """How many pairs of active signals a change touches.

    Attributes:
        newly_visible: One or both would see the other, and do not now.
        no_longer_visible: One or both see the other now, and would not.
        mails_on: Seen as now, and mailed about from then on.
        mails_off: Seen as now, and not mailed about any more.
        organisation_ids: Whose, sorted.
    """

    newly_visible: int
    no_longer_visible: int
    mails_on: int
    mails_off: int
    organisation_ids: tuple[UUID, ...]


class _Sort(NamedTuple):
    """Pairs that all rules treat alike.

    Attributes:
        one: Unit of a signal.
        other: Unit of the other.
        revealed: Unit of the side that let itself be seen; None: neither did.
    """

    one: UUID
    other: UUID
    revealed: UUID | None = None


def impact(session: Session, before: RuleBook, after: RuleBook) -> Impact:
    """Return what *after* would change where *before* is in force.

    Pairs are counted by their two units: there are few of those, however many
    signals. A pair of which the review is still to come counts as reviewed.
    Pairs of family matches are not counted: they follow the same rules.
    """
    parties = _parties(session)
    found: Counter[str] = Counter()
    organisations: set[UUID] = set()
    for sort, number in _pairs_by_units(session).items():
        one, other = parties[sort.one], parties[sort.other]
        was = _with_revealed(before.verdict(one, other), sort)
        will = _with_revealed(after.verdict(one, other), sort)
        touched = {
            "newly": (will.one_sees and not was.one_sees)
            or (will.other_sees and not was.other_sees),
            "no longer": (was.one_sees and not will.one_sees)
            or (was.other_sees and not will.other_sees),
        }
        if not any(touched.values()) and not will.is_nothing:
            touched["on"] = will.mails and not was.mails
            touched["off"] = was.mails and not will.mails
        for what, is_so in touched.items():
            found[what] += number * is_so
        if any(touched.values()):
            organisations |= {one.organisation_id, other.organisation_id}
    return Impact(
        found["newly"],
        found["no longer"],
        found["on"],
        found["off"],
        tuple(sorted(organisations)),
    )


def _with_revealed(verdict: Verdict, sort: _Sort) -> Verdict:
    if not verdict.is_one_sided or sort.revealed != (sort.one if verdict.one_sees else sort.other):
        return verdict
    return Verdict(one_sees=True, other_sees=True, mails=verdict.mails)


def _parties(session: Session) -> dict[UUID, Party]:
    rows = session.execute(
        select(
            Unit.id, Unit.organisation_id, Unit.domain, Unit.independent, Organisation.sensitive
        ).join(Organisation, Organisation.id == Unit.organisation_id)
    )
    return {
        row.id: Party(row.organisation_id, row.id, row.domain, row.independent, row.sensitive)
        for row in rows
    }


def _pairs_by_units(session: Session) -> Counter[_Sort]:
    one, other = aliased(Signal), aliased(Signal)
    active = (one.status == SignalStatus.ACTIVE, other.status == SignalStatus.ACTIVE)
    found: Counter[_Sort] = Counter()
    for row in session.execute(
        select(one.unit_id.label("one"), other.unit_id.label("other"), func.count().label("number"))
        .join(other, (other.subject_id == one.subject_id) & (other.id > one.id))
        .where(*active)
        .group_by(one.unit_id, other.unit_id)
    ):
        first, second = sorted((row.one, row.other))
        found[_Sort(first, second)] += row.number
    low, high = aliased(Participation), aliased(Participation)
    by = case(
        (MatchPair.revealed_by == PairVisibility.LOW, one.unit_id), else_=other.unit_id
    ).label("by")
    for row in session.execute(
        select(
            one.unit_id.label("one"), other.unit_id.label("other"), by, func.count().label("number")
        )
        .select_from(MatchPair)
        .join(low, low.id == MatchPair.low_participation_id)
        .join(high, high.id == MatchPair.high_participation_id)
        .join(one, one.id == low.signal_id)
        .join(other, other.id == high.signal_id)
        .where(MatchPair.revealed_by.is_not(None), low.kind == MatchKind.PERSON, *active)
        .group_by(one.unit_id, other.unit_id, "by")
    ):
        first, second = sorted((row.one, row.other))
        found[_Sort(first, second, row.by)] += row.number
        found[_Sort(first, second)] -= row.number
    return found
