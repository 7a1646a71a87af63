"""The rule on leads at the command line: what is shown can be applied, and faults are all told."""

from __future__ import annotations

from pathlib import Path

from tests.people import add_person
from tests.verwijsindex.command.conftest import Run
from tests.world import World
from verwijsindex.accounts.roles import Role

GOOD = """
reden = "Convenant 2027"

[[voorkeuren]]
domein = "zorg"

[[voorkeuren]]
organisatie = "Schuldhulp"

[[voorkeuren]]
matchregisseur = "regie@schuldhulp.example"
"""
BAD = """
voorkeuren = [{ domein = "zorgen" }, { organisatie = "Niemand" }, { matchregisseur = "x@y.example" },
    { domein = "zorg", organisatie = "Schuldhulp" }]
"""
UNKNOWN = """
reden = "Convenant 2027"
voorkeuren = [{ organisatie = "Niemand" }, { matchregisseur = "x@y.example" }]
"""


def test_what_is_shown_is_what_was_applied(run: Run, world: World, tmp_path: Path) -> None:
    member = world.member("Schuldhulp")
    add_person(world, member.id, Role.MATCH_LEAD, name="Regie", email="regie@schuldhulp.example")
    assert "Er is nog niets afgesproken" in run("lead-rule", "show").output
    path = tmp_path / "afspraak.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert run("lead-rule", "apply", path).output == "Versie 1 van de regieafspraak geldt.\n"
    shown = run("lead-rule", "show").output
    assert [line for line in shown.splitlines() if line and line[0] != "#"] == [
        line for line in GOOD.splitlines() if line
    ]
    path.write_text(shown, encoding="utf-8")
    again = run("lead-rule", "apply", path)
    assert again.exit_code == 1
    assert "Deze afspraak geldt al" in again.output


def test_faults_of_form_are_told_all_at_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "afspraak.toml"
    path.write_text(BAD, encoding="utf-8")
    refused = run("lead-rule", "apply", path)
    assert refused.exit_code == 1
    for name in ("reden", "voorkeuren[0].domein", "voorkeuren[3]"):
        assert f"  - {name}: " in refused.output


def test_so_are_those_of_meaning(run: Run, world: World, tmp_path: Path) -> None:
    world.member("Schuldhulp")
    path = tmp_path / "afspraak.toml"
    path.write_text(UNKNOWN, encoding="utf-8")
    refused = run("lead-rule", "apply", path)
    assert refused.exit_code == 1
    for name in ("voorkeuren[0].organisatie", "voorkeuren[1].matchregisseur"):
        assert f"  - {name}: " in refused.output


def test_what_is_no_toml_is_said(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "afspraak.toml"
    path.write_text("reden = ", encoding="utf-8")
    assert "is geen TOML" in run("lead-rule", "apply", path).output
