"""Recording the values that a run really computes, so that those are searched for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import joserfc.jwt
import pytest
import rbcl

from crypto import base64url, oprf
from crypto.keyring import IndexSecretKeys, ServiceSecretKeys
from crypto.person import SubjectKind, canonical_canary
from crypto.references import ReferenceSealer
from tests.privacy.scanner import Place, Secret
from tests.world import Member

_ONE = (1).to_bytes(oprf.SCALAR_BYTES, "little")
_PRODUCT = "crypto_scalarmult_ristretto255"
_HASH = "crypto_core_ristretto255_from_hash"
_INVERSE = "crypto_core_ristretto255_scalar_invert"
_SCALAR_PRODUCT = "crypto_core_ristretto255_scalar_mul"


@dataclass
class Recorder:
    """What went into the primitives and came out, in the order of the calls."""

    hashed: list[tuple[bytes, bytes]] = field(default_factory=list, repr=False)
    products: list[tuple[bytes, bytes, bytes]] = field(default_factory=list, repr=False)
    scalars: list[bytes] = field(default_factory=list, repr=False)
    tokens: list[tuple[str, str]] = field(default_factory=list, repr=False)

    @classmethod
    def start(cls, patch: pytest.MonkeyPatch) -> Recorder:
        """Record every use of libsodium's ristretto255, and every token, until *patch* is undone."""
        recorder = cls()
        tap = recorder._tap
        tap(patch, rbcl, _HASH, lambda given, made: recorder.hashed.append((given[0], made)))
        tap(patch, rbcl, _PRODUCT, lambda given, made: recorder.products.append((*given, made)))
        for name in (_INVERSE, _SCALAR_PRODUCT):
            tap(patch, rbcl, name, lambda _, made: recorder.scalars.append(made))
        tap(
            patch,
            joserfc.jwt,
            "encode",
            lambda given, made: recorder.tokens.append((given[1]["aud"], made)),
        )
        return recorder

    @staticmethod
    def _tap(
        patch: pytest.MonkeyPatch, module: Any, name: str, note: Callable[[Any, Any], None]
    ) -> None:
        original = getattr(module, name)

        def recording(*given: Any, **named: Any) -> Any:
            made = original(*given, **named)
            note(given, made)
            return made

        patch.setattr(module, name, recording)

    def secrets(self, index: IndexSecretKeys, service: ServiceSecretKeys) -> Iterator[Secret]:
        """Yield what was computed: H(x), r, B, Z, N, what lies between, and tokens."""
        canaries = {oprf.hash_to_group(canonical_canary(kind).value).value for kind in SubjectKind}
        for given, made in self.hashed:
            if made not in canaries:
                yield Secret("hash behind H(x)", given)
                yield Secret("H(x)", made)
        keys = {key.scalar.value for key in service.evaluation_keys}
        points = {made for _, made in self.hashed} - canaries
        yield from self._products(points, keys, index)
        blinds = {scalar for scalar, element, _ in self.products if element in points}
        for scalar in self.scalars:
            # A product of the first r alone is that r, which may go to the index.
            if scalar not in {_ONE, *blinds}:
                yield Secret("inverse of r, s times that, or a product of several r", scalar)
        for audience, token in self.tokens:
            yield _token(audience, token)

    def _products(
        self, points: set[bytes], keys: set[bytes], index: IndexSecretKeys
    ) -> Iterator[Secret]:
        at_rest = frozenset({Place.PSEUDONYM, Place.DATABASE_FILE})
        evaluated = {made for scalar, _, made in self.products if scalar in keys}
        for scalar, element, made in self.products:
            if scalar == _ONE:
                continue  # the element itself: the canary is not blinded
            if scalar in keys:
                yield Secret("Z", made)
            elif element in points:
                yield Secret("r", scalar, frozenset({Place.TO_INDEX}))
                yield Secret("B", made, frozenset({Place.TO_SERVICE}))
            elif scalar == index.scalar.value:
                yield Secret("pseudonym of the canary", made)
            else:
                assert element in evaluated, "a product that this test does not know"
                yield Secret("N", made, allowed_raw=at_rest)


def _token(audience: str, token: str) -> Secret:
    # The signature: what comes before it, tokens have in common.
    signature = base64url.decode(token.rpartition(".")[2])
    if audience == "pseudoniemen":
        return Secret("token for the service", signature, _IN_HAND | {Place.TO_SERVICE})
    if audience == "index":
        return Secret("token for the index", signature, _IN_HAND | {Place.TO_INDEX})
    return Secret("client assertion", signature, frozenset({Place.TO_INDEX}))


_IN_HAND = frozenset({Place.TOKEN_ANSWER})


def key_secrets(
    index: IndexSecretKeys, service: ServiceSecretKeys, members: list[Member]
) -> Iterator[Secret]:
    """Yield every key of both parties, those derived of them, and the clients' secrets."""
    for key in service.evaluation_keys:
        yield Secret(f"k of {key.kind}", key.scalar.value)
    yield Secret("s", index.scalar.value)
    yield Secret("the service's box key", bytes(service.box))
    yield Secret("the index's box key", bytes(index.box))
    yield Secret("the box's shared key", service.box_to(index.public()).shared_key())
    for name, seed in index.seeds.items():
        yield Secret(f"the key {name}", seed)
    sealer = ReferenceSealer(index.reference)
    for member in members:
        for purpose in (b"vi-reference-lkp", b"vi-reference-box"):
            yield Secret("a derived reference key", sealer._derive(member.id, purpose))
        if member.client.secret is not None:
            sent = frozenset({Place.TO_INDEX})
            yield Secret("a client's secret", member.client.secret.encode(), sent)
            yield Secret("a client's secret, decoded", base64url.decode(member.client.secret), sent)
