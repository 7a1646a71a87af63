"""What is told of a signal that became somebody else's: alone, or in a digest with the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from match.matches import Participation
from match.messages import NoticeKind, OutboxMessage
from match.signals import Signal, SignalStatus
from match.stalled import sees_somebody
from orgprofiles.organisations import Organisation, Professional, SecureMailDomain, Unit
from verwijsindex.services import Services


@dataclass(frozen=True, slots=True)
class TransferItem:
    """A signal that got another contact.

    Attributes:
        kind: As in the outbox.
        reference: The contact's own reference of the client.
        link: To the signal.
        is_for_another: Whether somebody else reads this in the contact's place.
        client_of: Who the contact is, where somebody else reads this; None: the recipient, or
            it is not to be told.
        before: Before which day it is to be recorded what came of its match; None: nothing is.
        is_late: Whether that day has come.
    """

    kind: NoticeKind
    reference: str = field(repr=False)
    link: str
    is_for_another: bool = False
    client_of: str | None = field(default=None, repr=False)
    before: date | None = None
    is_late: bool = False


def transfer_items(
    session: Session,
    services: Services,
    rows: Sequence[OutboxMessage],
    *,
    addresses: Mapping[UUID, str],
) -> dict[UUID, TransferItem]:
    """Return by row what is told, where it still is so: the signal runs, and with that contact.

    Args:
        session: Read only.
        services: Keys of references, and the index's address.
        rows: Of any kind.
        addresses: Where each of *rows* goes.
    """
    told = [row for row in rows if row.kind is NoticeKind.TRANSFERRED]
    if not told:
        return {}
    found = session.execute(
        select(Signal, Organisation, Professional)
        .join(Unit, Unit.id == Signal.unit_id)
        .join(Organisation, Organisation.id == Unit.organisation_id)
        .outerjoin(Professional, Professional.id == Signal.professional_id)
        .where(
            Signal.id.in_({row.about_signal_id for row in told}),
            Signal.status == SignalStatus.ACTIVE,
        )
    )
    signals = {row.Signal.id: row for row in found}
    # Whoever reads it in their place has a message of the same event.
    contacts = {
        (one.event_id, one.recipient)
        for one in session.execute(
            select(OutboxMessage.event_id, OutboxMessage.recipient).where(
                OutboxMessage.event_id.in_({row.event_id for row in told})
            )
        )
    }
    secure = {
        (one.organisation_id, one.mail_domain)
        for one in session.scalars(
            select(SecureMailDomain).where(
                SecureMailDomain.organisation_id.in_(
                    {of.Organisation.id for of in signals.values()}
                )
            )
        )
    }
    deadlines = _deadlines(session, signals)
    today = services.today()
    items = {}
    for row in told:
        of = signals.get(row.about_signal_id)
        if of is None:
            continue
        signal, organisation, contact = of.Signal, of.Organisation, of.Professional
        if (row.event_id, signal.professional_id or signal.unit_id) not in contacts:
            continue
        address = addresses[row.id]
        is_for_another = contact is not None and contact.email != address
        before = deadlines.get(signal.id)
        domain = address.rpartition("@")[2].lower()
        may_name = (organisation.id, domain) in secure and not organisation.sensitive
        items[row.id] = TransferItem(
            NoticeKind.TRANSFERRED,
            services.references.open(organisation.id, signal.reference_sealed),
            f"{services.settings.base_url}/signalen/{signal.id}",
            is_for_another,
            contact.name if contact is not None and is_for_another and may_name else None,
            before,
            is_late=before is not None and before <= today,
        )
    return items


def _deadlines(session: Session, signal_ids: Iterable[UUID]) -> dict[UUID, date]:
    """Return by signal the first day before which something of its matches is to be recorded."""
    rows = session.execute(
        select(Participation.signal_id, func.min(Participation.deadline).label("before"))
        .where(
            Participation.signal_id.in_(signal_ids),
            Participation.is_unsettled,
            Participation.deadline.is_not(None),
            sees_somebody(),
        )
        .group_by(Participation.signal_id)
    )
    return {row.signal_id: row.before for row in rows}
