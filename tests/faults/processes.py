"""The index's commands as real processes: started, killed, stopped and waited for.

Only processes that were started here are ever signalled, by their own process
group. Nothing waits for a fixed time: everything waits for something to be so.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import func, select

import verwijsindex
from match.digests import DigestPolicy
from match.messages import MessageState, OutboxMessage
from tests.concurrency.crowd import Crowd, open_crowd
from tests.mail_server import free_port
from tests.world import index_keys, make_world, service_keys
from verwijsindex.services import system_clock
from verwijsindex.settings import MailSettings, MailTransport

PATIENCE = timedelta(seconds=60)
SENDER = "verwijsindex@index.example"
_COMMAND = [sys.executable, "-c", "from verwijsindex.command import main; main()"]
_PACKAGES = Path(verwijsindex.__file__).parents[1]


def wait_until(
    condition: Callable[[], object], what: str, *, patience: timedelta = PATIENCE
) -> None:
    """Wait until *condition* is true; fail, saying *what* did not happen, after *patience*."""
    deadline = time.monotonic() + patience.total_seconds()
    while not condition():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.01)


@dataclass
class Running:
    """A command that was started, with a process group of its own."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def children(self) -> list[int]:
        """Return the pids of its child processes, oldest first."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                # The name, in brackets, may hold anything; proc(5) numbers from before it.
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            state, parent, started = fields[0], int(fields[1]), int(fields[19])
            if parent == self.pid and state != "Z" and b"resource_tracker" not in command:
                found.append((started, int(entry.name)))
        return [pid for _, pid in sorted(found)]

    def kill(self) -> None:
        """Kill -9 it and all its children, as a power cut would."""
        if self.is_alive():
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to stop, as a service manager does; return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Wait until it is gone; return its exit status."""
        try:
            return self.process.wait(PATIENCE.total_seconds())
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} does not stop:\n{self.tail()}") from None

    def tail(self) -> str:
        """Return the end of what it logged."""
        return self.log.read_text(errors="replace")[-3000:]


@dataclass
class Deployment:
    """An index on one database: the world that tests fill, and the processes that serve it."""

    crowd: Crowd
    folder: Path
    environment: dict[str, str]
    processes: list[Running] = field(default_factory=list)

    def start(self, *arguments: str) -> Running:
        """Start a command."""
        log = self.folder / f"{len(self.processes)}-{arguments[0]}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*_COMMAND, *arguments],
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        running = Running(" ".join(arguments), process, log)
        self.processes.append(running)
        return running

    def worker(self) -> Running:
        """Start a worker."""
        return self.start("worker")

    def worker_at_work(self) -> Running:
        """Start a worker and wait until it has begun; one that finds no database gives up."""
        running = self.worker()
        wait_until(
            lambda: "VWI-003" in running.tail() or not running.is_alive(), "the worker begins"
        )
        assert running.is_alive(), running.tail()
        return running

    def serve(self, *, workers: int = 2, port: int | None = None) -> Web:
        """Start the web server and wait until it answers."""
        port = port or free_port()
        running = self.start("serve", "--port", str(port), "--workers", str(workers))
        web = Web(running, port)
        wait_until(lambda: web.answers() or not running.is_alive(), "the web server answers")
        assert running.is_alive(), running.tail()
        return web

    def count(self, *states: MessageState) -> int:
        """Return how many messages of the outbox are in one of *states*."""
        with self.crowd.services.sessions() as session:
            return session.scalar(
                select(func.count())
                .select_from(OutboxMessage)
                .where(OutboxMessage.state.in_(states))
            )

    def wait_until_delivered(self) -> None:
        """Wait until there is nothing left to send; on a busy machine that may take a retry."""
        open_states = (MessageState.WAITING, MessageState.PENDING, MessageState.SENDING)
        is_done = lambda: self.count(*open_states) == 0  # noqa: E731
        wait_until(is_done, "everything is delivered", patience=3 * PATIENCE)

    def kill_all(self) -> None:
        """Leave nothing running."""
        for one in self.processes:
            one.kill()


@dataclass
class Web:
    """A web server that runs."""

    running: Running
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        """Whether it answers that it lives."""
        try:
            answer = httpx.get(f"{self.url}/api/v1/healthz/livez", timeout=5)
        except httpx.TransportError:
            return False
        return answer.status_code == 200


@contextmanager
def open_deployment(
    database_url: str,
    folder: Path,
    *,
    smtp_port: int,
    threads: int = 10,
    batch: int = 2,
    deadline_seconds: int = 2,
    digest_quiet_seconds: int = 0,
) -> Iterator[Deployment]:
    """Return an index without members, and kill at the end whatever of it still runs.

    A lease lasts (*batch* + 1) × *deadline_seconds*: what a killed worker held
    is free again after that.
    """
    files = {
        "VI_INDEX_SECRET_KEYS_FILE": index_keys().to_json(),
        "VI_SERVICE_PUBLIC_KEYS_FILE": service_keys().public().to_json(),
    }
    for name, content in files.items():
        (folder / name).write_text(content)
    quiet = timedelta(seconds=digest_quiet_seconds)
    world = make_world(
        database_url,
        system_clock,
        mail=MailSettings(
            host="127.0.0.1", port=smtp_port, transport=MailTransport.NONE, sender=SENDER
        ),
        digest=DigestPolicy(quiet),
    )
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(_PACKAGES),
        "VI_DATABASE_URL": database_url,
        "VI_BASE_URL": world.services.settings.base_url,
        "VI_SERVICE_URL": f"http://127.0.0.1:{free_port()}/v1",  # nobody there: canaries wait
        **{name: str(folder / name) for name in files},
        "VI_SMTP_HOST": "127.0.0.1",
        "VI_SMTP_PORT": str(smtp_port),
        "VI_SMTP_TRANSPORT": "geen",
        "VI_SMTP_DEADLINE_SECONDS": str(deadline_seconds),
        "VI_SMTP_BATCH": str(batch),
        "VI_MAIL_FROM": SENDER,
        "VI_DIGEST_QUIET_SECONDS": str(digest_quiet_seconds),
    }
    with open_crowd(world, threads=threads) as crowd:
        made = Deployment(crowd, folder, environment)
        try:
            yield made
        finally:
            made.kill_all()
            world.services.engine.dispose()
