"""Trying again: lost connections, and servers that are too busy for a moment.

Every call of this client may be repeated: registering is idempotent at the
index, and an evaluation is only thrown away.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from verwijsindex.client.answers import json_object, shown
from verwijsindex.client.errors import Busy, UnexpectedAnswer, Unreachable

ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 1.0  # doubled each time: 1, 2, 4, 8
LONGEST_PAUSE_SECONDS = 60.0  # a daily limit is reported, not slept through
_PASSING = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
        # What a proxy answers while the application behind it restarts.
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


def send_with_retries(
    send: Callable[[], httpx.Response],
    *,
    sleep: Callable[[float], None],
    clock: Callable[[], datetime],
) -> httpx.Response:
    """Return the first answer that is not "later please".

    Args:
        send: Makes the whole request anew each time, for a client assertion
            may be used once.
        sleep: Waits that many seconds.
        clock: Now, UTC; for a ``Retry-After`` that is a date.

    Raises:
        Unreachable: No connection after five attempts, or a certificate that
            is not trusted (which trying again does not mend).
        Busy: Still 429, 502, 503 or 504 after five attempts, or the server
            asks for a pause of more than a minute.
    """
    for attempt in range(1, ATTEMPTS + 1):
        wait = FIRST_PAUSE_SECONDS * 2 ** (attempt - 1)
        last = attempt == ATTEMPTS
        try:
            response = send()
        except httpx.TransportError as error:
            if _is_certificate_trouble(error):
                raise Unreachable(
                    "Het certificaat van de server is niet te vertrouwen. "
                    "Er is niets verstuurd. Vraag uw beheerder om hulp."
                ) from None
            if last:
                raise Unreachable from None
        else:
            if response.status_code not in _PASSING:
                return response
            asked = retry_after_seconds(response, now=clock())
            if last or (asked or 0) > LONGEST_PAUSE_SECONDS:
                raise Busy(asked, detail=_detail(response))
            wait = max(wait, asked or 0)
        sleep(wait)
    raise AssertionError("unreachable: the last attempt returns or raises")


def retry_after_seconds(response: httpx.Response, *, now: datetime) -> float | None:
    """Return what ``Retry-After`` asks (RFC 9110 §10.2.3): seconds or a date; never below 0."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _detail(response: httpx.Response) -> str:
    """Return what the server says, such as how much of a day's limit is left."""
    try:
        return shown(json_object(response).get("detail"))
    except UnexpectedAnswer:
        return ""


def _is_certificate_trouble(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
