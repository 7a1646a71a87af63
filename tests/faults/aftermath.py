"""What must be so after a fault, whatever it was."""

from __future__ import annotations

from sqlalchemy import func, select

from match.matches import Match, MatchStatus
from match.signals import Signal
from tests.concurrency.crowd import Crowd
from tests.concurrency.invariants import summary
from tests.faults.clients import Answers
from tests.faults.processes import Deployment
from tests.world import World
from verwijsindex.audit import AuditEvent
from verwijsindex.audit_checking import check_audit
from verwijsindex.audit_checkpoints import make_checkpoint
from verwijsindex.audit_linking import link_waiting


def assert_audit_is_clean(crowd: Crowd | World) -> None:
    """Each row is linked once, and everything is as it was written and signed."""
    link_waiting(crowd.services, window=None)
    make_checkpoint(crowd.services)
    report = check_audit(crowd.services)
    with crowd.services.sessions() as session:
        count = session.scalar(select(func.count()).select_from(AuditEvent))
    assert (report.fault, report.waiting_count, report.row_count) == (None, 0, count)
    assert report.checkpoint is not None
    assert report.checkpoint.seq == count


def assert_nothing_is_missing(crowd: Crowd, answers: Answers, *, persons: int) -> None:
    """What was answered is there and nothing else; each person has one match."""
    found = crowd.violations()
    assert not found, summary(found)
    with crowd.services.sessions() as session:
        assert set(session.scalars(select(Signal.id))) == set(answers.signals.values())
        assert session.scalars(select(Match.status)).all() == [MatchStatus.OPEN] * persons
    assert_audit_is_clean(crowd)


def assert_the_command_finds_the_audit_clean(deployment: Deployment) -> None:
    """``verwijsindex audit verify``, as an operator runs it."""
    verifying = deployment.start("audit", "verify")
    assert verifying.wait() == 0, verifying.tail()
