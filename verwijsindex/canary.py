"""The canary: does the pseudonym service still use the key that the index was filled with?"""

from __future__ import annotations

import httpx

from crypto import base64url, evaluation
from crypto.errors import CryptoError
from crypto.person import SubjectKind
from verwijsindex import event_log
from verwijsindex.access import CANARY_ORGANISATION_ID, canary_token
from verwijsindex.key_checks import (
    KeyState,
    canary_element,
    canary_fingerprint,
    canary_name,
    compare,
    mark,
)
from verwijsindex.services import Services

_TIMEOUT_SECONDS = 10


def check_canaries(services: Services, http: httpx.Client) -> dict[SubjectKind, KeyState]:
    """Have every kind's canary evaluated, compare, and remember what came of it.

    Args:
        services: Clock, keys and database.
        http: To reach the service with.
    """
    return {kind: _check(services, http, kind) for kind in SubjectKind}


def _check(services: Services, http: httpx.Client, kind: SubjectKind) -> KeyState:
    key = services.settings.service_keys.current(kind)
    name = canary_name(kind, key.epoch)
    found = _fingerprint(services, http, kind)
    with services.sessions.begin() as session:
        if isinstance(found, KeyState):
            state = found
            mark(session, name, state, now=services.clock())
        else:
            state = compare(session, name, found, now=services.clock())
    match state:
        case KeyState.AGREES:
            event_log.log(event_log.CANARY_OK, kind=kind, epoch=key.epoch)
        case KeyState.UNREACHABLE:
            event_log.log(event_log.CANARY_UNREACHABLE, kind=kind)
        case KeyState.WRONG:
            event_log.log(event_log.CANARY_WRONG, kind=kind)
    return state


def _fingerprint(services: Services, http: httpx.Client, kind: SubjectKind) -> bytes | KeyState:
    """Return the canary's fingerprint, or what is the matter when there is none.

    An answer that the pinned keys do not open was made with another key: that
    is wrong, not unreachable.
    """
    body = {
        "soort": kind.value,
        "elementen": [base64url.encode(canary_element(kind).value)],
        "batch": False,
    }
    try:
        answer = http.post(
            f"{services.settings.service_url}/evaluaties",
            json=body,
            headers={"Authorization": f"Bearer {canary_token(services)}"},
            timeout=_TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
        (message,) = answer.json()["evaluaties"]
        sealed = base64url.decode(message)
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return KeyState.UNREACHABLE
    try:
        opened = evaluation.open_evaluation(sealed, services.unblinder.box)
        evaluation.check_evaluation(
            opened,
            organisation_id=CANARY_ORGANISATION_ID,
            kind=kind,
            key_ids=services.settings.service_keys.key_ids(kind),
            now=services.clock(),
        )
        return canary_fingerprint(services.settings.keys.scalar, opened)
    except CryptoError:
        return KeyState.WRONG
