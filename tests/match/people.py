"""Rows that tests of one part need of the others, made without the use cases."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from crypto.person import SubjectKind
from crypto.pseudonym import Pseudonym
from match import outbox
from match.matches import Match, MatchKind, MatchStatus, Participation
from match.messages import NoticeKind, OutboxMessage
from match.outbox import Notice
from match.signals import Signal, SignalStatus
from match.subjects import lock_by_pseudonym
from orgprofiles.base import new_id
from orgprofiles.domains import AgeGroup, Demand, Domain
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import (
    Organisation,
    OrganisationStatus,
    Professional,
    ProfessionalStatus,
    Unit,
)


def add_unit(session: Session, name: str) -> Unit:
    """Add an organisation with one unit."""
    organisation = Organisation(
        id=new_id(), name=name, status=OrganisationStatus.ACTIVE, sensitive=False
    )
    session.add(organisation)
    session.flush()
    unit = Unit(
        id=new_id(),
        organisation_id=organisation.id,
        name="Team",
        domain=Domain.DEBT,
        takes_part=True,
        independent=False,
        mailbox="team@schuldhulp.example",
        phone="010-1234567",
    )
    session.add(unit)
    session.flush()
    return unit


def add_professional(session: Session, unit: Unit, key: str) -> UUID:
    """Add a professional; return the id."""
    professional = Professional(
        id=new_id(),
        organisation_id=unit.organisation_id,
        unit_id=unit.id,
        key=key,
        name=key,
        function="consulent",
        email=f"{key}@schuldhulp.example",
        phone="010-1234567",
        status=ProfessionalStatus.ACTIVE,
    )
    session.add(professional)
    session.flush()
    return professional.id


def add_notice(
    session: Session,
    unit_id: UUID,
    professional_id: UUID | None = None,
    *,
    now: datetime,
    digest_due: datetime | None = None,
    kind: NoticeKind = NoticeKind.MATCH,
    event_id: UUID | None = None,
    from_import: bool = False,
) -> UUID:
    """Add a notice about a signal of its own; return the message's id."""
    part, signal = _add_participation(session, unit_id, now)
    event = event_id or new_id()
    notice = Notice(event, kind, part, professional_id, unit_id, signal)
    outbox.enqueue(session, [notice], now=now, digest_due=digest_due, from_import=from_import)
    recipient = professional_id or unit_id
    return session.query(OutboxMessage.id).filter_by(event_id=event, recipient=recipient).scalar()


def _add_participation(session: Session, unit_id: UUID, now: datetime) -> tuple[UUID, UUID]:
    organisation_id = session.get_one(Unit, unit_id).organisation_id
    basis = session.query(LegalBasis.id).filter_by(organisation_id=organisation_id).scalar()
    if basis is None:
        basis = new_id()
        session.add(
            LegalBasis(
                id=basis,
                organisation_id=organisation_id,
                domain=Domain.DEBT,
                age_group=AgeGroup.ADULT,
                demands=Demand.INFORM,
                may_defer=False,
                reference="Wet X",
                valid_from=date(2020, 1, 1),
            )
        )
        session.flush()
    person = (SubjectKind.PERSON, Pseudonym(new_id().bytes * 2))
    (subject,) = lock_by_pseudonym(session, [person], epoch=1).values()
    signal, match, part = new_id(), new_id(), new_id()
    session.execute(
        insert(Signal).values(
            id=signal,
            subject_id=subject,
            unit_id=unit_id,
            legal_basis_id=basis,
            status=SignalStatus.ACTIVE,
            started_at=now,
            lapses=date(2030, 1, 1),
            reference_sealed=b"x",
            reference_hash=b"x",
        )
    )
    session.execute(
        insert(Match).values(
            id=match,
            subject_id=subject,
            kind=MatchKind.PERSON,
            status=MatchStatus.OPEN,
            opened_at=now,
        )
    )
    session.execute(
        insert(Participation).values(id=part, match_id=match, signal_id=signal, joined_at=now)
    )
    return part, signal
