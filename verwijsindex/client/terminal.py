"""How ``vi-client`` ends and shows that it is busy."""

from __future__ import annotations

import sys
from enum import IntEnum
from pathlib import Path
from typing import Any, ClassVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from verwijsindex.client.errors import (
    AccessRefused,
    ClientError,
    FileRefused,
    RequestRefused,
    SettingsRefused,
)
from verwijsindex.dutch_commands import DutchGroup, say_error


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


class ClientGroup(DutchGroup):
    """The group of ``vi-client``: ends with an :class:`ExitStatus`, whatever goes wrong."""

    abort_status: ClassVar[int] = ExitStatus.INTERRUPTED

    def run(self, *args: Any, **kwargs: Any) -> int:
        """Run, say what is wrong, and return the exit status."""
        try:
            return super().run(*args, **kwargs)
        except ClientError as error:
            say_error(str(error))
            return exit_status(error)
        except Exception as error:  # noqa: BLE001 - a message or traceback may quote a BSN
            say_error(f"Er ging onverwacht iets mis ({_where(error)}). Meld dit bij uw beheerder.")
            return ExitStatus.TROUBLE


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
