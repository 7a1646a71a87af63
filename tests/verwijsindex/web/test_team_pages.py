"""The coordinator's pages of units and professionals."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from orgprofiles.organisations import ProfessionalStatus
from tests.people import add_person
from tests.verwijsindex.web.organisation import Organisation, hire, organisation, statements
from tests.world import World, test_bsn
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.accounts.roles import Role
from verwijsindex.audit import Action

pytestmark = pytest.mark.any_database

LIST = "/instelling/medewerkers"
NEW = "/instelling/medewerkers/nieuw"


@pytest.fixture
def own(world: World) -> Organisation:
    return organisation(world)


def somebody(of: Organisation, **changes: str) -> dict[str, str]:
    """Return the fields of a form that is filled in well."""
    return {
        "naam": "Ilse Koster",
        "functie": "schuldhulpverlener",
        "afdeling": str(of.member.units["Wonen"]),
        "email": "ikoster@schuldhulp.example",
        "telefoon": "06-11223344",
        "opgeleidDatum": "2026-10-01",
        "sleutel": "ikoster",
    } | changes


def test_the_overview_counts_what_is_missing_in_each_unit(own: Organisation) -> None:
    hire(own, 3)
    page = own.get("/instelling").text
    assert "5 medewerkers in 3 afdelingen" in page
    assert "<strong>3</strong> medewerkers zonder opleidingsdatum" in page
    assert "<strong>5</strong> medewerkers zonder account" in page
    assert "zelfstandig" in page


def test_the_overview_says_so_when_nothing_is_missing(own: Organisation) -> None:
    for key in ("m1", "m2"):
        add_person(own.world, own.member.id, key=key)
    assert "Alles is in orde" in own.get("/instelling").text


def test_the_list_shows_account_training_and_number_of_signals(own: Organisation) -> None:
    own.member.register(1)
    own.member.register(2)
    add_person(own.world, own.member.id, key="m1")
    page = own.get(LIST).text
    assert "M. Schuldhulp 1" in page
    assert "5 januari 2026" in page
    assert '<td class="number" data-label="Actieve signalen">2</td>' in page
    assert "D-1" not in page
    assert own.professional("m1").id in own.deeds(Action.PROFESSIONAL_READ)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"toon": "zonder_account"}, {"M. Schuldhulp 2", "Collega 000"}),
        ({"toon": "met_signalen"}, {"M. Schuldhulp 1"}),
        ({"toon": "zonder_opleiding"}, {"Collega 000"}),
        ({"toon": "vertrokken"}, set()),
        ({"naam": "COLLEGA"}, {"Collega 000"}),
        ({"naam": "niemand"}, set()),
        ({"toon": "verzonnen"}, {"M. Schuldhulp 1", "M. Schuldhulp 2", "Collega 000"}),
    ],
)
def test_a_search_finds_who_fits(own: Organisation, query: Any, shown: set[str]) -> None:
    hire(own, 1)
    own.member.register(1)
    add_person(own.world, own.member.id, key="m1")
    page = own.get(LIST, **query).text
    names = {"M. Schuldhulp 1", "M. Schuldhulp 2", "Collega 000"}
    assert {name for name in names if name in page} == shown


def test_a_search_by_unit_finds_who_works_there(own: Organisation) -> None:
    hire(own, 3)
    page = own.get(LIST, afdeling=str(own.member.units["Apart"])).text
    assert "Collega 002" in page
    assert "Collega 000" not in page


def test_a_number_is_no_name_and_is_not_shown_again(own: Organisation) -> None:
    page = own.get(LIST, naam=test_bsn(1)).text
    assert "zonder cijfers" in page
    assert test_bsn(1) not in page


def test_many_professionals_are_shown_by_fifty(own: Organisation) -> None:
    hire(own, 60)
    assert "62 medewerkers, pagina 1 van 2" in own.get(LIST).text
    assert "M. Schuldhulp 2" in own.get(LIST, pagina="2").text
    beyond = own.get(LIST, pagina="99")
    assert (beyond.status_code, beyond.location) == (303, "/instelling/medewerkers?pagina=2")
    for odd in ("0", "-1", "x", "9" * 30):
        assert own.get(LIST, pagina=odd).status_code in {200, 303}


def test_a_professional_is_added(own: Organisation) -> None:
    answer = own.post(NEW, **somebody(own))
    kept = own.professional("ikoster")
    assert answer.status_code == 303
    assert answer.location == f"{LIST}/{kept.id}?gedaan=toegevoegd"
    assert kept.unit_id == own.member.units["Wonen"]
    assert kept.trained_on == date(2026, 10, 1)
    assert own.deeds(Action.PROFESSIONAL_KEPT) == [kept.id]
    assert "De medewerker is toegevoegd." in own.browser.get(answer.location).text


def test_all_faults_are_told_at_once_and_nothing_is_lost(own: Organisation) -> None:
    fields = somebody(
        own, afdeling="", telefoon="x", email="geen", opgeleidDatum="2030-01-01", sleutel="a b"
    )
    answer = own.post(NEW, **fields)
    assert answer.status_code == 400
    for name in ("afdeling", "telefoon", "email", "opgeleidDatum", "sleutel"):
        assert f'<a href="#{name}">' in answer.text
        assert f'id="fout-{name}"' in answer.text
    assert "Er kloppen 5 dingen niet" in answer.text
    assert 'value="Ilse Koster"' in answer.text
    assert 'value="a b"' in answer.text


def test_a_key_that_is_taken_changes_nobody(own: Organisation) -> None:
    answer = own.post(NEW, **somebody(own, sleutel="m1"))
    assert answer.status_code == 400
    assert "van een andere medewerker" in answer.text
    assert own.professional("m1").name == "M. Schuldhulp 1"


def test_a_number_that_may_be_a_clients_is_refused_and_not_shown_again(own: Organisation) -> None:
    number = test_bsn(2)
    answer = own.post(NEW, **somebody(own, naam=f"Jan {number}", sleutel=number, functie=number))
    assert answer.status_code == 400
    assert "lijkt een BSN te bevatten" in answer.text
    assert number not in answer.text


def test_a_professional_is_changed_and_keeps_key_and_status(own: Organisation) -> None:
    answer = own.post(own.page_of("m1"), **somebody(own, sleutel="ander"))
    assert answer.status_code == 303
    kept = own.professional("m1")
    assert (kept.name, kept.phone) == ("Ilse Koster", "06-11223344")
    assert own.deeds(Action.PROFESSIONAL_KEPT) == [kept.id]


def test_a_day_of_training_does_not_go_away_unnoticed(own: Organisation) -> None:
    answer = own.post(own.page_of("m1"), **somebody(own, opgeleidDatum=""))
    assert answer.status_code == 400
    assert "kan niet meer weg" in answer.text
    assert own.professional("m1").trained_on == date(2026, 1, 5)


def test_moving_to_an_independent_unit_with_signals_says_what_to_do(own: Organisation) -> None:
    own.member.register(1)
    apart = str(own.member.units["Apart"])
    answer = own.post(own.page_of("m1"), **somebody(own, afdeling=apart))
    assert answer.status_code == 409
    assert "nog contact van 1 actief signaal" in answer.text
    assert 'value="Ilse Koster"' in answer.text


def test_who_leaves_is_inactive_and_shut_out_at_once(own: Organisation) -> None:
    person = add_person(own.world, own.member.id, key="m1")
    browser = person.browser()
    assert "meteen geblokkeerd" in own.get(own.page_of("m1", "/vertrek")).text
    assert own.professional("m1").status is ProfessionalStatus.ACTIVE
    answer = own.post(own.page_of("m1", "/vertrek"))
    assert answer.location.endswith("gedaan=vertrokken")
    assert own.professional("m1").status is ProfessionalStatus.INACTIVE
    assert own.professional("m1").trained_on == date(2026, 1, 5)
    assert browser.get("/").status_code == 303
    assert own.deeds(Action.ACCOUNT_BLOCKED) == [person.account_id]
    assert "M. Schuldhulp 1" not in own.get(LIST).text
    own.post(own.page_of("m1", "/terug"))
    assert own.professional("m1").status is ProfessionalStatus.ACTIVE


def test_who_has_signals_cannot_leave_without_somebody_who_takes_them(own: Organisation) -> None:
    add_person(own.world, own.member.id, key="m1")
    own.member.register(1)
    own.member.register(2)
    page = own.get(own.page_of("m1", "/vertrek")).text
    assert "nog contact van 2 actieve signalen" in page
    answer = own.post(own.page_of("m1", "/vertrek"))
    assert answer.status_code == 400
    assert "nog contact van 2 actieve signalen" in answer.text
    assert "Kies wie de signalen overneemt." in answer.text
    assert own.professional("m1").status is ProfessionalStatus.ACTIVE
    assert own.deeds(Action.ACCOUNT_BLOCKED) == []


def test_a_coordinator_who_leaves_as_professional_is_not_shut_out(world: World) -> None:
    own = organisation(world)
    both = add_person(world, own.member.id, Role.COORDINATOR, Role.PROFESSIONAL, key="m2")
    self = Organisation(own.member, both, both.browser())
    assert self.post(self.page_of("m2", "/vertrek")).status_code == 303
    assert self.get("/instelling").status_code == 200
    with world.services.sessions() as session:
        assert session.get_one(Account, both.account_id).status is AccountStatus.ACTIVE


def test_who_leaves_with_a_role_for_the_whole_index_is_not_shut_out(own: Organisation) -> None:
    person = add_person(own.world, own.member.id, Role.PROFESSIONAL, Role.AUDITOR, key="m1")
    assert "Vraag de beheerder" in own.get(own.page_of("m1", "/vertrek")).text
    answer = own.post(own.page_of("m1", "/vertrek"))
    assert answer.location.endswith("gedaan=inactief")
    assert own.professional("m1").status is ProfessionalStatus.INACTIVE
    assert person.browser().get("/").status_code == 200


def test_who_left_sees_the_signals_of_the_unit_no_longer(own: Organisation) -> None:
    from verwijsindex.accounts.sessions import find_session

    token = add_person(own.world, own.member.id, key="m1").begin()
    services = own.world.services

    def units() -> Any:
        with services.sessions() as session:
            found = find_session(session, token, now=own.world.clock())
            assert found is not None
            return found.caller.unit_ids

    assert units() == {own.member.units["Team"]}
    body = somebody(own, naam="M. Een", afdeling=str(own.member.units["Team"]))
    del body["sleutel"]
    put = own.member.put("/api/v1/medewerkers/m1", body | {"status": "inactief"})
    assert put.status_code == 200, put.text
    assert units() == frozenset()


@pytest.mark.parametrize("rest", ["", "/vertrek"])
def test_another_organisations_professional_is_not_there(world: World, rest: str) -> None:
    own, other = organisation(world), organisation(world, "Woonhulp")
    path = other.page_of("m1", rest)
    assert own.get(path).status_code == 404
    assert own.post(path, **somebody(own)).status_code == 404
    assert own.post(other.page_of("m1", "/terug")).status_code == 404
    assert "Woonhulp" not in own.get(LIST).text
    assert other.professional("m1").name == "M. Woonhulp 1"


def test_another_organisations_unit_is_no_choice(world: World) -> None:
    own, other = organisation(world), organisation(world, "Woonhulp")
    foreign = str(other.member.units["Team"])
    assert own.post(NEW, **somebody(own, afdeling=foreign)).status_code == 400
    assert "2 medewerkers" in own.get(LIST, afdeling=foreign).text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COORDINATOR])
def test_other_roles_are_refused(own: Organisation, role: Role) -> None:
    key = "m2" if role is Role.PROFESSIONAL else None
    browser = add_person(own.world, own.member.id, role, key=key).browser()
    for path in ("/instelling", LIST, NEW, "/instelling/accounts", "/instelling/bronsystemen"):
        assert browser.get(path).status_code == 403
    assert "Organisatie</a>" not in browser.get("/").text


def test_the_menu_leads_a_coordinator_there(own: Organisation) -> None:
    assert '<a href="/instelling">Organisatie</a>' in own.get("/").text


def test_the_menu_says_where_one_is_also_on_the_pages_behind_it(own: Organisation) -> None:
    here = 'href="/instelling" aria-current='
    assert f'{here}"page"' in own.get("/instelling").text
    for path in (LIST, NEW, "/instelling/accounts/nieuw", "/instelling/bronsystemen"):
        assert f'{here}"true"' in own.get(path).text
    assert here not in own.get("/").text


@pytest.mark.parametrize("path", ["/instelling", LIST, "/instelling/accounts"])
def test_the_number_of_statements_does_not_grow(own: Organisation, path: str) -> None:
    own.get(path)
    with statements(own.world) as few:
        own.get(path)
    for key in ("m1", "m2"):
        add_person(own.world, own.member.id, key=key)
    hire(own, 40)
    with statements(own.world) as many:
        own.get(path)
    assert len(many) == len(few)
    assert len(many) <= 12


def test_a_form_of_another_site_changes_nothing(own: Organisation) -> None:
    for path in (
        NEW,
        own.page_of("m1"),
        own.page_of("m1", "/vertrek"),
        own.page_of("m1", "/terug"),
    ):
        assert own.browser.post(path, data=somebody(own)).status_code == 403
    assert own.deeds(Action.PROFESSIONAL_KEPT) == []
