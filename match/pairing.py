"""What involvements bring about among each other: pure decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations
from uuid import UUID, uuid4

from match.involvements import Change, Enrolment, ExistingPair, Involvement, NewPair
from match.matches import MatchKind, PairVisibility
from match.messages import NoticeKind
from match.outbox import Notice
from match.rules import RuleBook, Verdict
from orgprofiles.base import new_id


def on_registered(new: Involvement, others: Iterable[Involvement], rules: RuleBook) -> Change:
    """Return what *new* brings about at once.

    Every other signal that it sees takes part in the subject's match, and so
    does the new one. Each contact who gets to see somebody is told once,
    however many there are to see; and who already sees a colleague of the new
    one, with a mail, is not told again (:func:`_knows_of`). That message is
    written all the same, as one not to be sent: who registers is not to
    notice from the work what is known of others.

    Those who see the new signal without being seen by it are left to a review
    (:func:`reconciled`): nothing here depends on whether there are any.
    """
    verdicts = [(other, rules.verdict(new.party, other.party)) for other in others]
    partners = [(other, verdict) for other, verdict in verdicts if verdict.one_sees]
    if not partners:
        return Change()
    own = uuid4()
    event = new_id()
    known = (one.shown_as for one, _ in partners if one.shown_as)
    shown_as = next(known, None) or uuid4()
    colleagues = [one for one, _ in verdicts if _told_as(one) == _told_as(new)]
    is_told = any(_is_mailed(verdict, new, partner) for partner, verdict in partners)
    enrolments = [
        Enrolment(
            own,
            new.signal_id,
            sees=True,
            joins=True,
            shown_as=shown_as,
            follow_up_days=new.follow_up_days,
            is_told=is_told,
        )
    ]
    pairs = []
    notices = []
    for partner, verdict in partners:
        part = partner.participation_id or uuid4()
        sees = verdict.other_sees
        told_before = _knows_of(partner, colleagues, rules)
        mailed = sees and _is_mailed(verdict, new, partner)
        enrolments.append(
            Enrolment(
                part,
                partner.signal_id,
                sees=sees,
                joins=sees and not partner.saw,
                shown_as=partner.shown_as or (shown_as if sees else None),
                follow_up_days=partner.follow_up_days,
                is_told=mailed and not told_before,
            )
        )
        low, high = sorted((own, part))
        pairs.append(
            NewPair(low, high, visibility_of(verdict, one_is_low=own == low), verdict.mails)
        )
        if mailed:
            notice = _notice(event, partner, part, about=new.signal_id)
            notices.append(replace(notice, told_before=told_before))
    if is_told:
        notices.insert(0, _notice(event, new, own, about=new.signal_id))
    return Change(enrolments, pairs, notices)


def reconciled(
    involvements: Sequence[Involvement],
    pairs: Iterable[ExistingPair],
    rules: RuleBook,
    *,
    kind: MatchKind = MatchKind.PERSON,
    may_pair: Callable[[Involvement, Involvement], bool] = lambda _one, _other: True,
) -> Change:
    """Return what must change so that one subject's pairs are as *rules* have it.

    A pair whose sensitive side let itself be seen stays visible to both, for
    as long as the rules let that side see the other at all, and it is still
    the same side that decides. Each contact who gets to see somebody new is
    told once; of that one, or, when there are several, of the whole; but not
    of whom it sees a colleague already, with a mail. Whoever is the contact of
    several signals (of a family) is told with the oldest of them.

    Args:
        involvements: The subject's active signals, the oldest first.
        pairs: Those between them.
        rules: In force.
        kind: Of the match.
        may_pair: Whether this match is one for two of them at all.
    """
    there = {frozenset({p.low_participation_id, p.high_participation_id}): p for p in pairs}
    parts = {one.signal_id: one.participation_id or uuid4() for one in involvements}
    of_part = {parts[one.signal_id]: one for one in involvements}
    new: list[NewPair] = []
    changed: list[ExistingPair] = []
    dropped: list[tuple[UUID, UUID]] = []
    seen: dict[UUID, list[tuple[UUID, bool]]] = {}  # whom a part newly sees, and whether mailed
    enrolled: set[UUID] = set()
    for low, high in (sorted(pair) for pair in combinations(of_part, 2)):
        if not may_pair(of_part[low], of_part[high]):
            continue
        pair = there.get(frozenset({low, high}))
        verdict = rules.verdict(of_part[low].party, of_part[high].party)
        if verdict.is_nothing:
            if pair is not None:
                dropped.append((low, high))
            continue
        now_is = visibility_of(verdict, one_is_low=True)
        if pair is None:
            new.append(NewPair(low, high, now_is, verdict.mails))
            enrolled |= {low, high}
        else:
            wanted = _as_it_must_be(pair, now_is, mails=verdict.mails)
            now_is = wanted.visibility
            if wanted != pair:
                changed.append(wanted)
        was = pair.visibility if pair else None
        for part, other, side in (
            (low, high, PairVisibility.LOW),
            (high, low, PairVisibility.HIGH),
        ):
            if _sees(now_is, side) and not (was and _sees(was, side)):
                seen.setdefault(part, []).append(
                    (other, _is_mailed(verdict, of_part[part], of_part[other]))
                )
    told, notices = _notices(of_part, seen, list(there.values()), kind)
    shown = _shown(of_part, seen)
    enrolments = [
        Enrolment(
            part,
            one.signal_id,
            sees=part in seen,
            joins=part in seen and not one.saw,
            shown_as=shown.get(part),
            follow_up_days=one.follow_up_days,
            is_told=part in told,
        )
        for part, one in of_part.items()
        if part in enrolled or part in seen
    ]
    return Change(enrolments, new, notices, changed, dropped)


def _notices(
    of_part: Mapping[UUID, Involvement],
    seen: Mapping[UUID, Sequence[tuple[UUID, bool]]],
    pairs: Sequence[ExistingPair],
    kind: MatchKind,
) -> tuple[set[UUID], list[Notice]]:
    """Return which parts are told of somebody whom they newly see, and a notice to each contact."""
    event = new_id()
    told = set()
    notices: dict[UUID, Notice] = {}
    for part, one in of_part.items():
        before = _told_of(part, of_part, pairs)
        mailed = [
            other
            for other, mails in seen.get(part, ())
            if mails and _told_as(of_part[other]) not in before
        ]
        if mailed:
            about = of_part[mailed[0] if len(mailed) == 1 else part].signal_id
            recipient = one.professional_id or one.party.unit_id
            notices.setdefault(recipient, _notice(event, one, part, about=about, kind=kind))
            told.add(part)
    return told, list(notices.values())


def _shown(
    of_part: Mapping[UUID, Involvement], seen: Mapping[UUID, Sequence[tuple[UUID, bool]]]
) -> dict[UUID, UUID]:
    """Return the match's id as each part knows it.

    From the longest involved of those it sees that knows it, else a new one:
    so that it says nothing that does not come from somebody seen.
    """
    shown = {part: one.shown_as for part, one in of_part.items() if one.shown_as}
    age = {part: number for number, part in enumerate(of_part)}
    waiting = [part for part in of_part if part in seen and part not in shown]
    while waiting:
        for part in waiting:
            known = (shown.get(other) for other, _ in sorted(seen[part], key=lambda o: age[o[0]]))
            if found := next((one for one in known if one), None):
                shown[part] = found
        unknown = [part for part in waiting if part not in shown]
        if unknown == waiting:
            # A new one for the longest involved alone: others may have it from them.
            shown[unknown.pop(0)] = uuid4()
        waiting = unknown
    return shown


def revealed(
    own: Involvement,
    others: Iterable[Involvement],
    pairs: Iterable[ExistingPair],
    rules: RuleBook,
    now: datetime,
    *,
    kind: MatchKind = MatchKind.PERSON,
) -> Change:
    """Return what changes when *own*, a sensitive side, lets itself be seen by *others*.

    Only by those of whom the rules in force still leave it that decision.

    Args:
        own: Who decides; takes part in the match.
        others: The other active signals of the subject.
        pairs: Those between all of them.
        rules: In force.
        now: UTC.
        kind: Of the match.
    """
    pairs = list(pairs)
    of_part = {one.participation_id: one for one in others if one.participation_id}
    event = new_id()
    changed, enrolments = [], []
    notices: dict[UUID, Notice] = {}
    for pair in pairs:
        if own.participation_id not in (pair.low_participation_id, pair.high_participation_id):
            continue
        is_low = pair.low_participation_id == own.participation_id
        side = PairVisibility.LOW if is_low else PairVisibility.HIGH
        part = pair.high_participation_id if is_low else pair.low_participation_id
        other = of_part.get(part)
        if other is None or pair.visibility is not side:
            continue
        verdict = rules.verdict(own.party, other.party)
        if not (verdict.one_sees and verdict.is_one_sided):
            continue
        both = PairVisibility.BOTH
        mailed = _is_mailed(verdict, own, other)
        told_before = _told_as(own) in _told_of(part, of_part, pairs)
        changed.append(replace(pair, visibility=both, revealed_by=side, revealed_at=now))
        enrolments.append(
            Enrolment(
                part,
                other.signal_id,
                sees=True,
                joins=not other.saw,
                shown_as=other.shown_as or own.shown_as,
                follow_up_days=other.follow_up_days,
                is_told=mailed and not told_before,
            )
        )
        if mailed:
            notice = _notice(event, other, part, about=own.signal_id, kind=kind)
            recipient = other.professional_id or other.party.unit_id
            if recipient not in notices or notices[recipient].told_before:
                notices[recipient] = replace(notice, told_before=told_before)
    return Change(enrolments, [], list(notices.values()), changed)


def _as_it_must_be(pair: ExistingPair, visibility: PairVisibility, *, mails: bool) -> ExistingPair:
    """Return *pair* as the rules have it: *visibility*, if nobody has revealed anything."""
    wanted = replace(pair, visibility=visibility, mails=mails)
    if visibility is PairVisibility.BOTH or pair.revealed_by is None:
        return wanted
    if pair.revealed_by is visibility:
        return replace(wanted, visibility=PairVisibility.BOTH)
    # Another side decides now, and has not.
    return replace(wanted, revealed_by=None, revealed_at=None)


def visibility_of(verdict: Verdict, *, one_is_low: bool) -> PairVisibility:
    """Return *verdict* as a pair keeps it, by which of the two has the lower participation id."""
    if not verdict.is_one_sided:
        return PairVisibility.BOTH
    return PairVisibility.LOW if verdict.one_sees is one_is_low else PairVisibility.HIGH


def _is_mailed(verdict: Verdict, one: Involvement, other: Involvement) -> bool:
    return (
        verdict.mails
        and other.party.organisation_id not in one.silent_with
        and one.party.organisation_id not in other.silent_with
    )


def _told_as(one: Involvement) -> tuple[UUID, UUID | None]:
    """Return as what others are mailed of *one*: once for each organisation.

    An independent unit counts as an organisation: the others of its
    organisation may not know what it does.
    """
    return one.party.organisation_id, one.party.unit_id if one.party.independent else None


def _knows_of(one: Involvement, colleagues: Iterable[Involvement], rules: RuleBook) -> bool:
    """Whether *one* sees any of *colleagues* already, with a mail, as *rules* have it."""
    verdicts = ((other, rules.verdict(one.party, other.party)) for other in colleagues)
    return any(verdict.one_sees and _is_mailed(verdict, one, other) for other, verdict in verdicts)


def _told_of(
    part: UUID, of_part: Mapping[UUID, Involvement], pairs: Iterable[ExistingPair]
) -> set[tuple[UUID, UUID | None]]:
    """Return as what those are mailed of whom *part* sees already, with a mail."""
    found = set()
    for pair in pairs:
        low, high = pair.low_participation_id, pair.high_participation_id
        for own, other, side in ((low, high, PairVisibility.LOW), (high, low, PairVisibility.HIGH)):
            if own == part and other in of_part and pair.mails and _sees(pair.visibility, side):
                found.add(_told_as(of_part[other]))
    return found


def _sees(visibility: PairVisibility, side: PairVisibility) -> bool:
    return visibility in {PairVisibility.BOTH, side}


def _notice(
    event: UUID,
    recipient: Involvement,
    participation_id: UUID,
    *,
    about: UUID,
    kind: MatchKind = MatchKind.PERSON,
) -> Notice:
    return Notice(
        event,
        NoticeKind.FAMILY if kind is MatchKind.FAMILY else NoticeKind.MATCH,
        participation_id,
        recipient.professional_id,
        recipient.party.unit_id,
        about,
    )
