"""The rows of a part of a caseload: which are new, which stay, which got another contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.pseudonym import Pseudonym
from match.relations import SIGNALS_AT_ONCE_LIMIT, lock_with_parents
from match.rules import Party
from match.signals import Signal, SignalStatus
from match.subjects import Subject, is_among_persons
from match.transferring import Move, taken_subjects, transfer_locked
from orgprofiles.organisations import Unit
from orgprofiles.statements import fixed, is_among
from verwijsindex import audit
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.http.problems import InvalidParam
from verwijsindex.services import Services
from verwijsindex.use_cases.caseload_rows import CaseloadRow, CaseloadStatus, Dealt, RowOutcome
from verwijsindex.use_cases.check_signals import (
    CheckedRequest,
    Facts,
    SignalRequest,
    check,
    identify,
    read_facts,
)
from verwijsindex.use_cases.register_signals import parts_of, subjects_of, write_checked


@dataclass(frozen=True, slots=True)
class Own:
    """An active signal of the unit about one of the people.

    Attributes:
        signal_id: The signal.
        subject_id: About whom.
        contact_id: The professional, or the unit.
        began_before: Whether it was there when the run began.
    """

    signal_id: UUID
    subject_id: UUID
    contact_id: UUID
    began_before: bool


@dataclass(slots=True)
class _Known:
    """A row of which it is known about whom it is."""

    outcome: RowOutcome
    request: SignalRequest
    pseudonym: Pseudonym
    contact_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the rows are dealt with by.

    Attributes:
        unit_id: Whose caseload it is.
        began: When the run did, UTC.
        today: The calendar day in the Netherlands.
        is_trial: Change nothing.
        moved_before: Signals that earlier parts gave another contact.
        kept_before: Returns the signals that earlier parts kept; asked for seldom.
    """

    unit_id: UUID
    began: datetime
    today: date
    is_trial: bool
    moved_before: set[UUID]
    kept_before: Callable[[], set[UUID]]


@dataclass(frozen=True, slots=True)
class _Work:
    """Whose part is dealt with, and what became of it so far."""

    session: Session
    services: Services
    caller: Caller
    part: Part
    dealt: Dealt

    def record(self, deeds: Sequence[tuple[Action, UUID | None]]) -> None:
        """Write audit rows."""
        now = self.services.clock()
        key = self.services.audit_key
        audit.record(self.session, key, actor=self.caller.actor, deeds=deeds, now=now)


def deal_with(
    session: Session,
    services: Services,
    caller: Caller,
    part: Part,
    rows: Sequence[CaseloadRow],
) -> Dealt:
    """Write what *rows* ask for, a hundred subjects in a transaction; each stands or falls alone.

    Rows about one person belong in one part: only then a signal of a colleague
    who is in the caseload too is told from one of a colleague who is not.

    Leaves a transaction open, with the audit rows of what stays as it was.
    """
    dealt = Dealt([RowOutcome(faults=row.faults, is_unknown=bool(row.faults)) for row in rows])
    work = _Work(session, services, caller, part, dealt)
    _keep_by_id(work, rows)
    known, facts = _identified(work, rows)
    own = _own(work, known)
    waiting: list[_Known] = []
    unchanged: list[UUID] = []
    for one in known:
        same = [o for o in own[one.pseudonym] if o.contact_id == one.contact_id]
        if same:
            one.outcome.becomes(CaseloadStatus.UNCHANGED, same[0].signal_id)
            unchanged.append(same[0].signal_id)
        else:
            waiting.append(one)
    dealt.kept.update(unchanged)
    plan = _plan(work, facts, own, waiting)
    if part.is_trial:
        for one, moved, _ in plan.moving:
            one.outcome.becomes(CaseloadStatus.MOVED, moved.signal_id)
        for one, _ in plan.new:
            one.outcome.becomes(CaseloadStatus.CREATED, None)
    else:
        _carry_out(work, facts, plan)
    work.record([(Action.SIGNAL_REPEATED, one) for one in unchanged])
    return dealt


