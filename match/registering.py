"""Writing new signals, and what they bring about, under the lock on their subjects.

This path is lean on purpose: a fixed number of statements for up to a hundred
signals, in Core, for the ORM's unit of work costs as much as the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, or_, select
from sqlalchemy.orm import Session

from crypto.person import SubjectKind
from crypto.pseudonym import Pseudonym
from match import counters
from match.counters import Figure
from match.ending import Ending, end_locked
from match.involvements import Change, Involvement
from match.match_writing import write_joining
from match.matches import MatchKind, Participation
from match.pairing import on_registered
from match.relations import Relation
from match.reviews import request_subjects
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
from match.silences import Silence
from match.subjects import lock_by_pseudonym
from match.terms import IMPORT_SIGNALS
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
        follow_up_days: Working days in which the organisation follows up a match.
        parents: Pseudonyms of the kind ``ouder``, each once: for the family match.
    """

    pseudonym: Pseudonym
    party: Party
    professional_id: UUID | None
    legal_basis_id: UUID
    lapses: date
    reference_sealed: bytes = field(repr=False)
    reference_hash: bytes = field(repr=False)
    informing: InformingFacts
    follow_up_days: int
    parents: tuple[Pseudonym, ...] = ()

    @property
    def subjects(self) -> list[tuple[SubjectKind, Pseudonym]]:
        """Who must be locked."""
        parents = [(SubjectKind.PARENT, one) for one in self.parents]
        return [(SubjectKind.PERSON, self.pseudonym), *parents]

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
        shown_as: The match's id as that part knows it.
    """

    signal_id: UUID
    is_new: bool
    match_id: UUID | None = None
    participation_id: UUID | None = None
    shown_as: UUID | None = None


def register(
    session: Session,
    registrations: Sequence[Registration],
    *,
    rules: RuleBook,
    epoch: int,
    now: datetime,
    today: date,
    digest_due: datetime | None,
    registered_today: int = 0,
) -> tuple[list[Registered], list[UUID]]:
    """Write *registrations* and what follows from them.

    Returns what became of each, in order; and the contacts' own signals whose
    last day had passed, which were lapsed on the way. Others' are left to the
    worker, and are paired with nobody meanwhile.

    Registering somebody with a contact who already has an active signal for
    that person changes nothing and mails nobody. The caller commits.

    Where the rules could hide anybody from who registers, nothing is written
    about who is hidden: a review is asked for, always, and the worker does it.
    So the statements are the same whether there is somebody or not. Of a family
    match nothing is written at all but who the parents are, and a review of them.

    Args:
        session: In a transaction that has locked no subject yet.
        registrations: Of at most 100 subjects.
        rules: The matching rules in force.
        epoch: Of the keys that made the pseudonyms.
        now: UTC.
        today: The calendar day in the Netherlands.
        digest_due: When digests of what follows are due; None mails at once.
        registered_today: How many signals the organisation has registered on this day already:
            where digests are due, and with these it is an import (see
            :data:`match.terms.IMPORT_SIGNALS`), there is more time to follow up.
    """
    locked = lock_by_pseudonym(
        session, [subject for one in registrations for subject in one.subjects], epoch=epoch
    )
    persons = {locked[SubjectKind.PERSON, one.pseudonym] for one in registrations}
    # A later statement than the lock, or it would not see what the lock waited for.
    contacts = {
        (locked[SubjectKind.PERSON, one.pseudonym], one.contact_id) for one in registrations
    }
    present, lapsed = read_active(
        session,
        persons,
        lapse=lambda row: (row.subject_id, row.professional_id or row.unit_id) in contacts,
        now=now,
        today=today,
    )
    done: list[Registered] = []
    signals: list[dict[str, Any]] = []
    informings: list[dict[str, Any]] = []
    changes: dict[UUID, list[Change]] = defaultdict(list)
    relations: list[dict[str, Any]] = []
    reviews: list[UUID] = []
    for one in registrations:
        subject_id = locked[SubjectKind.PERSON, one.pseudonym]
        others = present[subject_id]
        known = _of_same_contact(one, others)
        if known:
            done.append(Registered(known.signal_id, is_new=False))
            continue
        new = Involvement(
            new_id(), one.party, one.professional_id, follow_up_days=one.follow_up_days
        )
        change = on_registered(new, others, rules)
        parts = {part.signal_id: part for part in change.enrolments}
        present[subject_id] = [
            replace(
                i,
                participation_id=part.participation_id,
                saw=i.saw or part.sees,
                shown_as=part.shown_as,
            )
            if (part := parts.get(i.signal_id))
            else i
            for i in (*others, new)
        ]
        if change.pairs:
            changes[subject_id].append(change)
        if rules.may_hide_from(one.party):
            reviews.append(subject_id)
        signals.append(_signal_row(one, new.signal_id, subject_id, now))
        informings.append(one.informing.as_row(new.signal_id, now))
        relations += [
            {"signal_id": new.signal_id, "subject_id": locked[SubjectKind.PARENT, parent]}
            for parent in one.parents
        ]
        done.append(Registered(new.signal_id, is_new=True))
    insert_rows(session, Signal, signals)
    insert_rows(session, Informing, informings)
    insert_rows(session, Relation, relations)
    is_few = registered_today + len(signals) < IMPORT_SIGNALS
    has_time = digest_due is not None and not is_few
    joined = write_joining(session, changes, now=now, digest_due=digest_due, has_time=has_time)
    # Also of those whom nothing new names: a parent whom no signal names is not kept.
    reviews += [one for (kind, _), one in locked.items() if kind is SubjectKind.PARENT]
    request_subjects(session, reviews, now=now, digest_due=digest_due, is_few=is_few)
    done = [Registered(one.signal_id, one.is_new, *joined.get(one.signal_id, ())) for one in done]
    _count(session, zip(registrations, done, strict=True), changes, present, today)
    return done, lapsed


# Made once: putting a statement together costs more than sending it.
_SIGNALS, _PARTICIPATIONS, _UNITS, _ORGANISATIONS, _SILENCES = map(
    table_of, (Signal, Participation, Unit, Organisation, Silence)
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
        _ORGANISATIONS.c.follow_up_days,
        case(
            (
                _SILENCES.c.low_organisation_id == _ORGANISATIONS.c.id,
                _SILENCES.c.high_organisation_id,
            ),
            else_=_SILENCES.c.low_organisation_id,
        ).label("silent_with"),
        _PARTICIPATIONS.c.id.label("participation_id"),
        _PARTICIPATIONS.c.first_seen_at,
        _PARTICIPATIONS.c.shown_as,
    )
    .join(_UNITS, _UNITS.c.id == _SIGNALS.c.unit_id)
    .join(_ORGANISATIONS, _ORGANISATIONS.c.id == _UNITS.c.organisation_id)
    # An active signal takes part in one match of its subject at most, for a
    # closed match that still has an active participant is reopened.
    .outerjoin(
        _PARTICIPATIONS,
        (_PARTICIPATIONS.c.signal_id == _SIGNALS.c.id)
        & (_PARTICIPATIONS.c.kind == fixed(MatchKind.PERSON)),
    )
    # A row more for each silence after the first; there seldom are any.
    .outerjoin(
        _SILENCES,
        (_SILENCES.c.subject_id == _SIGNALS.c.subject_id)
        & or_(
            _SILENCES.c.low_organisation_id == _ORGANISATIONS.c.id,
            _SILENCES.c.high_organisation_id == _ORGANISATIONS.c.id,
        ),
    )
    .where(
        _SIGNALS.c.subject_id.in_(bindparam("subject_ids", expanding=True)),
        _SIGNALS.c.status == fixed(SignalStatus.ACTIVE),
    )
    .order_by(_SIGNALS.c.id)
)


def read_active(
    session: Session,
    subject_ids: Iterable[UUID],
    *,
    lapse: Callable[[Any], bool],
    now: datetime,
    today: date,
) -> tuple[dict[UUID, list[Involvement]], list[UUID]]:
    """Return the active signals per locked subject, in order of age; and which were lapsed.

    Signals whose last day passed are left out; those for which *lapse* says
    so are lapsed.
    """
    several = session.connection().execute(_ACTIVE, {"subject_ids": list(subject_ids)}).all()
    rows = list({row.id: row for row in several}.values())
    silent_with: dict[UUID, set[UUID]] = defaultdict(set)
    for row in several:
        if row.silent_with is not None:
            silent_with[row.id].add(row.silent_with)
    overdue = [row.id for row in rows if row.lapses <= today and lapse(row)]
    if overdue:
        end_locked(session, overdue, Ending(SignalStatus.LAPSED), now=now, today=today)
    present: dict[UUID, list[Involvement]] = defaultdict(list)
    for row in rows:
        if row.lapses > today:
            present[row.subject_id].append(involvement_of(row, silent_with.get(row.id, ())))
    return present, overdue


def involvement_of(row: Any, silent_with: Iterable[UUID] = ()) -> Involvement:
    """Return the involvement that a row of active signals tells of."""
    party = Party(row.organisation_id, row.unit_id, row.domain, row.independent, row.sensitive)
    return Involvement(
        row.id,
        party,
        row.professional_id,
        row.participation_id,
        row.first_seen_at is not None,
        row.shown_as,
        row.follow_up_days,
        frozenset(silent_with),
    )


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
            for part in change.enrolments:
                figures[owner[part.signal_id], Figure.JOINED] += part.joins
    counters.count(session, figures, day=today)
