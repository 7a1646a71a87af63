"""(g) Pages for people: the list of 500 signals and a match page, beside a static file."""

from __future__ import annotations

from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.load import send_all
from benchmarks.registration import alternating
from benchmarks.stage import Stage
from benchmarks.table import Row
from match.matches import Participation
from match.seeing import shown_id
from match.signals import Signal
from orgprofiles.base import new_id
from orgprofiles.organisations import Professional
from verwijsindex.accounts.records import Account, AccountStatus, SignInMethod
from verwijsindex.accounts.roles import Role
from verwijsindex.accounts.sessions import begin_session
from verwijsindex.web.csrf import SESSION_COOKIE

SIGNALS = 500
_FIRST_PERSON = 700_000_000
_LIMIT_MS = 40
RUNS = 3


def measure_pages(stage: Stage, *, requests: int) -> list[Row]:
    """Return the rows on pages: each asked for over one connection, one after the other."""
    with stage.index(web_processes=1) as port:
        people = list(range(_FIRST_PERSON, _FIRST_PERSON + SIGNALS))
        done = send_all(port, list(alternating(stage, people)))
        assert set(done.statuses) == {201}, done.statuses
        with stage.services.sessions() as session:
            cookie = _sign_in(session, stage)
            match_page = _match_page(session, stage)
        pages = {
            f"the overview of who has {SIGNALS} signals": "/signalen",
            f"all {SIGNALS} on one page": f"/signalen?aantal={SIGNALS}",
            "a match page": match_page,
            "the start page": "/",
        }
        static = _milliseconds(port, "/static/verwijsindex.css", cookie, requests)
        return [
            Row(
                what,
                f"{(taken := _milliseconds(port, path, cookie, requests)):.1f} ms",
                f"{_LIMIT_MS} ms (a static file: {static:.1f} ms)",
                taken / _LIMIT_MS,
                "<= 1",
            )
            for what, path in pages.items()
        ]


def _milliseconds(port: int, path: str, cookie: str, requests: int) -> float:
    asked = [
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode()
    ] * requests
    found = []
    for _ in range(RUNS):
        done = send_all(port, asked, concurrency=1)
        assert set(done.statuses) == {200}, (path, done.statuses)
        found.append(done.percentile(50) * 1000)
    return median(found)


def _sign_in(session: Session, stage: Stage) -> str:
    now = stage.services.clock()
    organisation_id = stage.members[0].organisation_id
    professional_id = session.scalar(
        select(Professional.id).where(Professional.organisation_id == organisation_id)
    )
    account = Account(
        id=new_id(),
        organisation_id=organisation_id,
        professional_id=professional_id,
        email="meting@schuldhulp.example",
        name="Meting",
        roles=[Role.PROFESSIONAL.value],
        status=AccountStatus.ACTIVE,
        created_at=now,
    )
    session.add(account)
    session.flush()
    token = begin_session(
        session, account=account, method=SignInMethod.PASSWORD, device="Meting", now=now
    )
    session.commit()
    return f"{SESSION_COOKIE}={token}"


def _match_page(session: Session, stage: Stage) -> str:
    row = session.execute(
        select(shown_id().label("shown_as"), Participation.id)
        .join(Signal, Signal.id == Participation.signal_id)
        .where(Signal.unit_id == stage.members[0].unit_id)
        .limit(1)
    ).one()
    return f"/matches/{row.shown_as}/deelnames/{row.id}"
