"""Letters to a match regisseur who was asked to keep the overview of a match."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.case_leads import asked_still
from match.messages import OutboxMessage
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.mail.letters import Letter
from verwijsindex.mail.templating import TEMPLATES
from verwijsindex.services import Services

_SUBJECT = "Houdt u het overzicht van een match?"


def compose_about_directing(
    session: Session, services: Services, rows: Sequence[OutboxMessage]
) -> dict[UUID, Letter | None]:
    """Return the letter for each of *rows*; None where nobody waits for an answer any more.

    It tells nothing of the match: that is on the page, behind signing in.
    """
    if not rows:
        return {}
    waiting = asked_still(session, [row.event_id for row in rows])
    accounts = {
        one.id: one
        for one in session.scalars(
            select(Account).where(
                Account.id.in_([row.account_id for row in rows]),
                Account.status == AccountStatus.ACTIVE,
            )
        )
    }
    letters: dict[UUID, Letter | None] = {}
    for row in rows:
        account = accounts.get(row.account_id or row.id)
        if account is None or row.event_id not in waiting:
            letters[row.id] = None
            continue
        values = {
            "subject": _SUBJECT,
            "name": account.name,
            "link": f"{services.settings.base_url}/regie",
        }
        letters[row.id] = Letter(
            row.id,
            account.email,
            _SUBJECT,
            TEMPLATES.get_template("directing.txt").render(values),
            TEMPLATES.get_template("directing.html").render(values),
        )
    return letters
