"""What nobody followed up: reminded once, then the coordinator, then the administrator."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from match.matches import Participation
from match.messages import MessageState, NoticeKind, OutboxMessage
from match.stalled import stalled_parts
from match.terms import IMPORT_SIGNALS, REPORTING_DAYS, latest_deadline
from orgprofiles.dutch_calendar import AMSTERDAM
from tests.clock import Clock
from tests.mail_server import MailHost
from tests.people import add_person
from tests.verwijsindex.follow_up.matched import match_of, matched, member, own, recorded
from tests.world import Member, World
from verwijsindex.accounts.roles import Role
from verwijsindex.audit import Action, AuditEvent
from verwijsindex.mail.delivery import deliver_due
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database


def at(day: str, time: str = "07:30") -> datetime:
    """Return a moment in the Netherlands, UTC."""
    return datetime.fromisoformat(f"{day} {time}").replace(tzinfo=AMSTERDAM).astimezone(UTC)


@pytest.fixture
def inbox(mailing: World, mail_host: MailHost, clock: Clock) -> Post:
    return Post(mailing, mail_host, clock)


class Post:
    """A world whose worker works, and what it mails."""

    def __init__(self, world: World, host: MailHost, clock: Clock) -> None:
        self.world, self.host, self.clock = world, host, clock
        self.worker = Worker(world.services)

    def work(self, worker: Worker | None = None) -> list[tuple[str, str]]:
        """Let the worker work; return to whom it mailed what."""
        self.host.inbox.mails.clear()
        (worker or self.worker).gather()
        while deliver_due(self.world.services, stop=threading.Event()):
            pass
        return sorted((str(mail["To"]), str(mail["Subject"])) for mail in self.host.inbox.mails)

    def work_at(self, moment: datetime) -> list[tuple[str, str]]:
        self.come(moment)
        return self.work()

    def come(self, moment: datetime) -> None:
        """Let it be *moment*, with tokens that are good then."""
        self.clock.moment = moment
        for one in self.world.members.values():
            one.token = self.world.token(one.client)

    def text(self, address: str) -> str:
        (mail,) = self.host.inbox.to(address)
        body: Any = mail.get_body(("plain",))
        return str(body.get_content()).replace("\r\n", "\n")

    def coordinator(self, one: Member, name: str = "Co") -> str:
        return add_person(self.world, one.id, Role.COORDINATOR, name=name).email


def day_of(one: Member) -> str:
    """Return the day before which *one* is to follow up."""
    return str(own(one)["opvolging"]["opvolgenVoorDatum"])


_REMINDED = "Nog vastleggen: match bij uw kenmerk D-1"
ONE, TWO = "m1@schuldhulp.example", "m1@wijkteam.example"


def test_both_are_reminded_on_the_day_and_never_again(inbox: Post) -> None:
    matched(inbox.world, "Schuldhulp", "Wijkteam")
    assert len(inbox.work()) == 2
    assert inbox.work_at(at("2026-11-30", "07:29")) == []
    assert inbox.work_at(at("2026-11-30")) == [(ONE, _REMINDED), (TWO, _REMINDED)]
    assert inbox.text(ONE).startswith(
        "U zou vóór 30 november 2026 vastleggen wat er kwam van de match bij uw cliënt met"
        " kenmerk D-1."
    )
    assert "Wijkteam" not in inbox.text(ONE)
    for day in ("2026-11-30", "2026-12-01", "2026-12-02"):
        assert inbox.work_at(at(day, "16:00")) == []
        assert inbox.work(Worker(inbox.world.services)) == []


def test_reminders_are_audited(inbox: Post) -> None:
    matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    inbox.work_at(at("2026-11-30"))
    reminded = select(func.count()).where(AuditEvent.action == Action.FOLLOW_UP_REMINDED)
    with inbox.world.services.sessions() as session:
        assert session.scalar(reminded) == 2


def test_who_recorded_what_came_of_it_is_not_reminded(inbox: Post) -> None:
    one, _ = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    recorded(one, status="geen_afstemming_nodig")
    assert inbox.work_at(at("2026-11-30")) == [(TWO, _REMINDED)]


def test_who_is_mailed_of_nobody_is_not_reminded(inbox: Post) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.coordinator(one)
    inbox.work()
    recorded(one, status="waren_al_in_contact", met=[own(two)["id"]])
    recorded(two, bevestigd=[own(one)["id"]])
    inbox.come(at("2026-11-24", "10:00"))
    one.register(1, contact={"medewerker": "m2"})
    assert to_do(one) is None
    (part,) = [p for p in match_of(one)["eigenDeelnames"] if p["opvolging"]["status"] == "open"]
    assert part["opvolging"]["opvolgenVoorDatum"] is None
    assert [inbox.work_at(at(day)) for day in ("2026-12-01", "2026-12-08")] == [[], []]


@pytest.mark.parametrize("status", ["opgepakt", "niet_bereikt"])
def test_who_is_at_it_is_reminded_all_the_same(inbox: Post, status: str) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    recorded(one, status=status)
    recorded(two, status="contact_gelegd")
    assert inbox.work_at(at("2026-11-30")) == [(ONE, _REMINDED)]


def test_where_nobody_is_left_to_be_seen_nobody_is_reminded(inbox: Post) -> None:
    _, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    end = {"status": "beeindigd", "reden": "afgerond"}
    two.patch(f"/api/v1/signalen/{own(two)['signaal']}", end)
    assert inbox.work_at(at("2026-11-30")) == []


def test_all_reminders_of_a_day_are_one_letter(inbox: Post) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    for person in (2, 3):
        one.register(person)
        two.register(person)
    inbox.work()
    subject = "Nog vastleggen: 3 matches bij uw cliënten"
    assert inbox.work_at(at("2026-11-30")) == [(ONE, subject), (TWO, subject)]


def test_no_reminder_goes_in_a_weekend_or_on_a_holiday(inbox: Post) -> None:
    inbox.come(at("2026-12-17", "10:00"))  # five working days on: 24 December
    matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    for day in ("2026-12-25", "2026-12-26", "2026-12-27"):
        assert inbox.work_at(at(day)) == []
    assert len(inbox.work_at(at("2026-12-28"))) == 2


def test_a_worker_that_comes_back_at_night_reminds_nobody_before_the_morning(inbox: Post) -> None:
    matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    assert inbox.work_at(at("2026-11-30", "18:00")) == []
    assert inbox.work_at(at("2026-11-30", "23:30")) == []
    assert inbox.work_at(at("2026-12-01")) == [(ONE, _REMINDED), (TWO, _REMINDED)]


def test_a_worker_that_was_down_reminds_of_what_still_waits_once(inbox: Post) -> None:
    """Reminder and escalation both fell in the gap: each is told once, and in one letter."""
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    address = inbox.coordinator(one)
    one.register(2)
    two.register(2)
    inbox.work()
    recorded_part = match_of_person(two, "D-1")
    two.patch(recorded_part, {"status": "geen_afstemming_nodig"})
    assert inbox.work_at(at("2026-12-10", "09:12")) == [
        (address, "2 matches blijven liggen"),
        (ONE, "Nog vastleggen: 2 matches bij uw cliënten"),
        (TWO, "Nog vastleggen: match bij uw kenmerk D-2"),
    ]
    for day in ("2026-12-11", "2026-12-14", "2026-12-15"):
        assert inbox.work_at(at(day)) == []


def match_of_person(one: Member, reference: str) -> str:
    """Return the path of *one*'s part in the match of a client."""
    for match in one.get("/api/v1/matches").json["resultaten"]:
        for part in match["eigenDeelnames"]:
            if part["kenmerk"] == reference:
                return f"/api/v1/matches/{match['id']}/deelnames/{part['id']}"
    raise AssertionError(reference)


