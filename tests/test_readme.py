"""The README says what really happens: its commands and its numbers are those of the demo."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from verwijsindex.demo.client_files import make_client_files
from verwijsindex.demo.expectations import expect

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_numbers_of_the_walk_through_are_those_of_the_example_files() -> None:
    found = expect(make_client_files(date(2026, 11, 22)))
    first, second = found.sociale_dienst, found.wijkteam
    for name, one, other in (
        ("registered", first.accepted, second.accepted),
        ("refused", first.refused, second.refused),
        ("of these by the index", first.refused_by_index, second.refused_by_index),
        ("of these in the file", first.refused_locally, second.refused_locally),
    ):
        assert re.search(rf"\| {name}[^|]*\| {one} \| {other} \|", README), name
    assert (
        f"{found.matches} persons in common: {found.matches} matches, and {found.mails} mails"
        in README
    )
    assert f'"Bestond al: {first.accepted}"' in README


def test_the_commands_name_files_that_the_demo_writes() -> None:
    files = make_client_files(date(2026, 11, 22))
    for file in (files.sociale_dienst, files.wijkteam):
        slug = file.name.removesuffix(".csv")
        command = f"--config .demo/clients/{slug}.toml import .demo/clienten/{file.name}"
        assert command in README


def test_every_link_leads_somewhere() -> None:
    for document in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            if not target.startswith("http"):
                assert (document.parent / target).exists(), f"{document.name}: {target}"
