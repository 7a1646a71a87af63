"""Made-up people: test BSNs and birth dates, the same ones for the same seed and day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from stdnum.nl import bsn as eleven_test

#: The population register's range for test persons: nine digits that begin with 9999.
TEST_RANGE = range(999_900_000, 1_000_000_000)
#: Made up too, though not of that range, which has no numbers that begin with a zero.
WITH_LEADING_ZERO = "012345672"
_DAYS_A_YEAR = 365.25
#: Birthdays this near are left out, so that nobody changes group while the demonstration runs.
_DAYS_FROM_A_BIRTHDAY = 40


@dataclass(frozen=True, slots=True)
class MadeUpPerson:
    """Somebody who does not exist.

    Attributes:
        bsn: Nine digits that pass the eleven-test.
        born: Calendar day.
        month_and_day_unknown: As in the population register for some who came from abroad.
    """

    bsn: str = field(repr=False)
    born: date = field(repr=False)
    month_and_day_unknown: bool = False

    def age(self, today: date) -> int:
        """Return the age in whole years."""
        return (
            today.year
            - self.born.year
            - ((today.month, today.day) < (self.born.month, self.born.day))
        )


class People:
    """Makes people, each with a BSN of their own."""

    def __init__(self, random: Random, today: date) -> None:
        self._random = random
        self._today = today
        self._numbers = _test_bsns(random)

    def make(self, youngest: int, oldest: int) -> MadeUpPerson:
        """Return a new person with an age from *youngest* to *oldest*, in whole years."""
        return MadeUpPerson(next(self._numbers), self._born(youngest, oldest))

    def make_with_leading_zero(self, youngest: int, oldest: int) -> MadeUpPerson:
        """Return the one whose BSN begins with a zero."""
        return MadeUpPerson(WITH_LEADING_ZERO, self._born(youngest, oldest))

    def make_with_partial_birth_date(self, youngest: int, oldest: int) -> MadeUpPerson:
        """Return a new person of whose birth date only the year is known."""
        born = self._born(youngest, oldest)
        return MadeUpPerson(next(self._numbers), born, month_and_day_unknown=True)

    def mistyped_bsn(self) -> str:
        """Return nine digits that fail the eleven-test: the last one is wrong."""
        right = next(self._numbers)
        return right[:-1] + str((int(right[-1]) + 1) % 10)

    def _born(self, youngest: int, oldest: int) -> date:
        least = round(youngest * _DAYS_A_YEAR) + _DAYS_FROM_A_BIRTHDAY
        most = round((oldest + 1) * _DAYS_A_YEAR) - _DAYS_FROM_A_BIRTHDAY
        return self._today - timedelta(days=self._random.randint(least, most))


def _test_bsns(random: Random) -> Iterator[str]:
    numbers = [number for number in map(str, TEST_RANGE) if eleven_test.is_valid(number)]
    random.shuffle(numbers)
    return iter(numbers)
