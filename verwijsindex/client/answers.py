"""What the servers answer, read strictly where it matters and leniently where it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx

from crypto.errors import Fault
from verwijsindex.client.errors import UnexpectedAnswer

_LONGEST_SHOWN = 500  # characters of a text that a server sends


class RowStatus(StrEnum):
    """What became of one signal of a batch."""

    CREATED = "aangemaakt"  #: new
    EXISTED = "bestond_al"  #: this contact already had it; nothing changed
    REFUSED = "afgewezen"  #: not registered; the faults say why


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """The index's answer to one signal of a batch.

    Attributes:
        position: 0-based, in the batch.
        status: What became of it.
        faults: Why it was refused; the names are those of the body.
    """

    position: int
    status: RowStatus
    faults: tuple[Fault, ...] = ()


class CaseloadStatus(StrEnum):
    """What became of one row of a caseload."""

    CREATED = "aangemaakt"  #: new
    UNCHANGED = "ongewijzigd"  #: this contact already had it
    MOVED = "overgedragen"  #: a colleague had it; it goes on with this contact
    REFUSED = "afgewezen"  #: the faults say why


@dataclass(frozen=True, slots=True)
class CaseloadRowAnswer:
    """The index's answer to one row of a caseload.

    Attributes:
        position: 0-based, in the part.
        status: What became of it.
        signal_id: Of the signal that is there now; empty where there is none.
        faults: Why it was refused; the names are those of the body.
    """

    position: int
    status: CaseloadStatus
    signal_id: str
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """The index's answer to a part of a caseload.

    Attributes:
        ended: Signals that the whole run ended; 0 before the last part.
        rows: Those that were given in full or were refused; all others stay as they are.
    """

    ended: int
    rows: tuple[CaseloadRowAnswer, ...]


@dataclass(frozen=True, slots=True)
class OwnUnit:
    """A unit of the caller's organisation."""

    id: str
    name: str
    domain: str


@dataclass(frozen=True, slots=True)
class Counterpart:
    """Another participant of a match, and how to reach them."""

    organisation: str
    domain: str
    name: str
    function: str
    telephone: str
    email: str
    since: str  # YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class MatchSummary:
    """A match, as far as the caller may see it.

    Attributes:
        id: The match's.
        status: A word of the index's closed list.
        references: The caller's own references (kenmerken) in it; may be empty.
        counterparts: The others.
        is_family: Whether it is about the client's family, and not about the client.
    """

    id: str
    status: str
    references: tuple[str, ...] = field(repr=False)
    counterparts: tuple[Counterpart, ...]
    is_family: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """A signal that is active now.

    Attributes:
        id: The signal's.
        created: False when this contact already had it.
        reference: The own reference, given or made by the index.
        lapses_on: ``YYYY-MM-DD``.
        found: The match, if there is one that the caller may see.
    """

    id: str
    created: bool
    reference: str = field(repr=False)
    lapses_on: str
    found: MatchSummary | None


def json_object(response: httpx.Response) -> Mapping[str, Any]:
    """Return the body as a JSON object.

    Raises:
        UnexpectedAnswer: It is something else.
    """
    try:
        content = response.json()
    except ValueError:
        raise UnexpectedAnswer from None
    return _mapping(content)


def text_of(content: Mapping[str, Any], name: str) -> str:
    """Return a text that must be there.

    Raises:
        UnexpectedAnswer: Missing, empty or no text.
    """
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise UnexpectedAnswer
    return value


def list_of(content: Mapping[str, Any], name: str) -> list[Any]:
    """Return a list that must be there.

    Raises:
        UnexpectedAnswer: Missing or no list.
    """
    value = content.get(name)
    if not isinstance(value, list):
        raise UnexpectedAnswer
    return value


def shown(value: Any) -> str:
    """Return a text of a server fit for a terminal: one line, no control characters."""
    if not isinstance(value, str):
        return ""
    return "".join(c if c.isprintable() else " " for c in value)[:_LONGEST_SHOWN].strip()


