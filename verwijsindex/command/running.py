"""Starting things: the demonstration, the web server, the worker, migrations."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import click

from verwijsindex import event_log
from verwijsindex.command.configured import configured_services
from verwijsindex.dutch_commands import DutchCommand, DutchGroup
from verwijsindex.metrics_folder import forget_shared_folder, share_between_processes


@click.command(
    cls=DutchCommand,
    short_help="Start alles, met verzonnen organisaties.",
    help="Start alles samen met verzonnen organisaties, op dit apparaat.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path(".demo"),
    show_default=True,
    help="Map voor sleutels, database en voorbeeldbestanden; wordt leeggemaakt.",
)
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
def demo(folder: Path, port: int) -> None:
    """Run the demonstration until Ctrl-C."""
    from verwijsindex.demo.running import run

    run(folder, port)


_METRICS_PORT = click.option(
    "--metrics-port", type=click.IntRange(1, 65535), help="Poort voor Prometheus; zonder: geen."
)
_METRICS_HOST = click.option("--metrics-host", default="127.0.0.1", show_default=True)


@click.command(cls=DutchCommand, help="Start de webserver van de index.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option(
    "--threads", type=click.IntRange(1, 64), default=8, show_default=True, help="Per proces."
)
@_METRICS_PORT
@_METRICS_HOST
def serve(
    host: str,
    port: int,
    workers: int,
    threads: int,
    metrics_port: int | None,
    metrics_host: str,
) -> None:
    """Serve the index with granian; it finishes requests when it is told to stop."""
    from verwijsindex.application import NotReady, require_readiness
    from verwijsindex.command.web_server import serve_application

    services = configured_services()
    try:
        # Once here, so that a wrong key is one clear message rather than a
        # server that restarts its processes for ever.
        require_readiness(services)
    except NotReady as error:
        raise click.ClickException(str(error)) from None
    services.engine.dispose()
    event_log.configure_logging()
    if metrics_port is not None:
        share_between_processes()
        from verwijsindex.metrics import serve_shared

        serve_shared(metrics_port, host=metrics_host)
    serve_application(
        "verwijsindex.application:from_environment",
        host=host,
        port=port,
        workers=workers,
        threads=threads,
        factory=True,
    )
    if metrics_port is not None:
        forget_shared_folder()


@click.command(
    cls=DutchCommand,
    short_help="Start de worker: mail, verval, sleutelcontrole.",
    help="Start de worker: mail, samenvattingen, verval, sleutelcontrole.",
)
@_METRICS_PORT
@_METRICS_HOST
def worker(metrics_port: int | None, metrics_host: str) -> None:
    """Run the worker until SIGTERM or Ctrl-C."""
    from verwijsindex.application import NotReady, require_readiness
    from verwijsindex.worker import Worker

    services = configured_services()
    try:
        require_readiness(services)
    except NotReady as error:
        raise click.ClickException(str(error)) from None
    event_log.configure_logging()
    if metrics_port is not None:
        from verwijsindex.metrics import serve_database

        serve_database(services, metrics_port, host=metrics_host)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    running = Worker(services)
    running.start()
    stop.wait()
    running.stop()
    services.engine.dispose()


@click.group(cls=DutchGroup, help="De database.")
def db() -> None:
    """Group of the database's commands."""


@db.command(help="Breng het databaseschema bij deze versie.")
def upgrade() -> None:
    """Migrate; needs the database's address and nothing else."""
    from sqlalchemy.exc import SQLAlchemyError

    from verwijsindex.database import migrate
    from verwijsindex.settings import SettingsRefused, read_database_url

    try:
        migrate(read_database_url(os.environ))
    except SettingsRefused as refused:
        raise click.ClickException("\n".join(refused.faults)) from None
    except SQLAlchemyError as error:
        raise click.ClickException(
            f"De database is niet bij te werken ({type(error).__name__})."
            " Controleer of ze bereikbaar is en of het account tabellen mag maken."
        ) from None
    click.echo("Het databaseschema is bij.")
