"""The fields of our schemas: strict, and with faults in Dutch that repeat no value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import marshmallow as ma
from marshmallow import ValidationError

from crypto import base64url
from verwijsindex.http.bsn_recognition import LIKE_BSN, holds_bsn, is_like_bsn

_REQUIRED = {"required": "ontbreekt", "null": "mag niet leeg zijn"}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Text for the document: no control characters, and something else than spaces.
_CONTROLS = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_SPACES = r" \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_LINE_FORM = f"^[^{_CONTROLS}]*[^{_CONTROLS}{_SPACES}][^{_CONTROLS}]*$"
_UUID_FORM = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_EMAIL_FORM = (
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_PHONE_FORM = r"\+?[0-9][0-9 ()-]{2,28}"
_EMAIL = re.compile(_EMAIL_FORM + r"\Z")
_PHONE = re.compile(_PHONE_FORM + r"\Z")
# Base64url: what the last character may be where it stands for two or four bits only.
_LAST_CHARACTER = {0: "[A-Za-z0-9_-]", 1: "[AQgw]", 2: "[AEIMQUYcgkosw048]"}


_IS_READING_KEPT: ContextVar[bool] = ContextVar("is_reading_kept", default=False)


@contextmanager
def reading_kept() -> Iterator[None]:
    """Read what was accepted before: a check that came later must not make it unreadable."""
    token = _IS_READING_KEPT.set(True)
    try:
        yield
    finally:
        _IS_READING_KEPT.reset(token)


def is_reading_kept() -> bool:
    """Whether what is being read was accepted before."""
    return _IS_READING_KEPT.get()


class Schema(ma.Schema):
    """Base of all schemas: no unknown fields, faults in Dutch.

    Attributes:
        FORMS: For the document, where the body has one of several forms: of
            each, the names that it must have and those that it may have.
    """

    FORMS: ClassVar[Sequence[tuple[tuple[str, ...], tuple[str, ...]]]] = ()

    class Meta:
        """Order as declared; unknown members are faults."""

        unknown = ma.RAISE

    error_messages: dict[str, str] = {  # noqa: RUF012 (marshmallow declares it so)
        "unknown": "onbekend veld",
        "type": "moet een object zijn",
    }


class Text(ma.fields.String):
    """A line of text: trimmed, without control characters."""

    default_error_messages = {  # noqa: RUF012
        **_REQUIRED,
        "invalid": "moet tekst zijn",
        "invalid_utf8": "moet tekst zijn",
        "control": "bevat tekens die hier niet kunnen",
        "empty": "mag niet leeg zijn",
        "long": "mag hoogstens {limit} tekens lang zijn",
    }

    def __init__(self, *, longest: int = 200, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest = longest
        self.metadata = {
            "minLength": 1,
            "maxLength": longest,
            "pattern": _LINE_FORM,
            **self.metadata,
        }

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if _CONTROL.search(text):
            raise self.make_error("control")
        if len(text) > self.longest:
            raise self.make_error("long", limit=self.longest)
        text = text.strip()
        if not text:
            raise self.make_error("empty")
        return text


class Pattern(Text):
    """A text of a given form."""

    def __init__(self, pattern: str, reason: str, *, longest: int, **kwargs: Any) -> None:
        super().__init__(longest=longest, **kwargs)
        self._pattern = re.compile(pattern + r"\Z")
        self._reason = reason
        self.metadata = {**self.metadata, "pattern": f"^{pattern}$"}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if not self._pattern.match(value):  # as it was sent, not as trimmed
            raise ValidationError(self._reason)
        return text


class Email(Text):
    """A mail address (ASCII, RFC 5321 without quoting); safe in a header."""

    default_error_messages = {"form": "is geen e-mailadres", "number": LIKE_BSN}  # noqa: RUF012

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=254, **kwargs)
        self.metadata = {**self.metadata, "format": "email", "pattern": f"^{_EMAIL_FORM}$"}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if not is_email(value):
            raise self.make_error("form")
        if holds_bsn(text) and not is_reading_kept():
            raise self.make_error("number")
        return text


def is_email(text: str) -> bool:
    """Whether *text* is a mail address that may stand in a header."""
    return len(text) <= 254 and bool(_EMAIL.match(text))


def is_phone(text: str) -> bool:
    """Whether *text* is a telephone number as people write them."""
    return bool(_PHONE.match(text))


class Label(Text):
    """A name or a function: no place for a client's number."""

    default_error_messages = {"number": LIKE_BSN}  # noqa: RUF012

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if holds_bsn(text) and not is_reading_kept():
            raise self.make_error("number")
        return text


class Phone(Text):
    """A telephone number as people write them; a Dutch one begins with 0 or +31."""

    default_error_messages = {  # noqa: RUF012
        "form": "is geen telefoonnummer (cijfers, spaties, streepjes, haakjes of een + vooraan)",
        "number": f"{LIKE_BSN}; begin een telefoonnummer met 0 of +",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=30, **kwargs)
        self.metadata = {**self.metadata, "pattern": f"^{_PHONE_FORM}$"}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if not is_phone(value):
            raise self.make_error("form")
        if not text.startswith("0") and is_like_bsn(text):
            raise self.make_error("number")
        return text


