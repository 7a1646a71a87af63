"""Sign-ins that are under way: kept on the server, bound to one browser, good once."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crypto.account_secrets import AccountSecrets
from verwijsindex.accounts.records import SignInStep, StepKind
from verwijsindex.accounts.sessions import token_hash

LIFETIMES = {
    StepKind.CODE: timedelta(minutes=10),
    StepKind.PASSKEY: timedelta(minutes=5),
    StepKind.PROVIDER: timedelta(minutes=10),
    StepKind.SETUP: timedelta(minutes=30),
}
FAILURES_LIMIT = 5


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was found.

    Attributes:
        kind: What it waits for.
        account_id: Whose sign-in it is, where that is known.
        content: What was kept for it.
    """

    kind: StepKind
    account_id: UUID | None
    content: dict[str, Any] = field(repr=False)


def begin_step(
    session: Session,
    sealing: AccountSecrets,
    *,
    kind: StepKind,
    account_id: UUID | None = None,
    content: dict[str, Any] | None = None,
    now: datetime,
) -> str:
    """Begin a step and return its secret: 43 characters, for the cookie alone."""
    session.execute(delete(SignInStep).where(SignInStep.expires_at <= now))
    token = secrets.token_urlsafe(32)
    session.add(
        SignInStep(
            token_hash=token_hash(token),
            kind=kind,
            account_id=account_id,
            content_sealed=sealing.seal(json.dumps(content or {}).encode()),
            failures=0,
            expires_at=now + LIFETIMES[kind],
        )
    )
    return token


def find_step(
    session: Session, sealing: AccountSecrets, token: str, *, kind: StepKind, now: datetime
) -> Step | None:
    """Return the step of *token*; None when it is of another kind, over or used."""
    row = _row(session, token, kind, now)
    if row is None:
        return None
    return Step(row.kind, row.account_id, json.loads(sealing.open(row.content_sealed)))


def change_step(
    session: Session,
    sealing: AccountSecrets,
    token: str,
    *,
    content: dict[str, Any],
) -> None:
    """Keep other content for the step of *token*. The caller commits."""
    row = session.get_one(SignInStep, token_hash(token))
    row.content_sealed = sealing.seal(json.dumps(content).encode())


def take_step(
    session: Session, sealing: AccountSecrets, token: str, *, kind: StepKind, now: datetime
) -> Step | None:
    """Return the step of *token* and end it: of two that come at once, one gets it."""
    removed = session.execute(
        delete(SignInStep)
        .where(
            SignInStep.token_hash == token_hash(token),
            SignInStep.kind == kind,
            SignInStep.expires_at > now,
        )
        .returning(SignInStep.account_id, SignInStep.content_sealed)
    ).one_or_none()
    if removed is None:
        return None
    return Step(kind, removed.account_id, json.loads(sealing.open(removed.content_sealed)))


def count_step_failure(session: Session, token: str) -> bool:
    """Count a wrong code; whether another may be tried. The caller commits."""
    row = session.get_one(SignInStep, token_hash(token), with_for_update=True)
    row.failures += 1
    if row.failures < FAILURES_LIMIT:
        return True
    session.delete(row)
    return False


def _row(session: Session, token: str, kind: StepKind, now: datetime) -> SignInStep | None:
    return session.scalars(
        select(SignInStep).where(
            SignInStep.token_hash == token_hash(token),
            SignInStep.kind == kind,
            SignInStep.expires_at > now,
        )
    ).one_or_none()
