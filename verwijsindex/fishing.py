"""Registering to find out who is known where, and withdrawing again: a rule, and what it found.

Who registers somebody sees who else is involved, and may end it the next
minute. Once that is a mistake; as a habit it looks like searching. The rule
only counts: a person of flesh and blood asks what was the matter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, case, delete, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from match.messages import NoticeKind
from match.outbox import letter_to_account
from match.signals import EndReason, Signal, SignalStatus
from orgprofiles.base import Base, UtcDateTime, new_id
from orgprofiles.organisations import Unit
from orgprofiles.statements import fixed
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import Role
from verwijsindex.audit import Action, AuditEvent
from verwijsindex.services import Services

#: How far back one looks: long enough for a habit to show, short enough to ask about.
PERIOD = timedelta(days=14)
#: How long a finding, which may name a professional, is there to be asked about.
FINDINGS_KEPT = timedelta(days=365)
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
        withdrawn: Of those, ended by the organisation within :data:`SOON`, or lapsed already.
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
    #: None: nobody in particular, but the organisation, or one of its clients.
    professional_id: Mapped[UUID | None] = mapped_column(ForeignKey("professionals.id"))
    #: The period that was counted, UTC.
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    registered: Mapped[int]
    withdrawn: Mapped[int]
    wrong: Mapped[int]


_Who = tuple[UUID, UUID | None]  # organisation, professional
_Group = tuple[UUID, UUID | None, UUID | None]  # organisation, professional, who else registered


@dataclass(frozen=True, slots=True)
class Start:
    """A signal that started in the period.

    Attributes:
        organisation_id: Whose it is.
        professional_id: Its contact; None: the team.
        registrar_id: The account or client that registered it; None: not looked up.
        tally: Of this one.
    """

    organisation_id: UUID
    professional_id: UUID | None
    registrar_id: UUID | None
    tally: Tally


def find_fishing(session: Session, services: Services) -> int:
    """Note and mail what looks like searching, each once in a period; return how much.

    The caller commits, and has taken the tick's lock.
    """
    now = services.clock()
    starts = _read_starts(session, since=now - PERIOD)
    known = _found_since(session, now - PERIOD)
    made = 0
    for (organisation_id, professional_id), own in suspects(
        starts, _professionals(session, starts)
    ):
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


def suspects(
    starts: Sequence[Start], professional_of: Mapping[UUID, UUID]
) -> Sequence[tuple[_Who, Tally]]:
    """Return whose habit it looks like, each once.

    Of people, as the contact or as who registered, for whichever colleague;
    then, of what they do not explain, of a client or of an account that is
    nobody's contact; then of the organisation as a whole.

    Args:
        starts: All in the period.
        professional_of: The professional of each account that is one.
    """

    def contact(one: Start) -> _Group | None:
        who = one.professional_id
        return (one.organisation_id, who, None) if who else None

    def registering(one: Start) -> _Group | None:
        who = professional_of.get(one.registrar_id) if one.registrar_id else None
        return (one.organisation_id, who, None) if who else None

    def client(one: Start) -> _Group | None:
        who = one.registrar_id
        return (one.organisation_id, None, who) if who else None

    def organisation(one: Start) -> _Group:
        return (one.organisation_id, None, None)

    of_all = _summed(starts, organisation)
    total = sum(of_all.values(), Tally())
    found: dict[_Who, Tally] = {}
    left = list(starts)
    for ways in ((contact, registering), (client,), (organisation,)):
        explained = set[int]()
        for way in ways:
            for group, own in _summed(left, way).items():
                theirs = own if group[1] else of_all[group[0], None, None]
                if looks_like_fishing(own, total - theirs):
                    who = group[:2]
                    found[who] = max(own, found.get(who, own), key=lambda one: one.withdrawn)
                    explained |= {id(one) for one in left if way(one) == group}
        left = [one for one in left if id(one) not in explained]
    return list(found.items())


def _summed(
    starts: Iterable[Start], way: Callable[[Start], _Group | None]
) -> Mapping[_Group, Tally]:
    tallies: dict[_Group, Tally] = defaultdict(Tally)
    for one in starts:
        group = way(one)
        if group is not None:
            tallies[group] += one.tally
    return tallies


def _read_starts(session: Session, *, since: datetime) -> list[Start]:
    rows = session.execute(
        select(
            Signal.id,
            Unit.organisation_id,
            Signal.professional_id,
            Signal.started_at,
            Signal.ended_at,
            Signal.status,
            case((Signal.status == fixed(SignalStatus.ENDED), Signal.reason)).label("reason"),
        )
        .join(Unit, Unit.id == Signal.unit_id)
        .where(Signal.started_at >= since)
    )
    starts: dict[UUID, Start] = {}
    withdrawn: Counter[UUID] = Counter()
    for row in rows:
        # Who chose the nearest day on which signals lapse did so on purpose.
        is_withdrawn = row.status is SignalStatus.LAPSED or (
            row.reason is not None and row.ended_at - row.started_at <= SOON
        )
        is_wrong = is_withdrawn and row.reason == EndReason.WRONG_PERSON
        tally = _ONE[is_withdrawn, is_wrong]
        starts[row.id] = Start(row.organisation_id, row.professional_id, None, tally)
        withdrawn[row.organisation_id] += is_withdrawn
    # Where so few were withdrawn, nobody can have withdrawn more.
    looked_at = [
        signal_id for signal_id, one in starts.items() if withdrawn[one.organisation_id] >= FEWEST
    ]
    for signal_id, registrar_id in _registrars(session, looked_at):
        starts[signal_id] = replace(starts[signal_id], registrar_id=registrar_id)
    return list(starts.values())


_ONE = {
    (withdrawn, wrong): Tally(1, int(withdrawn), int(wrong))
    for withdrawn in (False, True)
    for wrong in (False, True)
}
_LOOKED_UP_AT_ONCE = 500


def _registrars(session: Session, signal_ids: Sequence[UUID]) -> Iterator[tuple[UUID, UUID]]:
    """Yield each signal of which it is known who registered it, with that account or client."""
    for start in range(0, len(signal_ids), _LOOKED_UP_AT_ONCE):
        rows = session.execute(
            select(AuditEvent.object_id, AuditEvent.actor_id).where(
                AuditEvent.object_id.in_(signal_ids[start : start + _LOOKED_UP_AT_ONCE]),
                AuditEvent.action == Action.SIGNAL_REGISTERED,
            )
        )
        for object_id, actor_id in rows:
            if object_id is not None and actor_id is not None:
                yield object_id, actor_id


def _professionals(session: Session, starts: Iterable[Start]) -> Mapping[UUID, UUID]:
    registrars = {one.registrar_id for one in starts}
    rows = session.execute(
        select(Account.id, Account.professional_id).where(Account.professional_id.is_not(None))
    )
    return {row.id: row.professional_id for row in rows if row.id in registrars}


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


def forget_findings(session: Session, *, now: datetime) -> None:
    """Delete the findings of more than a year ago. The caller commits."""
    session.execute(
        delete(FishingFinding).where(FishingFinding.found_at <= now - FINDINGS_KEPT),
        execution_options={"synchronize_session": False},
    )
