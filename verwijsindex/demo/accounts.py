"""Accounts of the demonstration: every professional, and one for each other role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from orgprofiles.base import new_id
from orgprofiles.organisations import Organisation, Professional, ProfessionalStatus
from verwijsindex.accounts.one_time_codes import new_secret
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import Role
from verwijsindex.services import Services
from verwijsindex.web.demo_logins import Login

#: The same for all: the demonstration is for whoever sits at this computer.
PASSWORD = "drie kleine schildpadden"  # noqa: S105


@dataclass(frozen=True, slots=True)
class _Leading:
    """Somebody who is shown first: by organisation, and key or name."""

    organisation: str
    who: str
    roles: tuple[Role, ...]
    story: str


_LEADING = (
    _Leading(
        "Sociale dienst",
        "svanderlinden",
        (Role.PROFESSIONAL,),
        "Zegt: “solliciteer, anders korten we uw uitkering.”",
    ),
    _Leading(
        "GGZ", "rschouten", (Role.PROFESSIONAL,), "Zegt tegen dezelfde persoon: “kom tot rust.”"
    ),
    _Leading("Sociaal wijkteam", "wbakker", (Role.PROFESSIONAL,), "Kent veel dezelfde cliënten."),
    _Leading(
        "Sociale dienst",
        "Hanneke Vos",
        (Role.SUPPORT,),
        "Registreert en importeert voor collega’s. Ziet geen matches.",
    ),
    _Leading(
        "Sociale dienst",
        "Bram Wolters",
        (Role.COORDINATOR,),
        "Nodigt collega’s uit, en ziet wat blijft liggen.",
    ),
    _Leading(
        "Centrum voor jeugd en gezin",
        "Saskia Mulder",
        (Role.MATCH_LEAD,),
        "Kan gevraagd worden om bij een match het overzicht te houden.",
    ),
    _Leading(
        "Sociaal wijkteam",
        "Peter Hoogland",
        (Role.ADMINISTRATOR,),
        "Ziet in heel de index wat blijft liggen; geen cliënten.",
    ),
    _Leading(
        "Sociaal wijkteam",
        "Naima Bouzid",
        (Role.RIGHTS_DESK,),
        "Beantwoordt verzoeken van cliënten; nog zonder eigen pagina’s.",
    ),
    _Leading(
        "Sociaal wijkteam",
        "Joost Verbeek",
        (Role.AUDITOR,),
        "Kijkt na wie wat heeft bekeken, met de opdracht verwijsindex audit.",
    ),
)


def make_accounts(services: Services) -> Sequence[Login]:
    """Make the accounts and return them: one for each role first, then the other professionals."""
    # Once for all: forty of them would keep a newcomer waiting.
    hashed = services.passwords.hash(PASSWORD)
    with services.sessions() as session:
        organisations = {one.name: one for one in session.scalars(select(Organisation))}
        professionals = session.scalars(
            select(Professional)
            .where(Professional.status == ProfessionalStatus.ACTIVE)
            .order_by(Professional.organisation_id, Professional.name)
        ).all()
        by_key = {(one.organisation_id, one.key): one for one in professionals}
        logins, taken = [], set()
        for leading in _LEADING:
            organisation = organisations[leading.organisation]
            professional = by_key.get((organisation.id, leading.who))
            account = _account(services, organisation, professional, leading.who, leading.roles)
            account.password_hash = hashed
            session.add(account)
            taken.add(account.professional_id)
            logins.append(Login(account.id, PASSWORD, leading.story))
        for one in professionals:
            if one.id in taken:
                continue
            organisation = session.get_one(Organisation, one.organisation_id)
            account = _account(services, organisation, one, one.name, (Role.PROFESSIONAL,))
            account.password_hash = hashed
            session.add(account)
            logins.append(Login(account.id, PASSWORD))
        session.commit()
    return logins


def _account(
    services: Services,
    organisation: Organisation,
    professional: Professional | None,
    name: str,
    roles: tuple[Role, ...],
) -> Account:
    secret = services.account_secrets.seal(new_secret().encode("ascii"))
    return Account(
        id=new_id(),
        organisation_id=organisation.id,
        professional_id=professional.id if professional else None,
        email=professional.email.lower() if professional else _address(organisation, name),
        name=professional.name if professional else name,
        roles=[role.value for role in roles],
        status=AccountStatus.ACTIVE,
        totp_sealed=secret,
        totp_step=0,
        created_at=services.clock(),
    )


def _address(organisation: Organisation, name: str) -> str:
    domain = organisation.name.lower().replace(" ", "-")
    return f"{name.lower().replace(' ', '.')}@{domain}.example"
