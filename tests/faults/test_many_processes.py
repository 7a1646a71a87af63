"""Three web processes and two workers on one database do no job twice, and miss none."""

from __future__ import annotations

from tests.faults.many_processes import assert_nothing_twice_and_nothing_missed
from tests.faults.postbox import Postbox
from tests.faults.processes import Deployment


def test_each_registration_is_made_and_each_mail_sent_once(
    deployment: Deployment, postbox: Postbox
) -> None:
    assert_nothing_twice_and_nothing_missed(deployment, postbox, persons=20)
