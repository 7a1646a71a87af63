"""Links in mails: good once, for a while, and only for the account they were made for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crypto import base64url
from crypto.account_secrets import TAG_BYTES, AccountSecrets
from match.outbox import account_letter
from orgprofiles.base import new_id
from verwijsindex.accounts.records import Account, AccountLink, AccountStatus, LinkKind

LIFETIMES = {
    LinkKind.INVITATION: timedelta(days=7),
    LinkKind.RECOVERY: timedelta(days=1),
    LinkKind.DEVICE: timedelta(minutes=30),
}
#: Nobody's mailbox is flooded by somebody who asks again and again.
DEVICE_LINK_EVERY = timedelta(minutes=10)
_PURPOSE = "link"


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that is still good."""

    id: UUID
    kind: LinkKind
    account: Account


def send_link(session: Session, *, account: Account, kind: LinkKind, now: datetime) -> AccountLink:
    """Make a link and have it mailed; older ones of its kind end. The caller commits."""
    session.execute(
        update(AccountLink)
        .where(
            AccountLink.account_id == account.id,
            AccountLink.kind == kind,
            AccountLink.used_at.is_(None),
        )
        .values(used_at=now)
    )
    link = AccountLink(
        id=new_id(),
        account_id=account.id,
        kind=kind,
        created_at=now,
        expires_at=now + LIFETIMES[kind],
    )
    session.add(link)
    session.flush()
    session.add(
        account_letter(
            link_id=link.id,
            account_id=account.id,
            organisation_id=account.organisation_id,
            now=now,
        )
    )
    return link


def link_token(sealing: AccountSecrets, link_id: UUID) -> str:
    """Return the secret of a link: 43 characters that only the index can make."""
    return base64url.encode(link_id.bytes + sealing.tag(_PURPOSE, link_id.bytes))


def find_link(
    session: Session, sealing: AccountSecrets, token: str, *, now: datetime
) -> OpenLink | None:
    """Return the link of *token*; None when it is forged, over, used or its account blocked."""
    link_id = _id_in(sealing, token)
    if link_id is None:
        return None
    row = session.execute(
        select(AccountLink, Account)
        .join(Account, Account.id == AccountLink.account_id)
        .where(
            AccountLink.id == link_id,
            AccountLink.used_at.is_(None),
            AccountLink.expires_at > now,
            Account.status != AccountStatus.BLOCKED,
        )
    ).one_or_none()
    return None if row is None else OpenLink(link_id, row.AccountLink.kind, row.Account)


def use_link(session: Session, link: OpenLink, *, now: datetime) -> bool:
    """Use up *link*; False when somebody else did in between. The caller commits."""
    used = session.execute(
        update(AccountLink)
        .where(AccountLink.id == link.id, AccountLink.used_at.is_(None))
        .values(used_at=now)
        .returning(AccountLink.id)
    ).first()
    return used is not None


def has_recent_link(session: Session, account_id: UUID, kind: LinkKind, *, now: datetime) -> bool:
    """Whether such a link was mailed a moment ago."""
    found = session.scalar(
        select(AccountLink.id)
        .where(
            AccountLink.account_id == account_id,
            AccountLink.kind == kind,
            AccountLink.created_at > now - DEVICE_LINK_EVERY,
        )
        .limit(1)
    )
    return found is not None


def _id_in(sealing: AccountSecrets, token: str) -> UUID | None:
    try:
        value = base64url.decode(token)
    except ValueError:
        return None
    content, tag = value[:-TAG_BYTES], value[-TAG_BYTES:]
    if len(content) != 16 or not sealing.is_tag(_PURPOSE, content, tag):
        return None
    return UUID(bytes=content)
