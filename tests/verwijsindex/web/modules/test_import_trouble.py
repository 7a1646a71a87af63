"""An import that loses its connection, its session or its patience goes on where it was."""

from __future__ import annotations

import itertools
import json
from collections import Counter

import pytest
from flask import Response
from playwright.sync_api import Page

from tests.verwijsindex.web.modules.importing import (
    Import,
    bsns,
    counts,
    file_of,
    people,
    registered,
    row,
)
from tests.verwijsindex.web.modules.site import Recorded, Site, drop_connection, problem

pytestmark = pytest.mark.browser


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
        assert "niet meer ingelogd" in reason["message"]
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
