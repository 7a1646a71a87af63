"""The keys of the two parties, and the public halves they pin of each other.

Service and index each hold one secret file, and the other's public file. No
file holds secrets of both, so that two administrators can keep them apart.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nacl.public import Box, PrivateKey, PublicKey
from nacl.signing import SigningKey as Ed25519Key

from crypto import base64url, oprf
from crypto.errors import CryptoError, KeyRingRefused
from crypto.person import SubjectKind
from crypto.tokens import SigningKey

SECRET_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class EvaluationKey:
    """The service's key k of one kind and epoch."""

    kind: SubjectKind
    epoch: int
    scalar: oprf.Scalar = field(repr=False)

    def public(self) -> PublicEvaluationKey:
        """Return k·G."""
        return PublicEvaluationKey(self.kind, self.epoch, oprf.multiply_base(self.scalar))


@dataclass(frozen=True, slots=True)
class PublicEvaluationKey:
    """k·G of one kind and epoch, 32 bytes."""

    kind: SubjectKind
    epoch: int
    point: bytes

    @property
    def key_id(self) -> bytes:
        """16 bytes: the start of SHA-256 over k·G."""
        return fingerprint(self.point)


def fingerprint(point: bytes) -> bytes:
    """Return 16 bytes that name a public point, and tell nothing of its scalar."""
    return hashlib.sha256(b"vi-key-id" + point).digest()[:16]


@dataclass(frozen=True, slots=True)
class ServicePublicKeys:
    """What the index pins of the service: its box key, and k·G per kind and epoch."""

    box: bytes  # 32 bytes, Curve25519
    evaluation_keys: tuple[PublicEvaluationKey, ...]

    def key_ids(self, kind: SubjectKind) -> frozenset[bytes]:
        """Return the ids of the keys of *kind*."""
        return frozenset(key.key_id for key in self.evaluation_keys if key.kind is kind)

    def current(self, kind: SubjectKind) -> PublicEvaluationKey:
        """Return the key of *kind* with the highest epoch."""
        return max((k for k in self.evaluation_keys if k.kind is kind), key=lambda k: k.epoch)

    def to_json(self) -> str:
        """Return the public key file."""
        return _dump(
            "pseudonym-service-public",
            {
                "box": base64url.encode(self.box),
                "evaluation": [
                    {"kind": k.kind, "epoch": k.epoch, "point": base64url.encode(k.point)}
                    for k in self.evaluation_keys
                ],
            },
        )

    @classmethod
    def from_json(cls, text: str) -> ServicePublicKeys:
        """Read a public key file.

        Raises:
            KeyRingRefused: Damaged, of another purpose, or a kind without a key.
        """
        content = _load("pseudonym-service-public", text)
        try:
            keys = tuple(
                PublicEvaluationKey(
                    SubjectKind(entry["kind"]),
                    _epoch(entry),
                    oprf.Element(base64url.decode(entry["point"])).value,
                )
                for entry in content["evaluation"]
            )
            found = cls(_bytes(content, "box"), keys)
        except (KeyError, TypeError, ValueError, CryptoError):
            raise KeyRingRefused from None
        _require_sound({(k.kind, k.epoch): k.point for k in keys}, len(keys))
        return found


@dataclass(frozen=True, slots=True)
class IndexPublicKeys:
    """What the service pins of the index, and what an auditor needs of it.

    Attributes:
        box: Curve25519, 32 bytes; evaluations are sealed to it.
        service_token: Ed25519, 32 bytes; verifies access tokens for the service.
        audit_checkpoint: Ed25519, 32 bytes; verifies checkpoints of the audit log.
    """

    box: bytes
    service_token: bytes
    audit_checkpoint: bytes

    def to_json(self) -> str:
        """Return the public key file."""
        return _dump(
            "index-public",
            {
                "box": base64url.encode(self.box),
                "service_token": base64url.encode(self.service_token),
                "audit_checkpoint": base64url.encode(self.audit_checkpoint),
            },
        )

    @classmethod
    def from_json(cls, text: str) -> IndexPublicKeys:
        """Read a public key file.

        Raises:
            KeyRingRefused: Damaged or of another purpose.
        """
        content = _load("index-public", text)
        return cls(
            _bytes(content, "box"),
            _bytes(content, "service_token"),
            _bytes(content, "audit_checkpoint"),
        )


