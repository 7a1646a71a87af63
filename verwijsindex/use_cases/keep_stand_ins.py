"""Stand-ins: who looks after somebody's matches for some time; made, listed and ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from orgprofiles.base import new_id
from orgprofiles.organisations import Professional, ProfessionalStatus, Unit
from orgprofiles.stand_ins import StandIn, StandInDelivery
from verwijsindex import audit
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.dutch import dutch_date
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.services import Services

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInFacts:
    """Who stands in, and when.

    Attributes:
        substitute_key: The organisation's own key of who stands in.
        first_day: The first day of it.
        last_day: The last day of it.
        delivery: Who is mailed meanwhile.
    """

    substitute_key: str
    first_day: date
    last_day: date
    delivery: StandInDelivery


@dataclass(frozen=True, slots=True)
class StandInView:
    """A stand-in as the own organisation sees it."""

    id: UUID
    substitute_key: str
    substitute_name: str
    first_day: date
    last_day: date
    delivery: StandInDelivery


def list_stand_ins(
    session: Session, services: Services, *, caller: Caller, which: ColumnElement[bool]
) -> Sequence[StandInView]:
    """Return the stand-ins of a professional that last or are to come, by their first day.

    Args:
        session: Read only.
        services: Clock.
        caller: Who asks.
        which: Condition on :class:`Professional`: whose.

    Raises:
        Problem: 404 for somebody who is not the caller's to see.
    """
    professional = _own(session, caller, which)
    return _views(session, professional.id, services.today())


def make_stand_in(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    which: ColumnElement[bool],
    facts: StandInFacts,
) -> StandInView:
    """Have a colleague look after a professional's matches for some time. Commits.

    Raises:
        Problem: 404 for somebody who is not the caller's to see; 400 with all faults: who
            stands in must be an active colleague of the same unit, and the days
            must be to come and free.
    """
    # Locked: two that are made at once are not to overlap.
    professional = _own(session, caller, which, locks=True)
    today = services.today()
    session.execute(
        delete(StandIn).where(StandIn.professional_id == professional.id, StandIn.last_day < today)
    )
    substitute = session.scalars(
        select(Professional).where(
            Professional.organisation_id == caller.organisation_id,
            Professional.unit_id == professional.unit_id,
            Professional.key == facts.substitute_key,
            Professional.id != professional.id,
            Professional.status == ProfessionalStatus.ACTIVE,
        )
    ).one_or_none()
    there = _views(session, professional.id, today)
    faults = _faults(facts, there, today)
    if substitute is None:
        faults.insert(0, {"name": "waarnemer", "reason": _NOT_A_COLLEAGUE})
    if faults or substitute is None:
        session.rollback()
        raise InvalidInput(faults)
    made = StandIn(
        id=new_id(),
        professional_id=professional.id,
        substitute_id=substitute.id,
        first_day=facts.first_day,
        last_day=facts.last_day,
        delivery=facts.delivery,
        made_at=services.clock(),
    )
    session.add(made)
    session.flush()
    audit.record_deed(session, services, caller.actor, Action.STAND_IN_MADE, made.id)
    session.commit()
    return StandInView(
        made.id,
        substitute.key,
        substitute.name,
        facts.first_day,
        facts.last_day,
        facts.delivery,
    )


def end_stand_in(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    which: ColumnElement[bool],
    stand_in_id: UUID,
) -> StandInView:
    """End a stand-in at once, or take it back before it begins; return it as it was. Commits.

    Raises:
        Problem: 404 for one that is not the caller's to see, or is over.
    """
    professional = _own(session, caller, which, locks=True)
    there = _views(session, professional.id, services.today())
    ended = next((one for one in there if one.id == stand_in_id), None)
    if ended is None:
        session.rollback()
        raise Problem(404)
    session.execute(delete(StandIn).where(StandIn.id == stand_in_id))
    audit.record_deed(session, services, caller.actor, Action.STAND_IN_ENDED, stand_in_id)
    session.commit()
    return ended


_NOT_A_COLLEAGUE = "is geen andere actieve medewerker van dezelfde afdeling"


def _faults(facts: StandInFacts, there: Sequence[StandInView], today: date) -> list[InvalidParam]:
    if facts.last_day < facts.first_day:
        return [{"name": "totEnMetDatum", "reason": "ligt vóór de eerste dag"}]
    if facts.last_day < today:
        return [{"name": "totEnMetDatum", "reason": "ligt in het verleden"}]
    if facts.last_day - facts.first_day > LONGEST:
        return [{"name": "totEnMetDatum", "reason": "ligt meer dan een jaar na de eerste dag"}]
    for one in there:
        if one.first_day <= facts.last_day and facts.first_day <= one.last_day:
            days = f"{dutch_date(one.first_day)} tot en met {dutch_date(one.last_day)}"
            return [{"name": "vanDatum", "reason": f"overlapt met de waarneming van {days}"}]
    return []


def _own(
    session: Session, caller: Caller, which: ColumnElement[bool], *, locks: bool = False
) -> Professional:
    wanted = (
        select(Professional)
        .join(Unit, Unit.id == Professional.unit_id)
        .where(Professional.organisation_id == caller.organisation_id, caller.may_see_unit(), which)
    )
    found = session.scalars(
        wanted.with_for_update(of=Professional) if locks else wanted
    ).one_or_none()
    if found is None:
        raise Problem(404)
    return found


def _views(session: Session, professional_id: UUID, today: date) -> list[StandInView]:
    rows = session.execute(
        select(
            StandIn.id,
            Professional.key,
            Professional.name,
            StandIn.first_day,
            StandIn.last_day,
            StandIn.delivery,
        )
        .join(Professional, Professional.id == StandIn.substitute_id)
        .where(StandIn.professional_id == professional_id, StandIn.last_day >= today)
        .order_by(StandIn.first_day, StandIn.id)
    )
    return [StandInView(*row) for row in rows]
