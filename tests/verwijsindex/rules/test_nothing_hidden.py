"""Nobody can tell whether there is somebody whom the rules hide: not by any call, mail or count.

Everything is done twice: with what the sensitive organisations do, and
without. What the others are told must be the same, word for word; and so
must be what the database is asked on their behalf, which is what the time of
an answer comes from.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from match.rules import RuleEffect
from tests.match.model import Rules
from tests.verwijsindex.rules.observers import Run
from tests.world import World

PERSONS = st.sampled_from((1, 2))
HIDING = st.sampled_from(["eerst_gevoelige_kant", "geen_match"])
TWO_SIDED = st.sampled_from(
    [str(one) for one in RuleEffect if one is not RuleEffect.SENSITIVE_FIRST]
)
RULES = st.builds(
    Rules,
    effects=st.tuples(TWO_SIDED, HIDING, TWO_SIDED),
    between=st.just(())
    | st.tuples(st.tuples(st.just(frozenset({"Schuldhulp", "Veilig Thuis"})), HIDING))
    | st.tuples(st.tuples(st.just(frozenset({"Schuldhulp", "Wijkteam"})), TWO_SIDED)),
)
OPEN = ("Schuldhulp", "Wijkteam", "Woningcorporatie")
SECRET = ("Veilig Thuis", "GGZ")
ANYBODY = st.sampled_from(OPEN + SECRET)
CONTACTS = st.sampled_from([{"medewerker": "m1"}, {"medewerker": "m2"}, {"afdeling": True}])
DEEDS = st.sampled_from(
    ["record", "say known", "confirm", "lead", "ask", "client", "aanvaarding", "weigering"]
)
STEPS = st.one_of(
    st.tuples(st.just("register"), ANYBODY, PERSONS, st.integers(1, 3), st.booleans(), CONTACTS),
    st.tuples(st.just("register"), ANYBODY, PERSONS, st.just(3), st.just(False), CONTACTS),
    st.tuples(
        st.just("end"),
        ANYBODY,
        st.integers(0, 5),
        st.sampled_from(["afgerond", "verkeerde_persoon"]),
    ),
    st.tuples(st.just("look"), st.sampled_from(OPEN)),
    st.tuples(st.just("follow"), ANYBODY, DEEDS),
    st.tuples(st.just("rules"), RULES),
    st.tuples(st.just("wait"), st.sampled_from([0, 1, 40])),
    st.tuples(st.sampled_from(["review", "lapse", "mail"])),
)


@pytest.fixture
def stage(world: World) -> World:
    """Return a world with organisations of which some are sensitive."""
    for name, domain in zip(OPEN, ("schulden", "welzijn", "wonen"), strict=True):
        world.member(name, domain=domain)
    for name, domain in zip(SECRET, ("veiligheid", "ggz"), strict=True):
        world.member(name, domain=domain, sensitive=True)
    return world


def run(world: World, steps: list[tuple[Any, ...]], *, secrets: bool, kind: type[Run] = Run) -> Run:
    """Take *steps*, with or without those that are secret; return what was observed."""
    done = kind(world, [world.members[name] for name in OPEN])
    # What this process counted of one's own organisation in the run before.
    world.services.registered_today.clear()
    deeds = {
        "register": done.register,
        "end": done.end,
        "look": done.look,
        "follow": done.follow,
        "rules": done.change_rules,
        "wait": done.wait,
        "review": done.worker.review,
        "lapse": done.worker.lapse,
        "mail": done.mails_and_counts,
    }
    for what, *how in steps:
        # Matches of one moment are listed in the order of random ids.
        world.clock.advance(timedelta(seconds=1))
        who = how[0] if how and isinstance(how[0], str) else None
        if who in SECRET and not secrets:
            continue
        if who is not None:
            how[0] = world.members[who]
        deeds[what](*how)
    done.worker.review()
    for member in done.observers:
        done.look(member)
    done.mails_and_counts()
    return done


def check(world: World, steps: list[tuple[Any, ...]], kind: type[Run] = Run) -> None:
    with_them, without = (
        run(world, steps, secrets=secrets, kind=kind) for secrets in (True, False)
    )
    assert with_them.transcript == without.transcript
    for one, other in zip(with_them.statements, without.statements, strict=True):
        assert one == other


def generate(world: World, *, examples: int, kind: type[Run] = Run) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(STEPS, min_size=4, max_size=14))
    def same(steps: list[tuple[Any, ...]]) -> None:
        check(world, steps, kind)

    same()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_others_are_told_is_the_same_without_the_hidden(stage: World) -> None:
    generate(stage, examples=12)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_so_it_is_on_postgresql(stage: World) -> None:
    generate(stage, examples=4)


@pytest.mark.slow
def test_so_it_is_in_many_cases(stage: World) -> None:
    generate(stage, examples=300)


one = {"medewerker": "m1"}
CASES = {
    "two persons at one moment": [
        ("register", "Schuldhulp", 1, 3, False, one),
        ("register", "Wijkteam", 1, 3, False, one),
        ("register", "Schuldhulp", 2, 3, False, one),
        ("register", "Wijkteam", 2, 3, False, one),
    ],
    "a hidden one takes the lead, says that it knew somebody, and asks": [
        ("register", "Schuldhulp", 1, 3, False, one),
        ("register", "Wijkteam", 1, 3, False, one),
        ("register", "GGZ", 1, 3, False, one),
        ("review",),
        ("follow", "GGZ", "lead"),
        ("follow", "Schuldhulp", "ask"),
        ("follow", "GGZ", "say known"),
        ("follow", "GGZ", "ask"),
        ("look", "Schuldhulp"),
        ("follow", "Wijkteam", "aanvaarding"),
        ("follow", "GGZ", "client"),
        ("follow", "Wijkteam", "say known"),
        ("follow", "Schuldhulp", "confirm"),
        ("register", "Schuldhulp", 1, 3, False, {"medewerker": "m2"}),
        ("mail",),
    ],
    "a registration finds somebody hidden, or nobody": [
        ("register", "GGZ", 1, 3, False, one),
        ("register", "Schuldhulp", 1, 3, False, one),
        ("look", "Schuldhulp"),
    ],
    "a hidden one comes later": [
        ("register", "Schuldhulp", 1, 3, False, one),
        ("register", "GGZ", 1, 3, False, one),
        ("look", "Schuldhulp"),
        ("mail",),
    ],
    "whom one may see comes after a hidden one": [
        ("register", "Schuldhulp", 1, 3, False, one),
        ("register", "GGZ", 1, 3, False, one),
        ("wait", 1),
        ("register", "Wijkteam", 1, 3, False, one),
        ("look", "Schuldhulp"),
    ],
    "whom one saw goes, and the hidden one stays": [
        ("register", "Schuldhulp", 1, 3, False, one),
        ("register", "Wijkteam", 1, 3, False, one),
        ("register", "GGZ", 1, 3, False, one),
        ("end", "Wijkteam", 0, "afgerond"),
        ("look", "Schuldhulp"),
    ],
    "all go but the hidden one, and come back": [
        ("register", "GGZ", 1, 3, False, one),
        ("register", "Schuldhulp", 1, 3, False, one),
        ("register", "Wijkteam", 1, 3, False, one),
        ("review",),
        ("end", "Wijkteam", 0, "afgerond"),
        ("end", "Schuldhulp", 0, "afgerond"),
        ("wait", 1),
        ("register", "Schuldhulp", 1, 3, False, one),
        ("register", "Wijkteam", 1, 3, False, one),
    ],
    "two hidden ones have a match": [
        ("rules", Rules(("match", "eerst_gevoelige_kant", "match"))),
        ("register", "GGZ", 1, 3, False, one),
        ("register", "Veilig Thuis", 1, 3, False, one),
        ("wait", 1),
        ("register", "Schuldhulp", 1, 3, False, one),
        ("register", "Wijkteam", 1, 3, False, one),
    ],
    "a batch finds them": [
        ("register", "GGZ", 1, 3, True, one),
        ("register", "Schuldhulp", 1, 3, False, one),
        ("review",),
        ("register", "Wijkteam", 1, 3, True, one),
        ("review",),
        ("mail",),
    ],
    "a hidden one's last day has passed": [
        ("register", "GGZ", 1, 1, False, one),
        ("wait", 40),
        ("register", "Schuldhulp", 1, 3, False, one),
        ("register", "Wijkteam", 1, 3, False, one),
    ],
    "a hidden one was the wrong person's": [
        ("register", "Schuldhulp", 1, 3, False, one),
        ("register", "GGZ", 1, 3, False, one),
        ("end", "GGZ", 0, "verkeerde_persoon"),
        ("mail",),
    ],
    "the rules part a pair of which one becomes hidden": [
        ("rules", Rules(("match", "geen_match", "match"))),
        ("register", "Schuldhulp", 1, 3, False, one),
        ("register", "GGZ", 1, 3, False, one),
        ("rules", Rules(("geen_mail", "eerst_gevoelige_kant", "geen_match"))),
        ("review",),
        ("look", "Schuldhulp"),
        ("mail",),
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_in_cases_that_are_easily_forgotten_too(stage: World, name: str) -> None:
    check(stage, CASES[name])


def test_the_secrets_were_there_to_be_found(stage: World) -> None:
    """Otherwise the tests above would prove nothing."""
    see = partial(stage.members["GGZ"].get, "/api/v1/matches")
    for name, steps in CASES.items():
        run(stage, [*steps, ("register", "GGZ", 1, 3, False, one)], secrets=True)
        (seen,) = see(status="open").json["resultaten"]
        assert seen["deelnemers"], name
        assert not all(part["zichtbaar"] for part in seen["eigenDeelnames"]), name
