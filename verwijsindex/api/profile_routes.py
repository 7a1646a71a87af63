"""The parts of a profile outside: hours, ways in, routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma
from marshmallow import ValidationError

from orgprofiles import profile
from orgprofiles.opening_hours import ExceptionalDay, OpeningHours, Slot, WeekSlot
from orgprofiles.profile_words import (
    Answerer,
    Handling,
    HowOften,
    Means,
    NotShared,
    RouteKind,
    ShownBy,
    Urgency,
    Weekday,
)
from verwijsindex.api.profile_fields import WebAddress
from verwijsindex.api.profile_parts import (
    OPEN,
    PartSchema,
    TermPart,
    explanation,
    names,
    words,
)
from verwijsindex.http.fields import (
    Choice,
    Day,
    Email,
    Flag,
    Label,
    Part,
    Pattern,
    Phone,
    Several,
)

_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"


class _SlotFields(PartSchema):
    opens = Pattern(_CLOCK, "moet een tijd zijn, zoals 09:00", longest=5, data_key="van",
                    required=True)  # fmt: skip
    closes = Pattern(rf"(?:{_CLOCK}|24:00)", "moet een tijd zijn, zoals 17:00", longest=5,
                     data_key="tot", required=True)  # fmt: skip

    @ma.validates_schema
    def _lasts(self, data: dict[str, Any], **_: Any) -> None:
        if data["opens"] == data["closes"]:
            raise ValidationError({"tot": ["is gelijk aan het begin; een hele dag is tot 24:00"]})


class SlotPart(_SlotFields):
    """From when to when."""

    makes = Slot


class WeekSlotPart(_SlotFields):
    """From when to when, on which days."""

    makes = WeekSlot
    days = words(Weekday, "dagen", low=1)


class ExceptionalDayPart(PartSchema):
    """A date with hours of its own."""

    makes = ExceptionalDay
    day = Day(data_key="datum", required=True)
    slots = Several(Part(SlotPart), high=6, data_key="tijden", load_default=list)


class HoursPart(PartSchema):
    """When it can be reached."""

    makes = OpeningHours
    week = Several(Part(WeekSlotPart), high=28, data_key="week", required=True)
    closed_on_holidays = Flag(data_key="feestdagenGesloten", load_default=True)
    exceptions = Several(
        Part(ExceptionalDayPart), high=60, data_key="uitzonderingen", load_default=list
    )

    @ma.validates_schema
    def _once(self, data: dict[str, Any], **_: Any) -> None:
        days = [one.day for one in data["exceptions"]]
        if len(set(days)) != len(days):
            raise ValidationError({"uitzonderingen": ["noemt een datum twee keer"]})


class ChannelPart(PartSchema):
    """A way to come in."""

    makes = profile.Channel
    means = Choice(Means, data_key="middel", required=True)
    label = Label(longest=80, data_key="naam", **OPEN)
    web = WebAddress(data_key="webadres", **OPEN)
    email = Email(**OPEN)
    phone = Phone(data_key="telefoon", **OPEN)
    place = Label(longest=120, data_key="plaats", **OPEN)
    districts = names("wijken")
    hours = Part(HoursPart, data_key="tijden", **OPEN)
    partners_only = Flag(data_key="alleenPartners", load_default=False)
    answered_by = Choice(Answerer, data_key="beantwoordtDoor", **OPEN)
    mainly_by = Choice(Answerer, data_key="vooralDoor", **OPEN)
    passes_on_to = Choice(Answerer, data_key="beltDoorNaar", **OPEN)

    @ma.validates_schema
    def _can_be_used(self, data: dict[str, Any], **_: Any) -> None:
        names = _NEEDED[data["means"]]
        if not any(data[name] for name, _ in names):
            outside = " of ".join(key for _, key in names)
            raise ValidationError({names[0][1]: [f"bij dit middel is nodig: {outside}"]})


_NEEDED: Mapping[Means, Sequence[tuple[str, str]]] = {
    Means.FORM: (("web", "webadres"), ("email", "email")),
    Means.MAILBOX: (("email", "email"),),
    Means.PHONE: (("phone", "telefoon"),),
    Means.INTAKE: (("phone", "telefoon"), ("email", "email"), ("web", "webadres")),
    Means.WALK_IN: (("place", "plaats"),),
}


class UrgencyPart(PartSchema):
    """What shows urgency."""

    makes = profile.UrgencySign
    what = Choice(Urgency, data_key="wat", required=True)
    shown_by = words(ShownBy, "toonMet", low=1)


class RoutePart(PartSchema):
    """A route in."""

    makes = profile.Route
    kind = Choice(RouteKind, data_key="soort", required=True)
    products = names("producten", longest=40)
    channels = Several(Part(ChannelPart), high=60, data_key="kanalen", load_default=list)
    takes_applications = Flag(data_key="aanmeldenKan", load_default=True)
    taken_up_by = Choice(Answerer, data_key="opgepaktDoor", **OPEN)
    urgency = Several(Part(UrgencyPart), high=10, data_key="spoedBlijktUit", load_default=list)
    handling = Choice(Handling, data_key="spoedAanpak", **OPEN)
    how_often = Choice(HowOften, data_key="komtVoor", **OPEN)
    also_mail = Flag(data_key="ookMailen", load_default=False)
    call_back = Part(TermPart, data_key="terugbellenBinnen", **OPEN)
    call_back_how_often = Choice(HowOften, data_key="terugbellenHoeVaak", **OPEN)
    not_shared = words(NotShared, "deeltNiet")
    explanation = explanation()

    @ma.validates_schema
    def _urgency(self, data: dict[str, Any], **_: Any) -> None:
        found = {}
        if data["kind"] is not RouteKind.URGENT:
            names = (("urgency", "spoedBlijktUit"), ("handling", "spoedAanpak"))
            found = {
                outside: ["hoort alleen bij een urgente route"]
                for name, outside in names
                if data[name]
            }
        if data["kind"] is RouteKind.WARM and not data["takes_applications"]:
            found["aanmeldenKan"] = ["een warme route is er om aan te melden"]
        if found:
            raise ValidationError(found)
