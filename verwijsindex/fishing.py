"""Registering to find out who is known where, and withdrawing again: a rule, and what it found.

Who registers somebody sees who else is involved, and may end it the next
minute. Once that is a mistake; as a habit it looks like searching. The rule
only counts: a person of flesh and blood asks what was the matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, case, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from match.messages import NoticeKind
from match.outbox import letter_to_account
from match.signals import EndReason, Signal, SignalStatus
from orgprofiles.base import Base, UtcDateTime, new_id
from orgprofiles.organisations import Unit
from orgprofiles.statements import fixed
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import Role
from verwijsindex.services import Services

#: How far back one looks: long enough for a habit to show, short enough to ask about.
PERIOD = timedelta(days=14)
#: What ended within so many days of its start was, in hindsight, hardly an involvement.
SOON = timedelta(days=7)
#: Fewer is chance: a mistyped number, a client who did not come.
FEWEST = 10
#: From one in four on, ending soon is no exception with somebody any more.
SMALLEST_SHARE = 0.25
#: And it must be far more than with the others, whose work may simply be short.
TIMES_USUAL = 3.0


@dataclass(frozen=True, slots=True)
class Tally:
    """Signals that started in a period.

    Attributes:
        registered: All of them.
        withdrawn: Of those, ended by the organisation within :data:`SOON`.
        wrong: Of those, because it was somebody else.
    """

    registered: int = 0
    withdrawn: int = 0
    wrong: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.registered + other.registered,
            self.withdrawn + other.withdrawn,
            self.wrong + other.wrong,
        )

    def __sub__(self, other: Tally) -> Tally:
        return Tally(
            self.registered - other.registered,
            self.withdrawn - other.withdrawn,
            self.wrong - other.wrong,
        )

    @property
    def share(self) -> float:
        """How many of the registered were withdrawn, from 0 to 1."""
        return self.withdrawn / self.registered if self.registered else 0.0


def looks_like_fishing(own: Tally, others: Tally) -> bool:
    """Whether somebody withdraws so often that the administrator should ask about it.

    Args:
        own: Of the professional or the organisation.
        others: Of everybody else: what is usual.
    """
    limit = max(SMALLEST_SHARE, TIMES_USUAL * others.share)
    return own.withdrawn >= FEWEST and own.share >= min(limit, 1.0)


class FishingFinding(Base):
    """A professional or an organisation that the administrator is told of."""

    __tablename__ = "fishing_findings"
    __table_args__ = (
        CheckConstraint("withdrawn <= registered", name="withdrawn_of_registered"),
        CheckConstraint("wrong <= withdrawn", name="wrong_of_withdrawn"),
        Index(None, "found_at"),
        Index(
            "ix_fishing_findings_organisation",
            "organisation_id",
            "found_at",
            sqlite_where=text("professional_id IS NULL"),
            postgresql_where=text("professional_id IS NULL"),
        ),
        Index(None, "professional_id", "found_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    #: None: the organisation as a whole.
    professional_id: Mapped[UUID | None] = mapped_column(ForeignKey("professionals.id"))
    #: The period that was counted, UTC.
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    registered: Mapped[int]
    withdrawn: Mapped[int]
    wrong: Mapped[int]


_Who = tuple[UUID, UUID | None]  # organisation, professional


def find_fishing(session: Session, services: Services) -> int:
    """Note and mail what looks like searching, each once in a period; return how much.

    The caller commits, and has taken the tick's lock.
    """
    now = services.clock()
    tallies = _tallies(session, since=now - PERIOD)
    total = sum((one for (_, who), one in tallies.items() if who is None), Tally())
    known = _found_since(session, now - PERIOD)
    made = 0
    for (organisation_id, professional_id), own in _suspects(tallies, total):
        if (organisation_id, professional_id) in known:
            continue
        made += 1
        finding = FishingFinding(
            organisation_id=organisation_id,
            professional_id=professional_id,
            since=now - PERIOD,
            found_at=now,
            registered=own.registered,
            withdrawn=own.withdrawn,
            wrong=own.wrong,
        )
        session.add(finding)
        session.flush()
        session.add_all(
            letter_to_account(
                NoticeKind.FISHING,
                event_id=finding.id,
                account_id=account_id,
                organisation_id=home_id,
                now=now,
            )
            for account_id, home_id in _administrators(session)
        )
        session.flush()
    return made


def _suspects(tallies: Mapping[_Who, Tally], total: Tally) -> list[tuple[_Who, Tally]]:
    """Return whose habit it looks like; an organisation's without those who explain it."""
    people = [
        (who, own)
        for who, own in tallies.items()
        if who[1] is not None and looks_like_fishing(own, total - own)
    ]
    found = list(people)
    for (organisation_id, professional_id), own in tallies.items():
        if professional_id is None:
            of_people = (one for (of, _), one in people if of == organisation_id)
            rest = own - sum(of_people, Tally())
            if looks_like_fishing(rest, total - own):
                found.append(((organisation_id, None), rest))
    return found


def _tallies(session: Session, *, since: datetime) -> Mapping[_Who, Tally]:
    """Return what started since then, per professional and per organisation (None)."""
    rows = session.execute(
        select(
            Unit.organisation_id,
            Signal.professional_id,
            Signal.started_at,
            Signal.ended_at,
            func.coalesce(
                case((Signal.status == fixed(SignalStatus.ENDED), Signal.reason)), None
            ).label("reason"),
        )
        .join(Unit, Unit.id == Signal.unit_id)
        .where(Signal.started_at >= since)
    )
    found: dict[_Who, Tally] = defaultdict(Tally)
    for row in rows:
        is_withdrawn = row.reason is not None and row.ended_at - row.started_at <= SOON
        is_wrong = is_withdrawn and row.reason == EndReason.WRONG_PERSON
        one = Tally(1, int(is_withdrawn), int(is_wrong))
        found[row.organisation_id, None] += one
        if row.professional_id is not None:
            found[row.organisation_id, row.professional_id] += one
    return found


def _found_since(session: Session, since: datetime) -> set[_Who]:
    rows = session.execute(
        select(FishingFinding.organisation_id, FishingFinding.professional_id).where(
            FishingFinding.found_at > since
        )
    )
    return {(row.organisation_id, row.professional_id) for row in rows}


def _administrators(session: Session) -> list[tuple[UUID, UUID]]:
    """Return the accounts whose task it is to ask, each with its organisation."""
    accounts = session.scalars(select(Account).where(Account.status == AccountStatus.ACTIVE))
    return [
        (one.id, one.organisation_id) for one in accounts if Role.ADMINISTRATOR.value in one.roles
    ]
