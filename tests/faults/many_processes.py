"""A day of everything at once: three web processes and two workers on one database."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from match.matches import Match, MatchStatus
from match.messages import MessageState, NoticeKind, OutboxMessage
from tests.concurrency.invariants import summary
from tests.faults.aftermath import assert_audit_is_clean
from tests.faults.clients import Answers, register_all, signal_body
from tests.faults.mailings import assert_nothing_was_lost
from tests.faults.postbox import Postbox
from tests.faults.processes import Deployment

_IN_BATCH = range(1000, 1012)  # nobody of whom one by one is registered


def assert_nothing_twice_and_nothing_missed(
    deployment: Deployment, postbox: Postbox, *, persons: int
) -> None:
    """Have three web processes and two workers do everything at once, and judge what they did."""
    crowd = deployment.crowd
    members = crowd.members(5)
    crowd.prepare(members, _IN_BATCH)
    # Digests that are due before any worker runs: both find them at their first look.
    for member in members:
        crowd.register_batch(member, [crowd.request(member, person) for person in _IN_BATCH])
    work = [(m, p, signal_body(crowd, m, p)) for p in range(persons) for m in members]
    postbox.slow_down(0.01)
    web = deployment.serve(workers=3)
    workers = [deployment.worker() for _ in range(2)]
    answers = Answers()
    with ThreadPoolExecutor(6) as pool:
        for client in [
            # Each request by two clients at once: sent twice, made once.
            pool.submit(register_all, web.url, work[i % 3 :: 3], answers)
            for i in range(6)
        ]:
            client.result()
    deployment.wait_until_delivered()
    assert [worker.stop() for worker in workers] == [0, 0]
    assert web.running.stop() == 0
    found = crowd.violations()
    assert not found, summary(found)
    assert_nothing_was_lost(crowd, postbox, repeats_at_most=0)
    assert len(postbox.senders) > 1, "both workers sent"
    with crowd.services.sessions() as session:
        assert set(session.scalars(select(Match.status))) == {MatchStatus.OPEN}
        assert len(session.scalars(select(Match.id)).all()) == persons + len(_IN_BATCH)
        digests = Counter(
            session.scalars(
                select(OutboxMessage.recipient).where(OutboxMessage.kind == NoticeKind.DIGEST)
            )
        )
        gathered = session.scalars(
            select(OutboxMessage.id).where(OutboxMessage.state == MessageState.GATHERED)
        ).all()
    assert list(digests.values()) == [1] * len(members)
    assert_audit_is_clean(crowd)
    assert len(gathered) == 14 * len(_IN_BATCH)
