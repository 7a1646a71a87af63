"""Documents: can profiles be set as PDF on this machine."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO

from verwijsindex.checks.findings import Finding, good, warning
from verwijsindex.web.profile_pdf import PdfNotPossible, require_pango

_PART = "profielen als PDF"


def pango() -> Finding:
    """Return whether Pango is there; without it everything else works."""
    try:
        # WeasyPrint tells what it misses there, between the lines of JSON.
        with redirect_stdout(StringIO()):
            require_pango()
    except PdfNotPossible:
        return warning(
            _PART,
            "Pango ontbreekt op deze machine: wie een profiel als PDF vraagt, krijgt 503",
            "Voer 'apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
            " fonts-liberation' uit (docs/installing.md) en herstart 'verwijsindex serve'. Alleen"
            " nodig waar die draait.",
        )
    return good(_PART, "Pango is er")
