"""Regie by rule: asked in the agreed order, declined, replaced, and told to nobody who may not."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from match.case_leads import CaseLead
from match.lead_rules import Preference, lead_rule_version
from match.matches import Match
from match.messages import NoticeKind, OutboxMessage
from orgprofiles.domains import Domain
from tests.mail_server import MailHost
from tests.people import add_person
from tests.verwijsindex.follow_up.matched import (
    answer_regie,
    lead,
    match_of,
    matched,
    member,
    own,
    proposal,
    recorded,
    regie,
)
from tests.world import Member, World
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import Role
from verwijsindex.audit import Action, Actor, ActorKind, AuditEvent
from verwijsindex.http.problems import InvalidInput, Problem
from verwijsindex.mail.delivery import deliver_due
from verwijsindex.use_cases.change_lead_rule import change_lead_rule
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database


def domain(name: str) -> Preference:
    return Preference(domain=Domain(name))


def agree(world: World, *preferences: Preference) -> int:
    """Put a rule in force; return its version."""
    with world.services.sessions() as session:
        return change_lead_rule(
            session,
            world.services,
            actor=Actor(ActorKind.ADMINISTRATOR),
            preferences=preferences,
            reason="Afgesproken in het overleg",
        )


def ask(world: World) -> None:
    Worker(world.services).ask_leads()


def asked(world: World, kind: NoticeKind = NoticeKind.LEAD_ASKED) -> int:
    """Return how many were mailed that they are asked."""
    with world.services.sessions() as session:
        wanted = select(func.count()).where(OutboxMessage.kind == kind)
        return session.scalar(wanted) or 0


def next_morning(world: World) -> None:
    """Deliver the digests of the next working day; everybody gets a new token."""
    world.clock.advance(timedelta(days=1))
    for one in world.members.values():
        one.token = world.token(one.client)
    Worker(world.services).gather()
    deliver_due(world.services, stop=threading.Event())


def end(one: Member) -> None:
    signal = own(one)["signaal"]
    answer = one.patch(f"/api/v1/signalen/{signal}", {"status": "beeindigd", "reden": "afgerond"})
    assert answer.status_code == 200, answer.text


def keep_apart(one: Member, two: Member) -> None:
    """Have two organisations never match, and the worker see to it."""
    rules = one.get("/api/v1/matchregels").json
    apart = {"paar": [str(one.id), str(two.id)], "gevolg": "geen_match"}
    apart |= {"grondslag": "Wet X", "verwijzing": "Afspraak Y"}
    kept = {"reden": "Afgesproken", "regels": rules["regels"], "organisaties": [apart]}
    answer = one.post("/api/v1/matchregels", kept)
    assert answer.status_code == 200, answer.text
    Worker(one.world.services).review()


def test_without_a_rule_nobody_is_asked(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    ask(world)
    assert [proposal(one), proposal(two), asked(world)] == [None, None, 0]


def test_the_first_in_the_rule_is_asked_once_and_all_see_it(world: World) -> None:
    agree(world, domain("zorg"), domain("welzijn"), domain("schulden"))
    one, two, three = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    ask(world)
    ask(world)
    part = own(two)["id"]
    assert [proposal(each) for each in (one, two, three)] == [part] * 3
    assert match_of(one)["regieVoorstel"]["volgensAfspraak"] is True
    assert asked(world) == 1
    assert answer_regie(two, "aanvaarding").status_code == 200
    assert [lead(each) for each in (one, two, three)] == [part] * 3
    with world.services.sessions() as session:
        deeds = session.scalars(
            select(AuditEvent.actor_kind).where(AuditEvent.action == Action.LEAD_PROPOSED)
        ).all()
    assert deeds == [ActorKind.WORKER]


def test_who_declines_is_followed_by_the_next_until_nobody_is_left(world: World) -> None:
    agree(world, domain("welzijn"), domain("wonen"))
    one, two, three = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    for each in (two, three):
        ask(world)
        assert proposal(one) == own(each)["id"]
        assert answer_regie(each, "weigering").status_code == 200
    ask(world)
    assert [proposal(one), lead(one), asked(world)] == [None, None, 2]


def test_who_leaves_is_replaced(world: World) -> None:
    agree(world, domain("welzijn"), domain("wonen"))
    one, two, three = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    ask(world)
    assert answer_regie(two, "aanvaarding").status_code == 200
    end(two)
    ask(world)
    assert lead(one) is None
    assert proposal(one) == own(three)["id"]


def test_who_lays_it_down_is_replaced_and_not_asked_again(world: World) -> None:
    agree(world, domain("welzijn"), domain("wonen"))
    one, two, three = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
    ask(world)
    answer_regie(two, "aanvaarding")
    ask(world)
    assert answer_regie(two, "weigering").status_code == 200
    ask(world)
    assert proposal(one) == own(three)["id"]


def test_whoever_was_asked_by_hand_is_waited_for(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    assert regie(one, deelname=own(two)["id"]).status_code == 200
    agree(world, domain("schulden"))
    ask(world)
    assert proposal(one) == own(two)["id"]
    assert asked(world) == 1  # by hand one is mailed too


def test_the_client_keeps_the_lead_whatever_the_rule(world: World) -> None:
    one, _ = matched(world, "Schuldhulp", "Wijkteam")
    assert regie(one, client=True).status_code == 200
    agree(world, domain("schulden"))
    ask(world)
    assert [lead(one), proposal(one)] == ["client", None]


def test_a_better_one_who_comes_later_is_asked_instead(world: World) -> None:
    agree(world, domain("wonen"), domain("welzijn"))
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    ask(world)
    assert proposal(one) == own(two)["id"]
    three = member(world, "Woonbedrijf")
    assert three.register(1).status_code == 201
    ask(world)
    assert proposal(one) == proposal(two) == own(three)["id"]
    assert answer_regie(two, "aanvaarding").status_code == 409


def test_a_new_rule_asks_where_nobody_has_the_lead_and_leaves_the_others(world: World) -> None:
    agree(world, domain("welzijn"))
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    assert one.register(2).status_code == 201
    assert two.register(2).status_code == 201
    ask(world)
    has_it, waits = two.get("/api/v1/matches").json["resultaten"]
    http = world.http
    path = f"/api/v1/matches/{has_it['id']}/regie/aanvaarding"
    assert http.post(path, headers=two.headers).status_code == 200
    agree(world, domain("schulden"))
    ask(world)
    found = {m["id"]: m for m in two.get("/api/v1/matches").json["resultaten"]}
    assert found[has_it["id"]]["regie"]["eigen"] is True
    assert found[waits["id"]]["regieVoorstel"]["eigen"] is False


def test_an_organisation_goes_before_a_domain_where_the_rule_says_so(world: World) -> None:
    one, two = matched(world, "Schuldhulp", "Wijkteam")
    agree(world, Preference(organisation_id=one.id), domain("welzijn"))
    ask(world)
    assert proposal(two) == own(one)["id"]


class TestDirectors:
    def test_one_is_asked_and_mailed_and_the_next_when_the_answer_is_no(
        self, mailing: World, mail_host: MailHost
    ) -> None:
        one, two = matched(mailing, "Schuldhulp", "Wijkteam")
        directors = [
            add_person(mailing, two.id, Role.MATCH_LEAD, name=f"Regie {n}", email=f"r{n}@x.example")
            for n in (1, 2)
        ]
        agree(mailing, *(Preference(director_id=who.account_id) for who in directors))
        ask(mailing)
        assert match_of(one)["regieVoorstel"]["matchregisseur"] == str(directors[0].account_id)
        assert asked(mailing, NoticeKind.DIRECTING_ASKED) == 1
        next_morning(mailing)
        (mail,) = mail_host.inbox.to("r1@x.example")
        assert mail["Subject"] == "Houdt u het overzicht van een match?"
        assert "/regie" in str(mail.get_body(("plain",)))
        assert "D-1" not in str(mail)

        browser = directors[0].browser()
        page = browser.get("/regie").text
        (refuse,) = re.findall(r'action="(/regie/[^"]+/weigering)"', page)
        token = re.findall(r'name="csrf" value="([0-9a-f]{64})"', page)
        assert browser.post(refuse, data={"csrf": token[0]}).status_code == 303
        ask(mailing)
        assert match_of(two)["regieVoorstel"]["matchregisseur"] == str(directors[1].account_id)

    def test_one_letter_of_a_morning_tells_of_all_that_waits(
        self, mailing: World, mail_host: MailHost
    ) -> None:
        one, two = matched(mailing, "Schuldhulp", "Wijkteam")
        for person in (2, 3):
            assert one.register(person).status_code == 201
            assert two.register(person).status_code == 201
        director = add_person(
            mailing, two.id, Role.MATCH_LEAD, name="Regie Een", email="r1@x.example"
        )
        agree(mailing, Preference(director_id=director.account_id))
        ask(mailing)
        ask(mailing)
        next_morning(mailing)
        (mail,) = mail_host.inbox.to("r1@x.example")
        assert mail["Subject"] == "Houdt u het overzicht van 3 matches?"

    def test_who_can_no_longer_sign_in_is_passed_over(self, world: World) -> None:
        one, _ = matched(world, "Schuldhulp", "Wijkteam")
        blocked = add_person(world, one.id, Role.MATCH_LEAD, name="Regie Een")
        agree(world, Preference(director_id=blocked.account_id), domain("welzijn"))
        with world.services.sessions() as session:
            session.get_one(Account, blocked.account_id).status = AccountStatus.BLOCKED
            session.commit()
        ask(world)
        assert match_of(one)["regieVoorstel"]["soort"] == "deelname"


class TestHidden:
    """The GGZ sees the others first; they do not see it until it lets them."""

    def test_one_hidden_side_is_not_asked_for_those_who_do_not_see_it(self, world: World) -> None:
        agree(world, domain("ggz"), domain("schulden"))
        one, two, hidden = matched(world, "Schuldhulp", "Wijkteam", "GGZ")
        ask(world)
        assert proposal(one) == proposal(two) == own(one)["id"]
        assert proposal(hidden) == own(one)["id"]

    def test_the_visible_are_told_the_same_without_the_hidden(self, world: World) -> None:
        agree(world, domain("ggz"), domain("schulden"))
        one, two = matched(world, "Schuldhulp", "Wijkteam")
        ask(world)
        before = [match_of(one), match_of(two), asked(world)]
        hidden = member(world, "GGZ")
        assert hidden.register(1).status_code == 201
        Worker(world.services).review()
        ask(world)
        assert [match_of(one), match_of(two), asked(world)] == before

    def test_once_it_lets_itself_be_seen_it_may_be_asked(self, world: World) -> None:
        agree(world, domain("ggz"), domain("schulden"))
        one, _, hidden = matched(world, "Schuldhulp", "Wijkteam", "GGZ")
        ask(world)
        recorded(hidden, zichtbaar=True)
        ask(world)
        assert proposal(one) == own(hidden)["id"]

    def test_who_does_not_see_it_is_asked_for_those_who_do_not_either(self, world: World) -> None:
        agree(world, domain("ggz"), domain("schulden"))
        one, two, hidden = matched(world, "Schuldhulp", "Wijkteam", "GGZ")
        recorded(hidden, zichtbaar=True)
        ask(world)
        assert proposal(one) == proposal(two) == own(hidden)["id"]
        late = member(world, "Woonbedrijf")  # to whom the GGZ has not shown itself
        assert late.register(1).status_code == 201
        Worker(world.services).review()
        for _ in range(2):
            ask(world)
            assert late.register(1, contact={"medewerker": "m2"}).status_code in {200, 201}
            assert proposal(late) == own(one)["id"]
            assert proposal(two) == own(hidden)["id"]
            assert proposal(one) == own(one)["id"]
        assert asked(world) == 2
        assert answer_regie(one, "aanvaarding").status_code == 200
        assert [lead(each) for each in (one, two, late)] == [own(one)["id"]] * 3

    def test_who_does_not_see_the_side_that_would_ask_is_not_asked(self, world: World) -> None:
        agree(world, domain("wonen"), domain("ggz"))
        one, hidden = matched(world, "Schuldhulp", "GGZ")
        recorded(hidden, zichtbaar=True)
        late = member(world, "Woonbedrijf")
        keep_apart(one, late)
        assert late.register(1).status_code == 201
        Worker(world.services).review()
        ask(world)
        assert {o["organisatie"] for o in match_of(hidden)["deelnemers"]} == {one.name, late.name}
        assert proposal(hidden) == own(hidden)["id"]
        assert asked(world) == 1

    def test_who_sees_the_lead_no_longer_gets_another(self, world: World) -> None:
        agree(world, domain("welzijn"), domain("schulden"))
        one, two, three = matched(world, "Schuldhulp", "Wijkteam", "Woonbedrijf")
        ask(world)
        assert answer_regie(two, "aanvaarding").status_code == 200
        keep_apart(two, three)
        ask(world)
        assert [lead(one), lead(three)] == [own(two)["id"], None]
        assert proposal(three) == own(one)["id"]


class TestMail:
    def test_it_asks_for_an_answer_and_names_nobody(
        self, mailing: World, mail_host: MailHost
    ) -> None:
        agree(mailing, domain("welzijn"))
        _, two = matched(mailing, "Schuldhulp", "Wijkteam")
        ask(mailing)
        deliver_due(mailing.services, stop=threading.Event())
        part = own(two)["id"]
        assert len(mail_host.inbox.to("m1@wijkteam.example")) == 1  # of the match, at once
        next_morning(mailing)
        found = {str(m["Subject"]): m for m in mail_host.inbox.to("m1@wijkteam.example")}
        mail = found["Houdt u het overzicht? Match bij uw kenmerk D-1"]
        text = mail.get_body(("plain",)).get_content()
        assert "Zeg ja of nee op de pagina van de match" in text
        assert part in text
        assert "Schuldhulp" not in text

    def test_it_is_not_sent_when_the_answer_is_there_already(self, mailing: World) -> None:
        agree(mailing, domain("welzijn"))
        _, two = matched(mailing, "Schuldhulp", "Wijkteam")
        ask(mailing)
        answer_regie(two, "weigering")
        next_morning(mailing)
        with mailing.services.sessions() as session:
            (row,) = session.scalars(
                select(OutboxMessage.state).where(OutboxMessage.kind == NoticeKind.LEAD_ASKED)
            )
            digest = session.scalars(
                select(OutboxMessage.state).where(OutboxMessage.kind == NoticeKind.DIGEST)
            ).one()
        assert (row, digest) == ("gathered", "skipped")


class TestTheRule:
    @pytest.fixture
    def one(self, world: World) -> Member:
        return member(world, "Schuldhulp")

    def test_all_faults_are_told_at_once(self, world: World, one: Member) -> None:
        nobody = member(world, "Wijkteam").client.id
        with pytest.raises(InvalidInput) as refused:
            agree(
                world,
                domain("zorg"),
                domain("zorg"),
                Preference(organisation_id=nobody),
                Preference(director_id=nobody),
            )
        assert [one["name"] for one in refused.value.invalid_params] == [
            "voorkeuren[1]",
            "voorkeuren[2].organisatie",
            "voorkeuren[3].matchregisseur",
        ]

    def test_the_same_again_is_refused(self, world: World, one: Member) -> None:
        assert agree(world, Preference(organisation_id=one.id)) == 1
        with pytest.raises(Problem) as refused:
            agree(world, Preference(organisation_id=one.id))
        assert "geldt al" in str(refused.value.detail)
        assert agree(world) == 2
        with world.services.sessions() as session:
            assert lead_rule_version(session) == 2

    def test_it_is_read_and_changed_by_machines(self, world: World) -> None:
        keeper = world.member("Beheer", domain="welzijn")
        body: dict[str, Any] = {
            "reden": "Convenant 2027",
            "voorkeuren": [{"domein": "zorg"}, {"organisatie": str(keeper.id)}],
        }
        assert keeper.get("/api/v1/regieafspraken").json["versie"] == 0
        answer = keeper.post("/api/v1/regieafspraken", body)
        assert answer.status_code == 200, answer.text
        shown = keeper.get("/api/v1/regieafspraken").json
        assert shown["voorkeuren"] == body["voorkeuren"]
        assert [shown["versie"], shown["reden"]] == [1, "Convenant 2027"]


def test_a_match_is_looked_at_again_only_when_it_changed(world: World) -> None:
    agree(world, domain("zorg"))
    matched(world, "Schuldhulp", "Wijkteam")
    ask(world)
    with world.services.sessions() as session:
        assert session.scalars(select(Match.leads_settled_for)).all() == [1]
        assert session.scalar(select(func.count()).select_from(CaseLead)) == 0
    assert member(world, "Woonbedrijf").register(1).status_code == 201
    with world.services.sessions() as session:
        assert session.scalars(select(Match.leads_settled_for)).all() == [None]
