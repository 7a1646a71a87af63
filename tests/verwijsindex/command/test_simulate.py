"""A simulated year at the command line."""

from __future__ import annotations

import json
from typing import Any

from tests.verwijsindex.command.conftest import Run


def test_the_command_prints_a_table_and_json(bare_run: Run) -> None:
    options: list[Any] = ["--days", 7, "--organisations", 3, "--professionals", 9, "--persons", 40]
    shown = bare_run("simulate", *options)
    assert shown.exit_code == 0, shown.output
    assert "mails per medewerker per week, mediaan" in shown.output
    values = json.loads(bare_run("simulate", *options, "--json").stdout)
    assert values["signalen"] >= 40
