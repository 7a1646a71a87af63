"""A full run with a known person, over real HTTP and SMTP, along every road that there is."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import httpx
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from crypto import base64url, oprf
from match.subjects import Subject
from tests.privacy.commands import import_clients, misuse_commands
from tests.privacy.person import BORN, BSN, REFERENCE
from tests.privacy.run import Run
from tests.privacy.scanner import Place
from tests.privacy.typing_it_everywhere import type_everywhere
from tests.world import Member
from verwijsindex import event_log
from verwijsindex.canary import check_canaries
from verwijsindex.client import (
    ClientError,
    Informing,
    Person,
    SignalDetails,
    Way,
    blind_person,
)
from verwijsindex.worker import Worker


def go_everywhere(run: Run) -> None:
    """Take the known person along every road there is."""
    members = go_as_intended(run)
    go_wrong(run, *members)


def go_as_intended(run: Run) -> tuple[Member, Member]:
    """Register, import, match, mail, read and end; return two of the organisations."""
    debts, welfare = run.admit("Schuldhulp"), run.admit("Wijkteam", domain="welzijn")
    care = run.admit("Thuiszorg", domain="zorg", secure_mail=False)
    sensitive = run.admit("Kliniek", domain="ggz", sensitive=True)
    for member in (debts, welfare, sensitive):
        _register(run, member)
    _register(run, welfare)  # it is there already
    import_clients(run, care)
    _read(run, debts)
    _work(run)
    _end(run, welfare)
    _work(run)
    return debts, care


def go_wrong(run: Run, one: Member, other: Member) -> None:
    """Type the person where it does not belong, break constraints, and misuse the commands."""
    run.index_tap.keeps_requests = run.service_tap.keeps_requests = False
    blinded = blind_person(_person(run))
    type_everywhere(
        run.servers,
        one,
        blind=base64url.encode(blinded.blind.value),
        element=base64url.encode(blinded.element.value),
    )
    _come_as_a_stranger(run)
    provoke_violations(run)
    misuse_commands(run, other)


def _person(run: Run) -> Person:
    return Person.with_bsn(bsn=BSN, birth_date=BORN.isoformat(), today=run.servers.today())


def _register(run: Run, member: Member) -> None:
    with run.servers.connect(member) as connection:
        (unit,) = connection.own_units()
        details = SignalDetails(
            unit.id,
            Informing(Way.CONVERSATION, on=run.servers.today()),
            professional_key="m1",
            reference=REFERENCE,
        )
        person = _person(run)
        shown = (connection, person, connection.register(person, details), *connection.matches())
    run.show(Place.ERROR, "repr of the client's objects", shown)


def _read(run: Run, member: Member) -> None:
    (signal,) = member.get("/api/v1/signalen").json["resultaten"]
    (found,) = member.get("/api/v1/matches").json["resultaten"]
    assert member.post("/api/v1/signalen/_zoek", {"kenmerk": REFERENCE}).json["totaal"] == 1
    member.get(f"/api/v1/signalen/{signal['id']}")
    member.get(f"/api/v1/matches/{found['id']}")
    for path in ("organisaties", "medewerkers", "openapi.json", "healthz/readyz"):
        assert member.get(f"/api/v1/{path}").status_code == 200


def _end(run: Run, member: Member) -> None:
    (signal,) = member.get("/api/v1/signalen").json["resultaten"]
    answer = member.patch(
        f"/api/v1/signalen/{signal['id']}", {"status": "beeindigd", "reden": "verkeerde_persoon"}
    )
    assert answer.status_code == 200


def _work(run: Run) -> None:
    services = run.servers.world.services
    worker = Worker(services)
    worker.gather()
    worker.deliver()
    worker.lapse()
    worker.fold()
    with httpx.Client() as http:
        run.show(Place.ERROR, "canaries", check_canaries(services, http))


def _come_as_a_stranger(run: Run) -> None:
    """Try as an organisation that the service does not serve, and that may not use the BSN."""
    stranger = run.servers.world.member("Onbekend", bsn=False)
    run.members.append(stranger)
    with run.servers.connect(stranger) as connection:
        for attempt in (
            lambda: connection.evaluate([], batch=False),
            lambda: _register(run, stranger),
        ):
            try:
                attempt()
            except ClientError as refused:
                run.show(Place.ERROR, "refused", (refused, repr(refused), traceback.format_exc()))
    assert stranger.register(2).status_code == 403


def provoke_violations(run: Run) -> None:
    """Break constraints with a real pseudonym; show the errors in every way that one might."""
    services = run.servers.world.services
    with services.sessions() as session:
        if session.get_bind().dialect.name == "postgresql":
            # The server's own log, an administrator's to set, would repeat the row otherwise.
            session.execute(text("SET log_error_verbosity = terse"))
            session.commit()
        subject = session.scalars(select(Subject).limit(1)).one()
        pseudonym = bytes(subject.pseudonym)
        rows: list[dict[str, Any]] = [
            {"kind": subject.kind, "pseudonym": pseudonym, "epoch": 1},
            {"kind": subject.kind, "pseudonym": pseudonym + b"x", "epoch": 1},
            {"kind": subject.kind, "pseudonym": pseudonym[:31], "epoch": None},
        ]
        session.commit()
        for row in rows:
            try:
                session.execute(insert(Subject), [row])
            except IntegrityError as error:
                session.rollback()
                shown = (str(error), repr(error), repr(error.orig), subject)
                run.show(Place.ERROR, "violation", shown)
                run.show(Place.ERROR, "violation", traceback.format_exc())
                logging.getLogger("sqlalchemy.engine").exception("violation %r", row)
                event_log.log_unexpected(error, route="provoked")
            else:
                raise AssertionError("the database took what it should refuse")
    run.show(Place.ERROR, "repr of services", (services, services.settings, services.unblinder))
    for scalar, _, product in run.recorder.products[-1:]:
        run.show(Place.ERROR, "repr", (oprf.Blind(scalar), oprf.BlindedElement(product)))
