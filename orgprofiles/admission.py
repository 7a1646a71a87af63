"""The steps by which an organisation is admitted: what is done, and what is still to do.

Three steps are recorded, for they happen outside the index. The others are
computed from what there is, so that they cannot say what is not so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from orgprofiles.domains import Domain
from orgprofiles.profile import Profile


class AdmissionStep(StrEnum):
    """A step of the admission; the order is the usual one."""

    COVENANT = "convenant"  #: recorded: signed on, with the document
    DPIA = "dpia"  #: recorded: agreed on, with the document
    PRIVACY_CONTACT = "privacycontact"  #: recorded: its privacy officer
    PROFILE = "profiel"  #: a version was published
    BSN_BASIS = "bsn_grondslag"  #: the published profile names law and article
    COORDINATOR = "coordinator"  #: the published profile names one
    UNITS = "afdelingen"  #: at least one takes part
    LEGAL_BASIS = "grondslag"  #: a valid one for the domain of each unit that takes part
    TRAINED = "opgeleide_medewerkers"  #: at least one who is active
    INFORMING_TEXTS = "informeerteksten"  #: how clients are told, in the published profile
    TRIAL = "proefregistratie"  #: a dry run in which at least one row was right


#: What the administrator records; the other steps follow from facts.
RECORDED_STEPS = frozenset(
    {AdmissionStep.COVENANT, AdmissionStep.DPIA, AdmissionStep.PRIVACY_CONTACT}
)
#: What only organisations that register need.
REGISTERING_STEPS = frozenset(
    {
        AdmissionStep.BSN_BASIS,
        AdmissionStep.LEGAL_BASIS,
        AdmissionStep.TRAINED,
        AdmissionStep.INFORMING_TEXTS,
        AdmissionStep.TRIAL,
    }
)


class StepState(StrEnum):
    """How far a step is."""

    DONE = "gedaan"  #: nothing is left to do
    OPEN = "open"  #: see what is to be done
    NOT_NEEDED = "niet_nodig"  #: only asked of organisations that register


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A unit, as far as admission looks at it."""

    name: str
    domain: Domain
    takes_part: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionFacts:
    """What there is of an organisation on a day.

    Attributes:
        registers: Whether it is to register.
        recorded: The days on which recorded steps were done.
        profile: The one in force; None: none was published.
        published_on: When that version was (in the Netherlands).
        units: All of them.
        domains_with_basis: Where a legal basis is valid on this day.
        trained: Active professionals whose training is over.
        untrained: Active professionals without one.
        tried_on: Day of the first dry run with a right row.
    """

    registers: bool
    recorded: Mapping[AdmissionStep, date]
    profile: Profile | None
    published_on: date | None
    units: Sequence[UnitFacts]
    domains_with_basis: frozenset[Domain]
    trained: int
    untrained: int
    tried_on: date | None


@dataclass(frozen=True, slots=True)
class StepView:
    """How far a step is.

    Attributes:
        step: Which.
        state: Whether it is done.
        done_on: Where a day is known.
        to_do: In Dutch; None unless it is open.
    """

    step: AdmissionStep
    state: StepState
    done_on: date | None = None
    to_do: str | None = None


def admission_steps(facts: AdmissionFacts) -> list[StepView]:
    """Return every step, in the usual order."""
    return [_view(step, facts) for step in AdmissionStep]


def open_steps(views: Sequence[StepView]) -> list[StepView]:
    """Return what is still to do."""
    return [one for one in views if one.state is StepState.OPEN]


def _view(step: AdmissionStep, facts: AdmissionFacts) -> StepView:
    if step in REGISTERING_STEPS and not facts.registers:
        return StepView(step, StepState.NOT_NEEDED)
    if step in RECORDED_STEPS:
        done_on, to_do = facts.recorded.get(step), _TO_RECORD[step]
        if done_on is not None:
            return StepView(step, StepState.DONE, done_on)
        return StepView(step, StepState.OPEN, to_do=to_do)
    lacking = _LACKING[step](facts)
    if lacking is not None:
        return StepView(step, StepState.OPEN, to_do=lacking)
    day = facts.published_on if step in _OF_PROFILE else None
    return StepView(step, StepState.DONE, facts.tried_on if step is AdmissionStep.TRIAL else day)


