"""Bodies that change one thing out of several."""

from __future__ import annotations

from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import ValidationError

from verwijsindex.http.fields import Schema


class OneChange(Schema):
    """A body that has exactly one of the schema's ``FORMS``.

    Attributes:
        ASKED: What is to be done, in Dutch, for a body that has none or several.
    """

    ASKED: ClassVar[str]

    @ma.validates_schema(pass_original=True, skip_on_field_errors=False)
    def _one_change(self, _data: Any, original: Any, **_: Any) -> None:
        if not isinstance(original, dict):
            return  # told already
        forms = [(required, {*required, *optional}) for required, optional in self.FORMS]
        given = set(original) & set[str]().union(*(names for _, names in forms))
        touched = [(required, names) for required, names in forms if names & given]
        if len(touched) != 1:
            raise ValidationError(self.ASKED)
        ((required, _names),) = touched
        missing = set(required) - given
        if missing:
            raise ValidationError({name: ["ontbreekt"] for name in sorted(missing)})
