"""The reference of the profile names every field, and every word that a field may hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import marshmallow as ma

from orgprofiles.domains import Domain
from verwijsindex.api.profile_schemas import ProfileSchema
from verwijsindex.http.fields import Choice, Part, Several

DOCS = Path(__file__).parents[3] / "docs"
DOMAINS = {one.value for one in Domain}  # explained in organisatiebestand.md


def sayings(schema: ma.Schema) -> Iterator[str]:
    """Yield the names and words of *schema* and all within it."""
    for name, field in schema.fields.items():
        yield field.data_key or name
        inner = field.inner if isinstance(field, Several) else field
        if isinstance(inner, Part):
            yield from sayings(inner.schema)
        elif isinstance(inner, Choice):
            yield from inner.choices


def test_every_field_and_word_of_a_profile_is_explained() -> None:
    text = (DOCS / "organisatieprofiel.md").read_text(encoding="utf-8")
    asked = set(sayings(ProfileSchema())) - DOMAINS
    assert len(asked) > 150
    assert {one for one in asked if f"`{one}`" not in text} == set()
    assert all(f"`{one}`" in (DOCS / "organisatiebestand.md").read_text() for one in DOMAINS)


def test_each_part_says_in_its_own_section_which_fields_it_has() -> None:
    text = (DOCS / "organisatieprofiel.md").read_text(encoding="utf-8")
    sections = {
        section.split("`", 2)[1]: section for section in text.split("\n### ") if section[0] == "`"
    }
    missing = {
        f"{part.data_key}.{field.data_key or name}"
        for part in ProfileSchema().fields.values()
        if isinstance(inner := part.inner if isinstance(part, Several) else part, Part)
        for name, field in inner.schema.fields.items()
        if f"| `{field.data_key or name}` |" not in sections[str(part.data_key)]
    }
    assert missing == set()
