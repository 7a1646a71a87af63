"""What this application may log: numbered events with allowed fields, as JSON lines.

A line of free text may one day hold a BSN; a closed catalogue cannot. Whoever
needs a new line adds an event here, and the fields it may carry. Fields are
ids, counts and words from closed lists.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

LOGGER_NAME = "verwijsindex"
_LOGGER = logging.getLogger(LOGGER_NAME)


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of line.

    Attributes:
        code: Stable; operators may build alarms on it.
        level: As in :mod:`logging`.
        text: Fixed English text.
        fields: The only names that :func:`log` accepts with it.
    """

    code: str
    level: int
    text: str
    fields: frozenset[str] = frozenset()


def _event(code: str, level: int, text: str, *fields: str) -> Event:
    return Event(code, level, text, frozenset(fields))


REQUEST = _event(
    "VWI-001", logging.INFO, "request answered", "method", "route", "status", "milliseconds"
)
UNEXPECTED = _event("VWI-002", logging.ERROR, "unexpected error", "route", "error", "where")
STARTED = _event("VWI-003", logging.INFO, "started", "part", "version")
STOPPED = _event("VWI-004", logging.INFO, "stopped", "part")
LIBRARY = _event("VWI-005", logging.WARNING, "a library reported", "library", "level", "where")
CLOCK_PUT_BACK = _event("VWI-006", logging.WARNING, "the clock was put back", "seconds")

TOKEN_ISSUED = _event("VWI-101", logging.INFO, "token issued", "client_id", "audience")
TOKEN_REFUSED = _event("VWI-102", logging.WARNING, "token refused", "reason")
SIGNALS_REGISTERED = _event(
    "VWI-110",
    logging.INFO,
    "signals registered",
    "organisation_id",
    "created",
    "existing",
    "refused",
    "trial",
)
EVALUATION_REFUSED = _event(
    "VWI-113", logging.WARNING, "evaluation or blind refused", "organisation_id", "reason"
)
SIGNAL_ENDED = _event("VWI-111", logging.INFO, "signal ended", "organisation_id", "signal_id")
PARTICIPATION_REVEALED = _event(
    "VWI-114", logging.INFO, "participation revealed", "organisation_id", "participation_id"
)
SUBJECTS_REVIEWED = _event("VWI-115", logging.INFO, "subjects reviewed", "count", "changed")
RULES_CHANGED = _event("VWI-116", logging.INFO, "matching rules changed", "version", "reviews")
LEAD_RULE_CHANGED = _event("VWI-117", logging.INFO, "rule on leads changed", "version")
LEADS_ASKED = _event("VWI-118", logging.INFO, "leads asked by rule", "matches", "count")
SIGNALS_LAPSED = _event("VWI-112", logging.INFO, "signals lapsed", "count")
SIGNALS_DELETED = _event("VWI-119", logging.INFO, "signals deleted", "count")

SIGNALS_TRANSFERRED = _event(
    "VWI-141", logging.INFO, "signals transferred", "organisation_id", "count", "left"
)
CASELOAD_FINISHED = _event(
    "VWI-142", logging.INFO, "caseload synchronised", "organisation_id", "ended", "trial"
)
FISHING_FOUND = _event("VWI-140", logging.WARNING, "registrations look like searching", "count")
CASELOADS_FORGOTTEN = _event("VWI-143", logging.INFO, "old caseload runs deleted", "count")

SIGNED_IN = _event("VWI-130", logging.INFO, "signed in", "account_id", "method")
SIGN_IN_REFUSED = _event("VWI-131", logging.WARNING, "sign-in refused", "reason")

PROFILE_PUBLISHED = _event(
    "VWI-120", logging.INFO, "profile published", "organisation_id", "number"
)
ORGANISATION_STATUS = _event(
    "VWI-122", logging.INFO, "organisation's status changed", "organisation_id", "status"
)

REVIEWS_REMINDED = _event("VWI-121", logging.INFO, "reviews of profiles asked for", "count")