def test_what_is_settled_between_writing_and_sending_is_not_sent(inbox: Post) -> None:
    one, _ = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    inbox.come(at("2026-11-30"))
    inbox.worker.gather()
    recorded(one, status="contact_gelegd")
    assert inbox.work() == [(TWO, _REMINDED)]


def test_who_comes_after_the_day_gives_another_day_and_another_reminder(inbox: Post) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    assert len(inbox.work_at(at("2026-11-30"))) == 2
    inbox.come(at("2026-12-01", "10:00"))
    member(inbox.world, "Woonbedrijf").register(1)
    assert day_of(one) == "2026-12-08"
    assert day_of(two) == "2026-12-08"
    inbox.work()
    assert "Leg vóór 8 december 2026 vast" in inbox.text(ONE)
    assert inbox.work_at(at("2026-12-07")) == []
    assert len(inbox.work_at(at("2026-12-08"))) == 3


def test_who_recorded_what_came_of_it_is_asked_again_when_somebody_new_comes(
    inbox: Post,
) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    address = inbox.coordinator(one)
    inbox.work()
    for each in (one, two):
        recorded(each, status="contact_gelegd", opbrengst=["meer_zicht"])
    inbox.come(at("2026-11-25", "10:00"))
    three = member(inbox.world, "Woonbedrijf")
    three.register(1)
    inbox.work()
    assert "Leg vóór 2 december 2026 vast" in inbox.text(ONE)
    assert own(one)["opvolging"]["nogVastTeLeggen"]
    assert to_do(one)["opvolgenVoorDatum"] == "2026-12-02"
    recorded(two, status="contact_gelegd")
    assert to_do(two) is None
    assert own(two)["opvolging"]["opbrengst"] == ["meer_zicht"]
    recorded(three, status="geen_afstemming_nodig")
    assert inbox.work_at(at("2026-12-01")) == []
    assert inbox.work_at(at("2026-12-02")) == [(ONE, _REMINDED)]
    assert "Dat is nog niet gebeurd sinds er iemand bij kwam." in inbox.text(ONE)
    assert inbox.work_at(at("2026-12-09")) == [(address, "1 match blijft liggen")]