_TO_RECORD: Mapping[AdmissionStep, str] = {
    AdmissionStep.COVENANT: "leg vast wanneer het convenant is getekend, en waar het staat",
    AdmissionStep.DPIA: "leg vast wanneer de DPIA is vastgesteld, en waar die staat",
    AdmissionStep.PRIVACY_CONTACT: "leg vast wie de privacyfunctionaris is, en hoe die te"
    " bereiken is",
}
_OF_PROFILE = frozenset(
    {
        AdmissionStep.PROFILE,
        AdmissionStep.BSN_BASIS,
        AdmissionStep.COORDINATOR,
        AdmissionStep.INFORMING_TEXTS,
    }
)
_PUBLISH_FIRST = "publiceer eerst een profiel; daarin staat dit"


def _no_profile(facts: AdmissionFacts) -> str | None:
    if facts.profile is None:
        return "laat de organisatie een profiel maken, geef akkoord en publiceer het"
    return None


def _no_bsn_basis(facts: AdmissionFacts) -> str | None:
    if facts.profile is None:
        return _PUBLISH_FIRST
    if facts.profile.identity.bsn_basis is None:
        return (
            "noem in het profiel de wet en het artikel op grond waarvan de organisatie het BSN mag"
            " gebruiken; is die er niet, laat haar dan toe zonder te registreren"
        )
    return None


def _no_coordinator(facts: AdmissionFacts) -> str | None:
    if facts.profile is None:
        return _PUBLISH_FIRST
    return None if facts.profile.contact.coordinator.name else "noem in het profiel een coördinator"


def _no_unit(facts: AdmissionFacts) -> str | None:
    if any(one.takes_part for one in facts.units):
        return None
    return "laat in het profiel minstens één afdeling meedoen"


def _no_legal_basis(facts: AdmissionFacts) -> str | None:
    taking_part = [one for one in facts.units if one.takes_part]
    if not taking_part:
        return "laat eerst een afdeling meedoen; haar domein bepaalt welke grondslag nodig is"
    lacking = [one for one in taking_part if one.domain not in facts.domains_with_basis]
    if not lacking:
        return None
    named = ", ".join(f"{one.name} ({one.domain})" for one in lacking)
    return f"leg in het profiel een grondslag vast die nu geldt voor: {named}"


def _nobody_trained(facts: AdmissionFacts) -> str | None:
    if facts.trained:
        return None
    if facts.untrained:
        return (
            "geef van minstens één medewerker op wanneer die is opgeleid (opgeleidDatum);"
            f" nu zonder opleiding: {facts.untrained}"
        )
    return "laat de organisatie haar medewerkers opgeven, met de dag van hun opleiding"


def _no_informing_texts(facts: AdmissionFacts) -> str | None:
    if facts.profile is None:
        return _PUBLISH_FIRST
    telling = facts.profile.telling
    if telling.text and telling.ways:
        return None
    return "zet in het profiel hoe cliënten worden geïnformeerd, en met welke tekst"


def _no_trial(facts: AdmissionFacts) -> str | None:
    if facts.tried_on is not None:
        return None
    return (
        "laat het bronsysteem een proefregistratie doen (vi-client import --proef, of een batch"
        " met proef: true) waarin minstens één rij goed is"
    )


_LACKING: Mapping[AdmissionStep, Callable[[AdmissionFacts], str | None]] = {
    AdmissionStep.PROFILE: _no_profile,
    AdmissionStep.BSN_BASIS: _no_bsn_basis,
    AdmissionStep.COORDINATOR: _no_coordinator,
    AdmissionStep.UNITS: _no_unit,
    AdmissionStep.LEGAL_BASIS: _no_legal_basis,
    AdmissionStep.TRAINED: _nobody_trained,
    AdmissionStep.INFORMING_TEXTS: _no_informing_texts,
    AdmissionStep.TRIAL: _no_trial,
}
