"""What registering answers, to machines and to our own pages alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from verwijsindex.access import Caller
from verwijsindex.http.problems import InvalidInput, Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.check_signals import NO_BSN, RowResult, RowStatus, SignalRequest
from verwijsindex.use_cases.read_signals import SignalView
from verwijsindex.use_cases.register_signals import (
    KeysDisagree,
    NoBsnBasis,
    register_batch,
    try_batch,
)

Register = Callable[..., tuple[RowResult, SignalView | None]]


def registered(
    act: Register, session: Session, services: Services, *, caller: Caller, request: SignalRequest
) -> tuple[RowResult, SignalView]:
    """Return what came of one registration by *act*, and the signal.

    Raises:
        Problem: 400 with all faults, 403, 409 or 503, in Dutch.
    """
    try:
        result, view = act(session, services, caller=caller, request=request)
    except NoBsnBasis:
        raise Problem(403, NO_BSN) from None
    except KeysDisagree as error:
        raise Problem(503, error.__doc__) from None
    if view is None:
        raise _refusal(result)
    return result, view


def batch_results(
    session: Session, services: Services, *, caller: Caller, body: dict[str, Any]
) -> dict[str, Any]:
    """Return what came of each row of *body*, as ``BatchIn`` loads it, for ``BatchOut``.

    Raises:
        Problem: 403 or 503, in Dutch.
    """
    loaded = body["rows"]
    positions = [i for i, row in enumerate(loaded) if row.request is not None]
    requests = [loaded[i].request for i in positions]
    act = try_batch if body["is_trial"] else register_batch
    try:
        results = act(session, services, caller=caller, requests=requests)
    except NoBsnBasis:
        raise Problem(403, NO_BSN) from None
    except KeysDisagree as error:
        raise Problem(503, error.__doc__) from None
    by_position = dict(zip(positions, results, strict=True))
    return {
        "results": [
            _row(i, by_position.get(i) or RowResult(RowStatus.REFUSED, faults=row.faults))
            for i, row in enumerate(loaded)
        ]
    }


def _refusal(result: RowResult) -> Problem:
    if result.lacks_basis:
        reason = result.faults[0]["reason"]
        return Problem(409, reason[0].upper() + reason[1:] + ".")
    return InvalidInput(result.faults)


def _row(position: int, result: RowResult) -> dict[str, Any]:
    row: dict[str, Any] = {"position": position, "status": result.status}
    if result.signal_id is not None:
        row["id"] = result.signal_id
    if result.faults:
        row["faults"] = result.faults
    return row
