"""The steps of an admission, computed from every combination of what there may be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from orgprofiles.admission import (
    RECORDED_STEPS,
    REGISTERING_STEPS,
    AdmissionFacts,
    AdmissionStep,
    StepState,
    UnitFacts,
    admission_steps,
    open_steps,
)
from orgprofiles.domains import Domain
from orgprofiles.profile import Profile
from tests.profile_contents import whole_profile
from verwijsindex.use_cases.keep_profile import profile_of

DAY, PUBLISHED, TRIED = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
TEAM = UnitFacts("Team", Domain.DEBT, takes_part=True)
OTHER = UnitFacts("Spreekuur", Domain.LEGAL, takes_part=True)
SILENT = UnitFacts("Later", Domain.YOUTH, takes_part=False)


def profile() -> Profile:
    return profile_of(whole_profile())


def without_bsn_basis(found: Profile) -> Profile:
    return replace(found, identity=replace(found.identity, bsn_basis=None))


def without_coordinator(found: Profile) -> Profile:
    nobody = replace(found.contact.coordinator, name="")
    return replace(found, contact=replace(found.contact, coordinator=nobody))


def without_ways(found: Profile) -> Profile:
    return replace(found, telling=replace(found.telling, ways=()))


def without_text(found: Profile) -> Profile:
    return replace(found, telling=replace(found.telling, text=""))


COMPLETE = AdmissionFacts(
    registers=True,
    recorded=dict.fromkeys(RECORDED_STEPS, DAY),
    profile=profile(),
    published_on=PUBLISHED,
    units=(TEAM, SILENT),
    domains_with_basis=frozenset({Domain.DEBT}),
    trained=1,
    untrained=0,
    tried_on=TRIED,
)
NOTHING = AdmissionFacts(
    registers=True,
    recorded={},
    profile=None,
    published_on=None,
    units=(),
    domains_with_basis=frozenset(),
    trained=0,
    untrained=0,
    tried_on=None,
)


def states(facts: AdmissionFacts) -> dict[AdmissionStep, StepState]:
    return {one.step: one.state for one in admission_steps(facts)}


def still_open(facts: AdmissionFacts) -> set[AdmissionStep]:
    return {one.step for one in open_steps(admission_steps(facts))}


def test_of_nothing_every_step_is_open_and_says_what_to_do() -> None:
    views = admission_steps(NOTHING)
    assert [one.step for one in views] == list(AdmissionStep)
    assert {one.state for one in views} == {StepState.OPEN}
    assert all(one.to_do and one.done_on is None for one in views)


def test_when_all_is_there_every_step_is_done_on_its_day() -> None:
    views = {one.step: one for one in admission_steps(COMPLETE)}
    assert {one.state for one in views.values()} == {StepState.DONE}
    assert {one.to_do for one in views.values()} == {None}
    assert {step: one.done_on for step, one in views.items()} == {
        AdmissionStep.COVENANT: DAY,
        AdmissionStep.DPIA: DAY,
        AdmissionStep.PRIVACY_CONTACT: DAY,
        AdmissionStep.PROFILE: PUBLISHED,
        AdmissionStep.BSN_BASIS: PUBLISHED,
        AdmissionStep.COORDINATOR: PUBLISHED,
        AdmissionStep.UNITS: None,
        AdmissionStep.LEGAL_BASIS: None,
        AdmissionStep.TRAINED: None,
        AdmissionStep.INFORMING_TEXTS: PUBLISHED,
        AdmissionStep.TRIAL: TRIED,
    }


#: What a fact's absence leaves open.
LACKING: dict[str, tuple[dict[str, Any], set[AdmissionStep]]] = {
    "covenant": ({"recorded": AdmissionStep.COVENANT}, {AdmissionStep.COVENANT}),
    "dpia": ({"recorded": AdmissionStep.DPIA}, {AdmissionStep.DPIA}),
    "contact": ({"recorded": AdmissionStep.PRIVACY_CONTACT}, {AdmissionStep.PRIVACY_CONTACT}),
    "bsn": ({"profile": without_bsn_basis}, {AdmissionStep.BSN_BASIS}),
    "coordinator": ({"profile": without_coordinator}, {AdmissionStep.COORDINATOR}),
    "ways": ({"profile": without_ways}, {AdmissionStep.INFORMING_TEXTS}),
    "text": ({"profile": without_text}, {AdmissionStep.INFORMING_TEXTS}),
    "units": ({"units": (SILENT,)}, {AdmissionStep.UNITS, AdmissionStep.LEGAL_BASIS}),
    "basis": ({"domains_with_basis": frozenset({Domain.YOUTH})}, {AdmissionStep.LEGAL_BASIS}),
    "second basis": ({"units": (TEAM, OTHER)}, {AdmissionStep.LEGAL_BASIS}),
    "training": ({"trained": 0, "untrained": 3}, {AdmissionStep.TRAINED}),
    "professionals": ({"trained": 0, "untrained": 0}, {AdmissionStep.TRAINED}),
    "trial": ({"tried_on": None}, {AdmissionStep.TRIAL}),
    "profile": (
        {"profile": None, "published_on": None},
        {
            AdmissionStep.PROFILE,
            AdmissionStep.BSN_BASIS,
            AdmissionStep.COORDINATOR,
            AdmissionStep.INFORMING_TEXTS,
        },
    ),
}


def lacking(facts: AdmissionFacts, name: str) -> AdmissionFacts:
    changes = dict(LACKING[name][0])
    if "recorded" in changes:
        step = changes["recorded"]
        changes["recorded"] = {one: day for one, day in facts.recorded.items() if one != step}
    if callable(changes.get("profile")):
        changes["profile"] = changes["profile"](facts.profile) if facts.profile else None
    return replace(facts, **changes)


@pytest.mark.parametrize("name", LACKING)
def test_what_is_lacking_leaves_its_own_steps_open_and_no_others(name: str) -> None:
    assert still_open(lacking(COMPLETE, name)) == LACKING[name][1]


#: Two that set the same fact are no two things.
PAIRS = [
    (one, other)
    for one, other in product(LACKING, repeat=2)
    if not (LACKING[one][0].keys() & LACKING[other][0].keys() - {"recorded", "profile"})
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_things_lacking_leave_open_what_each_does(one: str, other: str) -> None:
    found = still_open(lacking(lacking(COMPLETE, one), other))
    assert found == LACKING[one][1] | LACKING[other][1]


@pytest.mark.parametrize("name", LACKING)
def test_who_does_not_register_needs_no_step_that_is_only_for_that(name: str) -> None:
    facts = replace(lacking(COMPLETE, name), registers=False)
    found = states(facts)
    assert {one for one, state in found.items() if state is StepState.NOT_NEEDED} == (
        REGISTERING_STEPS
    )
    assert still_open(facts) == LACKING[name][1] - REGISTERING_STEPS


def test_what_is_to_be_done_names_units_and_counts() -> None:
    facts = replace(COMPLETE, units=(TEAM, OTHER, SILENT), trained=0, untrained=4, tried_on=None)
    said = {one.step: one.to_do or "" for one in admission_steps(facts)}
    assert "Spreekuur (juridisch)" in said[AdmissionStep.LEGAL_BASIS]
    assert "Team" not in said[AdmissionStep.LEGAL_BASIS]
    assert "nu zonder opleiding: 4" in said[AdmissionStep.TRAINED]
    assert (
        "zonder te registreren"
        in {one.step: one.to_do or "" for one in admission_steps(lacking(COMPLETE, "bsn"))}[
            AdmissionStep.BSN_BASIS
        ]
    )
