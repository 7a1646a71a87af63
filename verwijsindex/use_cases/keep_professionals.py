"""An organisation's own professionals: listed and kept by their own keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from match.follow_up import FollowUp
from match.matches import Participation
from match.signals import Signal, SignalStatus
from orgprofiles.base import new_id
from orgprofiles.organisations import Delivery, Professional, ProfessionalStatus, Unit
from orgprofiles.statements import fixed
from verwijsindex import audit
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.paging import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfessionalFacts:
    """What is kept of a professional.

    Attributes:
        trained_on: Day of the training; None: as it was.
        delivery: How they want to be mailed of matches; None: as it was.
    """

    name: str
    function: str
    unit_id: UUID
    email: str
    phone: str
    status: ProfessionalStatus
    trained_on: date | None = None
    delivery: Delivery | None = None


def list_professionals(
    session: Session, services: Services, *, caller: Caller, page: Page
) -> tuple[int, list[Professional]]:
    """Return how many professionals the organisation has, and those of *page*, by key."""
    wanted = (
        select(Professional)
        .join(Unit, Unit.id == Professional.unit_id)
        .where(caller.may_see_unit())
    )
    total = session.scalar(select(func.count()).select_from(wanted.subquery()))
    found = session.scalars(
        wanted.order_by(Professional.key).offset(page.offset).limit(page.size)
    ).all()
    audit.record(
        session,
        services.audit_key,
        actor=caller.actor,
        deeds=[(Action.PROFESSIONAL_READ, one.id) for one in found],
        now=services.clock(),
    )
    session.commit()
    return total or 0, list(found)


def keep_professional(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    key: str,
    facts: ProfessionalFacts,
    must_be_new: bool = False,
) -> tuple[Professional, bool]:
    """Make or change the professional with *key*; return it, and whether it is new.

    Args:
        session: Committed here.
        services: Clock and audit key.
        caller: Whose professional it is.
        key: The organisation's own.
        facts: What is to be kept.
        must_be_new: Refuse when there is one with *key*: a person who types may be mistaken.

    Raises:
        Problem: 400 for a unit that is not the caller's, a training to come or, where it
            must be new, a key that is taken; 404 when the key is
            that of somebody in a unit closed to the caller; 409 when somebody
            is to be inactive, or to leave or join an independent unit, who
            still is contact of active signals; and when somebody is to be inactive who
            still picked up matches of colleagues.
    """
    unit = session.scalars(
        select(Unit).where(Unit.id == facts.unit_id, caller.may_see_unit())
    ).one_or_none()
    faults: list[InvalidParam] = []
    if unit is None:
        faults.append({"name": "afdeling", "reason": "is geen afdeling van uw organisatie"})
    if facts.trained_on is not None and facts.trained_on > services.today():
        faults.append({"name": "opgeleidDatum", "reason": "ligt in de toekomst"})
    if faults or unit is None:
        raise InvalidInput(faults)
    is_new = _insert_if_new(session, caller, key, facts)
    if must_be_new and not is_new:
        session.rollback()
        raise InvalidInput(
            [{"name": "sleutel", "reason": "is al van een andere medewerker van uw organisatie"}]
        )
    kept = session.scalars(
        select(Professional)
        .where(Professional.organisation_id == caller.organisation_id, Professional.key == key)
        .with_for_update()
    ).one()
    current = session.scalars(
        select(Unit).where(Unit.id == kept.unit_id, caller.may_see_unit())
    ).one_or_none()
    if current is None:
        raise Problem(404)
    if facts.status is ProfessionalStatus.INACTIVE:
        _require_no_signals(session, kept, "zet de medewerker daarna op inactief")
        _require_no_matches(session, kept)
    if unit.id != current.id and (unit.independent or current.independent):
        # Their signals stay with the unit that gave them, and who may see
        # the one unit may not see the other.
        _require_no_signals(session, kept, "verander de afdeling daarna")
    kept.name, kept.function, kept.unit_id = facts.name, facts.function, facts.unit_id
    if kept.email != facts.email:
        kept.mail_refused_at = None
    kept.email, kept.phone, kept.status = facts.email, facts.phone, facts.status
    kept.trained_on = facts.trained_on or kept.trained_on
    kept.delivery = facts.delivery or kept.delivery
    session.flush()
    audit.record_deed(session, services, caller.actor, Action.PROFESSIONAL_KEPT, kept.id)
    session.commit()
    return kept, is_new


def choose_delivery(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    professional_id: UUID,
    delivery: Delivery,
) -> None:
    """Have *professional_id* mailed of matches as *delivery* says, from now on. Commits.

    Raises:
        Problem: 404 for somebody who is not the caller's to see.
    """
    kept = session.scalars(
        select(Professional)
        .join(Unit, Unit.id == Professional.unit_id)
        .where(Professional.id == professional_id, caller.may_see_unit())
        .with_for_update(of=Professional)
    ).one_or_none()
    if kept is None:
        raise Problem(404)
    kept.delivery = delivery
    session.flush()
    audit.record_deed(session, services, caller.actor, Action.PROFESSIONAL_KEPT, kept.id)
    session.commit()


def _insert_if_new(session: Session, caller: Caller, key: str, facts: ProfessionalFacts) -> bool:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    inserted = session.execute(
        dialect.insert(Professional.__table__)
        .values(
            id=new_id(),
            organisation_id=caller.organisation_id,
            unit_id=facts.unit_id,
            key=key,
            name=facts.name,
            function=facts.function,
            email=facts.email,
            phone=facts.phone,
            status=facts.status,
        )
        .on_conflict_do_nothing(index_elements=["organisation_id", "key"])
        .returning(Professional.__table__.c.id)
    ).first()
    return inserted is not None


def _require_no_signals(session: Session, professional: Professional, then: str) -> None:
    count = session.scalar(
        select(func.count())
        .select_from(Signal)
        .where(
            Signal.professional_id == professional.id, Signal.status == fixed(SignalStatus.ACTIVE)
        )
    )
    if count:
        signals = "actief signaal" if count == 1 else "actieve signalen"
        raise Problem(
            409,
            f"Deze medewerker is nog contact van {count} {signals}."
            f" Beëindig die of draag ze over, en {then}.",
        )


def _require_no_matches(session: Session, professional: Professional) -> None:
    """Refuse while colleagues would wait for what somebody who left once picked up."""
    count = session.scalar(
        select(func.count())
        .select_from(Participation)
        .join(Signal, Signal.id == Participation.signal_id)
        .where(
            Participation.picked_up_by == professional.id,
            Participation.follow_up == fixed(FollowUp.PICKED_UP),
            Signal.status == fixed(SignalStatus.ACTIVE),
        )
    )
    if count:
        matches = "match" if count == 1 else "matches"
        raise Problem(
            409,
            f"Deze medewerker pakte nog {count} {matches} van het team of van een collega op. Leg"
            " vast wat ervan kwam, of meld het vertrek van de medewerker: dan staan ze weer open.",
        )
