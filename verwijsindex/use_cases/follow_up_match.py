"""Recording what one did with a match, and confirming that one was in contact already."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.follow_up import (
    UNSETTLED,
    Acquaintance,
    FollowUp,
    Outcome,
    follow_up_faults,
    may_become,
)
from match.follow_up_steps import take_step
from match.matches import MatchKind, Participation
from match.sights import Sight, read_sights, say_known
from match.signals import Signal
from match.silences import settle
from orgprofiles.organisations import Professional, ProfessionalStatus
from verwijsindex import audit
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.own_parts import locked_part


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpChange:
    """What is recorded.

    Attributes:
        status: What was done.
        met: With whom one was in contact already: their participations.
        outcomes: What came of it.
        picked_up_by: Key of the professional who is at it.
    """

    status: FollowUp
    met: Sequence[UUID] = ()
    outcomes: Collection[Outcome] = ()
    picked_up_by: str | None = None


def record_follow_up(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    match_id: UUID,
    participation_id: UUID,
    change: FollowUpChange,
    acting_id: UUID | None = None,
) -> None:
    """Record what the caller did with a match. Doing it again changes nothing.

    Args:
        session: Committed here.
        services: Clock and keys.
        caller: Whose part it is.
        match_id: As the caller knows it.
        participation_id: The caller's own.
        change: What is recorded.
        acting_id: The professional who does so, where a person does: who picks
            it up, unless another one is named. For a machine the contact does.

    Raises:
        Problem: 404 when it is not this caller's; 409 when the signal has
            ended, a colleague picked it up, or what came of it would be
            undone; 400 with all faults.
    """
    part, signal = locked_part(
        session, caller=caller, match_id=match_id, participation_id=participation_id
    )
    sights = read_sights(session, [part.id]).get(part.id, [])
    faults, picker = _faults(session, signal, sights, change)
    if faults:
        raise InvalidInput(faults)
    if not may_become(part.follow_up, change.status):
        raise Problem(409, _NOT_UNDONE)
    if change.status is FollowUp.PICKED_UP:
        picker = picker or acting_id or signal.professional_id
        is_taken = part.follow_up is FollowUp.PICKED_UP and part.picked_up_by is not None
        if is_taken and picker is not None and picker != part.picked_up_by:
            raise Problem(409, _PICKED_UP)
    now = services.clock()
    known = change.status is FollowUp.ALREADY_IN_CONTACT
    said = set[UUID]()
    if known or part.follow_up is FollowUp.ALREADY_IN_CONTACT:
        said = say_known(session, part.id, change.met, withdraws=True, now=now)
    stepped = take_step(
        session,
        part,
        change.status,
        outcomes=set(change.outcomes),
        picked_up_by=picker,
        now=now,
    )
    if said or stepped:
        _settle(session, caller, part, signal, [s for s in sights if s.other_id in said], now=now)
        _record(session, services, caller, Action.FOLLOW_UP_RECORDED, part.id)
    session.commit()


def confirm_acquaintance(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    match_id: UUID,
    participation_id: UUID,
    others: Sequence[UUID],
) -> None:
    """Confirm that one was in contact already with those who said so.

    From then on neither organisation is mailed of the other again about this
    person; not so in a family match. It also is what came of the match for the
    caller, if nothing else was recorded, or somebody new came since. Doing it
    again changes nothing.

    Raises:
        Problem: 404 when it is not this caller's; 409 when the signal has
            ended; 400 for whoever did not say so.
    """
    part, signal = locked_part(
        session, caller=caller, match_id=match_id, participation_id=participation_id
    )
    sights = read_sights(session, [part.id]).get(part.id, [])
    told = {Acquaintance.SAID_BY_OTHER, Acquaintance.CONFIRMED}
    said_so = {one.other_id for one in sights if one.is_active and one.acquaintance in told}
    faults = [
        InvalidParam(name=f"bevestigd[{place}]", reason=_NOT_SAID)
        for place, other in enumerate(others)
        if other not in said_so
    ]
    if faults:
        raise InvalidInput(faults)
    now = services.clock()
    said = say_known(session, part.id, others, withdraws=False, now=now)
    if said:
        if part.is_unsettled:
            is_first = part.follow_up in UNSETTLED
            status = FollowUp.ALREADY_IN_CONTACT if is_first else part.follow_up
            take_step(session, part, status, outcomes=(), picked_up_by=None, now=now)
        _settle(session, caller, part, signal, [s for s in sights if s.other_id in said], now=now)
        _record(session, services, caller, Action.ACQUAINTANCE_CONFIRMED, part.id)
    session.commit()


_NOT_UNDONE = (
    "U hebt al vastgelegd wat ervan kwam. Dat kunt u wijzigen, maar niet terugzetten op open."
)
_PICKED_UP = (
    "Een collega heeft deze match al opgepakt. Neemt u het over? Zet de match dan eerst terug op"
    " open, en pak haar daarna op."
)
_NOT_SEEN = "is geen deelname die u in deze match ziet"
_NOT_SAID = "is geen deelname die vastlegde dat u al contact had"
_NOT_OF_UNIT = "is geen actieve medewerker van de afdeling van dit signaal"


def _faults(
    session: Session, signal: Signal, sights: Sequence[Sight], change: FollowUpChange
) -> tuple[list[InvalidParam], UUID | None]:
    """Return all that is wrong, and who picks it up as far as *change* names somebody."""
    faults = [
        InvalidParam(name=name, reason=reason)
        for name, reason in follow_up_faults(
            change.status,
            names_met=bool(change.met),
            outcomes=change.outcomes,
            names_picker=change.picked_up_by is not None,
        )
    ]
    seen = {one.other_id for one in sights if one.is_active}
    faults += [
        InvalidParam(name=f"met[{place}]", reason=_NOT_SEEN)
        for place, other in enumerate(change.met)
        if other not in seen
    ]
    picker = None
    if change.picked_up_by is not None:
        picker = session.scalar(
            select(Professional.id).where(
                Professional.unit_id == signal.unit_id,
                Professional.key == change.picked_up_by,
                Professional.status == ProfessionalStatus.ACTIVE,
            )
        )
        if picker is None:
            faults.append(InvalidParam(name="opgepaktDoor", reason=_NOT_OF_UNIT))
    return faults, picker


def _settle(
    session: Session,
    caller: Caller,
    part: Participation,
    signal: Signal,
    touched: Iterable[Sight],
    *,
    now: datetime,
) -> None:
    """Make or lift silences about the person.

    Who knew each other from the family makes none; and there it is the parent who is locked.
    """
    if part.kind is MatchKind.FAMILY:
        return
    pairs = [frozenset({caller.organisation_id, one.organisation_id}) for one in touched]
    settle(session, signal.subject_id, pairs, now=now)


def _record(
    session: Session, services: Services, caller: Caller, action: Action, participation_id: UUID
) -> None:
    audit.record(
        session,
        services.audit_key,
        actor=caller.actor,
        deeds=[(action, participation_id)],
        now=services.clock(),
    )
