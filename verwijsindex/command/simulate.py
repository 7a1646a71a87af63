"""A simulated year at the command line."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

from verwijsindex.dutch_commands import DutchCommand
from verwijsindex.simulation.habits import Habits, Size

_DEFAULT = Size()
_TOLD_EACH_DAYS = 30


@click.command(
    cls=DutchCommand,
    short_help="Speel een jaar na met verzonnen mensen.",
    help="Speel een jaar na met verzonnen mensen, op een eigen database, en zeg hoeveel mail dat"
    " geeft en wat er van de matches komt. Raakt geen echte gegevens aan.",
)
@click.option("--days", type=click.IntRange(7, 1100), default=_DEFAULT.days, show_default=True)
@click.option(
    "--organisations",
    type=click.IntRange(2, 200),
    default=_DEFAULT.organisations,
    show_default=True,
)
@click.option(
    "--professionals",
    type=click.IntRange(6, 5000),
    default=_DEFAULT.professionals,
    show_default=True,
)
@click.option(
    "--persons", type=click.IntRange(1, 10**6), default=_DEFAULT.persons, show_default=True
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Geef de cijfers als JSON.")
def simulate(
    days: int, organisations: int, professionals: int, persons: int, seed: int, *, as_json: bool
) -> None:
    """Live a year and print what came of it."""
    from verwijsindex.simulation.figures import table
    from verwijsindex.simulation.stage import simulated

    size = Size(organisations, professionals, persons, days)

    def tell(day: int) -> None:
        if (day + 1) % _TOLD_EACH_DAYS == 0:
            click.echo(f"dag {day + 1} van {days}", err=True)

    with tempfile.TemporaryDirectory(prefix="verwijsindex-") as folder:
        figures = simulated(
            Path(folder),
            size=size,
            habits=Habits(),
            seed=seed,
            begin=datetime(2027, 1, 4, 5, tzinfo=UTC),
            tell=tell,
        )
    if as_json:
        click.echo(json.dumps(figures.as_dict(), indent=2))
    else:
        click.echo(table(figures), nl=False)
