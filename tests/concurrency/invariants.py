"""What must be true of the database at any moment, whoever came when.

Everything is read and judged anew here, with none of the product's own
queries: only the matching rules are asked, for they are what must be kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.counters import DailyCounter, Figure
from match.matches import Match, MatchPair, MatchStatus, PairVisibility, Participation
from match.messages import MessageState, NoticeKind, OutboxMessage
from match.reviews import SubjectReview
from match.routing import PLACED
from match.rules import Party, RuleBook
from match.signals import EndReason, Informing, Signal, SignalStatus
from match.silences import Silence
from orgprofiles.organisations import Organisation, Unit
from verwijsindex.audit import Action, AuditEvent


@dataclass
class _Facts:
    """Everything that is judged, by id."""

    signals: dict[UUID, Signal]
    parties: dict[UUID, Party]  # by signal
    matches: dict[UUID, Match]
    parts: dict[UUID, Participation]
    pairs: list[MatchPair]
    messages: list[OutboxMessage]
    informed: Counter[UUID]  # by signal
    deeds: Counter[tuple[Action, UUID | None]]
    figures: Counter[tuple[UUID, Figure]]
    reviews: set[UUID]  # subjects whose review is still to come
    paired: dict[frozenset[UUID], MatchPair] = field(init=False)  # by their two signals
    #: The person and the organisations of which nobody needs to have been told.
    quiet: set[tuple[UUID, frozenset[UUID]]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.paired = {self.sides(pair): pair for pair in self.pairs}

    def organisations(self, sides: Iterable[UUID]) -> tuple[UUID, frozenset[UUID]]:
        """Return the person and the organisations of two signals."""
        several = list(sides)
        subject_id = self.signals[several[0]].subject_id
        return subject_id, frozenset(self.parties[one].organisation_id for one in several)

    def told_as(self, signal_id: UUID) -> Iterator[UUID]:
        """Return the signals about the same person of the same organisation or independent unit."""
        party, subject_id = self.parties[signal_id], self.signals[signal_id].subject_id
        for one, other in self.parties.items():
            same = party.unit_id == other.unit_id or not (party.independent or other.independent)
            is_theirs = same and party.organisation_id == other.organisation_id
            if is_theirs and self.signals[one].subject_id == subject_id:
                yield one

    def sides(self, pair: MatchPair) -> frozenset[UUID]:
        """Return the two signals of *pair*."""
        low, high = pair.low_participation_id, pair.high_participation_id
        return frozenset({self.parts[low].signal_id, self.parts[high].signal_id})

    def sees(self, pair: MatchPair) -> set[UUID]:
        """Return which of the two signals of *pair* see the other."""
        low, high = pair.low_participation_id, pair.high_participation_id
        found = set()
        if pair.visibility is not PairVisibility.HIGH:
            found.add(self.parts[low].signal_id)
        if pair.visibility is not PairVisibility.LOW:
            found.add(self.parts[high].signal_id)
        return found

    def is_wrong(self, signal_id: UUID) -> bool:
        return self.signals[signal_id].reason is EndReason.WRONG_PERSON

    def had_wrong(self, signal_id: UUID) -> bool:
        """Whether anybody's signal about the same person was about somebody else."""
        subject_id = self.signals[signal_id].subject_id
        return any(
            one.subject_id == subject_id and self.is_wrong(one.id) for one in self.signals.values()
        )

    def ended_or_lapsed(self, signal: Signal) -> tuple[bool, bool]:
        """Return whether it was counted as ended, and as lapsed; being taken back is no more."""
        if self.deeds[Action.SIGNAL_RETRACTED, signal.id]:
            ended = self.deeds[Action.SIGNAL_ENDED, signal.id] > 0
            return ended, not ended
        return signal.status is SignalStatus.ENDED, signal.status is SignalStatus.LAPSED

    def is_active(self, signal_id: UUID) -> bool:
        return self.signals[signal_id].status is SignalStatus.ACTIVE


