"""The demonstration as a whole: what the walk-through promises is what happens."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, or_, select

from match.matches import Match, MatchStatus
from orgprofiles.organisations import OrganisationStatus, Professional, Unit
from verwijsindex.accounts.records import Account, SignInMethod
from verwijsindex.accounts.roles import ROLE_WORDS, Role
from verwijsindex.accounts.sessions import begin_session
from verwijsindex.accounts.signing_in import Browser, Refusal, try_code, try_password
from verwijsindex.client import ImportResult, IndexConnection, import_file, read_settings
from verwijsindex.demo.admissions import ADMITTING, COHORT, WAITING
from verwijsindex.demo.running import RunningDemo, running_demo
from verwijsindex.use_cases.follow_admission import list_admissions, list_cohorts
from verwijsindex.use_cases.paging import Page
from verwijsindex.web.csrf import SESSION_COOKIE

READER = "ikoster@sociale-dienst.example"
CLIENT = "from verwijsindex.client.command import main; main()"
SERVER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from verwijsindex.demo.running import run
run(Path(sys.argv[1]), int(sys.argv[2]), digest_quiet=timedelta(seconds=3))
"""


class ShiftedClock:
    """The system's clock, which a test can put forward."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift


@pytest.fixture(scope="module")
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, clock: ShiftedClock) -> Iterator[RunningDemo]:
    folder = tmp_path_factory.mktemp("demo") / ".demo"
    # Nothing goes out before a test says so, however slow this machine is today.
    with running_demo(folder, 0, digest_quiet=timedelta(hours=1), clock=clock) as running:
        yield running


@pytest.fixture(scope="module")
def imports(demo: RunningDemo, clock: ShiftedClock) -> dict[str, ImportResult]:
    """Import both files, and wait until all digests are out."""
    results = {}
    for slug in ("sociale-dienst", "sociaal-wijkteam"):
        settings = read_settings(demo.folder / "clients" / f"{slug}.toml", {})
        with IndexConnection(settings) as connection:
            path = demo.folder / "clienten" / f"{slug}.csv"
            results[slug] = import_file(connection, path, dry_run=False)
    assert len(demo.mailbox) == 0
    clock.shift += timedelta(hours=1)
    wait_until(lambda: len(demo.mailbox) >= demo.expected.mails)
    return results


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what other threads do."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        threading.Event().wait(0.05)


def client(demo: RunningDemo, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the walk-through, as a shell would."""
    words = shlex.split(command)
    source = None
    if "<" in words:
        source = Path(words[words.index("<") + 1]).read_text(encoding="utf-8")
        words = words[: words.index("<")]
    return subprocess.run(
        [sys.executable, "-c", CLIENT, *words[1:]],
        input=source,
        text=True,
        capture_output=True,
        check=False,
        cwd=demo.folder.parent,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_both_imports_give_the_counts_that_are_promised(
    demo: RunningDemo, imports: dict[str, ImportResult]
) -> None:
    promised = {
        "sociale-dienst": demo.expected.sociale_dienst,
        "sociaal-wijkteam": demo.expected.wijkteam,
    }
    for slug, result in imports.items():
        counts = promised[slug]
        assert result.trouble is None
        assert result.created == counts.accepted
        assert result.existed == 0
        assert result.refused_locally == counts.refused_locally
        assert result.refused_by_index == counts.refused_by_index
        assert Counter((f.field, f.reason) for f in result.faults) == counts.reasons


def test_there_are_as_many_matches_and_mails_as_promised(
    demo: RunningDemo, imports: dict[str, ImportResult]
) -> None:
    assert imports
    with demo.services.sessions() as session:
        opened = select(func.count()).select_from(Match).where(Match.status == MatchStatus.OPEN)
        assert session.scalar(opened) == demo.expected.matches
    assert len(demo.mailbox) == demo.expected.mails
    recipients = [mail.recipients for mail in demo.mailbox.newest_first()]
    assert len(set(recipients)) == len(recipients)
    told = sum(mail.text.count("Kenmerk ") for mail in demo.mailbox.newest_first())
    assert told == 2 * demo.expected.matches


def test_both_forms_of_mail_can_be_seen(
    demo: RunningDemo, imports: dict[str, ImportResult]
) -> None:
    assert imports
    named = demo.mailbox.newest_first(["ikoster@sociale-dienst.example"])[0]
    link_only = demo.mailbox.newest_first(["ndegroot@sociaal-wijkteam.example"])[0]
    assert "is betrokken bij uw cliënt met kenmerk" in named.text
    assert "Sociaal wijkteam" in named.text
    assert "Log in om te zien" in link_only.text
    assert "Sociale dienst" not in link_only.text


def cookie_of(demo: RunningDemo, address: str) -> dict[str, str]:
    """Return the cookie of who has the mail address *address*, or works in the team that has it."""
    with demo.services.sessions() as session:
        account = session.scalars(
            select(Account)
            .outerjoin(Professional, Professional.id == Account.professional_id)
            .outerjoin(Unit, Unit.id == Professional.unit_id)
            .where(or_(Account.email == address.lower(), Unit.mailbox == address))
        ).first()
        assert account is not None, address
        token = begin_session(
            session,
            account=account,
            method=SignInMethod.PASSWORD,
            device="",
            now=demo.services.clock(),
        )
        session.commit()
    # Sent by hand: it is a Secure one, and only browsers trust this machine without TLS.
    return {"Cookie": f"{SESSION_COOKIE}={token}"}


def test_every_link_in_every_mail_leads_its_recipient_to_a_match(
    demo: RunningDemo, imports: dict[str, ImportResult]
) -> None:
    assert imports
    with httpx.Client(base_url=demo.base_url) as http:
        for mail in demo.mailbox.newest_first():
            links = re.findall(rf"{re.escape(demo.base_url)}(\S+)", mail.text)
            assert links
            assert http.get(links[0]).status_code == 303  # to sign in
            answer = http.get(links[0], headers=cookie_of(demo, mail.recipients[0]))
            assert answer.status_code == 200
            assert "Wie is ook betrokken?" in answer.text
        assert "14 mails" in http.get("/demo/mail").text


@pytest.mark.parametrize("role", Role)
def test_one_click_lets_anybody_be_somebody_of_each_role(demo: RunningDemo, role: Role) -> None:
    page = httpx.get(f"{demo.base_url}/demo/inloggen")
    card = next(
        one for one in page.text.split('<li class="login">') if f">{ROLE_WORDS[role]}</li>" in one
    )
    (account,) = re.findall(r'name="account" value="([^"]+)"', card)
    (csrf,) = re.findall(r'name="csrf" value="([^"]+)"', card)
    name = re.findall(r"<h2[^>]*>([^<]+)</h2>", card)[0]
    answer = httpx.post(
        f"{demo.base_url}/demo/inloggen",
        data={"account": account, "csrf": csrf},
        headers={"Cookie": page.headers["Set-Cookie"].partition(";")[0]},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    (session,) = re.findall(rf"{SESSION_COOKIE}=[^;]+", answer.headers["Set-Cookie"])
    start = httpx.get(demo.base_url, headers={"Cookie": session})
    assert name in start.text


def test_the_means_that_are_shown_let_one_in_without_the_click(demo: RunningDemo) -> None:
    with demo.services.sessions() as session:
        card = httpx.get(f"{demo.base_url}/demo/inloggen").text.split('<li class="login">')[1]
        (email,) = re.findall(r"<dt>E-mailadres</dt><dd>([^<]+)", card)
        password, code = re.findall(r"<dd><code>([^<]+)</code>", card)
        browser = Browser(source="127.0.0.1", device=None, description="")
        step = try_password(session, demo.services, email=email, password=password, browser=browser)
        assert not isinstance(step, Refusal)
        entered = try_code(session, demo.services, step_token=step, code=code, browser=browser)
        assert not isinstance(entered, Refusal)


def test_importing_again_changes_nothing(
    demo: RunningDemo, imports: dict[str, ImportResult]
) -> None:
    settings = read_settings(demo.folder / "clients" / "sociale-dienst.toml", {})
    with IndexConnection(settings) as connection:
        path = demo.folder / "clienten" / "sociale-dienst.csv"
        again = import_file(connection, path, dry_run=False)
    assert (again.created, again.existed) == (0, imports["sociale-dienst"].created)
    assert len(demo.mailbox) == demo.expected.mails


def test_the_commands_of_the_walk_through_do_what_it_says(
    demo: RunningDemo, imports: dict[str, ImportResult]
) -> None:
    assert imports
    before = len(demo.mailbox)
    by_hand, without_bsn, sensitive = (one.command for one in demo.tour.extra if one.command)
    done = client(demo, by_hand)
    assert done.returncode == 0, done.stderr
    wait_until(lambda: len(demo.mailbox) == before + 3)
    done = client(demo, without_bsn)
    assert done.returncode == 1
    assert "Uw organisatie mag geen BSN gebruiken" in done.stderr
    done = client(demo, sensitive)
    assert done.returncode == 0, done.stderr
    # It sees the three others, and is mailed; they are told nothing.
    assert "Match" in done.stdout
    assert done.stdout.count("telefoon") == 3
    wait_until(lambda: len(demo.mailbox) == before + 4)
    (told,) = demo.mailbox.newest_first(["vmartina@ggz.example"])
    assert "Sociale dienst" not in told.text
    for step in (one for one in demo.tour.steps if one.command):
        done = client(demo, str(step.command))
        assert done.returncode == 1  # some rows are refused
        assert "Bestond al: 1994" in done.stdout


def test_the_administrator_finds_ten_that_are_done_and_two_on_their_way(demo: RunningDemo) -> None:
    with demo.services.sessions() as session:
        total, views = list_admissions(session, demo.services, page=Page(1, 100))
        cohorts = list_cohorts(session)
    assert total == 12
    active = [one for one in views if one.organisation.status is OrganisationStatus.ACTIVE]
    assert len(active) == 10
    assert [one.open for one in active] == [[]] * 10
    readers = {one.organisation.name for one in active if not one.organisation.registers}
    assert readers == {"Juridisch loket", "Ouderenadviseurs"}
    addresses = [
        record.document or f"https://{record.contact_email}"
        for one in views
        for record in one.records.values()
    ]
    assert all(re.match(r"https://[^/]+\.example(/|\Z)", one) for one in addresses)
    on_their_way = {
        one.organisation.name: (one.organisation.status, one.cohort and one.cohort.name)
        for one in views
        if one not in active
    }
    assert on_their_way == {
        WAITING: (OrganisationStatus.WAITING, None),
        ADMITTING: (OrganisationStatus.ADMITTING, COHORT),
    }
    assert [(one.name, one.organisations, one.active) for one in cohorts] == [(COHORT, 1, 0)]


@pytest.mark.parametrize("path", ["/", "/sociale-kaart", "/keten", "/keten.svg", "/demo/mail"])
def test_who_is_on_the_way_in_is_on_no_page(demo: RunningDemo, path: str) -> None:
    answer = httpx.get(demo.base_url + path, headers=cookie_of(demo, READER))
    assert answer.status_code == 200
    if path == "/sociale-kaart":
        assert "Sociale dienst" in answer.text
    assert WAITING not in answer.text
    assert ADMITTING not in answer.text


def test_nothing_that_is_shown_holds_a_bsn(
    demo: RunningDemo, imports: dict[str, ImportResult]
) -> None:
    assert imports
    shown = [step.command or "" for step in (*demo.tour.steps, *demo.tour.extra)]
    shown.append(httpx.get(f"{demo.base_url}/demo").text)
    shown.append(httpx.get(f"{demo.base_url}/demo/inloggen").text)
    shown.append(httpx.get(demo.base_url, headers=cookie_of(demo, READER)).text)
    shown.append(httpx.get(f"{demo.base_url}/demo/mail/1").text)
    assert re.findall(r"9999\d{5}", " ".join(shown)) == []


def test_keys_of_both_parties_are_apart_and_private(demo: RunningDemo) -> None:
    files = [path for path in demo.folder.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
    folders = [demo.folder, *(path for path in demo.folder.rglob("*") if path.is_dir())]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}
    index = (demo.folder / "index" / "omgeving.env").read_text(encoding="utf-8")
    service = (demo.folder / "pseudoniemendienst" / "omgeving.env").read_text(encoding="utf-8")
    assert "pseudoniemendienst/sleutels-geheim" not in index
    assert "index/sleutels-geheim" not in service


def test_everything_is_ready(demo: RunningDemo) -> None:
    wait_until(lambda: httpx.get(f"{demo.base_url}/api/v1/healthz/readyz").status_code == 200)
    for path in ("/api/v1/openapi.json", "/pseudoniemen/v1/openapi.json"):
        assert httpx.get(demo.base_url + path).status_code == 200
    explanation = httpx.get(f"{demo.base_url}/demo").text
    cookie = cookie_of(demo, READER)
    for path in re.findall(r'href="(/[^"]*)"', explanation):
        answer = httpx.get(demo.base_url + path.partition("#")[0], headers=cookie)
        assert answer.status_code == 200, path


def test_starts_on_the_next_port_says_what_to_do_and_stops_on_ctrl_c(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", SERVER, str(tmp_path / ".demo"), str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        with process:
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if "Ctrl-C" in line:
                    break
            address = re.search(r"http://localhost:(\d+)/demo\n", said)
            assert address is not None, said
            assert int(address.group(1)) > port
            assert httpx.get(address.group(0).strip()).status_code == 200
            assert "--config .demo/clients/sociale-dienst.toml import .demo/clienten/" in said
            assert "sleutels" in said
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=30)
    assert rest.strip().splitlines()[-1] == "Gestopt."
    assert (process.returncode, errors) == (0, "")
    log = (tmp_path / ".demo" / "verwijsindex.log").read_text(encoding="utf-8")
    assert '"VWI-004"' in log
    assert '"VWI-002"' not in log


def test_refuses_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "scriptie.odt").touch()
    done = subprocess.run(
        [sys.executable, "-c", f"{SERVER}", str(tmp_path), "0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode != 0
    assert "blijft zoals het is" in done.stderr
