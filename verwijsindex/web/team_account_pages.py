"""The coordinator's pages of accounts: inviting, recovering, blocking, roles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Response, request

from verwijsindex.accounts.inviting import (
    NewAccount,
    accounts_of,
    block,
    change_roles,
    invite,
    is_of_the_index,
    read_account,
    recover,
    unblock,
)
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import OF_AN_ORGANISATION, Role
from verwijsindex.http.problems import InvalidParam, Problem
from verwijsindex.request_scope import services, session
from verwijsindex.use_cases.read_team import Colleague, read_colleague
from verwijsindex.web.guards import GuardedPages
from verwijsindex.web.team_area import (
    COORDINATOR,
    coordinator,
    go,
    in_order,
    show,
    to_show_again,
    typed,
)
from verwijsindex.web.visitors import visitor

team_accounts = GuardedPages("team_accounts", guard=COORDINATOR)

_LABELS = {"naam": "Naam", "email": "E-mail", "rollen": "Rollen", "sleutel": "Medewerker"}
#: In the order in which they are offered, with what they mean.
ROLE_HINTS = {
    Role.PROFESSIONAL: "Registreert, en ziet signalen en matches van de eigen afdeling.",
    Role.SUPPORT: "Registreert en importeert voor collega’s. Ziet geen matches.",
    Role.COORDINATOR: "Beheert medewerkers, accounts en bronsystemen, zoals u nu.",
}
STATUS_WORDS = {
    AccountStatus.INVITED: "uitgenodigd",
    AccountStatus.ACTIVE: "actief",
    AccountStatus.BLOCKED: "geblokkeerd",
}


_OF_THE_INDEX = (
    "Dit account heeft een rol voor de hele index. Alleen de beheerder van de verwijsindex"
    " verandert het."
)


@dataclass(frozen=True, slots=True)
class Question:
    """What a confirmation asks, and what then happens.

    Attributes:
        title: The question.
        consequences: What happens on yes; sentences.
        button: What yes says.
    """

    title: str
    consequences: Sequence[str]
    button: str


@team_accounts.get("/instelling/accounts")
def accounts() -> Response:
    found = accounts_of(session(), visitor().caller.organisation_id)
    return show("team_accounts.html", accounts=found, statuses=AccountStatus, words=STATUS_WORDS)


@team_accounts.get("/instelling/accounts/nieuw")
def invitation() -> Response:
    colleague = _invited_colleague(request.args.get("medewerker"))
    entered = {"naam": "", "email": ""}
    if colleague is not None:
        kept = colleague.professional
        entered = {"naam": kept.name, "email": kept.email}
    return _invitation_page(colleague, entered, {Role.PROFESSIONAL} if colleague else set())


@team_accounts.post("/instelling/accounts/nieuw")
def send_invitation() -> Response:
    colleague = _invited_colleague(request.form.get("medewerker"))
    entered, roles = typed("naam", "email"), _roles()
    try:
        invite(
            session(),
            services(),
            actor=visitor().caller.actor,
            organisation_id=visitor().caller.organisation_id,
            wanted=NewAccount(
                email=entered["email"],
                name=entered["naam"],
                roles=roles,
                professional_key=colleague.professional.key if colleague else None,
            ),
            may_give=OF_AN_ORGANISATION,
        )
    except Problem as refused:
        return _invitation_page(colleague, entered, roles, refused)
    return go("team_accounts.accounts", "uitgenodigd")


@team_accounts.get("/instelling/accounts/<uuid:account_id>")
def account(account_id: UUID) -> Response:
    found = _account(account_id)
    return _account_page(found, {Role(one) for one in found.roles})


@team_accounts.post("/instelling/accounts/<uuid:account_id>")
def change(account_id: UUID) -> Response:
    roles = _roles()
    try:
        change_roles(
            session(),
            services(),
            actor=visitor().caller.actor,
            organisation_id=visitor().caller.organisation_id,
            account_id=account_id,
            roles=roles,
            may_give=OF_AN_ORGANISATION,
        )
    except Problem as refused:
        if refused.status in {403, 404}:
            raise
        session().rollback()
        return _account_page(_account(account_id), roles, refused)
    return go("team_accounts.account", "rollen", account_id=account_id)


@team_accounts.get("/instelling/accounts/<uuid:account_id>/herstel")
def recovery(account_id: UUID) -> Response:
    found = _account(account_id)
    if found.status is AccountStatus.INVITED:
        asked = Question(
            f"Nieuwe uitnodiging sturen aan {found.name}?",
            [
                f"De mail gaat naar {found.email} en is zeven dagen geldig.",
                "De vorige uitnodiging werkt dan niet meer.",
            ],
            "Stuur de uitnodiging",
        )
    else:
        asked = Question(
            f"{found.name} opnieuw laten kiezen hoe in te loggen?",
            [
                "Doe dit als uw collega de telefoon kwijt is of het wachtwoord niet meer weet.",
                "Weet u zeker dat u uw collega zelf spreekt? Bel anders terug.",
                "Het wachtwoord, de codes en de passkeys werken daarna niet meer.",
                f"De mail met een link gaat naar {found.email} en is een dag geldig.",
            ],
            "Wis en stuur de mail",
        )
    return _confirmation(found, asked)


@team_accounts.post("/instelling/accounts/<uuid:account_id>/herstel")
def send_recovery(account_id: UUID) -> Response:
    return _do(recover, account_id, "opnieuw")


@team_accounts.get("/instelling/accounts/<uuid:account_id>/blokkeren")
def blocking(account_id: UUID) -> Response:
    found = _account(account_id)
    asked = Question(
        f"Account van {found.name} blokkeren?",
        [
            f"{found.name} wordt meteen uitgelogd en kan niet meer inloggen.",
            "Signalen en matches blijven zoals ze zijn.",
            "Gaat uw collega weg? Zet dan ook de medewerker op vertrokken.",
            "U kunt het account later weer toelaten.",
        ],
        "Blokkeer het account",
    )
    return _confirmation(found, asked)


@team_accounts.post("/instelling/accounts/<uuid:account_id>/blokkeren")
def block_account(account_id: UUID) -> Response:
    return _do(block, account_id, "geblokkeerd")


@team_accounts.get("/instelling/accounts/<uuid:account_id>/toelaten")
def unblocking(account_id: UUID) -> Response:
    found = _account(account_id)
    asked = Question(
        f"{found.name} weer toelaten?",
        [
            f"Er gaat een uitnodiging naar {found.email}. Ze is zeven dagen geldig.",
            "Uw collega kiest daarmee opnieuw hoe in te loggen. De rollen blijven zoals ze waren.",
        ],
        "Laat toe en stuur de mail",
    )
    return _confirmation(found, asked)


@team_accounts.post("/instelling/accounts/<uuid:account_id>/toelaten")
def unblock_account(account_id: UUID) -> Response:
    return _do(unblock, account_id, "toegelaten")


def _account(account_id: UUID) -> Account:
    return read_account(
        session(), organisation_id=visitor().caller.organisation_id, account_id=account_id
    )


def _do(deed: Callable[..., None], account_id: UUID, done: str) -> Response:
    caller = visitor().caller
    deed(
        session(),
        services(),
        actor=caller.actor,
        organisation_id=caller.organisation_id,
        account_id=account_id,
    )
    return go("team_accounts.account", done, account_id=account_id)


def _roles() -> set[Role]:
    return {role for role in Role if role.value in request.form.getlist("rollen")}


def _invited_colleague(text: str | None) -> Colleague | None:
    if not text:
        return None
    try:
        professional_id = UUID(text)
    except ValueError:
        raise Problem(404) from None
    return read_colleague(
        session(), services(), caller=coordinator(), professional_id=professional_id
    )


def _invitation_page(
    colleague: Colleague | None,
    entered: dict[str, str],
    roles: set[Role],
    refused: Problem | None = None,
) -> Response:
    offered = [one for one in ROLE_HINTS if colleague or one is not Role.PROFESSIONAL]
    return show(
        "team_invitation.html",
        status=refused.status if refused else 200,
        colleague=colleague,
        entered=to_show_again(entered) if refused else entered,
        offered=offered,
        hints=ROLE_HINTS,
        chosen=roles,
        faults=in_order(refused.invalid_params if refused else (), tuple(_LABELS)),
        labels=_LABELS,
    )


def _account_page(found: Account, roles: set[Role], refused: Problem | None = None) -> Response:
    wrong: Sequence[InvalidParam] = refused.invalid_params if refused else ()
    offered = [one for one in ROLE_HINTS if found.professional_id or one is not Role.PROFESSIONAL]
    return show(
        "team_account.html",
        status=refused.status if refused else 200,
        account=found,
        is_own=found.id == visitor().account_id,
        is_of_the_index=is_of_the_index(found),
        statuses=AccountStatus,
        words=STATUS_WORDS,
        offered=offered,
        hints=ROLE_HINTS,
        chosen=roles,
        faults=wrong,
        labels=_LABELS,
        refusal=refused.detail if refused and not wrong else None,
    )


def _confirmation(found: Account, asked: Question) -> Response:
    if is_of_the_index(found):
        raise Problem(403, _OF_THE_INDEX)
    return show("team_confirm_account.html", account=found, asked=asked)
