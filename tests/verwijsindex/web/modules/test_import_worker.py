"""The import's worker against a real index and a real pseudonym service, in a real browser."""

from __future__ import annotations

import itertools
import json

import pytest
from playwright.sync_api import Page
from sqlalchemy import func, select

from crypto import base64url
from crypto.person import SubjectKind
from match.relations import Relation
from match.subjects import Subject
from tests.verwijsindex.web.modules.importing import (
    Import,
    bsns,
    children,
    counts,
    file_of,
    people,
    registered,
    row,
)
from tests.verwijsindex.web.modules.site import Site
from verwijsindex.client.client_file import TEMPLATE_COLUMNS

pytestmark = pytest.mark.browser


def test_a_file_is_tried_first_and_then_registered(importing: Import, site: Site) -> None:
    assert importing.read(people(3)) == {"type": "read", "rows": 3, "ready": 3, "faults": []}
    assert importing.do("try")["counts"] == counts(new=3)
    assert registered(site) == 0
    assert importing.do("send")["counts"] == counts(new=3)
    assert registered(site) == 3


def test_what_is_there_already_is_told(page: Page, importing: Import, site: Site) -> None:
    importing.read(people(2))
    importing.do("send")
    again = Import(page, site)
    again.read(people(3))
    assert again.do("try")["counts"] == counts(new=1, old=2)
    assert again.do("send")["counts"] == counts(new=1, old=2)
    assert registered(site) == 3


def test_sending_tries_what_was_not_tried(importing: Import, site: Site) -> None:
    importing.read(people(2))
    assert importing.do("send")["counts"] == counts(new=2)
    assert [len(one["signalen"]) for one in site.batches(trial=True)] == [2]


def test_a_signal_is_the_contracts(importing: Import, site: Site) -> None:
    importing.read(file_of(row("999900080", kenmerk="D-1", geboortedatum="00-00-2013")))
    importing.do("send")
    ((body,),) = (one["signalen"] for one in site.batches(trial=False))
    assert len(base64url.decode(body.pop("blindering"))) == 32
    assert len(base64url.decode(body.pop("evaluatie"))) == 122
    assert site.member is not None
    assert body == {
        "afdeling": str(site.member.units["Team"]),
        "contact": {"medewerker": "m1"},
        "leeftijdsgroep": "12-15",
        "geinformeerd": {
            "door": "eigen",
            "aan": ["client", "gezaghebbenden"],
            "wijze": "gesprek",
            "datum": "2026-11-20",
            "reactie": "niet_gevraagd",
        },
        "kenmerk": "D-1",
    }


def test_no_element_reaches_the_index_no_blind_the_service_and_no_person_anybody(
    importing: Import, site: Site
) -> None:
    persons = list(itertools.islice(bsns(), 30))
    faulty = row(persons[0], geboortedatum="1980", kenmerk="D-31011980")
    importing.read(file_of(*(row(bsn, kenmerk=f"D-{bsn[-3:]}") for bsn in persons), faulty))
    importing.do("try")
    importing.say(type="correct", row=32, cells={"geboortedatum": "31-01-1980", "kenmerk": "D-1"})
    importing.hear("corrected")
    importing.do("send")
    elements = [one for got in site.at_service for one in json.loads(got.body)["elementen"]]
    signals = [
        one
        for got in site.batches(trial=True) + site.batches(trial=False)
        for one in got["signalen"]
    ]
    blinds = [one["blindering"] for one in signals]
    assert len(elements) == 31
    assert len(set(blinds)) == 31
    assert len(blinds) == 62
    at_index = "".join(f"{got.path}{got.headers}{got.body.decode()}" for got in site.at_index)
    at_service = "".join(f"{got.path}{got.headers}{got.body.decode()}" for got in site.at_service)
    assert not any(one in at_index for one in elements)
    assert not any(one in at_service for one in blinds)
    for bsn in persons:
        assert bsn not in at_index + at_service
    for birth_date in ("31-01-1980", "1980-01-31", "19800131", "31011980"):
        assert birth_date not in at_index + at_service
    assert "Cookie" not in at_service
    assert "Referer" not in at_index + at_service


def test_what_the_browser_blinds_is_the_person_of_vi_client(importing: Import, site: Site) -> None:
    """The pseudonym is that of a signal that a machine registered with Python's blinding."""
    assert site.member is not None
    bsn = next(bsns())
    assert site.member.register(0, contact={"medewerker": "m1"}).status_code == 201
    importing.read(file_of(row(bsn)))
    assert importing.do("send")["counts"] == counts(old=1)