class Id(ma.fields.UUID):
    """A UUID in its usual spelling, lower case."""

    default_error_messages = {  # noqa: RUF012
        **_REQUIRED,
        "invalid_uuid": "is geen id (een UUID in kleine letters)",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"pattern": _UUID_FORM, **self.metadata}

    def _validated(self, value: Any) -> UUID:
        if isinstance(value, UUID):
            return value
        if not isinstance(value, str) or not _UUID.match(value):
            raise self.make_error("invalid_uuid")
        return UUID(value)


class Day(ma.fields.Date):
    """A calendar day, ``YYYY-MM-DD``."""

    default_error_messages = {  # noqa: RUF012
        **_REQUIRED,
        "invalid": "moet een datum zijn (jjjj-mm-dd)",
        "format": "moet een datum zijn (jjjj-mm-dd)",
    }

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> date:  # noqa: ARG002
        if not isinstance(value, str) or not _DATE.match(value):
            raise self.make_error("invalid")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.make_error("invalid") from None


class Moment(ma.fields.Field[datetime]):
    """A moment, RFC 3339 in UTC; only ever written."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(dump_only=True, **kwargs)
        self.metadata = {"type": "string", "format": "date-time", **self.metadata}

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Choice(ma.fields.Field[StrEnum]):
    """A word from a closed list."""

    default_error_messages = {  # noqa: RUF012
        **_REQUIRED,
        "choice": "moet een van deze zijn: {choices}",
    }

    def __init__(self, states: type[StrEnum], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._states = states
        self.choices = [state.value for state in states]
        self.metadata = {"type": "string", "enum": self.choices, **self.metadata}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> StrEnum:
        if not isinstance(value, str) or value not in self.choices:
            raise self.make_error("choice", choices=", ".join(self.choices))
        return self._states(value)

    def _serialize(self, value: StrEnum | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else value.value


class Flag(ma.fields.Boolean):
    """``true`` or ``false``, not a word that looks like it."""

    default_error_messages = {**_REQUIRED, "invalid": "moet true of false zijn"}  # noqa: RUF012

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Number(ma.fields.Field[int]):
    """A whole number within bounds; not a text or a fraction that looks like one."""

    default_error_messages = {  # noqa: RUF012
        **_REQUIRED,
        "invalid": "moet een geheel getal van {low} tot en met {high} zijn",
    }

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._low, self._high = low, high
        self.metadata = {"type": "integer", "minimum": low, "maximum": high, **self.metadata}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if type(value) is not int or not self._low <= value <= self._high:
            raise self.make_error("invalid", low=self._low, high=self._high)
        return value


class QueryFlag(ma.fields.Boolean):
    """``true`` or ``false`` in a query string."""

    default_error_messages = {**_REQUIRED, "invalid": "moet true of false zijn"}  # noqa: RUF012

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if value not in ("true", "false"):
            raise self.make_error("invalid")
        return bool(value == "true")


class QueryNumber(ma.fields.Field[int]):
    """A whole number in a query string."""

    default_error_messages = {  # noqa: RUF012
        **_REQUIRED,
        "invalid": "moet een geheel getal van {low} tot en met {high} zijn",
    }

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._low, self._high = low, high
        self.metadata = {"type": "integer", "minimum": low, "maximum": high, **self.metadata}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        text = str(value)
        if not re.fullmatch(r"[0-9]{1,9}", text) or not self._low <= int(text) <= self._high:
            raise self.make_error("invalid", low=self._low, high=self._high)
        return int(text)


class Octets(ma.fields.Field[bytes]):
    """Bytes of a fixed length in base64url without padding."""

    default_error_messages = {  # noqa: RUF012
        **_REQUIRED,
        "invalid": "moet {length} bytes zijn, als base64url zonder opvulling",
    }

    def __init__(self, length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._length = length
        characters = -(-length * 4 // 3)
        self.metadata = {
            "type": "string",
            "pattern": f"^[A-Za-z0-9_-]{{{characters - 1}}}{_LAST_CHARACTER[length % 3]}$",
            "minLength": characters,
            "maxLength": characters,
            **self.metadata,
        }

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bytes:
        try:
            octets = base64url.decode(value) if isinstance(value, str) else b""
        except ValueError:
            octets = b""
        if len(octets) != self._length:
            raise self.make_error("invalid", length=self._length)
        return octets

    def _serialize(self, value: bytes | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else base64url.encode(value)


class Part(ma.fields.Nested):
    """An object within the body."""

    default_error_messages = {**_REQUIRED, "type": "moet een object zijn"}  # noqa: RUF012


class Several(ma.fields.List[Any]):
    """A list."""

    default_error_messages = {  # noqa: RUF012
        **_REQUIRED,
        "invalid": "moet een lijst zijn",
        "few": "moet er minstens {low} hebben",
        "many": "mag er hoogstens {high} hebben",
        "twice": "noemt iets twee keer",
    }

    def __init__(
        self, inner: Any, *, low: int = 0, high: int = 1000, unique: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(inner, **kwargs)
        self._low, self._high, self._unique = low, high, unique
        self.metadata = {"minItems": low, "maxItems": high, **self.metadata}
        if unique:
            self.metadata["uniqueItems"] = True

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        # Before the items: a list of a million must not be validated first.
        if len(value) < self._low:
            raise self.make_error("few", low=self._low)
        if len(value) > self._high:
            raise self.make_error("many", high=self._high)
        items: list[Any] = super()._deserialize(value, *args, **kwargs)
        if self._unique and len(set(items)) != len(items):
            raise self.make_error("twice")
        return items
