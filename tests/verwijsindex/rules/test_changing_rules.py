"""Changing the rules: what a change says beforehand is what it does, by API and by file."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from match.messages import MessageState, OutboxMessage
from match.reviews import SETTLING, ReviewRound, SubjectReview, request_reviews
from orgprofiles.organisations import Organisation
from tests.profile_contents import whole_profile
from tests.world import Member, World
from verwijsindex.command import main
from verwijsindex.database import MIGRATIONS
from verwijsindex.use_cases import keep_profile
from verwijsindex.use_cases.change_rules import read_rules
from verwijsindex.use_cases.organisation_file import FileRefused
from verwijsindex.use_cases.rules_file import read_rules_file, rules_text
from verwijsindex.worker import Worker

STARTER_RULES = MIGRATIONS / "starter_rules.toml"
PATH = "/api/v1/matchregels"


@pytest.fixture
def members(world: World) -> tuple[Member, Member, Member]:
    """Return a sensitive organisation and two others, all involved with the same person."""
    hidden = world.member("GGZ", domain="ggz", sensitive=True)
    one, other = world.member("Sociale dienst"), world.member("Wijkteam", domain="welzijn")
    for member in (one, other, hidden):
        member.register(1)
    Worker(world.services).review()
    return hidden, one, other


def draft(member: Member, **changes: Any) -> dict[str, Any]:
    """Return the rules in force as they would be posted."""
    now = member.get(PATH).json
    return {
        "reden": "Afgesproken",
        "regels": deepcopy(now["regels"]),
        "organisaties": now["organisaties"],
        **changes,
    }


def rule(*paren: list[str], gevoelig: str, gevolg: str) -> dict[str, Any]:
    return {
        "gevoelig": gevoelig,
        "gevolg": gevolg,
        "grondslag": "Wet X",
        "verwijzing": "Afspraak Y",
        "paren": list(paren),
    }


def between(one: Member, other: Member, gevolg: str) -> dict[str, Any]:
    return {
        "gevolg": gevolg,
        "grondslag": "Wet X",
        "verwijzing": "Afspraak Y",
        "paar": [str(one.id), str(other.id)],
    }


def names(member: Member) -> list[str]:
    matches = member.get("/api/v1/matches", status="open").json["resultaten"]
    return sorted(one["organisatie"] for match in matches for one in match["deelnemers"])


def test_a_trial_says_what_would_change_and_changes_nothing(
    members: tuple[Member, Member, Member],
) -> None:
    hidden, one, other = members
    before = one.get(PATH).json
    assert (before["versie"], before["geldend"]) == (2, True)
    body = draft(one, organisaties=[between(one, other, "geen_match")], proef=True)
    told = one.post(PATH, body).json
    assert told["geraakt"] == {
        "nieuwZichtbaar": 0,
        "nietMeerZichtbaar": 1,
        "mailAan": 0,
        "mailUit": 0,
        "organisaties": sorted([str(one.id), str(other.id)]),
    }
    (difference,) = told["verschillen"]
    assert set(difference["organisaties"]) == {str(one.id), str(other.id)}
    assert (difference["was"], difference["wordt"]["gevolg"]) == (None, "geen_match")
    assert one.get(PATH).json == before
    assert names(one) == ["Wijkteam"]
    for effect, counts in {"match": (1, 0, 0, 0), "geen_mail": (1, 0, 0, 0)}.items():
        body = draft(one, organisaties=[between(hidden, one, effect)], proef=True)
        touched = one.post(PATH, body).json["geraakt"]
        assert tuple(touched.values())[:4] == counts
    mail = draft(one, organisaties=[between(one, other, "geen_mail")], proef=True)
    assert tuple(one.post(PATH, mail).json["geraakt"].values())[:4] == (0, 0, 0, 1)


def test_new_rules_hold_at_once_for_who_registers_and_after_review_for_who_is_there(
    world: World, members: tuple[Member, Member, Member]
) -> None:
    hidden, one, other = members
    changed = draft(
        one, organisaties=[between(one, other, "geen_match"), between(hidden, one, "match")]
    )
    assert one.post(PATH, changed).json["versie"] == 3
    assert one.post(PATH, changed).status_code == 409
    Worker(world.services).review()
    assert (names(one), names(other), names(hidden)) == (
        ["GGZ"],
        [],
        ["Sociale dienst", "Wijkteam"],
    )
    assert other.get("/api/v1/matches").json["totaal"] == 0
    with world.services.sessions() as session:
        newest = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        assert newest is not None
        assert (newest.unit_id, newest.state) == (one.units["Team"], MessageState.WAITING)
    one.register(2)
    assert other.register(2).json["match"] is None
    assert one.get(PATH, versie="2").json["geldend"] is False
    assert one.get(PATH, versie="9").status_code == 404


def test_who_registered_around_the_change_is_reviewed_once_more(
    world: World, members: tuple[Member, Member, Member]
) -> None:
    _, one, other = members
    one.post(PATH, draft(one, organisaties=[between(one, other, "geen_match")]))
    worker = Worker(world.services)
    worker.review()
    with world.services.sessions() as session:
        assert len(session.scalars(select(ReviewRound)).all()) == 1
        assert session.scalars(select(SubjectReview)).all() == []
    world.clock.advance(SETTLING)
    worker.review()
    with world.services.sessions() as session:
        assert session.scalars(select(ReviewRound)).all() == []


def test_an_organisation_that_becomes_sensitive_is_hidden_by_a_review_of_its_people(
    world: World, members: tuple[Member, Member, Member]
) -> None:
    _, one, other = members
    with world.services.sessions.begin() as session:
        session.get_one(Organisation, one.id).sensitive = True
        asked = request_reviews(
            session,
            organisation_ids=[one.id],
            now=world.clock(),
            digest_due=None,
        )
    assert asked == 1
    Worker(world.services).review()
    assert names(other) == []
    assert names(one) == ["Wijkteam"]


def test_what_cannot_be_is_refused_with_all_faults(members: tuple[Member, Member, Member]) -> None:
    _, one, _ = members
    body = draft(
        one,
        regels=[
            rule(["ggz", "zorg"], ["zorg", "ggz"], gevoelig="geen", gevolg="eerst_gevoelige_kant"),
            rule(["ggz", "zorg"], gevoelig="beide", gevolg="eerst_gevoelige_kant"),
        ],
        reden="over 123456782",
    )
    answer = one.post(PATH, body)
    assert "123456782" not in answer.text
    assert {fault["name"] for fault in answer.json["invalidParams"]} == {"reden"}
    answer = one.post(PATH, body | {"reden": "x"})
    assert {fault["name"] for fault in answer.json["invalidParams"]} == {
        "regels[0].gevolg",
        "regels[0].paren",
        "regels[1].gevolg",
    }
    strange = draft(one, organisaties=[between(one, one, "match")])
    assert one.post(PATH, strange).status_code == 400
    strange["organisaties"][0]["paar"][1] = "0193b5f0-0000-7000-8000-000000000000"
    (fault,) = one.post(PATH, strange).json["invalidParams"]
    assert fault["name"] == "organisaties[0].paar"


@pytest.mark.parametrize("written", ["123 456 782", "zaak-1234.56.782", "x/%20123456782"])
def test_no_text_of_a_rule_takes_a_bsn_however_it_is_written(
    members: tuple[Member, Member, Member], written: str
) -> None:
    _, one, _ = members
    texts = {"grondslag": written, "verwijzing": written}
    plain = rule(["ggz", "zorg"], gevoelig="geen", gevolg="match")
    of_pair = between(one, one, "match") | texts
    body = draft(one, regels=[plain | texts], organisaties=[of_pair])
    answer = one.post(PATH, body | {"reden": written})
    assert written not in answer.text
    found = {fault["name"] for fault in answer.json["invalidParams"]}
    assert {"reden"} | {
        f"{part}[0].{name}" for part in ("regels", "organisaties") for name in texts
    } <= found


def test_what_is_shown_as_a_file_reads_as_the_same_rules(
    world: World, members: tuple[Member, Member, Member]
) -> None:
    _, one, other = members
    one.post(PATH, draft(one, organisaties=[between(one, other, "geen_mail")]))
    with world.services.sessions() as session:
        view = read_rules(session, version=None)
        assert view is not None
        read = read_rules_file(session, rules_text(view))
        assert read.domains == view.rules.domains
        assert {frozenset(pair[:2]) for pair in read.organisations} == {
            frozenset(pair) for pair in view.rules.organisations
        }
        first = read_rules(session, version=2)
        assert first is not None
        assert (
            read_rules_file(session, STARTER_RULES.read_text("utf-8")).domains
            == first.rules.domains
        )
        with pytest.raises(FileRefused):
            read_rules_file(session, 'reden = "x"\nregels = [{}]')


def test_the_command_shows_checks_and_applies_a_file(
    world: World,
    members: tuple[Member, Member, Member],
    tmp_path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert members
    monkeypatch.setattr("verwijsindex.command.rules.configured_services", lambda: world.services)
    run = CliRunner().invoke
    shown = run(main, ["rules", "show"])
    assert shown.exit_code == 0, shown.output
    path = tmp_path / "regels.toml"
    path.write_text(
        shown.output
        + '[[organisaties]]\npaar = ["Sociale dienst", "Wijkteam"]\ngevolg = "geen_match"\n'
        + 'grondslag = "Wet X"\nverwijzing = "Afspraak Y"\n',
        encoding="utf-8",
    )
    checked = run(main, ["rules", "check", str(path)])
    assert "Sociale dienst – Wijkteam" in checked.output
    assert "niet meer zichtbaar:  1" in checked.output
    applied = run(main, ["rules", "apply", str(path)])
    assert "Versie 3 is van kracht." in applied.output
    again = run(main, ["rules", "apply", str(path)])
    assert again.exit_code == 1
    assert "1 personen worden herbeoordeeld" in run(main, ["rules", "review"]).output
    path.write_text("regels = 1", encoding="utf-8")
    assert "regels" in run(main, ["rules", "check", str(path)]).output


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_partner_who_registers_while_sensitivity_changes_is_reviewed_against_old_signals(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world.member("GGZ", sensitive=True)
    other = world.member("Politie", domain="veiligheid", sensitive=True)
    one.register(1)
    world.clock.advance(SETTLING * 6)
    for member in (one, other):
        member.token = world.token(member.client)
    during: list[Any] = []

    def let_partner_register(*_: object, **__: object) -> None:
        # Before the publication commits: the partner reads that it is sensitive.
        with ThreadPoolExecutor(1) as beside:
            during.append(beside.submit(other.register, 1).result())

    monkeypatch.setattr(keep_profile, "tell_partners", let_partner_register)
    content = whole_profile()
    content["identiteit"] |= {"naam": "GGZ", "gevoelig": False}
    content["afdelingen"][0] |= {"id": str(one.units["Team"]), "naam": "Team"}
    assert one.publish(content, gevoeligVervalt="true").status_code == 200
    assert [(answer.status_code, answer.json["match"]) for answer in during] == [(201, None)]
    Worker(world.services).review()
    assert names(other) == []  # not yet
    world.clock.advance(SETTLING)
    Worker(world.services).review()
    for member in (one, other):
        member.token = world.token(member.client)
    assert names(other) == ["GGZ"]
    assert names(one) == []
