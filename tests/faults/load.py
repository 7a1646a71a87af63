"""Organisations that register all at once while something goes wrong, and what must be so then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from tests.faults.aftermath import (
    assert_nothing_is_missing,
    assert_the_command_finds_the_audit_clean,
)
from tests.faults.clients import Answers, register_all, signal_body
from tests.faults.mailings import assert_nothing_was_lost
from tests.faults.postbox import Postbox
from tests.faults.processes import Deployment, wait_until

_ORGANISATIONS = 4


@dataclass(frozen=True)
class Load:
    """Registrations that go on meanwhile.

    Attributes:
        size: How many there are to be.
        answers: What was answered so far.
        clients: What each of the organisations is doing.
    """

    size: int
    answers: Answers
    clients: Sequence[Future[None]]

    def wait_for_answers(self, enough: int) -> None:
        """Wait until *enough* registrations are answered, or a client stopped."""
        wait_until(
            lambda: len(self.answers) >= enough or self._has_stopped(),
            f"{enough} registrations are answered",
        )

    def wait_until_put_off(
        self, what: str, *, again_and_again: Callable[[], None] = lambda: None
    ) -> None:
        """Wait until more than ten requests are told to come back, or a client stopped."""

        def is_so() -> bool:
            again_and_again()
            return self.answers.put_off > 10 or self._has_stopped()

        wait_until(is_so, what)

    def _has_stopped(self) -> bool:
        return any(client.done() for client in self.clients)


def outlast(
    deployment: Deployment, postbox: Postbox, *, persons: int, fault: Callable[[Load], None]
) -> Answers:
    """Register every person with each organisation while *fault* comes and goes.

    Afterwards web server and worker are the same processes, nothing that was
    accepted is missing, each mail came once and the audit log is whole.
    """
    crowd = deployment.crowd
    members = crowd.members(_ORGANISATIONS)
    crowd.prepare(members, [])
    work = [(m, p, signal_body(crowd, m, p)) for p in range(persons) for m in members]
    web = deployment.serve(workers=2)
    worker = deployment.worker_at_work()
    before = web.running.children()
    answers = Answers()
    with ThreadPoolExecutor(_ORGANISATIONS) as pool:
        clients = [
            pool.submit(register_all, web.url, work[i::_ORGANISATIONS], answers, may_put_off=True)
            for i in range(_ORGANISATIONS)
        ]
        fault(Load(len(work), answers, clients))
        for client in clients:
            client.result()
    deployment.wait_until_delivered()
    assert web.running.children() == before
    assert worker.is_alive(), worker.tail()
    assert_nothing_is_missing(crowd, answers, persons=persons)
    assert_nothing_was_lost(crowd, postbox, repeats_at_most=0)
    assert_the_command_finds_the_audit_clean(deployment)
    assert [worker.stop(), web.running.stop()] == [0, 0]
    return answers
