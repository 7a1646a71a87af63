"""Bringing organisations in: waiting list, steps, cohorts, activation."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from uuid import UUID

import click
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from orgprofiles.admission import RECORDED_STEPS, AdmissionStep, StepState
from orgprofiles.organisations import OrganisationStatus
from verwijsindex.api.admissions import StepIn
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.command.administration import organisation
from verwijsindex.command.configured import configured_services
from verwijsindex.command.organisation_names import find_organisation
from verwijsindex.dutch_commands import confirmation_option
from verwijsindex.http.problems import InvalidParam, Problem
from verwijsindex.http.strict_json import faults
from verwijsindex.services import Services
from verwijsindex.use_cases.follow_admission import AdmissionView, list_admissions, read_admission
from verwijsindex.use_cases.follow_concepts import OpenConcept
from verwijsindex.use_cases.keep_admission import (
    activate,
    begin_admission,
    choose_cohort,
    record_step,
    set_registers,
    stop,
)
from verwijsindex.use_cases.paging import Page

_ALL = Page(1, 10_000)
_NAME = click.argument("name", metavar="ORGANISATIE")
_STATUSES = click.Choice([one.value for one in OrganisationStatus])
#: What the API calls what the options give.
_OPTIONS = {
    "datum": "--on",
    "document": "--document",
    "contact": "--name, --email en --phone",
    "contact.naam": "--name",
    "contact.email": "--email",
    "contact.telefoon": "--phone",
}


@organisation.command("list", help="Toon voor elke organisatie hoe ver zij is.")
@click.option("--status", type=_STATUSES, help="Alleen met deze status.")
@click.option("--cohort", "cohort_name", help="Alleen uit dit cohort.")
def list_command(status: str | None, cohort_name: str | None) -> None:
    """Print a row for each organisation."""
    services = configured_services()
    with services.sessions() as session:
        chosen = OrganisationStatus(status) if status else None
        _, views = list_admissions(session, services, status=chosen, page=_ALL)
    if cohort_name is not None:
        views = [one for one in views if one.cohort and one.cohort.name == cohort_name]
    if not views:
        click.echo("Er zijn geen organisaties.")
        return
    rows = [
        (
            one.organisation.name,
            one.organisation.status.value,
            one.cohort.name if one.cohort else "–",
            f"{one.done} van {one.needed}",
            _next(one, services.today()),
        )
        for one in views
    ]
    print_table(("organisatie", "status", "cohort", "stappen", "nu te doen"), rows)


@organisation.command("waiting-list", help="Toon de wachtlijst; wie het langst wacht, eerst.")
def waiting_list_command() -> None:
    """Print the waiting list in its order."""
    services = configured_services()
    with services.sessions() as session:
        _, views = list_admissions(session, services, status=OrganisationStatus.WAITING, page=_ALL)
    if not views:
        click.echo("De wachtlijst is leeg.")
        return
    rows = [
        (
            str(place),
            one.organisation.name,
            dutch_day(one.waiting_since),
            one.cohort.name if one.cohort else "–",
        )
        for place, one in enumerate(views, start=1)
    ]
    print_table(("plaats", "organisatie", "wacht sinds", "cohort"), rows)


@organisation.command("status", help="Toon elke stap van een organisatie, en wat te doen is.")
@_NAME
def status_command(name: str) -> None:
    """Print each step."""
    with _administration(name) as (session, services, organisation_id):
        view = read_admission(session, services, organisation_id=organisation_id)
        _print_view(view, services.today())


@organisation.command("admit", help="Laat de toelating beginnen van wie op de wachtlijst staat.")
@_NAME
def admit_command(name: str) -> None:
    """Begin an admission."""
    with _administration(name) as (session, services, organisation_id):
        view = begin_admission(
            session, services, actor=administrator(), organisation_id=organisation_id
        )
        click.echo(f"{name} is in toelating.")
        click.echo(
            "Vraag de beheerder van de pseudoniemendienst om dit uit te voeren, voor de"
            " proefregistratie:\n"
            f"  verwijsindex pseudonym-service admit {organisation_id} '{name}'"
        )
        _print_next(view, services.today())


@organisation.command(
    "record",
    short_help="Leg vast dat een STAP van de toelating is gedaan.",
    help="Leg vast dat een STAP is gedaan: convenant of dpia (met --document) of privacycontact"
    " (met --name, --email en --phone).",
)
@_NAME
@click.argument(
    "step",
    metavar="STAP",
    type=click.Choice([one.value for one in AdmissionStep if one in RECORDED_STEPS]),
)
@click.option("--on", "done_on", help="Dag waarop (jjjj-mm-dd); zonder: vandaag.")
@click.option("--document", help="Waar het document staat: een adres met https://.")
@click.option("--name", "contact_name", help="Naam van de privacyfunctionaris.")
@click.option("--email", help="E-mailadres van de privacyfunctionaris.")
@click.option("--phone", help="Telefoonnummer van de privacyfunctionaris.")
def record_command(
    name: str,
    step: str,
    done_on: str | None,
    document: str | None,
    contact_name: str | None,
    email: str | None,
    phone: str | None,
) -> None:
    """Record a step."""
    contact = {
        key: value
        for key, value in (("naam", contact_name), ("email", email), ("telefoon", phone))
        if value is not None
    }
    body = {"datum": done_on, "document": document, "contact": contact or None}
    schema = StepIn()
    with _administration(name) as (session, services, organisation_id):
        try:
            recorded = schema.load(body)
        except ValidationError as error:
            raise _refused("Dit klopt niet:", faults(error.messages, schema)) from None
        view = record_step(
            session,
            services,
            actor=administrator(),
            organisation_id=organisation_id,
            step=AdmissionStep(step),
            recorded=recorded,
        )
        click.echo(f"Vastgelegd: {step} van {name}.")
        _print_next(view, services.today())


@organisation.command("cohort", help="Laat een organisatie met COHORT beginnen; 'geen': alleen.")
@_NAME
@click.argument("cohort_name", metavar="COHORT")
def choose_cohort_command(name: str, cohort_name: str) -> None:
    """Choose a cohort."""
    with _administration(name) as (session, services, organisation_id):
        view = choose_cohort(
            session,
            services,
            actor=administrator(),
            organisation_id=organisation_id,
            cohort_name=None if cohort_name == "geen" else cohort_name,
        )
        if view.cohort is None:
            click.echo(f"{name} hoort bij geen cohort.")
        else:
            starts = dutch_day(view.cohort.starts_on)
            click.echo(f"{name} begint met cohort {view.cohort.name}, op {starts}.")


@organisation.command(
    "registers",
    help="Zeg of een organisatie gaat registreren. Wie dat niet doet, leest alleen de sociale"
    " kaart en slaat de stappen over die alleen daarvoor nodig zijn.",
)
@_NAME
@click.argument("answer", metavar="JA|NEE", type=click.Choice(["ja", "nee"]))
def registers_command(name: str, answer: str) -> None:
    """Say whether an organisation is to register."""
    with _administration(name) as (session, services, organisation_id):
        view = set_registers(
            session,
            services,
            actor=administrator(),
            organisation_id=organisation_id,
            registers=answer == "ja",
        )
        says = "registreert" if view.organisation.registers else "registreert niet"
        click.echo(f"{name} {says}; status: {view.organisation.status}.")
        _print_next(view, services.today())


@organisation.command(
    "activate",
    short_help="Laat een organisatie deelnemen.",
    help="Laat een organisatie deelnemen: alle stappen zijn gedaan, het cohort begon.",
)
@_NAME
def activate_command(name: str) -> None:
    """Activate an organisation."""
    with _administration(name) as (session, services, organisation_id):
        activate(session, services, actor=administrator(), organisation_id=organisation_id)
        click.echo(f"{name} doet mee vanaf nu.")


@organisation.command(
    "stop",
    short_help="Sluit een organisatie meteen uit.",
    help="Sluit een organisatie meteen uit; haar signalen vervallen, anderen zien haar niet meer.",
)
@_NAME
@confirmation_option(
    "--yes",
    question="Alle signalen van deze organisatie vervallen, en dat is niet terug te draaien."
    " Doorgaan?",
    explanation="Vraag niet of het zeker is.",
)
def stop_command(name: str) -> None:
    """Stop an organisation."""
    with _administration(name) as (session, services, organisation_id):
        lapsed = stop(session, services, actor=administrator(), organisation_id=organisation_id)
        click.echo(f"{name} doet niet meer mee. Vervallen signalen: {lapsed}.")
        click.echo(
            "Vraag de beheerder van de pseudoniemendienst om haar ook daar uit te sluiten:\n"
            f"  verwijsindex pseudonym-service dismiss {organisation_id}"
        )


def administrator() -> Actor:
    """Return who runs these commands, for the audit trail."""
    return Actor(ActorKind.ADMINISTRATOR)


@contextmanager
def _administration(name: str) -> Iterator[tuple[Session, Services, UUID]]:
    """Open a session for a command about the organisation *name*."""
    services = configured_services()
    with services.sessions() as session, told():
        yield session, services, find_organisation(session, name)


@contextmanager
def told() -> Iterator[None]:
    """Say at the terminal what a use case refuses."""
    try:
        yield
    except Problem as refused:
        raise _refused(refused.detail, refused.invalid_params) from None


def _refused(detail: str, params: Sequence[InvalidParam]) -> click.ClickException:
    lines = [f"  - {_OPTIONS.get(one['name'], one['name'])}: {one['reason']}" for one in params]
    return click.ClickException("\n".join([detail, *lines]))


def dutch_day(day: date | None) -> str:
    """Return a day as ``04-01-2027``; a dash for none."""
    return "–" if day is None else f"{day:%d-%m-%Y}"


def _next(view: AdmissionView, today: date) -> str:
    """Return what the administrator does now."""
    status = view.organisation.status
    if status is OrganisationStatus.WAITING:
        return "toelating laten beginnen"
    if status is OrganisationStatus.STOPPED:
        return "–"
    concept = view.concept.to_do if view.concept else None
    step = _next_step(view, today) if status is OrganisationStatus.ADMITTING else None
    return "; ".join(one for one in (step, concept) if one) or "–"


def _next_step(view: AdmissionView, today: date) -> str:
    if view.open:
        return view.open[0].step.value
    if view.cohort is not None and view.cohort.starts_on > today:
        return f"wachten tot {dutch_day(view.cohort.starts_on)}"
    return "activeren"


def _print_next(view: AdmissionView, today: date) -> None:
    if view.organisation.status is not OrganisationStatus.ADMITTING:
        return
    click.echo(f"Gedaan: {view.done} van {view.needed}. Nu te doen: {_next(view, today)}.")


_MARKS = {StepState.DONE: "gedaan", StepState.OPEN: "open", StepState.NOT_NEEDED: "niet nodig"}


def _print_view(view: AdmissionView, today: date) -> None:
    facts: list[tuple[str, str]] = [
        ("status", view.organisation.status.value),
        ("id", str(view.organisation.id)),
        ("registreert", "ja" if view.organisation.registers else "nee"),
        ("cohort", _cohort(view)),
        ("op de wachtlijst", dutch_day(view.waiting_since)),
        ("in toelating", dutch_day(view.admitting_since)),
        ("actief", dutch_day(view.active_since)),
        ("concept", _concept(view.concept)),
        ("medewerkers", f"{view.trained} opgeleid, {view.untrained} (nog) niet"),
    ]
    click.echo(view.organisation.name)
    for label, value in facts:
        click.echo(f"  {label:<18}{value}")
    click.echo(f"\nStappen: {view.done} van {view.needed} gedaan")
    for one in view.steps:
        day = f" op {dutch_day(one.done_on)}" if one.done_on else ""
        click.echo(f"  {one.step.value:<24}{_MARKS[one.state]}{day}{_recorded(view, one.step)}")
        if one.to_do:
            click.echo(f"    → {one.to_do}")
    now = _next(view, today)
    if now != "–":
        click.echo(f"\nNu te doen: {now}")
    if view.concept and view.concept.to_do:
        name = shlex.quote(view.organisation.name)
        click.echo(f"Het concept bekijken: verwijsindex profile show {name} --concept")


def _concept(concept: OpenConcept | None) -> str:
    if concept is None:
        return "–"
    if concept.is_agreed:
        return f"{concept.etag}, akkoord, nog niet gepubliceerd"
    if concept.is_complete:
        return f"{concept.etag}, volledig, wacht op uw akkoord"
    return f"{concept.etag}, nog niet volledig; de organisatie werkt eraan"


def _cohort(view: AdmissionView) -> str:
    if view.cohort is None:
        return "–"
    return f"{view.cohort.name}, begint op {dutch_day(view.cohort.starts_on)}"


def _recorded(view: AdmissionView, step: AdmissionStep) -> str:
    record = view.records.get(step)
    if record is None:
        return ""
    contact = ", ".join(
        one for one in (record.contact_name, record.contact_email, record.contact_phone) if one
    )
    return f": {record.document or contact}"


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print *rows* under *head*, each column as wide as its longest text."""
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())
