"""A simulated year: the same seed gives the same one, and an import floods nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from verwijsindex.simulation.figures import Figures, table
from verwijsindex.simulation.habits import Habits, Size
from verwijsindex.simulation.stage import simulated

BEGIN = datetime(2027, 1, 4, 5, tzinfo=UTC)
SMALL = Size(organisations=8, professionals=30, persons=160, days=28)


def live(folder: Path, *, seed: int = 1, habits: Habits | None = None) -> Figures:
    folder.mkdir()
    return simulated(
        folder,
        size=SMALL,
        habits=habits or Habits(),
        seed=seed,
        begin=BEGIN,
    )


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    """Return what came of the year of seed 1."""
    return live(tmp_path_factory.mktemp("jaar") / "een")


def test_the_same_seed_gives_the_same_year(year: Figures, tmp_path: Path) -> None:
    first = year.as_dict()
    again, other = (
        live(tmp_path / name, seed=seed).as_dict() for name, seed in (("again", 1), ("other", 2))
    )
    assert first == again
    assert first != other
    assert first["matches"] > 0
    assert first["mails"]["match"] > 0


def test_its_parts_add_up(year: Figures) -> None:
    values = year.as_dict()
    followed = sum(
        values[name]
        for name in ("opgevolgdOpTijd", "opgevolgdNaHerinnering", "opgevolgdNaEscalatie")
    )
    assert 0 < followed <= values["deelnames"]
    assert values["herinnerd"] >= values["geescaleerd"] > 0
    assert values["mailsPerWeekHoogst"] >= values["mailsPerWeek95"] >= values["mailsPerWeekMediaan"]


def test_who_never_acts_is_reminded_and_told_of_to_the_coordinator(tmp_path: Path) -> None:
    idle = Habits(acts=0, acts_when_reminded=0, acts_when_told=0, leads=0)
    values = live(tmp_path / "a", habits=idle).as_dict()
    assert values["opgevolgdOpTijd"] + values["opgevolgdNaHerinnering"] == 0
    assert values["stiltes"] == 0
    assert values["vastgelopen"] > 0
    assert values["mails"]["stalled"] > 0


@pytest.mark.slow
def test_an_import_of_five_thousand_is_one_digest_for_each_professional(tmp_path: Path) -> None:
    tmp_path.joinpath("a").mkdir()
    figures = simulated(
        tmp_path / "a",
        size=Size(organisations=2, professionals=60, persons=13_000, days=2),
        habits=Habits(imports=1, acts=0),
        seed=1,
        begin=BEGIN,
    )
    assert figures.imported > 5_000
    assert figures.after_import == 1


def test_a_table_has_a_line_for_each_figure(year: Figures) -> None:
    values = year.as_dict()
    assert len(table(year).splitlines()) == len(values) - 1 + len(values["mails"])
