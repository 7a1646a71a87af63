"""What organisations can observe, in a run of which some steps are others' secret."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import event, select

from match.counters import DailyCounter
from match.messages import NoticeKind, OutboxMessage
from match.rule_versions import version_in_force
from orgprofiles.organisations import Unit
from tests.clock import START
from tests.match import tables
from tests.match.model import Rules
from tests.match.test_life_of_a_match import draft_of
from tests.world import Member, World
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.mail.composing import compose
from verwijsindex.use_cases.change_rules import RulesRefused, change_rules
from verwijsindex.worker import Worker

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass
class Run:
    """One run through some steps, from nothing, and all that the observers get to know.

    Attributes:
        world: Its members; those that are sensitive have secrets.
        observers: The others.
        transcript: What the observers are told, ids by order of appearance.
        statements: What the database is asked for each of their calls.
    """

    world: World
    observers: list[Member]
    transcript: list[Any] = field(default_factory=list)
    statements: list[Any] = field(default_factory=list)
    signals: dict[str, list[str]] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world.clock.moment = START
        self.world.services.rule_books.clear()
        with self.world.services.sessions.begin() as session:
            tables.empty(session)
        self.read_rules()
        self.worker = Worker(self.world.services)
        self.wait(0)

    def register(
        self, member: Member, person: int, months: int, batch: bool, contact: dict[str, Any]
    ) -> None:
        body = {"contact": contact}
        lapses = (self.world.services.today() + timedelta(days=31 * months)).isoformat()
        with self.told(member, "register"):
            if batch:
                # One row: of several, the ids of one millisecond are in no order.
                rows = [self.body(member, person, vervaltDatum=lapses, **body)]
                answer = member.post("/api/v1/signalen/batch", {"signalen": rows})
                ids = [row["id"] for row in answer.json["resultaten"]]
            else:
                body = self.body(member, person, vervaltDatum=lapses, **body)
                answer = member.post("/api/v1/signalen", body)
                ids = [answer.json["id"]]
            self.tell(member, answer)
        known = self.signals.setdefault(member.name, [])
        known += [one for one in ids if one not in known]

    def body(self, member: Member, person: int, **changes: Any) -> dict[str, Any]:
        """Return what *member* says of a person."""
        return member.signal(person, **changes)

    def end(self, member: Member, number: int, reason: str) -> None:
        known = self.signals.get(member.name)
        if not known:
            return
        path = f"/api/v1/signalen/{known[number % len(known)]}"
        # Who is told that it was a mistake is written by this call: see ADR 0012.
        with self.told(member, "end", compare=reason != "verkeerde_persoon"):
            self.tell(member, member.patch(path, {"status": "beeindigd", "reden": reason}))

    def look(self, member: Member) -> None:
        with self.told(member, "look"):
            for status in ("", "actief", "beeindigd", "vervallen"):
                query = {"status": status} if status else {}
                self.tell(member, member.get("/api/v1/signalen", **query))
            for status in ("", "open", "gesloten"):
                query = {"status": status} if status else {}
                self.tell(member, member.get("/api/v1/matches", perPagina=2, **query))
            for person in (1, 2):
                found = member.post("/api/v1/signalen/_zoek", {"kenmerk": f"D-{person}"})
                self.tell(member, found)
            trial = {"signalen": [member.signal(person) for person in (1, 2)], "proef": True}
            self.tell(member, member.post("/api/v1/signalen/batch", trial))
            for match in member.get("/api/v1/matches").json["resultaten"]:
                self.tell(member, member.get(f"/api/v1/matches/{match['id']}"))
                for part in match["eigenDeelnames"]:
                    path = f"/api/v1/matches/{match['id']}/deelnames/{part['id']}"
                    self.tell(member, member.patch(path, {"zichtbaar": True}))

    def follow(self, member: Member, deed: str) -> None:
        """Do *deed* in each match where one can."""
        with self.told(member, f"follow: {deed}"):
            for match in member.get("/api/v1/matches", status="open").json["resultaten"]:
                for part in match["eigenDeelnames"]:
                    method, path, body = _following_up(deed, match, part)
                    asked = self.world.http.open(
                        f"/api/v1/matches/{match['id']}/{path}",
                        method=method,
                        json=body,
                        headers=member.headers,
                    )
                    self.tell(member, asked)

    def change_rules(self, rules: Rules) -> None:
        services = self.world.services
        with services.sessions() as session:
            draft = draft_of(rules, self.world)
            try:
                change_rules(session, services, actor=Actor(ActorKind.ADMINISTRATOR), draft=draft)
            except RulesRefused:
                return
        self.read_rules()

    def read_rules(self) -> None:
        """Have this process know the rules: whoever is first after a change reads them."""
        with self.world.services.sessions() as session:
            self.world.services.rule_book(session, version_in_force(session))

    def wait(self, days: int) -> None:
        self.world.clock.advance(timedelta(days=days, minutes=1))
        for member in self.world.members.values():
            member.token = self.world.token(member.client)

    def mails_and_counts(self) -> None:
        """Tell what the observers are mailed, and what is counted of them."""
        services = self.world.services
        organisations = {member.id for member in self.observers}
        with services.sessions() as session:
            units = set(
                session.scalars(select(Unit.id).where(Unit.organisation_id.in_(organisations)))
            )
            messages = session.scalars(
                select(OutboxMessage).where(
                    OutboxMessage.unit_id.in_(units), OutboxMessage.kind != NoticeKind.DIGEST
                )
            ).all()
            letters = compose(session, services, [one.id for one in messages])
            rows = [
                (one.created_at, one.due, str(one.recipient), one.kind, letters[one.id])
                for one in messages
            ]
            counts: Counter[Any] = Counter()
            for one in session.scalars(
                select(DailyCounter).where(DailyCounter.organisation_id.in_(organisations))
            ):
                counts[str(one.organisation_id), str(one.day), one.figure.value] += one.amount
        rows.sort(key=lambda row: row[:4])
        for *when, letter in rows:
            text = (letter.subject, letter.text, letter.html) if letter else None
            self.transcript.append(self.without_ids(repr((when, text))))
        self.transcript.append(sorted(counts.items()))

    def tell(self, member: Member, answer: Any) -> None:
        if member in self.observers:
            headers = {k: v for k, v in answer.headers.items() if k in {"Link", "Location"}}
            told = f"{member.name} {answer.status_code} {headers} {answer.text}"
            self.transcript.append(self.without_ids(told))

    def without_ids(self, text: str) -> str:
        return _ID.sub(lambda m: self._ids.setdefault(m[0], f"id{len(self._ids)}"), text)

    @contextmanager
    def told(self, member: Member, what: str, *, compare: bool = True) -> Iterator[None]:
        if member not in self.observers or not compare:
            yield
            return
        asked: list[tuple[str, int]] = []
        engine = self.world.services.engine

        def note(_c: Any, _cur: Any, statement: str, values: Any, _x: Any, many: bool) -> None:
            asked.append((statement, len(values) if many else 1))

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", note)
        self.statements.append((member.name, what, asked))


def _following_up(
    deed: str, match: dict[str, Any], part: dict[str, Any]
) -> tuple[str, str, dict[str, Any] | None]:
    """Return how *deed* is asked: method, path below the match, and body."""
    seen = [one["deelname"] for one in match["deelnemers"]]
    said = [one["deelname"] for one in part["opvolging"]["alInContact"]]
    if deed in {"aanvaarding", "weigering"}:
        return "POST", f"regie/{deed}", None
    leads: dict[str, dict[str, Any]] = {
        "lead": {"deelname": part["id"]},
        "ask": {"deelname": (seen or [part["id"]])[0]},
        "client": {"client": True},
    }
    if deed in leads:
        return "PUT", "regie", leads[deed]
    bodies: dict[str, dict[str, Any]] = {
        "record": {"status": "contact_gelegd"},
        "say known": {"status": "waren_al_in_contact", "met": seen},
        "confirm": {"bevestigd": said},
    }
    return "PATCH", f"deelnames/{part['id']}", bodies[deed]
