"""What is told of a signal that became somebody else's: alone, or in a digest with the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.messages import NoticeKind, OutboxMessage
from match.signals import Signal, SignalStatus
from orgprofiles.organisations import Unit
from verwijsindex.services import Services


@dataclass(frozen=True, slots=True)
class TransferItem:
    """A signal that is the recipient's from now on.

    Attributes:
        kind: As in the outbox.
        reference: The recipient's own reference of the client.
        link: To the signal.
        client_of: None: it is the recipient's own.
    """

    kind: NoticeKind
    reference: str = field(repr=False)
    link: str
    client_of: str | None = None


def transfer_items(
    session: Session, services: Services, rows: Iterable[OutboxMessage]
) -> dict[UUID, TransferItem]:
    """Return by row what is told, where it still is so: the signal runs, and with that contact."""
    wanted = {row.about_signal_id: row for row in rows if row.kind is NoticeKind.TRANSFERRED}
    if not wanted:
        return {}
    found = session.execute(
        select(Signal, Unit.organisation_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .where(Signal.id.in_(wanted), Signal.status == SignalStatus.ACTIVE)
    )
    return {
        wanted[signal.id].id: TransferItem(
            NoticeKind.TRANSFERRED,
            services.references.open(organisation_id, signal.reference_sealed),
            f"{services.settings.base_url}/signalen/{signal.id}",
        )
        for signal, organisation_id in found
        if wanted[signal.id].recipient == (signal.professional_id or signal.unit_id)
    }
