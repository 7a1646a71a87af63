"""``mail bounced``: what a mail server hands over, and what it hears back."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from tests.verwijsindex.mail.reports import report
from verwijsindex.command import main
from verwijsindex.mail.bounces import LARGEST

_ID = "0193b5f0-0000-7000-8000-000000000000"
SECRET = "m1@geheim.example"


def hand_over(environment: dict[str, str], content: bytes) -> Result:
    result = CliRunner().invoke(main, ["mail", "bounced"], env=environment, input=content)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"From: a@geheim.example\n\nKenmerk D-1", "geen bezorgrapport"),
        (b"", "geen bezorgrapport"),
        (report(f"<{_ID}@index.example>", SECRET), "niet over een mail van deze verwijsindex"),
        (report(f"<{_ID}@elders.example>", SECRET), "niet over een mail van deze verwijsindex"),
        (b"x" * (LARGEST + 1), "groter dan 1 MB"),
    ],
)
def test_what_cannot_be_taken_is_told_in_dutch_without_its_content(
    environment: dict[str, str], content: bytes, told: str
) -> None:
    result = hand_over(environment, content)
    assert result.exit_code == 65
    assert told in result.output
    assert "Er is niets verwerkt." in result.output
    assert "geheim" not in result.output
    assert _ID not in result.output
    assert "D-1" not in result.output
