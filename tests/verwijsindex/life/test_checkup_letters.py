"""Letters about what lapses soon and what runs long: who gets which when, and what is in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update

from match.messages import OutboxMessage
from orgprofiles.organisations import Professional, ProfessionalStatus
from tests.verwijsindex.life.posting import Postbox, at, work_until
from tests.world import Member, World
from verwijsindex.mail.checkup_letters import compose_about_checkups
from verwijsindex.mail.letters import Letter
from verwijsindex.worker import Worker

MINUTES = timedelta(minutes=10)
HOURS = timedelta(hours=1)
TEAM = {"contact": {"afdeling": True}}


@pytest.fixture
def post() -> Postbox:
    return Postbox()


def registered(one: Member, person: int, until: str, **changes: Any) -> str:
    answer = one.register(person, vervaltDatum=until, **changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def references(letter: Letter) -> list[str]:
    return [word for word in letter.text.replace(",", " ").split() if word.startswith("D-")]


def ask(world: World, post: Postbox) -> list[tuple[str, Letter]]:
    """Have the worker ask and deliver once; return the letters."""
    Worker(world.services).ask_checkups()
    post.deliver(world)
    return post.taken()


def asked_by_composing(world: World) -> list[tuple[str, Any]]:
    """Return the statements, with what goes into them, by which letters are composed."""
    one = world.member("Schuldhulp")
    registered(one, 1, "2027-03-01")
    registered(one, 2, "2027-03-01", **TEAM)
    at(world, "2027-02-01T09:00")
    Worker(world.services).ask_checkups()
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((" ".join(statement.split()), parameters))

    engine = world.services.engine
    with world.services.sessions() as session:
        rows = session.scalars(select(OutboxMessage)).all()
        event.listen(engine, "before_cursor_execute", note)
        letters = compose_about_checkups(session, world.services, rows)
        event.remove(engine, "before_cursor_execute", note)
    assert len(letters) == 2
    assert all(letters.values())
    return asked


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whose_signals_a_letter_tells_of_is_asked_of_the_signals_alone(world: World) -> None:
    """Of two tables at once, no index tells: a million signals were read for fifty letters."""
    (statement,) = (
        statement
        for statement, _ in asked_by_composing(world)
        if " FROM signals JOIN units " in statement
    )
    assert "signals.unit_id IN (" in statement
    assert "units.id IN (" not in statement


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_which_letter_is_the_newest_is_found_by_whom_it_is_for(world: World) -> None:
    statement, parameters = next(
        one for one in asked_by_composing(world) if " FROM outbox WHERE outbox.recipient" in one[0]
    )
    with world.services.engine.connect() as connection:
        (step,) = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    assert "USING INDEX ix_outbox_checkups" in step[3]


def test_each_contact_gets_one_letter_a_month_before_and_one_a_week_before(
    world: World, post: Postbox
) -> None:
    one = world.member("Schuldhulp")
    for person in (1, 2):
        registered(one, person, "2027-03-01")
    registered(one, 3, "2027-03-01", **TEAM)
    registered(one, 4, "2027-04-01")
    work_until(world, "2027-03-02T00:00", every=HOURS * 3, post=post)
    letters = [(when[:10], letter.recipient, references(letter)) for when, letter in post.taken()]
    # 1 February is a Monday; 22 February too.
    assert sorted(letters) == [
        ("2027-02-01", "m1@schuldhulp.example", ["D-1", "D-2"]),
        ("2027-02-01", "team@schuldhulp.example", ["D-3"]),
        ("2027-02-22", "m1@schuldhulp.example", ["D-1", "D-2"]),
        ("2027-02-22", "team@schuldhulp.example", ["D-3"]),
        ("2027-03-01", "m1@schuldhulp.example", ["D-4"]),
    ]


def test_a_letter_tells_references_and_days_and_where_to_look_at_them(
    world: World, post: Postbox
) -> None:
    registered(world.member("Schuldhulp"), 1, "2027-03-01")
    at(world, "2027-02-01T07:30")
    ((_, letter),) = ask(world, post)
    assert letter.subject == "1 signaal loopt af"
    assert "kenmerk D-1, loopt tot 1 maart 2027" in letter.text
    assert "https://index.example/signalen/nakijken\n" in letter.text
    assert 'href="https://index.example/signalen/nakijken"' in letter.html
    assert "<strong>D-1</strong>, loopt tot 1 maart 2027" in letter.html


@pytest.mark.parametrize(
    ("lapses", "first", "second"),
    [
        # 1 January is a holiday, and 25 December: the working day before each.
        ("2027-02-01", "2026-12-31", "2027-01-25"),
        ("2027-01-01", "2026-12-01", "2026-12-24"),
        # 1 May 2027 is a Saturday; King's Day is no matter.
        ("2027-06-01", "2027-04-30", "2027-05-25"),
        ("2027-05-01", "2027-04-01", "2027-04-23"),
        # Of a leap year, and with summer time in between (26 March 2028).
        ("2028-03-01", "2028-02-01", "2028-02-23"),
        ("2028-04-01", "2028-03-01", "2028-03-24"),
    ],
)
def test_letters_go_at_half_past_seven_on_the_working_day_that_leaves_time_enough(
    lapses: str, first: str, second: str, world: World, post: Postbox
) -> None:
    registered(world.member("Schuldhulp"), 1, lapses)
    for day in (first, second):
        at(world, f"{day}T07:29:59")
        assert ask(world, post) == []
        at(world, f"{day}T07:30")
        assert [when for when, _ in ask(world, post)] == [f"{day} 07:30"]
        world.clock.advance(MINUTES)
        assert ask(world, post) == []


@pytest.mark.parametrize("moment", ["2027-02-01T18:00", "2027-02-06T10:00", "2026-12-25T10:00"])
def test_no_letter_goes_in_the_evening_at_the_weekend_or_on_a_holiday(
    moment: str, world: World, post: Postbox
) -> None:
    one = world.member("Schuldhulp")
    registered(one, 1, "2027-01-01")
    registered(one, 2, "2027-03-01")
    at(world, moment)
    assert ask(world, post) == []


def test_a_worker_that_was_down_for_weeks_sends_one_letter(world: World, post: Postbox) -> None:
    one = world.member("Schuldhulp")
    registered(one, 1, "2027-01-01")
    registered(one, 2, "2027-02-01")
    # Since 1 December: a month's and a week's letter for January, a month's for February.
    at(world, "2026-12-31T15:00")
    ((_, letter),) = ask(world, post)
    assert references(letter) == ["D-1", "D-2"]
    world.clock.advance(timedelta(hours=1))
    assert ask(world, post) == []


def test_two_workers_at_once_write_one_letter(world: World, post: Postbox) -> None:
    registered(world.member("Schuldhulp"), 1, "2027-03-01")
    at(world, "2027-02-01T07:30")
    for _ in range(2):
        Worker(world.services).ask_checkups()
    assert len(ask(world, post)) == 1


def test_what_was_extended_or_ended_meanwhile_is_in_no_letter(world: World, post: Postbox) -> None:
    one = world.member("Schuldhulp")
    ids = [registered(one, person, "2027-03-01") for person in (1, 2, 3)]
    at(world, "2027-02-01T07:30")
    Worker(world.services).ask_checkups()
    one.patch(f"/api/v1/signalen/{ids[0]}", {"vervaltDatum": "2027-09-01"})
    one.patch(f"/api/v1/signalen/{ids[1]}", {"status": "beeindigd", "reden": "afgerond"})
    post.deliver(world)
    assert [references(letter) for _, letter in post.taken()] == [["D-3"]]
    one.patch(f"/api/v1/signalen/{ids[2]}", {"status": "beeindigd", "reden": "afgerond"})
    at(world, "2027-02-22T07:30")
    assert ask(world, post) == []


def test_what_was_extended_is_told_of_again_before_its_new_day(world: World, post: Postbox) -> None:
    one = world.member("Schuldhulp")
    id_ = registered(one, 1, "2027-03-01")
    at(world, "2027-02-01T07:30")
    assert len(ask(world, post)) == 1
    one.patch(f"/api/v1/signalen/{id_}", {"vervaltDatum": "2027-05-01"})
    work_until(world, "2027-05-02T00:00", every=HOURS * 4, post=post)
    assert [when[:10] for when, _ in post.taken()] == ["2027-04-01", "2027-04-23"]


def test_who_registers_for_a_month_is_not_told_the_next_day_that_it_lapses(
    world: World, post: Postbox
) -> None:
    one = world.member("Schuldhulp")
    at(world, "2027-02-08T09:00")
    registered(one, 1, "2027-03-01")
    at(world, "2027-02-09T07:30")
    assert ask(world, post) == []
    at(world, "2027-02-22T07:30")
    assert len(ask(world, post)) == 1


def test_the_team_gets_the_letter_of_who_has_left(world: World, post: Postbox) -> None:
    one = world.member("Schuldhulp")
    registered(one, 1, "2027-03-01")
    registered(one, 2, "2027-03-01", **TEAM)
    with world.services.sessions.begin() as session:
        (left,) = session.scalars(select(Professional).where(Professional.key == "m1"))
        left.status = ProfessionalStatus.INACTIVE
    at(world, "2027-02-01T07:30")
    ((_, letter),) = ask(world, post)
    assert letter.recipient == "team@schuldhulp.example"
    assert references(letter) == ["D-1", "D-2"]
    assert "/signalen/nakijken?wie=allen" in letter.text


def test_after_half_a_year_one_is_asked_and_again_a_month_later_until_it_lapses(
    world: World, post: Postbox
) -> None:
    registered(world.member("Schuldhulp"), 1, "2027-09-01")  # on 23 November
    work_until(world, "2027-10-01T00:00", every=HOURS * 4, post=post)
    letters = [(when[:10], letter.subject) for when, letter in post.taken()]
    asked, soon = "Bent u nog betrokken bij 1 cliënt?", "1 signaal loopt af"
    assert letters == [
        ("2027-06-01", asked),
        ("2027-07-01", asked),
        ("2027-07-30", soon),  # 1 August is a Sunday; then it is not asked any more
        ("2027-08-25", soon),
    ]


def test_what_lapses_and_what_is_asked_go_in_one_letter(world: World, post: Postbox) -> None:
    one = world.member("Schuldhulp")
    registered(one, 1, "2027-07-01")
    registered(one, 2, "2027-12-01")
    at(world, "2027-06-01T07:30")
    ((_, letter),) = ask(world, post)
    assert letter.subject == "Kijk 2 signalen na in de verwijsindex"
    assert "kenmerk D-1, loopt tot 1 juli 2027" in letter.text
    assert "kenmerk D-2, op 23 november 2026" in letter.text


@pytest.mark.parametrize("how", ["confirmed", "extended"])
def test_who_said_to_be_involved_is_asked_half_a_year_after_that(
    how: str, world: World, post: Postbox
) -> None:
    one = world.member("Schuldhulp")
    id_ = registered(one, 1, "2027-12-01")
    at(world, "2027-05-20T09:00")
    body = {"nogBetrokken": True} if how == "confirmed" else {"vervaltDatum": "2028-05-01"}
    assert one.patch(f"/api/v1/signalen/{id_}", body).status_code == 200
    at(world, "2027-06-01T07:30")
    assert ask(world, post) == []
    at(world, "2027-12-01T07:30")
    assert len(ask(world, post)) == (1 if how == "extended" else 0)  # the other one lapsed


def test_an_earlier_day_does_not_say_that_one_is_involved(world: World, post: Postbox) -> None:
    one = world.member("Schuldhulp")
    id_ = registered(one, 1, "2027-12-01")
    at(world, "2027-05-20T09:00")
    assert one.patch(f"/api/v1/signalen/{id_}", {"vervaltDatum": "2027-11-01"}).status_code == 200
    at(world, "2027-06-01T07:30")
    assert len(ask(world, post)) == 1


def test_a_long_list_names_fifty(world: World, post: Postbox) -> None:
    one = world.member("Schuldhulp")
    bodies = [one.signal(person, vervaltDatum="2027-03-01") for person in range(52)]
    one.post("/api/v1/signalen/batch", {"signalen": bodies})
    at(world, "2027-02-01T07:30")
    ((_, letter),) = ask(world, post)
    assert letter.subject == "52 signalen lopen af"
    assert len(references(letter)) == 50
    assert "- en nog 2\n" in letter.text


def test_nobody_else_is_told(world: World, post: Postbox) -> None:
    one, other = world.member("Schuldhulp"), world.member("Wijkteam", domain="welzijn")
    registered(one, 1, "2027-03-01")
    registered(other, 1, "2027-09-01")
    post.deliver(world)
    post.taken()
    at(world, "2027-02-01T07:30")
    assert [letter.recipient for _, letter in ask(world, post)] == ["m1@schuldhulp.example"]
    with world.services.sessions() as session:
        kinds = session.scalars(select(OutboxMessage.kind)).all()
    assert sorted(kinds) == ["lapsing", "match", "match"]


def test_who_stands_in_is_told_what_lapses_of_who_is_away_and_not_asked_for_them(
    world: World, post: Postbox
) -> None:
    one = world.member("Schuldhulp")
    registered(one, 1, "2027-07-01")
    registered(one, 2, "2028-01-01")
    at(world, "2027-06-01T07:30")
    stand_in(one, "m1", "m2", "2027-06-01", "2027-06-01")
    letters = {letter.recipient: letter for _, letter in ask(world, post)}
    assert letters.keys() == {"m1@schuldhulp.example", "m2@schuldhulp.example"}
    told = letters["m2@schuldhulp.example"]
    assert references(told) == ["D-1"]
    assert "Dit signaal van een collega die er niet is loopt binnenkort af" in told.text
    assert "https://index.example/signalen/nakijken?wie=allen\n" in told.text
    assert references(letters["m1@schuldhulp.example"]) == ["D-1", "D-2"]


@pytest.mark.parametrize(("first", "last"), [("01-25", "01-31"), ("02-02", "02-05")])
def test_who_does_not_stand_in_on_that_day_is_not_told_of_it(
    world: World, post: Postbox, first: str, last: str
) -> None:
    one = world.member("Schuldhulp")
    registered(one, 1, "2027-03-01")
    stand_in(one, "m1", "m2", f"2027-{first}", f"2027-{last}")
    at(world, "2027-02-01T07:30")
    assert [letter.recipient for _, letter in ask(world, post)] == ["m1@schuldhulp.example"]
    at(world, "2027-02-03T07:30")
    assert ask(world, post) == []


def test_one_letter_tells_of_the_own_and_of_who_is_away(world: World, post: Postbox) -> None:
    one = world.member("Schuldhulp")
    registered(one, 1, "2027-03-01")
    registered(one, 2, "2027-03-01", contact={"medewerker": "m2"})
    stand_in(one, "m1", "m2", "2027-02-01", "2027-02-05")
    at(world, "2027-02-01T07:30")
    letters = {letter.recipient: letter for _, letter in ask(world, post)}
    assert sorted(references(letters["m2@schuldhulp.example"])) == ["D-1", "D-2"]
    assert letters["m2@schuldhulp.example"].subject == "2 signalen lopen af"
    assert references(letters["m1@schuldhulp.example"]) == ["D-1"]


@pytest.mark.parametrize("why", ["left", "away"])
def test_the_team_is_told_what_lapses_of_who_is_away_when_the_stand_in_is_not_there(
    world: World, post: Postbox, why: str
) -> None:
    one = world.member("Schuldhulp")
    registered(one, 1, "2027-03-01")
    stand_in(one, "m1", "m2", "2027-02-01", "2027-02-05")
    if why == "away":
        stand_in(one, "m2", "m1", "2027-02-01", "2027-02-05")
    else:
        with world.services.sessions.begin() as session:
            session.execute(
                update(Professional)
                .where(Professional.key == "m2")
                .values(status=ProfessionalStatus.INACTIVE)
            )
    at(world, "2027-02-01T07:30")
    letters = {letter.recipient: references(letter) for _, letter in ask(world, post)}
    assert letters == {"m1@schuldhulp.example": ["D-1"], "team@schuldhulp.example": ["D-1"]}


def stand_in(one: Member, who: str, substitute: str, first: str, last: str) -> None:
    body = {"waarnemer": substitute, "vanDatum": first, "totEnMetDatum": last}
    answer = one.post(f"/api/v1/medewerkers/{who}/waarnemingen", body | {"bezorging": "waarnemer"})
    assert answer.status_code == 201, answer.text
