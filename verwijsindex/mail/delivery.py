"""Delivering what is due: claim, compose, send, complete; each under the claim's lease."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from match import outbox, routing
from match.messages import MessageState, OutboxMessage
from verwijsindex import event_log
from verwijsindex.database import is_passing
from verwijsindex.mail.composing import NO_LONGER_TRUE, compose
from verwijsindex.mail.letters import Letter
from verwijsindex.mail.refusing import mark_refused
from verwijsindex.mail.smtp import Accepted, MailServer, NotAccepted, Outcome
from verwijsindex.services import Services

_COMPOSING_FAILED = "composing failed"
_PAUSE_SECONDS = 0.5  # before the database is asked again

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Lease:
    """What a worker holds while it delivers a batch.

    Attributes:
        services: Clock, database, keys.
        token: Who holds the messages.
        ends_at: UTC; from then on another worker may take them.
        stop: Set when the worker is to stop.
    """

    services: Services
    token: UUID
    ends_at: datetime
    stop: threading.Event

    def write(self, deed: Callable[[Session], _T]) -> _T:
        """Run *deed* in a transaction, again and again while the database is away.

        What became of a mail is known here and nowhere else: whoever gave up
        now would have it sent twice, and the rest of the batch wait for the
        end of the lease.

        Raises:
            SQLAlchemyError: The lease ended first, or something else is wrong.
        """
        while True:
            try:
                with self.services.sessions.begin() as session:
                    return deed(session)
            except SQLAlchemyError as error:
                is_over = self.services.clock() >= self.ends_at
                if is_over or not is_passing(error) or self.stop.wait(_PAUSE_SECONDS):
                    raise


def deliver_due(
    services: Services,
    *,
    stop: threading.Event,
    connect: Callable[[], MailServer] | None = None,
) -> int:
    """Deliver one batch of due messages; return how many were claimed.

    Every message is completed in a transaction of its own directly after the
    server's answer, so that a crash repeats at most the one that was being
    sent. Set *stop* to end after the current one; the rest is given back.

    Args:
        services: Clock, database, keys.
        stop: Set when the worker is to stop.
        connect: Makes the connection; None: as the settings say.
    """
    mail = services.settings.mail
    now = services.clock()
    lease = _Lease(services, uuid4(), now + mail.lease, stop)
    digest_due = services.settings.digest.due(now)
    with services.sessions.begin() as session:
        routing.route(
            session,
            MessageState.PENDING,
            digest_due=digest_due,
            now=now,
            today=services.today(),
        )
    with services.sessions.begin() as session:
        claimed = outbox.claim(
            session, token=lease.token, now=now, lease=mail.lease, limit=mail.batch
        )
    if not claimed:
        return 0
    letters = _composed(lease, claimed)
    waiting = list(claimed)
    down: NotAccepted | None = None
    with (connect or (lambda: MailServer(mail)))() as server:
        while waiting:
            too_late = services.clock() + mail.deadline > lease.ends_at
            if stop.is_set() or too_late:
                lease.write(lambda session: outbox.release(session, waiting, token=lease.token))
                break
            message_id = waiting.pop(0)
            letter = letters.get(message_id, _COMPOSING_FAILED)
            if letter is None:
                _skip(lease, message_id)
            elif isinstance(letter, str):
                _fail(lease, message_id, letter)
            else:
                outcome: Outcome = down or server.send(letter, now=services.clock())
                if isinstance(outcome, NotAccepted) and outcome.server_is_down:
                    down = outcome
                _finish(lease, letter, outcome)
    return len(claimed)


def _composed(lease: _Lease, claimed: Sequence[UUID]) -> dict[UUID, Letter | None]:
    """Compose all at once; one by one when that fails, so that one bad row spoils one letter."""
    letters: dict[UUID, Letter | None] = {}
    try:
        return lease.write(lambda session: compose(session, lease.services, claimed))
    except Exception as error:  # noqa: BLE001 (whatever is wrong with one must not stop the others)
        event_log.log_unexpected(error, route="composing")
    for message_id in claimed:
        try:
            letters |= lease.write(
                partial(compose, services=lease.services, message_ids=[message_id])
            )
        except Exception as error:  # noqa: BLE001
            event_log.log_unexpected(error, route="composing")
    return letters


def _finish(lease: _Lease, letter: Letter, outcome: Outcome) -> None:
    message_id = letter.message_id
    if isinstance(outcome, Accepted):
        now = lease.services.clock()
        lease.write(
            lambda session: outbox.complete(session, message_id, token=lease.token, now=now)
        )
        event_log.log(event_log.MAIL_SENT, message_id=message_id)
    elif not (outcome.address_refused and _sent_elsewhere(lease, letter)):
        _fail(lease, message_id, outcome.why)


def _sent_elsewhere(lease: _Lease, letter: Letter) -> bool:
    """Mark a refused address; whether the letter goes to another one at once."""
    now = lease.services.clock()

    def write(session: Session) -> bool:
        message = session.get_one(OutboxMessage, letter.message_id)
        return mark_refused(session, message, letter.recipient, now=now) and outbox.send_elsewhere(
            session, letter.message_id, token=lease.token, now=now
        )

    is_sent = lease.write(write)
    event_log.log(event_log.ADDRESS_REFUSED, message_id=letter.message_id, elsewhere=is_sent)
    return is_sent


def _fail(lease: _Lease, message_id: UUID, why: str) -> None:
    def write(session: Session) -> tuple[int, MessageState | None]:
        attempts = session.get_one(OutboxMessage, message_id).attempts
        now = lease.services.clock()
        return attempts, outbox.fail(
            session, message_id, token=lease.token, attempts=attempts, now=now, why=why
        )

    attempts, state = lease.write(write)
    event = event_log.MAIL_DEAD if state is MessageState.DEAD else event_log.MAIL_RETRY
    event_log.log(event, message_id=message_id, attempts=attempts, reason=why)


def _skip(lease: _Lease, message_id: UUID) -> None:
    now = lease.services.clock()
    lease.write(
        lambda session: outbox.skip(
            session, message_id, token=lease.token, now=now, why=NO_LONGER_TRUE
        )
    )
    event_log.log(event_log.MAIL_SKIPPED, message_id=message_id, reason=NO_LONGER_TRUE)
