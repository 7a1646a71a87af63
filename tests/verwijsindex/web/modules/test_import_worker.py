"""The import's worker against a real index and a real pseudonym service, in a real browser."""

from __future__ import annotations

import base64
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Response
from playwright.sync_api import Page
from sqlalchemy import func, select
from stdnum.nl import bsn as eleven_test

from crypto import base64url
from match.signals import Signal
from tests.verwijsindex.web.modules.site import Recorded, Site, drop_connection, lines, problem
from verwijsindex.client.client_file import TEMPLATE_COLUMNS

pytestmark = pytest.mark.browser

START = """() => {
    window.heard = [];
    window.work = new Worker("/static/import_worker.js", { type: "module" });
    work.onmessage = ({ data }) => heard.push(data);
    work.onerror = () => heard.push({ type: "failed" });
}"""


class Import:
    """A page that talks to the worker as the import's page will."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page, self.site = page, site
        page.evaluate(START)

    def say(self, **message: Any) -> None:
        self.page.evaluate("(message) => work.postMessage(message)", message)

    def read(self, content: bytes, **settings: Any) -> dict[str, Any]:
        """Hand over a file; return what the worker says of it."""
        self.page.evaluate(
            """([file, settings]) => {
                const bytes = Uint8Array.from(atob(file), (one) => one.charCodeAt(0));
                work.postMessage({ type: "read", file: bytes.buffer, ...settings }, [bytes.buffer]);
            }""",
            [base64.b64encode(content).decode(), self.site.settings() | settings],
        )
        return self.hear("read")

    def hear(self, type_: str, *, forget: bool = True) -> dict[str, Any]:
        """Wait until the worker says *type_*, and forget what it said until then."""
        found = self.page.wait_for_function(
            "(type) => heard.find((one) => one.type === type || one.type === 'failed')",
            arg=type_,
            timeout=60_000,
        ).json_value()
        assert found["type"] == type_
        if forget:
            self.page.evaluate("(type) => { heard = []; }", type_)
        return dict(found)

    def do(self, phase: str) -> dict[str, Any]:
        """Have all rows tried or sent; return the end of it."""
        self.say(type=phase)
        return self.hear("done")


@pytest.fixture
def importing(page: Page, site: Site) -> Import:
    site.admit()
    return Import(page, site)


def bsns() -> Iterator[str]:
    return (str(one) for one in range(999_900_000, 10**9) if eleven_test.is_valid(str(one)))


def row(bsn: str, **changes: str) -> list[str]:
    cells = dict.fromkeys(map(str, TEMPLATE_COLUMNS), "") | {
        "bsn": bsn,
        "geboortedatum": "31-01-1980",
        "afdeling": "Team",
        "medewerker": "m1",
        "informeren_wijze": "gesprek",
        "informeren_datum": "20-11-2026",
    }
    return list((cells | changes).values())


def file_of(*rows: list[str]) -> bytes:
    return lines([list(map(str, TEMPLATE_COLUMNS)), *rows])


def people(count: int) -> bytes:
    return file_of(*(row(bsn) for bsn in itertools.islice(bsns(), count)))


def registered(site: Site) -> int:
    with site.world.services.sessions() as session:
        return session.scalar(select(func.count()).select_from(Signal)) or 0


def counts(new: int = 0, old: int = 0, refused: int = 0, faulty: int = 0) -> dict[str, int]:
    return {"aangemaakt": new, "bestond_al": old, "afgewezen": refused, "fout": faulty}


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


class TestTrouble:
    def test_a_lost_answer_is_asked_for_again_and_counted_once(
        self, importing: Import, site: Site
    ) -> None:
        importing.read(people(450))
        assert importing.do("try")["counts"] == counts(new=450)
        lost = iter([False, True, True])

        def lose(got: Recorded) -> None:
            if got.path == "/signalen" and next(lost, False):
                drop_connection()

        site.after = lose
        answer = importing.do("send")
        # The second part was done three times, and mailed once.
        assert [len(one["signalen"]) for one in site.batches(trial=False)] == [
            200,
            200,
            200,
            200,
            50,
        ]
        assert answer["counts"] == counts(new=450)
        assert registered(site) == 450

    def test_doubles_in_a_file_are_no_new_signals_however_often_a_part_is_sent(
        self, importing: Import, site: Site
    ) -> None:
        persons = list(itertools.islice(bsns(), 250))
        importing.read(file_of(*(row(bsn) for bsn in [*persons, *persons[:150], persons[249]])))
        importing.do("try")
        lost = iter([True, False, True])  # of the first part, and of the one with most doubles

        def lose(got: Recorded) -> None:
            if got.path == "/signalen" and next(lost, False):
                drop_connection()

        site.after = lose
        assert importing.do("send")["counts"] == counts(new=250, old=151)
        assert registered(site) == 250

    def test_a_restart_of_the_server_in_the_middle_is_outlasted(
        self, importing: Import, site: Site, page: Page
    ) -> None:
        importing.read(people(600))
        importing.do("try")
        seen = Counter[str]()

        def stop(got: Recorded) -> Response | None:
            seen[got.path] += 1
            return problem(503) if seen["/signalen"] == 2 else None

        site.before = stop
        importing.say(type="send")
        importing.hear("waiting", forget=False)
        assert site.index_server is not None
        site.index_server.close()
        # Whatever was underway when it closed, from here on nothing is heard.
        page.evaluate("heard = heard.filter((one) => one.type === 'done')")
        if not page.evaluate("heard.length"):
            importing.hear("waiting", forget=False)
        site.index_server.open()
        assert importing.hear("done")["counts"] == counts(new=600)
        assert registered(site) == 600

    @pytest.mark.parametrize("status", [429, 500, 502])
    def test_a_passing_refusal_is_tried_again(
        self, importing: Import, site: Site, status: int
    ) -> None:
        importing.read(people(2))
        refusals = iter([status] * 4)

        def refuse(_: Recorded) -> Response | None:
            found = next(refusals, None)
            return problem(found, Retry_After="0") if found else None

        site.before = site.before_service = refuse
        assert importing.do("send")["counts"] == counts(new=2)

    def test_what_does_not_pass_pauses_until_somebody_resumes(
        self, importing: Import, site: Site
    ) -> None:
        importing.read(people(2))
        site.before_service = lambda _: problem(429, "De daglimiet is bereikt.", Retry_After="7200")
        importing.say(type="try")
        assert importing.hear("paused")["reason"] == {
            "kind": "busy",
            "message": "De daglimiet is bereikt. Probeer het over 2 uur opnieuw.",
        }
        site.before_service = lambda _: None
        importing.say(type="resume")
        assert importing.hear("done")["counts"] == counts(new=2)

    def test_who_is_signed_out_signs_in_and_goes_on(self, importing: Import, site: Site) -> None:
        importing.read(people(2))
        importing.do("try")
        site.before = lambda _: Response(status=302, headers={"Location": "/inloggen"})
        importing.say(type="send")
        reason = importing.hear("paused")["reason"]
        assert reason["kind"] == "access"
        assert "niet meer aangemeld" in reason["message"]
        site.before = lambda _: None
        importing.say(type="resume", csrf=importing.site.settings()["csrf"])
        assert importing.hear("done")["counts"] == counts(new=2)

    def test_another_csrf_header_may_be_given_when_going_on(
        self, importing: Import, site: Site
    ) -> None:
        importing.read(people(1), csrf={"X-CSRF-Token": "oud"})
        importing.say(type="try")
        assert importing.hear("paused")["reason"]["kind"] == "refused"
        importing.say(type="resume", csrf=site.settings()["csrf"])
        assert importing.hear("done")["counts"] == counts(new=1)

    def test_an_ended_token_is_replaced(self, importing: Import, site: Site) -> None:
        importing.read(people(2))
        refused = iter([True])
        site.before_service = lambda _: problem(401) if next(refused, False) else None
        assert importing.do("try")["counts"] == counts(new=2)
        assert [one.path for one in site.at_index].count("/token") == 2

    def test_an_answer_that_makes_no_sense_is_told(self, importing: Import, site: Site) -> None:
        importing.read(people(2))
        site.before = lambda got: (
            Response('{"resultaten": []}', content_type="application/json")
            if got.path == "/signalen"
            else None
        )
        importing.say(type="try")
        assert importing.hear("paused")["reason"]["kind"] == "unexpected"


class TestPausing:
    def test_nothing_is_sent_while_paused(self, importing: Import, site: Site) -> None:
        importing.read(people(450))
        importing.do("try")
        importing.say(type="pause")
        importing.say(type="send")
        assert importing.hear("paused")["reason"] is None
        assert site.batches(trial=False) == []
        importing.say(type="resume")
        assert importing.hear("done")["counts"] == counts(new=450)

    def test_it_stops_between_parts_and_goes_on_where_it_was(
        self, importing: Import, site: Site
    ) -> None:
        importing.read(people(450))
        importing.do("try")
        # In the page: asked from here it would often come too late.
        importing.page.evaluate(
            "work.addEventListener('message', ({data}) => data.phase === 'send'"
            " && data.done === 200 && work.postMessage({type: 'pause'}))"
        )
        importing.say(type="send")
        importing.hear("paused")
        assert 1 <= len(site.batches(trial=False)) < 3
        importing.say(type="resume")
        assert importing.hear("done")["counts"] == counts(new=450)
        assert [len(one["signalen"]) for one in site.batches(trial=False)] == [200, 200, 50]

    def test_wiping_ends_it(self, importing: Import, page: Page) -> None:
        importing.read(people(2))
        importing.say(type="wipe")
        importing.hear("wiped")
        importing.say(type="try")
        page.evaluate("new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")
        assert page.evaluate("heard") == []


@pytest.mark.slow
def test_five_thousand_rows_leave_the_page_responsive(
    importing: Import, page: Page, site: Site
) -> None:
    importing.read(people(5_000))
    # How often the page draws between two messages of the worker.
    page.evaluate(
        """() => {
            window.drawn = { blind: 0, post: 0 };
            let step = "blind";
            work.addEventListener("message", ({ data }) => { step = data.step ?? step; });
            const draw = () => { drawn[step] += 1; requestAnimationFrame(draw); };
            requestAnimationFrame(draw);
        }"""
    )
    assert importing.do("try")["counts"] == counts(new=5_000)
    drawn = page.evaluate("drawn")
    # A thousand rows blinded on the page itself would let it draw once: five times in all.
    assert drawn["blind"] > 20
    assert drawn["post"] > 5
    lost = itertools.cycle([False, False, False, True])
    restarted = iter([False] * 12 + [True] * 3)

    def trouble(got: Recorded) -> None:
        if got.path == "/signalen" and next(lost):
            drop_connection()

    site.after = trouble
    site.before = lambda _: problem(502) if next(restarted, False) else None
    assert importing.do("send")["counts"] == counts(new=5_000)
    assert registered(site) == 5_000
    # Each of five groups once: a part that is sent again has the evaluations that it had.
    assert [len(json.loads(one.body)["elementen"]) for one in site.at_service] == [1_000] * 5
