"""Metrics: what the database knows, and what web processes count."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import timedelta

from sqlalchemy import select, update

from match.messages import MessageState, OutboxMessage
from orgprofiles.base import new_id
from tests.world import World
from verwijsindex.metrics import DatabaseCollector


def _values(world: World) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for metric in DatabaseCollector(world.services).collect()
        for sample in metric.samples
    }


def test_the_database_tells_of_mails_keys_figures_and_audit(world: World) -> None:
    world.member("Schuldhulp").register(1)
    world.member("Wijkteam", domain="welzijn").register(1)
    world.clock.advance(timedelta(minutes=3))
    found = _values(world)
    assert found["vi_database_up",] == 1
    assert found["vi_mails", "pending"] == 2
    assert found["vi_mails", "dead"] == 0
    assert found["vi_mails_overdue_seconds", "pending"] == 180
    assert found["vi_figures_today", "geregistreerd"] == 2
    assert found["vi_figures_today", "deelname"] == 2
    assert found["vi_key_agrees", "index"] == 1
    assert found["vi_audit_oldest_unlinked_seconds",] == 180


def test_a_database_that_is_gone_is_told_as_just_that(world: World) -> None:
    world.services.engine.dispose()
    broken = World(_without_database(world), world.app, world.clock)
    assert _values(broken) == {("vi_database_up",): 0, ("vi_pool_connections_in_use",): 0}


def test_connections_in_use_are_told(world: World) -> None:
    with world.services.engine.connect(), world.services.engine.connect():
        assert _values(world)["vi_pool_connections_in_use",] == 2
    assert _values(world)["vi_pool_connections_in_use",] == 0


def test_mails_are_told_by_state_and_age(world: World) -> None:
    world.member("Schuldhulp").register(1)
    world.member("Wijkteam", domain="welzijn").register(1)
    world.clock.advance(timedelta(minutes=1))
    for state in MessageState:
        with world.services.sessions.begin() as session:
            lease = new_id() if state is MessageState.SENDING else None
            digest = select(OutboxMessage.id).limit(1).scalar_subquery()
            session.execute(
                update(OutboxMessage).values(
                    state=state,
                    lease_token=lease,
                    digest_id=digest if state is MessageState.GATHERED else None,
                )
            )
        found = _values(world)
        told = {key[1] for key, value in found.items() if key[0] == "vi_mails" and value == 2}
        late = {key[1] for key, value in found.items() if key[0].startswith("vi_mails_o") and value}
        done = {MessageState.GATHERED, MessageState.SENT, MessageState.SKIPPED}
        assert told == late == (set() if state in done else {state.value})


def _without_database(world: World):
    from dataclasses import replace

    from verwijsindex.database import make_engine, make_sessions

    engine = make_engine("postgresql+psycopg://127.0.0.1:1/nothing?connect_timeout=1")
    return replace(world.services, engine=engine, sessions=make_sessions(engine))


_WEB_PROCESS = """
from tests.clock import Clock
from tests.world import make_world
from verwijsindex.metrics import count_events
import sys
world = make_world(sys.argv[1], Clock())
count_events(world.services)
world.app.add_url_rule("/broken", view_func=lambda: 1 / 0)
member = world.member(sys.argv[2])
member.register(int(sys.argv[3]))
member.register(1, evaluatie="A" * 163)
world.http.post("/oauth/token", data={
    "grant_type": "client_credentials", "resource": "index",
    "client_id": str(member.client.id), "client_secret": "x" * 43,
})
world.http.get("/broken")
kept = world.services.engine.connect()
"""


def test_web_processes_count_together(sqlite_url: str, tmp_path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    environment = {
        **os.environ,
        "PROMETHEUS_MULTIPROC_DIR": str(shared),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    for number in ("1", "2"):
        # Each with a database of its own, for each makes itself keys.
        database = shutil.copy(sqlite_url.removeprefix("sqlite:///"), tmp_path / f"{number}.sqlite")
        command = [
            sys.executable,
            "-c",
            _WEB_PROCESS,
            f"sqlite:///{database}",
            "Schuldhulp",
            number,
        ]
        subprocess.run(command, env=environment, check=True)
    reading = (
        "from prometheus_client import CollectorRegistry, generate_latest\n"
        "from prometheus_client.multiprocess import MultiProcessCollector\n"
        "registry = CollectorRegistry()\n"
        "MultiProcessCollector(registry)\n"
        "print(generate_latest(registry).decode())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", reading], env=environment, check=True, capture_output=True, text=True
    )
    assert 'vi_registrations_total{outcome="created"} 2.0' in done.stdout
    assert 'vi_request_seconds_count{route="/api/v1/signalen",status="2xx"} 2.0' in done.stdout
    assert 'vi_evaluations_refused_total{field="' in done.stdout
    assert 'vi_tokens_refused_total{reason="' in done.stdout
    assert "vi_unexpected_errors_total 2.0" in done.stdout
    assert "vi_pool_connections_in_use 2.0" in done.stdout
    assert "vi_pool_connections_kept 10.0" in done.stdout
