"""The connection to the index and the pseudonym service: one method per call."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Self

import httpx

from crypto import base64url
from crypto.oprf import BlindedElement
from crypto.person import SubjectKind
from verwijsindex.client.access import Audience, TokenSource
from verwijsindex.client.answers import (
    MatchSummary,
    OwnUnit,
    PartAnswer,
    Registered,
    RowAnswer,
    json_object,
    list_of,
    read_faults,
    read_match,
    read_part_answer,
    read_registered,
    read_row_answers,
    read_units,
    shown,
)
from verwijsindex.client.blinding import Person, blind_person
from verwijsindex.client.errors import AccessRefused, RequestRefused, UnexpectedAnswer
from verwijsindex.client.retries import send_with_retries
from verwijsindex.client.settings import ClientSecret, ClientSettings
from verwijsindex.client.signals import SignalDetails, signal_body

ELEMENTS_PER_CALL = 1_000
SIGNALS_PER_CALL = 1_000
MATCHES_PER_PAGE = 200
# A batch of signals takes the index a while; connecting does not.
_TIMEOUT = httpx.Timeout(30.0, connect=10.0, read=120.0)


def _now() -> datetime:
    return datetime.now(UTC)


class IndexConnection:
    """An organisation's machine connection; close it, or use it in a ``with``.

    Certificates are verified and redirects not followed. Lost connections and
    answers 429, 502, 503 and 504 are tried again a few times. Not for use by
    several threads at once.

    All methods raise:
        RequestRefused: The server says no (4xx), with the faults it names.
        AccessRefused: This client is not, or no longer, admitted.
        ConnectionTrouble: No usable answer, also after trying again.
    """

    def __init__(
        self,
        settings: ClientSettings,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            settings: Addresses and credential.
            transport: Replaces the network, in tests.
            sleep: Waits that many seconds.
            clock: Now, UTC.
        """
        self._settings = settings
        self._http = httpx.Client(transport=transport, timeout=_TIMEOUT)
        self._sleep = sleep
        self._clock = clock
        self._tokens = TokenSource(settings, self._http, clock=clock, sleep=sleep)

    def __repr__(self) -> str:
        return f"IndexConnection({self._settings.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def evaluate(
        self,
        elements: Sequence[BlindedElement],
        *,
        batch: bool,
        kind: SubjectKind = SubjectKind.PERSON,
    ) -> tuple[str, ...]:
        """Return the service's evaluation of each element, base64url, in order.

        Args:
            elements: At most 1,000 persons or parents, blinded.
            batch: True makes the evaluations last 24 hours instead of 15
                minutes.
            kind: What they are; each kind has a key of its own.

        Raises:
            ValueError: More than 1,000 elements.
        """
        if len(elements) > ELEMENTS_PER_CALL:
            raise ValueError("at most 1,000 elements a call")
        body = {
            "soort": kind.value,
            "elementen": [base64url.encode(element.value) for element in elements],
            "batch": batch,
        }
        url = f"{self._settings.service_url}/evaluaties"
        answer = json_object(self._call(Audience.SERVICE, "POST", url, json=body))
        evaluations = list_of(answer, "evaluaties")
        if len(evaluations) != len(elements) or not all(isinstance(e, str) for e in evaluations):
            raise UnexpectedAnswer
        return tuple(evaluations)

    def register(self, person: Person, details: SignalDetails) -> Registered:
        """Register that a contact is involved with *person*.

        Doing so twice changes nothing: the second time answers with the
        signal that is there already, and nobody is mailed again.
        """
        (body,) = self.bodies([(person, details)], batch=False)
        response = self._call(Audience.INDEX, "POST", self._api("/signalen"), json=body)
        return read_registered(
            json_object(response), created=response.status_code == HTTPStatus.CREATED
        )

    def bodies(
        self, signals: Sequence[tuple[Person, SignalDetails]], *, batch: bool
    ) -> list[dict[str, Any]]:
        """Return what the index is told of each of *signals*: blinded here, and evaluated.

        Args:
            signals: At most 1,000, with at most 1,000 parents together.
            batch: As for :meth:`evaluate`.
        """
        blinded = [blind_person(person) for person, _ in signals]
        evaluations = self.evaluate([one.element for one in blinded], batch=batch)
        elements = [parent.element for one in blinded for parent in one.parents]
        of_parents: Iterator[str] = iter(
            self.evaluate(elements, batch=batch, kind=SubjectKind.PARENT) if elements else ()
        )
        return [
            signal_body(evaluation, one, details, parents=[next(of_parents) for _ in one.parents])
            for evaluation, one, (_, details) in zip(evaluations, blinded, signals, strict=True)
        ]

    def register_batch(
        self, bodies: Sequence[Mapping[str, Any]], *, dry_run: bool
    ) -> tuple[RowAnswer, ...]:
        """Register at most 1,000 signals, each of which stands or falls alone.

        Args:
            bodies: From :func:`verwijsindex.client.signals.signal_body`;
                together at most 4 MiB.
            dry_run: True changes nothing at the index.

        Raises:
            ValueError: More than 1,000 signals.
        """
        if len(bodies) > SIGNALS_PER_CALL:
            raise ValueError("at most 1,000 signals a call")
        body = {"signalen": list(bodies), "proef": dry_run}
        response = self._call(Audience.INDEX, "POST", self._api("/signalen/batch"), json=body)
        return read_row_answers(json_object(response), count=len(bodies))

    def send_caseload_part(self, body: Mapping[str, Any]) -> PartAnswer:
        """Send a part of a unit's caseload; sending it again changes nothing.

        Args:
            body: As the contract has it, with at most 1,000 rows in ``signalen``.

        Raises:
            ValueError: More than 1,000 rows.
        """
        rows = body["signalen"]
        if len(rows) > SIGNALS_PER_CALL:
            raise ValueError("at most 1,000 rows a part")
        response = self._call(Audience.INDEX, "POST", self._api("/caseloads"), json=body)
        return read_part_answer(json_object(response), count=len(rows))

    def local_key(self, purpose: bytes) -> bytes:
        """Return a key for what stays on this machine, 32 bytes: of the credential and *purpose*.

        Who has not the credential cannot make it; another credential makes another one.
        """
        credential = self._settings.credential
        secret = credential.value if isinstance(credential, ClientSecret) else credential.jwk["d"]
        named = b"\0".join((b"vi-client", self._settings.client_id.encode(), purpose))
        return hmac.digest(str(secret).encode(), named, "sha256")

    def own_units(self) -> tuple[OwnUnit, ...]:
        """Return the units of the caller's own organisation."""
        url = self._api("/organisaties")
        response = self._call(Audience.INDEX, "GET", url, params={"eigen": "true"})
        return read_units(json_object(response))

    def matches(self) -> Iterator[MatchSummary]:
        """Yield the matches in which the caller's organisation takes part, page by page."""
        page = seen = 0
        while True:
            page += 1
            response = self._call(
                Audience.INDEX,
                "GET",
                self._api("/matches"),
                params={"pagina": str(page), "perPagina": str(MATCHES_PER_PAGE)},
            )
            answer = json_object(response)
            entries, total = list_of(answer, "resultaten"), answer.get("totaal")
            if type(total) is not int:
                raise UnexpectedAnswer
            yield from map(read_match, entries)
            seen += len(entries)
            if not entries or seen >= total:
                return

    def _api(self, path: str) -> str:
        return f"{self._settings.url}/api/v1{path}"

    def _call(
        self,
        audience: Audience,
        method: str,
        url: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        def send() -> httpx.Response:
            # The token is looked up per attempt: the service's lives a minute,
            # which a few pauses use up.
            headers = {"Authorization": f"Bearer {self._tokens.token(audience)}"}
            return self._http.request(method, url, json=json, params=params, headers=headers)

        response = send_with_retries(send, sleep=self._sleep, clock=self._clock)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            # Once: a server that changed its signing key refuses tokens that
            # this client still thinks are good.
            self._tokens.forget(audience)
            response = send_with_retries(send, sleep=self._sleep, clock=self._clock)
        return _accepted(response)


def _accepted(response: httpx.Response) -> httpx.Response:
    """Return a 200 or 201; raise what any other answer means."""
    status = response.status_code
    if status in (HTTPStatus.OK, HTTPStatus.CREATED):
        return response
    if status == HTTPStatus.UNAUTHORIZED:
        raise AccessRefused
    if response.is_client_error:
        try:
            problem = json_object(response)
        except UnexpectedAnswer:
            problem = {}  # a proxy's page, or no such path: the address may be wrong
        message = (
            shown(problem.get("detail"))
            or shown(problem.get("title"))
            or f"De server weigert dit verzoek (status {status}). Klopt het adres?"
        )
        raise RequestRefused(message, status=status, faults=read_faults(problem))
    raise UnexpectedAnswer
