"""Ending a signal, changing its term, and recording how the client was told."""

from __future__ import annotations

from datetime import date
from functools import partial
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from match.ending import end, retract_ended
from match.informing_rules import informing_faults, is_enough
from match.registering import InformingFacts
from match.signals import EndReason, Informing, Signal, SignalStatus
from match.subjects import lock_by_id
from match.terms import first_of_month_from, lapse_date
from orgprofiles.domains import AgeGroup, Demand
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import Unit
from verwijsindex import audit, event_log
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.check_signals import NO_BASIS, NO_BSN
from verwijsindex.use_cases.read_signals import own_signal


def end_signal(
    session: Session, services: Services, *, caller: Caller, signal_id: UUID, reason: EndReason
) -> None:
    """End a signal. Ending it again for the same reason changes nothing.

    That it was about the wrong person may be found out later: for as long as
    others may have it among what they see.

    Raises:
        Problem: 404 when it is not this caller's; 409 when it ended otherwise.
    """
    signal = _found(session, services, caller, signal_id)
    now, today = services.clock(), services.today()
    last_read = partial(audit.matches_last_read, session)
    deed = None
    if end(session, signal, reason, now=now, today=today, last_read=last_read):
        deed = Action.SIGNAL_ENDED
    elif reason is EndReason.WRONG_PERSON:
        if retract_ended(session, signal, now=now, today=today, last_read=last_read):
            deed = Action.SIGNAL_RETRACTED
    elif session.scalar(select(Signal.reason).where(Signal.id == signal_id)) is not reason:
        session.rollback()
        raise Problem(409, ENDED)
    if deed is not None:
        audit.record_deed(session, services, caller.actor, deed, signal_id)
    session.commit()
    if deed is not None:
        event_log.log(
            event_log.SIGNAL_ENDED, organisation_id=caller.organisation_id, signal_id=signal_id
        )


ENDED = "Dit signaal is al beëindigd of vervallen. Registreer opnieuw als u weer betrokken bent."


def confirm_signal(
    session: Session, services: Services, *, caller: Caller, signal_id: UUID
) -> None:
    """Record that one is still involved. The term stays as it is.

    Extending says the same. Following up a match does not: that is about the
    others in it, and may be a colleague's or a machine's.

    Raises:
        Problem: 404 when it is not this caller's; 409 when it ended.
    """
    signal = _found(session, services, caller, signal_id)
    lock_by_id(session, [signal.subject_id])
    session.refresh(signal)
    if signal.status is not SignalStatus.ACTIVE:
        raise Problem(409, ENDED)
    signal.confirmed_at = services.clock()
    audit.record_deed(session, services, caller.actor, Action.SIGNAL_CONFIRMED, signal_id)
    session.commit()


def change_term(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    signal_id: UUID,
    lapses: date,
    age_group: AgeGroup | None,
) -> None:
    """Set the day on which a signal lapses.

    An earlier day asks for nothing. A later one asks what registering would
    ask now: BSN entitlement, a unit that takes part, a legal basis, and, where
    that is another one than before, that the client was told as it demands.

    For somebody of 16–22 the term is half a year at most, and who extends it
    says again which group the person is in, for it may have changed; with the
    group the legal basis changes.

    Raises:
        Problem: 404; 403 without BSN entitlement; 409 when ended, or when what
            it rests on is not there any more; 400 for the day or the group.
    """
    signal = _found(session, services, caller, signal_id)
    lock_by_id(session, [signal.subject_id])
    session.refresh(signal)
    if signal.status is not SignalStatus.ACTIVE:
        raise Problem(409, ENDED)
    today = services.today()
    if age_group is None and today < lapses and first_of_month_from(lapses) < signal.lapses:
        _set_term(session, services, caller, signal, first_of_month_from(lapses))
        return
    if caller.bsn_basis is None:
        raise Problem(403, NO_BSN)
    basis = session.get_one(LegalBasis, signal.legal_basis_id)
    day, age_group = _later_day(caller, basis, lapses, age_group, today)
    if not session.scalar(select(Unit.takes_part).where(Unit.id == signal.unit_id)):
        raise Problem(409, _UNIT_LEFT)
    current = _valid_basis(session, caller, signal, age_group, today)
    if current is None:
        raise Problem(409, NO_BASIS[0].upper() + NO_BASIS[1:] + ".")
    if current.id != basis.id:
        told = _newest_informing(session, signal.id)
        if not is_enough(told, demands=current.demands, may_defer=current.may_defer):
            raise Problem(409, TELL_FIRST[current.demands].format(then="verleng daarna"))
    _set_term(session, services, caller, signal, day, basis_id=current.id)


