"""The file that describes an organisation to admit (TOML, Dutch keys), checked whole."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import marshmallow as ma
from marshmallow import ValidationError

from orgprofiles.domains import AgeGroup, Demand, Domain
from verwijsindex.api.contact_schemas import new_key_fault, professional_key
from verwijsindex.api.profile_fields import ReferencePattern, mail_domains
from verwijsindex.http.fields import (
    Choice,
    Email,
    Flag,
    Label,
    Part,
    Phone,
    Schema,
    Several,
)
from verwijsindex.http.problems import InvalidParam
from verwijsindex.http.strict_json import BODY, faults


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFacts:
    """An organisation to admit; the parts are columns by name."""

    name: str
    sensitive: bool
    registers: bool
    bsn_basis: str | None
    reference_pattern: str | None
    secure_mail_domains: Sequence[str]
    units: Sequence[dict[str, Any]]
    legal_bases: Sequence[dict[str, Any]]
    professionals: Sequence[dict[str, Any]]


class FileRefused(Exception):
    """The file cannot be used.

    Attributes:
        faults: All of them.
    """

    def __init__(self, found: Sequence[InvalidParam]) -> None:
        self.faults = found
        super().__init__(f"{len(found)} fouten")


class _TomlDay(ma.fields.Field[date]):
    """A calendar day; TOML has a type for it."""

    default_error_messages = {  # noqa: RUF012
        "required": "ontbreekt",
        "invalid": "moet een datum zijn, zonder aanhalingstekens",
    }

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date:
        if type(value) is not date:
            raise self.make_error("invalid")
        return value


class _UnitIn(Schema):
    name = Label(data_key="naam", required=True)
    domain = Choice(Domain, data_key="domein", required=True)
    takes_part = Flag(data_key="doetMee", load_default=True)
    independent = Flag(data_key="zelfstandig", load_default=False)
    mailbox = Email(data_key="postbus", required=True)
    phone = Phone(data_key="telefoon", required=True)


class _BasisIn(Schema):
    domain = Choice(Domain, data_key="domein", required=True)
    age_groups = Several(
        Choice(AgeGroup), low=1, unique=True, data_key="leeftijdsgroepen", required=True
    )
    demands = Choice(Demand, data_key="eist", required=True)
    may_defer = Flag(data_key="uitstelMag", load_default=False)
    reference = Label(longest=300, data_key="verwijzing", required=True)
    valid_from = _TomlDay(data_key="geldigVanaf", required=True)
    valid_until = _TomlDay(data_key="geldigTot", load_default=None)

    @ma.validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["valid_until"] is not None and data["valid_until"] < data["valid_from"]:
            raise ValidationError({"geldigTot": ["ligt vóór geldigVanaf"]})


class _ProfessionalIn(Schema):
    key = professional_key(data_key="sleutel", required=True)
    name = Label(data_key="naam", required=True)
    function = Label(data_key="functie", required=True)
    unit_name = Label(data_key="afdeling", required=True)
    email = Email(required=True)
    phone = Phone(data_key="telefoon", required=True)
    trained_on = _TomlDay(data_key="opgeleidOp", load_default=None)

    @ma.validates("key")
    def _is_no_number(self, value: str, **_: Any) -> None:
        if reason := new_key_fault(value):
            raise ValidationError(reason)


class _OrganisationIn(Schema):
    name = Label(data_key="naam", required=True)
    sensitive = Flag(data_key="gevoelig", required=True)
    registers = Flag(data_key="registreert", load_default=True)
    bsn_basis = Label(data_key="bsnGrondslag", load_default=None)
    reference_pattern = ReferencePattern(data_key="kenmerkPatroon", load_default=None)
    secure_mail_domains = mail_domains(high=1000)
    units = Several(Part(_UnitIn), low=1, high=200, data_key="afdelingen", required=True)
    legal_bases = Several(Part(_BasisIn), high=200, data_key="grondslagen", load_default=list)
    professionals = Several(
        Part(_ProfessionalIn), high=5000, data_key="medewerkers", load_default=list
    )

    @ma.validates_schema
    def _consistent(self, data: dict[str, Any], **_: Any) -> None:
        found: dict[str, Any] = {}
        names = [one["name"] for one in data.get("units", ())]
        if len(set(names)) != len(names):
            found["afdelingen"] = ["noemt een naam twee keer"]
        keys = [one["key"] for one in data["professionals"]]
        if len(set(keys)) != len(keys):
            found["medewerkers"] = ["noemt een sleutel twee keer"]
        bases = [
            (one["domain"], group, one["valid_from"])
            for one in data["legal_bases"]
            for group in one["age_groups"]
        ]
        if len(set(bases)) != len(bases):
            found["grondslagen"] = ["noemt een domein en leeftijdsgroep twee keer op dezelfde dag"]
        strangers = {
            position: {"afdeling": ["staat niet bij de afdelingen in dit bestand"]}
            for position, one in enumerate(data["professionals"])
            if one["unit_name"] not in names
        }
        if strangers and "medewerkers" not in found:
            found["medewerkers"] = strangers
        if found:
            raise ValidationError(found)

    @ma.post_load
    def _facts(self, data: dict[str, Any], **_: Any) -> OrganisationFacts:
        data["legal_bases"] = [
            {**{k: v for k, v in one.items() if k != "age_groups"}, "age_group": group}
            for one in data["legal_bases"]
            for group in one["age_groups"]
        ]
        return OrganisationFacts(**{"sensitive": False, "units": [], **data})


def read_organisation_file(text: str, *, is_complete: bool = True) -> OrganisationFacts:
    """Return what the file says.

    Args:
        text: TOML.
        is_complete: Whether it must hold all that an organisation registers
            by; one that is not admitted yet gets that from its profile.

    Raises:
        FileRefused: No TOML, or not of this form; with all faults.
    """
    schema = _OrganisationIn(partial=None if is_complete else ("sensitive", "units"))
    try:
        loaded: OrganisationFacts = schema.load(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        # The administrator's own file, on the administrator's own terminal.
        reason = f"is geen TOML: {error}"  # nosemgrep: error-text-shown
        raise FileRefused([{"name": BODY, "reason": reason}]) from None
    except ValidationError as error:
        raise FileRefused(faults(error.messages, schema)) from None
    return loaded
