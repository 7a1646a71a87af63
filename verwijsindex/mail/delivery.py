"""Delivering what is due: claim, compose, send, complete; each under the claim's lease."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

from match import outbox
from match.outbox import MessageState, OutboxMessage
from verwijsindex import event_log
from verwijsindex.mail.composing import NO_LONGER_TRUE, compose
from verwijsindex.mail.letters import Letter
from verwijsindex.mail.smtp import Accepted, MailServer, NotAccepted, Outcome
from verwijsindex.services import Services

_COMPOSING_FAILED = "composing failed"


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
    token = uuid4()
    claimed_at = services.clock()
    with services.sessions.begin() as session:
        claimed = outbox.claim(
            session, token=token, now=claimed_at, lease=mail.lease, limit=mail.batch
        )
    if not claimed:
        return 0
    letters = _composed(services, claimed)
    waiting = list(claimed)
    down: NotAccepted | None = None
    with (connect or (lambda: MailServer(mail)))() as server:
        while waiting:
            too_late = services.clock() + mail.deadline > claimed_at + mail.lease
            if stop.is_set() or too_late:
                with services.sessions.begin() as session:
                    outbox.release(session, waiting, token=token)
                break
            message_id = waiting.pop(0)
            letter = letters.get(message_id, _COMPOSING_FAILED)
            if letter is None:
                _skip(services, message_id, token)
            elif isinstance(letter, str):
                _fail(services, message_id, token, letter)
            else:
                outcome: Outcome = down or server.send(letter, now=services.clock())
                if isinstance(outcome, NotAccepted) and outcome.server_is_down:
                    down = outcome
                _finish(services, message_id, token, outcome)
    return len(claimed)


def _composed(services: Services, claimed: Sequence[UUID]) -> dict[UUID, Letter | None]:
    """Compose all at once; one by one when that fails, so that one bad row spoils one letter."""
    letters: dict[UUID, Letter | None] = {}
    try:
        with services.sessions.begin() as session:
            return compose(session, services, claimed)
    except Exception as error:  # noqa: BLE001 (whatever is wrong with one must not stop the others)
        event_log.log_unexpected(error, route="composing")
    for message_id in claimed:
        try:
            with services.sessions.begin() as session:
                letters |= compose(session, services, [message_id])
        except Exception as error:  # noqa: BLE001
            event_log.log_unexpected(error, route="composing")
    return letters


def _finish(services: Services, message_id: UUID, token: UUID, outcome: Outcome) -> None:
    if isinstance(outcome, Accepted):
        with services.sessions.begin() as session:
            outbox.complete(session, message_id, token=token, now=services.clock())
        event_log.log(event_log.MAIL_SENT, message_id=message_id)
    else:
        _fail(services, message_id, token, outcome.why)


def _fail(services: Services, message_id: UUID, token: UUID, why: str) -> None:
    with services.sessions.begin() as session:
        attempts = session.get_one(OutboxMessage, message_id).attempts
        state = outbox.fail(
            session, message_id, token=token, attempts=attempts, now=services.clock(), why=why
        )
    event = event_log.MAIL_DEAD if state is MessageState.DEAD else event_log.MAIL_RETRY
    event_log.log(event, message_id=message_id, attempts=attempts, reason=why)


def _skip(services: Services, message_id: UUID, token: UUID) -> None:
    with services.sessions.begin() as session:
        outbox.skip(session, message_id, token=token, now=services.clock(), why=NO_LONGER_TRUE)
    event_log.log(event_log.MAIL_SKIPPED, message_id=message_id, reason=NO_LONGER_TRUE)
