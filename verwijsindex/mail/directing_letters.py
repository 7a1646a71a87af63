"""Letters to a match regisseur who was asked to keep the overview of a match."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.case_leads import count_asked
from match.messages import OutboxMessage
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.mail.letters import Letter
from verwijsindex.mail.templating import TEMPLATES
from verwijsindex.services import Services


def _subject(count: int) -> str:
    of = "een match" if count == 1 else f"{count} matches"
    return f"Houdt u het overzicht van {of}?"


def compose_about_directing(
    session: Session, services: Services, rows: Sequence[OutboxMessage]
) -> dict[UUID, Letter | None]:
    """Return the letter for each of *rows*; None where nobody waits for an answer any more.

    It tells nothing of the match: that is on the page, behind signing in.
    """
    if not rows:
        return {}
    waiting = count_asked(session, [row.account_id for row in rows if row.account_id])
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
        if account is None or not waiting[account.id]:
            letters[row.id] = None
            continue
        subject = _subject(waiting[account.id])
        values = {
            "subject": subject,
            "name": account.name,
            "count": waiting[account.id],
            "link": f"{services.settings.base_url}/regie",
        }
        letters[row.id] = Letter(
            row.id,
            account.email,
            subject,
            TEMPLATES.get_template("directing.txt").render(values),
            TEMPLATES.get_template("directing.html").render(values),
        )
    return letters
