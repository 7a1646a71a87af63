"""Letters to coordinators: what nobody followed up, and whose mail is refused.

Both tell what is so when they are sent, so that none tells what was mended
meanwhile; and nothing of a client, nor of anybody else in a match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from match.messages import NoticeKind, OutboxMessage
from match.reading import TEAM_FUNCTION
from match.stalled import stalled_parts
from match.terms import ESCALATION_DAYS, latest_deadline
from orgprofiles.organisations import Organisation, Professional, ProfessionalStatus, Unit
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.dutch import dutch_date
from verwijsindex.mail.letters import Letter
from verwijsindex.mail.templating import TEMPLATES
from verwijsindex.services import Services

FOR_COORDINATORS = frozenset({NoticeKind.STALLED, NoticeKind.ADDRESS_REFUSED})
_LINES_LIMIT = 25


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody in a letter.

    Attributes:
        unit: Its name.
        contact: Name of the professional; or that it is the team.
        count: How many matches stalled.
        since: The day before which the first of them was to be followed up, in words.
        is_team: Whether it is about the team's mailbox.
    """

    unit: str
    contact: str = field(repr=False)
    count: int = 1
    since: str = ""
    is_team: bool = False


def compose_for_coordinators(
    session: Session, services: Services, rows: Sequence[OutboxMessage]
) -> dict[UUID, Letter | None]:
    """Return the letter for each of *rows*; None where there is nothing to tell any more."""
    letters: dict[UUID, Letter | None] = {}
    known: dict[tuple[NoticeKind, UUID], tuple[list[Line], int]] = {}
    for row in rows:
        account = session.get(Account, row.account_id)
        organisation = session.get(Organisation, row.organisation_id)
        letters[row.id] = None
        if account is None or organisation is None or account.status is not AccountStatus.ACTIVE:
            continue
        # Read once for all coordinators of an organisation.
        what = (row.kind, organisation.id)
        if what not in known:
            known[what] = (
                _stalled(session, organisation.id, services.today())
                if row.kind is NoticeKind.STALLED
                else _refused(session, organisation.id)
            )
        lines, count = known[what]
        if lines:
            values = {"name": account.name, "organisation": organisation.name, "count": count}
            letters[row.id] = _letter(services, row, account.email, lines, values)
    return letters


def _stalled(session: Session, organisation_id: UUID, today: date) -> tuple[list[Line], int]:
    """Return a line per contact, the longest overdue first, and how many matches there are."""
    by = latest_deadline(today, ESCALATION_DAYS)
    parts = stalled_parts(by).where(Organisation.id == organisation_id).order_by(None).subquery()
    contact = (
        parts.c.unit_name,
        parts.c.professional_name,
        parts.c.unit_id,
        parts.c.professional_id,
    )
    since = func.min(parts.c.deadline)
    rows = session.execute(
        select(*contact, since.label("since"), func.count().label("amount"))
        .group_by(*contact)
        .order_by(since, parts.c.unit_name, parts.c.professional_name.nulls_first(), *contact[2:])
    ).all()
    lines = [
        Line(
            row.unit_name,
            row.professional_name or f"het {TEAM_FUNCTION}",
            row.amount,
            dutch_date(row.since),
        )
        for row in rows
    ]
    return lines, sum(one.count for one in lines)


def _refused(session: Session, organisation_id: UUID) -> tuple[list[Line], int]:
    """Return a line per address that is refused: of teams, then of professionals."""
    teams = session.scalars(
        select(Unit.name)
        .where(Unit.organisation_id == organisation_id, Unit.mail_refused_at.is_not(None))
        .order_by(Unit.name)
    )
    people = session.execute(
        select(Unit.name.label("unit"), Professional.name)
        .join(Unit, Unit.id == Professional.unit_id)
        .where(
            Professional.organisation_id == organisation_id,
            Professional.status == ProfessionalStatus.ACTIVE,
            Professional.mail_refused_at.is_not(None),
        )
        .order_by(Professional.name, Professional.id)
    )
    lines = [Line(name, f"het {TEAM_FUNCTION}", is_team=True) for name in teams]
    lines += [Line(row.unit, row.name) for row in people]
    return lines, len(lines)


def _letter(
    services: Services,
    row: OutboxMessage,
    address: str,
    lines: Sequence[Line],
    values: dict[str, Any],
) -> Letter:
    if row.kind is NoticeKind.STALLED:
        count = values["count"]
        matches = "1 match blijft" if count == 1 else f"{count} matches blijven"
        subject, page = f"{matches} liggen", "vastgelopen"
    else:
        subject, page = "Mail aan uw organisatie komt niet aan", "medewerkers"
    values |= {
        "subject": subject,
        "kind": row.kind,
        "kinds": NoticeKind,
        "several": lines[:_LINES_LIMIT],
        "left": len(lines[_LINES_LIMIT:]),
        "has_teams": any(one.is_team for one in lines),
        "has_people": any(not one.is_team for one in lines),
        "link": f"{services.settings.base_url}/instelling/{page}",
    }
    return Letter(
        row.id,
        address,
        subject,
        TEMPLATES.get_template("coordinator.txt").render(values),
        TEMPLATES.get_template("coordinator.html").render(values),
    )
