"""A world that mails to a real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.clock import Clock
from tests.mail_server import MailHost, mail_settings
from tests.world import World, lend_world


@pytest.fixture
def mailing(database_url: str, clock: Clock, mail_host: MailHost) -> Iterator[World]:
    """Return a world whose mails go to *mail_host*."""
    mail = mail_settings(mail_host.port, deadline=timedelta(seconds=5))
    with lend_world(database_url, clock, mail=mail) as made:
        yield made
