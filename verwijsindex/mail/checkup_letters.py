"""Letters of check-ups: which of one's signals lapse soon, and in which one may not be involved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from match.checkups import contact_id, lapses_soon, needs_confirming, of_active, overtaken
from match.messages import NoticeKind, OutboxMessage
from match.reading import address_of
from match.signals import Signal, SignalStatus
from match.standing_in import read_replacements
from orgprofiles.dutch_calendar import AMSTERDAM
from orgprofiles.organisations import Organisation, OrganisationStatus, Professional, Unit
from orgprofiles.stand_ins import StandIn
from orgprofiles.statements import fixed
from verwijsindex.dutch import dutch_date
from verwijsindex.mail.letters import Letter
from verwijsindex.mail.templating import TEMPLATES
from verwijsindex.services import Services

#: A longer list is no longer read in a mail.
_NAMED_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """A signal in a letter.

    Attributes:
        reference: The contact's own.
        day: In words: until when it runs, or since when somebody said that they are involved.
    """

    reference: str = field(repr=False)
    day: str


@dataclass(frozen=True, slots=True)
class _Lists:
    """What a contact is to look at; of others, where they stand in for them."""

    lapsing: list[tuple[date, Entry]] = field(default_factory=list)
    of_others: list[tuple[date, Entry]] = field(default_factory=list)
    confirming: list[tuple[date, Entry]] = field(default_factory=list)


def compose_about_checkups(
    session: Session, services: Services, rows: Sequence[OutboxMessage]
) -> dict[UUID, Letter | None]:
    """Return the letter for each of *rows*; None where there is nothing to look at any more.

    With what there is to look at now: what was extended, confirmed or ended
    since the letter was asked for is not in it.
    """
    if not rows:
        return {}
    lists = _read_lists(session, services, {row.recipient for row in rows})
    addresses = _addresses(session, [row.id for row in rows])
    late = overtaken(session, rows)
    letters: dict[UUID, Letter | None] = {}
    for row in rows:
        mine = lists[row.recipient]
        if row.kind is not NoticeKind.STILL_INVOLVED:
            mine = replace(mine, confirming=[])
        letters[row.id] = None
        if row.id not in late and (mine.lapsing or mine.of_others or mine.confirming):
            letters[row.id] = _letter(services, row, addresses[row.id], mine)
    return letters


def _read_lists(session: Session, services: Services, recipients: set[UUID]) -> dict[UUID, _Lists]:
    today = services.today()
    concerned = or_(StandIn.substitute_id.in_(recipients), Professional.unit_id.in_(recipients))
    instead_of = {
        one.absent_id: one.recipient
        for one in read_replacements(session, concerned, today=today)
        if one.recipient in recipients
    }
    contact_ids = recipients | instead_of.keys()
    soon = lapses_soon(today)
    asked = needs_confirming(today, services.settings.confirm_months)
    rows = session.execute(
        select(
            contact_id().label("contact_id"),
            Unit.organisation_id,
            Signal.reference_sealed,
            Signal.lapses,
            Signal.started_at,
            Signal.confirmed_at,
            case((soon, 1), else_=0).label("lapses_soon"),
        )
        .select_from(Signal)
        .join(Unit, Unit.id == Signal.unit_id)
        .join(Organisation, Organisation.id == Unit.organisation_id)
        .outerjoin(Professional, of_active())
        .where(
            # The first two name what has an index, of one table; the third decides.
            Signal.status == fixed(SignalStatus.ACTIVE),
            or_(Signal.professional_id.in_(contact_ids), Signal.unit_id.in_(contact_ids)),
            contact_id().in_(contact_ids),
            or_(soon, asked),
            Organisation.status == OrganisationStatus.ACTIVE,
        )
    )
    found: dict[UUID, _Lists] = defaultdict(_Lists)
    for row in rows:
        reference = services.references.open(row.organisation_id, row.reference_sealed)
        mine = found[row.contact_id]
        if row.lapses_soon:
            lapses = (row.lapses, Entry(reference, dutch_date(row.lapses)))
            mine.lapsing.append(lapses)
            if row.contact_id in instead_of:
                found[instead_of[row.contact_id]].of_others.append(lapses)
        else:
            said = (row.confirmed_at or row.started_at).astimezone(AMSTERDAM).date()
            mine.confirming.append((said, Entry(reference, dutch_date(said))))
    return found


def _sorted(found: Sequence[tuple[date, Entry]]) -> list[Entry]:
    ordered = sorted(found, key=lambda one: (one[0], one[1].reference.casefold()))
    return [entry for _, entry in ordered]


def _addresses(session: Session, message_ids: Sequence[UUID]) -> dict[UUID, str]:
    found = session.execute(
        select(OutboxMessage.id, Unit, Professional)
        .join(Unit, Unit.id == OutboxMessage.unit_id)
        .outerjoin(Professional, Professional.id == OutboxMessage.professional_id)
        .where(OutboxMessage.id.in_(message_ids))
    )
    return {row.id: address_of(row.Unit, row.Professional) for row in found}


def _letter(services: Services, row: OutboxMessage, address: str, lists: _Lists) -> Letter:
    lapsing, of_others, confirming = map(
        _sorted, (lists.lapsing, lists.of_others, lists.confirming)
    )
    whose = "?wie=allen" if of_others or not row.professional_id else ""
    values: dict[str, Any] = {
        "subject": _subject(len(lapsing) + len(of_others), len(confirming)),
        "lapsing": lapsing[:_NAMED_LIMIT],
        "more_lapsing": max(0, len(lapsing) - _NAMED_LIMIT),
        "of_others": of_others[:_NAMED_LIMIT],
        "more_of_others": max(0, len(of_others) - _NAMED_LIMIT),
        "confirming": confirming[:_NAMED_LIMIT],
        "more_confirming": max(0, len(confirming) - _NAMED_LIMIT),
        "is_team": row.professional_id is None,
        "link": f"{services.settings.base_url}/signalen/nakijken{whose}",
    }
    return Letter(
        row.id,
        address,
        values["subject"],
        TEMPLATES.get_template("checkup.txt").render(values),
        TEMPLATES.get_template("checkup.html").render(values),
    )


def _subject(lapsing: int, confirming: int) -> str:
    if lapsing and confirming:
        return f"Kijk {lapsing + confirming} signalen na in de verwijsindex"
    if lapsing:
        return "1 signaal loopt af" if lapsing == 1 else f"{lapsing} signalen lopen af"
    clients = "1 cliënt" if confirming == 1 else f"{confirming} cliënten"
    return f"Bent u nog betrokken bij {clients}?"
