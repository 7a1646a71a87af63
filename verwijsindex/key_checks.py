"""What the database remembers of the keys, to notice when a wrong one is used.

``index`` holds the fingerprint of s·G: every process compares its own before
it serves, or a web process with a wrong key would go on registering people
under pseudonyms that never match. ``persoon:1`` and the like hold a
fingerprint of the canary, evaluated by the pseudonym service.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary, String, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from crypto import evaluation, oprf
from crypto.errors import CryptoError
from crypto.keyring import fingerprint
from crypto.person import SubjectKind, canonical_canary
from orgprofiles.base import Base, UtcDateTime, word

INDEX_CHECK = "index"
_ONE = oprf.Blind((1).to_bytes(oprf.SCALAR_BYTES, "little"))


class KeyState(StrEnum):
    """What the last comparison said."""

    AGREES = "agrees"  #: the same as the first time
    WRONG = "wrong"  #: another key is in use; nothing may be registered
    UNREACHABLE = "unreachable"  #: the pseudonym service did not answer; nothing is known


class KeyCheck(Base):
    """The fingerprint of a key in use, and what the last comparison said."""

    __tablename__ = "key_checks"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    state: Mapped[KeyState] = mapped_column(word(KeyState))
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)


def compare(session: Session, name: str, value: bytes, *, now: datetime) -> KeyState:
    """Compare *value* with what is remembered under *name*; remember it the first time.

    A difference is not remembered as the new value: the first one counts
    until somebody rotates the key. The caller commits.

    Args:
        session: Of the primary.
        name: Which key.
        value: Fingerprint, 16 bytes.
        now: UTC.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table = KeyCheck.__table__
    session.execute(
        dialect.insert(table)
        .values(name=name, fingerprint=value, state=KeyState.AGREES, checked_at=now)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    session.execute(
        update(KeyCheck)
        .where(KeyCheck.name == name, KeyCheck.fingerprint.is_(None))
        .values(fingerprint=value)
    )
    remembered = session.scalar(select(KeyCheck.fingerprint).where(KeyCheck.name == name))
    state = KeyState.AGREES if remembered == value else KeyState.WRONG
    # A web process that finds its own key wrong does not serve; it must not
    # declare the others' wrong, so the index's own check leaves no state.
    if name != INDEX_CHECK:
        mark(session, name, state, now=now)
    return state


def mark(session: Session, name: str, state: KeyState, *, now: datetime) -> None:
    """Remember a state without a fingerprint to compare: unreachable, or plainly wrong.

    Being unreachable does not make a known difference unknown again.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(KeyCheck.__table__)
        .values(name=name, fingerprint=None, state=state, checked_at=now)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    kept = KeyState.WRONG if state is KeyState.UNREACHABLE else None
    session.execute(
        update(KeyCheck)
        .where(KeyCheck.name == name, KeyCheck.state.is_distinct_from(kept))
        .values(state=state, checked_at=now)
    )


def canary_name(kind: SubjectKind, epoch: int) -> str:
    """Return under which name a canary is remembered."""
    return f"{kind.value}:{epoch}"


def canary_element(kind: SubjectKind) -> oprf.BlindedElement:
    """Return H(canarie): sent as it is, for the service evaluates nothing else for the index."""
    return oprf.blind(canonical_canary(kind).value, _ONE)


def canary_fingerprint(index_key: oprf.Scalar, opened: evaluation.Evaluation) -> bytes:
    """Return the fingerprint of the canary's pseudonym, 16 bytes.

    Raises:
        CryptoError: The evaluation cannot be used.
    """
    product = oprf.multiply(index_key, opened.element)
    if product == bytes(oprf.ELEMENT_BYTES):
        raise CryptoError
    return fingerprint(product)
