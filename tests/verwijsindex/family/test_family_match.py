"""Signals about different children of a parent form a family match, and nothing else does."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from crypto.person import SubjectKind
from match.matches import Match, MatchKind, MatchStatus
from match.messages import NoticeKind
from match.reviews import SubjectReview, request_reviews
from match.silences import Silence
from match.subjects import Subject
from tests.verwijsindex.family.related import (
    FATHER,
    MOTHER,
    child,
    end,
    letters,
    matches,
    seen,
    siblings,
)
from tests.verwijsindex.family.statements import asked
from tests.verwijsindex.follow_up.matched import member
from tests.world import Member, World
from verwijsindex.use_cases import own_parts
from verwijsindex.worker import Worker


def review(world: World) -> None:
    Worker(world.services).review()


def statuses(world: World, kind: MatchKind = MatchKind.FAMILY) -> list[MatchStatus]:
    with world.services.sessions() as session:
        found = session.scalars(select(Match.status).where(Match.kind == kind))
        return sorted(found)


def test_children_of_one_mother_form_a_match_and_it_says_what_it_is(world: World) -> None:
    one, two = siblings(world, "Schuldhulp", "Wijkteam")
    (match,) = matches(one)
    assert match["soort"] == "gezin"
    assert [other["organisatie"] for other in match["deelnemers"]] == ["Wijkteam"]
    assert [part["kenmerk"] for part in match["eigenDeelnames"]] == ["D-1"]
    assert "D-2" not in str(match)
    assert seen(two) == [["Schuldhulp"]]


def test_children_of_different_parents_do_not(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    child(one, 1, MOTHER)
    child(two, 2, FATHER)
    review(world)
    assert matches(one) == matches(two) == []


def test_the_same_child_is_a_match_about_the_person_alone(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    child(one, 1)
    answer = two.register(1, gezin=two.parents(MOTHER))
    assert [o["organisatie"] for o in answer.json["match"]["deelnemers"]] == ["Schuldhulp"]
    review(world)
    assert seen(one) == seen(two) == []
    assert seen(one, "persoon") == [["Wijkteam"]]
    assert len(letters(world, one)) == 1


def test_each_child_and_its_sibling_have_their_own_kinds_of_match(world: World) -> None:
    one, two, three = (member(world, n) for n in ("Schuldhulp", "Wijkteam", "Woonbedrijf"))
    child(one, 1)
    child(two, 1)
    child(three, 2)
    review(world)
    assert (seen(one, "persoon"), seen(one)) == ([["Wijkteam"]], [["Woonbedrijf"]])
    assert (seen(three, "persoon"), seen(three)) == ([], [["Schuldhulp", "Wijkteam"]])


def test_the_answer_to_registering_and_the_signal_tell_of_the_person_alone(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    child(one, 1)
    answer = two.register(2, gezin=two.parents(MOTHER))
    assert answer.json["match"] is None
    review(world)
    assert seen(two) == [["Schuldhulp"]]
    assert two.get(f"/api/v1/signalen/{answer.json['id']}").json["match"] is None


def test_children_with_both_parents_in_common_form_one_match(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    child(one, 1, MOTHER, FATHER)
    child(two, 2, FATHER, MOTHER)
    review(world)
    assert seen(one) == [["Wijkteam"]]
    assert len(letters(world, one)) == len(letters(world, two)) == 1


def test_a_half_sibling_is_seen_too(world: World) -> None:
    one, two, three = (member(world, n) for n in ("Schuldhulp", "Wijkteam", "Woonbedrijf"))
    child(one, 1, MOTHER, FATHER)
    child(two, 2, MOTHER, FATHER)
    child(three, 3, FATHER)
    review(world)
    # In one match or in two, by which parent comes first in the index; but each once.
    assert sorted(other for match in seen(one) for other in match) == ["Wijkteam", "Woonbedrijf"]
    assert seen(three) == [["Schuldhulp", "Wijkteam"]]


def test_a_parent_and_a_person_with_the_same_bytes_are_never_compared(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    one.register(3)
    child(two, 2)
    with world.services.sessions.begin() as session:
        person = session.scalars(
            select(Subject.pseudonym).where(Subject.kind == SubjectKind.PERSON).limit(1)
        ).one()
        session.execute(
            update(Subject).where(Subject.kind == SubjectKind.PARENT).values(pseudonym=person)
        )
    child_of_person = two.register(4, gezin=two.parents(MOTHER))
    assert child_of_person.status_code == 201
    review(world)
    assert matches(one) == matches(two) == []


def test_an_evaluation_of_a_person_is_no_parent(world: World) -> None:
    one = member(world, "Schuldhulp")
    message, blind = world.evaluated(one.id, MOTHER)
    person = {"soort": "ouder", "evaluatie": message, "blindering": blind}
    answer = one.register(1, gezin=[*one.parents(FATHER), person])
    assert answer.status_code == 400
    assert [fault["name"] for fault in answer.json["invalidParams"]] == ["gezin[1].evaluatie"]


def test_a_parent_named_twice_is_told_where(world: World) -> None:
    one = member(world, "Schuldhulp")
    answer = one.register(1, gezin=one.parents(MOTHER, MOTHER))
    assert answer.json["invalidParams"] == [
        {
            "name": "gezin[1]",
            "reason": "is dezelfde ouder als een eerdere; noem elke ouder één keer",
        }
    ]


def test_five_parents_are_too_many(world: World) -> None:
    one = member(world, "Schuldhulp")
    answer = one.register(1, gezin=one.parents(91, 92, 93, 94, 95))
    assert [fault["name"] for fault in answer.json["invalidParams"]] == ["gezin"]


def test_whoever_registers_is_told_once_however_many_children_they_know(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    for person in (1, 2, 3):
        child(one, person)
    child(two, 4)
    review(world)
    (match,) = matches(one)
    assert len(match["eigenDeelnames"]) == 3
    (letter,) = letters(world, one)
    assert "kenmerk D-1" in letter.text
    assert len(letters(world, two)) == 1


def test_the_mail_says_it_is_somebody_of_the_family_and_not_who(world: World) -> None:
    one, _ = siblings(world, "Schuldhulp", "Wijkteam")
    (letter,) = letters(world, one, NoticeKind.FAMILY)
    assert letter.subject == "Gezinsmatch bij uw kenmerk D-1"
    assert (
        "Ook M. Wijkteam 1, consulent, Wijkteam, is betrokken bij iemand uit het gezin van uw"
        " cliënt met kenmerk D-1. Bel 06-12345671." in letter.text
    )
    for text in (letter.text, letter.html):
        assert "D-2" not in text
        assert "iemand uit het gezin van uw cliënt" in text


def test_where_names_may_not_be_mailed_there_is_a_link_only(world: World) -> None:
    one = world.member("Schuldhulp", secure_mail=False)
    two = member(world, "Wijkteam")
    child(one, 1)
    child(two, 2)
    review(world)
    (letter,) = letters(world, one)
    assert "Wijkteam" not in letter.text
    assert "Log in om te zien wie ook betrokken is bij iemand uit het gezin" in letter.text


def test_the_match_is_over_when_one_side_ends(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    signal = child(one, 1)
    child(two, 2)
    review(world)
    end(one, signal)
    assert seen(two) == []
    assert statuses(world) == [MatchStatus.OPEN]  # nobody looks at that; the worker closes it
    review(world)
    assert statuses(world) == [MatchStatus.CLOSED]
    assert seen(two, status="gesloten") == [[]]


def test_it_goes_on_when_somebody_else_comes(world: World) -> None:
    one, two, three = (member(world, n) for n in ("Schuldhulp", "Wijkteam", "Woonbedrijf"))
    signal = child(one, 1)
    child(two, 2)
    review(world)
    end(one, signal)
    review(world)
    child(three, 3)
    review(world)
    assert statuses(world) == [MatchStatus.OPEN]
    assert seen(two) == [["Woonbedrijf"]]


def test_a_lapse_ends_it_too(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    child(one, 1, vervaltDatum="2026-12-01")
    child(two, 2)
    review(world)
    world.clock.moment = world.clock.moment.replace(month=12, day=3)
    Worker(world.services).lapse()
    review(world)
    assert statuses(world) == [MatchStatus.CLOSED]


def test_the_wrong_child_is_told_of_once_to_each(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    signal = child(one, 1)
    child(two, 1)
    child(two, 2)
    child(two, 3, contact={"medewerker": "m2"})
    review(world)
    assert seen(two)
    end(one, signal, "verkeerde_persoon")
    told = letters(world, two, NoticeKind.WRONG_PERSON)
    about_family, about_person = sorted(told, key=lambda letter: letter.subject)
    assert about_person.subject == "Ingetrokken: match bij uw kenmerk D-1"
    assert about_family.subject == "Ingetrokken: gezinsmatch bij uw kenmerk D-3"
    assert "iemand uit het gezin" in about_family.text
    review(world)
    assert seen(two) == []


@pytest.mark.parametrize("of_one", [True, False], ids=["of an organisation", "everybody's"])
def test_a_change_of_rules_has_families_looked_at_too(world: World, of_one: bool) -> None:
    one, two, three = (member(world, n) for n in ("Schuldhulp", "Wijkteam", "Woonbedrijf"))
    child(one, 1, MOTHER)
    child(two, 2, MOTHER)
    child(three, 3, FATHER)
    with world.services.sessions.begin() as session:
        session.execute(delete(SubjectReview))
        concerned = [one.id] if of_one else None
        asked = request_reviews(
            session, organisation_ids=concerned, now=world.clock(), digest_due=None
        )
    assert asked == 1
    review(world)
    assert seen(one) == [["Wijkteam"]]


def test_a_batch_with_parents_is_taken_in_parts_that_can_be_locked(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    rows = [
        one.signal(person, gezin=one.parents(*range(100 + 4 * person, 104 + 4 * person)))
        for person in range(1, 31)
    ]
    answer = one.post("/api/v1/signalen/batch", {"signalen": rows})
    assert {row["status"] for row in answer.json["resultaten"]} == {"aangemaakt"}
    child(two, 50, 104)  # of the first
    review(world)
    assert len(matches(two)[0]["deelnemers"]) == 1


def follow_up(one: Member, **body: object) -> None:
    (match,) = matches(one, soort="gezin")
    (part,) = match["eigenDeelnames"]
    path = f"/api/v1/matches/{match['id']}/deelnames/{part['id']}"
    answer = one.patch(path, body)
    assert answer.status_code == 200, answer.text


def test_it_is_followed_up_as_any_match_and_nobody_is_silenced_by_it(world: World) -> None:
    one, two = siblings(world, "Schuldhulp", "Wijkteam")
    (other,) = matches(one)[0]["deelnemers"]
    follow_up(one, status="waren_al_in_contact", met=[other["deelname"]])
    (other,) = matches(two)[0]["deelnemers"]
    with asked(world) as statements:
        follow_up(two, bevestigd=[other["deelname"]])
    # Nor is anything of silences written there at all: the person is not locked.
    assert not [one for one, _ in statements if "INTO silences" in one or "FROM silences" in one]
    assert matches(two)[0]["deelnemers"][0]["opvolging"]["status"] == "waren_al_in_contact"
    with world.services.sessions() as session:
        assert session.scalars(select(Silence)).all() == []
    two.register(1)
    (part,) = matches(one, soort="persoon")[0]["eigenDeelnames"]
    assert part["opvolging"]["status"] == "open"
    assert len(letters(world, one, NoticeKind.MATCH)) == 1


def test_what_was_known_of_the_family_makes_no_silence_about_the_person(world: World) -> None:
    """Nor when something else is said of the person."""
    one, two = siblings(world, "Schuldhulp", "Wijkteam")
    two.register(1)
    for each in (one, two):
        (other,) = matches(each, soort="gezin")[0]["deelnemers"]
        follow_up(each, status="waren_al_in_contact", met=[other["deelname"]])
    (match,) = matches(one, soort="persoon")
    (part,), (other,) = match["eigenDeelnames"], match["deelnemers"]
    path = f"/api/v1/matches/{match['id']}/deelnames/{part['id']}"
    one.patch(path, {"status": "waren_al_in_contact", "met": [other["deelname"]]})
    with world.services.sessions() as session:
        assert session.scalars(select(Silence)).all() == []


def test_following_up_locks_the_parent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who reviews the family locks it too; the person is another lock."""
    one, _ = siblings(world, "Schuldhulp", "Wijkteam")
    locked: list[UUID] = []
    monkeypatch.setattr(own_parts, "lock_by_id", lambda _, ids: locked.extend(ids))
    follow_up(one, status="contact_gelegd")
    with world.services.sessions() as session:
        assert locked == session.scalars(select(Match.subject_id)).all()


def test_somebody_keeps_the_overview_of_it(world: World) -> None:
    one, two = siblings(world, "Schuldhulp", "Wijkteam")
    (match,) = matches(one)
    path = f"/api/v1/matches/{match['id']}/regie"
    asked = one.put(path, {"deelname": match["deelnemers"][0]["deelname"]})
    assert asked.status_code == 200, asked.text
    (letter,) = letters(world, two, NoticeKind.LEAD_ASKED)
    assert "gezinsmatch" in letter.text
    (theirs,) = matches(two)
    accepted = world.http.post(
        f"/api/v1/matches/{theirs['id']}/regie/aanvaarding", headers=two.headers
    )
    assert accepted.json["regie"]["eigen"]


def test_matches_are_found_by_kind(world: World) -> None:
    one, two = siblings(world, "Schuldhulp", "Wijkteam")
    two.register(1)
    assert sorted(match["soort"] for match in matches(one)) == ["gezin", "persoon"]
    assert [match["soort"] for match in matches(one, soort="gezin")] == ["gezin"]
    assert [match["soort"] for match in matches(one, soort="persoon")] == ["persoon"]
