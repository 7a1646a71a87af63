"""A profile as PDF: it opens, is tagged as PDF/UA asks, says what the page says, fetches nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pypdf
import pytest

from tests.no_pango import remove_pango
from tests.rich_profile import URGENT_PHONE, rich_profile
from tests.verwijsindex.api.refusals import assert_problem
from tests.verwijsindex.web.conftest import Site
from tests.verwijsindex.web.published import debt_relief, neighbourhood_team, page_of
from tests.verwijsindex.web.test_pages import ONE_DATABASE
from verwijsindex.web.profile_pdf import NotOurs, own_file, written

pytestmark = ONE_DATABASE
#: What may stand in what (ISO 32000-1, 14.8.4); what is not named may hold anything.
MAY_HOLD = {
    "/L": {"/LI"},
    "/LI": {"/Lbl", "/LBody"},
    "/Table": {"/THead", "/TBody", "/TR", "/Caption"},
    "/THead": {"/TR"},
    "/TBody": {"/TR"},
    "/TR": {"/TH", "/TD"},
}
ONLY_IN = {"/LI": {"/L"}, "/LBody": {"/LI"}, "/TR": {"/THead", "/TBody", "/Table"}}


def pdf_of(site: Site) -> pypdf.PdfReader:
    answer = site.get(page_of(neighbourhood_team(site), "/profiel.pdf"))
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    return pypdf.PdfReader(BytesIO(answer.data), strict=True)


def members(element: Any) -> list[Any]:
    kids = element.get("/K", [])
    kids = kids.get_object() if hasattr(kids, "get_object") else kids
    found = [one.get_object() for one in (kids if isinstance(kids, list) else [kids])]
    return [one for one in found if isinstance(one, dict) and "/S" in one]


def elements(element: Any, parent: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield each structure element: parent's kind, own kind, itself."""
    for one in members(element):
        yield parent, one["/S"], one
        yield from elements(one, one["/S"])


def text_in(reader: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_says_who_it_is_of_and_how_to_refer_urgently(site: Site) -> None:
    reader = pdf_of(site)
    text = text_in(reader)
    assert f"Bel {URGENT_PHONE}" in text
    assert "Binnen 4 uur" in text
    written_out = "https://wijkteam.example/huishouden"
    assert written_out in text.replace(" ", "")  # it may be broken over lines
    assert "Open tot" not in text  # paper is read at any moment
    assert "pagina 1 van" in text
    first = " ".join(reader.pages[0].extract_text().split())
    assert first.index("Sociaal wijkteam") < first.index("Spoed") < first.index(URGENT_PHONE)


def test_says_what_explains_each_part(site: Site) -> None:
    text = text_in(pdf_of(site))
    content = rich_profile()
    parts = [part for one in content.values() for part in (one if isinstance(one, list) else [one])]
    said = [one["toelichting"] for one in parts if isinstance(one, dict) and one["toelichting"]]
    assert len(said) >= 8
    assert [one for one in said if one not in text] == []


def test_is_what_pdf_ua_asks_of_a_document(site: Site) -> None:
    reader = pdf_of(site)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "nl"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Sociaal wijkteam – organisatieprofiel, versie 1"
    assert 'pdfuaid:part="1"' in root["/Metadata"].get_data().decode()
    for page in reader.pages:
        assert page["/Tabs"] == "/S"
        assert all(one.get_object()["/Contents"] for one in page.get("/Annots", []))
        for font in page["/Resources"]["/Font"].values():
            described = font["/DescendantFonts"][0]["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & set(described)


def test_its_structure_is_that_of_the_page(site: Site) -> None:
    root = pdf_of(site).trailer["/Root"]["/StructTreeRoot"]
    found = list(elements(root))
    kinds = [kind for _, kind, _ in found]
    assert kinds[0] == "/Document"
    headings = [int(kind[2:]) for kind in kinds if kind in {"/H1", "/H2", "/H3", "/H4"}]
    assert headings.count(1) == 1
    assert headings[0] == 1
    # No level is skipped on the way down.
    assert all(after <= before + 1 for before, after in itertools.pairwise(headings))
    for parent, kind, one in found:
        assert kind in MAY_HOLD.get(parent, {kind}), (parent, kind)
        assert parent in ONLY_IN.get(kind, {parent}), (parent, kind)
        if kind == "/Link":
            assert members(one) or one["/K"]
    assert {"/L", "/Table", "/TH", "/Link", "/BlockQuote"} <= set(kinds)


def test_the_api_gives_the_same(site: Site) -> None:
    member = debt_relief(site)
    answer = member.get(f"/api/v1/organisatieprofielen/{member.id}/pdf")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.data == site.get(page_of(member, "/profiel.pdf")).data
    assert "010-555 01 99" in text_in(pypdf.PdfReader(BytesIO(answer.data)))


@pytest.mark.parametrize(
    "address",
    ["https://index.example/x.css", "file:///etc/passwd", "static:../guards.py", "static:", "x"],
)
def test_nothing_but_our_own_files_is_read(site: Site, address: str) -> None:
    with pytest.raises(NotOurs):
        own_file(address)
    assert own_file("static:profile_pdf.css")[1] == "text/css"


def test_what_names_another_place_is_set_without_it(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []

    def refuse(address: str) -> tuple[bytes, str]:
        asked.append(address)
        raise NotOurs

    monkeypatch.setattr("verwijsindex.web.profile_pdf.own_file", refuse)
    page = (
        '<html lang="nl"><title>x</title><link rel="stylesheet" href="http://127.0.0.1:9/x.css">'
        '<p style="background: url(http://127.0.0.1:9/x.png)">Tekst'
        '<img alt="x" src="file:///etc/passwd">'
    )
    content = written(page)
    assert "Tekst" in text_in(pypdf.PdfReader(BytesIO(content)))
    assert sorted(set(asked)) == [
        "file:///etc/passwd",
        "http://127.0.0.1:9/x.css",
        "http://127.0.0.1:9/x.png",
    ]


def test_without_pango_it_says_what_to_do(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    remove_pango(monkeypatch)
    written.cache_clear()
    member = debt_relief(site)
    answer = site.get(page_of(member, "/profiel.pdf"))
    assert answer.status_code == 503
    assert "ontbreekt een onderdeel (Pango)" in answer.text
    refused = member.get(f"/api/v1/organisatieprofielen/{member.id}/pdf")
    route = "/api/v1/organisatieprofielen/<uuid:organisation_id>/pdf"
    assert "Pango" in assert_problem(refused, 503, route)["detail"]
