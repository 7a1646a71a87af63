"""Which source systems of an organisation have access: for the administrator, without a secret."""

from __future__ import annotations

import json
import re
from pathlib import Path
from uuid import UUID

from joserfc.jwk import OKPKey

from tests.verwijsindex.command.conftest import Run
from tests.world import Member, World


def client_id(output: str) -> str:
    """Return the id that ``client add`` shows."""
    (found,) = re.findall(r"client_id     = (\S+)", output)
    return str(UUID(found))


def rows(output: str) -> list[list[str]]:
    """Return the cells of a table, below its head."""
    return [re.split(r"  +", line) for line in output.splitlines()[2:]]


def admitted(world: World, name: str) -> Member:
    return world.member(name, units={"Team": 'domein = "schulden"'})


def test_every_client_is_listed_by_name_with_what_it_may_and_whether_it_still_may(
    run: Run, world: World
) -> None:
    first, _ = admitted(world, "Schuldhulp"), admitted(world, "Wijkteam")
    options = ("--name", "import", "--scope", "signalen", "--scope", "matches")
    later = client_id(run("client", "add", "Schuldhulp", *options).output)
    assert run("client", "revoke", later).exit_code == 0
    result = run("client", "list", "Schuldhulp")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[0].split() == ["naam", "client_id", "mag", "status"]
    own, imported = sorted(rows(result.output), key=lambda row: row[0] == "import")
    assert (own[1], own[3]) == (str(first.client.id), "actief")
    assert imported == ["import", later, "matches, signalen", "ingetrokken"]


def test_no_secret_or_key_is_listed(run: Run, world: World, tmp_path: Path) -> None:
    admitted(world, "Schuldhulp")
    added = run("client", "add", "Schuldhulp", "--name", "met geheim").output
    (secret,) = re.findall(r"client_secret = (\S+)", added)
    key = OKPKey.generate_key("Ed25519", private=True).as_dict(private=False)
    path = tmp_path / "key.json"
    path.write_text(json.dumps(key))
    run("client", "add", "Schuldhulp", "--name", "met sleutel", "--jwk", path)
    shown = run("client", "list", "Schuldhulp").output
    assert {row[0] for row in rows(shown)} >= {"met geheim", "met sleutel"}
    assert secret not in shown
    assert str(key["x"]) not in shown
    # Four columns, and nothing else.
    assert {len(row) for row in rows(shown)} == {4}


def test_an_organisation_without_clients_and_one_that_is_unknown_are_told_apart(
    run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "organisatie.toml"
    path.write_text('naam = "Schuldhulp"\n', encoding="utf-8")
    assert run("organisation", "add", "--waiting", path).exit_code == 0
    none = run("client", "list", "Schuldhulp")
    assert (none.exit_code, none.output) == (
        0,
        "Voor Schuldhulp is nog geen bronsysteem toegelaten.\n",
    )
    for words in (("client", "list"), ("client", "add"), ("profile", "show"), ("account", "list")):
        mistyped = run(*words, "schuldhulpp")
        assert mistyped.exit_code == 1
        assert mistyped.output == (
            "Er is geen organisatie met de naam schuldhulpp. Bedoelt u Schuldhulp?\n"
        )
    assert "123456782" not in run("organisation", "status", "123456782").output
    unknown = run("client", "list", "Elders")
    assert unknown.exit_code == 1
    assert "Er is geen organisatie met de naam Elders." in unknown.output
