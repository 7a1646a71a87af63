"""``verwijsindex``: the command of administrators and operators. Texts are Dutch."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from verwijsindex.dutch_commands import DutchGroup

_COMMANDS = {
    "demo": ("running", "demo"),
    "serve": ("running", "serve"),
    "worker": ("running", "worker"),
    "db": ("running", "db"),
    "pseudonym-service": ("pseudonym_service", "pseudonym_service"),
    "keys": ("keys", "keys"),
    "organisation": ("admission", "organisation"),
    "cohort": ("cohorts", "cohort"),
    "client": ("clients", "client"),
    "account": ("accounts", "account"),
    "provider": ("providers", "provider"),
    "profile": ("profiles", "profile"),
    "rules": ("rules", "rules"),
    "simulate": ("simulate", "simulate"),
    "lead-rule": ("lead_rule", "lead_rule"),
    "audit": ("audit", "audit"),
    "mail": ("mail", "mail"),
    "doctor": ("doctor", "doctor"),
}


class _LazyGroup(DutchGroup):
    """Imports a command when it is asked for.

    The pseudonym service is installed without the index's libraries, so its
    command must not import theirs.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        try:
            command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
        except ModuleNotFoundError as error:
            if error.name and error.name.startswith(("verwijsindex", "match", "orgprofiles")):
                raise
            raise click.ClickException(
                f"'{cmd_name}' heeft {error.name} nodig, en dat is hier niet geïnstalleerd."
                " Installeer verwijsindex[server] (of verwijsindex[demo])."
            ) from None
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; say in Dutch that the database does not answer, without its address."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            # By name: the pseudonym service is installed without SQLAlchemy.
            if type(error).__name__ not in {"OperationalError", "ProgrammingError"}:
                raise
            raise click.ClickException(
                "De database antwoordt niet of is niet bij. Controleer VI_DATABASE_URL en of de"
                " server draait, en voer 'verwijsindex db upgrade' uit."
            ) from None


@click.command(cls=_LazyGroup, help="Beheer van de verwijsindex.")
@click.version_option(
    package_name="verwijsindex", message="verwijsindex %(version)s", help="Toon de versie."
)
def main() -> None:
    """Run the command line."""