def _later_day(
    caller: Caller, basis: LegalBasis, asked: date, age_group: AgeGroup | None, today: date
) -> tuple[date, AgeGroup]:
    faults: list[InvalidParam] = []
    if age_group is None and basis.age_group is AgeGroup.YOUNG_ADULT:
        reason = "is nodig bij iemand van 16 tot en met 22 jaar"
        faults.append({"name": "leeftijdsgroep", "reason": reason})
    group = age_group or basis.age_group
    day = lapse_date(asked, group, today, caller.terms)
    if isinstance(day, str):
        faults.append({"name": "vervaltDatum", "reason": day})
    if faults or isinstance(day, str):
        raise InvalidInput(faults)
    return day, group


_UNIT_LEFT = (
    "De afdeling van dit signaal doet niet meer mee aan de verwijsindex. Het signaal blijft tot"
    " zijn vervaldatum; verlengen kan niet."
)
#: By what a basis demands; with a place for what to do after that.
TELL_FIRST = {
    demand: f"De grondslag vraagt nu dat de cliënt {what}. Leg eerst vast dat dat zo is"
    " (geinformeerd), en {then}."
    for demand, what in (
        (Demand.INFORM, "het weet"),
        (Demand.NO_OBJECTION, "geen bezwaar heeft"),
        (Demand.CONSENT, "instemt"),
    )
}


def _set_term(
    session: Session,
    services: Services,
    caller: Caller,
    signal: Signal,
    day: date,
    *,
    basis_id: UUID | None = None,
) -> None:
    session.execute(
        update(Signal)
        .where(Signal.id == signal.id)
        .values(
            lapses=day,
            legal_basis_id=basis_id or signal.legal_basis_id,
            # Who makes it run longer is still involved.
            confirmed_at=services.clock() if day > signal.lapses else signal.confirmed_at,
        )
        .execution_options(synchronize_session=False)
    )
    session.expire(signal)
    audit.record_deed(session, services, caller.actor, Action.SIGNAL_EXTENDED, signal.id)
    session.commit()


def _newest_informing(session: Session, signal_id: UUID) -> InformingFacts:
    row = session.scalars(
        select(Informing)
        .where(Informing.signal_id == signal_id)
        .order_by(Informing.recorded_at.desc(), Informing.id.desc())
        .limit(1)
    ).one()
    return InformingFacts(reaction=row.reaction, deferral_reason=row.deferral_reason)


def record_informing(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    signal_id: UUID,
    informing: InformingFacts,
) -> None:
    """Record how the client was told, or that it is put off (again).

    Raises:
        Problem: 404, 409 when ended, 400 with all faults.
    """
    signal = _found(session, services, caller, signal_id)
    lock_by_id(session, [signal.subject_id])
    session.refresh(signal)
    if signal.status is not SignalStatus.ACTIVE:
        raise Problem(409, ENDED)
    basis = session.get_one(LegalBasis, signal.legal_basis_id)
    today = services.today()
    faults = informing_faults(
        informing,
        demands=basis.demands,
        may_defer=basis.may_defer,
        ways=caller.telling_ways,
        today=today,
    )
    if faults:
        raise InvalidInput(
            [{"name": f"geinformeerd.{name}", "reason": reason} for name, reason in faults]
        )
    session.execute(insert(Informing), informing.as_row(signal_id, services.clock()))
    audit.record_deed(session, services, caller.actor, Action.SIGNAL_INFORMED, signal_id)
    session.commit()


def _found(session: Session, services: Services, caller: Caller, signal_id: UUID) -> Signal:
    signal = own_signal(session, caller, signal_id, now=services.clock())
    if signal is None:
        raise Problem(404)
    return signal


def _valid_basis(
    session: Session, caller: Caller, signal: Signal, age_group: AgeGroup, today: date
) -> LegalBasis | None:
    domain = session.scalar(select(Unit.domain).where(Unit.id == signal.unit_id))
    bases = session.scalars(
        select(LegalBasis)
        .where(
            LegalBasis.organisation_id == caller.organisation_id,
            LegalBasis.domain == domain,
            LegalBasis.age_group == age_group,
        )
        .order_by(LegalBasis.valid_from.desc())
    )
    return next((one for one in bases if one.is_valid_on(today)), None)
