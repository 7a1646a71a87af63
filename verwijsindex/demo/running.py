"""Everything at once: index, pseudonym service, worker, mail server and pages in one process."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

import click
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from verwijsindex import event_log
from verwijsindex.application import create_index
from verwijsindex.database import migrate
from verwijsindex.demo.accounts import make_accounts
from verwijsindex.demo.client_files import ClientFiles, make_client_files
from verwijsindex.demo.configuration import write_configuration
from verwijsindex.demo.expectations import Expectations, expect
from verwijsindex.demo.folder import FolderRefused, fresh_folder, write_private
from verwijsindex.demo.mail_server import MailServer
from verwijsindex.demo.members import admit_members
from verwijsindex.demo.people import MadeUpPerson, People
from verwijsindex.demo.walk_through import BY_HAND, ONE_CLIENT, make_tour, terminal_text
from verwijsindex.demo.web_server import NoFreePort, WebServer
from verwijsindex.pseudonym_service.application import create_service
from verwijsindex.pseudonym_service.settings import load_settings as load_service_settings
from verwijsindex.pseudonym_service.store import Store
from verwijsindex.services import Clock, Services, make_services, system_clock
from verwijsindex.settings import load_settings
from verwijsindex.web.demo_pages import register_demo
from verwijsindex.web.mailbox import Mailbox
from verwijsindex.web.tour import Tour
from verwijsindex.worker import Worker

DIGEST_QUIET = timedelta(minutes=1)
LOG_FILE = "verwijsindex.log"
CLIENT_FILES = "clienten"


@dataclass(frozen=True, slots=True)
class RunningDemo:
    """What a demonstration that runs is made of.

    Attributes:
        base_url: Where it is, without a slash at the end.
        folder: Absolute.
        services: Of the index.
        mailbox: All mails that were sent.
        tour: The walk-through.
        expected: What its imports bring about.
    """

    base_url: str
    folder: Path
    services: Services
    mailbox: Mailbox
    tour: Tour
    expected: Expectations


def run(folder: Path, port: int, *, digest_quiet: timedelta = DIGEST_QUIET) -> None:
    """Run the demonstration until Ctrl-C or SIGTERM, and say in Dutch what to do.

    Args:
        folder: Emptied and filled anew.
        port: Of the pages; the next free one when it is taken.
        digest_quiet: How long it must be quiet before a digest goes out.

    Raises:
        click.ClickException: It cannot start; says what to do.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    click.echo("De demonstratie wordt klaargezet…")
    try:
        with running_demo(folder, port, digest_quiet=digest_quiet, log_to_folder=True) as demo:
            click.echo(terminal_text(demo.base_url, demo.tour))
            stop.wait()
            click.echo("Bezig met stoppen…")
    except (FolderRefused, NoFreePort) as refused:
        raise click.ClickException(str(refused) or str(refused.__doc__)) from None
    click.echo("Gestopt.")


@contextmanager
def running_demo(
    folder: Path,
    port: int,
    *,
    digest_quiet: timedelta = DIGEST_QUIET,
    clock: Clock = system_clock,
    log_to_folder: bool = False,
) -> Iterator[RunningDemo]:
    """Prepare *folder*, start everything, and stop it again in the end.

    Args:
        folder: Emptied and filled anew.
        port: Of the pages; the next free one when it is taken, any for 0.
        digest_quiet: As for :func:`run`.
        clock: Of everything in it.
        log_to_folder: Write this process's log into the folder.

    Raises:
        FolderRefused: See :func:`fresh_folder`.
        NoFreePort: See :class:`WebServer`.
    """
    with ExitStack() as started:
        started.callback(os.umask, os.umask(0o077))
        home = started.enter_context(fresh_folder(folder))
        if log_to_folder:
            log = started.enter_context((home / LOG_FILE).open("w", encoding="utf-8", buffering=1))
            event_log.configure_logging(log)
        web = WebServer(port)
        started.callback(web.stop)
        mailbox = Mailbox()
        mails = MailServer(mailbox, clock=clock)
        started.callback(mails.stop)
        mails.start()
        configuration = write_configuration(
            home, base_url=web.base_url, smtp_port=mails.port, digest_quiet=digest_quiet
        )
        services = make_services(load_settings(configuration.index), clock=clock)
        started.callback(services.engine.dispose)
        migrate(services.settings.database_url)
        service_settings = load_service_settings(configuration.service)
        admit_members(home, services, Store(service_settings.store))
        files = make_client_files(services.today())
        _write_client_files(home / CLIENT_FILES, files, services.today())
        expected = expect(files)
        tour = make_tour(
            home,
            expected,
            today=services.today(),
            quiet_seconds=round(digest_quiet.total_seconds()),
        )
        index = create_index(services)
        logins = make_accounts(services)
        register_demo(index, services, mailbox, tour=tour, logins=logins)
        service = create_service(service_settings, clock=clock)
        web.start(DispatcherMiddleware(index, {"/pseudoniemen": service}))
        started.callback(web.stop)
        worker = Worker(services)
        started.callback(worker.stop)
        worker.start()
        yield RunningDemo(web.base_url, home, services, mailbox, tour, expected)


def _write_client_files(folder: Path, files: ClientFiles, today: date) -> None:
    for file in (files.sociale_dienst, files.wijkteam):
        write_private(folder / file.name, file.content)
    # For registering by hand, as vi-client reads it: number and birth date of
    # somebody in both files, of an age that every organisation has a basis for.
    person = next(
        one.person for one, other in files.caseloads.common if other.desk.unit == "Team Jeugd"
    )
    for name, one in ((ONE_CLIENT, person), (BY_HAND, _somebody_else(files, today))):
        write_private(folder / name, f"{one.bsn}\n{_dutch(one.born)}\n")


def _somebody_else(files: ClientFiles, today: date) -> MadeUpPerson:
    """Return a grown-up who is in neither file, for the first steps in the browser."""
    people = People(Random(BY_HAND), today)  # noqa: S311 (makes up people, not secrets)  # nosec B311
    while True:
        person = people.make(30, 60)
        number = person.bsn.encode()
        if not any(number in one.content for one in (files.sociale_dienst, files.wijkteam)):
            return person


def _dutch(day: date) -> str:
    return f"{day:%d-%m-%Y}"
