"""The templates of mails: an unknown name is an error, not an empty place."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from verwijsindex.dutch import dutch_date

TEMPLATES = Environment(
    loader=PackageLoader("verwijsindex.mail"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["dutch_date"] = dutch_date
