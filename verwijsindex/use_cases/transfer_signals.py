"""Transferring signals to a colleague or a unit: one, several, or all of somebody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.relations import SIGNALS_AT_ONCE_LIMIT, lock_with_parents
from match.rules import Party
from match.signals import Signal, SignalStatus
from match.subjects import Subject
from match.transferring import Move, transfer_locked
from orgprofiles.organisations import Professional, Unit
from orgprofiles.statements import fixed
from verwijsindex import audit, event_log
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.check_transfers import (
    LockedFacts,
    Place,
    Target,
    check_transfer,
    read_place,
)
from verwijsindex.use_cases.read_signals import own_signal


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A signal that was not transferred.

    Attributes:
        signal_id: Which.
        reason: Why not, and what to do: a sentence in Dutch.
    """

    signal_id: UUID
    reason: str


@dataclass(slots=True)
class TransferResult:
    """What became of a transfer.

    Attributes:
        moved: How many signals have another contact now.
        left: Those that could not.
    """

    moved: int = 0
    left: list[LeftBehind] = field(default_factory=list)

    @property
    def reasons(self) -> dict[str, int]:
        """Why signals stayed behind, and how many for each."""
        return Counter(one.reason for one in self.left)


def transfer_signal(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    signal_id: UUID,
    target: Target,
    acting_id: UUID | None = None,
) -> None:
    """Transfer one signal. Doing it again changes nothing.

    The new contact is mailed at once, unless it is who does it.

    Args:
        session: Committed here.
        services: Clock and keys.
        caller: Whose signal it is.
        signal_id: Which.
        target: Who gets it.
        acting_id: The professional who does so, where a person does.

    Raises:
        Problem: 404 when it is not this caller's; 400 for a target that cannot be;
            409, with what to do, where this signal cannot go there.
    """
    if own_signal(session, caller, signal_id, now=services.clock()) is None:
        raise Problem(404)
    place = read_place(session, services, caller, target)
    done = _transfer(
        session, services, caller, place, [signal_id], acting_id=acting_id, digest_due=None
    )
    if done.left:
        session.rollback()
        raise Problem(409, done.left[0].reason)
    session.commit()
    _log(caller, done)


def transfer_several(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    signal_ids: Sequence[UUID],
    target: Target,
    acting_id: UUID | None = None,
) -> TransferResult:
    """Transfer signals of the caller's, twenty in a transaction; others' are left out.

    What was done stays done when something fails; doing it again goes on from
    there. The new contact is told in a digest.

    Raises:
        Problem: 400 for a target that cannot be.
    """
    result = TransferResult()
    ids = _in_order(session, caller, Signal.id.in_(signal_ids))
    # Even where there is nothing to do: a target that cannot be is told of.
    for start in range(0, max(len(ids), 1), SIGNALS_AT_ONCE_LIMIT):
        part = ids[start : start + SIGNALS_AT_ONCE_LIMIT]
        place = read_place(session, services, caller, target)
        due = services.settings.digest.due(services.clock())
        done = _transfer(
            session, services, caller, place, part, acting_id=acting_id, digest_due=due
        )
        session.commit()
        result.moved += done.moved
        result.left += done.left
    _log(caller, result)
    return result


def transfer_all(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    professional_key: str,
    target: Target,
    acting_id: UUID | None = None,
) -> TransferResult:
    """Transfer all active signals of a professional that are the caller's to see.

    Raises:
        Problem: 404 for a professional who is not this caller's; 400 for a target that cannot be.
    """
    professional_id = session.scalar(
        select(Professional.id)
        .join(Unit, Unit.id == Professional.unit_id)
        .where(caller.may_see_unit(), Professional.key == professional_key)
    )
    if professional_id is None:
        raise Problem(404)
    if target.professional_key == professional_key and target.unit_id is None:
        raise InvalidInput([InvalidParam(name="medewerker", reason=_SAME)])
    active = (Signal.professional_id == professional_id) & (
        Signal.status == fixed(SignalStatus.ACTIVE)
    )
    ids = _in_order(session, caller, active)
    return transfer_several(
        session, services, caller=caller, signal_ids=ids, target=target, acting_id=acting_id
    )


_SAME = "is de medewerker van wie u de signalen overdraagt; kies een collega of het team"


def _in_order(session: Session, caller: Caller, which: Any) -> list[UUID]:
    """Return the caller's signals in the order in which their subjects are locked."""
    return list(
        session.scalars(
            select(Signal.id)
            .join(Unit, Unit.id == Signal.unit_id)
            .join(Subject, Subject.id == Signal.subject_id)
            .where(caller.may_see_unit(), which)
            .order_by(Subject.kind, Subject.pseudonym, Signal.id)
        )
    )


def _transfer(
    session: Session,
    services: Services,
    caller: Caller,
    place: Place,
    signal_ids: Sequence[UUID],
    *,
    acting_id: UUID | None,
    digest_due: datetime | None,
) -> TransferResult:
    """Transfer up to twenty signals in the caller's transaction."""
    result = TransferResult()
    if not signal_ids:
        return result
    lock_with_parents(session, signal_ids)
    # Later statements than the lock: what it waited for is seen here.
    signals = session.scalars(
        select(Signal)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(Signal.id.in_(signal_ids), caller.may_see_unit())
        .order_by(Signal.id)
        .execution_options(populate_existing=True)
    ).all()
    facts = LockedFacts.read(session, services, place, signals)
    moves: list[Move] = []
    for signal in signals:
        unit = place.unit or place.units[signal.unit_id]
        professional_id = place.professional.id if place.professional else None
        if (signal.unit_id, signal.professional_id) == (unit.id, professional_id):
            continue
        basis_id, reason = check_transfer(place, facts, signal, unit)
        if reason is not None:
            result.left.append(LeftBehind(signal.id, reason))
            continue
        # One of several about the same person: the next one finds the place taken.
        facts.taken[unit.id].add(signal.subject_id)
        moves.append(
            Move(
                signal=signal,
                party=Party(
                    caller.organisation_id, unit.id, unit.domain, unit.independent, caller.sensitive
                ),
                professional_id=professional_id,
                legal_basis_id=basis_id,
                is_told=professional_id is None or professional_id != acting_id,
            )
        )
    picked = transfer_locked(
        session,
        moves,
        rules=services.rule_book(session, caller.rules_version),
        now=services.clock(),
        digest_due=digest_due,
    )
    deeds: list[tuple[Action, UUID | None]] = [
        (Action.SIGNAL_TRANSFERRED, move.signal.id) for move in moves
    ]
    deeds += [(Action.FOLLOW_UP_RECORDED, part_id) for part_id in picked]
    audit.record(session, services.audit_key, actor=caller.actor, deeds=deeds, now=services.clock())
    result.moved = len(moves)
    return result


def _log(caller: Caller, result: TransferResult) -> None:
    event_log.log(
        event_log.SIGNALS_TRANSFERRED,
        organisation_id=caller.organisation_id,
        count=result.moved,
        left=len(result.left),
    )
