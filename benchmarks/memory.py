"""(f) The memory of one web process, up to 10⁵ requests."""

from __future__ import annotations

from pathlib import Path

from benchmarks.load import send_all
from benchmarks.registration import alternating
from benchmarks.stage import Stage
from benchmarks.table import Row

_FIRST_PERSON = 600_000_000
_LIMIT_MIB = 150


def measure_memory(stage: Stage, *, requests: int) -> list[Row]:
    """Return the rows on memory: after all *requests*, each a registration, and since a tenth."""
    sizes: list[float] = []
    tenth = requests // 10
    with stage.index(web_processes=1) as port:
        for part in range(10):
            first = _FIRST_PERSON + part * tenth
            sent = list(alternating(stage, list(range(first, first + tenth // 2))))
            done = send_all(port, sent)
            assert done.statuses == {201: len(sent)}, done.statuses
            sizes.append(max(map(_resident_mib, _web_processes(port))))
    all_sizes = ", ".join(f"{size:.0f}" for size in sizes)
    return [
        Row(
            f"memory of a web process after {requests:,} requests",
            f"{sizes[-1]:.0f} MiB",
            f"{_LIMIT_MIB} MiB",
            sizes[-1] / _LIMIT_MIB,
            "<= 1",
        ),
        Row(
            "its growth since the first tenth",
            f"{sizes[-1] - sizes[0]:+.1f} MiB",
            f"MiB after each tenth: {all_sizes}",
            sizes[-1] / sizes[0],
            "<= 1.05",
        ),
    ]


def _web_processes(port: int) -> list[int]:
    """Return the children of the server that was started with *port*, from Linux's /proc."""
    found = {int(path.name): path for path in Path("/proc").iterdir() if path.name.isdigit()}
    parents: dict[int, int] = {}
    # The server, and what it forked: that has the same command line.
    servers = {pid for pid, path in found.items() if f"--port\0{port}\0" in _text(path / "cmdline")}
    for pid, path in found.items():
        if stat := _text(path / "stat"):
            parents[pid] = int(stat.rpartition(")")[2].split()[1])
    return [pid for pid, parent in parents.items() if parent in servers]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # the process is gone, or somebody else's


def _resident_mib(pid: int) -> float:
    """Return the resident memory of a process, from Linux's /proc."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (kib,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kib) / 1024
