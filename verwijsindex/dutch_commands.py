"""Click in Dutch, for every command there is; it never repeats what was typed.

Click's own messages are English and quote the argument; who types a BSN where
a file name belongs must not find it on the screen once more, nor in the log of
a nightly job. It offers gettext, but not for all it says, and by the locale of
whoever runs it; these commands speak Dutch everywhere.

Imports click and nothing else: each of the commands is installed without what
the others need.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, ClassVar, TypeVar

import click
from click.exceptions import NoArgsIsHelpError, NoSuchCommand

_USAGE = 2  # exit status of a command that is written wrongly
_PIECES = {
    "[OPTIONS]": "[OPTIES]",
    "COMMAND [ARGS]...": "OPDRACHT [ARGUMENTEN]...",
    "[COMMAND] [ARGS]...": "[OPDRACHT] [ARGUMENTEN]...",
}
#: What click calls a type of option that has no name of its own.
_KINDS = {
    "TEXT": "TEKST",
    "INTEGER": "GETAL",
    "INTEGER RANGE": "GETAL",
    "PATH": "PAD",
    "FILE": "BESTAND",
    "DIRECTORY": "MAP",
    "UUID": "ID",
}
_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


class DutchCommand(click.Command):
    """A command whose help and errors are Dutch.

    Attributes:
        abort_status: Exit status of who stops it, or does not agree.
    """

    abort_status: ClassVar[int] = 1

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and exit with the status that a command returned."""
        kwargs["standalone_mode"] = False
        sys.exit(self.run(*args, **kwargs))

    def run(self, *args: Any, **kwargs: Any) -> int:
        """Run, say what is wrong, and return the exit status."""
        try:
            status = super().main(*args, **kwargs)
        except NoArgsIsHelpError as error:
            error.show()
            return _USAGE
        except click.UsageError as error:
            say_error(_usage_message(error))
            return error.exit_code
        except click.FileError:
            say_error("Een bestand kan niet geopend worden.")
            return _USAGE
        except click.ClickException as error:
            say_error(error.message)
            return error.exit_code
        except click.Abort:
            say_error("Gestopt.")
            return self.abort_status
        return int(status or 0)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse; whatever is wrong knows of which command it is."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write "Gebruik: …"."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix="Gebruik: ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under "Opties"."""
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        with formatter.section("Opties"):
            formatter.write_dl([_record(one, ctx) for one in options if not one.hidden])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the parts of the usage line."""
        return [_PIECES.get(piece, piece) for piece in super().collect_usage_pieces(ctx)]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help``, explained in Dutch."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "Toon deze uitleg."
        return option


class DutchGroup(DutchCommand, click.Group):
    """A group of commands that speaks Dutch, and so do those that are made with it."""

    command_class = DutchCommand

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and the commands under "Opdrachten"."""
        super().format_options(ctx, formatter)
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        width = formatter.width - 6 - max(len(name) for name, _ in commands)
        with formatter.section("Opdrachten"):
            formatter.write_dl(
                [(name, command.get_short_help_str(width)) for name, command in commands if command]
            )


def confirmation_option(
    name: str, *, question: str, explanation: str
) -> Callable[[_Decorated], _Decorated]:
    """Return an option without which *question* is asked, and the command stops at a no."""

    def ask(ctx: click.Context, _parameter: click.Parameter, value: Any) -> None:
        if not value and not agrees(question):
            ctx.abort()

    return click.option(name, is_flag=True, expose_value=False, callback=ask, help=explanation)


def agrees(question: str) -> bool:
    """Ask *question*; whatever is not a yes is a no."""
    answer = click.prompt(f"{question} [j/N]", default="n", show_default=False)
    return str(answer).strip().casefold() in {"j", "ja"}


def say_error(message: str) -> None:
    """Write *message* to standard error."""
    click.echo(message, err=True)


def _record(option: click.Option, ctx: click.Context) -> tuple[str, str]:
    """Return the two columns of an option's help."""
    spelling, kind = option.get_help_spec(ctx), option.make_metavar(ctx)
    if isinstance(option.type, click.DateTime):
        spelling = spelling.replace(kind, "DATUM")
    elif option.metavar is None and spelling.endswith(f" {kind}"):
        spelling = spelling.removesuffix(kind) + _KINDS.get(kind, kind)
    extra = option.get_help_extra(ctx)
    notes = [f"standaard: {extra['default']}"] if "default" in extra else []
    if "range" in extra and isinstance(option.type, click.IntRange):
        notes.append(_bounds(option.type))
    if "required" in extra:
        notes.append("verplicht")
    return spelling, "  ".join(filter(None, (option.help, f"[{'; '.join(notes)}]" * bool(notes))))


def _bounds(kind: click.IntRange) -> str:
    if kind.max is None:
        return f"{kind.min} of hoger"
    return f"{kind.min} tot en met {kind.max}"


def _usage_message(error: click.UsageError) -> str:
    """Return what is wrong in Dutch; only names that the program knows are repeated."""
    match error:
        case NoSuchCommand(ctx=click.Context(command=click.Group() as group) as ctx):
            # Click looks among those that were imported already.
            close = get_close_matches(error.command_name, group.list_commands(ctx))
            wrong = f"Deze opdracht bestaat niet.{_meant(close)}"
        case click.NoSuchOption():
            wrong = f"Deze optie bestaat niet.{_meant(error.possibilities)}"
        case click.MissingParameter(param=click.Parameter() as parameter):
            wrong = f"Er ontbreekt iets: {_name(parameter)}."
        case click.BadOptionUsage():
            wrong = f"Bij {error.option_name} ontbreekt de waarde, of er staat een waarde te veel."
        case click.BadParameter(param=click.Parameter() as parameter):
            wrong = _wrong_value(parameter)
        case click.BadParameter():
            return f"{error.param_hint}: {error.message}"  # one of our own
        case _:
            wrong = "Deze opdracht klopt niet: er staat iets te veel of te weinig."
    return f"{wrong} Zie: {error.ctx.command_path if error.ctx else ''} --help"


def _meant(possibilities: Sequence[str] | None) -> str:
    return f" Bedoelt u {' of '.join(possibilities)}?" if possibilities else ""


def _wrong_value(parameter: click.Parameter) -> str:
    name = _name(parameter)
    match parameter.type:
        case click.Choice() as kind:
            wrong = f"Kies bij {name} uit: {', '.join(map(str, kind.choices))}."
        case click.IntRange() as kind:
            wrong = f"{name} moet een geheel getal zijn: {_bounds(kind)}."
        case click.types.IntParamType():
            wrong = f"{name} moet een geheel getal zijn."
        case click.types.UUIDParameterType():
            wrong = f"{name} moet een id zijn, zoals 0193b5f0-0000-7000-8000-000000000000."
        case click.DateTime():
            wrong = f"{name} moet een datum zijn, zoals 2027-01-31."
        case click.Path():
            wrong = f"{name}: dit bestand bestaat niet of kan niet gelezen worden."
        case _:
            wrong = f"De waarde bij {name} klopt niet."
    return wrong


def _name(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.human_readable_name