def read_faults(content: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Return ``invalidParams`` (empty when there are none)."""
    entries = content.get("invalidParams")
    if not isinstance(entries, list):
        return ()
    return tuple(
        Fault(shown(entry.get("name")), shown(entry.get("reason")))
        for entry in entries
        if isinstance(entry, Mapping)
    )


def read_row_answers(content: Mapping[str, Any], *, count: int) -> tuple[RowAnswer, ...]:
    """Return the answers to a batch of *count* signals, in order.

    Raises:
        UnexpectedAnswer: Not exactly one answer for each.
    """
    answers = sorted(
        (_row_answer(_mapping(entry)) for entry in list_of(content, "resultaten")),
        key=lambda answer: answer.position,
    )
    if [answer.position for answer in answers] != list(range(count)):
        raise UnexpectedAnswer
    return tuple(answers)


def read_part_answer(content: Mapping[str, Any], *, count: int) -> PartAnswer:
    """Return the answer to a part of *count* rows.

    Raises:
        UnexpectedAnswer: About rows that were not sent.
    """
    ended = content.get("beeindigd")
    rows = tuple(_caseload_row(_mapping(entry)) for entry in list_of(content, "resultaten"))
    if type(ended) is not int or len({row.position for row in rows} & set(range(count))) < len(
        rows
    ):
        raise UnexpectedAnswer
    return PartAnswer(ended, rows)


def read_units(content: Mapping[str, Any]) -> tuple[OwnUnit, ...]:
    """Return all units of the organisations listed (one's own is one)."""
    return tuple(
        OwnUnit(text_of(unit, "id"), text_of(unit, "naam"), shown(unit.get("domein")))
        for organisation in list_of(content, "resultaten")
        for unit in map(_mapping, list_of(_mapping(organisation), "afdelingen"))
    )


def read_registered(content: Mapping[str, Any], *, created: bool) -> Registered:
    """Return a registered signal."""
    found = content.get("match")
    return Registered(
        text_of(content, "id"),
        created,
        shown(content.get("kenmerk")),
        shown(content.get("vervaltDatum")),
        None if found is None else read_match(found),
    )


def read_match(content: Any) -> MatchSummary:
    """Return a match; what the index leaves out is empty."""
    content = _mapping(content)
    entries = [entry for entry in content.get("deelnemers") or [] if isinstance(entry, Mapping)]
    own = [part for part in content.get("eigenDeelnames") or [] if isinstance(part, Mapping)]
    references = (shown(part.get("kenmerk")) for part in own)
    return MatchSummary(
        text_of(content, "id"),
        shown(content.get("status")),
        tuple(dict.fromkeys(text for text in references if text)),
        tuple(_counterpart(entry) for entry in entries),
        content.get("soort") == "gezin",
    )


def _counterpart(entry: Mapping[str, Any]) -> Counterpart:
    organisation = entry.get("organisatie")
    if isinstance(organisation, Mapping):
        organisation = organisation.get("naam")
    contact = entry.get("contact")
    if not isinstance(contact, Mapping):
        contact = {}
    return Counterpart(
        organisation=shown(organisation),
        domain=shown(entry.get("domein")),
        name=shown(contact.get("naam")),
        function=shown(contact.get("functie")),
        telephone=shown(contact.get("telefoon")),
        email=shown(contact.get("email")),
        since=shown(entry.get("sindsDatum")),
    )


def _row_answer(entry: Mapping[str, Any]) -> RowAnswer:
    position = entry.get("positie")
    if type(position) is not int:
        raise UnexpectedAnswer
    try:
        status = RowStatus(text_of(entry, "status"))
    except ValueError:
        raise UnexpectedAnswer from None
    return RowAnswer(position, status, read_faults(entry))


def _caseload_row(entry: Mapping[str, Any]) -> CaseloadRowAnswer:
    position = entry.get("positie")
    if type(position) is not int:
        raise UnexpectedAnswer
    try:
        status = CaseloadStatus(text_of(entry, "status"))
    except ValueError:
        raise UnexpectedAnswer from None
    return CaseloadRowAnswer(position, status, shown(entry.get("id")), read_faults(entry))


def _mapping(content: Any) -> Mapping[str, Any]:
    if not isinstance(content, Mapping):
        raise UnexpectedAnswer
    return content
