"""What organisations do about their people: hand over, leave, stand in, choose how to be mailed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from match.rule_versions import version_in_force
from match.terms import Terms
from orgprofiles.organisations import Delivery, Professional, ProfessionalStatus
from tests.match.model import Contact
from tests.match.test_life_of_a_match import PERSONS
from tests.verwijsindex.life.model import WholeModel
from tests.verwijsindex.life.staff import Absence, Person
from tests.world import ALL_SCOPES, Member, World
from verwijsindex.access import Caller
from verwijsindex.use_cases.check_transfers import Target
from verwijsindex.use_cases.off_board import off_board

#: Everybody is there, and mailed at once.
AS_ADMITTED = {"status": ProfessionalStatus.ACTIVE, "delivery": Delivery.AT_ONCE}


class PeopleRules:
    """Rules of the machine; each does the same to the index and to the model."""

    world: World
    contacts: list[Contact]
    model: WholeModel
    kept: list[Any]
    #: Rules that these ones use.
    wait: Callable[[int], None]
    register: Callable[[int, int, int], None]
    look: Callable[[], None]
    mail: Callable[[bool], None]

    def colleagues(self, contact: Contact) -> list[Contact]:
        return [one for one in self.contacts if one.member == contact.member]

    def professionals(self, *, several: bool = False) -> list[Contact]:
        """Return those who may be contact; with *several*, of organisations with more contacts."""
        return [
            one
            for one in self.contacts
            if one.recipient in self.model.staff.people
            and (not several or len(self.colleagues(one)) > 1)
        ]

    def target(self, to: Contact) -> dict[str, Any]:
        person = self.model.staff.people.get(to.recipient)
        return {"medewerker": person.key} if person else {"afdeling": str(to.unit_id)}

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def transfer(self, data: st.DataObject) -> None:
        several = [s for s in self.kept if len(self.colleagues(s.contact)) > 1]
        if not several:
            return
        signal = data.draw(st.sampled_from(several))
        to = data.draw(st.sampled_from(self.colleagues(signal.contact)))
        answer = self.world.members[to.member].post(
            f"/api/v1/signalen/{signal.id}/overdracht", self.target(to)
        )
        if not self.model.is_there(to):
            assert answer.status_code == 400
            return
        done = self.model.transfer(signal, to, digest_due=None)
        if done:
            self.model.shows(signal)
        assert answer.status_code == (200 if done else 409), answer.text

    @rule(data=st.data(), delivery=st.none() | st.sampled_from([one.value for one in Delivery]))
    def transfer_all(self, data: st.DataObject, delivery: str | None) -> None:
        """Hand over everything of somebody; with *delivery*, while mail waits that goes along."""
        who = data.draw(st.sampled_from(self.professionals(several=True)))
        to = data.draw(st.sampled_from([one for one in self.colleagues(who) if one != who]))
        if delivery is not None:
            self.be_matched(data, who)
            if to.recipient in self.model.staff.people:
                self.prefer(self.person(to), delivery)
        answer = self.world.members[who.member].post(
            f"/api/v1/medewerkers/{self.person(who).key}/overdracht", self.target(to)
        )
        if not self.model.is_there(to):
            assert answer.status_code == 400
            return
        moved, left = self.model.transfer_all(who, to)
        assert answer.status_code == 200, answer.text
        assert answer.json["overgedragen"] == moved
        assert {UUID(one["signaal"]) for one in answer.json["achtergebleven"]} == left
        if delivery is not None:
            self.mail(False)

    @rule(data=st.data(), is_matched=st.booleans())
    def leave(self, data: st.DataObject, is_matched: bool) -> None:
        """Somebody leaves, and a colleague or the team gets the signals."""
        who = data.draw(st.sampled_from(self.professionals(several=True)))
        if is_matched:
            self.be_matched(data, who)
        others = [one for one in self.colleagues(who) if one != who and self.model.is_there(one)]
        to = data.draw(st.sampled_from(others))
        target = Target(
            professional_key=self.target(to).get("medewerker"),
            unit_id=None if to.recipient in self.model.staff.people else to.unit_id,
        )
        services = self.world.services
        with services.sessions() as session:
            done = off_board(
                session,
                services,
                caller=self.caller(self.world.members[who.member]),
                professional=session.get_one(Professional, who.recipient),
                target=target,
            )
        moved, left = self.model.transfer_all(who, to)
        assert done.transferred.moved == moved
        assert {one.signal_id for one in done.transferred.left} == left
        assert done.has_left == (not left)
        if done.has_left:
            self.person(who).is_active = False

    @rule(data=st.data())
    def come_back(self, data: st.DataObject) -> None:
        gone = [one for one in self.model.staff.people.values() if not one.is_active]
        if gone:
            person = data.draw(st.sampled_from(gone))
            assert self.keep(person, status="actief").status_code == 200
            person.is_active = True

    @rule(data=st.data(), delivery=st.sampled_from([one.value for one in Delivery]))
    def choose_delivery(self, data: st.DataObject, delivery: str) -> None:
        self.prefer(self.draw_person(data), delivery)

    def prefer(self, person: Person, delivery: str) -> None:
        status = "actief" if person.is_active else "inactief"
        assert self.keep(person, status=status, bezorging=delivery).status_code == 200
        person.delivery = delivery

    @rule(
        data=st.data(),
        starts=st.sampled_from([0, -2, 1, 9]),
        lasts=st.sampled_from([0, 3, 16]),
        is_both=st.booleans(),
    )
    def stand_in(self, data: st.DataObject, starts: int, lasts: int, is_both: bool) -> None:
        self.be_away(self.draw_person(data), starts, lasts, is_both)

    @rule(
        data=st.data(),
        before=st.sampled_from([0, 9]),
        starts_lasts=st.sampled_from([(0, 0), (0, 1), (1, 0), (1, 1)]),
        days=st.sampled_from([0, 1, 2]),
        is_both=st.booleans(),
    )
    def be_away_when_mail_comes(
        self,
        data: st.DataObject,
        *,
        before: int,
        starts_lasts: tuple[int, int],
        days: int,
        is_both: bool,
    ) -> None:
        """A match, or a reminder of one, comes around the first or last day of an absence."""
        who = data.draw(st.sampled_from(self.professionals(several=True)))
        if before:
            self.be_matched(data, who)
            self.mail(False)
            self.wait(before)
        self.be_away(self.person(who), *starts_lasts, is_both)
        self.wait(days)
        self.be_matched(data, who)
        self.look()
        self.mail(False)

    def be_matched(self, data: st.DataObject, who: Contact) -> None:
        """Have *who*, and somebody of another organisation, register both persons."""
        others = [one for one in self.contacts if one.member != who.member]
        for contact in (who, data.draw(st.sampled_from(others))):
            for person in PERSONS:
                self.register(self.contacts.index(contact), person, 12)

    def be_away(self, person: Person, starts: int, lasts: int, is_both: bool) -> None:
        """Have somebody be away for some days, and the colleague of the unit stand in."""
        staff, today = self.model.staff, self.model.today
        (substitute,) = (
            one
            for one in staff.people.values()
            if one.member == person.member and one is not person
        )
        first = today + timedelta(starts)
        last = first + timedelta(lasts)
        body = {
            "waarnemer": substitute.key,
            "vanDatum": first.isoformat(),
            "totEnMetDatum": last.isoformat(),
            "bezorging": "beiden" if is_both else "waarnemer",
        }
        member = self.world.members[person.member]
        answer = member.post(f"/api/v1/medewerkers/{person.key}/waarnemingen", body)
        overlaps = any(
            one.who is person and one.last >= today and one.first <= last and first <= one.last
            for one in staff.absences
        )
        if not substitute.is_active or last < today or overlaps:
            assert answer.status_code == 400, answer.text
            return
        assert answer.status_code == 201, answer.text
        made = UUID(answer.json["id"])
        staff.absences.append(Absence(made, person, substitute, first, last, is_both))

    @rule(data=st.data())
    def end_stand_in(self, data: st.DataObject) -> None:
        staff = self.model.staff
        there = [one for one in staff.absences if one.last >= self.model.today]
        if there:
            ended = data.draw(st.sampled_from(there))
            member = self.world.members[ended.who.member]
            answer = self.world.http.delete(
                f"/api/v1/medewerkers/{ended.who.key}/waarnemingen/{ended.id}",
                headers=member.headers,
            )
            assert answer.status_code == 200, answer.text
            staff.absences.remove(ended)

    def person(self, contact: Contact) -> Person:
        return self.model.staff.people[contact.recipient]

    def draw_person(self, data: st.DataObject) -> Person:
        """Return mostly somebody of the organisation that has several contacts."""
        several = [self.person(one) for one in self.professionals(several=True)]
        others = [
            self.person(one) for one in self.professionals() if self.person(one) not in several
        ]
        return data.draw(st.sampled_from(several + others))

    def keep(self, person: Person, **changes: str) -> Any:
        body = {
            "naam": person.name,
            "functie": "consulent",
            "afdeling": str(person.unit_id),
            "email": person.email,
            "telefoon": "06-12345678",
        }
        path = f"/api/v1/medewerkers/{person.key}"
        return self.world.members[person.member].put(path, body | changes)

    def caller(self, member: Member) -> Caller:
        """Return a client of the organisation that sees all of its units."""
        with self.world.services.sessions() as session:
            version = version_in_force(session)
        return Caller(
            id=member.client.id,
            organisation_id=member.id,
            scopes=frozenset(ALL_SCOPES),
            sensitive=False,
            bsn_basis=None,
            reference_pattern=None,
            terms=Terms(),
            telling_ways=None,
            rules_version=version,
            keys_agree=True,
        )
