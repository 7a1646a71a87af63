"""One person from a page: a token of the index, an evaluation of the service, a signal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.verwijsindex.web.modules.site import CSRF, Site, drop_connection, problem
from tests.world import test_bsn as bsn_of

pytestmark = pytest.mark.browser

UNEXPECTED = (
    "unexpected: De server gaf een antwoord dat niet klopt. Meld dit bij de beheerder van de index."
)
MODULES = ["person", "blinding", "evaluating", "signal_body", "calling"]
REGISTER = """async ({ modules, addresses, csrf, bsn, unit, today }) => {
    const [{ readPerson }, { blind }, { pseudonymService }, { signalBody }, { post, CallFailed }] =
        await Promise.all(modules.map(
            (name) => import(`/static/${name}.js`)));
    const waits = [];
    const patience = {
        isEndless: false, firstPauseMs: 1000, wait: async (milliseconds) => waits.push(milliseconds),
    };
    const { person } = readPerson({ bsn, geboortedatum: "31-1-1980" }, today);
    const { element, blind: scalar } = blind(person.canonical);
    const service = pseudonymService({
        tokenAddress: addresses.token, serviceAddress: addresses.service, csrf: () => csrf, patience,
    });
    try {
        const [evaluation] = await service.evaluate([element]);
        const body = signalBody({ evaluation, blind: scalar, ageGroup: person.ageGroup }, {
            unitId: unit, professionalKey: "m1", reference: "D-1", lapsesOn: null,
            informed: { way: "gesprek", toldOn: today, reaction: "niet_gevraagd", by: "eigen", told: null },
        });
        const { content } = await post(
            addresses.signals, { signalen: [body], proef: false }, { headers: csrf, patience });
        return { waits, element, blind: scalar, answer: content };
    } catch (error) {
        if (!(error instanceof CallFailed)) throw error;
        return { waits, kind: error.kind, message: error.message };
    }
}"""


def register(page: Page, site: Site, **changes: Any) -> dict[str, Any]:
    member = site.member or site.admit()
    told = (
        site.settings()
        | {"bsn": bsn_of(1), "unit": str(member.units["Team"]), "modules": MODULES}
        | changes
    )
    names = ("modules", "addresses", "csrf", "bsn", "unit", "today")
    return dict(page.evaluate(REGISTER, {name: told[name] for name in names}))


def test_a_person_is_registered_and_matches_whom_a_machine_registered(
    page: Page, site: Site
) -> None:
    other = site.world.member("Wijkteam", domain="welzijn")
    assert other.register(1).status_code == 201
    found = register(page, site)
    (row,) = found["answer"]["resultaten"]
    assert row["status"] == "aangemaakt"
    assert site.member is not None
    match = site.member.get(f"/api/v1/signalen/{row['id']}").json["match"]
    assert [one["organisatie"] for one in match["deelnemers"]] == ["Wijkteam"]


def test_the_index_never_sees_the_element_nor_the_service_the_blind(page: Page, site: Site) -> None:
    found = register(page, site)
    (asked,) = site.at_service
    assert json.loads(asked.body) == {
        "soort": "persoon",
        "elementen": [found["element"]],
        "batch": False,
    }
    assert found["blind"] not in asked.headers
    assert [one.path for one in site.at_index] == ["/token", "/signalen"]
    for one in site.at_index:
        assert found["element"] not in one.headers + one.body.decode()
    assert site.at_index[0].body == b"{}"


def test_the_service_gets_no_cookie_and_no_csrf_header(page: Page, site: Site) -> None:
    page.context.add_cookies([{"name": "sessie", "value": "kanarie", "url": site.url}])
    register(page, site)
    (asked,) = site.at_service
    assert "kanarie" not in asked.headers
    assert CSRF["X-CSRF-Token"] not in asked.headers
    assert f"Origin: {site.url}" in asked.headers
    assert all("sessie=kanarie" in one.headers for one in site.at_index)
    page.context.clear_cookies()


def test_a_page_of_another_origin_gets_no_evaluation(page: Page, site: Site) -> None:
    site.admit()
    page.goto(site.url.replace("127.0.0.1", "localhost"))
    found = register(page, site)
    assert found["kind"] == "unreachable"
    assert site.at_service == []


@pytest.mark.parametrize(
    ("refusals", "waits"),
    [
        ([problem(429, Retry_After="7")], [7000]),
        ([problem(503), problem(503)], [1000, 2000]),
        ([problem(500), problem(502), problem(504)], [1000, 2000, 4000]),
        ([None, None], [1000, 2000]),
    ],
    ids=["asked", "doubled", "all kinds", "lost"],
)
def test_it_is_tried_again_after_a_pause(
    page: Page, site: Site, refusals: list[Any], waits: list[int]
) -> None:
    left = list(refusals)

    def trouble(_: Any) -> Any:
        if not left:
            return None
        refusal = left.pop(0)
        if refusal is None:
            drop_connection()
            return problem(500)
        return refusal

    site.before_service = trouble
    found = register(page, site)
    assert found["waits"] == waits
    assert found["answer"]["resultaten"][0]["status"] == "aangemaakt"


@pytest.mark.parametrize(
    ("refusal", "attempts", "told"),
    [
        (
            problem(429, "Vandaag kunt u nog 0 elementen laten evalueren.", Retry_After="7200"),
            1,
            "busy: Vandaag kunt u nog 0 elementen laten evalueren. Probeer het over 2 uur opnieuw.",
        ),
        (problem(503), 5, "busy: De server kan dit nu niet doen. Probeer het later opnieuw."),
        (problem(403, "Vraag om toelating."), 1, "refused: Vraag om toelating."),
        (problem(500), 5, UNEXPECTED),
        (problem(401), 3, UNEXPECTED),
    ],
)
def test_what_does_not_pass_is_told_in_dutch(
    page: Page, site: Site, refusal: Any, attempts: int, told: str
) -> None:
    site.before_service = lambda _: refusal
    found = register(page, site)
    assert f"{found['kind']}: {found['message']}" == told
    assert len(site.at_service) == attempts


def test_without_a_connection_it_says_so(page: Page, site: Site) -> None:
    site.admit()
    addresses = site.settings()["addresses"]
    assert site.index_server is not None
    # The modules are there already; only the calls fail.
    page.evaluate(
        "(names) => Promise.all(names.map((one) => import(`/static/${one}.js`)))", MODULES
    )
    site.index_server.close()
    found = register(page, site, addresses=addresses)
    site.index_server.open()
    assert found["waits"] == [1000, 2000, 4000, 8000]
    assert (found["kind"], found["message"]) == (
        "unreachable",
        "Er is geen verbinding. Controleer het netwerk en probeer het later opnieuw.",
    )


def test_who_is_signed_out_is_told_so(page: Page, site: Site) -> None:
    site.before = lambda _: problem(401)
    found = register(page, site)
    assert found["kind"] == "access"
    assert found["message"].startswith("U bent niet meer ingelogd.")
    assert site.at_service == []
