"""History: what ended is kept for thirty days, for its own organisation and for a reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, or_

from match.signals import Signal, SignalStatus
from orgprofiles.statements import fixed

#: How long what ended can be looked up; then it is deleted (``deleting.py``).
HISTORY = timedelta(days=30)


class HistoryReason(StrEnum):
    """Why somebody opens a signal that ended."""

    RETURN = "terugkeer_client"  #: the client came back
    QUESTION = "vraag_client"  #: the client asks what was kept
    MISTAKE = "controle_fout"  #: it may have been ended or made by mistake
    HANDOVER = "overdracht"  #: the work was handed over, and something is asked


def is_kept(now: datetime) -> ColumnElement[bool]:
    """Return the condition on :class:`Signal` that it is active, or ended not too long ago.

    What is over that is deleted by the worker; until it comes to it nobody sees it.
    """
    is_active = Signal.status == fixed(SignalStatus.ACTIVE)
    return or_(is_active, Signal.ended_at > now - HISTORY)
