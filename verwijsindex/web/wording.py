"""Dates and closed lists as people read them, in Dutch."""

from __future__ import annotations

import re
from datetime import datetime

from orgprofiles.domains import Domain
from orgprofiles.dutch_calendar import AMSTERDAM
from verwijsindex.dutch import dutch_date


def dutch_moment(moment: datetime) -> str:
    """Return day and time in the Netherlands: ``23 november 2026, 11:05``."""
    return f"{dutch_date(moment)}, {moment.astimezone(AMSTERDAM):%H:%M}"


def dutch_number(number: int) -> str:
    """Return a whole number with points: ``3.988``."""
    return f"{number:,}".replace(",", ".")


def domain_name(domain: Domain) -> str:
    """Return how a domain is called on a page: ``werk en inkomen``."""
    return domain.words


def phone_link(phone: str) -> str:
    """Return the address that rings *phone* (RFC 3966, without its parameters)."""
    return "tel:" + re.sub(r"[^0-9+]", "", phone)