def to_do(one: Member) -> Any:
    """Return the match of which *one* is to record what came of it; None: there is none."""
    return next(iter(one.get("/api/v1/matches", opvolging="open").json["resultaten"]), None)


def test_who_recorded_what_came_of_it_is_not_asked_again_for_whom_they_do_not_see(
    inbox: Post,
) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    for each in (one, two):
        recorded(each, status="contact_gelegd")
    two.register(1, contact={"medewerker": "m2"})  # a colleague of who is seen already
    matched(inbox.world, "GGZ")
    assert to_do(one) is None
    inbox.work()
    assert not any(to == ONE for to, _ in inbox.work_at(at("2026-11-30")))


def test_a_colleague_of_who_is_seen_already_gives_no_other_day(inbox: Post) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    inbox.work_at(at("2026-11-30"))
    inbox.come(at("2026-12-01", "10:00"))
    two.register(1, contact={"medewerker": "m2"})
    assert [to for to, _ in inbox.work()] == ["m2@wijkteam.example"]
    assert day_of(one) == "2026-11-30"


def test_who_was_reminded_of_a_wrong_person_is_reminded_of_a_next_match(inbox: Post) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    assert (ONE, _REMINDED) in inbox.work_at(at("2026-11-30"))
    end = {"status": "beeindigd", "reden": "verkeerde_persoon"}
    two.patch(f"/api/v1/signalen/{own(two)['signaal']}", end)
    matched(inbox.world, "Woonbedrijf")
    inbox.work()
    assert day_of(one) == "2026-12-07"
    assert (ONE, _REMINDED) in inbox.work_at(at("2026-12-07"))


def test_who_comes_before_the_day_leaves_it_as_it_is(inbox: Post) -> None:
    one, _ = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.come(at("2026-11-25", "10:00"))
    member(inbox.world, "Woonbedrijf").register(1)
    assert day_of(one) == "2026-11-30"


def bring_in(one: Member, persons: range) -> None:
    rows = {"signalen": [one.signal(person) for person in persons]}
    assert one.post("/api/v1/signalen/batch", rows).status_code == 200


def test_an_import_gives_fifteen_working_days_more_to_its_last_part_too(inbox: Post) -> None:
    one, two = member(inbox.world, "Schuldhulp"), member(inbox.world, "Wijkteam")
    one.register(1)
    bring_in(two, range(2, IMPORT_SIGNALS + 1))
    bring_in(two, range(1, 2))
    assert day_of(one) == "2026-12-21"
    assert day_of(two) == "2026-12-21"


