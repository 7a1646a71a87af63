"""The arithmetic of the audit log: rows, the chain through them, checkpoints, exported lines.

A row carries a keyed hash, which only the index can make. The chain's hashes
need no key, so that anybody who holds an exported log can compute them again;
the signature of a checkpoint (Ed25519, RFC 8032) vouches for all before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from crypto.errors import AuditLineRefused

#: The columns of a row, in the order in which they are hashed. The last: its keyed hash.
FIELDS = (
    "id",
    "at",
    "actor_kind",
    "actor_id",
    "organisation_id",
    "action",
    "object_id",
    "trace_id",
)
HASH_BYTES = 32
SIGNATURE_BYTES = 64
GENESIS = bytes(HASH_BYTES)  # what the first row is linked to
HEADER = b'{"kind":"verwijsindex-audit","format":1}\n'
LONGEST_LINE = 4096  # bytes; ours are a tenth of it

#: A row's columns as text, in the order of :data:`FIELDS`.
Values = tuple[str | None, ...]

_encode = json.JSONEncoder(separators=(",", ":")).encode
_ROW_LINE = ("kind", "seq", *FIELDS, "mac", "hash")
_CHECKPOINT_LINE = ("kind", "seq", "row_count", "at", "hash", "signature")


def moment_text(moment: datetime) -> str:
    """Return an aware moment as it is hashed: RFC 3339, UTC, microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def row_mac(values: Values, key: bytes) -> bytes:
    """Return the keyed hash of a row, 32 bytes: BLAKE2b over its columns in order, as JSON.

    Args:
        values: In the order of :data:`FIELDS`.
        key: The index's audit key, 32 bytes.
    """
    message = values_text(values).encode()
    return hashlib.blake2b(
        message, key=key, digest_size=HASH_BYTES, person=b"vi-audit-row"
    ).digest()


def values_text(values: Values) -> str:
    """Return *values* as a JSON array without spaces, as they are hashed.

    Of strings alone, and so in a third of the time that an encoder takes, which is
    made anew each time: a page of five hundred signals writes a thousand rows.
    """
    texts = ["null" if value is None else _quoted(value) for value in values]
    return f"[{','.join(texts)}]"


def link_hash(previous: bytes, seq: int, values: Values, mac: bytes) -> bytes:
    """Return the hash that links a row to all before it, 32 bytes (SHA-256).

    Args:
        previous: The hash of row *seq* - 1; of the first: :data:`GENESIS`.
        seq: Its place in the chain, from 1.
        values: In the order of :data:`FIELDS`.
        mac: Its keyed hash.
    """
    row = values_text((*values, mac.hex())).encode()
    return hashlib.sha256(b"vi-audit-link\0" + previous + seq.to_bytes(8, "big") + row).digest()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Signed: the chain up to and including row *seq* is this one and no other.

    Attributes:
        seq: The last row that it covers.
        row_count: How many rows were linked since the checkpoint before it,
            so that one that is left out is missed.
        at: When it was signed, UTC.
        hash: That of row *seq*, 32 bytes.
        signature: Ed25519, 64 bytes.
    """

    seq: int
    row_count: int
    at: datetime
    hash: bytes
    signature: bytes

    def is_signed_with(self, public: bytes) -> bool:
        """Whether the holder of the key of *public* (Ed25519, 32 bytes) signed it."""
        try:
            VerifyKey(public).verify(_signed(self), self.signature)
        except (BadSignatureError, ValueError):  # ValueError: not 64 bytes
            return False
        return True


def sign_checkpoint(
    key: SigningKey, *, seq: int, row_count: int, at: datetime, link: bytes
) -> Checkpoint:
    """Return a signed checkpoint over the chain up to row *seq*, whose hash is *link*."""
    unsigned = Checkpoint(seq, row_count, at, link, b"")
    return Checkpoint(seq, row_count, at, link, key.sign(_signed(unsigned)).signature)


def _signed(checkpoint: Checkpoint) -> bytes:
    content = [
        checkpoint.seq,
        checkpoint.row_count,
        moment_text(checkpoint.at),
        checkpoint.hash.hex(),
    ]
    return b"vi-audit-checkpoint\0" + _encode(content).encode()


@dataclass(frozen=True, slots=True)
class LinkedRow:
    """A row and its place in the chain.

    Attributes:
        seq: From 1.
        values: In the order of :data:`FIELDS`.
        mac: Keyed hash of the row, 32 bytes.
        hash: See :func:`link_hash`.
    """

    seq: int
    values: Values
    mac: bytes
    hash: bytes


def row_line(row: LinkedRow) -> bytes:
    """Return the line of a row in an exported log."""
    content = dict(zip(FIELDS, row.values, strict=True))
    line = {"kind": "row", "seq": row.seq, **content, "mac": row.mac.hex(), "hash": row.hash.hex()}
    return _line(line)


def checkpoint_line(checkpoint: Checkpoint) -> bytes:
    """Return the line of a checkpoint: in an exported log, or on its own in a file."""
    return _line(
        {
            "kind": "checkpoint",
            "seq": checkpoint.seq,
            "row_count": checkpoint.row_count,
            "at": moment_text(checkpoint.at),
            "hash": checkpoint.hash.hex(),
            "signature": checkpoint.signature.hex(),
        }
    )


def parse_line(line: bytes) -> LinkedRow | Checkpoint:
    """Return what a line of an exported log says.

    There is one way to write a thing, to the byte: what was changed without
    changing the meaning is refused too, so that two copies of a log can be
    compared as files.

    Raises:
        AuditLineRefused: Anything but a line as this module writes it.
    """
    try:
        content: Any = json.loads(line)
        names = tuple(content)
        if names == _ROW_LINE:
            row = _row_of(content)
            read: LinkedRow | Checkpoint = row
            again = row_line(row)
        elif names == _CHECKPOINT_LINE:
            read = _checkpoint_of(content)
            again = checkpoint_line(read)
        else:
            raise AuditLineRefused
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise AuditLineRefused from None
    if again != line:
        raise AuditLineRefused
    return read


def _row_of(content: Mapping[str, Any]) -> LinkedRow:
    values = tuple(content[name] for name in FIELDS)
    if not all(value is None or isinstance(value, str) for value in values):
        raise AuditLineRefused
    return LinkedRow(
        _whole(content["seq"]),
        values,
        bytes.fromhex(content["mac"]),
        bytes.fromhex(content["hash"]),
    )


def _checkpoint_of(content: Mapping[str, Any]) -> Checkpoint:
    return Checkpoint(
        _whole(content["seq"]),
        _whole(content["row_count"]),
        datetime.fromisoformat(content["at"]),
        bytes.fromhex(content["hash"]),
        bytes.fromhex(content["signature"]),
    )


def _whole(value: Any) -> int:
    if type(value) is not int or not 1 <= value < 2**63:
        raise AuditLineRefused
    return value


def _line(content: Mapping[str, Any]) -> bytes:
    return (_encode(content) + "\n").encode()