@dataclass(frozen=True, slots=True)
class ServiceSecretKeys:
    """The pseudonym service's secrets: k per kind and epoch, and its box key."""

    box: PrivateKey = field(repr=False)
    evaluation_keys: tuple[EvaluationKey, ...] = field(repr=False)

    @classmethod
    def generate(cls) -> ServiceSecretKeys:
        """Return fresh keys, epoch 1, one for every kind."""
        keys = tuple(EvaluationKey(kind, 1, oprf.random_scalar()) for kind in SubjectKind)
        return cls(PrivateKey.generate(), keys)

    def current(self, kind: SubjectKind) -> EvaluationKey:
        """Return the key of *kind* with the highest epoch."""
        return max((k for k in self.evaluation_keys if k.kind is kind), key=lambda k: k.epoch)

    def public(self) -> ServicePublicKeys:
        """Return the half that the index pins."""
        return ServicePublicKeys(
            bytes(self.box.public_key), tuple(key.public() for key in self.evaluation_keys)
        )

    def box_to(self, index: IndexPublicKeys) -> Box:
        """Return the box in which evaluations travel to *index*."""
        return Box(self.box, PublicKey(index.box))

    def to_json(self) -> str:
        """Return the secret key file."""
        return _dump(
            "pseudonym-service-secret",
            {
                "box": base64url.encode(bytes(self.box)),
                "evaluation": [
                    {"kind": k.kind, "epoch": k.epoch, "scalar": base64url.encode(k.scalar.value)}
                    for k in self.evaluation_keys
                ],
            },
        )

    @classmethod
    def from_json(cls, text: str) -> ServiceSecretKeys:
        """Read a secret key file.

        Raises:
            KeyRingRefused: Damaged, of another purpose, or a kind without a key.
        """
        content = _load("pseudonym-service-secret", text)
        try:
            keys = tuple(
                EvaluationKey(
                    SubjectKind(entry["kind"]),
                    _epoch(entry),
                    oprf.Scalar(base64url.decode(entry["scalar"])),
                )
                for entry in content["evaluation"]
            )
        except (KeyError, TypeError, ValueError, CryptoError):
            raise KeyRingRefused from None
        _require_sound({(k.kind, k.epoch): k.scalar.value for k in keys}, len(keys))
        return cls(PrivateKey(_bytes(content, "box")), keys)


