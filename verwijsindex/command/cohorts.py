"""Cohorts: organisations that begin on the same day."""

from __future__ import annotations

from datetime import datetime

import click

from verwijsindex.command.admission import administrator, dutch_day, print_table, told
from verwijsindex.command.configured import configured_services
from verwijsindex.dutch_commands import DutchGroup
from verwijsindex.use_cases.follow_admission import list_cohorts
from verwijsindex.use_cases.keep_admission import add_cohort

_DAY = click.DateTime(["%Y-%m-%d", "%d-%m-%Y"])


@click.group(
    cls=DutchGroup,
    short_help="Cohorten: organisaties die samen beginnen.",
    help="Beheer van cohorten: organisaties die op dezelfde dag beginnen.",
)
def cohort() -> None:
    """Group of the cohorts' commands."""


@cohort.command("add", help="Maak cohort NAAM, of verzet de dag waarop het begint.")
@click.argument("name", metavar="NAAM")
@click.option("--starts", "starts_on", required=True, type=_DAY, help="Eerste dag (jjjj-mm-dd).")
def add_cohort_command(name: str, starts_on: datetime) -> None:
    """Make a cohort."""
    if not 1 <= len(name.strip()) <= 80 or name.strip() == "geen":
        raise click.ClickException("Een cohort heeft een naam van hoogstens 80 tekens.")
    services = configured_services()
    with services.sessions() as session, told():
        made = add_cohort(
            session, services, actor=administrator(), name=name.strip(), starts_on=starts_on.date()
        )
        click.echo(f"Cohort {made.name} begint op {dutch_day(made.starts_on)}.")


@cohort.command("list", help="Toon alle cohorten; wat het eerst begint, eerst.")
def list_command() -> None:
    """Print a row for each cohort."""
    services = configured_services()
    with services.sessions() as session:
        cohorts = list_cohorts(session)
    if not cohorts:
        click.echo(
            "Er zijn geen cohorten. Maak er een met: verwijsindex cohort add NAAM --starts …"
        )
        return
    rows = [
        (one.name, dutch_day(one.starts_on), str(one.organisations), str(one.active))
        for one in cohorts
    ]
    print_table(("cohort", "begint op", "organisaties", "actief"), rows)