def _keep_by_id(work: _Work, rows: Sequence[CaseloadRow]) -> None:
    asked = {row.signal_id for row in rows if row.signal_id is not None}
    if not asked:
        return
    found = set(
        work.session.scalars(
            select(Signal.id).where(
                is_among(Signal.id, asked),
                Signal.unit_id == work.part.unit_id,
                Signal.status == fixed(SignalStatus.ACTIVE),
                Signal.lapses > work.part.today,
            )
        )
    )
    found -= work.part.moved_before
    work.dealt.kept.update(found)
    about = _people_of(work, asked - found)
    if about:
        # Whoever it is, is still of the caseload.
        work.dealt.kept.update(
            work.session.scalars(
                select(Signal.id).where(
                    is_among(Signal.subject_id, about.values()),
                    Signal.unit_id == work.part.unit_id,
                    Signal.status == fixed(SignalStatus.ACTIVE),
                )
            )
        )
    for row, outcome in zip(rows, work.dealt.outcomes, strict=True):
        if row.signal_id in found:
            outcome.becomes(CaseloadStatus.UNCHANGED, row.signal_id)
        elif row.signal_id is not None:
            outcome.faults = (InvalidParam(name="id", reason=_NOT_YOURS),)
            outcome.is_unknown = row.signal_id not in about


