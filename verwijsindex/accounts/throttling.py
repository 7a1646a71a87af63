"""Slowing down whoever guesses, without shutting out whose account it is.

Three counts, each with its own consequence: a device on which somebody signed
in before is counted by itself, so that guessing elsewhere does not touch it;
all other devices of the world share one count per address; and a network
address has one for all accounts together. After too many wrong tries from
unknown devices the owner still gets in: with a passkey, from a known device,
or by a link in a mail (OWASP, "Device cookies").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from verwijsindex.accounts.records import SignInFailure

WINDOW = timedelta(minutes=60)
PER_DEVICE = 10
PER_ADDRESS = 10
PER_SOURCE = 60  # many colleagues share one network address
KEPT = timedelta(days=1)


class Hindrance(StrEnum):
    """Why somebody must wait, or come in another way."""

    DEVICE = "toestel"  #: too often wrong on this device
    ADDRESS = "adres"  #: too often wrong for this account, from devices nobody knows
    SOURCE = "netwerk"  #: too often wrong from this network address


@dataclass(frozen=True, slots=True)
class Attempt:
    """Where a try comes from; keyed hashes of 32 bytes.

    Attributes:
        target: Of the mail address that was typed.
        source: Of the network address.
        device: Of a device that signed in to this account before; None for others.
    """

    target: bytes
    source: bytes
    device: bytes | None


def hindrance(
    *, by_device: int, by_address: int, by_source: int, is_known: bool
) -> Hindrance | None:
    """Decide whether a try is let through, by how many failed in the last hour."""
    if is_known:
        return Hindrance.DEVICE if by_device >= PER_DEVICE else None
    if by_address >= PER_ADDRESS:
        return Hindrance.ADDRESS
    return Hindrance.SOURCE if by_source >= PER_SOURCE else None


def check_attempt(session: Session, attempt: Attempt, *, now: datetime) -> Hindrance | None:
    """Return why *attempt* is not let through; None when it is."""
    recent = SignInFailure.at > now - WINDOW
    unknown = SignInFailure.device_hash.is_(None)
    counted = session.execute(
        select(
            select(func.count())
            .where(
                recent,
                SignInFailure.target_hash == attempt.target,
                SignInFailure.device_hash == attempt.device,
            )
            .scalar_subquery(),
            select(func.count())
            .where(recent, SignInFailure.target_hash == attempt.target, unknown)
            .scalar_subquery(),
            select(func.count())
            .where(recent, SignInFailure.source_hash == attempt.source, unknown)
            .scalar_subquery(),
        )
    ).one()
    return hindrance(
        by_device=counted[0],
        by_address=counted[1],
        by_source=counted[2],
        is_known=attempt.device is not None,
    )


def count_failure(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """Remember that *attempt* was wrong. The caller commits."""
    session.add(
        SignInFailure(
            at=now,
            target_hash=attempt.target,
            source_hash=attempt.source,
            device_hash=attempt.device,
        )
    )
