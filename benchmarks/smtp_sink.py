"""aiosmtpd in a process of its own, which counts; ``python -m benchmarks.smtp_sink PORT``.

Each line on standard input is answered with the count and the moments of the first and last.
"""

from __future__ import annotations

import json
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class _Sink:
    """Accepts every mail and keeps none."""

    def __init__(self) -> None:
        self.seen = {"count": 0.0, "first": 0.0, "last": 0.0}

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        now = time.perf_counter()
        self.seen["count"] += 1
        self.seen["first"] = self.seen["first"] or now
        self.seen["last"] = now
        return "250 OK"


def main() -> None:
    sink = _Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=int(sys.argv[1]))
    controller.start()
    print("listening", flush=True)
    for _ in sys.stdin:
        print(json.dumps(sink.seen), flush=True)
    controller.stop()


if __name__ == "__main__":
    main()
