"""Searching everything that a run leaves behind for what may not be there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from tests.privacy.encodings import needles

_WORD = 4  # bytes; the width of what is compared first
_PIECE = 32 * 1024  # bytes that are looked at together
_OVERLAP = 128  # bytes; longer than any needle


class Place(StrEnum):
    """Where something was found."""

    TO_INDEX = "a request to the index"
    TO_SERVICE = "a request to the pseudonym service"
    TOKEN_ANSWER = "an answer of the token endpoint"
    INDEX_ANSWER = "an answer of the index"
    SERVICE_ANSWER = "an answer of the pseudonym service"
    PSEUDONYM = "the column subjects.pseudonym"
    COLUMN = "a column"
    DATABASE_FILE = "a file of the database"
    FILE = "a file"
    MAIL = "a mail"
    LOG = "the log"
    ERROR = "an error"
    TERMINAL = "a terminal"


@dataclass(frozen=True)
class Secret:
    """Something that may stand in few places, or in none.

    Attributes:
        name: To speak of it without showing it.
        value: Its bytes; a text's in UTF-8.
        allowed: Where it may be, in whatever form.
        allowed_raw: Where it may be as bare bytes only.
        is_short: A text of six characters, which only counts when it stands alone.
    """

    name: str
    value: bytes = field(repr=False)
    allowed: frozenset[Place] = frozenset()
    allowed_raw: frozenset[Place] = frozenset()
    is_short: bool = False

    def may_be_in(self, place: Place, form: str) -> bool:
        """Whether this *form* of it may be in *place*."""
        is_raw = form == "raw" or form.startswith("raw (")
        return place in self.allowed or (is_raw and place in self.allowed_raw)


@dataclass(frozen=True)
class Material:
    """Something that the run left behind; *where* says more precisely what."""

    place: Place
    where: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, order=True)
class Finding:
    """A secret in a place where it may not be."""

    secret: str
    form: str
    place: str
    where: str


class Scanner:
    """Finds any of many secrets, in any encoding, in many megabytes.

    A needle of seven bytes or more, wherever it stands, covers one whole
    aligned word of four bytes. So the set of the content's words is compared
    with the words of all needles; only what has one in common is searched for.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._secrets = list(secrets)
        assert self._secrets

    @cached_property
    def _by_word(self) -> dict[int, list[tuple[Secret, str, bytes]]]:
        found: dict[int, list[tuple[Secret, str, bytes]]] = defaultdict(list)
        for secret in self._secrets:
            if secret.is_short:
                continue
            # Of two forms that are the same bytes, the one that is named first.
            forms = {needle: form for form, needle in reversed(list(needles(secret.value)))}
            for needle, form in forms.items():
                assert 2 * _WORD - 1 <= len(needle) <= _OVERLAP, (secret.name, form)
                for start in range(_WORD):
                    (word,) = memoryview(needle[start : start + _WORD]).cast("I")
                    found[word].append((secret, form, needle))
        return found

    @cached_property
    def _short(self) -> list[tuple[Secret, re.Pattern[bytes]]]:
        return [
            (one, re.compile(rb"(?<![0-9A-Za-z.])" + re.escape(one.value) + rb"(?![0-9A-Za-z])"))
            for one in self._secrets
            if one.is_short
        ]

    def search(self, material: Material) -> set[Finding]:
        """Return what may not be in *material*."""
        found: set[Finding] = set()
        for start in range(0, len(material.content), _PIECE):
            piece = material.content[start : start + _PIECE + _OVERLAP]
            if piece.strip(b"\0"):  # a database writes many pages of nothing
                found |= self._search_piece(material, piece)
        return found

    def _search_piece(self, material: Material, piece: bytes) -> set[Finding]:
        found: set[Finding] = set()
        padded = piece + bytes(-len(piece) % _WORD)
        words = set(memoryview(padded).cast("I"))
        for word in words & self._by_word.keys():
            for secret, form, needle in self._by_word[word]:
                if not secret.may_be_in(material.place, form) and needle in piece:
                    found.add(Finding(secret.name, form, material.place, material.where))
        for secret, pattern in self._short:
            if not secret.may_be_in(material.place, "raw") and pattern.search(piece):
                found.add(Finding(secret.name, "raw", material.place, material.where))
        return found

    def search_all(self, materials: Iterable[Material]) -> list[Finding]:
        """Return what may not be in any of *materials*, in order."""
        return sorted(finding for one in materials for finding in self.search(one))