def violations(
    session: Session, rules: RuleBook, *, said_known: Iterable[frozenset[UUID]] = ()
) -> list[str]:
    """Return a sentence for everything in the database that must not be; none is as it should be.

    Args:
        session: Only read.
        rules: In force all the while.
        said_known: Pairs of signals of which somebody ever said that they knew each other: of
            those organisations nobody needs to have been told about that person.
    """
    facts = _read(session)
    facts.quiet = {facts.organisations(sides) for sides in said_known}
    return [
        *_of_contacts(facts),
        *_of_matches(facts),
        *_of_pairs(facts, rules),
        *_of_match_messages(facts),
        *_of_retractions(facts),
        *_of_records(facts),
        *_of_silences(session, facts),
    ]


def _read(session: Session) -> _Facts:
    parties = {
        row.id: Party(row.organisation_id, row.unit_id, row.domain, row.independent, row.sensitive)
        for row in session.execute(
            select(
                Signal.id,
                Signal.unit_id,
                Unit.organisation_id,
                Unit.domain,
                Unit.independent,
                Organisation.sensitive,
            )
            .join(Unit, Unit.id == Signal.unit_id)
            .join(Organisation, Organisation.id == Unit.organisation_id)
        )
    }
    figures: Counter[tuple[UUID, Figure]] = Counter()
    for row in session.scalars(select(DailyCounter)):
        figures[row.organisation_id, row.figure] += row.amount
    return _Facts(
        {one.id: one for one in session.scalars(select(Signal))},
        parties,
        {one.id: one for one in session.scalars(select(Match))},
        {one.id: one for one in session.scalars(select(Participation))},
        list(session.scalars(select(MatchPair))),
        list(
            session.scalars(
                select(OutboxMessage).where(OutboxMessage.participation_id.is_not(None))
            )
        ),
        Counter(session.scalars(select(Informing.signal_id))),
        Counter((row.action, row.object_id) for row in session.scalars(select(AuditEvent))),
        figures,
        set(session.scalars(select(SubjectReview.subject_id))),
    )


def _of_contacts(facts: _Facts) -> Iterator[str]:
    active = Counter(
        (one.subject_id, one.professional_id or one.unit_id)
        for one in facts.signals.values()
        if one.status is SignalStatus.ACTIVE
    )
    yield from _repeated(active, "active signals of one contact for one person")


def _of_matches(facts: _Facts) -> Iterator[str]:
    is_open = Counter(m.subject_id for m in facts.matches.values() if m.status is MatchStatus.OPEN)
    yield from _repeated(is_open, "open matches of one person")
    yield from _repeated(
        Counter((part.match_id, part.signal_id) for part in facts.parts.values()),
        "parts of one signal in one match",
    )
    visible: dict[UUID, int] = defaultdict(int)
    for pair in facts.pairs:
        low, high = facts.parts[pair.low_participation_id], facts.parts[pair.high_participation_id]
        if low.match_id != high.match_id:
            yield "a pair over two matches"
        if facts.is_active(low.signal_id) and facts.is_active(high.signal_id):
            visible[low.match_id] += 1
    for match in facts.matches.values():
        if match.status is MatchStatus.OPEN and not visible[match.id]:
            yield f"match {match.id} is open without a visible pair of active signals"
        if match.status is MatchStatus.CLOSED and visible[match.id]:
            yield f"match {match.id} is closed with a visible pair of active signals"
    paired = {
        part for p in facts.pairs for part in (p.low_participation_id, p.high_participation_id)
    }
    for part in facts.parts.values():
        # What came of a signal about the wrong person is erased.
        was_erased = part.first_seen_at is None or facts.is_wrong(part.signal_id)
        if part.id not in paired and not was_erased:
            yield f"participation {part.id} without a pair"
        if facts.signals[part.signal_id].subject_id != facts.matches[part.match_id].subject_id:
            yield f"participation {part.id} in another person's match"


