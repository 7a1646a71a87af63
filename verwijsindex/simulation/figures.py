"""What a simulated year came to, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from match.counters import DailyCounter, Figure
from match.matches import Match, Participation
from match.messages import NoticeKind
from match.signals import Signal, SignalStatus
from match.silences import Silence
from orgprofiles.dutch_calendar import working_days_after
from verwijsindex.simulation.city import Colleague

_STALLED_AFTER = 15  # working days after the deadline it is on the administrator's list


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail that was delivered."""

    on: date
    address: str
    kind: NoticeKind


@dataclass
class Figures:
    """What is counted while the year goes by, and at its end.

    Attributes:
        begins_on: Its first day, on which the files are imported.
        imported: Clients in the largest file.
        after_import: Mails that somebody had of the files, at most.
        left: Professionals who left.
        handed_over: Signals that went to colleagues then.
        mails: All of them.
        seen: Participations that came to see somebody.
        in_time: Of these, followed up before their day.
        reminded_first: After the reminder.
        told_first: After the coordinator was told.
        stalled: On the administrator's list at the end.
    """

    begins_on: date = date.min
    imported: int = 0
    mails: list[Kept] = field(default_factory=list)
    signals: int = 0
    ended: int = 0
    extended: int = 0
    confirmed: int = 0
    led: int = 0
    left: int = 0
    handed_over: int = 0
    after_import: int = 0
    reminded: int = 0
    escalated: int = 0
    seen: set[UUID] = field(default_factory=set)
    in_time: int = 0
    reminded_first: int = 0
    told_first: int = 0
    matches: int = 0
    deleted: int = 0
    lapsed: int = 0
    silenced: int = 0
    waiting: int = 0
    stalled: int = 0
    addresses: Sequence[str] = ()
    ends_on: date = date.min

    def follow_up(self, part: Participation, today: date) -> None:
        """Count that *part* was followed up *today*."""
        if part.escalated_at is not None:
            self.told_first += 1
        elif part.reminded_at is not None:
            self.reminded_first += 1
        elif part.deadline is None or today <= part.deadline:
            self.in_time += 1
        else:
            self.reminded_first += 1

    def count_what_is_left(
        self, session: Session, *, today: date, people: Iterable[Colleague]
    ) -> None:
        """Count what the database has at the end."""
        self.ends_on = today
        self.addresses = [one.address for one in people]
        left = session.scalar(select(func.count()).select_from(Signal)) or 0
        self.deleted = self.signals - left
        self.matches = session.scalar(select(func.count()).select_from(Match)) or 0
        self.silenced = session.scalar(select(func.count()).select_from(Silence)) or 0
        self.lapsed = (
            session.scalar(
                select(func.sum(DailyCounter.amount)).where(DailyCounter.figure == Figure.LAPSED)
            )
            or 0
        )
        for deadline in session.scalars(
            select(Participation.deadline)
            .join(Signal, Signal.id == Participation.signal_id)
            .where(
                Signal.status == SignalStatus.ACTIVE,
                Participation.deadline.is_not(None),
                Participation.is_unsettled,
            )
        ):
            self.waiting += 1
            self.stalled += (
                deadline is not None and working_days_after(deadline, _STALLED_AFTER) <= today
            )

    def per_week(self) -> list[int]:
        """Return how many mails each professional had in each whole week, zeros among them."""
        own = set(self.addresses)
        found = Counter(
            (one.address, (one.on - self.begins_on).days // 7)
            for one in self.mails
            if one.address in own
        )
        weeks = (self.ends_on - self.begins_on).days // 7
        return sorted(found[address, week] for address in self.addresses for week in range(weeks))

    def count_imports(self, addresses: Iterable[str]) -> None:
        """Count what the files brought each professional, when the first morning's mail is out."""
        own = set(addresses)
        found = Counter(one.address for one in self.mails if one.address in own)
        self.after_import = max(found.values(), default=0)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name, for machines."""
        weeks = self.per_week()
        return {
            "signalen": self.signals,
            "matches": self.matches,
            "mailsPerWeekMediaan": median(weeks) if weeks else 0,
            "mailsPerWeekGemiddeld": round(sum(weeks) / len(weeks), 2) if weeks else 0,
            "mailsPerWeek95": weeks[int(0.95 * len(weeks))] if weeks else 0,
            "mailsPerWeekHoogst": weeks[-1] if weeks else 0,
            "grootsteImport": self.imported,
            "mailsNaImportHoogst": self.after_import,
            "deelnames": len(self.seen),
            "opgevolgdOpTijd": self.in_time,
            "opgevolgdNaHerinnering": self.reminded_first,
            "opgevolgdNaEscalatie": self.told_first,
            "herinnerd": self.reminded,
            "geescaleerd": self.escalated,
            "nogOpTeVolgen": self.waiting,
            "vastgelopen": self.stalled,
            "stiltes": self.silenced,
            "regieAanvaard": self.led,
            "beeindigd": self.ended,
            "verlengd": self.extended,
            "vervallen": self.lapsed,
            "verwijderd": self.deleted,
            "vertrokken": self.left,
            "overgedragen": self.handed_over,
            "mails": dict(sorted(Counter(one.kind.value for one in self.mails).items())),
        }


_WORDS = {
    "signalen": "signalen",
    "matches": "matches (nog bewaard)",
    "mailsPerWeekMediaan": "mails per medewerker per week, mediaan",
    "mailsPerWeekGemiddeld": "  gemiddeld",
    "mailsPerWeek95": "  95 van de 100 weken hoogstens",
    "mailsPerWeekHoogst": "  ergste week van wie dan ook",
    "grootsteImport": "cliënten in het grootste bestand",
    "mailsNaImportHoogst": "  mails daarna aan één medewerker, hoogstens",
    "deelnames": "deelnames die iemand zien",
    "opgevolgdOpTijd": "  opgevolgd op tijd",
    "opgevolgdNaHerinnering": "  opgevolgd na de herinnering",
    "opgevolgdNaEscalatie": "  opgevolgd na bericht aan de coördinator",
    "nogOpTeVolgen": "  nog op te volgen",
    "vastgelopen": "  daarvan op de lijst van de beheerder",
    "herinnerd": "herinnerd",
    "geescaleerd": "aan de coördinator gemeld",
    "stiltes": "stiltes (paren die elkaar al kenden)",
    "regieAanvaard": "regie aanvaard",
    "beeindigd": "beëindigd",
    "verlengd": "verlengd",
    "vervallen": "vervallen",
    "verwijderd": "verwijderd",
    "vertrokken": "medewerkers vertrokken",
    "overgedragen": "  signalen daarbij overgedragen",
}


def table(figures: Figures) -> str:
    """Return *figures* as a table for a terminal."""
    values = figures.as_dict()
    kinds = values.pop("mails")
    rows = [(words, f"{values[name]:,}".replace(",", ".")) for name, words in _WORDS.items()]
    rows += [(f"mails: {kind}", f"{amount:,}".replace(",", ".")) for kind, amount in kinds.items()]
    width = max(len(words) for words, _ in rows)
    return "\n".join(f"{words:<{width}}  {value:>9}" for words, value in rows) + "\n"
