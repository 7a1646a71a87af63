"""Refused addresses: marked, their mail sent to the team instead, the coordinator told once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from match import outbox
from match.messages import MessageState, NoticeKind, OutboxMessage
from orgprofiles.base import new_id
from orgprofiles.organisations import Professional, Unit
from orgprofiles.statements import fixed
from verwijsindex import audit
from verwijsindex.audit import Action, Actor
from verwijsindex.coordinators import coordinators_of
from verwijsindex.services import Services


def mark_refused(session: Session, message: OutboxMessage, address: str, *, now: datetime) -> bool:
    """Mark *address*, to which *message* went, as refused; return whether it has another one now.

    The organisation's coordinators are told, the first time. An address that
    was changed meanwhile is left alone: the message then has another one.

    Args:
        session: In the transaction in which the message is planned anew.
        message: What was refused.
        address: Where it went.
        now: UTC.
    """
    if message.unit_id is None:
        return False
    unit = session.get_one(Unit, message.unit_id, with_for_update=True)
    professional = None
    if message.professional_id is not None:
        professional = session.get_one(Professional, message.professional_id, with_for_update=True)
    is_new = False
    for owner, theirs in (
        (unit, unit.mailbox),
        (professional, professional and professional.email),
    ):
        if owner is not None and theirs == address and owner.mail_refused_at is None:
            owner.mail_refused_at = now
            is_new = True
    if is_new:
        session.flush()
        _tell_coordinators(session, unit.organisation_id, now=now)
    return address != unit.mailbox


def lift_marks(session: Session, services: Services, *, actor: Actor) -> int:
    """Have every refused address tried again; return how many there were. Commits."""
    lifted: list[UUID] = []
    for model in (Unit, Professional):
        lifted += session.scalars(
            update(model)
            .where(model.mail_refused_at.is_not(None))
            .values(mail_refused_at=None)
            .returning(model.id)
            .execution_options(synchronize_session=False)
        )
    deeds = [(Action.ADDRESS_RETRIED, one) for one in lifted]
    audit.record(session, services.audit_key, actor=actor, deeds=deeds, now=services.clock())
    session.commit()
    return len(lifted)


def _tell_coordinators(session: Session, organisation_id: UUID, *, now: datetime) -> None:
    """Write to each coordinator, unless a letter that will tell it still waits."""
    waiting = set(
        session.scalars(
            select(OutboxMessage.account_id).where(
                OutboxMessage.kind == NoticeKind.ADDRESS_REFUSED,
                OutboxMessage.organisation_id == organisation_id,
                OutboxMessage.state == fixed(MessageState.PENDING),
            )
        )
    )
    event = new_id()
    for account_id in coordinators_of(session, [organisation_id]).get(organisation_id, ()):
        if account_id not in waiting:
            session.add(
                outbox.letter_to_account(
                    NoticeKind.ADDRESS_REFUSED,
                    event_id=event,
                    account_id=account_id,
                    organisation_id=organisation_id,
                    now=now,
                )
            )
    session.flush()
