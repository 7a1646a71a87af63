"""Dates and closed lists as people read them, in Dutch."""

from __future__ import annotations

import re

from orgprofiles.domains import Domain
from verwijsindex.dutch import dutch_date, dutch_moment

__all__ = ["capitalised", "domain_name", "dutch_date", "dutch_moment", "dutch_number", "phone_link"]


def dutch_number(number: int) -> str:
    """Return a whole number with points: ``3.988``."""
    return f"{number:,}".replace(",", ".")


def domain_name(domain: Domain) -> str:
    """Return how a domain is called on a page: ``werk en inkomen``."""
    return domain.words


def phone_link(phone: str) -> str:
    """Return the address that rings *phone* (RFC 3966, without its parameters)."""
    return "tel:" + re.sub(r"[^0-9+]", "", phone)


def capitalised(text: str) -> str:
    """Return *text* with a capital at its start, and the rest as it is."""
    return text[:1].upper() + text[1:]
