"""(d) Workers that deliver alerts, beside a bare smtplib loop to the same server."""

from __future__ import annotations

import json
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from statistics import median

from sqlalchemy import text

from benchmarks.stage import Stage, free_port
from benchmarks.table import Row
from verwijsindex.mail.composing import compose
from verwijsindex.mail.letters import Letter
from verwijsindex.worker import Worker

RUNS = 3
_SENDER = "verwijsindex@index.example"
# Not those that pgbench made: what they tell of is not all there.
_MATCHES = (
    "SELECT id FROM outbox WHERE participation_id IS NOT NULL"
    " AND event_id::text NOT LIKE '00000000%' ORDER BY id"
)


def measure_alerts(stage: Stage, *, mails: int) -> list[Row]:
    """Return the rows on delivering; the outbox must hold that many messages."""
    # What the parts before this one left, for no worker ran: to be linked, to be
    # reviewed. Else those that run here would do that beside the mails.
    worker = Worker(stage.services)
    worker.sweep_audit()
    worker.review()
    bare, one, two = [], [], []
    for _ in range(RUNS):
        bare.append(_bare(stage, mails))
        one.append(_delivered(stage, mails, workers=1))
        two.append(_delivered(stage, mails, workers=2))
    loop, single, double = median(bare), median(one), median(two)
    return [
        Row(
            "alerts, one worker",
            f"{single:,.0f} mails/s",
            f"bare smtplib loop to the same aiosmtpd: {loop:,.0f}/s",
            single / loop,
            ">= 0.5",
        ),
        Row(
            "alerts, two workers",
            f"{double:,.0f} mails/s",
            f"one worker: {single:,.0f}/s",
            double / single,
            ">= 1.4",
        ),
    ]


@contextmanager
def _server(port: int) -> Iterator[subprocess.Popen[str]]:
    program = [sys.executable, "-m", "benchmarks.smtp_sink", str(port)]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout is not None
            running.stdout.readline()  # it listens
            yield running
        finally:
            running.terminate()


def _seen(server: subprocess.Popen[str]) -> dict[str, float]:
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write("\n")
    server.stdin.flush()
    found: dict[str, float] = json.loads(server.stdout.readline())
    return found


def _rate(seen: dict[str, float]) -> float:
    """Return mails a second between the first and the last that arrived."""
    return (seen["count"] - 1) / (seen["last"] - seen["first"])


def _bare(stage: Stage, mails: int) -> float:
    content = _letter(stage).to_bytes(sender=_SENDER, now=datetime.now(UTC))
    port = free_port()
    with _server(port) as server, smtplib.SMTP("127.0.0.1", port) as connection:
        for _ in range(mails):
            connection.sendmail(_SENDER, ["m1@wijkteam.example"], content)
        return _rate(_seen(server))


def _letter(stage: Stage) -> Letter:
    """Return one of those that the worker sends: a longer or shorter one takes the server else."""
    with stage.services.sessions() as session:
        (message_id,) = session.execute(text(f"{_MATCHES} LIMIT 1")).one()
        letter = compose(session, stage.services, [message_id])[message_id]
    assert letter is not None
    return letter


def _delivered(stage: Stage, mails: int, *, workers: int) -> float:
    with stage.services.engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET state = 'skipped' WHERE state <> 'skipped'"))
        made = connection.execute(
            text(
                f"""UPDATE outbox
                SET state = 'pending', due = now(), attempts = 0, finished_at = NULL
                WHERE id IN ({_MATCHES} LIMIT :mails)"""  # noqa: S608 (words of ours)
            ),
            {"mails": mails},
        )
        assert made.rowcount == mails, made.rowcount
    port = free_port()
    with _server(port) as server, ExitStack() as stack:
        for _ in range(workers):
            stack.enter_context(stage.process(["worker"], {"VI_SMTP_PORT": str(port)}))
        deadline = time.monotonic() + 120
        while (seen := _seen(server))["count"] < mails:
            assert time.monotonic() < deadline, seen
            time.sleep(0.2)
        return _rate(seen)
