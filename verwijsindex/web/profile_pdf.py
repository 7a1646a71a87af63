"""A profile as a document to print or keep: PDF/UA-1, made by WeasyPrint without any network."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from importlib import import_module
from importlib.resources import files
from threading import Lock
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from orgprofiles.profile_words import Means, RouteKind
from verwijsindex.use_cases.read_profiles import ProfileView
from verwijsindex.web import profile_wording, wording
from verwijsindex.web.profile_reading import WRITTEN, profile_page

PDF_TYPE = "application/pdf"
_OWN = "static:"  # what the templates call a file of ours
_KINDS = {"css": "text/css", "svg": "image/svg+xml"}
_KEPT = 64  # documents of some 60 kB
# fontconfig, which finds the fonts, is shared by the whole process.
_one_at_a_time = Lock()


class PdfNotPossible(Exception):
    """This machine lacks Pango, which sets the text."""


class NotOurs(Exception):
    """The document names something that is not a file of ours."""


def profile_pdf(view: ProfileView, *, today: date) -> bytes:
    """Return the profile in force as PDF/UA-1.

    Args:
        view: The profile.
        today: In the Netherlands; it stands in the document.

    Raises:
        PdfNotPossible: Pango is not installed.
    """
    page = profile_page(
        view.profile,
        number=view.number,
        published_at=view.published_at,
        waiting_times=view.waiting_times,
        today=today,
        now=None,
    )
    html = _templates().get_template("profile_pdf.html").render(page=page, today=today)
    return written(html)


def require_pango() -> None:
    """Refuse to go on without what sets the text.

    Raises:
        PdfNotPossible: Pango is not installed.
    """
    try:
        import_module("weasyprint")
    except OSError:
        # It looks for Pango when it is imported.
        raise PdfNotPossible from None


@lru_cache(maxsize=_KEPT)
def written(html: str) -> bytes:
    """Return *html* as PDF/UA-1; it may name our own static files alone.

    Kept, for setting a document takes a second and a profile changes seldom.

    Raises:
        PdfNotPossible: Pango is not installed.
    """
    require_pango()
    from weasyprint import HTML

    with _one_at_a_time:
        document = HTML(string=html, base_url=_OWN, url_fetcher=_own_files())
        content: bytes = document.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True)
        return content


@cache
def _own_files() -> Any:
    """Return what gives WeasyPrint our static files, and nothing else in the world."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFiles(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, _headers: object = None) -> Any:
            content, kind = own_file(url)
            return URLFetcherResponse(url, content, {"Content-Type": kind})

    return OwnFiles()


def own_file(address: str) -> tuple[bytes, str]:
    """Return a static file of ours and its media type.

    Args:
        address: ``static:`` and its name.

    Raises:
        NotOurs: It is something else.
    """
    name = address.removeprefix(_OWN)
    folder = files("verwijsindex.web").joinpath("static")
    if not address.startswith(_OWN) or name not in {one.name for one in folder.iterdir()}:
        raise NotOurs
    return folder.joinpath(name).read_bytes(), _KINDS[name.rpartition(".")[2]]


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("verwijsindex.web"), autoescape=True, undefined=StrictUndefined
    )
    made.globals.update(
        {
            "wording": wording,
            "words": profile_wording,
            "kinds": RouteKind,
            "means": Means,
            "written": WRITTEN,
        }
    )
    return made
