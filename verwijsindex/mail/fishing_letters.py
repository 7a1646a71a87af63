"""Letters to the index administrator about registrations that look like searching."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.messages import NoticeKind, OutboxMessage
from orgprofiles.organisations import Organisation
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.dutch import dutch_date
from verwijsindex.fishing import FishingFinding
from verwijsindex.mail.letters import Letter
from verwijsindex.mail.templating import TEMPLATES
from verwijsindex.services import Services

_SUBJECT = "Veel registraties die snel weer eindigen"


def compose_about_fishing(
    session: Session, services: Services, rows: Sequence[OutboxMessage]
) -> dict[UUID, Letter | None]:
    """Return the letter for each row about it: counts and an organisation, never a person.

    Who it is about is on the page, behind signing in.
    """
    rows = [row for row in rows if row.kind is NoticeKind.FISHING]
    if not rows:
        return {}
    accounts = {
        one.id: one
        for one in session.scalars(
            select(Account).where(
                Account.id.in_([row.account_id for row in rows]),
                Account.status == AccountStatus.ACTIVE,
            )
        )
    }
    findings = {
        row.FishingFinding.id: row
        for row in session.execute(
            select(FishingFinding, Organisation.name)
            .join(Organisation, Organisation.id == FishingFinding.organisation_id)
            .where(FishingFinding.id.in_([row.event_id for row in rows]))
        )
    }
    letters: dict[UUID, Letter | None] = {}
    for row in rows:
        account, found = accounts.get(row.account_id or row.id), findings.get(row.event_id)
        if account is None or found is None:
            letters[row.id] = None
            continue
        values = {
            "subject": _SUBJECT,
            "organisation": found.name,
            "of_one": found.FishingFinding.professional_id is not None,
            "finding": found.FishingFinding,
            "since": dutch_date(found.FishingFinding.since),
            "until": dutch_date(found.FishingFinding.found_at),
            "link": f"{services.settings.base_url}/beheer/meldingen",
        }
        letters[row.id] = Letter(
            row.id,
            account.email,
            _SUBJECT,
            TEMPLATES.get_template("fishing.txt").render(values),
            TEMPLATES.get_template("fishing.html").render(values),
        )
    return letters
