"""Long lists of rows that say much the same: what several of them share is read once."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from verwijsindex.http.fields import Part, Several

_READ: ContextVar[dict[tuple[SharedPart, str], Any] | None] = ContextVar("read", default=None)


class Rows(Several):
    """A list whose rows may have a :class:`SharedPart`."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        token = _READ.set({})
        try:
            return super()._deserialize(value, *args, **kwargs)
        finally:
            _READ.reset(token)


class SharedPart(Part):
    """An object within a row: rows that say the same of it get the one object that was read.

    Nobody may change it. What is faulty is read for each row anew.
    """

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        read = _READ.get()
        if read is None:
            return super()._deserialize(value, *args, **kwargs)
        # Of what JSON can say, no two values look the same.
        key = (self, repr(value))
        if key not in read:
            read[key] = super()._deserialize(value, *args, **kwargs)
        return read[key]
