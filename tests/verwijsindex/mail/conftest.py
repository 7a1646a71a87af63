"""A world that mails to a real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.clock import Clock
from tests.mail_server import MailHost
from tests.world import World, make_world
from verwijsindex.settings import MailSettings, MailTransport


@pytest.fixture
def mailing(database_url: str, clock: Clock, mail_host: MailHost) -> Iterator[World]:
    """Return a world whose mails go to *mail_host*."""
    made = make_world(
        database_url,
        clock,
        mail=MailSettings(
            host="127.0.0.1",
            port=mail_host.port,
            transport=MailTransport.NONE,
            sender="verwijsindex@index.example",
            deadline=timedelta(seconds=5),
        ),
    )
    yield made
    made.services.engine.dispose()
