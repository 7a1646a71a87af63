"""A mail server that only counts: who was sent which Message-ID, and how often.

Plain sockets and no MIME: thousands of mails cost it nothing, so that a test
of the worker measures the worker.
"""

from __future__ import annotations

import re
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.MULTILINE | re.IGNORECASE)


@dataclass
class Postbox:
    """What arrived.

    Attributes:
        port: Of loopback.
        mails: (Message-ID, recipient) in order of arrival, repeats and all.
        senders: How many mails came over each connection.
        before: Called when a mail has come in and is not kept yet.
        after: Called when it is kept and the sender does not know it yet.
    """

    port: int = 0
    mails: list[tuple[str, str]] = field(default_factory=list)
    senders: Counter[Any] = field(default_factory=Counter)
    before: Callable[[], object] = lambda: None
    after: Callable[[], object] = lambda: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def slow_down(self, seconds: float) -> None:
        """Take that long over each mail: half before it is kept, half before the sender knows."""
        self.before = self.after = lambda: time.sleep(seconds / 2)

    def keep(self, content: bytes, recipient: str, sender: Any) -> None:
        """Keep a mail."""
        self.before()
        found = _MESSAGE_ID.search(content)
        assert found is not None
        with self.lock:
            self.mails.append((found[1].decode(), recipient))
            self.senders[sender] += 1
        self.after()

    def repeats(self) -> int:
        """Return how many mails came that had come before."""
        return len(self.mails) - len(set(self.mails))


class _Handler(socketserver.StreamRequestHandler):
    server: _Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        recipient = ""
        self._say("220 postbox")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0]
            if word == b"DATA":
                self._say("354 go on")
                content = self._content()
                if content is None:
                    return
                self.server.postbox.keep(content, recipient, self.client_address)
            self._say("221 bye" if word == b"QUIT" else "250 postbox")
            if word == b"QUIT":
                return

    def _content(self) -> bytes | None:
        """Return the mail; None when the sender died before its end."""
        lines = []
        while line := self.rfile.readline():
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line)
        return None

    def _say(self, answer: str) -> None:
        self.wfile.write(answer.encode() + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, postbox: Postbox) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.postbox = postbox

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a sender that was killed leaves a connection that is gone."""


@contextmanager
def open_postbox() -> Iterator[Postbox]:
    """Return a postbox that takes mail on a free port of loopback."""
    postbox = Postbox()
    with _Server(postbox) as server:
        postbox.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield postbox
        finally:
            server.shutdown()
            thread.join()
