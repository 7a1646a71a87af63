"""In which ways bytes or a text can be written, for a search that misses none of them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from urllib.parse import quote

KEPT_CHARACTERS = 24  # of each end of a long form, so that what was cut short is found as well

DUTCH_MONTHS = [
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
]


def encodings(value: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of every form that *value* can have in a file or message."""
    yield "raw", value
    yield "reversed", value[::-1]
    for name, text in _texts(value):
        yield name, text.encode("latin-1")
        # Without the last zero byte: then it is both byte orders.
        yield f"{name}, UTF-16", text.encode("utf-16-le")[:-1]


def needles(value: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what to search for: both ends of each of the encodings of *value*."""
    for name, form in encodings(value):
        if len(form) <= KEPT_CHARACTERS:
            yield name, form
        else:
            yield f"{name} (start)", form[:KEPT_CHARACTERS]
            yield f"{name} (end)", form[-KEPT_CHARACTERS:]


def _texts(value: bytes) -> Iterator[tuple[str, str]]:
    for order, octets in (("", value), ("reversed ", value[::-1])):
        yield f"{order}hex", octets.hex()
        yield f"{order}HEX", octets.hex().upper()
        yield f"{order}hex with spaces", octets.hex(" ")
        yield f"{order}hex with colons", octets.hex(":")
        yield from _base64(order, octets)
        yield f"{order}decimal", str(int.from_bytes(octets, "big"))
        yield f"{order}hexadecimal number", f"{int.from_bytes(octets, 'big'):x}"
    yield "base32", base64.b32encode(value).decode().rstrip("=")
    yield "percent-encoded", "".join(f"%{octet:02X}" for octet in value)
    yield "percent-encoded, small", "".join(f"%{octet:02x}" for octet in value)
    yield "percent-encoded where needed", quote(value)
    yield "JSON", json.dumps(value.decode("latin-1"))[1:-1]
    yield "JSON, all escaped", "".join(f"\\u{octet:04x}" for octet in value)
    yield "repr", repr(value)[2:-1]
    yield "repr of hex escapes", "".join(f"\\x{octet:02x}" for octet in value)
    yield "octal", "".join(f"\\{octet:03o}" for octet in value)
    yield "list of numbers", ", ".join(map(str, value))
    yield "dense list of numbers", ",".join(map(str, value))


def _base64(order: str, octets: bytes) -> Iterator[tuple[str, str]]:
    """Yield the characters that are the same whatever stands before and after *octets*."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + octets).decode().rstrip("=")
        first = (0, 2, 3)[before]
        last = len(text) if (before + len(octets)) % 3 == 0 else len(text) - 1
        core = text[first:last]
        yield f"{order}base64 at {before}", core
        if "+" in core or "/" in core:
            yield f"{order}base64url at {before}", core.replace("+", "-").replace("/", "_")


def spellings_of_date(day: date) -> list[str]:
    """Return how people and programs write *day*; no spelling is shorter than six characters."""
    d, m, y = day.day, day.month, day.year
    month = DUTCH_MONTHS[m - 1]
    found = [f"{y}{m:02}{d:02}", f"{d:02}{m:02}{y}", f"{m:02}{d:02}{y}"]
    for mark in "-/. ":
        found += [f"{y}{mark}{m:02}{mark}{d:02}", f"{d:02}{mark}{m:02}{mark}{y}"]
        found += [
            f"{y}{mark}{m}{mark}{d}",
            f"{d}{mark}{m}{mark}{y}",
            f"{m:02}{mark}{d:02}{mark}{y}",
        ]
        found += [f"{d:02}{mark}{m:02}{mark}{y % 100:02}", f"{y % 100:02}{mark}{m:02}{mark}{d:02}"]
    found += [f"{d} {month} {y}", f"{d} {month[:3]} {y}", f"{d}-{month[:3]}-{y}"]
    found += [f"{day:%B} {d}, {y}", f"{d} {day:%b} {y}", f"{y}, {m}, {d}"]
    found.append(str(int(datetime(y, m, d, tzinfo=UTC).timestamp())))
    return sorted(set(found))


def short_spellings_of_date(day: date) -> list[str]:
    """Return six digits: chance makes them too, so they only count when they stand alone."""
    return [day.strftime(form) for form in ("%d%m%y", "%y%m%d", "%m%d%y")]


def hashes(value: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield hashes without a key: of a BSN they are undone in seconds."""
    for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s"):
        yield name, hashlib.new(name, value).digest()
