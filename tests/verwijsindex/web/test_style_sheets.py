"""Each page loads the style sheets in which its classes are, and no sheet lies there for nothing."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

WEB = Path(__file__).parents[3] / "verwijsindex" / "web"
TEMPLATES = {path.name: path.read_text(encoding="utf-8") for path in WEB.glob("templates/*.html")}
SHEETS = {
    path.name: re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for path in WEB.glob("static/*.css")
}
PAGES = sorted(name for name, text in TEMPLATES.items() if "{% extends" in text)
_LOADED = re.compile(r"filename='([\w/]+\.css)'|static:(\w+\.css)")
_PART = re.compile(r"{% (?:include|import|from) \"([\w.]+)\"")
_PARENT = re.compile(r"{% extends \"([\w.]+)\"")
_CLASS = re.compile(r'class="([^"]*)"')
_SELECTED = re.compile(r"\.([a-z][\w-]*)")


@cache
def above(name: str) -> tuple[str, ...]:
    """Return a template and those that it extends."""
    found = _PARENT.search(TEMPLATES[name])
    return (name, *(above(found.group(1)) if found else ()))


@cache
def parts(name: str) -> frozenset[str]:
    """Return a template and those that it takes in."""
    taken = {one for part in _PART.findall(TEMPLATES[name]) for one in parts(part)}
    return frozenset({name, *taken})


def loaded(name: str) -> set[str]:
    """Return the sheets of a page; a block that a page fills takes the place of its parent's."""
    sheets: set[str] = set()
    has_own = False
    for one in above(name):
        text = TEMPLATES[one]
        block, _, _ = text.partition("{% block styles %}")[2].partition("{% endblock %}")
        links = text.replace(block, "") if block and has_own else text
        has_own = has_own or bool(block)
        sheets |= {own or paper for own, paper in _LOADED.findall(links)}
    return sheets


def classes(text: str) -> set[str]:
    """Return the classes in a template; not those that are put together of words."""
    plain = re.sub(r"{%.*?%}|{{.*?}}", lambda found: "\0" * len(found.group()), text)
    return {one for row in _CLASS.findall(plain) for one in row.split() if "\0" not in one}


def defined(sheet: str) -> set[str]:
    selectors = re.sub(r"{[^{}]*}", "{}", SHEETS[sheet])
    return set(_SELECTED.findall(selectors))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_the_sheets_of_its_classes(name: str) -> None:
    there = {one for sheet in loaded(name) & set(SHEETS) for one in defined(sheet)}
    elsewhere = {one for sheet in SHEETS for one in defined(sheet)} - there
    # What is taken in as a whole: a part of many macros serves several pages, each its own.
    own = {part for one in above(name) for part in parts(one) if not part.endswith("_parts.html")}
    used = {one for part in own for one in classes(TEMPLATES[part])}
    assert used & elsewhere == set()


def test_every_sheet_is_loaded_somewhere() -> None:
    links = {own or paper for text in TEMPLATES.values() for own, paper in _LOADED.findall(text)}
    assert set(SHEETS) - links == set()


@pytest.mark.parametrize("sheet", sorted(SHEETS))
def test_a_sheet_has_one_subject(sheet: str) -> None:
    assert len((WEB / "static" / sheet).read_text(encoding="utf-8").splitlines()) <= 400
