"""Who calls: reading the index's service tokens."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

from crypto.errors import TokenRefused
from crypto.tokens import SERVICE_TOKEN_LIFETIME, TokenVerifier
from verwijsindex.pseudonym_service.limits import CANARY_ORGANISATION, LimitsClass

_LONGEST_LIFETIME_SECONDS = SERVICE_TOKEN_LIFETIME.total_seconds()
_CAPACITY = 4096  # tokens of a minute


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom a token was issued.

    Attributes:
        organisation_id: The nil UUID for the index's canary.
        limits: The index's class for it.
    """

    organisation_id: UUID
    limits: LimitsClass

    @property
    def is_canary(self) -> bool:
        """Whether the index itself calls, for its canary."""
        return self.limits is LimitsClass.CANARY


class CallerReader:
    """Verifies tokens, and remembers each for as long as it is valid.

    A caseload import calls many times with one token; verifying it costs as
    much as evaluating several elements. Keyed by a hash, so that no usable
    token stands in memory longer than its request.
    """

    def __init__(self, verifier: TokenVerifier, *, capacity: int = _CAPACITY) -> None:
        self._verifier = verifier
        self._capacity = capacity
        self._known: OrderedDict[bytes, tuple[Caller, int]] = OrderedDict()
        self._lock = Lock()

    def read(self, token: str, *, now: datetime) -> Caller:
        """Return whose *token* (ASCII, compact serialisation) it is.

        Raises:
            TokenRefused: Not signed by the index for this service, not valid
                now, valid for longer than a minute, or without the claims.
        """
        digest = hashlib.sha256(token.encode("ascii")).digest()
        with self._lock:
            known = self._known.get(digest)
        if known is not None and now.timestamp() < known[1]:
            return known[0]
        claims = self._verifier.verify(token, now=now)
        if claims["exp"] - claims["iat"] > _LONGEST_LIFETIME_SECONDS:
            # An organisation that is withdrawn at the index has to be out in a minute.
            raise TokenRefused
        caller = _caller(claims)
        with self._lock:
            self._known[digest] = (caller, claims["exp"])
            while len(self._known) > self._capacity:
                self._known.popitem(last=False)
        return caller


def _caller(claims: Mapping[str, Any]) -> Caller:
    organisation, limits = claims.get("org"), claims.get("limits")
    try:
        caller = Caller(UUID(organisation), LimitsClass(str(limits)))
    except (ValueError, TypeError, AttributeError):
        raise TokenRefused from None
    is_nil = caller.organisation_id == CANARY_ORGANISATION
    if str(caller.organisation_id) != organisation or is_nil != caller.is_canary:
        raise TokenRefused
    return caller
