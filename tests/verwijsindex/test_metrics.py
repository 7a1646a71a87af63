"""Metrics: what the database knows, and what web processes count."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import timedelta

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
    assert _values(broken) == {("vi_database_up",): 0}


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
world.member(sys.argv[2]).register(int(sys.argv[3]))
world.services.engine.dispose()
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
