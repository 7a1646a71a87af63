"""A machine without Pango, as WeasyPrint finds it."""

from __future__ import annotations

import sys

import pytest


class _NoPango:
    def find_spec(self, name: str, *_: object) -> None:
        if name == "weasyprint":
            print("WeasyPrint could not import some external libraries.")  # noqa: T201
            raise OSError


def remove_pango(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take Pango away until the test ends."""
    for name in [one for one in sys.modules if one.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_NoPango(), *sys.meta_path])
