"""What must hold between the parts of a profile: pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from orgprofiles.profile import BasisPart, Identity, Product, Profile, Route, UnitPart
from orgprofiles.profile_words import RouteKind

Fault = tuple[str, str]


def part_faults(parts: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong between the parts that are there: (field outside, reason in Dutch).

    Args:
        parts: Some of the attributes of :class:`Profile`; a concept may lack others.
    """
    found: list[Fault] = []
    units: Sequence[UnitPart] = parts.get("units", ())
    _no_double(found, "afdelingen", "naam", [one.name.casefold() for one in units])
    _no_double(found, "afdelingen", "id", [one.id for one in units if one.id is not None])
    products: Sequence[Product] = parts.get("products", ())
    _no_double(found, "producten", "sleutel", [one.key for one in products])
    bases: Sequence[BasisPart] = parts.get("legal_bases", ())
    _no_double(
        found,
        "grondslagen",
        "domein en leeftijdsgroep met dezelfde begindatum",
        [(one.domain, group, one.valid_from) for one in bases for group in one.age_groups],
    )
    found += _overlaps(bases)
    _no_double(
        found,
        "doorverwijzen",
        "zelfredzaamheid",
        [one.self_reliance for one in parts.get("routes_out", ())],
    )
    identity: Identity | None = parts.get("identity")
    keys = {one.key for one in products} if "products" in parts else None
    districts = set(identity.districts) if identity is not None else None
    for place, route in enumerate(parts.get("routes", ())):
        found += _route_faults(route, place, keys, districts)
    return found


def _overlaps(bases: Sequence[BasisPart]) -> Iterator[Fault]:
    """Tell which bases still run when another for the same people begins: which would count?"""
    for place, one in enumerate(bases):
        later = [
            other
            for other in bases
            if other.valid_from > one.valid_from
            and other.domain is one.domain
            and not set(other.age_groups).isdisjoint(one.age_groups)
        ]
        name = f"grondslagen[{place}].geldigTotDatum"
        if later and one.valid_until is None:
            yield name, "overlapt met een andere grondslag, die later begint; geef deze een einde"
        elif any(one.valid_until and other.valid_from <= one.valid_until for other in later):
            yield name, "overlapt met een andere grondslag; laat deze eindigen voor die begint"


def _route_faults(
    route: Route, place: int, keys: set[str] | None, districts: set[str] | None
) -> list[Fault]:
    found: list[Fault] = []
    if keys is not None and not keys.issuperset(route.products):
        found.append((f"routes[{place}].producten", "noemt een product dat het profiel niet heeft"))
    for number, channel in enumerate(route.channels):
        if districts is not None and not districts.issuperset(channel.districts):
            name = f"routes[{place}].kanalen[{number}].wijken"
            found.append((name, "noemt een wijk die niet bij de identiteit staat"))
    return found


def completeness_faults(profile: Profile, today: date) -> list[Fault]:
    """Return what a profile lacks to be published, though each part is right by itself.

    Args:
        profile: With every part.
        today: The calendar day in the Netherlands, for what has ended or is due already.
    """
    found: list[Fault] = []
    kinds = {one.kind for one in profile.routes if one.channels}
    if not kinds & {RouteKind.WARM}:
        found.append(("routes", "heeft geen warme route: hoe draagt iemand een cliënt over?"))
    if not any(one.kind is RouteKind.URGENT for one in profile.routes):
        found.append(("routes", "zegt niets over spoed; kan het niet, zeg dat dan zonder kanalen"))
    found += _unit_faults(profile, today)
    if profile.review_on <= today:
        found.append(("herzienDatum", _DUE))
    for place, basis in enumerate(profile.legal_bases):
        if basis.review_on and basis.review_on <= today:
            found.append((f"grondslagen[{place}].herzienDatum", _DUE))
    return found


_DUE = "moet in de toekomst liggen"


def _unit_faults(profile: Profile, today: date) -> Iterator[Fault]:
    declared = {one.domain for one in profile.legal_bases}
    valid = {
        one.domain
        for one in profile.legal_bases
        if one.valid_from <= today and (one.valid_until is None or today <= one.valid_until)
    }
    for place, unit in enumerate(profile.units):
        if not unit.takes_part or not profile.identity.bsn_basis or unit.domain in valid:
            continue
        reason = "heeft geen grondslag om te signaleren"
        if unit.domain in declared:
            reason = "heeft geen grondslag die vandaag geldt; zij zijn afgelopen of beginnen nog"
        yield f"afdelingen[{place}].domein", reason


def _no_double(found: list[Fault], part: str, what: str, values: Iterable[object]) -> None:
    seen = list(values)
    if len(set(seen)) != len(seen):
        found.append((part, f"noemt een {what} twee keer"))
