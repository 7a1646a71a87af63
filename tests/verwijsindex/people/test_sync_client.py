"""Somebody keeps the index in step with a file: what they see, what goes out, what is kept."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.verwijsindex.people.caseloads import active, ids
from tests.verwijsindex.people.sync_client import SyncClient
from tests.world import World, test_bsn
from verwijsindex.client import importing, sync_command, syncing
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database


@pytest.fixture
def client(world: World, tmp_path: Path) -> SyncClient:
    return SyncClient(world.member("Schuldhulp"), tmp_path)


def later(client: SyncClient) -> None:
    client.member.world.clock.advance(timedelta(minutes=5))


def full_rows(client: SyncClient) -> int:
    """Return how many rows went in full the last time a run was sent."""
    run = client.parts[-1]["run"]
    return sum("id" not in row for p in client.parts if p["run"] == run for row in p["signalen"])


def test_the_index_follows_the_file(client: SyncClient) -> None:
    client.write((1, "m1"), (2, "m1"), (3, None))
    told = client.done()
    assert "Nieuw geregistreerd: 3" in told
    first = ids(client.member)
    later(client)
    client.write((1, "m2"), (3, None), (4, "m1"))
    told = client.done("--afdeling", "team")
    assert [line.rpartition(" ")[2] for line in told.splitlines()] == ["1", "1", "1", "1", "0", "0"]
    assert "Ander contact: 1" in told
    assert "Afgemeld, want niet meer in het bestand: 1" in told
    assert active(client.member) == {(1, "m2"), (3, None), (4, "m1")}
    assert ids(client.member)[1, "m2"] == first[1, "m1"]


def test_what_is_known_goes_without_blinding(client: SyncClient) -> None:
    client.write((1, "m1"), (2, "m1"))
    client.done()
    client.evaluated.clear()
    later(client)
    client.done()
    assert (client.evaluated, full_rows(client)) == ([], 0)
    client.write((1, "m1"), (2, "m1"), (5, "m1"))
    later(client)
    client.done()
    assert (client.evaluated, full_rows(client)) == ([1], 1)


def test_a_corrected_bsn_is_another_person(client: SyncClient) -> None:
    client.write((1, "m1"))
    client.done()
    later(client)
    client.file.write_text(client.file.read_text().replace(test_bsn(1), test_bsn(9)))
    told = client.done()
    assert "Nieuw geregistreerd: 1" in told
    assert "Afgemeld, want niet meer in het bestand: 1" in told


def test_what_is_kept_is_private_and_tells_of_nobody(client: SyncClient) -> None:
    client.write((1, "m1"))
    client.done()
    assert stat.S_IMODE(client.state.stat().st_mode) == 0o600
    text = client.state.read_text()
    for hidden in (test_bsn(1), "1980", "D-1", "m1", str(client.member.client.secret)):
        assert hidden not in text
    kept = json.loads(text)
    assert list(kept["signalen"].values()) == list(ids(client.member).values())
    assert kept["run"] is None


def test_without_what_was_kept_all_goes_in_full_and_nothing_changes(client: SyncClient) -> None:
    client.write((1, "m1"), (2, "m1"))
    client.done()
    for content in ("", "{", '{"versie": 9}', '{"versie": 1, "run": null, "signalen": {"x": "y"}}'):
        client.state.write_text(content)
        later(client)
        told = client.done()
        assert "Bleef zoals het was: 2" in told
        assert full_rows(client) == 2


def test_a_signal_that_ended_meanwhile_is_registered_anew(client: SyncClient) -> None:
    client.write((1, "m1"), (2, "m1"))
    client.done()
    path = f"/api/v1/signalen/{ids(client.member)[1, 'm1']}"
    client.member.patch(path, {"status": "beeindigd", "reden": "afgerond"})
    later(client)
    told = client.done()
    assert "Nieuw geregistreerd: 1" in told
    assert "Bleef zoals het was: 1" in told
    assert active(client.member) == {(1, "m1"), (2, "m1")}


def test_an_interrupted_run_goes_on_where_it_was(
    client: SyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "ROWS_PER_CALL", 2)
    client.write(*((person, "m1") for person in range(1, 7)))

    def no_third_part(body: dict[str, Any]) -> httpx.Response | None:
        return httpx.Response(503) if body["deel"] == 3 else None

    client.disturb = no_third_part
    result = client.run()
    assert result.exit_code == 3
    assert "gaat verder waar het bleef" in result.output
    assert len(active(client.member)) == 4
    client.disturb = lambda _body: None
    client.parts.clear()
    told = client.done()
    assert "Verdergegaan" in told
    assert [part["deel"] for part in client.parts] == [3, 4]
    assert len({part["run"] for part in client.parts}) == 1
    assert len(active(client.member)) == 6


def test_an_answer_that_was_lost_costs_nothing(
    client: SyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "ROWS_PER_CALL", 2)
    client.write(*((person, "m1") for person in range(1, 5)))
    client.done()
    later(client)
    client.write((1, "m1"), (2, "m2"), (8, "m1"))
    for lost in (1, 2, 3):
        index = client.member.world.app.test_client()

        def lose(body: dict[str, Any], lost: int = lost, index: Any = index) -> Any:
            if body["deel"] != lost:
                return None
            answer = index.post("/api/v1/caseloads", json=body, headers=client.member.headers)
            assert answer.status_code == 200, answer.text
            return httpx.Response(503)

        client.disturb = lose
        assert client.run().exit_code == 3
    client.disturb = lambda _body: None
    client.done()
    assert active(client.member) == {(1, "m1"), (2, "m2"), (8, "m1")}


def test_another_file_begins_a_run_of_its_own(
    client: SyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "ROWS_PER_CALL", 1)
    client.write((1, "m1"), (2, "m1"))
    client.disturb = lambda body: httpx.Response(503) if body["deel"] == 2 else None
    client.run()
    client.disturb = lambda _body: None
    later(client)
    client.write((1, "m1"), (3, "m1"))
    assert "Verdergegaan" not in client.done()
    assert active(client.member) == {(1, "m1"), (3, "m1")}


def many_gone(client: SyncClient) -> None:
    client.write(*((person, "m1") for person in range(1, 11)))
    client.done()
    later(client)
    client.write((1, "m1"), (2, "m1"), (11, "m1"))


def test_many_endings_wait_for_a_yes(client: SyncClient) -> None:
    many_gone(client)
    result = client.run()
    assert result.exit_code == 1
    assert "8 van de 10" in result.output
    assert "--bevestigd" in result.output
    assert len(active(client.member)) == 11
    assert "Afgemeld, want niet meer in het bestand: 8" in client.done("--bevestigd")
    assert active(client.member) == {(1, "m1"), (2, "m1"), (11, "m1")}


def test_a_file_that_was_cut_off_is_warned_of_before_all_else(client: SyncClient) -> None:
    many_gone(client)
    output = client.run().output
    assert output.startswith(
        "LET OP: er is niets afgemeld.\nHet bestand heeft 3 rijen van Team. Er zouden 8 van de 10"
    )
    assert "Waarschijnlijk is het bestand afgekapt." in output
    assert "Afgemeld" not in output


@pytest.mark.parametrize(("answer", "left"), [("j\n", 3), ("n\n", 11), ("\n", 11)])
def test_at_a_terminal_it_asks(
    client: SyncClient, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    many_gone(client)
    monkeypatch.setattr(sync_command, "stdin_is_terminal", lambda: True)
    result = client.run(stdin=answer)
    assert "Klopt dat" in result.output
    assert result.output.startswith("LET OP: er is nog niets afgemeld.\nHet bestand heeft 3")
    assert "Nieuw geregistreerd: 1" in result.output
    assert len(active(client.member)) == left
    assert result.exit_code == (0 if left == 3 else 1)


def test_rows_that_cannot_be_read_hold_endings_back(client: SyncClient) -> None:
    client.write((1, "m1"), (2, "m1"))
    client.done()
    later(client)
    client.write((1, "m1"), more=("123;31-01-1980;D-2;Team;m1;gesprek;20-11-2026;;",))
    result = client.run()
    assert result.exit_code == 1
    assert "Eén rij" in result.output
    assert "Verbeter eerst de rijen met een fout." in result.output
    assert "afgekapt" not in result.output
    assert "Fout in het bestand, niet verstuurd: 1" in result.output
    assert active(client.member) == {(1, "m1"), (2, "m1")}
    assert "bsn" in (client.folder / "caseload-sync-team-fouten.csv").read_text().casefold()


def test_the_faults_of_another_command_or_a_trial_stay_where_they_are(client: SyncClient) -> None:
    client.write((1, "m1"), more=("123;31-01-1980;D-2;Team;m1;gesprek;20-11-2026;;",))
    imported = client.folder / "caseload-fouten.csv"
    imported.write_text("van import")
    assert "caseload-sync-team-fouten.csv" in client.run().output
    (client.folder / "caseload-sync-team-fouten.csv").write_text("van sync")
    later(client)
    assert "caseload-sync-team-proef-fouten.csv" in client.run("--proef").output
    assert imported.read_text() == "van import"
    assert (client.folder / "caseload-sync-team-fouten.csv").read_text() == "van sync"


@pytest.mark.parametrize("options", [(), ("--bevestigd",), ("--proef", "--bevestigd")])
@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            "8;31-01-1980;D-2;Wijkteam;;gesprek;20-11-2026;;",
            (
                "Geen enkele rij is van Team. Is dit het juiste bestand? Er is niets veranderd."
                " (Eerste reden: rij 2, Afdeling: is geen afdeling die meedoet"
            ),
        ),
        (
            "8;31-01-1980;D-2;Team;;gesprek;20-11-2026;;",
            (
                "Geen enkele rij van Team kan gelezen worden. Is dit het juiste bestand?"
                " Er is niets veranderd. (Eerste reden: rij 2, BSN: "
            ),
        ),
    ],
)
def test_a_file_without_a_row_of_the_unit_ends_nothing_whatever_is_confirmed(
    client: SyncClient, options: tuple[str, ...], row: str, told: str
) -> None:
    client.write((1, "m1"), (2, "m1"))
    client.done()
    client.parts.clear()
    later(client)
    client.write(more=(row, row))
    result = client.run(*options)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "--bevestigd" not in result.output
    assert client.parts == []
    assert active(client.member) == {(1, "m1"), (2, "m1")}


def test_a_file_of_another_own_unit_alone_is_refused(world: World, tmp_path: Path) -> None:
    units = {"Schuld": 'domein = "schulden"', "Wmo": 'domein = "wonen"'}
    client = SyncClient(world.member("Gemeente", units=units), tmp_path)
    client.write((1, "m1"), unit="Schuld")
    client.done("--afdeling", "schuld")
    later(client)
    client.write((1, None), unit="Wmo")
    result = client.run("--afdeling", "schuld", "--bevestigd")
    assert result.exit_code == 2
    assert "Geen enkele rij is van Schuld." in result.stderr
    assert "(Eerste reden: rij 2 is van een andere afdeling.)" in result.stderr
    assert active(client.member) == {(1, "m1")}


def test_that_nobody_is_left_is_said_by_a_header_alone_and_confirmed(client: SyncClient) -> None:
    client.write((1, "m1"), (2, "m1"))
    client.done()
    later(client)
    client.write()
    result = client.run()
    assert result.exit_code == 2
    assert "--bevestigd" in result.stderr
    assert active(client.member) == {(1, "m1"), (2, "m1")}
    assert "Afgemeld, want niet meer in het bestand: 2" in client.done("--bevestigd")
    assert active(client.member) == set()


def test_a_trial_changes_and_keeps_nothing(client: SyncClient) -> None:
    client.write((1, "m1"), (2, "m1"))
    client.done()
    before = client.state.read_bytes()
    later(client)
    client.write((1, "m2"), (3, "m1"))
    told = client.done("--proef")
    assert "Proef: er is niets veranderd." in told
    assert "Nieuw geregistreerd: 1" in told
    assert "Ander contact: 1" in told
    assert "niet meer in het bestand: 1" in told
    assert client.state.read_bytes() == before
    assert active(client.member) == {(1, "m1"), (2, "m1")}


def test_rows_of_other_units_are_left_out_and_counted(world: World, tmp_path: Path) -> None:
    units = {"Schuld": 'domein = "schulden"', "Wmo": 'domein = "wonen"'}
    client = SyncClient(world.member("Gemeente", units=units), tmp_path)
    client.write((1, "m1"), unit="Schuld", more=("123;x;D-2;Wmo;;gesprek;20-11-2026;;",))
    result = client.run()
    assert result.exit_code == 2
    assert result.stderr == (
        "Geef met --afdeling de naam van de afdeling.\nUw afdelingen:\n  Schuld\n  Wmo\n"
    )
    result = client.run("--afdeling", "schuldd")
    assert result.exit_code == 2
    assert result.stderr == (
        "schuldd is geen afdeling van u. Bedoelt u Schuld?\nUw afdelingen:\n  Schuld\n  Wmo\n"
    )
    assert test_bsn(1) not in client.run("--afdeling", test_bsn(1)).output
    told = client.done("--afdeling", "schuld")
    assert "Van een andere afdeling, niet meegenomen: 1" in told
    assert "Fout in het bestand, niet verstuurd: 0" in told


def test_a_run_that_was_overtaken_begins_anew_the_next_time(
    client: SyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "ROWS_PER_CALL", 1)
    client.write((1, "m1"), (2, "m1"))
    client.disturb = lambda body: httpx.Response(503) if body["deel"] == 2 else None
    client.run()
    client.disturb = lambda _body: None
    from tests.verwijsindex.people.caseloads import synced

    later(client)
    synced(client.member, [(1, "m1")])
    result = client.run()
    assert result.exit_code == 1
    assert "nieuwere run" in result.output
    client.done()
    assert active(client.member) == {(1, "m1"), (2, "m1")}


def test_one_person_is_never_spread_over_two_parts(
    client: SyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "ROWS_PER_CALL", 2)
    client.write((1, "m1"), (2, "m1"))
    client.done()
    before = ids(client.member)
    later(client)
    client.write((1, "m2"), (3, "m1"), (4, "m1"), (1, "m1"))
    client.done()
    assert ids(client.member)[1, "m1"] == before[1, "m1"]
    assert importing.ROWS_PER_CALL == 500


def test_an_id_that_the_index_forgot_long_ago_needs_nobody(client: SyncClient) -> None:
    """It may not guess about whom it was: the whole goes again, with that row in full."""
    client.write(*((person, "m1") for person in range(1, 9)))
    client.done()
    path = f"/api/v1/signalen/{ids(client.member)[1, 'm1']}"
    ending = {"status": "beeindigd", "reden": "afgerond"}
    assert client.member.patch(path, ending).status_code == 200
    client.member.world.clock.advance(timedelta(days=40))
    Worker(client.member.world.services).delete()
    client.member.token = client.member.world.token(client.member.client)
    client.write(*((person, "m1") for person in range(1, 8)))
    told = client.done()
    assert [line.rpartition(" ")[2] for line in told.splitlines()] == ["1", "6", "0", "1", "0", "0"]
    assert active(client.member) == {(person, "m1") for person in range(1, 8)}
