"""``verwijsindex audit``: what it says, with which exit status, and what it writes."""

# ruff: noqa: S608 (statements are put together here to tamper with)

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.verwijsindex.audit.audit_world import Log, id_made_at
from verwijsindex.audit_linking import LINK_LOCK
from verwijsindex.audit_verifier import main as vi_audit_verify
from verwijsindex.command import audit as command
from verwijsindex.command import main
from verwijsindex.database import make_engine, make_sessions, take_tick_lock


@pytest.fixture(autouse=True)
def _configured(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "configured_services", lambda: log.services)


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["audit", *map(str, words)])


def test_a_clean_log_is_good(signed: Log) -> None:
    done = run("verify")
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "goed   6 rijen in de keten kloppen",
        (
            "       3 controlepunten; het laatste dekt rij 1 tot en met 6 en is van"
            f" {signed.clock().isoformat()}"
        ),
    ]


def test_rows_that_wait_are_counted_and_a_worker_that_stands_still_is_noticed(log: Log) -> None:
    log.write(2)
    log.clock.advance(timedelta(seconds=5))
    done = run("verify")
    assert done.exit_code == 0
    assert "er is nog geen controlepunt" in done.output
    assert "2 rijen wachten op hun schakel, de oudste 5 s" in done.output
    assert "worker draait" not in done.output
    log.clock.advance(timedelta(minutes=11))
    assert "Controleer of de worker draait" in run("verify").output


def test_a_changed_row_is_named_and_ends_with_one(signed: Log) -> None:
    row_id, name = signed.raw_id(3), signed.id_text(3)
    signed.disarm()
    signed.raw("UPDATE audit_events SET object_id = NULL WHERE id = :id", id=row_id)
    done = run("verify")
    assert done.exit_code == 1
    assert f"FOUT   rij 3 van de keten (id {name}): de rij is gewijzigd" in done.output
    assert "2 rijen daarvóór kloppen" in done.output


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_the_driver_cannot_read_is_no_traceback(signed: Log) -> None:
    signed.disarm()
    signed.raw("UPDATE audit_events SET action = CAST(x'ff' AS TEXT)")
    done = run("verify")
    assert done.exit_code == 1
    assert "niet te lezen" in done.output


def test_a_checkpoint_is_made_on_demand_and_finds_what_is_cut_off_later(
    log: Log, tmp_path: Path
) -> None:
    log.write(2)
    log.write_with_id(id_made_at(log.clock() - timedelta(days=1)))
    kept = tmp_path / "kept"
    assert run("checkpoint", "--output", kept).exit_code == 0
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert log.check().row_count == 3
    assert run("checkpoint").stdout_bytes == kept.read_bytes()  # nothing new: the same
    assert run("verify", "--checkpoint", kept).exit_code == 0
    log.disarm()
    for table in ("audit_checkpoints", "audit_links", "audit_events"):
        log.raw(f"DELETE FROM {table}")
    assert run("verify").exit_code == 0
    done = run("verify", "--checkpoint", kept)
    assert done.exit_code == 1
    assert "FOUT   rij 1 van de keten: vanaf deze rij is het einde verdwenen" in done.output


def test_an_empty_log_cannot_be_signed_or_exported(log: Log, tmp_path: Path) -> None:
    assert "het auditlog is leeg" in run("checkpoint").output.lower()
    assert "nog geen controlepunt" in run("export", tmp_path / "log").output
    assert run("verify").exit_code == 0


def test_an_export_is_right_by_the_public_key_alone(signed: Log, tmp_path: Path) -> None:
    path, key = tmp_path / "log", tmp_path / "index-public.json"
    key.write_text(signed.services.settings.keys.public().to_json(), encoding="utf-8")
    done = run("export", path)
    assert done.exit_code == 0
    assert "10 regels geschreven" in done.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("export", "-").stdout_bytes == path.read_bytes()
    assert "is niet te maken" in run("export", path).output
    checked = CliRunner().invoke(vi_audit_verify, [str(path), "--key", str(key)])
    assert checked.output.startswith("goed   6 rijen, 3 controlepunten")
    content = path.read_bytes()
    assert bytes(signed.services.settings.keys.audit_checkpoint) not in content
    path.write_bytes(content.replace(b"signaal.gelezen", b"signaal.beeindigd", 1))
    assert CliRunner().invoke(vi_audit_verify, [str(path), "--key", str(key)]).exit_code == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_worker_that_keeps_linking_is_said(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_PATIENCE", timedelta(seconds=0.3))
    log.write(1)
    other = make_engine(log.services.settings.database_url)
    with make_sessions(other)() as session:
        assert take_tick_lock(session, LINK_LOCK)
        assert "probeer later" in run("checkpoint").output
    other.dispose()
