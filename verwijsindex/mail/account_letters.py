"""Letters with a link to choose how to sign in; its secret is made here, and kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.messages import OutboxMessage
from orgprofiles.organisations import Organisation
from verwijsindex.accounts.links import link_token
from verwijsindex.accounts.records import Account, AccountLink, AccountStatus, LinkKind
from verwijsindex.dutch import dutch_moment
from verwijsindex.mail.letters import Letter
from verwijsindex.mail.templating import TEMPLATES
from verwijsindex.services import Services

_SUBJECTS = {
    LinkKind.INVITATION: "Uw account voor de verwijsindex",
    LinkKind.RECOVERY: "Kies opnieuw hoe u inlogt bij de verwijsindex",
    LinkKind.DEVICE: "Inloggen bij de verwijsindex vanaf dit apparaat",
}


def compose_about_accounts(
    session: Session, services: Services, rows: Sequence[OutboxMessage]
) -> dict[UUID, Letter | None]:
    """Return the letter for each of *rows*; None where its link is good no longer."""
    if not rows:
        return {}
    found = {
        row.AccountLink.id: row
        for row in session.execute(
            select(AccountLink, Account, Organisation)
            .join(Account, Account.id == AccountLink.account_id)
            .join(Organisation, Organisation.id == Account.organisation_id)
            .where(AccountLink.id.in_({row.account_link_id for row in rows}))
        )
    }
    return {row.id: _letter(services, row.id, found.get(row.account_link_id)) for row in rows}


def _letter(services: Services, message_id: UUID, found: object) -> Letter | None:
    link: AccountLink | None = getattr(found, "AccountLink", None)
    account: Account | None = getattr(found, "Account", None)
    organisation: Organisation | None = getattr(found, "Organisation", None)
    if link is None or account is None or organisation is None:
        return None
    is_good = link.used_at is None and link.expires_at > services.clock()
    if not is_good or account.status is AccountStatus.BLOCKED:
        return None
    token = link_token(services.account_secrets, link.id)
    values = {
        "subject": _SUBJECTS[link.kind],
        "kind": link.kind,
        "kinds": LinkKind,
        "name": account.name,
        "organisation": organisation.name,
        "link": f"{services.settings.base_url}/uitnodiging/{token}",
        "until": dutch_moment(link.expires_at),
    }
    return Letter(
        message_id,
        account.email,
        _SUBJECTS[link.kind],
        TEMPLATES.get_template("account.txt").render(values),
        TEMPLATES.get_template("account.html").render(values),
    )
