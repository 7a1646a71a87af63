"""The file that describes an organisation: the documented example, and everything wrong with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from orgprofiles.domains import AgeGroup, Demand, Domain
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import SecureMailDomain, Unit
from tests.world import World
from verwijsindex.clients import Scope
from verwijsindex.use_cases import organisation_file
from verwijsindex.use_cases.admit import Refused, add_client, add_organisation
from verwijsindex.use_cases.organisation_file import FileRefused, read_organisation_file

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "organisatiebestand.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
DEMONSTRATION = sorted((ROOT / "verwijsindex" / "demo" / "organisaties").glob("*.toml"))


def faults(text: str) -> dict[str, str]:
    with pytest.raises(FileRefused) as refused:
        read_organisation_file(text)
    return {fault["name"]: fault["reason"] for fault in refused.value.faults}


def test_the_documents_example_is_loaded(world: World) -> None:
    with world.services.sessions() as session:
        made = add_organisation(session, world.services, facts=read_organisation_file(EXAMPLE))
        add_client(
            session,
            world.services,
            organisation_name=made.name,
            name="bronsysteem",
            scopes=[Scope.SIGNALS],
            independent_units=["Bureau beschermd wonen"],
        )
        assert made.reference_pattern == "SH-[0-9]{4,8}"
        assert session.scalars(select(SecureMailDomain.mail_domain)).all() == ["schuldhulp.example"]
        assert {u.domain for u in session.scalars(select(Unit))} == {Domain.DEBT, Domain.HOUSING}
        bases = session.scalars(select(LegalBasis)).all()
        assert {(b.domain, b.age_group, b.demands) for b in bases} == {
            (Domain.DEBT, AgeGroup.YOUNG_ADULT, Demand.NO_OBJECTION),
            (Domain.DEBT, AgeGroup.ADULT, Demand.NO_OBJECTION),
            (Domain.HOUSING, AgeGroup.ADULT, Demand.CONSENT),
        }


def test_the_document_names_every_field_and_word_of_the_form() -> None:
    schema = organisation_file._OrganisationIn()
    schemas = [
        schema,
        *(
            f.inner.schema
            for f in schema.fields.values()
            if hasattr(f, "inner") and hasattr(f.inner, "schema")
        ),
    ]
    assert len(schemas) == 4
    for one in schemas:
        for name, field in one.fields.items():
            assert f"`{field.data_key or name}`" in DOCUMENT.replace("[[", "").replace("]]", "")
    for words in (Domain, AgeGroup, Demand):
        for word in words:
            assert f"`{word.value}`" in DOCUMENT


@pytest.mark.parametrize("path", DEMONSTRATION, ids=lambda path: path.stem)
def test_the_demonstrations_files_are_loaded(path: Path) -> None:
    facts = read_organisation_file(path.read_text(encoding="utf-8"))
    assert facts.units
    domains = {unit["domain"] for unit in facts.units}
    assert {basis["domain"] for basis in facts.legal_bases} == domains


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ('naam = "Schuldhulp Voorbeeldstad"', 'naam = " "', "naam"),
        ('naam = "Schuldhulp Voorbeeldstad"', f'naam = "{"x" * 201}"', "naam"),
        ('naam = "Schuldhulp Voorbeeldstad"', 'naam = "a\\nb"', "naam"),
        ("gevoelig = false", 'gevoelig = "nee"', "gevoelig"),
        ("gevoelig = false", "", "gevoelig"),
        ('["schuldhulp.example"]', '["@schuldhulp.example"]', "mailBeveiligd[0]"),
        ('["schuldhulp.example"]', '["Schuldhulp.example"]', "mailBeveiligd[0]"),
        ('["schuldhulp.example"]', '"schuldhulp.example"', "mailBeveiligd"),
        ('["schuldhulp.example"]', '["a.example", "a.example"]', "mailBeveiligd"),
        ("SH-[0-9]{4,8}", "SH-[0-9", "kenmerkPatroon"),
        ("SH-[0-9]{4,8}", "([0-9]+-?)+", "kenmerkPatroon"),
        ('naam = "Schuldhulp Voorbeeldstad"', 'naam = "Team 2 999990019"', "naam"),
        ('domein = "wonen"\nzelf', 'domein = "huizen"\nzelf', "afdelingen[1].domein"),
        ("zelfstandig = true", "zelfstandig = 1", "afdelingen[1].zelfstandig"),
        ("wonen@schuldhulp.example", "wonen", "afdelingen[1].postbus"),
        ("010-555 01 50", "bel ons", "afdelingen[1].telefoon"),
        ('naam = "Bureau beschermd wonen"', 'naam = "Schuldhulp"', "afdelingen"),
        ('["16-22", "23+"]', "[]", "grondslagen[0].leeftijdsgroepen"),
        ('["16-22", "23+"]', '["23+", "23+"]', "grondslagen[0].leeftijdsgroepen"),
        ('["16-22", "23+"]', '["24+"]', "grondslagen[0].leeftijdsgroepen[0]"),
        ('eist = "instemming"', 'eist = "niets"', "grondslagen[1].eist"),
        ("geldigTot = 2028-12-31", 'geldigTot = "2028-12-31"', "grondslagen[1].geldigTot"),
        ("geldigTot = 2028-12-31", "geldigTot = 2028-12-31T00:00:00", "grondslagen[1].geldigTot"),
        ("geldigTot = 2028-12-31", "geldigTot = 2001-01-01", "grondslagen[1].geldigTot"),
        ("geldigTot = 2028-12-31", "onbekend = 1", "grondslagen[1]"),
        ('domein = "wonen"\nleef', 'domein = "schulden"\nleef', "grondslagen"),
        ('"jdevries"', '"j de vries"', "medewerkers[0].sleutel"),
        ('"jdevries"', '"123456782"', "medewerkers[0].sleutel"),
        ("010-555 01 50", "123-456-782", "afdelingen[1].telefoon"),
        ('afdeling = "Schuldhulp"', 'afdeling = "Elders"', "medewerkers[0].afdeling"),
        ("j.devries@schuldhulp.example", "j.devries", "medewerkers[0].email"),
    ],
)
def test_one_wrong_thing_is_named(old: str, new: str, name: str) -> None:
    assert EXAMPLE.count(old) == 1
    assert faults(EXAMPLE.replace(old, new)).keys() == {name}


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = 'gevoelig = "ja"\nx = 1\n[[afdelingen]]\nnaam = 1\n[[medewerkers]]\nsleutel = ""\n'
    assert set(faults(wrong)) == {
        "(verzoek)",
        "naam",
        "gevoelig",
        *(f"afdelingen[0].{name}" for name in ("naam", "domein", "postbus", "telefoon")),
        *(
            f"medewerkers[0].{name}"
            for name in ("sleutel", "naam", "functie", "afdeling", "email", "telefoon")
        ),
    }


def test_what_is_no_toml_is_refused() -> None:
    assert faults("naam = ")["(verzoek)"].startswith("is geen TOML")


def test_admitting_the_same_name_twice_is_refused_and_keeps_the_first(world: World) -> None:
    facts = read_organisation_file(EXAMPLE)
    with world.services.sessions() as session:
        add_organisation(session, world.services, facts=facts)
    with (
        world.services.sessions() as session,
        pytest.raises(Refused, match="Er is al een organisatie"),
    ):
        add_organisation(session, world.services, facts=facts)
    with world.services.sessions() as session:
        assert len(session.scalars(select(Unit)).all()) == 2
