"""``mail bounced``: what a mail server hands over, and what it hears back."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from orgprofiles.organisations import Professional, Unit
from tests.clock import START
from tests.match.people import add_professional, add_unit
from tests.verwijsindex.command.conftest import Run
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


def test_refused_addresses_are_tried_again_when_the_server_was_wrong(
    run: Run, engine: Engine
) -> None:
    with Session(engine) as session, session.begin():
        unit = add_unit(session, "Schuldhulp")
        professional = session.get_one(Professional, add_professional(session, unit, "m1"))
        unit.mail_refused_at = professional.mail_refused_at = START
    assert run("mail", "retry-addresses").output == "2 adressen worden weer geprobeerd.\n"
    with Session(engine) as session:
        marks = [session.scalar(select(one.mail_refused_at)) for one in (Unit, Professional)]
    assert marks == [None, None]
    assert run("mail", "retry-addresses").output == "0 adressen worden weer geprobeerd.\n"
