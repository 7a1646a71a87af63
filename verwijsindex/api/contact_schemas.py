"""The form of a contact, in and out: who is reached about a signal, and how."""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma
from marshmallow import ValidationError

from orgprofiles.domains import Domain
from orgprofiles.dutch_calendar import AMSTERDAM
from verwijsindex.http.bsn_recognition import LIKE_BSN, is_like_bsn
from verwijsindex.http.fields import Choice, Day, Email, Flag, Id, Part, Pattern, Schema, Text

KEY_PATTERN = r"[A-Za-z0-9._-]{1,64}"
KEY_FAULT = "mag alleen letters, cijfers en . _ - bevatten, hoogstens 64"


def professional_key(**kwargs: Any) -> Pattern:
    """Return the field of a professional's own key."""
    return Pattern(KEY_PATTERN, KEY_FAULT, longest=64, **kwargs)


def new_key_fault(key: str) -> str | None:
    """Return why a professional cannot be kept under *key*; None when it can.

    Only a key that is a BSN and nothing else is refused for that: nine digits
    in a row that pass the eleven-test turn up in many a UUID.
    """
    if not re.fullmatch(KEY_PATTERN, key):
        return KEY_FAULT
    return LIKE_BSN if is_like_bsn(key) else None


class ContactIn(Schema):
    """A professional, or the team."""

    FORMS = ((("medewerker",), ()), (("afdeling",), ()))

    professional_key = professional_key(data_key="medewerker")
    is_unit = Flag(data_key="afdeling", metadata={"enum": [True]})

    @ma.validates_schema
    def _one_of_two(self, data: dict[str, Any], **_: Any) -> None:
        if ("professional_key" in data) == ("is_unit" in data) or data.get("is_unit") is False:
            raise ValidationError(
                'noem een medewerker ({"medewerker": …}) of het team ({"afdeling": true})'
            )


class SubstituteOut(Schema):
    """Who stands in for somebody."""

    name = Text(data_key="naam", required=True)
    phone = Text(data_key="telefoon", required=True)
    until = Day(data_key="totEnMetDatum", required=True)


class ContactOut(Schema):
    """How somebody is reached."""

    name = Text(data_key="naam", required=True)
    function = Text(data_key="functie", required=True)
    phone = Text(data_key="telefoon", required=True)
    email = Email(required=True)
    stand_in = Part(
        SubstituteOut,
        data_key="waarnemer",
        required=True,
        allow_none=True,
        metadata={"description": "Wie waarneemt zolang deze persoon er niet is; bel dan die."},
    )


class CounterpartOut(Schema):
    """Somebody else who is involved."""

    participation_id = Id(data_key="deelname", required=True)
    organisation_name = Text(data_key="organisatie", required=True)
    domain = Choice(Domain, data_key="domein", required=True)
    contact = Part(ContactOut, required=True)
    since = ma.fields.Function(
        lambda one: one.since.astimezone(AMSTERDAM).date().isoformat(),
        data_key="sindsDatum",
        required=True,
        metadata={"type": "string", "format": "date"},
    )
