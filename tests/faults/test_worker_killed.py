"""Kill -9 of the worker, wherever it is: no mail is lost, and none repeated but what was under way."""

from __future__ import annotations

import random
import time

import pytest

from match.messages import MessageState
from tests.faults.aftermath import assert_audit_is_clean
from tests.faults.mailings import assert_nothing_was_lost, fill_outbox
from tests.faults.postbox import Postbox
from tests.faults.processes import Deployment, wait_until


@pytest.mark.parametrize(
    ("messages", "kills"), [(150, 2), pytest.param(2000, 20, marks=pytest.mark.slow)]
)
def test_a_worker_that_is_killed_again_and_again_loses_no_mail(
    deployment: Deployment, postbox: Postbox, messages: int, kills: int
) -> None:
    messages = fill_outbox(deployment.crowd, messages)
    postbox.slow_down(0.006)
    chance = random.Random(4)  # noqa: S311
    for number in range(1, kills + 1):
        worker = deployment.worker()
        enough = messages * number // (kills + 1) + chance.randrange(messages // (kills + 1) // 2)
        wait_until(lambda mails=enough: len(postbox.mails) >= mails, f"{enough} mails arrive")
        time.sleep(chance.random() * 0.02)  # anywhere: sending, committing, claiming, composing
        assert worker.is_alive(), worker.tail()
        worker.kill()
    assert deployment.count(MessageState.SENT) < messages
    last = deployment.worker()
    deployment.wait_until_delivered()
    assert last.stop() == 0
    assert_nothing_was_lost(deployment.crowd, postbox, repeats_at_most=kills)
    assert_audit_is_clean(deployment.crowd)


def test_a_mail_of_which_nobody_knows_comes_again_as_the_same_mail(
    deployment: Deployment, postbox: Postbox
) -> None:
    """The one point at which a repeat cannot be avoided: it came, and the answer never did.

    It is the second of two that were claimed together: the first is not repeated.
    """
    messages = fill_outbox(deployment.crowd, 14)
    first = deployment.worker()
    postbox.after = lambda: first.kill() if len(postbox.mails) == 2 else None
    wait_until(lambda: not first.is_alive(), "the worker is killed")
    postbox.after = lambda: None
    deployment.worker()
    deployment.wait_until_delivered()
    assert_nothing_was_lost(deployment.crowd, postbox, repeats_at_most=1)
    assert len(postbox.mails) == messages + 1
    assert [postbox.mails.count(mail) for mail in postbox.mails[:2]] == [1, 2]