class TestParents:
    def test_they_are_blinded_and_evaluated_with_a_key_of_their_own(
        self, importing: Import, site: Site
    ) -> None:
        one, two, three, mother, father = itertools.islice(bsns(), 5)
        importing.read(children((one, mother, father), (two, "", ""), (three, "", mother)))
        assert importing.do("send")["counts"] == counts(new=3)
        ((both, none, alone),) = (one["signalen"] for one in site.batches(trial=False))
        assert [one["soort"] for one in both["gezin"]] == ["ouder", "ouder"]
        assert "gezin" not in none
        assert len(alone["gezin"]) == 1
        asked = [json.loads(got.body) for got in site.at_service]
        assert [(one["soort"], len(one["elementen"])) for one in asked] == [
            ("persoon", 3),
            ("ouder", 3),
        ]
        sent = "".join(got.body.decode() for got in site.at_index + site.at_service)
        assert not any(bsn in sent for bsn in (mother, father))
        # The mother of two children is one to the index.
        with site.world.services.sessions() as session:
            parents = select(func.count()).where(Subject.kind == SubjectKind.PARENT)
            assert session.scalar(parents) == 2
            assert session.scalar(select(func.count()).select_from(Relation)) == 3

    def test_more_of_them_than_go_in_one_call_go_in_several(
        self, importing: Import, site: Site
    ) -> None:
        found = list(itertools.islice(bsns(), 3 * 501))
        importing.read(children(*zip(found[::3], found[1::3], found[2::3], strict=True)))
        assert importing.do("try")["counts"] == counts(new=501)
        asked = [json.loads(got.body) for got in site.at_service]
        assert [len(one["elementen"]) for one in asked] == [501, 1000, 2]

    def test_where_nobody_names_them_a_list_with_parents_goes_nowhere(
        self, importing: Import, site: Site
    ) -> None:
        one, mother = itertools.islice(bsns(), 2)
        pasted = children((one, mother, "")).decode()
        settings = site.settings() | {"hasFamily": False}
        importing.say(type="read", pasted=pasted, **settings)
        assert "geen ouders noemen" in importing.hear("unreadable")["reason"]
        importing.say(type="read", pasted=children((one, "", "")).decode(), **settings)
        assert importing.hear("read")["ready"] == 1
        assert site.at_service == []

    def test_a_wrong_one_is_told_in_its_own_column_and_can_be_corrected(
        self, importing: Import
    ) -> None:
        one, mother = itertools.islice(bsns(), 2)
        answer = importing.read(children((one, one, "123456789")))
        assert [one["field"] for one in answer["faults"]] == ["ouder1_bsn", "ouder2_bsn"]
        assert "123456789" not in json.dumps(answer)
        importing.say(type="correct", row=2, cells={"ouder1_bsn": mother, "ouder2_bsn": ""})
        assert importing.hear("corrected")["faults"] == []
        assert importing.do("send")["counts"] == counts(new=1)


class TestFaults:
    def test_each_is_told_with_row_and_column_and_no_value(self, importing: Import) -> None:
        bsn = next(bsns())
        content = file_of(
            row(bsn), row("123456789", kenmerk="D-1"), row(bsn, afdeling="", kenmerk=bsn)
        )
        answer = importing.read(content)
        assert (answer["rows"], answer["ready"]) == (3, 1)
        assert [(one["row"], one["reference"], one["field"]) for one in answer["faults"]] == [
            (3, "D-1", "bsn"),
            (4, "(niet getoond)", "kenmerk"),
            (4, "(niet getoond)", "afdeling"),
        ]
        assert "elfproef" in answer["faults"][0]["reason"]
        told = json.dumps(answer)
        assert "123456789" not in told
        assert bsn not in told

    def test_a_file_that_cannot_be_read_says_why(self, importing: Import) -> None:
        importing.say(type="read", pasted="bsn\tBehandelaar", **importing.site.settings())
        reason = importing.hear("unreadable")["reason"]
        assert reason.startswith("De kopregel klopt niet: kolom B heeft een onbekende naam;")
        assert "ehandelaar" not in reason

    def test_the_other_rows_are_sent(self, importing: Import, site: Site) -> None:
        importing.read(file_of(row("1"), row(next(bsns())), row("2")))
        assert importing.do("send")["counts"] == counts(new=1, faulty=2)
        assert registered(site) == 1

    def test_what_the_index_refuses_is_told_in_the_files_own_columns(
        self, importing: Import
    ) -> None:
        importing.read(file_of(row(next(bsns()), medewerker="onbekend", kenmerk="D-7")))
        answer = importing.do("try")
        assert answer["counts"] == counts(refused=1)
        assert [(one["row"], one["reference"], one["field"]) for one in answer["faults"]] == [
            (2, "D-7", "medewerker")
        ]

    def test_a_row_can_be_corrected_and_sent(self, importing: Import, site: Site) -> None:
        first, second, third = itertools.islice(bsns(), 3)
        importing.read(file_of(row("1"), row(second, medewerker="onbekend"), row(third)))
        assert importing.do("send")["counts"] == counts(new=1, refused=1, faulty=1)
        importing.say(type="correct", row=2, cells={"bsn": "12"})
        again = importing.hear("corrected")
        assert [(one["row"], one["field"]) for one in again["faults"]] == [(2, "bsn")]
        importing.say(type="correct", row=2, cells={"bsn": f" {first} "})
        assert importing.hear("corrected") == {"type": "corrected", "row": 2, "faults": []}
        importing.say(type="correct", row=3, cells={"medewerker": "m2"})
        assert importing.hear("corrected")["faults"] == []
        answer = importing.do("send")
        assert answer["counts"] == counts(new=3)
        assert answer["faults"] == []
        assert registered(site) == 3
        assert [len(one["signalen"]) for one in site.batches(trial=False)] == [1, 2]

    def test_a_row_that_is_done_cannot_be_corrected(self, importing: Import) -> None:
        importing.read(people(1))
        importing.do("send")
        for number in (2, 99):
            importing.say(type="correct", row=number, cells={"bsn": "1"})
            assert importing.hear("corrected")["faults"] is None

    def test_a_row_with_too_many_cells_needs_every_column_anew(self, importing: Import) -> None:
        importing.read(file_of([*row(next(bsns())), "x"]))
        importing.say(type="correct", row=2, cells={"kenmerk": "D-1"})
        assert [one["field"] for one in importing.hear("corrected")["faults"]] == ["rij"]
        whole = dict(zip(map(str, TEMPLATE_COLUMNS), row(next(bsns())), strict=True))
        importing.say(type="correct", row=2, cells=whole)
        assert importing.hear("corrected")["faults"] == []
