"""Profiles at the command line: shown, agreed to as they were seen, published, compared."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from orgprofiles.comparing import Difference
from orgprofiles.profile_versions import ProfileState, ProfileVersion
from tests.profile_contents import whole_profile
from tests.verwijsindex.command.conftest import Run
from tests.world import Member, World
from verwijsindex.audit import Action, ActorKind, AuditEvent
from verwijsindex.command.profile_text import difference_lines, profile_lines
from verwijsindex.demo.profiles import profile_files

pytestmark = pytest.mark.any_database

NAME = "Schuldhulp"


@pytest.fixture
def schuldhulp(world: World) -> Member:
    return world.member(NAME, units={"Budgetteam": 'domein = "schulden"'})


def save(member: Member, **parts: Any) -> None:
    """Save a whole concept, through the API as its organisation does."""
    content = whole_profile(**parts)
    content["afdelingen"][0]["id"] = str(member.units["Budgetteam"])
    path = f"/api/v1/organisatieprofielen/{member.id}/concept"
    seen = member.get(path).headers["ETag"]
    saved = member.put(path, {k: v for k, v in content.items() if v is not None}, if_match=seen)
    assert saved.status_code == 200, saved.text


def seen(run: Run) -> str:
    """Return what showing the concept says to agree with."""
    shown = run("profile", "show", NAME, "--concept")
    assert shown.exit_code == 0, shown.output
    found = re.search(rf"verwijsindex profile agree '{NAME}' --seen (\S+)", shown.output)
    assert found, shown.output
    return found[1]


def put_into_force(run: Run) -> None:
    assert run("profile", "agree", NAME, "--seen", seen(run)).exit_code == 0
    assert run("profile", "publish", NAME).exit_code == 0


def versions(engine: Engine) -> list[tuple[int, ProfileState]]:
    with Session(engine) as session:
        return [
            (one.number, one.state)
            for one in session.scalars(select(ProfileVersion).order_by(ProfileVersion.number))
        ]


def test_what_was_seen_is_agreed_to_and_published_by_the_administrator(
    run: Run, schuldhulp: Member, engine: Engine
) -> None:
    save(schuldhulp)
    agreed = run("profile", "agree", NAME, "--seen", seen(run))
    assert agreed.exit_code == 0
    assert f"verwijsindex profile publish '{NAME}'" in agreed.output
    published = run("profile", "publish", NAME)
    assert "Versie 1 van Schuldhulp geldt nu." in published.output
    assert versions(engine) == [(1, ProfileState.PUBLISHED)]
    with Session(engine) as session:
        who = session.scalars(
            select(AuditEvent.actor_kind).where(
                AuditEvent.action.in_([Action.PROFILE_AGREED, Action.PROFILE_PUBLISHED])
            )
        ).all()
    assert who == [ActorKind.ADMINISTRATOR] * 2
    assert "Profiel van Schuldhulp, versie 1: gepubliceerd" in run("profile", "show", NAME).output


def test_without_a_concept_what_is_in_force_and_how_one_is_made_is_said(
    run: Run, schuldhulp: Member
) -> None:
    save(schuldhulp)
    put_into_force(run)
    told = run("profile", "show", NAME, "--concept")
    assert told.exit_code == 1
    assert "Versie 1 geldt nu; die toont: verwijsindex profile show Schuldhulp" in told.output
    assert f"PUT /api/v1/organisatieprofielen/{schuldhulp.id}/concept" in told.output


def to_do(run: Run) -> str:
    """Return what the list of organisations says is to be done for the only one."""
    (row,) = run("organisation", "list").output.splitlines()[2:]
    return row.split("van 11")[1].strip()


def test_the_administrator_sees_which_concept_waits_for_whom(run: Run, schuldhulp: Member) -> None:
    assert to_do(run) == "–"
    save(schuldhulp, informeren=None)
    assert to_do(run) == "–"
    assert "1.1, nog niet volledig" in run("organisation", "status", NAME).output
    save(schuldhulp)
    assert to_do(run) == "concept 1.2: akkoord geven"
    status = run("organisation", "status", NAME).output
    assert "1.2, volledig, wacht op uw akkoord" in status
    assert "Nu te doen: concept 1.2: akkoord geven" in status
    assert "verwijsindex profile show Schuldhulp --concept" in status
    assert run("profile", "agree", NAME, "--seen", seen(run)).exit_code == 0
    assert to_do(run) == "concept 1.2: publiceren"
    assert "1.2, akkoord, nog niet gepubliceerd" in run("organisation", "status", NAME).output
    assert run("profile", "publish", NAME).exit_code == 0
    assert to_do(run) == "–"


def test_a_concept_that_changed_after_it_was_seen_is_not_agreed_to(
    run: Run, schuldhulp: Member, engine: Engine
) -> None:
    save(schuldhulp)
    tag = seen(run)
    save(schuldhulp, herzienDatum="2028-01-01")
    refused = run("profile", "agree", NAME, "--seen", tag)
    assert refused.exit_code == 1
    assert "wijzigde dit intussen" in refused.output
    assert versions(engine) == [(1, ProfileState.CONCEPT)]


def test_without_agreement_nothing_is_published(
    run: Run, schuldhulp: Member, engine: Engine
) -> None:
    save(schuldhulp)
    refused = run("profile", "publish", NAME)
    assert refused.exit_code == 1
    assert "eerst akkoord" in refused.output
    assert versions(engine) == [(1, ProfileState.CONCEPT)]


def test_what_a_concept_lacks_is_shown_and_refused(run: Run, schuldhulp: Member) -> None:
    save(schuldhulp, informeren=None)
    shown = run("profile", "show", NAME, "--concept")
    assert "Er ontbreekt nog: informeren." in shown.output
    assert "--seen" not in shown.output
    refused = run("profile", "agree", NAME, "--seen", "1.1")
    assert refused.exit_code == 1
    assert "  - informeren: ontbreekt" in refused.output


def test_the_difference_between_two_versions_can_be_read(run: Run, schuldhulp: Member) -> None:
    save(schuldhulp)
    put_into_force(run)
    routes = whole_profile()["routes"]
    routes[1]["kanalen"][0]["telefoon"] = "010-555 01 88"
    save(schuldhulp, routes=routes)
    compared = run("profile", "compare", NAME, 1, 2)
    assert compared.exit_code == 0
    assert compared.output == (
        "routes › urgent › kanalen › Spoedlijn › telefoon\n"
        "  was: 010-555 01 99\n"
        "  wordt: 010-555 01 88\n"
    )
    assert "zijn gelijk" in run("profile", "compare", NAME, 1, 1).output


def test_a_term_that_became_shorter_is_read_as_one_thing() -> None:
    before, after = ({"aantal": n, "eenheid": "week"} for n in (8, 1))
    (told,) = [list(difference_lines(Difference(("duur",), before, after)))]
    assert told == ["duur", "  was: 8 weken", "  wordt: 1 week"]


def test_an_added_product_is_shown_whole(run: Run, schuldhulp: Member) -> None:
    save(schuldhulp)
    put_into_force(run)
    products = whole_profile()["producten"]
    products.append(products[0] | {"sleutel": "cursus", "naam": "Cursus", "vrijwilligers": True})
    save(schuldhulp, producten=products)
    compared = run("profile", "compare", NAME, 1, 2).output
    assert compared.startswith("producten › Cursus\n  was: —\n  wordt:\n    sleutel: cursus\n")
    assert "    vrijwilligers: ja\n" in compared


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "Elders"), "Er is geen organisatie met de naam Elders."),
        (("show", NAME), "heeft nog geen profiel gepubliceerd"),
        (
            ("show", NAME, "--concept"),
            "Er is geen concept van Schuldhulp.\nEr is ook nog geen versie",
        ),
        (("show", NAME, "--version", 3), "Er is geen versie 3."),
        (("agree", NAME, "--seen", "1.1"), "Er is geen concept"),
        (("publish", NAME), "Er is geen concept van Schuldhulp."),
        (("compare", NAME, 1, 2), "Er is geen versie 1."),
    ],
)
def test_what_is_not_there_is_said(
    words: tuple[object, ...], said: str, run: Run, schuldhulp: Member
) -> None:
    assert schuldhulp.name == NAME
    result = run("profile", *words)
    assert result.exit_code == 1
    assert said in result.output


def test_a_shown_profile_answers_the_questions_of_whoever_refers() -> None:
    lines = list(profile_lines(profile_files()["sociaal-wijkteam"]))
    text = "\n".join(lines)
    assert "  regulier: 2 weken" in lines
    assert "belt door naar: contactpersoon wijk" in text
    assert "zuid@sociaal-wijkteam.example" in text
    assert "onveiligheid (aan te tonen: mondeling)" in text
    assert "  crisis: meteen" in profile_lines(profile_files()["veilig-thuis"])
    assert "leefgebieden: financiën" in text
    assert "bsn grondslag: Wet maatschappelijke ondersteuning 2015, artikel 5.2.9 (afges" in text
    assert "vanaf de zwangerschap tot en met 22 jaar" in text
    assert "doelgroep: 18 jaar en ouder" in text
    assert "duur: 26 weken" in text
    assert "coördinator: Willem Bakker, wbakker@sociaal-wijkteam.example, 010-555 03 11" in text
    assert "- ma, di, wo, do, vr: 08:30–17:00" in text
    assert "- beperkt zelfredzaam: samen bellen" in text
    assert "- niet zelfredzaam: samen bellen (Meegaan kunnen wij niet. Wij" in "\n".join(
        profile_lines(profile_files()["juridisch-loket"])
    )
    assert "None" not in text
    assert "[" not in text


def test_who_publishes_hears_which_independent_unit_no_client_may_act_for(
    run: Run, schuldhulp: Member
) -> None:
    units = [whole_profile()["afdelingen"][0] | {"zelfstandig": True}]
    # An open unit needs no such client, and one that does not take part needs none yet.
    others = [{"naam": "Open", "zelfstandig": False}, {"naam": "Rust", "doetMee": False}]
    save(schuldhulp, afdelingen=units + [units[0] | one for one in others])
    assert run("profile", "agree", NAME, "--seen", seen(run)).exit_code == 0
    published = run("profile", "publish", NAME).output
    assert re.findall("client allow CLIENT_ID '(.+)'", published) == ["Budgetteam"]
    assert schuldhulp.register().status_code == 400
    assert run("client", "allow", schuldhulp.client.id, "Budgetteam").exit_code == 0
    assert schuldhulp.register(contact={"afdeling": True}).status_code == 201
    save(schuldhulp, afdelingen=units, herzienDatum="2028-01-01")
    assert run("profile", "agree", NAME, "--seen", seen(run)).exit_code == 0
    assert "client allow" not in run("profile", "publish", NAME).output
    # A client that was shut out acts for nobody.
    save(schuldhulp, afdelingen=units, herzienDatum="2028-02-01")
    assert run("profile", "agree", NAME, "--seen", seen(run)).exit_code == 0
    assert run("client", "revoke", schuldhulp.client.id).exit_code == 0
    assert "client allow CLIENT_ID 'Budgetteam'" in run("profile", "publish", NAME).output


def test_the_administrator_confirms_that_an_organisation_is_sensitive_no_more(
    run: Run, world: World, engine: Engine
) -> None:
    hidden = world.member(NAME, sensitive=True, units={"Budgetteam": 'domein = "schulden"'})
    save(hidden)
    assert run("profile", "agree", NAME, "--seen", seen(run)).exit_code == 0
    refused = run("profile", "publish", NAME)
    assert refused.exit_code == 1
    assert "--no-longer-sensitive" in refused.output
    assert versions(engine) == [(1, ProfileState.AGREED)]
    assert run("profile", "publish", NAME, "--no-longer-sensitive").exit_code == 0
    assert versions(engine) == [(1, ProfileState.PUBLISHED)]
