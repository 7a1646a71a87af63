"""Deleting what signing in left behind, once nobody needs it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from verwijsindex.accounts.records import AccountLink, SignInFailure, SignInStep
from verwijsindex.accounts.sessions import forget_ended
from verwijsindex.accounts.throttling import KEPT

_LINKS_KEPT = timedelta(days=30)  # for the outbox, which names them


def forget_old(session: Session, *, now: datetime) -> None:
    """Delete sessions and steps that are over, wrong tries of a day ago, and old links.

    Who signed in when stays in the audit. The caller commits.
    """
    forget_ended(session, now=now)
    session.execute(delete(SignInStep).where(SignInStep.expires_at <= now))
    session.execute(delete(SignInFailure).where(SignInFailure.at <= now - KEPT))
    session.execute(delete(AccountLink).where(AccountLink.expires_at <= now - _LINKS_KEPT))
