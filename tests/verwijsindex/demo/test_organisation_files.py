"""The ten organisations: complete, and plainly made up."""

from __future__ import annotations

import re

import pytest

from verwijsindex.demo.members import organisation_files
from verwijsindex.use_cases.organisation_file import OrganisationFacts

FILES = organisation_files()
EACH = pytest.mark.parametrize("facts", FILES.values(), ids=FILES.keys())


def test_there_are_ten_with_names_of_their_own() -> None:
    assert len(FILES) == 10
    assert len({facts.name for facts in FILES.values()}) == 10


def test_three_are_sensitive() -> None:
    sensitive = {facts.name for facts in FILES.values() if facts.sensitive}
    assert sensitive == {"Veilig Thuis", "Politie", "GGZ"}


def test_some_may_not_use_the_bsn_and_some_have_no_secure_mail() -> None:
    without_bsn = {facts.name for facts in FILES.values() if facts.bsn_basis is None}
    assert without_bsn == {"Juridisch loket", "Ouderenadviseurs"}
    insecure = {facts.name for facts in FILES.values() if not facts.secure_mail_domains}
    assert insecure == {"Sociaal wijkteam", "Ouderenadviseurs"}


def test_the_sociale_dienst_has_two_independent_units() -> None:
    units = FILES["sociale-dienst"].units
    assert {unit["name"] for unit in units if unit["independent"]} == {"Schuldhulp", "Wmo-loket"}


@EACH
def test_no_address_or_number_works(facts: OrganisationFacts) -> None:
    addresses = [unit["mailbox"] for unit in facts.units]
    addresses += [one["email"] for one in facts.professionals]
    assert all(address.endswith(".example") for address in addresses)
    phones = [one["phone"] for one in (*facts.units, *facts.professionals)]
    assert all(re.fullmatch(r"010-555 \d\d \d\d", phone) for phone in phones)


@EACH
def test_has_three_to_six_professionals_and_a_basis_for_each_unit(
    facts: OrganisationFacts,
) -> None:
    assert 3 <= len(facts.professionals) <= 6
    assert {unit["domain"] for unit in facts.units} == {one["domain"] for one in facts.legal_bases}