@dataclass(frozen=True, slots=True)
class IndexSecretKeys:
    """The index's secrets: s, its box key, and one key for each other purpose.

    Attributes:
        scalar: s, the index's half of the pseudonym's key.
        box: Opens evaluations.
        index_token: Signs access tokens for the index itself.
        service_token: Signs access tokens for the pseudonym service.
        reference: 32 bytes; seals references.
        audit: 32 bytes; keyed hash of each audit row.
        audit_checkpoint: Signs checkpoints of the audit log (Ed25519).
    """

    scalar: oprf.Scalar = field(repr=False)
    box: PrivateKey = field(repr=False)
    index_token: SigningKey = field(repr=False)
    service_token: SigningKey = field(repr=False)
    reference: bytes = field(repr=False)
    audit: bytes = field(repr=False)
    audit_checkpoint: Ed25519Key = field(repr=False)
    seeds: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def generate(cls) -> IndexSecretKeys:
        """Return fresh keys."""
        seeds = {name: secrets.token_bytes(SECRET_KEY_BYTES) for name in _SEED_NAMES}
        return cls._from(oprf.random_scalar(), PrivateKey.generate(), seeds)

    @classmethod
    def _from(
        cls, scalar: oprf.Scalar, box: PrivateKey, seeds: Mapping[str, bytes]
    ) -> IndexSecretKeys:
        return cls(
            scalar,
            box,
            SigningKey(seeds["index_token"]),
            SigningKey(seeds["service_token"]),
            seeds["reference"],
            seeds["audit"],
            Ed25519Key(seeds["audit_checkpoint"]),
            seeds,
        )

    @property
    def scalar_fingerprint(self) -> bytes:
        """16 bytes, the start of a hash of s·G: two processes compare it, never s."""
        return fingerprint(oprf.multiply_base(self.scalar))

    def public(self) -> IndexPublicKeys:
        """Return the half that the service pins and an auditor has."""
        return IndexPublicKeys(
            bytes(self.box.public_key),
            self.service_token.public,
            self.audit_checkpoint.verify_key.encode(),
        )

    def box_from(self, service: ServicePublicKeys) -> Box:
        """Return the box in which evaluations of *service* arrive."""
        return Box(self.box, PublicKey(service.box))

    def to_json(self) -> str:
        """Return the secret key file."""
        return _dump(
            "index-secret",
            {
                "scalar": base64url.encode(self.scalar.value),
                "box": base64url.encode(bytes(self.box)),
                **{name: base64url.encode(seed) for name, seed in self.seeds.items()},
            },
        )

    @classmethod
    def from_json(cls, text: str) -> IndexSecretKeys:
        """Read a secret key file.

        Raises:
            KeyRingRefused: Damaged or of another purpose.
        """
        content = _load("index-secret", text)
        try:
            scalar = oprf.Scalar(_bytes(content, "scalar"))
        except CryptoError:
            raise KeyRingRefused from None
        seeds = {name: _bytes(content, name) for name in _SEED_NAMES}
        if len(set(seeds.values())) != len(seeds):
            raise KeyRingRefused("dezelfde sleutel staat er voor meer dan één doel")
        return cls._from(scalar, PrivateKey(_bytes(content, "box")), seeds)


_SEED_NAMES = ("index_token", "service_token", "reference", "audit", "audit_checkpoint")
_LAST_EPOCH = 2**31 - 1  # what the database's column holds


def _dump(purpose: str, content: Mapping[str, Any]) -> str:
    return json.dumps({"purpose": purpose, "format": 1, **content}, indent=2) + "\n"


def _load(purpose: str, text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise KeyRingRefused("dit is geen sleutelbestand (geen JSON)") from None
    if not isinstance(content, dict) or content.get("format") != 1:
        raise KeyRingRefused("dit is geen sleutelbestand van deze versie")
    if content.get("purpose") != purpose:
        raise KeyRingRefused(f"dit sleutelbestand is niet voor {purpose}")
    return content


def _bytes(content: Mapping[str, Any], name: str) -> bytes:
    try:
        value = base64url.decode(content[name])
    except (KeyError, TypeError, ValueError):
        raise KeyRingRefused(f"het veld {name} ontbreekt of is beschadigd") from None
    if len(value) != SECRET_KEY_BYTES:
        raise KeyRingRefused(f"het veld {name} is geen 32 bytes lang")
    return value


def _epoch(entry: Mapping[str, Any]) -> int:
    value = entry["epoch"]
    if type(value) is not int or not 1 <= value <= _LAST_EPOCH:
        raise ValueError("an epoch is a whole number from 1")
    return value


def _require_sound(keys: Mapping[tuple[SubjectKind, int], bytes], count: int) -> None:
    missing = set(SubjectKind) - {kind for kind, _ in keys}
    if missing:
        raise KeyRingRefused(f"er is geen sleutel voor: {', '.join(sorted(missing))}")
    if len(keys) != count:
        raise KeyRingRefused("er zijn twee sleutels voor dezelfde soort en epoch")
    if len(set(keys.values())) != count:
        raise KeyRingRefused("dezelfde sleutel staat er voor meer dan één soort of epoch")
