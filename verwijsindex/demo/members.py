"""The ten organisations: admitted by index and pseudonym service, each with system and profile."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from uuid import UUID

from verwijsindex.clients import Scope
from verwijsindex.demo.admissions import add_newcomers, finish_admission
from verwijsindex.demo.configuration import service_url
from verwijsindex.demo.folder import write_private
from verwijsindex.demo.profiles import forget_notices, publish_profile
from verwijsindex.pseudonym_service.administration import admit
from verwijsindex.pseudonym_service.store import Store
from verwijsindex.services import Services
from verwijsindex.use_cases.admit import NewClient, add_client, add_organisation
from verwijsindex.use_cases.organisation_file import OrganisationFacts, read_organisation_file

_SCOPES = (Scope.SIGNALS, Scope.MATCHES, Scope.PROFESSIONALS, Scope.PROFILES)


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation of the demonstration.

    Attributes:
        id: As index and service know it.
        slug: Name of its files.
        name: For people.
    """

    id: UUID
    slug: str
    name: str


def organisation_files() -> dict[str, OrganisationFacts]:
    """Return what the organisation files say, by slug, in alphabetical order."""
    folder = resources.files("verwijsindex.demo") / "organisaties"
    files = sorted(
        (one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name
    )
    return {
        one.name.removesuffix(".toml"): read_organisation_file(one.read_text(encoding="utf-8"))
        for one in files
    }


def admit_members(folder: Path, services: Services, store: Store) -> list[Member]:
    """Admit all ten, publish their profiles, and write what ``vi-client`` reads.

    That is ``clients/<slug>.toml`` for each. Two more are on their way in, and take no part.

    Args:
        folder: The demonstration's.
        services: Of the index.
        store: Of the pseudonym service: its own administrator admits too.
    """
    members = []
    for slug, facts in organisation_files().items():
        with services.sessions() as session:
            organisation = add_organisation(session, services, facts=facts)
            client = add_client(
                session,
                services,
                organisation_name=facts.name,
                name="Bronsysteem",
                scopes=_SCOPES,
                independent_units=[unit["name"] for unit in facts.units if unit.get("independent")],
            )
        admit(store, organisation_id=organisation.id, name=facts.name, now=services.clock())
        write_private(
            folder / "clients" / f"{slug}.toml",
            _client_file(facts.name, services.settings.base_url, client),
        )
        publish_profile(services, slug=slug, organisation_id=organisation.id, client_id=client.id)
        finish_admission(services, slug=slug, organisation_id=organisation.id, facts=facts)
        members.append(Member(organisation.id, slug, facts.name))
    forget_notices(services)
    add_newcomers(services)
    return members


def _client_file(name: str, base_url: str, client: NewClient) -> str:
    return (
        f"# Het bronsysteem van {name}, in de demonstratie.\n"
        f'url = "{base_url}"\n'
        f'service_url = "{service_url(base_url)}"\n'
        f'client_id = "{client.id}"\n'
        f'client_secret = "{client.secret}"\n'
    )