def test_what_a_source_system_sends_with_few_others_gives_no_more_time_though_it_waits_for_the_digest(
    inbox: Post,
) -> None:
    hidden = member(inbox.world, "GGZ")
    one, two = member(inbox.world, "Schuldhulp"), member(inbox.world, "Wijkteam")
    hidden.register(1)
    one.register(1)
    bring_in(two, range(1, IMPORT_SIGNALS))
    bring_in(two, range(1, IMPORT_SIGNALS))  # what is there already counts for nothing
    inbox.worker.review()
    assert [day_of(each) for each in (hidden, one, two)] == ["2026-11-30"] * 3
    inbox.work()
    assert not {ONE, TWO} & {to for to, _ in inbox.work_at(at("2026-11-23", "18:00"))}
    assert {ONE, TWO} <= {to for to, _ in inbox.work_at(at("2026-11-24"))}


def test_the_coordinator_is_told_five_working_days_later_once_and_of_everything(
    inbox: Post,
) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    first, second = inbox.coordinator(one, "Co"), inbox.coordinator(one, "Ca")
    inbox.work()
    inbox.work_at(at("2026-11-30"))
    assert inbox.work_at(at("2026-12-04")) == []
    told = sorted([(first, "1 match blijft liggen"), (second, "1 match blijft liggen")])
    assert inbox.work_at(at("2026-12-07")) == told
    text = inbox.text(first)
    assert "- Team: M. Schuldhulp 1, vast te leggen vóór 30 november 2026" in text
    assert "https://index.example/instelling/vastgelopen" in text
    assert "D-1" not in text
    assert two.name not in text
    assert inbox.work(Worker(inbox.world.services)) == []
    assert inbox.work_at(at("2026-12-08")) == []


def test_what_stalls_after_the_letter_of_a_day_is_in_that_of_the_next(inbox: Post) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    address = inbox.coordinator(one)
    one.register(2)
    two.register(2)
    inbox.work()
    path = match_of_person(one, "D-1")
    one.patch(path, {"status": "contact_gelegd"})
    inbox.work_at(at("2026-11-30"))
    assert (address, "1 match blijft liggen") in inbox.work_at(at("2026-12-07"))
    one.patch(path, {"status": "niet_bereikt"})
    restarted = Worker(inbox.world.services)
    assert (address, "2 matches blijven liggen") not in inbox.work(restarted)
    assert inbox.work_at(at("2026-12-08")) == [(address, "2 matches blijven liggen")]


def test_without_a_coordinator_it_waits_for_one(inbox: Post) -> None:
    one, _ = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    inbox.work_at(at("2026-11-30"))
    assert inbox.work_at(at("2026-12-07")) == []
    address = inbox.coordinator(one)
    assert inbox.work_at(at("2026-12-08")) == [(address, "1 match blijft liggen")]


def test_the_administrators_list_has_it_ten_working_days_after_that(inbox: Post) -> None:
    matched(inbox.world, "Schuldhulp", "Wijkteam")
    found = []
    for day in ("2026-12-18", "2026-12-21"):
        with inbox.world.services.sessions() as session:
            by = latest_deadline(at(day).date(), REPORTING_DAYS)
            found.append(len(session.execute(stalled_parts(by)).all()))
    assert found == [0, 2]


def test_two_workers_remind_once(inbox: Post) -> None:
    matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    inbox.come(at("2026-11-30"))
    Worker(inbox.world.services).gather()
    Worker(inbox.world.services).gather()
    with inbox.world.services.sessions() as session:
        kinds = session.scalars(
            select(OutboxMessage.state).where(OutboxMessage.kind == NoticeKind.REMINDER)
        ).all()
        parts = session.scalars(select(Participation.reminded_at)).all()
    assert kinds == [MessageState.GATHERED] * 2
    assert None not in parts


def test_a_reminder_goes_in_the_mail_with_the_rest_of_the_day(inbox: Post) -> None:
    one, two = matched(inbox.world, "Schuldhulp", "Wijkteam")
    inbox.work()
    inbox.come(at("2026-11-27", "10:00"))
    one.register(2)
    rows = {"signalen": [two.signal(2)]}
    assert two.post("/api/v1/signalen/batch", rows).status_code == 200
    subject = "2 berichten over matches bij uw cliënten"
    assert inbox.work_at(at("2026-11-30")) == [(ONE, subject), (TWO, subject)]
    text = inbox.text(ONE)
    assert text.index("Kenmerk D-1") < text.index("Kenmerk D-2"), "what is asked comes first"
