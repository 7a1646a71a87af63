"""What the service's own administrator does: admit organisations and see what is used.

Not the index's administrator: that the two are different people is what keeps
an index that was broken into from admitting itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from verwijsindex.pseudonym_service.errors import AdministrationRefused
from verwijsindex.pseudonym_service.limits import (
    CANARY_ORGANISATION,
    DEFAULT_DAILY_LIMIT,
)
from verwijsindex.pseudonym_service.settings import store_path
from verwijsindex.pseudonym_service.store import Admission, Alarm, Store

LONGEST_NAME = 200
HIGHEST_DAILY_LIMIT = 10 * DEFAULT_DAILY_LIMIT  # the bound of the index's largest class
ALARMS_SHOWN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Usage:
    """One organisation that is served, and the elements that it used today."""

    admission: Admission
    used_today: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What the administrator looks at.

    Attributes:
        organisations: Who is served, by name.
        used_today: Elements over all organisations, also those dismissed today.
        alarms: Of the last thirty days, the latest first.
    """

    organisations: tuple[Usage, ...]
    used_today: int
    alarms: tuple[Alarm, ...]


def open_store(environment: Mapping[str, str]) -> Store:
    """Return the store that *environment* names; needs no keys.

    Raises:
        SettingsRefused: The variable is missing.
        StoreRefused: The file cannot be used.
    """
    return Store(store_path(environment))


def admit(
    store: Store,
    *,
    organisation_id: UUID,
    name: str,
    daily_limit: int = DEFAULT_DAILY_LIMIT,
    now: datetime,
) -> Admission:
    """Let the service serve an organisation, or change its name and limit.

    Args:
        store: The service's.
        organisation_id: As the index knows it.
        name: For the administrator's eyes only; 1…200 characters.
        daily_limit: Elements a day, 1…200,000. More than 20,000 only helps
            where the index has the organisation in class ``groot``.
        now: Aware.

    Raises:
        AdministrationRefused: Which of these is wrong, in Dutch.
    """
    name = name.strip()
    if organisation_id == CANARY_ORGANISATION:
        raise AdministrationRefused(
            "Dit id is van de kanarie van de index, niet van een organisatie."
        )
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise AdministrationRefused(
            f"De naam moet 1 tot en met {LONGEST_NAME} leesbare tekens lang zijn."
        )
    if not 1 <= daily_limit <= HIGHEST_DAILY_LIMIT:
        raise AdministrationRefused(
            f"De daglimiet moet een getal van 1 tot en met {HIGHEST_DAILY_LIMIT} zijn."
        )
    admission = Admission(organisation_id, name, daily_limit, now)
    store.admit(admission)
    return admission


def dismiss(store: Store, *, organisation_id: UUID) -> None:
    """Serve an organisation no more, from its next call on.

    Raises:
        AdministrationRefused: It was not served.
    """
    if not store.dismiss(organisation_id):
        raise AdministrationRefused("Deze organisatie was niet toegelaten.")


def overview(store: Store, *, now: datetime) -> Overview:
    """Return who is served, what is used today (UTC) and recent alarms."""
    return Overview(
        tuple(Usage(admission, used) for admission, used in store.admissions(now=now)),
        store.total_used(now=now),
        tuple(store.alarms(since=now - ALARMS_SHOWN)),
    )
