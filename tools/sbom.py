"""Write the bill of materials (CycloneDX 1.6, JSON) of what a server runs on: sbom.py FILE.

The packages are those of ``requirements/server.txt`` that are installed here; their licences and
what needs what come from their own metadata. Nothing is fetched.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from check_lock import ROOT, locked, plain


def bill() -> dict:
    """Return the bill of the whole environment, without what only development needs."""
    made = subprocess.run(
        [
            *(sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"),
            *("--pyproject", "pyproject.toml", "--mc-type", "application"),
            *("--spec-version", "1.6", "--output-format", "JSON", sys.executable),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    found = json.loads(made.stdout)
    versions = locked("server")
    kept = [one for one in found["components"] if plain(one["name"]) in versions]
    for one in kept:
        if one["version"] != versions[plain(one["name"])]:
            sys.exit(f"{one['name']} {one['version']} is installed; the lock has another version")
    root = found["metadata"]["component"]["bom-ref"]
    refs = {root, *(one["bom-ref"] for one in kept)}
    found["components"] = kept
    found["dependencies"] = [
        {**one, "dependsOn": [ref for ref in one.get("dependsOn", ()) if ref in refs]}
        for one in found["dependencies"]
        if one["ref"] in refs
    ]
    return found


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    content = bill()
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{path}: {len(content['components'])} components")
