"""The coordinator's pages of accounts: inviting, recovering, blocking, roles."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from match.messages import OutboxMessage
from tests.people import Person, add_person
from tests.verwijsindex.web.organisation import Organisation, organisation
from tests.world import World, test_bsn
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import Role
from verwijsindex.audit import Action
from verwijsindex.mail.composing import compose

pytestmark = pytest.mark.any_database

LIST = "/instelling/accounts"
NEW = "/instelling/accounts/nieuw"
SUPPORT = {"naam": "Hanneke Vos", "email": "hvos@schuldhulp.example", "rollen": "ondersteuner"}


@pytest.fixture
def own(world: World) -> Organisation:
    return organisation(world)


def account_named(world: World, name: str) -> Account:
    with world.services.sessions() as session:
        return session.scalars(select(Account).where(Account.name == name)).one()


def status_of(person: Person) -> AccountStatus:
    with person.world.services.sessions() as session:
        return session.get_one(Account, person.account_id).status


def mails(world: World) -> list[str]:
    """Return to whom a mail is waiting."""
    with world.services.sessions() as session:
        ids = list(session.scalars(select(OutboxMessage.id)))
        letters = compose(session, world.services, ids).values()
        return [letter.recipient for letter in letters if letter is not None]


def path_of(account_id: UUID, rest: str = "") -> str:
    return f"{LIST}/{account_id}{rest}"


def test_a_support_worker_is_invited_by_mail(own: Organisation) -> None:
    answer = own.post(NEW, **SUPPORT)
    assert (answer.status_code, answer.location) == (303, f"{LIST}?gedaan=uitgenodigd")
    made = account_named(own.world, "Hanneke Vos")
    assert (made.roles, made.status) == (["ondersteuner"], AccountStatus.INVITED)
    assert made.organisation_id == own.member.id
    assert mails(own.world) == ["hvos@schuldhulp.example"]
    assert own.deeds(Action.ACCOUNT_INVITED) == [made.id]
    page = own.browser.get(answer.location).text
    assert "De uitnodiging is verstuurd." in page
    assert "Hanneke Vos" in page


def test_a_professional_is_invited_from_their_own_page(own: Organisation) -> None:
    professional = own.professional("m1")
    assert f"{NEW}?medewerker={professional.id}" in own.get(own.page_of("m1")).text
    form = own.get(NEW, medewerker=str(professional.id)).text
    assert f'value="{professional.email}"' in form
    answer = own.post(
        NEW,
        medewerker=str(professional.id),
        naam=professional.name,
        email=professional.email,
        rollen=["medewerker", "instellingscoordinator"],
    )
    assert answer.status_code == 303
    made = account_named(own.world, professional.name)
    assert made.professional_id == professional.id
    assert made.roles == ["instellingscoordinator", "medewerker"]
    again = own.post(
        NEW, medewerker=str(professional.id), naam="X", email="x@y.example", rollen="medewerker"
    )
    assert "Heeft al een account." in again.text


def test_all_faults_of_an_invitation_are_told_at_once(own: Organisation) -> None:
    answer = own.post(NEW, naam="", email="geen", rollen=[])
    assert answer.status_code == 400
    for name in ("naam", "email", "rollen"):
        assert f'<a href="#{name}">' in answer.text
        assert f' id="{name}"' in answer.text
    assert 'value="geen"' in answer.text
    assert mails(own.world) == []


@pytest.mark.parametrize(
    "role", [one.value for one in Role if one not in {Role.SUPPORT, Role.COORDINATOR}]
)
def test_the_indexs_own_roles_are_not_to_be_given(own: Organisation, role: str) -> None:
    assert own.post(NEW, **SUPPORT | {"rollen": role}).status_code == 400
    person = add_person(own.world, own.member.id, Role.SUPPORT)
    assert own.post(path_of(person.account_id), rollen=role).status_code == 400


def test_a_number_that_may_be_a_clients_is_refused_and_not_shown_again(own: Organisation) -> None:
    number = test_bsn(3)
    answer = own.post(NEW, **SUPPORT | {"naam": number, "email": f"{number}@schuldhulp.example"})
    assert answer.status_code == 400
    assert answer.text.count("ijkt een BSN te bevatten.") == 2
    assert number not in answer.text


def test_an_address_is_of_one_account_alone(own: Organisation) -> None:
    own.post(NEW, **SUPPORT)
    answer = own.post(NEW, **SUPPORT)
    assert answer.status_code == 400
    assert "al van een ander account" in answer.text


def test_an_invitation_is_sent_anew(own: Organisation) -> None:
    own.post(NEW, **SUPPORT)
    made = account_named(own.world, "Hanneke Vos")
    assert "Nieuwe uitnodiging sturen" in own.get(path_of(made.id, "/herstel")).text
    answer = own.post(path_of(made.id, "/herstel"))
    assert answer.location.endswith("gedaan=opnieuw")
    # The first link is good no longer, so one letter is left of two.
    assert mails(own.world) == ["hvos@schuldhulp.example"]
    assert own.deeds(Action.ACCOUNT_RECOVERED) == [made.id]


def test_recovering_takes_the_means_away_and_mails_a_link(own: Organisation) -> None:
    person = add_person(own.world, own.member.id, Role.SUPPORT)
    assert person.email in own.get(path_of(person.account_id, "/herstel")).text
    assert mails(own.world) == []
    assert own.post(path_of(person.account_id, "/herstel")).status_code == 303
    with own.world.services.sessions() as session:
        assert session.get_one(Account, person.account_id).password_hash is None
    assert mails(own.world) == [person.email]


def test_blocking_asks_first_and_ends_sessions_at_once(own: Organisation) -> None:
    person = add_person(own.world, own.member.id, Role.SUPPORT)
    browser = person.browser()
    assert "meteen uitgelogd" in own.get(path_of(person.account_id, "/blokkeren")).text
    assert status_of(person) is AccountStatus.ACTIVE
    answer = own.post(path_of(person.account_id, "/blokkeren"))
    assert answer.location.endswith("gedaan=geblokkeerd")
    assert status_of(person) is AccountStatus.BLOCKED
    assert browser.get("/").status_code == 303
    assert own.deeds(Action.ACCOUNT_BLOCKED) == [person.account_id]
    recovered = own.post(path_of(person.account_id, "/herstel"))
    assert recovered.status_code == 409
    assert "Hef eerst de blokkade op" in recovered.text


def test_who_was_blocked_is_let_in_again_with_a_mail(own: Organisation) -> None:
    person = add_person(own.world, own.member.id, Role.SUPPORT, status=AccountStatus.BLOCKED)
    assert "weer toelaten?" in own.get(path_of(person.account_id, "/toelaten")).text
    assert own.post(path_of(person.account_id, "/toelaten")).status_code == 303
    assert status_of(person) is AccountStatus.INVITED
    assert mails(own.world) == [person.email]


def test_nobody_blocks_themselves_or_gives_up_the_own_coordination(own: Organisation) -> None:
    me = own.coordinator.account_id
    assert "Dit is uw eigen account." in own.get(path_of(me)).text
    assert own.post(path_of(me, "/blokkeren")).status_code == 409
    answer = own.post(path_of(me), rollen="ondersteuner")
    assert answer.status_code == 409
    assert "niet afnemen" in answer.text
    assert own.get(LIST).status_code == 200


def test_roles_are_changed(own: Organisation) -> None:
    person = add_person(own.world, own.member.id, Role.SUPPORT)
    answer = own.post(path_of(person.account_id), rollen=["instellingscoordinator", "ondersteuner"])
    assert answer.location.endswith("gedaan=rollen")
    with own.world.services.sessions() as session:
        roles = session.get_one(Account, person.account_id).roles
    assert roles == ["instellingscoordinator", "ondersteuner"]
    assert own.deeds(Action.ACCOUNT_CHANGED) == [person.account_id]


def test_an_account_of_the_whole_index_is_shown_and_left_alone(own: Organisation) -> None:
    person = add_person(own.world, own.member.id, Role.SUPPORT, Role.AUDITOR)
    page = own.get(path_of(person.account_id))
    assert "rol voor de hele index" in page.text
    assert "<button" not in page.text.partition("<main")[2]
    for rest in ("", "/herstel", "/blokkeren", "/toelaten"):
        assert own.post(path_of(person.account_id, rest), rollen="ondersteuner").status_code == 403
    for rest in ("/herstel", "/blokkeren", "/toelaten"):
        answer = own.get(path_of(person.account_id, rest))
        assert answer.status_code == 403
        assert "rol voor de hele index" in answer.text
    assert status_of(person) is AccountStatus.ACTIVE


def test_who_is_no_contact_cannot_become_a_professional(own: Organisation) -> None:
    person = add_person(own.world, own.member.id, Role.SUPPORT)
    assert 'value="medewerker"' not in own.get(path_of(person.account_id)).text
    answer = own.post(path_of(person.account_id), rollen="medewerker")
    assert answer.status_code == 400
    assert "contact van signalen" in answer.text


def test_no_role_at_all_is_refused(own: Organisation) -> None:
    person = add_person(own.world, own.member.id, Role.SUPPORT)
    answer = own.post(path_of(person.account_id))
    assert answer.status_code == 400
    assert "Kies er minstens één." in answer.text


def test_another_organisations_accounts_are_not_there(world: World) -> None:
    own, other = organisation(world), organisation(world, "Woonhulp")
    person = add_person(world, other.member.id, Role.SUPPORT, name="Vreemde")
    assert "Vreemde" not in own.get(LIST).text
    for rest in ("", "/herstel", "/blokkeren", "/toelaten"):
        path = path_of(person.account_id, rest)
        assert own.get(path).status_code == 404
        assert own.post(path, rollen="ondersteuner").status_code == 404
    foreign = str(other.professional("m1").id)
    assert own.get(NEW, medewerker=foreign).status_code == 404
    assert own.post(NEW, **SUPPORT | {"medewerker": foreign}).status_code == 404
    assert own.get(NEW, medewerker="x").status_code == 404
    assert status_of(person) is AccountStatus.ACTIVE


def test_a_form_of_another_site_changes_nothing(own: Organisation) -> None:
    person = add_person(own.world, own.member.id, Role.SUPPORT)
    sent: list[tuple[str, dict[str, Any]]] = [(NEW, SUPPORT)]
    sent += [
        (path_of(person.account_id, rest), {"rollen": "instellingscoordinator"})
        for rest in ("", "/herstel", "/blokkeren", "/toelaten")
    ]
    for path, fields in sent:
        assert own.browser.post(path, data=fields).status_code == 403
    assert status_of(person) is AccountStatus.ACTIVE
    assert mails(own.world) == []
