"""A municipality's own colours: one style sheet, after ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clock import Clock
from tests.world import make_world
from verwijsindex.settings import SettingsRefused, load_settings

BLUE = ":root { --vi-accent: #1a3d7c; }"


def test_comes_after_our_own_style_sheets(sqlite_url: str, clock: Clock) -> None:
    world = make_world(sqlite_url, clock, theme=BLUE)
    page = world.http.get("/inloggen").text
    assert page.index("/thema.css") > page.index("/static/application.css")
    sheet = world.http.get("/thema.css")
    assert sheet.text == BLUE
    assert sheet.mimetype == "text/css"
    again = world.http.get("/thema.css", headers={"If-None-Match": sheet.headers["ETag"]})
    assert again.status_code == 304
    world.services.engine.dispose()


def test_without_one_pages_ask_for_none(sqlite_url: str, clock: Clock) -> None:
    world = make_world(sqlite_url, clock)
    assert "thema.css" not in world.http.get("/inloggen").text
    world.services.engine.dispose()


def test_a_file_that_is_not_there_or_far_too_long_is_refused_by_name(tmp_path: Path) -> None:
    long = tmp_path / "lang.css"
    long.write_text("x" * 100_001, encoding="utf-8")
    for path in (tmp_path / "nergens.css", long):
        with pytest.raises(SettingsRefused) as refused:
            load_settings({"VI_THEME_FILE": str(path)})
        assert any("VI_THEME_FILE" in one for one in refused.value.faults)
