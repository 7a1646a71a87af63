"""Where a simulated year takes place: an index of its own, with fresh keys, in a folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import event

from crypto.keyring import IndexSecretKeys, ServiceSecretKeys
from match.digests import DigestPolicy
from verwijsindex.database import migrate
from verwijsindex.services import make_services
from verwijsindex.settings import MailSettings, MailTransport, Settings
from verwijsindex.simulation.city import build
from verwijsindex.simulation.figures import Figures
from verwijsindex.simulation.habits import Habits, Size
from verwijsindex.simulation.surroundings import SimulatedClock
from verwijsindex.simulation.year import Year


def simulated(
    folder: Path,
    *,
    size: Size,
    habits: Habits,
    seed: int,
    begin: datetime,
    tell: Callable[[int], None] = lambda _: None,
) -> Figures:
    """Live a year in an empty *folder*; return what came of it.

    The same seed gives the same year.

    Args:
        folder: Gets the database.
        size: Of the city.
        habits: Of its people.
        seed: Of everything that is drawn.
        begin: The first moment, UTC; a working day.
        tell: Called with the number of each day that is over.
    """
    url = f"sqlite:///{folder / 'simulatie.sqlite3'}"
    migrate(url)
    clock = SimulatedClock(begin)
    chance = Random(seed)  # noqa: S311 (no secret depends on it)  # nosec B311
    settings = Settings(
        database_url=url,
        base_url="https://verwijsindex.example",
        keys=IndexSecretKeys.generate(),
        service_keys=ServiceSecretKeys.generate().public(),
        service_url="https://verwijsindex.example/pseudoniemen/v1",
        mail=MailSettings(
            host="127.0.0.1",
            port=25,
            transport=MailTransport.NONE,
            sender="verwijsindex@verwijsindex.example",
        ),
        digest=DigestPolicy(),
    )
    services = make_services(settings, clock=clock)
    event.listen(services.engine, "connect", _do_not_wait_for_the_disk)
    try:
        city = build(services, size, habits, chance)
        year = Year(services, clock, city, size=size, habits=habits, chance=chance)
        return year.run(tell)
    finally:
        services.engine.dispose()


def _do_not_wait_for_the_disk(connection: Any, _: object) -> None:
    # The database is thrown away in the end; a power cut may take it.
    connection.execute("PRAGMA synchronous = OFF")
