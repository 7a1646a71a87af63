"""The parts of a profile outside: who it is, what it signals, what it offers.

The same schemas read what an organisation saves, write it back the same, and
make the values of :mod:`orgprofiles.profile`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import ValidationError

from orgprofiles import profile
from orgprofiles.domains import AgeGroup, Demand, Domain, LifeDomain, Phase
from orgprofiles.profile_words import (
    Answer,
    NumberKind,
    SignalMoment,
    SignalsWhom,
    SupportForm,
    TellingWay,
    TimeUnit,
    WhoSignals,
)
from verwijsindex.api.profile_fields import NumberlessPattern, ReferencePattern, mail_domains
from verwijsindex.http.fields import (
    Choice,
    Day,
    Email,
    Flag,
    Id,
    Label,
    Number,
    Part,
    Pattern,
    Phone,
    Schema,
    Several,
)

EXPLANATION_LIMIT = 500
OPEN: Mapping[str, Any] = {"load_default": None, "allow_none": True}


class PartSchema(Schema):
    """A part that becomes a value."""

    makes: ClassVar[type]

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Any:
        return self.makes(**data)


def explanation() -> Label:
    """Return the field that leaves room for a word to people."""
    return Label(longest=EXPLANATION_LIMIT, data_key="toelichting", **OPEN)


def names(data_key: str, *, longest: int = 80, high: int = 100) -> Several:
    """Return a list of names; it may be left out."""
    return Several(
        Label(longest=longest), high=high, unique=True, data_key=data_key, load_default=list
    )


def words(states: type[StrEnum], data_key: str, *, low: int = 0) -> Several:
    """Return a list of words from a closed list; with *low* it cannot be left out."""
    presence: dict[str, Any] = {"required": True} if low else {"load_default": list}
    return Several(Choice(states), low=low, unique=True, data_key=data_key, **presence)


class TermPart(PartSchema):
    """How long; 0 is at once."""

    makes = profile.Term
    amount = Number(0, 400, data_key="aantal", required=True)
    unit = Choice(TimeUnit, data_key="eenheid", required=True)


class NumberPart(PartSchema):
    """A number in a public register."""

    makes = profile.OrganisationNumber
    kind = Choice(NumberKind, data_key="soort", required=True)
    value = Pattern(r"[0-9]{8}(?:[0-9]{12})?", "moet 8 of 20 cijfers zijn", longest=20,
                    data_key="waarde", required=True)  # fmt: skip

    @ma.validates_schema
    def _length(self, data: dict[str, Any], **_: Any) -> None:
        wanted = {NumberKind.OIN: 20, NumberKind.KVK: 8}[data["kind"]]
        if len(data["value"]) != wanted:
            raise ValidationError({"waarde": [f"moet {wanted} cijfers zijn"]})


class TargetGroupPart(PartSchema):
    """For which ages."""

    makes = profile.TargetGroup
    from_months = Number(-9, 1200, data_key="vanafMaanden", required=True)
    to_years = Number(0, 130, data_key="totEnMetJaar", **OPEN)

    @ma.validates_schema
    def _order(self, data: dict[str, Any], **_: Any) -> None:
        last = data["to_years"]
        if last is not None and last * 12 + 11 < data["from_months"]:
            raise ValidationError({"totEnMetJaar": ["ligt voor het begin"]})


class BsnBasisPart(PartSchema):
    """By which law the BSN is used."""

    makes = profile.BsnBasis
    law = Label(longest=120, data_key="wet", required=True)
    article = Label(longest=60, data_key="artikel", required=True)
    agreed_on = Day(data_key="afgesprokenDatum", required=True)


class IdentityPart(PartSchema):
    """Who it is."""

    makes = profile.Identity
    name = Label(data_key="naam", required=True)
    number = Part(NumberPart, data_key="nummer", **OPEN)
    municipalities = Several(
        Label(longest=80), low=1, high=400, unique=True, data_key="gemeenten", required=True
    )
    districts = names("wijken")
    target_group = Part(TargetGroupPart, data_key="doelgroep", required=True)
    bsn_basis = Part(BsnBasisPart, data_key="bsnGrondslag", **OPEN)
    sensitive = Flag(data_key="gevoelig", required=True)
    secure_mail_domains = mail_domains()
    reference_pattern = ReferencePattern(data_key="kenmerkPatroon", **OPEN)
    explanation = explanation()


class UnitPart(PartSchema):
    """A unit."""

    makes = profile.UnitPart
    id = Id(**OPEN)
    name = Label(data_key="naam", required=True)
    domain = Choice(Domain, data_key="domein", required=True)
    takes_part = Flag(data_key="doetMee", required=True)
    independent = Flag(data_key="zelfstandig", load_default=False)
    mailbox = Email(data_key="postbus", **OPEN)
    phone = Phone(data_key="telefoon", required=True)
    explanation = explanation()


class QuestionPart(PartSchema):
    """A yes/no question."""

    makes = profile.Question
    text = Label(longest=300, data_key="vraag", required=True)
    signal_on = Choice(Answer, data_key="signaalBij", required=True)


class SignallingPart(PartSchema):
    """Whom it registers."""

    makes = profile.Signalling
    whom = Choice(SignalsWhom, data_key="wie", required=True)
    questions = Several(Part(QuestionPart), high=10, data_key="vragen", load_default=list)
    moments = words(SignalMoment, "momenten", low=1)
    who = words(WhoSignals, "doorWie", low=1)
    default_months = Number(1, 24, data_key="standaardMaanden", required=True)
    longest_months = Number(1, 24, data_key="langsteMaanden", required=True)
    follow_up_days = Number(1, 20, data_key="opvolgWerkdagen", required=True)
    explanation = explanation()

    @ma.validates_schema
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        found = {}
        if data["default_months"] > data["longest_months"]:
            found["standaardMaanden"] = ["is langer dan de langste termijn"]
        if data["whom"] is SignalsWhom.BY_CRITERIA and not data["questions"]:
            found["vragen"] = ["is nodig voor wie op criteria signaleert"]
        if data["whom"] is SignalsWhom.EVERY_CLIENT and data["questions"]:
            found["vragen"] = ["hoort niet bij wie alle cliënten signaleert"]
        if found:
            raise ValidationError(found)


class TellingPart(PartSchema):
    """How clients are told."""

    makes = profile.Telling
    ways = words(TellingWay, "wijzen", low=1)
    text = Label(longest=2000, data_key="tekst", required=True)
    explanation = explanation()

    @ma.validates_schema
    def _more_than_paper(self, data: dict[str, Any], **_: Any) -> None:
        if set(data["ways"]) == {TellingWay.LEAFLET}:
            raise ValidationError({"wijzen": ["een folder kan alleen naast een andere wijze"]})


class BasisPart(PartSchema):
    """A legal basis."""

    makes = profile.BasisPart
    domain = Choice(Domain, data_key="domein", required=True)
    age_groups = words(AgeGroup, "leeftijdsgroepen", low=1)
    demands = Choice(Demand, data_key="eist", required=True)
    may_defer = Flag(data_key="uitstelMag", required=True)
    reference = Label(longest=300, data_key="verwijzing", required=True)
    valid_from = Day(data_key="geldigVanafDatum", required=True)
    valid_until = Day(data_key="geldigTotDatum", **OPEN)
    review_on = Day(data_key="herzienDatum", **OPEN)
    explanation = explanation()

    @ma.validates_schema
    def _order(self, data: dict[str, Any], **_: Any) -> None:
        if data["valid_until"] is not None and data["valid_until"] < data["valid_from"]:
            raise ValidationError({"geldigTotDatum": ["ligt voor het begin"]})


class ProductPart(PartSchema):
    """Something that it offers."""

    makes = profile.Product
    key = NumberlessPattern(r"[a-z0-9-]{1,40}", "mag kleine letters, cijfers en - bevatten",
                            longest=40, data_key="sleutel", required=True)  # fmt: skip
    name = Label(longest=120, data_key="naam", required=True)
    life_domains = words(LifeDomain, "leefgebieden", low=1)
    phases = words(Phase, "fasen", low=1)
    target_group = Part(TargetGroupPart, data_key="doelgroep", **OPEN)
    duration = Part(TermPart, data_key="duur", **OPEN)
    forms = words(SupportForm, "vormen", low=1)
    volunteers = Flag(data_key="vrijwilligers", required=True)
    explanation = explanation()
