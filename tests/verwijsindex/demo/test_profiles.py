"""The ten profiles: complete, like the organisation files, and with every fact in a field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from match.messages import OutboxMessage
from orgprofiles.domains import LifeDomain, Phase
from orgprofiles.organisations import Organisation, SecureMailDomain, Unit
from orgprofiles.profile import Profile
from orgprofiles.profile_checks import completeness_faults, part_faults
from orgprofiles.profile_words import RouteKind
from orgprofiles.publishing import bsn_basis_text
from orgprofiles.vcard import vcard
from tests.world import ALL_SCOPES, Member, World
from verwijsindex.demo.members import organisation_files
from verwijsindex.demo.profiles import (
    forget_notices,
    profile_files,
    publish_profile,
    reviewed_later,
    with_unit_ids,
)
from verwijsindex.use_cases.admit import add_client, add_organisation
from verwijsindex.use_cases.keep_profile import profile_of

pytestmark = pytest.mark.any_database

FILES = profile_files()
PROFILES = {slug: profile_of(content) for slug, content in FILES.items()}
ORGANISATIONS = organisation_files()
REAL_LIFE = ("sociale-dienst", "sociaal-raadslieden", "sociaal-wijkteam", "juridisch-loket")
DISTRICTS = ["Centrum", "Haven", "Noord", "Oost", "West", "Zuid"]
UNIT_COLUMNS = ("name", "domain", "takes_part", "independent", "mailbox", "phone", "id")
EACH = pytest.mark.parametrize("slug", FILES)


def admitted(world: World, slug: str) -> Member:
    """Admit an organisation of the demonstration to *world*."""
    facts = ORGANISATIONS[slug]
    with world.services.sessions() as session:
        organisation = add_organisation(session, world.services, facts=facts)
        client = add_client(
            session,
            world.services,
            organisation_name=facts.name,
            name="bronsysteem",
            scopes=ALL_SCOPES,
            independent_units=(),
        )
        units = {
            one.name: one.id
            for one in session.scalars(select(Unit).where(Unit.organisation_id == organisation.id))
        }
        member = Member(world, organisation.id, facts.name, units, client)
    member.token = world.token(client)
    return member


def at(content: Any, path: str) -> Any:
    """Return what stands at *path* in a profile as the API has it.

    ``routes.urgent`` is the first route of that kind; ``*`` is each of a list.
    """
    for position, name in enumerate(names := path.split(".")):
        if name == "*":
            rest = ".".join(names[position + 1 :])
            return [at(one, rest) if rest else one for one in content]
        if isinstance(content, list):
            content = (
                content[int(name)]
                if name.isdigit()
                else next(one for one in content if name in (one.get("soort"), one.get("sleutel")))
            )
        else:
            content = content[name]
    return content


def facts_of(slug: str, facts: Mapping[str, Any]) -> list[Any]:
    return [pytest.param(slug, path, value, id=f"{slug} {path}") for path, value in facts.items()]


def week(*slots: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [{"van": opens, "tot": closes, "dagen": days.split()} for days, opens, closes in slots]


SOCIALE_DIENST = {
    "afdelingen.*.domein": ["werk_en_inkomen", "schulden", "maatschappelijke_ondersteuning"],
    "afdelingen.2.zelfstandig": True,
    # By application form only; nobody applies by telephone.
    "routes.warm.kanalen.*.middel": ["formulier"],
    "routes.telefonisch.aanmeldenKan": False,
    # The intake worker on duty takes it into the caseload.
    "routes.warm.opgepaktDoor": "dienstdoende_intaker",
    # Urgent only when an announced eviction is attached or its date given; then with priority.
    "routes.urgent.spoedBlijktUit": [
        {"wat": "aangekondigde_ontruiming", "toonMet": ["bijlage", "datum"]}
    ],
    "routes.urgent.spoedAanpak": "met_voorrang",
    # The client signs an authorisation at the first conversation.
    "toestemming.wijzen": ["handtekening"],
    "toestemming.momenten": ["eerste_gesprek"],
    "toestemming.vastgelegdIn": "machtiging",
    # It keeps the thread itself, and may ask the partner to reach out.
    "nietVerschenen.neemtContactOp": "wijzelf",
    "nietVerschenen.vraagtPartner": True,
    "nietVerschenen.vraagtPartnerOm": "client_opzoeken",
}
RAADSLIEDEN = {
    "afdelingen.*.domein": ["juridisch", "schulden"],
    # One shared mailbox, watched by all, above all by whoever has no consultation.
    "routes.warm.kanalen.*.email": ["raadslieden@sociaal-raadslieden.example"],
    "afdelingen.*.postbus": ["raadslieden@sociaal-raadslieden.example"] * 2,
    "routes.warm.kanalen.0.beantwoordtDoor": "iedereen",
    "routes.warm.kanalen.0.vooralDoor": "wie_geen_spreekuur_heeft",
    # The telephone is often a call-back.
    "routes.telefonisch.terugbellenBinnen": {"aantal": 1, "eenheid": "werkdag"},
    "routes.telefonisch.terugbellenHoeVaak": "vaak",
    # Urgent rarely; then mail or telephone, with the deadline in it.
    "routes.urgent.komtVoor": "zelden",
    "routes.urgent.kanalen.*.middel": ["postbus", "telefoon"],
    "routes.urgent.spoedBlijktUit": [{"wat": "termijn_of_zitting", "toonMet": ["datum"]}],
    # It asks consent in the conversation, and registers it.
    "toestemming.wijzen": ["mondeling"],
    "toestemming.momenten": ["eerste_gesprek"],
    "toestemming.vastgelegdIn": "registratiesysteem",
    # On a no-show it asks the partner to try again.
    "nietVerschenen.neemtContactOp": "verwijzer",
    "nietVerschenen.vraagtPartnerOm": "opnieuw_proberen",
}
WIJKTEAM = {
    "afdelingen.*.domein": ["welzijn", "zorg", "jeugd"],
    # An application form to the mailbox of the client's district, of which there are six.
    "routes.warm.kanalen.*.middel": ["formulier"] * 6,
    "routes.warm.kanalen.*.wijken": [[one] for one in DISTRICTS],
    "routes.warm.kanalen.*.email": [f"{one.lower()}@sociaal-wijkteam.example" for one in DISTRICTS],
    # Telephone staff share no content.
    "routes.telefonisch.kanalen.*.beantwoordtDoor": ["receptie"],
    "routes.telefonisch.deeltNiet": ["inhoud"],
    # Urgent: ring the service desk and say so; they ring the district's contact.
    "routes.urgent.kanalen.*.naam": ["Servicebalie"],
    "routes.urgent.kanalen.*.middel": ["telefoon"],
    "routes.urgent.kanalen.*.beltDoorNaar": ["contactpersoon_wijk"],
    "routes.urgent.spoedBlijktUit.*.toonMet": [["mondeling"]] * 4,
    # First conversation within two weeks, clarified within eight.
    "reactietijden.regulier": {"aantal": 2, "eenheid": "week"},
    "reactietijden.vraagHelder": {"aantal": 8, "eenheid": "week"},
    # From the unborn to beyond a hundred.
    "identiteit.doelgroep": {"vanafMaanden": -9, "totEnMetJaar": None},
}
JURIDISCH_LOKET = {
    "afdelingen.*.domein": ["juridisch"],
    # Mail preferred, and everybody can pick it up.
    "routes.warm.kanalen.0.middel": "postbus",
    "routes.warm.kanalen.0.beantwoordtDoor": "iedereen",
    "routes.warm.opgepaktDoor": "iedereen",
    # A telephone line for partners, at fixed hours.
    "routes.telefonisch.kanalen.0.alleenPartners": True,
    "routes.telefonisch.kanalen.0.tijden.week": week(
        ("ma di", "16:00", "17:00"), ("do", "11:00", "12:00")
    ),
    # Urgent: direct numbers, and mail as well.
    "routes.urgent.kanalen.*.telefoon": ["010-555 04 51", "010-555 04 52", None],
    "routes.urgent.kanalen.0.beantwoordtDoor": "vaste_contactpersoon",
    "routes.urgent.ookMailen": True,
    "routes.urgent.kanalen.2.middel": "postbus",
    # As little identifying data as possible by mail, and the address verified first.
    "toestemming.perMail": "zo_min_mogelijk",
    "toestemming.controleertAdres": True,
    # Four ways of referring, by degree of self-reliance.
    "doorverwijzen": [
        {"zelfredzaamheid": "zelfredzaam", "wijzen": ["organisatie_noemen"]},
        {"zelfredzaamheid": "grotendeels", "wijzen": ["gegevens_meegeven"]},
        {"zelfredzaamheid": "beperkt", "wijzen": ["aankondigen"]},
        {"zelfredzaamheid": "niet", "wijzen": ["samen_bellen"]},
    ],
}


@pytest.fixture(scope="module")
def nothing_said() -> dict[str, Any]:
    """Return the profiles without any explanation: a fact must not need one."""

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: without(one) for name, one in value.items() if name != "toelichting"}
        return [without(one) for one in value] if isinstance(value, list) else value

    return {slug: without(content) for slug, content in FILES.items()}


@pytest.mark.parametrize(
    ("slug", "path", "value"),
    [
        *facts_of("sociale-dienst", SOCIALE_DIENST),
        *facts_of("sociaal-raadslieden", RAADSLIEDEN),
        *facts_of("sociaal-wijkteam", WIJKTEAM),
        *facts_of("juridisch-loket", JURIDISCH_LOKET),
    ],
)
def test_a_fact_of_the_field_stands_in_a_field_of_its_own(
    slug: str, path: str, value: Any, nothing_said: dict[str, Any]
) -> None:
    assert at(nothing_said[slug], path) == value


def test_the_centre_for_services_signals_every_client_and_asks_nothing() -> None:
    signalling = FILES["centrum-voor-dienstverlening"]["signaleren"]
    assert (signalling["wie"], signalling["vragen"]) == ("alle_clienten", [])


def test_the_centre_for_youth_and_family_does_not_signal_a_question_for_advice() -> None:
    questions = FILES["centrum-voor-jeugd-en-gezin"]["signaleren"]["vragen"]
    assert {"vraag": "Is het alleen een vraag om advies?", "signaalBij": "nee"} in questions


@pytest.mark.parametrize("slug", REAL_LIFE)
def test_a_profile_entered_through_the_api_comes_back_identical(slug: str, world: World) -> None:
    member = admitted(world, slug)
    content = with_unit_ids(FILES[slug], member.units)
    assert member.publish(content).status_code == 200
    answer = member.get(f"/api/v1/organisatieprofielen/{member.id}")
    assert answer.json["inhoud"] == content


@EACH
def test_a_profile_is_complete_and_without_faults(slug: str) -> None:
    profile = PROFILES[slug]
    assert completeness_faults(profile, date(2026, 11, 23)) == []
    assert part_faults({name: getattr(profile, name) for name in profile.__slots__}) == []


@EACH
def test_a_profile_says_what_the_organisation_file_says(slug: str) -> None:
    facts, profile = ORGANISATIONS[slug], PROFILES[slug]
    identity = profile.identity
    assert (identity.name, identity.sensitive) == (facts.name, facts.sensitive)
    assert bsn_basis_text(identity.bsn_basis) == facts.bsn_basis
    assert identity.reference_pattern == facts.reference_pattern
    assert list(identity.secure_mail_domains) == list(facts.secure_mail_domains)
    declared = UNIT_COLUMNS[:-1]
    assert [{name: getattr(one, name) for name in declared} for one in profile.units] == facts.units
    assert [
        {
            "domain": one.domain,
            "age_group": group,
            "demands": one.demands,
            "may_defer": one.may_defer,
            "reference": one.reference,
            "valid_from": one.valid_from,
            "valid_until": one.valid_until,
        }
        for one in profile.legal_bases
        for group in one.age_groups
    ] == facts.legal_bases


@EACH
def test_no_address_or_number_of_a_profile_works(slug: str) -> None:
    for text in texts(FILES[slug]):
        if "@" in text or text.startswith("https://"):
            host = re.split(r"@|https://", text)[-1].split("/")[0]
            assert host.endswith(".example"), text
        elif re.fullmatch(r"\+?[0-9][0-9 ()-]{6,}", text):
            is_number = re.fullmatch(r"010-555 \d\d \d\d|\d{4}-\d\d-\d\d|0{5}[\d]+", text)
            assert is_number, text


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def test_an_address_card_has_domains_as_people_write_them() -> None:
    lines = vcard(PROFILES["sociale-dienst"]).replace("\r\n ", "").split("\r\n")
    assert "CATEGORIES:maatschappelijke ondersteuning,schulden,werk en inkomen" in lines
    assert "CATEGORIES:GGZ,verslaving" in vcard(PROFILES["ggz"])


def test_there_is_a_profile_for_each_organisation() -> None:
    assert FILES.keys() == ORGANISATIONS.keys()


def test_three_can_be_reached_round_the_clock_when_it_is_urgent() -> None:
    def never_closes(profile: Profile) -> bool:
        hours = [
            channel.hours or profile.contact.hours
            for route in profile.routes_of(RouteKind.URGENT)
            for channel in route.channels
        ]
        return any(
            not one.closed_on_holidays
            and {(day, slot.opens, slot.closes) for slot in one.week for day in slot.days}
            >= {(day, "00:00", "24:00") for day in ("ma", "di", "wo", "do", "vr", "za", "zo")}
            for one in hours
        )

    assert {slug for slug, one in PROFILES.items() if never_closes(one)} == {
        "veilig-thuis",
        "politie",
        "ggz",
    }


def test_together_they_leave_gaps_and_overlap() -> None:
    served: dict[tuple[LifeDomain, Phase], set[str]] = {}
    adult = 40 * 12
    for slug, profile in PROFILES.items():
        for product in profile.products:
            if profile.target_group_of(product).includes(adult):
                for life_domain in product.life_domains:
                    for phase in product.phases:
                        served.setdefault((life_domain, phase), set()).add(slug)
    # For a person of forty nobody prevents illness or violence, or looks after safety later.
    assert (LifeDomain.HEALTH, Phase.PREVENTION) not in served
    assert (LifeDomain.SAFETY, Phase.PREVENTION) not in served
    assert (LifeDomain.SAFETY, Phase.AFTERCARE) not in served
    assert served[LifeDomain.FINANCES, Phase.HELP] >= {
        "sociale-dienst",
        "sociaal-raadslieden",
        "juridisch-loket",
        "centrum-voor-dienstverlening",
    }


@EACH
@pytest.mark.parametrize("today", [date(2026, 11, 23), date(2027, 12, 31), date(2031, 1, 1)])
def test_whenever_the_demonstration_starts_no_profile_is_due_for_review(
    today: date, slug: str
) -> None:
    later = reviewed_later(FILES[slug], today)
    assert today < date.fromisoformat(later["herzienDatum"])
    assert not any(
        one["herzienDatum"] and date.fromisoformat(one["herzienDatum"]) <= today
        for one in later["grondslagen"]
    )
    same_days = [
        one | {"herzienDatum": was["herzienDatum"]}
        for one, was in zip(later["grondslagen"], FILES[slug]["grondslagen"], strict=True)
    ]
    untouched = {"herzienDatum": FILES[slug]["herzienDatum"], "grondslagen": same_days}
    assert later | untouched == FILES[slug]


def test_the_story_is_in_the_products() -> None:
    told = {slug: {one.key for one in PROFILES[slug].products} for slug in PROFILES}
    assert "rust-en-herstel" in told["ggz"]
    assert "naar-werk" in told["sociale-dienst"]


def test_publishing_all_changes_nothing_of_who_matches_and_mails_nobody(world: World) -> None:
    before: dict[UUID, Any] = {}
    members = {slug: admitted(world, slug) for slug in FILES}

    def rows() -> dict[UUID, Any]:
        with world.services.sessions() as session:
            return {
                one.id: (
                    (one.name, one.sensitive, one.bsn_basis, one.reference_pattern),
                    sorted(
                        [getattr(unit, name) for name in UNIT_COLUMNS]
                        for unit in session.scalars(
                            select(Unit).where(Unit.organisation_id == one.id)
                        )
                    ),
                    sorted(
                        session.scalars(
                            select(SecureMailDomain.mail_domain).where(
                                SecureMailDomain.organisation_id == one.id
                            )
                        )
                    ),
                )
                for one in session.scalars(select(Organisation))
            }

    before = rows()
    for slug, member in members.items():
        publish_profile(
            world.services, slug=slug, organisation_id=member.id, client_id=member.client.id
        )
    forget_notices(world.services)
    assert rows() == before
    with world.services.sessions() as session:
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
    found = next(iter(members.values())).get("/api/v1/organisatieprofielen")
    assert found.json["totaal"] == 10
    waiting = members["ggz"].get(f"/api/v1/organisatieprofielen/{members['ggz'].id}").json
    assert {"product": "behandeling", "weken": 19} in [
        {name: one[name] for name in ("product", "weken")} for one in waiting["wachttijden"]
    ]