def _of_pairs(facts: _Facts, rules: RuleBook) -> Iterator[str]:
    of_subject: dict[UUID, list[UUID]] = defaultdict(list)
    for one in facts.signals.values():
        if one.status is SignalStatus.ACTIVE:
            of_subject[one.subject_id].append(one.id)
    for subject_id, signal_ids in of_subject.items():
        for one, other in combinations(signal_ids, 2):
            verdict = rules.verdict(facts.parties[one], facts.parties[other])
            pair = facts.paired.get(frozenset({one, other}))
            may_come = verdict.is_one_sided and subject_id in facts.reviews
            if not verdict.is_nothing and pair is None and not may_come:
                yield f"lost match: signals {one} and {other} do not know of each other"
    for sides, pair in facts.paired.items():
        one, other = sides
        verdict = rules.verdict(facts.parties[one], facts.parties[other])
        may = {s for s, sees in ((one, verdict.one_sees), (other, verdict.other_sees)) if sees}
        if pair.revealed_by is not None and may:
            may = {one, other}
        if facts.sees(pair) != may:
            yield f"signals {one} and {other}: {len(facts.sees(pair))} see, {len(may)} may"


def _of_match_messages(facts: _Facts) -> Iterator[str]:
    """Each pair was told of the newer of the two, both sides, once; and nobody else of anything."""
    told = Counter(
        (facts.parts[m.participation_id].signal_id, m.about_signal_id)
        for m in facts.messages
        # Where another one is in its place, that one counts.
        if m.kind is NoticeKind.MATCH and m.participation_id and m.failure != PLACED
    )
    # Of all that one sees, one may be told again when there are more.
    of_others = Counter({who: times for who, times in told.items() if who[0] != who[1]})
    yield from _repeated(of_others, "messages to one contact about one new signal")
    possible = set()
    for sides, pair in facts.paired.items():
        for signal_id in facts.sees(pair):
            (seen,) = sides - {signal_id}
            # Of the other, or of all that oneself sees.
            possible |= {(signal_id, seen), (signal_id, signal_id)}
            if facts.organisations(sides) in facts.quiet:
                continue
            # Or of a colleague: whoever was told of an organisation is not told of it again.
            by_colleague = {(signal_id, one) for one in facts.told_as(seen)}
            if not {*by_colleague, (signal_id, signal_id)} & told.keys():
                yield f"signal {signal_id} was not told of {seen}"
        yield from _of_newer(facts, pair, told)
    for signal_id, about in told.keys() - possible:
        if not facts.had_wrong(signal_id):
            yield f"signal {signal_id} was told of {about}, which it does not see"
    events = defaultdict(set)
    for message in facts.messages:
        # A review is one event, of which each is told what is new to them.
        events[message.event_id].add(message.kind)
    yield from (f"event {e} is of several kinds" for e, kinds in events.items() if len(kinds) > 1)


def _of_newer(
    facts: _Facts, pair: MatchPair, told: Mapping[tuple[UUID, UUID | None], int]
) -> Iterator[str]:
    sides = facts.sides(pair)
    is_quiet = facts.organisations(sides) in facts.quiet
    if len(facts.sees(pair)) != 2 or pair.revealed_by is not None or is_quiet:
        return
    one, other = sides
    newer = [new for new, old in ((one, other), (other, one)) if (old, new) in told]
    if len(newer) != 1:
        yield f"of signals {one} and {other} {len(newer)} were told of as the newer one"
    elif (newer[0], newer[0]) not in told:
        yield f"signal {newer[0]} was not told of whom it found"


