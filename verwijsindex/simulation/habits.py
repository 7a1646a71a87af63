"""How the people of a simulated year behave: every assumption in one place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from match.follow_up import FollowUp


@dataclass(frozen=True, slots=True)
class Size:
    """How large the city is.

    Attributes:
        organisations: That take part.
        professionals: Together.
        persons: With whom somebody is involved in the course of the year.
        days: How long it lasts.
    """

    organisations: int = 22
    professionals: int = 300
    persons: int = 20_000
    days: int = 365


@dataclass(frozen=True, slots=True)
class Habits:
    """What people do, in shares of one.

    The evaluations of such indexes have that four in ten matches are not
    followed up, mostly because people knew each other already; so much is
    assumed here of whom nobody reminds.

    Attributes:
        further: How many more organisations a person has to do with: 0, 1, 2, 3.
        acts: Follows a match up by themselves.
        acts_when_reminded: Of the rest, after the reminder.
        acts_when_told: Of the rest, once their coordinator was told.
        knew: Of those who act: they were in contact already.
        confirms: The other one says so too.
        involved_days: How long an involvement lasts, on average.
        ends: Ends a signal when the involvement is over; the others let it lapse.
        extends: Extends a signal that lapses, while involved.
        daily: Wants one mail a day.
        off: Wants none: the team's mailbox gets them.
        leaves: Leaves in the course of the year.
        imports: Of the organisations: begins with a file of its clients.
        mistakes: Registrations about the wrong person.
        leads: Says yes when asked to keep the overview.
    """

    further: tuple[float, ...] = (0.62, 0.26, 0.09, 0.03)
    acts: float = 0.6
    acts_when_reminded: float = 0.5
    acts_when_told: float = 0.6
    knew: float = 0.4
    confirms: float = 0.7
    involved_days: float = 270
    ends: float = 0.8
    extends: float = 0.8
    daily: float = 0.25
    off: float = 0.05
    leaves: float = 0.06
    imports: float = 0.25
    mistakes: float = 0.004
    leads: float = 0.7

    def outcome(self, chance: Random) -> FollowUp:
        """Return what somebody records who does not know the other yet."""
        return chance.choices(
            (
                FollowUp.CONTACTED,
                FollowUp.NOT_NEEDED,
                FollowUp.NO_CONSENT,
                FollowUp.NOT_REACHED,
            ),
            (0.7, 0.15, 0.08, 0.07),
        )[0]

    def days_until_acting(self, chance: Random) -> int:
        """Return after how many days somebody acts: mostly soon, sometimes late."""
        return min(1 + int(chance.expovariate(1 / 3)), 20)


class Deed(StrEnum):
    """What is planned for a moment of the year."""

    REGISTER = "register"  #: somebody registers a person
    FOLLOW_UP = "follow_up"  #: somebody records what came of a match
    CONFIRM = "confirm"  #: the other side says that they knew each other
    ANSWER = "answer"  #: whoever was asked to keep the overview answers
    EXTEND = "extend"  #: somebody extends a signal that would lapse
    LEAVE = "leave"  #: a professional leaves, and hands everything over
    OVER = "over"  #: an involvement is over
