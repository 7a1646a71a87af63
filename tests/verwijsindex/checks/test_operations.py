"""Whatever the doctor finds stands in the operators' document."""

from __future__ import annotations

import re
from pathlib import Path

import verwijsindex.checks
from verwijsindex.checks.database import _WANTED
from verwijsindex.checks.files import PUBLIC_FILES, SECRET_FILES

SOURCES = [*Path(verwijsindex.checks.__file__).parent.glob("*.py")]
DOCUMENT = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
TABLE = DOCUMENT[DOCUMENT.index("### What doctor finds") :].split("\n## ")[0]


def test_every_part_that_can_be_wrong_is_in_the_table() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    parts = set(re.findall(r'\b(?:part|name) = f?"([^"{]+)', source))
    parts |= set(re.findall(r'\b(?:fault|warning|clock_difference)\(\s*f?"([^"{]+)', source))
    assert len(parts) > 15
    parts |= {one.name for one in _WANTED}
    assert {part for part in parts if part.strip() not in TABLE} == set()


def test_files_are_in_the_table_by_the_form_of_their_variables() -> None:
    assert "`VI_…_FILE`" in TABLE
    assert all(re.fullmatch("VI_.*_FILE", name) for name in (*SECRET_FILES, *PUBLIC_FILES))