def _of_retractions(facts: _Facts) -> Iterator[str]:
    """Whoever was mailed of a signal that was about somebody else was told so once."""
    told = Counter(
        (m.recipient, facts.parts[m.participation_id].signal_id, m.about_signal_id)
        for m in facts.messages
        if m.kind is NoticeKind.WRONG_PERSON and m.participation_id and m.failure != PLACED
    )
    yield from _repeated(told, "retractions of one signal to one recipient")
    of_wrong = [
        (facts.parts[m.participation_id], m)
        for m in facts.messages
        if m.kind is NoticeKind.MATCH
        and m.participation_id
        and m.about_signal_id
        and facts.is_wrong(m.about_signal_id)
        and facts.parts[m.participation_id].signal_id != m.about_signal_id
    ]
    for part, m in of_wrong:
        is_told = (m.recipient, part.signal_id, m.about_signal_id) in told
        if m.state is MessageState.SENT and not is_told:
            yield f"signal {part.signal_id} was not told that {m.about_signal_id} was a mistake"
        # Who sees a colleague of it is told of that one.
        waits = m.state in {MessageState.WAITING, MessageState.PENDING}
        if waits and part.first_seen_at is None:
            yield f"signal {part.signal_id} is to be told of {m.about_signal_id}, a mistake"
    for _, witness, wrong in told:
        subjects = {facts.signals[one].subject_id for one in (witness, wrong)}
        if not facts.is_wrong(wrong) or len(subjects) > 1:
            yield f"signal {witness} was told that {wrong} was a mistake, and never saw it"
    for pair in facts.pairs:
        for part_id in (pair.low_participation_id, pair.high_participation_id):
            if facts.is_wrong(facts.parts[part_id].signal_id):
                yield f"participation {part_id} was a mistake and still has a pair"


def _of_records(facts: _Facts) -> Iterator[str]:
    """Audit, informing and figures say what happened: they commit with it or not at all."""
    figures: Counter[tuple[UUID, Figure]] = Counter()
    for one in facts.signals.values():
        organisation = facts.parties[one.id].organisation_id
        ended, lapsed = facts.ended_or_lapsed(one)
        for action, times in ((Action.SIGNAL_REGISTERED, 1), (Action.SIGNAL_ENDED, int(ended))):
            if facts.deeds[action, one.id] != times:
                yield f"signal {one.id}: {facts.deeds[action, one.id]} audit rows of {action}"
        if facts.informed[one.id] != 1:
            yield f"signal {one.id}: told how the client was informed {facts.informed[one.id]} times"
        figures[organisation, Figure.REGISTERED] += 1
        figures[organisation, Figure.ENDED] += ended
        figures[organisation, Figure.LAPSED] += lapsed
        figures[organisation, Figure.WRONG_PERSON] += one.reason is EndReason.WRONG_PERSON
    for signal_id in {s for pair in facts.pairs for s in facts.sees(pair)}:
        figures[facts.parties[signal_id].organisation_id, Figure.JOINED] += 1
    for organisation, figure in figures.keys() | facts.figures.keys():
        counted, is_so = facts.figures[organisation, figure], figures[organisation, figure]
        # Who joined because of a mistake joined; the pair that shows it is erased.
        may_be_more = figure is Figure.JOINED and any(map(facts.is_wrong, facts.signals))
        if (counted < is_so if may_be_more else counted != is_so) and figure is not Figure.TRIED:
            yield f"organisation {organisation}: counted {counted} × {figure}, but it is {is_so}"
    of_signals = {Action.SIGNAL_REGISTERED, Action.SIGNAL_ENDED}
    for action, signal_id in facts.deeds:
        if action in of_signals and signal_id not in facts.signals:
            yield f"an audit row of {action} of signal {signal_id}, which is not there"


def _of_silences(session: Session, facts: _Facts) -> Iterator[str]:
    """Two organisations are silent about a person when a pair of theirs says so from both sides."""
    both_say = {
        facts.organisations(sides)
        for sides, pair in facts.paired.items()
        if pair.low_knew_at is not None and pair.high_knew_at is not None
    }
    both_say = {one for one in both_say if len(one[1]) == 2}
    silent = {
        (one.subject_id, frozenset({one.low_organisation_id, one.high_organisation_id}))
        for one in session.scalars(select(Silence))
    }
    for one in both_say ^ silent:
        yield f"silence {one}: both say so {one in both_say}, kept {one in silent}"


def _repeated(counted: Counter, what: str) -> Iterator[str]:
    for key, times in counted.items():
        if times > 1:
            yield f"{times} {what}: {key}"


def summary(found: Iterable[str]) -> str:
    """Return the first few of *found*, for a test's message."""
    found = list(found)
    return f"{len(found)} violations: " + "; ".join(found[:5])
