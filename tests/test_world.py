"""A world that is lent is as good as a new one."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import func, select

from orgprofiles.organisations import Organisation
from tests.clock import Clock
from tests.serving import own_port
from tests.world import World, lend_world


def organisations(world: World) -> int:
    with world.services.sessions() as session:
        return session.scalar(select(func.count()).select_from(Organisation)) or 0


def test_an_application_is_lent_again_with_the_database_of_the_test_that_has_it(
    sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    empty = sqlite_url.removeprefix("sqlite:///")
    urls = [f"sqlite:///{shutil.copy(empty, tmp_path / name)}" for name in ("1", "2", "3")]
    prepared: list[World] = []  # and so of a kind of its own
    with lend_world(urls[0], clock, prepare=prepared.append) as one:
        one.member("Schuldhulp").register(1)
    with lend_world(urls[1], clock, prepare=prepared.append) as two:
        assert two.app is one.app
        assert organisations(two) == 0
        assert two.member("Schuldhulp").register(1).status_code == 201
        two.app.before_request_funcs.setdefault(None, []).append(lambda: None)
    with lend_world(urls[2], clock, prepare=prepared.append) as three:
        assert three.app is not two.app
    assert len(prepared) == 2


def test_a_process_keeps_its_ports() -> None:
    assert own_port("web") == own_port("web")
    assert own_port("web") != own_port("index")
