"""The two sides of a pair: from a part in a match to those with whom it is paired."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, or_
from sqlalchemy.orm import aliased

from match.matches import MatchPair, Participation
from match.signals import Signal


class Sides(NamedTuple):
    """Own part and the other one's, each with its signal, for one statement."""

    own: type[Participation]
    other: type[Participation]
    own_signal: type[Signal]
    other_signal: type[Signal]

    @property
    def own_is_low(self) -> ColumnElement[bool]:
        """The condition that the own part has the lower id."""
        return MatchPair.low_participation_id == self.own.id

    def joined(
        self, asked: Select[*tuple[Any, ...]], *, on: ColumnElement[bool] | None = None
    ) -> Select[*tuple[Any, ...]]:
        """Return *asked* from the own parts through their pairs to the others, with signals.

        Args:
            asked: The columns.
            on: Which of its pairs a part goes through; None: all.
        """
        any_pair = or_(self.own_is_low, MatchPair.high_participation_id == self.own.id)
        other_id = case(
            (self.own_is_low, MatchPair.high_participation_id),
            else_=MatchPair.low_participation_id,
        )
        return (
            asked.select_from(self.own)
            .join(MatchPair, any_pair if on is None else on)
            .join(self.other, self.other.id == other_id)
            .join(self.own_signal, self.own_signal.id == self.own.signal_id)
            .join(self.other_signal, self.other_signal.id == self.other.signal_id)
        )


@cache
def both_sides() -> Sides:
    """Return own and other; kept, for to make an alias takes long."""
    return Sides(aliased(Participation), aliased(Participation), aliased(Signal), aliased(Signal))
