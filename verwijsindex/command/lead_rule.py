"""The rule on leads at the command line: showing it, and agreeing on another."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import marshmallow as ma
from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from match.lead_rules import Preference
from orgprofiles.domains import Domain
from verwijsindex.accounts.records import Account
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.command.configured import configured_services
from verwijsindex.dutch_commands import DutchGroup
from verwijsindex.http.fields import Choice, Email, Label, Part, Schema, Several, Text
from verwijsindex.http.problems import InvalidInput, InvalidParam, Problem
from verwijsindex.http.strict_json import BODY, faults
from verwijsindex.use_cases.change_lead_rule import (
    LeadRuleView,
    change_lead_rule,
    read_lead_rule,
)
from verwijsindex.use_cases.change_rules import find_organisations


class _Place(Schema):
    """A place in the list: one of the three."""

    domain = Choice(Domain, data_key="domein")
    organisation = Text(data_key="organisatie", longest=200)
    director = Email(data_key="matchregisseur")

    @ma.validates_schema(skip_on_field_errors=True)
    def _one(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ValidationError("noem een domein, een organisatie of een matchregisseur: één")


class _File(Schema):
    """The administrator's file."""

    reason = Label(data_key="reden", longest=300, required=True)
    preferences = Several(Part(_Place), high=100, data_key="voorkeuren", required=True)


@click.group(
    "lead-rule",
    cls=DutchGroup,
    short_help="De regieafspraak: wie het overzicht houdt.",
    help="De regieafspraak: wie gevraagd wordt om het overzicht te houden.",
)
def lead_rule() -> None:
    """Group of the rule's commands."""


@lead_rule.command(help="Toon de afspraak die geldt, als bestand dat 'apply' kan lezen.")
def show() -> None:
    """Print the rule as a file."""
    with configured_services().sessions() as session:
        click.echo(_text(read_lead_rule(session)), nl=False)


@lead_rule.command(
    help="Maak de afspraak in BESTAND van kracht. Wie de regie heeft, houdt haar; bij de andere"
    " open matches vraagt de worker wie er dan aan de beurt is."
)
@click.argument(
    "path", metavar="BESTAND", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def apply(path: Path) -> None:
    """Put a file's rule in force."""
    services = configured_services()
    with services.sessions() as session:
        try:
            body = _File().load(tomllib.loads(path.read_text(encoding="utf-8")))
            version = change_lead_rule(
                session,
                services,
                actor=Actor(ActorKind.ADMINISTRATOR),
                preferences=_preferences(session, body["preferences"]),
                reason=body["reason"],
            )
        except UnicodeDecodeError:
            raise click.ClickException(f"{path} is geen tekst in UTF-8.") from None
        except tomllib.TOMLDecodeError as error:
            # The administrator's own file, on the administrator's own terminal.
            reason = f"is geen TOML: {error}"  # nosemgrep: error-text-shown
            raise _refused(path, [InvalidParam(name=BODY, reason=reason)]) from None
        except ValidationError as error:
            raise _refused(path, faults(error.messages, _File())) from None
        except InvalidInput as refused:
            raise _refused(path, refused.invalid_params) from None
        except Problem as refused:
            raise click.ClickException(refused.detail or "") from None
    click.echo(f"Versie {version} van de regieafspraak geldt.")


def _preferences(session: Session, places: list[dict[str, Any]]) -> list[Preference]:
    organisations = find_organisations(
        session, {one["organisation"] for one in places if "organisation" in one}
    )
    addresses = {one["director"].lower() for one in places if "director" in one}
    directors = {
        row.email: row.id
        for row in session.execute(
            select(Account.email, Account.id).where(Account.email.in_(addresses))
        )
    }
    wrong: list[InvalidParam] = []
    found: list[Preference] = []
    for place, one in enumerate(places):
        if "domain" in one:
            found.append(Preference(domain=one["domain"]))
        elif known := organisations.get(one.get("organisation", "")):
            found.append(Preference(organisation_id=known))
        elif director := directors.get(one.get("director", "").lower()):
            found.append(Preference(director_id=director))
        else:
            is_organisation = "organisation" in one
            name = "organisatie" if is_organisation else "matchregisseur"
            what = "is geen organisatie" if is_organisation else "is geen matchregisseur"
            reason = f"{what} van deze verwijsindex"
            wrong.append(InvalidParam(name=f"voorkeuren[{place}].{name}", reason=reason))
    if wrong:
        raise InvalidInput(wrong)
    return found


def _refused(path: Path, wrong: Sequence[InvalidParam]) -> click.ClickException:
    lines = "\n".join(f"  - {one['name']}: {one['reason']}" for one in wrong)
    return click.ClickException(f"{path} klopt niet:\n{lines}")


def _text(view: LeadRuleView) -> str:
    if view.version is None:
        return "# Er is nog niets afgesproken: niemand wordt vanzelf om de regie gevraagd.\n"
    version = view.version
    moment = f"{version.made_at:%d-%m-%Y %H:%M} UTC"
    lines = [
        f"# Versie {version.version}, gemaakt op {moment} door {version.made_by}.",
        f"reden = {_quoted(version.reason)}",
    ]
    if not view.preferences:
        lines.append("voorkeuren = []")
    for one in view.preferences:
        lines += ["", "[[voorkeuren]]"]
        if one.domain is not None:
            lines.append(f"domein = {_quoted(one.domain)}")
        elif one.organisation_id is not None:
            name = view.organisation_names[one.organisation_id]
            lines.append(f"organisatie = {_quoted(name)}")
        elif one.director_id is not None:
            address = view.director_addresses.get(one.director_id, "")
            lines.append(f"matchregisseur = {_quoted(address)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    # A line without control characters; JSON's way of quoting those is TOML's too.
    return json.dumps(str(text), ensure_ascii=False)
