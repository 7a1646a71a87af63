"""Whatever somebody types: help and errors are Dutch, and nothing typed comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner, Result

from verwijsindex.audit_verifier import main as audit_verifier
from verwijsindex.client.command import cli as vi_client
from verwijsindex.command import main as verwijsindex
from verwijsindex.dutch_commands import DutchCommand, confirmation_option

#: No number, date, file, id or choice.
TYPED = "123456782x"
#: Of click's own messages, as far as no Dutch word is written like it.
ENGLISH = frozenset(
    [
        "aborted",
        "argument",
        "arguments",
        "best",
        "choose",
        "command",
        "commands",
        "confirm",
        "default",
        "did",
        "directory",
        "does",
        "error",
        "exist",
        "exit",
        "extra",
        "file",
        "for",
        "from",
        "got",
        "input",
        "integer",
        "invalid",
        "mean",
        "message",
        "missing",
        "name",
        "no",
        "not",
        "option",
        "options",
        "parameter",
        "path",
        "positional",
        "prompting",
        "range",
        "required",
        "requires",
        "show",
        "such",
        "text",
        "the",
        "this",
        "try",
        "unexpected",
        "unknown",
        "usage",
        "uuid",
        "valid",
        "value",
        "values",
        "version",
        "with",
        "without",
        "you",
    ]
)
ROOTS = {"verwijsindex": verwijsindex, "vi-client": vi_client, "vi-audit-verify": audit_verifier}


def commands() -> Iterator[tuple[click.Command, list[str], click.Command]]:
    """Yield each command with the words that lead to it, and where they begin."""
    waiting: list[tuple[click.Command, list[str], click.Command]] = [
        (root, [], root) for root in ROOTS.values()
    ]
    while waiting:
        root, words, command = waiting.pop()
        yield root, words, command
        if isinstance(command, click.Group):
            ctx = click.Context(command)
            for name in command.list_commands(ctx):
                found = command.get_command(ctx, name)
                assert found is not None
                waiting.append((root, [*words, name], found))


def told(root: click.Command, words: list[str], status: int = 2) -> str:
    """Return what it says, which holds no English and nothing typed."""
    result: Result = CliRunner(env={"COLUMNS": "80"}).invoke(root, words, input="j\n")
    assert result.exit_code == status, (words, result.output)
    assert TYPED not in result.output
    # Names of commands and options are English: so the glossary has it.
    names = r"--?[a-z][a-z-]*|^  [a-z-]+  |^(Gebruik|Zie): .*?\[OPTIES\]|Zie: .*$|VI_[A-Z_]+|'.*?'"
    prose = re.sub(names, "", result.output, flags=re.MULTILINE)
    assert not ENGLISH & set(re.findall(r"[a-z]+", prose.casefold())), (words, result.output)
    return result.output


def test_every_command_is_a_dutch_one() -> None:
    found = [words for _, words, command in commands() if isinstance(command, DutchCommand)]
    assert len(found) > 50
    assert len(found) == sum(1 for _ in commands())


def test_help_is_dutch() -> None:
    for root, words, _ in commands():
        output = told(root, [*words, "--help"], status=0)
        assert output.startswith("Gebruik: ")
        assert "\nOpties:\n" in output


def test_no_sentence_of_a_list_of_commands_is_cut_off() -> None:
    for root, words, command in commands():
        if isinstance(command, click.Group):
            listed = told(root, [*words, "--help"], status=0).partition("\nOpdrachten:\n")[2]
            assert listed
            assert "..." not in listed, listed


def test_an_unknown_option_command_or_argument_is_told_in_dutch() -> None:
    for root, words, command in commands():
        assert "Deze optie bestaat niet." in told(root, [*words, f"--{TYPED}"])
        several = told(root, [*words, *[TYPED] * 9])
        if isinstance(command, click.Group):
            assert "Deze opdracht bestaat niet." in several


def test_what_is_missing_is_told_in_dutch() -> None:
    for root, words, command in commands():
        if any(one.required for one in command.params):
            assert "Er ontbreekt iets: " in told(root, words)
        for one in command.params:
            if isinstance(one, click.Option) and not one.is_flag:
                assert f"{max(one.opts, key=len)} ontbreekt" in told(
                    root, [*words, max(one.opts, key=len)]
                )


def test_a_wrong_choice_number_id_day_or_file_is_told_in_dutch() -> None:
    kinds = set()
    for root, words, command in commands():
        for one in command.params:
            kind = one.type
            takes_all = isinstance(kind, click.types.StringParamType | click.types.BoolParamType)
            if takes_all or (isinstance(kind, click.Path) and not kind.exists):
                continue
            if isinstance(one, click.Option):
                assert max(one.opts, key=len) in told(root, [*words, one.opts[0], TYPED])
            else:
                before = command.params.index(one)
                told(root, [*words, *["1"] * before, TYPED])
            kinds.add(type(kind).__name__)
    assert {"Choice", "IntRange", "IntParamType", "UUIDParameterType", "DateTime"} < kinds
    assert "Path" in kinds


@pytest.mark.parametrize(
    ("root", "words", "said"),
    [
        ("verwijsindex", ["organisatie"], "Bedoelt u organisation? Zie: verwijsindex --help"),
        ("verwijsindex", ["mail", "bounce"], "Bedoelt u bounced?"),
        ("vi-client", ["sinc"], "Bedoelt u sync?"),
        ("vi-client", ["sync", "--bevestig"], "Bedoelt u --bevestigd? Zie: vi-client sync --help"),
        ("verwijsindex", ["demo", "--port", "0"], "een geheel getal zijn: 1 tot en met 65535."),
        ("verwijsindex", ["rules", "show", "-v", "x"], "--version moet een geheel getal zijn."),
        ("verwijsindex", ["cohort", "add", "x"], "Er ontbreekt iets: --starts."),
    ],
)
def test_who_mistypes_hears_what_was_meant(root: str, words: list[str], said: str) -> None:
    result = CliRunner().invoke(ROOTS[root], words, prog_name=root)
    assert result.exit_code == 2
    assert said in result.output


def test_a_wrong_file_for_who_audits_keeps_its_own_reason() -> None:
    result = CliRunner().invoke(audit_verifier, [__file__, "--key", __file__])
    assert result.exit_code == 2
    assert "geen bestand met de openbare sleutels" in result.output


@pytest.mark.parametrize(
    ("typed", "said"),
    [("j\n", "gedaan"), ("Ja\n", "gedaan"), ("n\n", "Gestopt."), ("\n", "Gestopt."), ("", "")],
)
def test_only_a_yes_goes_on(typed: str, said: str) -> None:
    @click.command(cls=DutchCommand)
    @confirmation_option("--yes", question="Zeker?", explanation="Vraag niets.")
    def wipe() -> None:
        click.echo("gedaan")

    result = CliRunner().invoke(wipe, [], input=typed)
    assert "Zeker? [j/N]: " in result.output
    assert said in result.output
    assert ("gedaan" in result.output) is (result.exit_code == 0) is (said == "gedaan")
    assert CliRunner().invoke(wipe, ["--yes"]).output == "gedaan\n"
