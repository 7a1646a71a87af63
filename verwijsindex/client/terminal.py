"""Click in Dutch, with this command's exit statuses, and without repeating what was typed.

Click's own messages are English and quote the argument; who types a BSN where
a file name belongs must not find it on the screen once more.
"""

from __future__ import annotations

import sys
from enum import IntEnum
from pathlib import Path
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from verwijsindex.client.errors import (
    AccessRefused,
    ClientError,
    FileRefused,
    RequestRefused,
    SettingsRefused,
)


class ExitStatus(IntEnum):
    """How ``vi-client`` ends."""

    GOOD = 0  #: everything was done
    REFUSED = 1  #: one or more rows, or the signal, were refused
    USAGE = 2  #: wrong arguments, settings, credentials or file
    TROUBLE = 3  #: no connection, a busy server, or an answer that is not right
    INTERRUPTED = 130  #: stopped with Ctrl-C, as shells have it


def exit_status(error: ClientError) -> ExitStatus:
    """Return the exit status that tells *error*."""
    if isinstance(error, RequestRefused):
        return ExitStatus.REFUSED
    if isinstance(error, (SettingsRefused, AccessRefused, FileRefused)):
        return ExitStatus.USAGE
    return ExitStatus.TROUBLE


class DutchCommand(click.Command):
    """A command whose help is Dutch."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write "Gebruik: …"."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix="Gebruik: ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under "Opties"."""
        _write_options(self, ctx, formatter)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the parts of the usage line."""
        return _dutch_pieces(super().collect_usage_pieces(ctx))

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help``, explained in Dutch."""
        return _dutch_help(super().get_help_option(ctx))


class DutchGroup(click.Group):
    """A group of commands that speaks Dutch and ends with an :class:`ExitStatus`."""

    command_class = DutchCommand

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and exit with the status that a command returned."""
        kwargs["standalone_mode"] = False
        sys.exit(self._run(*args, **kwargs))

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write "Gebruik: …"."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix="Gebruik: ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under "Opties" and the commands under "Opdrachten"."""
        _write_options(self, ctx, formatter)
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Opdrachten"):
            formatter.write_dl(
                [(name, command.get_short_help_str(70)) for name, command in commands if command]
            )

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the parts of the usage line."""
        return _dutch_pieces(super().collect_usage_pieces(ctx))

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help``, explained in Dutch."""
        return _dutch_help(super().get_help_option(ctx))

    def _run(self, *args: Any, **kwargs: Any) -> int:
        try:
            status = super().main(*args, **kwargs)
        except NoArgsIsHelpError as error:
            error.show()
            return ExitStatus.USAGE
        except click.ClickException as error:
            say_error(_usage_message(error))
            return ExitStatus.USAGE
        except click.Abort:
            say_error("Gestopt.")
            return ExitStatus.INTERRUPTED
        except ClientError as error:
            say_error(str(error))
            return exit_status(error)
        except Exception as error:  # noqa: BLE001 - a message or traceback may quote a BSN
            say_error(f"Er ging onverwacht iets mis ({_where(error)}). Meld dit bij uw beheerder.")
            return ExitStatus.TROUBLE
        return int(status or 0)


def say_error(message: str) -> None:
    """Write *message* to standard error."""
    click.echo(message, err=True)


def progress_bar() -> Progress:
    """Return a bar on standard error, and only where somebody looks at it."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )


def _write_options(
    command: click.Command, ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    records = [
        record
        for parameter in command.get_params(ctx)
        if (record := parameter.get_help_record(ctx)) and isinstance(parameter, click.Option)
    ]
    with formatter.section("Opties"):
        formatter.write_dl(records)


def _dutch_pieces(pieces: list[str]) -> list[str]:
    words = {"[OPTIONS]": "[OPTIES]", "COMMAND [ARGS]...": "OPDRACHT [ARGUMENTEN]..."}
    return [words.get(piece, piece) for piece in pieces]


def _dutch_help(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.help = "Toon deze uitleg."
    return option


def _usage_message(error: click.ClickException) -> str:
    """Return what is wrong in Dutch; only names that this program knows are repeated."""
    match error:
        case click.BadParameter(param=click.Parameter(type=click.Choice() as kind) as parameter):
            return f"Kies bij {_name(parameter)} uit: {', '.join(map(str, kind.choices))}."
        case click.NoSuchOption():
            wrong = "Deze optie bestaat niet."
        case click.exceptions.NoSuchCommand():
            wrong = "Deze opdracht bestaat niet."
        case click.MissingParameter(param=click.Parameter() as parameter):
            wrong = f"Er ontbreekt iets: {_name(parameter)}."
        case click.BadOptionUsage():
            wrong = "Bij een optie ontbreekt de waarde, of staat er een te veel."
        case click.BadParameter(param=click.Parameter() as parameter):
            wrong = f"De waarde bij {_name(parameter)} klopt niet."
        case _:
            wrong = "Deze opdracht klopt niet."
    return f"{wrong} Gebruik --help voor uitleg."


def _name(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.human_readable_name


def _where(error: BaseException) -> str:
    """Return the kind of error and the line of code, never its message."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return (
        f"{type(error).__name__}, {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    )
