"""Starting a command with the environment's configuration, or saying what is wrong with it."""

from __future__ import annotations

import os

import click

from verwijsindex.services import Services, make_services
from verwijsindex.settings import SettingsRefused, load_settings


def configured_services() -> Services:
    """Return the services, or end the command with every fault of the configuration.

    The connections are closed when the command ends.
    """
    try:
        services = make_services(load_settings(os.environ))
    except SettingsRefused as refused:
        faults = "\n".join(f"  - {fault}" for fault in refused.faults)
        raise click.ClickException(f"De configuratie klopt niet:\n{faults}") from None
    click.get_current_context().call_on_close(services.engine.dispose)
    return services
