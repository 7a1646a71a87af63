"""The commands, used and misused with the known person."""

from __future__ import annotations

import traceback

import click
from click.testing import CliRunner

from tests.privacy.person import BORN, BSN, CANONICAL, REFERENCE
from tests.privacy.run import Run
from tests.privacy.scanner import Place
from tests.world import Member, index_keys, service_keys
from verwijsindex.client import IndexConnection, import_file
from verwijsindex.client.command import cli
from verwijsindex.command import main

HEADER = (
    "bsn;geboortedatum;kenmerk;afdeling;medewerker;"
    "informeren_wijze;informeren_datum;reactie;vervaltdatum"
)


def import_clients(run: Run, member: Member) -> None:
    path = run.typed / "clienten.csv"
    path.write_text("\n".join(_rows(run)), encoding="utf-8")
    with run.servers.connect(member) as connection:
        result = import_file(connection, path, dry_run=True, today=run.servers.today())
    assert result.created == 1
    assert result.refused_locally == 5
    assert result.refused_by_index == 1
    run.show(Place.TERMINAL, "result of an import", result)
    errors = run.typed / "fouten.csv"
    assert "Nieuw geregistreerd: 1" in _vi_client(run, member, "import", path, "--fouten", errors)
    run.show(Place.TERMINAL, "error file", errors.read_text(encoding="utf-8-sig"))
    assert len(errors.read_text().splitlines()) > 10


def _rows(run: Run) -> list[str]:
    born, today = f"{BORN:%d-%m-%Y}", f"{run.servers.today():%d-%m-%Y}"
    tail = f"gesprek;{today};niet_gevraagd;"
    return [
        HEADER,
        f"{BSN};{born};{REFERENCE};Team;m1;{tail}",
        f"{BSN[:-1]}{(int(BSN[-1]) + 1) % 10};{born};{BSN};Team;m1;{tail}",
        f"{BSN};{born}x;{born};Team;m1;{tail}",
        f"{BSN};{born};{REFERENCE};{BSN};{BSN} {born};{tail}",
        f"{BSN};{born};{REFERENCE};Team;onbekend;{tail}",
        f"{BSN};{born};{REFERENCE};Team;m1;{BSN};{BSN};{BSN};{BSN};{BSN}",
        f"{REFERENCE};{BSN};{born};;;;;;",
    ]


def _vi_client(run: Run, member: Member, *arguments: object, typed: str = "") -> str:
    settings = run.servers.client_settings(member)
    clock = run.servers.world.clock
    result = CliRunner().invoke(
        cli,
        [str(one) for one in arguments],
        obj=lambda found: IndexConnection(found, clock=clock),
        input=typed,
        env={
            "VI_CLIENT_URL": settings.url,
            "VI_CLIENT_SERVICE_URL": settings.service_url,
            "VI_CLIENT_ID": settings.client_id,
            "VI_CLIENT_SECRET": member.client.secret,
        },
    )
    _show_command(run, "vi-client", result)
    return result.output


def _show_command(run: Run, name: str, result: click.testing.Result) -> None:
    run.show(Place.TERMINAL, name, result.output)
    if result.exc_info is not None and not isinstance(result.exception, SystemExit | None):
        run.show(Place.ERROR, name, "".join(traceback.format_exception(*result.exc_info)))


def misuse_commands(run: Run, member: Member) -> None:
    today = f"{run.servers.today():%d-%m-%Y}"
    informed = ["--wijze", "gesprek", "--datum", today]
    born = f"{BORN:%d-%m-%Y}"
    output = _vi_client(
        run, member, "register", "--medewerker", "m2", *informed, typed=f"{BSN}\n{born}\n"
    )
    assert "Geregistreerd." in output
    _vi_client(run, member, "register", typed=f"{born}\n{BSN}\n")
    _vi_client(run, member, "register", "--kenmerk", BSN, *informed, typed=f"{BSN}\n{born}\n")
    _vi_client(run, member, "register", BSN, born)
    _vi_client(run, member, "register", "--wijze", BSN, f"--{BSN}")
    _vi_client(run, member, BSN)
    _vi_client(run, member, "matches")
    headless = run.typed / "headless.csv"
    headless.write_text("\n".join(_rows(run)[1:]), encoding="utf-8")
    _vi_client(run, member, "import", headless)
    _vi_client(run, member, "import", run.typed / "absent.csv")
    organisation = run.typed / "organisatie.toml"
    for content in (f'naam = "x"\nbsn = {BSN}', f"[{BSN}", CANONICAL.decode()):
        organisation.write_text(content, encoding="utf-8")
        _show_command(
            run,
            "organisation add",
            CliRunner().invoke(main, ["organisation", "add", str(organisation)]),
        )
    _operate(run)


def _operate(run: Run) -> None:
    files = {
        "VI_INDEX_SECRET_KEYS_FILE": index_keys().to_json(),
        "VI_SERVICE_PUBLIC_KEYS_FILE": service_keys().public().to_json(),
        "VI_SERVICE_SECRET_KEYS_FILE": service_keys().to_json(),
        "VI_INDEX_PUBLIC_KEYS_FILE": index_keys().public().to_json(),
    }
    paths = {}
    for variable, content in files.items():
        paths[variable] = run.typed / f"{variable}.json"
        paths[variable].write_text(content, encoding="utf-8")
        _show_command(
            run, "keys status", CliRunner().invoke(main, ["keys", "status", str(paths[variable])])
        )
    environment = {variable: str(path) for variable, path in paths.items()}
    # Each party with its own, and once with everything: that is refused.
    for missing in ("VI_SERVICE_SECRET_KEYS_FILE", "VI_INDEX_SECRET_KEYS_FILE", ""):
        given = {name: value for name, value in environment.items() if name != missing}
        for command in (
            ["doctor"],
            ["pseudonym-service", "status"],
            ["pseudonym-service", "doctor"],
        ):
            result = CliRunner().invoke(main, command, env=given | _environment(run))
            _show_command(run, command[0], result)


def _environment(run: Run) -> dict[str, str]:
    settings = run.servers.world.services.settings
    return {
        "VI_DATABASE_URL": settings.database_url,
        "VI_BASE_URL": settings.base_url,
        "VI_SERVICE_URL": settings.service_url,
        "VI_SERVICE_STORE": str(run.servers.store),
        "VI_SMTP_HOST": "127.0.0.1",
        "VI_SMTP_PORT": str(run.mail_host.port),
        "VI_SMTP_TRANSPORT": "geen",
        "VI_MAIL_FROM": "verwijsindex@index.example",
    }
