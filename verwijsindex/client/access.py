"""Access tokens by client credentials (RFC 6749 §4.4), one audience per token."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from urllib.parse import quote_plus

import httpx

from crypto.tokens import sign_client_assertion
from verwijsindex.client.answers import json_object, text_of
from verwijsindex.client.errors import AccessRefused, SettingsRefused, UnexpectedAnswer
from verwijsindex.client.retries import send_with_retries
from verwijsindex.client.settings import ClientKey, ClientSettings

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 §2.2
RENEWAL_MARGIN = timedelta(seconds=30)


class Audience(StrEnum):
    """Whom a token is for."""

    INDEX = "index"  #: the index's API; ten minutes
    SERVICE = "pseudoniemen"  #: the pseudonym service; one minute


@dataclass(frozen=True, slots=True)
class _Held:
    token: str = field(repr=False)
    renew_at: datetime


class TokenSource:
    """Fetches tokens and keeps each till 30 seconds before it expires."""

    def __init__(
        self,
        settings: ClientSettings,
        http: httpx.Client,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock
        self._sleep = sleep
        self._held: dict[Audience, _Held] = {}

    def __repr__(self) -> str:
        return "TokenSource(…)"

    def token(self, audience: Audience) -> str:
        """Return a token for *audience* that is valid for a while yet.

        Raises:
            AccessRefused: The index does not accept this client.
            SettingsRefused: The private key cannot sign.
            ConnectionTrouble: No usable answer.
        """
        held = self._held.get(audience)
        if held is None or held.renew_at <= self._clock():
            held = self._held[audience] = self._fetch(audience)
        return held.token

    def forget(self, audience: Audience) -> None:
        """Drop a token that was refused, so that the next call fetches another."""
        self._held.pop(audience, None)

    def _fetch(self, audience: Audience) -> _Held:
        asked_at = self._clock()
        response = send_with_retries(
            lambda: self._ask(audience), sleep=self._sleep, clock=self._clock
        )
        if response.status_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED):
            raise AccessRefused
        if response.status_code != HTTPStatus.OK:
            raise UnexpectedAnswer
        answer = json_object(response)
        seconds = answer.get("expires_in")
        if not isinstance(seconds, int) or seconds <= 0:
            raise UnexpectedAnswer
        lifetime = timedelta(seconds=seconds)
        # A token of less than a minute would never be kept otherwise.
        margin = min(RENEWAL_MARGIN, lifetime / 2)
        return _Held(text_of(answer, "access_token"), asked_at + lifetime - margin)

    def _ask(self, audience: Audience) -> httpx.Response:
        form = {"grant_type": "client_credentials", "resource": audience.value}
        headers = {"Accept": "application/json"}
        credential = self._settings.credential
        if isinstance(credential, ClientKey):
            form |= {
                "client_id": self._settings.client_id,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": self._assertion(credential),
            }
        else:
            # RFC 6749 §2.3.1: both halves are form-encoded before base64.
            pair = f"{quote_plus(self._settings.client_id)}:{quote_plus(credential.value)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return self._http.post(self._settings.token_url, data=form, headers=headers)

    def _assertion(self, credential: ClientKey) -> str:
        try:
            return sign_client_assertion(
                credential.jwk,
                client_id=self._settings.client_id,
                audience=self._settings.token_url,
                now=self._clock(),
            )
        except Exception:  # noqa: BLE001 - whatever the key's library says may quote the key
            raise SettingsRefused("De privésleutel van de client is beschadigd.") from None