MAIL_SENT = _event("VWI-201", logging.INFO, "mail accepted by the server", "message_id")
MAIL_RETRY = _event(
    "VWI-202", logging.WARNING, "mail will be retried", "message_id", "attempts", "reason"
)
MAIL_DEAD = _event(
    "VWI-203", logging.ERROR, "mail given up; see doctor", "message_id", "attempts", "reason"
)
MAIL_SKIPPED = _event("VWI-204", logging.INFO, "mail no longer needed", "message_id", "reason")
DIGESTS_GATHERED = _event("VWI-205", logging.INFO, "digests made up", "count")
ADDRESS_REFUSED = _event(
    "VWI-207", logging.WARNING, "an address is refused", "message_id", "elsewhere"
)
FOLLOW_UP_REMINDED = _event(
    "VWI-208", logging.INFO, "matches that nobody followed up", "reminded", "escalated"
)
CHECKUPS_ASKED = _event("VWI-209", logging.INFO, "contacts asked to look at signals", "count")
COUNTERS_FOLDED = _event("VWI-206", logging.INFO, "daily counters folded", "count")

CANARY_OK = _event("VWI-301", logging.INFO, "canary agrees", "kind", "epoch")
CANARY_UNREACHABLE = _event(
    "VWI-302", logging.WARNING, "pseudonym service unreachable for the canary", "kind"
)
CANARY_WRONG = _event(
    "VWI-303", logging.CRITICAL, "canary differs: wrong key in use; nothing is registered", "kind"
)

AUDIT_SIGNED = _event(
    "VWI-501", logging.INFO, "audit signed", "seq", "row_count", "hash", "signature"
)
AUDIT_SWEPT = _event("VWI-502", logging.WARNING, "audit rows were linked late", "count")

EVALUATED = _event(
    "VWI-401", logging.INFO, "elements evaluated", "organisation_id", "kind", "count", "batch"
)
EVALUATION_CEILING = _event(
    "VWI-402", logging.WARNING, "ceiling reached", "organisation_id", "ceiling"
)
NOT_ADMITTED = _event("VWI-403", logging.WARNING, "organisation not admitted", "organisation_id")


#: Told of every event that is logged: the metrics, which count what the log tells.
Observer = Callable[[Event, Mapping[str, object]], None]
_OBSERVERS: list[Observer] = []


def observe(observer: Observer) -> None:
    """Have *observer* called with every event and its fields from now on."""
    _OBSERVERS.append(observer)


class FieldNotAllowed(Exception):
    """An event was logged with a field that the catalogue does not allow for it."""


def log(event: Event, **fields: object) -> None:
    """Log *event* with *fields*.

    Raises:
        FieldNotAllowed: A field is not in the catalogue for this event.
    """
    if not event.fields.issuperset(fields):
        raise FieldNotAllowed(event.code)
    for observer in _OBSERVERS:
        observer(event, fields)
    if _LOGGER.isEnabledFor(event.level):
        _LOGGER.log(event.level, event.text, extra={"event": event, "event_fields": fields})


def log_unexpected(error: BaseException, *, route: str | None = None) -> None:
    """Log an error that nobody foresaw: its type and our own lines, never its message.

    A driver's or library's message may repeat the values it stumbled over.
    """
    log(UNEXPECTED, route=route, error=type(error).__name__, where=_where(error.__traceback__))


def _where(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    return " < ".join(f"{_short(f.filename)}:{f.lineno}" for f in reversed(frames[-6:]))


def _short(filename: str) -> str:
    return "/".join(filename.split("/")[-2:])


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        event: Event | None = getattr(record, "event", None)
        fields: Mapping[str, object] = getattr(record, "event_fields", {})
        if event is None:
            # A library's line: where it came from, never what it says.
            event = LIBRARY
            where = f"{_short(record.pathname)}:{record.lineno}"
            fields = {"library": record.name, "level": record.levelname, "where": where}
            if record.exc_info and record.exc_info[0]:
                fields = {**fields, "where": f"{where} {record.exc_info[0].__name__}"}
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "event": event.code,
            "text": event.text,
            **{name: _plain(value) for name, value in fields.items()},
        }
        return json.dumps(line, ensure_ascii=False)


def _plain(value: object) -> object:
    return value if isinstance(value, (int, float, bool, type(None))) else str(value)


def configure_logging(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Send every line of every logger through the catalogue, to *stream* (default stderr)."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _LOGGER.setLevel(level)
    # logging.config silences every logger that was there before it, unless told
    # otherwise; a library that uses it must not take our lines away.
    _LOGGER.disabled = False
