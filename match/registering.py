"""Writing new signals, and what they bring about, under the lock on their subjects.

This path is lean on purpose: a fixed number of statements for up to a hundred
signals, in Core, for the ORM's unit of work costs as much as the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from crypto.person import SubjectKind
from crypto.pseudonym import Pseudonym
from match import counters, outbox
from match.counters import Figure
from match.ending import Ending, end_locked
from match.matches import Match, MatchKind, MatchPair, MatchStatus, Participation
from match.pairing import Change, Involvement, on_registered
from match.rules import Party, RuleBook
from match.signals import (
    DeferralReason,
    Informed,
    InformedBy,
    InformedHow,
    Informing,
    Reaction,
    Signal,
    SignalStatus,
)
from match.subjects import lock_by_pseudonym
from orgprofiles.base import new_id
from orgprofiles.organisations import Organisation, Unit
from orgprofiles.statements import fixed, insert_rows, table_of


@dataclass(frozen=True, slots=True, kw_only=True)
class InformingFacts:
    """How the client was told, or why not yet: one of the two."""

    informed_by: InformedBy | None = None
    informed: tuple[Informed, ...] | None = None
    informed_how: InformedHow | None = None
    informed_on: date | None = None
    reaction: Reaction | None = None
    deferral_reason: DeferralReason | None = None
    review_on: date | None = None

    def as_row(self, signal_id: UUID, now: datetime) -> dict[str, Any]:
        """Return the row of :class:`Informing`."""
        return {
            "id": new_id(),
            "signal_id": signal_id,
            "recorded_at": now,
            "informed_by": self.informed_by,
            "informed": [one.value for one in self.informed] if self.informed else None,
            "informed_how": self.informed_how,
            "informed_on": self.informed_on,
            "reaction": self.reaction,
            "deferral_reason": self.deferral_reason,
            "review_on": self.review_on,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A signal to be, with everything checked.

    Attributes:
        pseudonym: Of the person.
        party: The unit that signals, as the rules see it.
        professional_id: The contact; None for the unit.
        legal_basis_id: The basis found for domain and age group.
        lapses: First day on which it is no longer active.
        reference_sealed: The reference, encrypted for its organisation.
        reference_hash: 32 bytes, keyed.
        informing: How the client was told.
    """

    pseudonym: Pseudonym
    party: Party
    professional_id: UUID | None
    legal_basis_id: UUID
    lapses: date
    reference_sealed: bytes = field(repr=False)
    reference_hash: bytes = field(repr=False)
    informing: InformingFacts

    @property
    def contact_id(self) -> UUID:
        """Who is the contact: the professional's id, or the unit's."""
        return self.professional_id or self.party.unit_id


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of a registration.

    Attributes:
        signal_id: Of the signal that is there now.
        is_new: False when the contact had one already.
        match_id: The match that a new signal takes part in.
        participation_id: Its part in it.
    """

    signal_id: UUID
    is_new: bool
    match_id: UUID | None = None
    participation_id: UUID | None = None


def register(
    session: Session,
    registrations: Sequence[Registration],
    *,
    rules: RuleBook,
    epoch: int,
    now: datetime,
    today: date,
    digest_due: datetime | None,
) -> tuple[list[Registered], list[UUID]]:
    """Write *registrations* and what follows from them.

    Returns what became of each, in order; and the signals whose last day had
    passed, which were lapsed on the way.

    Registering somebody with a contact who already has an active signal for
    that person changes nothing and mails nobody. The caller commits.

    Args:
        session: In a transaction that has locked no subject yet.
        registrations: At most 100.
        rules: The matching rules in force.
        epoch: Of the keys that made the pseudonyms.
        now: UTC.
        today: The calendar day in the Netherlands.
        digest_due: When digests of what follows are due; None mails at once.
    """
    locked = lock_by_pseudonym(
        session, [(SubjectKind.PERSON, one.pseudonym) for one in registrations], epoch=epoch
    )
    # A later statement than the lock, or it would not see what the lock waited for.
    present, lapsed = _active(session, locked.values(), now=now, today=today)
    enrolled = [i.signal_id for ones in present.values() for i in ones if i.participation_id]
    done: list[Registered] = []
    signals: list[dict[str, Any]] = []
    informings: list[dict[str, Any]] = []
    changes: dict[UUID, list[Change]] = defaultdict(list)
    for one in registrations:
        subject_id = locked[SubjectKind.PERSON, one.pseudonym]
        others = present[subject_id]
        known = _of_same_contact(one, others)
        if known:
            done.append(Registered(known.signal_id, is_new=False))
            continue
        new = Involvement(new_id(), one.party, one.professional_id)
        change = on_registered(new, others, rules)
        parts = {signal_id: part for part, signal_id in change.joining}
        present[subject_id] = [
            replace(i, participation_id=parts.get(i.signal_id, i.participation_id))
            for i in (*others, new)
        ]
        if change.pairs:
            changes[subject_id].append(change)
        signals.append(_signal_row(one, new.signal_id, subject_id, now))
        informings.append(one.informing.as_row(new.signal_id, now))
        done.append(Registered(new.signal_id, is_new=True))
    insert_rows(session, Signal, signals)
    insert_rows(session, Informing, informings)
    joined = _write_changes(session, changes, enrolled, now=now, digest_due=digest_due)
    done = [Registered(one.signal_id, one.is_new, *joined.get(one.signal_id, ())) for one in done]
    _count(session, zip(registrations, done, strict=True), changes, present, today)
    return done, lapsed


# Made once: putting a statement together costs more than sending it.
_SIGNALS, _MATCHES, _PARTICIPATIONS, _UNITS, _ORGANISATIONS = map(
    table_of, (Signal, Match, Participation, Unit, Organisation)
)
_ACTIVE = (
    select(
        _SIGNALS.c.id,
        _SIGNALS.c.subject_id,
        _SIGNALS.c.professional_id,
        _SIGNALS.c.lapses,
        _UNITS.c.id.label("unit_id"),
        _UNITS.c.domain,
        _UNITS.c.independent,
        _ORGANISATIONS.c.id.label("organisation_id"),
        _ORGANISATIONS.c.sensitive,
        _PARTICIPATIONS.c.id.label("participation_id"),
    )
    .join(_UNITS, _UNITS.c.id == _SIGNALS.c.unit_id)
    .join(_ORGANISATIONS, _ORGANISATIONS.c.id == _UNITS.c.organisation_id)
    # An active signal takes part in one match of its subject at most, for a
    # closed match that still has an active participant is reopened.
    .outerjoin(_PARTICIPATIONS, _PARTICIPATIONS.c.signal_id == _SIGNALS.c.id)
    .where(
        _SIGNALS.c.subject_id.in_(bindparam("subject_ids", expanding=True)),
        _SIGNALS.c.status == fixed(SignalStatus.ACTIVE),
    )
    .order_by(_SIGNALS.c.id)
)
_MATCHES_OF = (
    select(_MATCHES.c.id, _MATCHES.c.subject_id, _MATCHES.c.status)
    .join(_PARTICIPATIONS, _PARTICIPATIONS.c.match_id == _MATCHES.c.id)
    .where(_PARTICIPATIONS.c.signal_id.in_(bindparam("signal_ids", expanding=True)))
    .distinct()
)


def _active(
    session: Session, subject_ids: Iterable[UUID], *, now: datetime, today: date
) -> tuple[dict[UUID, list[Involvement]], list[UUID]]:
    """Return the active signals per locked subject; lapse those whose last day passed."""
    rows = session.connection().execute(_ACTIVE, {"subject_ids": list(subject_ids)}).all()
    overdue = [row.id for row in rows if row.lapses <= today]
    if overdue:
        end_locked(session, overdue, Ending(SignalStatus.LAPSED), now=now, today=today)
    present: dict[UUID, list[Involvement]] = defaultdict(list)
    for row in rows:
        if row.lapses > today:
            present[row.subject_id].append(_involvement(row))
    return present, overdue


def _involvement(row: Any) -> Involvement:
    party = Party(row.organisation_id, row.unit_id, row.domain, row.independent, row.sensitive)
    return Involvement(row.id, party, row.professional_id, row.participation_id)


def _of_same_contact(one: Registration, others: Iterable[Involvement]) -> Involvement | None:
    for other in others:
        if one.professional_id is None:
            if other.professional_id is None and other.party.unit_id == one.party.unit_id:
                return other
        elif other.professional_id == one.professional_id:
            return other
    return None


def _signal_row(
    one: Registration, signal_id: UUID, subject_id: UUID, now: datetime
) -> dict[str, Any]:
    return {
        "id": signal_id,
        "subject_id": subject_id,
        "unit_id": one.party.unit_id,
        "professional_id": one.professional_id,
        "legal_basis_id": one.legal_basis_id,
        "status": SignalStatus.ACTIVE,
        "started_at": now,
        "lapses": one.lapses,
        "reference_sealed": one.reference_sealed,
        "reference_hash": one.reference_hash,
    }


def _write_changes(
    session: Session,
    changes: dict[UUID, list[Change]],
    enrolled: list[UUID],
    *,
    now: datetime,
    digest_due: datetime | None,
) -> dict[UUID, tuple[UUID, UUID]]:
    """Write what the new signals bring about; return match and participation per signal."""
    if not changes:
        return {}
    match_ids = _open_matches(session, list(changes), enrolled, now)
    participations = [
        {
            "id": part,
            "match_id": match_ids[subject_id],
            "signal_id": signal_id,
            "joined_at": now,
        }
        for subject_id, several in changes.items()
        for change in several
        for part, signal_id in change.joining
    ]
    pairs = [
        {
            "low_participation_id": pair.low_participation_id,
            "high_participation_id": pair.high_participation_id,
            "visibility": pair.visibility,
            "mails": pair.mails,
        }
        for several in changes.values()
        for change in several
        for pair in change.pairs
    ]
    notices = [
        notice for several in changes.values() for change in several for notice in change.notices
    ]
    insert_rows(session, Participation, participations)
    insert_rows(session, MatchPair, pairs)
    outbox.enqueue(session, notices, now=now, digest_due=digest_due)
    return {
        signal_id: (match_ids[subject_id], part)
        for subject_id, several in changes.items()
        for change in several
        for part, signal_id in change.joining
    }


def _open_matches(
    session: Session,
    subject_ids: list[UUID],
    enrolled: list[UUID],
    now: datetime,
) -> dict[UUID, UUID]:
    """Return the open match per subject: the one there is, one reopened, or a new one.

    A closed match is reopened when one of its participants is still active:
    it is the same involvement that goes on. Else the story is another one.
    *enrolled* are the active signals that already had a part in some match.
    """
    found = session.execute(_MATCHES_OF, {"signal_ids": enrolled}).all() if enrolled else []
    match_ids = {row.subject_id: row.id for row in found}
    closed = [
        row.id
        for row in found
        if row.status is MatchStatus.CLOSED and row.subject_id in subject_ids
    ]
    if closed:
        session.execute(
            update(_MATCHES)
            .where(_MATCHES.c.id.in_(closed))
            .values(status=MatchStatus.OPEN, closed_at=None)
        )
    new = [
        {
            "id": new_id(),
            "subject_id": subject_id,
            "kind": MatchKind.PERSON,
            "status": MatchStatus.OPEN,
            "opened_at": now,
        }
        for subject_id in subject_ids
        if subject_id not in match_ids
    ]
    insert_rows(session, Match, new)
    return match_ids | {row["subject_id"]: row["id"] for row in new}


def _count(
    session: Session,
    results: Iterable[tuple[Registration, Registered]],
    changes: dict[UUID, list[Change]],
    present: dict[UUID, list[Involvement]],
    today: date,
) -> None:
    figures: dict[tuple[UUID, Figure], int] = defaultdict(int)
    for one, result in results:
        figures[one.party.organisation_id, Figure.REGISTERED] += result.is_new
    for subject_id, several in changes.items():
        owner = {i.signal_id: i.party.organisation_id for i in present[subject_id]}
        for change in several:
            for _, signal_id in change.joining:
                figures[owner[signal_id], Figure.JOINED] += 1
    counters.count(session, figures, day=today)
