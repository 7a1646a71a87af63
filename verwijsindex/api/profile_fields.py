"""Fields that profiles, admissions and the organisation file share: no place for a BSN."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError

from match.reference_patterns import LONGEST_PATTERN, pattern_fault
from verwijsindex.http.bsn_recognition import LIKE_BSN, holds_bsn
from verwijsindex.http.fields import Label, Pattern, Several, is_reading_kept

_WEB = r"https://[A-Za-z0-9.-]{1,200}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]*)?"


class NumberlessPattern(Pattern):
    """A text of a given form that holds no BSN."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if holds_bsn(text) and not is_reading_kept():
            raise ValidationError(LIKE_BSN)
        return text


class WebAddress(NumberlessPattern):
    """Where something is on the web; no place for a client's number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            _WEB, "moet een webadres zijn dat met https:// begint", longest=300, **kwargs
        )


class ReferencePattern(Label):
    """A pattern of own references, of the form of :mod:`match.reference_patterns`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=LONGEST_PATTERN, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if not is_reading_kept() and (reason := pattern_fault(text)):
            raise ValidationError(reason)
        return text


def mail_domains(*, high: int = 50) -> Several:
    """Return the field of the domains to which mails with names may go."""
    return Several(
        NumberlessPattern(
            r"(?:[a-z0-9-]{1,63}\.)+[a-z]{2,63}",
            "is geen maildomein (kleine letters, zonder @)",
            longest=253,
        ),
        high=high,
        unique=True,
        data_key="mailBeveiligd",
        load_default=list,
    )
