"""The client of the index, as a library and as the command ``vi-client``.

It blinds here: no BSN or birth date leaves this machine, in whatever form. It
needs :mod:`crypto` and HTTP, and nothing of the servers::

    from datetime import date
    from pathlib import Path

    from verwijsindex.client import (
        IndexConnection, Informing, Person, SignalDetails, Way, import_file, read_settings
    )

    settings = read_settings(Path("vi-client.toml"), {})
    with IndexConnection(settings) as connection:
        (unit,) = connection.own_units()
        person = Person.with_bsn(bsn="123456782", birth_date="1980-01-31", today=date.today())
        informed = Informing(Way.CONVERSATION, on=date.today())
        details = SignalDetails(unit.id, informed, professional_key="jvries", reference="D-2291")
        print(connection.register(person, details).reference)

        result = import_file(connection, Path("clienten.xlsx"), dry_run=True)
        print(result.created, result.refused)

Every method may raise :class:`ClientError`; its message is Dutch, for people.
``Person.with_bsn`` raises :class:`crypto.errors.PersonRefused` with all faults.
"""

from verwijsindex.client.answers import (
    Counterpart,
    MatchSummary,
    OwnUnit,
    Registered,
    RowAnswer,
    RowStatus,
)
from verwijsindex.client.blinding import AgeGroup, BlindedPerson, Person, age_group, blind_person
from verwijsindex.client.client_file import read_client_file
from verwijsindex.client.connection import IndexConnection
from verwijsindex.client.error_file import write_error_file
from verwijsindex.client.errors import (
    AccessRefused,
    Busy,
    ClientError,
    ConnectionTrouble,
    FileRefused,
    RequestRefused,
    SettingsRefused,
    UnexpectedAnswer,
    Unreachable,
)
from verwijsindex.client.importing import ImportResult, RowFault, import_file
from verwijsindex.client.settings import ClientKey, ClientSecret, ClientSettings, read_settings
from verwijsindex.client.signals import (
    Deferral,
    DeferralReason,
    Informed,
    InformedBy,
    Informing,
    Reaction,
    SignalDetails,
    Way,
    signal_body,
)

__all__ = [
    "AccessRefused",
    "AgeGroup",
    "BlindedPerson",
    "Busy",
    "ClientError",
    "ClientKey",
    "ClientSecret",
    "ClientSettings",
    "ConnectionTrouble",
    "Counterpart",
    "Deferral",
    "DeferralReason",
    "FileRefused",
    "ImportResult",
    "IndexConnection",
    "Informed",
    "InformedBy",
    "Informing",
    "MatchSummary",
    "OwnUnit",
    "Person",
    "Reaction",
    "Registered",
    "RequestRefused",
    "RowAnswer",
    "RowFault",
    "RowStatus",
    "SettingsRefused",
    "SignalDetails",
    "UnexpectedAnswer",
    "Unreachable",
    "Way",
    "age_group",
    "blind_person",
    "import_file",
    "read_client_file",
    "read_settings",
    "signal_body",
    "write_error_file",
]
