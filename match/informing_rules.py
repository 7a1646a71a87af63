"""Whether a client was told as the legal basis demands: a pure rule."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from match.registering import InformingFacts
from match.signals import InformedBy, Reaction
from match.terms import add_months
from orgprofiles.domains import Demand

EARLIEST_INFORMED_ON = date(2000, 1, 1)

_ENOUGH = {
    Demand.INFORM: frozenset(Reaction),
    Demand.NO_OBJECTION: frozenset({Reaction.NO_OBJECTION, Reaction.CONSENT}),
    Demand.CONSENT: frozenset({Reaction.CONSENT}),
}
_REACTION_FAULT = {
    Demand.NO_OBJECTION: "de grondslag vraagt dat de cliënt geen bezwaar heeft",
    Demand.CONSENT: "de grondslag vraagt dat de cliënt instemt",
}


def informing_faults(
    facts: InformingFacts,
    *,
    demands: Demand,
    may_defer: bool,
    ways: Collection[str] | None,
    today: date,
) -> list[tuple[str, str]]:
    """Return the faults of *facts* as (field within ``geinformeerd``, reason in Dutch).

    Args:
        facts: How the client was told, or why not yet.
        demands: What the legal basis asks.
        may_defer: Whether it allows putting it off.
        ways: In which the organisation's profile says it tells clients; None: any.
        today: The calendar day in the Netherlands.
    """
    faults = date_faults(facts, today=today)
    if facts.deferral_reason is not None:
        if not may_defer:
            faults.append(("uitgesteldReden", "de grondslag staat uitstel van informeren niet toe"))
        return faults
    if ways is not None and facts.informed_by is InformedBy.OWN and facts.informed_how not in ways:
        told = ", ".join(sorted(ways))
        faults.append(("wijze", f"staat niet in het profiel van uw organisatie (wel: {told})"))
    if facts.reaction not in _ENOUGH[demands]:
        faults.append(("reactie", _REACTION_FAULT[demands]))
    return faults


def is_enough(facts: InformingFacts, *, demands: Demand, may_defer: bool) -> bool:
    """Whether what was recorded, whenever that was, is what a legal basis asks."""
    if facts.deferral_reason is not None:
        return may_defer
    return facts.reaction in _ENOUGH[demands]


def date_faults(facts: InformingFacts, *, today: date) -> list[tuple[str, str]]:
    """Return what is wrong with the dates, whatever the legal basis."""
    faults = []
    if facts.review_on is not None:
        if facts.review_on <= today:
            faults.append(("herzienDatum", "moet in de toekomst liggen"))
        elif facts.review_on > add_months(today, 1):
            faults.append(("herzienDatum", "mag hoogstens een maand vooruit liggen"))
    if facts.informed_on is not None:
        if facts.informed_on > today:
            faults.append(("datum", "mag niet in de toekomst liggen"))
        elif facts.informed_on < EARLIEST_INFORMED_ON:
            faults.append(("datum", "ligt te ver terug"))
    return faults
