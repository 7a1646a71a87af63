"""The real web server, spoken to by hand: slow, cut off, too much, and not HTTP at all."""

from __future__ import annotations

import json
import random
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.processes import Deployment, Web, open_deployment
from tests.world import Member

RANDOM = random.Random(1)  # noqa: S311 (the same in every process)
MIB = 1024 * 1024
THREADS = 8  # of the web server, in each process
#: A request that never ends may not hold a test for longer than this.
PATIENCE_SECONDS = 10.0
pytestmark = pytest.mark.xdist_group("raw_requests")


@dataclass(frozen=True)
class Answer:
    """What came back, up to the end of the connection or of patience."""

    raw: bytes

    @property
    def statuses(self) -> list[int]:
        return [int(found) for found in re.findall(rb"HTTP/1\.[01] (\d{3})", self.raw)]

    @property
    def problem(self) -> dict[str, object]:
        assert b"application/problem+json" in self.raw, self.raw
        _, _, body = self.raw.partition(b"\r\n\r\n")
        return dict(json.loads(body))


@dataclass(frozen=True)
class Server:
    """A web server that runs, and somebody who may call it."""

    web: Web
    member: Member

    def connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.web.port), timeout=PATIENCE_SECONDS)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def head(self, method: str = "POST", path: str = "/api/v1/signalen", **headers: str) -> bytes:
        """Return the head of a request with a token, to be closed after it."""
        lines = {
            "Host": "index.example",
            "Authorization": f"Bearer {self.member.token}",
            "Connection": "close",
            "Content-Type": "application/json",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode("latin-1")

    def send(self, *parts: bytes, pause_seconds: float = 0.0, cut: bool = False) -> Answer:
        """Send *parts*; return what comes back. *cut* closes our side after them."""
        with closing(self.connect()) as line:
            try:
                for part in parts:
                    line.sendall(part)
                    time.sleep(pause_seconds)
                if cut:
                    line.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # the server has had enough of it
            return Answer(_read(line))

    def body(self, raw: bytes, **headers: str) -> Answer:
        return self.send(self.head(Content_Length=str(len(raw)), **headers) + raw)

    def assert_well(self) -> None:
        """It answers others at once."""
        started = time.monotonic()
        assert self.send(self.head("GET", "/api/v1/signalen")).statuses == [200]
        assert time.monotonic() - started < PATIENCE_SECONDS


def _read(line: socket.socket) -> bytes:
    received = b""
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        while time.monotonic() < deadline:
            piece = line.recv(65536)
            if not piece:
                break
            received += piece
    except OSError:
        pass
    return received


@pytest.fixture(scope="module")
def server(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("raw")
    path = folder / "verwijsindex.db"
    path.write_bytes(_sqlite_template.read_bytes())
    with open_deployment(f"sqlite:///{path}", folder, smtp_port=25) as deployment:
        yield _served(deployment)


def _served(deployment: Deployment) -> Server:
    world = deployment.crowd.world
    member = world.member("Schuldhulp")
    return Server(deployment.serve(workers=1), member)


@pytest.fixture(autouse=True)
def _well_afterwards(server: Server) -> Iterator[None]:
    yield
    server.assert_well()
    assert server.web.running.is_alive()


def test_a_good_request_is_served(server: Server) -> None:
    raw = json.dumps(server.member.signal(1)).encode()
    assert server.body(raw).statuses == [201]
    assert server.body(raw).statuses == [200]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"kenmerk":"D-1","kenmerk":"D-2"}',
        b'{"kenmerk":"\xff\xfe"}',
        b'{"kenmerk":"\x00"}',
        b'{"kenmerk":"\\u0000"}',
        b'{"kenmerk":"\\ud800"}',
        b'{"a":NaN}',
        b'{"a":1e99999}',
        b'{"a":' + b"9" * 10_000 + b"}",
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        RANDOM.randbytes(1000),
    ],
    ids=lambda raw: f"{raw[:14]!r}…" if len(raw) > 14 else repr(raw),
)
def test_a_body_that_cannot_be_is_400(server: Server, raw: bytes) -> None:
    for path in ("/api/v1/signalen", "/api/v1/signalen/batch", "/api/v1/signalen/_zoek"):
        head = server.head(path=path, Content_Length=str(len(raw)))
        answer = server.send(head + raw)
        assert answer.statuses == [400]
        assert answer.problem["instance"] == path
        assert b"API-Version: 1.0.0".lower() in answer.raw.lower()


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "", "x", "é", "application/json-"]
)
def test_another_content_type_is_415(server: Server, kind: str) -> None:
    assert server.body(b"{}", Content_Type=kind).statuses == [415]


def test_a_chunked_body_without_length_is_411(server: Server) -> None:
    head = server.head(Transfer_Encoding="chunked")
    assert server.send(head + b"2\r\n{}\r\n0\r\n\r\n").statuses == [411]