def _people_of(work: _Work, signal_ids: set[UUID]) -> dict[UUID, UUID]:
    """Return about whom signals of the organisation are, running or not, as far as it is known."""
    if not signal_ids:
        return {}
    rows = work.session.execute(
        select(Signal.id, Signal.subject_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(is_among(Signal.id, signal_ids), work.caller.may_see_unit())
    )
    return {row.id: row.subject_id for row in rows}


_NOT_YOURS = (
    "is geen lopend signaal van deze afdeling, of kreeg in deze run een ander contact; stuur de"
    " hele rij"
)
NOT_OF_UNIT = "werkt niet bij deze afdeling; noem een contact van deze afdeling, of het team"


def _identified(work: _Work, rows: Sequence[CaseloadRow]) -> tuple[list[_Known], Facts]:
    services, caller = work.services, work.caller
    requests = [row.request for row in rows if row.request is not None]
    facts = read_facts(work.session, caller, requests, services.today())
    # The cryptography takes a while: not within a transaction.
    work.session.commit()
    known = []
    # Without a request: an id, or faults that were told already.
    asked = [outcome for row, outcome in zip(rows, work.dealt.outcomes, strict=True) if row.request]
    people = identify(services, caller, requests)
    for request, outcome, person in zip(requests, asked, people, strict=True):
        if not isinstance(person, Pseudonym):
            outcome.faults, outcome.is_unknown = (person,), True
            continue
        contact_id: UUID | None = request.unit_id
        if request.professional_key is not None:
            professional = facts.professionals.get(request.professional_key)
            contact_id = professional.id if professional else None
        known.append(_Known(outcome, request, person, contact_id))
    return known, facts


def _own(work: _Work, known: Sequence[_Known]) -> dict[Pseudonym, list[Own]]:
    """Return the unit's active signals about the people of the rows, the oldest first."""
    found: dict[Pseudonym, list[Own]] = defaultdict(list)
    for row in work.session.execute(
        select(
            Subject.pseudonym,
            Signal.id,
            Signal.subject_id,
            Signal.professional_id,
            Signal.unit_id,
            Signal.started_at,
        )
        .join(Signal, Signal.subject_id == Subject.id)
        .where(
            is_among_persons(work.session, [one.pseudonym for one in known]),
            Signal.unit_id == work.part.unit_id,
            Signal.status == fixed(SignalStatus.ACTIVE),
            Signal.lapses > work.part.today,
        )
        .order_by(Signal.id)
    ):
        found[Pseudonym(bytes(row.pseudonym))].append(
            Own(
                row.id,
                row.subject_id,
                row.professional_id or row.unit_id,
                row.started_at < work.part.began,
            )
        )
    return found


@dataclass(slots=True)
class _Plan:
    """What is to be written: signals that get another contact, and new ones."""

    moving: list[tuple[_Known, Own, CheckedRequest]] = field(default_factory=list)
    new: list[tuple[_Known, CheckedRequest]] = field(default_factory=list)


def _plan(
    work: _Work, facts: Facts, own: dict[Pseudonym, list[Own]], waiting: Sequence[_Known]
) -> _Plan:
    """Return what becomes of the rows that have no signal yet; refuse what may not be."""
    plan = _Plan()
    kept = work.dealt.kept
    asked: list[tuple[_Known, CheckedRequest]] = []
    for one in waiting:
        checked = _checked(work, facts, one)
        if isinstance(checked, CheckedRequest):
            asked.append((one, checked))
        else:
            one.outcome.faults = checked
            # Whoever it is, is still of the caseload.
            kept.update(o.signal_id for o in own[one.pseudonym])
    # Colleagues' signals are rare; what earlier parts kept is read for them only.
    has_colleagues = any(own[one.pseudonym] for one, _ in asked)
    before = work.part.kept_before() if has_colleagues else set()
    seen: set[tuple[Pseudonym, UUID | None]] = set()
    for one, checked in asked:
        free = [
            o
            for o in own[one.pseudonym]
            if o.began_before and o.signal_id not in kept and o.signal_id not in before
        ]
        # Twice in one part: the first one says what becomes of it.
        if free and (one.pseudonym, one.contact_id) not in seen:
            kept.add(free[0].signal_id)
            plan.moving.append((one, free[0], checked))
        else:
            plan.new.append((one, checked))
        seen.add((one.pseudonym, one.contact_id))
    return plan


def _checked(work: _Work, facts: Facts, one: _Known) -> CheckedRequest | tuple[InvalidParam, ...]:
    professional = facts.professionals.get(one.request.professional_key or "")
    checked = check(work.services, work.caller, facts, one.request, one.pseudonym)
    if professional is None or professional.unit_id == one.request.unit_id:
        return checked if isinstance(checked, CheckedRequest) else checked.faults
    faults = () if isinstance(checked, CheckedRequest) else checked.faults
    others = tuple(fault for fault in faults if fault["name"] != "contact.medewerker")
    return (*others, InvalidParam(name="contact.medewerker", reason=NOT_OF_UNIT))


def _carry_out(work: _Work, facts: Facts, plan: _Plan) -> None:
    session, services, caller = work.session, work.services, work.caller
    new = list(plan.new)
    plan.moving.sort(key=lambda each: each[0].pseudonym)
    for moving in parts_of(plan.moving, SIGNALS_AT_ONCE_LIMIT):
        unit = facts.units[work.part.unit_id]
        party = Party(
            caller.organisation_id, unit.id, unit.domain, unit.independent, caller.sensitive
        )
        new += _move(work, party, moving)
    new.sort(key=lambda each: each[0].pseudonym)
    for batch in parts_of(new, weight=subjects_of):
        now = services.clock()
        due = services.settings.digest.due(now)
        checked = [each for _, each in batch]
        done = write_checked(session, services, caller, checked, now=now, digest_due=due)
        session.commit()
        for (one, _), registered in zip(batch, done, strict=True):
            is_new = registered.is_new
            status = CaseloadStatus.CREATED if is_new else CaseloadStatus.UNCHANGED
            one.outcome.becomes(status, registered.signal_id)
            work.dealt.kept.add(registered.signal_id)


def _move(
    work: _Work, party: Party, moving: Sequence[tuple[_Known, Own, CheckedRequest]]
) -> list[tuple[_Known, CheckedRequest]]:
    """Give signals the contact of their rows; return those that went otherwise meanwhile."""
    session = work.session
    lock_with_parents(session, [moved.signal_id for _, moved, _ in moving])
    # Later statements than the lock: what it waited for is seen here.
    signals = {
        one.id: one
        for one in session.scalars(
            select(Signal)
            .where(
                Signal.id.in_([moved.signal_id for _, moved, _ in moving]),
                Signal.status == fixed(SignalStatus.ACTIVE),
                Signal.unit_id == party.unit_id,
            )
            .execution_options(populate_existing=True)
        )
    }
    moves: list[Move] = []
    otherwise = []
    for one, moved, checked in moving:
        signal = signals.get(moved.signal_id)
        professional_id = checked.registration.professional_id
        is_as_it_was = (
            signal is not None
            and (signal.professional_id or signal.unit_id) == moved.contact_id
            and not taken_subjects(
                session,
                [moved.subject_id],
                professional_id=professional_id,
                unit_id=party.unit_id,
            )
        )
        if signal is None or not is_as_it_was:
            otherwise.append((one, checked))
            continue
        moves.append(
            Move(
                signal=signal,
                party=party,
                professional_id=professional_id,
                legal_basis_id=signal.legal_basis_id,
            )
        )
        one.outcome.becomes(CaseloadStatus.MOVED, signal.id)
        work.dealt.moved.append(signal.id)
    now = work.services.clock()
    picked = transfer_locked(
        session,
        moves,
        rules=work.services.rule_book(session, work.caller.rules_version),
        now=now,
        digest_due=work.services.settings.digest.due(now),
    )
    work.record(
        [(Action.SIGNAL_TRANSFERRED, move.signal.id) for move in moves]
        + [(Action.FOLLOW_UP_RECORDED, part_id) for part_id in picked]
    )
    session.commit()
    return otherwise