@pytest.mark.parametrize(
    ("path", "limit"), [("/api/v1/signalen", MIB), ("/api/v1/signalen/batch", 4 * MIB)]
)
def test_a_body_that_is_too_large_is_413(server: Server, path: str, limit: int) -> None:
    said = server.head(path=path, Content_Length=str(limit + 1))
    answer = server.send(said + b"x" * (limit + 1))
    assert answer.statuses in ([413], [])  # closed before all was sent: nothing to read
    assert server.send(server.head(path=path, Content_Length=str(10**12))).statuses in ([413], [])
    within = b" " * (limit - 2) + b"{}"
    answer = server.send(server.head(path=path, Content_Length=str(limit)) + within)
    assert answer.statuses == [400]


def test_a_form_that_is_too_large_or_cut_is_refused(server: Server) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded", "path": "/oauth/token"}
    big = b"a=" + b"x" * (2 * MIB)
    answer = server.send(server.head(Content_Length=str(len(big)), **form) + big)
    assert answer.statuses in ([413], [])
    many = b"&".join(b"a%d=1" % n for n in range(5000))
    assert server.send(server.head(Content_Length=str(len(many)), **form) + many).statuses[0] < 500
    cut = server.send(server.head(Content_Length="100", **form) + b"grant_type=x", cut=True)
    assert all(status < 500 for status in cut.statuses)


@pytest.mark.parametrize("sent", [0, 1, 50])
def test_a_body_that_is_cut_off_registers_nothing(server: Server, sent: int) -> None:
    raw = json.dumps(server.member.signal(2, kenmerk="AFGEBROKEN")).encode()
    answer = server.send(server.head(Content_Length=str(len(raw))) + raw[:sent], cut=True)
    assert answer.statuses in ([400], [])
    found = server.member.post("/api/v1/signalen/_zoek", {"kenmerk": "AFGEBROKEN"})
    assert found.json["totaal"] == 0


def test_a_body_with_less_than_it_says_and_then_more_is_one_request(server: Server) -> None:
    raw = json.dumps(server.member.signal(3)).encode()
    answer = server.send(
        server.head(Content_Length=str(len(raw))) + raw + b"GET / HTTP/1.1\r\n\r\n"
    )
    assert answer.statuses[0] in {200, 201}
    assert len(answer.statuses) == 1  # the connection was to close


def test_a_slow_request_is_served_and_holds_nobody_up(server: Server) -> None:
    raw = json.dumps(server.member.signal(4)).encode()
    whole = server.head(Content_Length=str(len(raw))) + raw
    step = len(whole) // 20 + 1
    parts = [whole[at : at + step] for at in range(0, len(whole), step)]
    answers: list[Answer] = []
    slow = threading.Thread(target=lambda: answers.append(server.send(*parts, pause_seconds=0.05)))
    slow.start()
    while slow.is_alive():
        server.assert_well()
    slow.join()
    (answer,) = answers
    assert answer.statuses in ([200], [201])


def test_many_requests_that_never_end_hold_nobody_up(server: Server) -> None:
    head = server.head(Content_Length="1000")
    # A body that does not come holds a thread, of which there are eight: that is what the reverse
    # proxy is for, which passes a request on when it has all of it (docs/deployment). Heads hold
    # none, and neither do bodies of those who are not let in.
    stranger = head.replace(b"Bearer ", b"Bearer x")
    beginnings = [head[:-2], b"P", b"", stranger + b"{"] * 20 + [head + b"{"] * (THREADS - 1)
    lines = [server.connect() for _ in beginnings]
    try:
        for line, beginning in zip(lines, beginnings, strict=True):
            line.sendall(beginning)
        for _ in range(5):
            server.assert_well()
    finally:
        for line in lines:
            line.close()


def test_when_bodies_that_do_not_come_held_all_threads_it_goes_on_after_them(
    server: Server,
) -> None:
    lines = [server.connect() for _ in range(3 * THREADS)]
    for line in lines:
        line.sendall(server.head(Content_Length="1000") + b"{")
    for line in lines:
        line.close()
    server.assert_well()


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    head = server.head("GET", "/api/v1/healthz/livez", Connection="keep-alive")
    last = server.head("GET", "/api/v1/niets")
    assert server.send(head + head + last).statuses == [200, 200, 404]


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n\r\n",
        b"GARBAGE\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /api/v1/signalen HTTP/1.1\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX\x00: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: \xff\r\nConnection: close\r\n\r\n",
        b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n",
        b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        (
            b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked"
            b"\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"
        ),
        b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        (
            b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n"
            b"Connection: close\r\n\r\na"
        ),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET http://elders.example/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        RANDOM.randbytes(3000),
    ],
    ids=lambda raw: f"{raw[:40]!r}"[2:-1] if raw[:1].isascii() else "random",
)
def test_what_is_no_request_breaks_nothing(server: Server, raw: bytes) -> None:
    answer = server.send(raw, cut=True)
    assert all(status < 500 for status in answer.statuses)


def test_nothing_unforeseen_was_logged(server: Server) -> None:
    # The last test of the module, on purpose: it reads what the others left behind.
    log = server.web.running.log.read_text(errors="replace")
    assert "Traceback" not in log
    assert "VWI-002" not in log  # unexpected error
    statuses = {int(found) for found in re.findall(r'"status": ?(\d+)', log)}
    assert statuses
    assert max(statuses) < 500
