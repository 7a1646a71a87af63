"""The directory (sociale kaart) as pages: search, profile, earlier versions, what changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, abort, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.utils import redirect

from orgprofiles.domains import Domain, LifeDomain, Phase
from orgprofiles.profile_versions import ProfileVersion
from orgprofiles.profile_words import Means, RouteKind
from orgprofiles.vcard import MEDIA_TYPE, vcard
from verwijsindex.services import Services
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_profiles import (
    ProfileView,
    kept_profile,
    list_versions,
    published_profiles,
    read_profile,
    read_version,
    search_profiles,
)
from verwijsindex.web import profile_wording
from verwijsindex.web.answers import error_page
from verwijsindex.web.comparison_reading import ABSENT, changes
from verwijsindex.web.guards import GuardedPages
from verwijsindex.web.hours_wording import OpenNow, open_now
from verwijsindex.web.profile_pdf import PDF_TYPE, PdfNotPossible, profile_pdf
from verwijsindex.web.profile_reading import (
    WRITTEN,
    ProfilePage,
    profile_page,
    urgent_phone,
    urgent_way,
)
from verwijsindex.web.profile_search import places, read_search
from verwijsindex.web.profile_wording import ages, all_words, capital, listed, words

PROFILES_PER_PAGE = 20
_FEW = 3  # districts that are named in the list
_VERSIONS = Page(1, 100)  # more than anybody will ever look back at
_URGENT_WAYS = {
    Means.PHONE: "per telefoon",
    Means.FORM: "met formulier",
    Means.MAILBOX: "per mail",
    Means.INTAKE: "op afspraak",
    Means.WALK_IN: "op het inloopspreekuur",
}
_PROFILE = "/sociale-kaart/<uuid:organisation_id>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An organisation in the list, in words.

    Attributes:
        organisation_id: Whose.
        name: Of the organisation.
        life_domains: What its products are about.
        ages: For whom.
        area: Where.
        phone: Its own number.
        urgent_phone: To ring first when it cannot wait; None when there is none.
        urgent_way: How else to come in then; None when that cannot be.
        now: Whether it is open.
    """

    organisation_id: UUID
    name: str
    life_domains: str
    ages: str
    area: str
    phone: str
    urgent_phone: str | None
    urgent_way: str | None
    now: OpenNow


def add_directory(pages: GuardedPages, services: Services) -> None:
    """Give *pages* the directory."""
    pages.context_processor(
        lambda: {"words": profile_wording, "kinds": RouteKind, "means": Means, "written": WRITTEN}
    )
    _add_search(pages, services)
    _add_profile(pages, services)
    _add_files(pages, services)
    _add_comparison(pages, services)

    @pages.get("/sociale-kaart/<path:_rest>")
    def no_profile(_rest: str) -> Response:
        abort(404)


def _add_search(pages: GuardedPages, services: Services) -> None:
    @pages.get("/sociale-kaart")
    def directory() -> str:
        search = read_search(request.args)
        number = request.args.get("pagina", 1, type=int)
        with services.sessions() as session:
            everybody = [profile for _, profile in published_profiles(session, services)]
            total, found = (
                (0, [])
                if search.faults
                else search_profiles(
                    session, services, wanted=search.wanted, page=Page(number, PROFILES_PER_PAGE)
                )
            )
        last = max(1, math.ceil(total / PROFILES_PER_PAGE))
        if not 1 <= number <= last:
            abort(404)
        municipalities, districts = places(everybody)
        return render_template(
            "directory.html",
            search=search,
            chosen_more=len([name for name in search.query if name != "naam"]),
            results=[_result(one, services) for one in found],
            total=total,
            page=number,
            last=last,
            is_empty=not everybody,
            life_domains=_options(LifeDomain),
            phases=_options(Phase),
            domains=_options(Domain),
            municipalities=[(one, one) for one in municipalities],
            districts=[(one, one) for one in districts],
        )


def _add_profile(pages: GuardedPages, services: Services) -> None:
    @pages.get(_PROFILE)
    def profile(organisation_id: UUID) -> str:
        with services.sessions() as session:
            view = read_profile(session, services, organisation_id=organisation_id)
            versions = _versions(session, services, organisation_id)
        return _shown(organisation_id, _page_of(view, services), versions)

    @pages.get(f"{_PROFILE}/versies/<int(max=1000000):number>")
    def old_profile(organisation_id: UUID, number: int) -> Any:
        with services.sessions() as session:
            view = read_profile(session, services, organisation_id=organisation_id)
            version = read_version(
                session, services, caller=None, organisation_id=organisation_id, number=number
            )
            versions = _versions(session, services, organisation_id)
        if number == view.number:
            return redirect(url_for("pages.profile", organisation_id=organisation_id))
        page = profile_page(
            kept_profile(services, version),
            number=number,
            published_at=version.published_at or version.saved_at,
            waiting_times=(),
            today=services.today(),
            now=None,
        )
        return _shown(organisation_id, page, versions, is_old=True)


def _add_files(pages: GuardedPages, services: Services) -> None:
    @pages.get(f"{_PROFILE}/profiel.pdf")
    def profile_pdf_file(organisation_id: UUID) -> Response:
        with services.sessions() as session:
            view = read_profile(session, services, organisation_id=organisation_id)
        try:
            content = profile_pdf(view, today=services.today())
        except PdfNotPossible:
            return error_page(503)
        return Response(content, content_type=PDF_TYPE, headers=_saved_as(view, "pdf"))

    @pages.get(f"{_PROFILE}/contact.vcf")
    def profile_vcard(organisation_id: UUID) -> Response:
        with services.sessions() as session:
            view = read_profile(session, services, organisation_id=organisation_id)
        return Response(
            vcard(view.profile), content_type=MEDIA_TYPE, headers=_saved_as(view, "vcf")
        )


def _add_comparison(pages: GuardedPages, services: Services) -> None:
    @pages.get(f"{_PROFILE}/vergelijking")
    def comparison(organisation_id: UUID) -> str:
        with services.sessions() as session:
            view = read_profile(session, services, organisation_id=organisation_id)
            versions = _versions(session, services, organisation_id)
            before = request.args.get("van", max(1, view.number - 1), type=int)
            after = request.args.get("naar", view.number, type=int)
            if not {before, after} <= {one.number for one in versions}:
                abort(404)
            contents = [
                read_version(
                    session, services, caller=None, organisation_id=organisation_id, number=number
                ).content
                for number in (before, after)
            ]
        return render_template(
            "comparison.html",
            organisation_id=organisation_id,
            name=view.profile.identity.name,
            versions=versions,
            before=before,
            after=after,
            parts=changes(*contents),
            absent=ABSENT,
        )


def _shown(
    organisation_id: UUID,
    page: ProfilePage,
    versions: Sequence[ProfileVersion],
    *,
    is_old: bool = False,
) -> str:
    numbers = [one.number for one in versions]
    earlier = [number for number in numbers if number < page.number]
    return render_template(
        "profile.html",
        organisation_id=organisation_id,
        page=page,
        versions=versions,
        is_old=is_old,
        compared=(max(earlier), page.number) if earlier else None,
    )


def _page_of(view: ProfileView, services: Services) -> ProfilePage:
    return profile_page(
        view.profile,
        number=view.number,
        published_at=view.published_at,
        waiting_times=view.waiting_times,
        today=services.today(),
        now=services.clock(),
    )


def _versions(session: Session, services: Services, organisation_id: UUID) -> list[ProfileVersion]:
    _, found = list_versions(session, services, organisation_id=organisation_id, page=_VERSIONS)
    return found


def _result(view: ProfileView, services: Services) -> Result:
    identity = view.profile.identity
    used = {one for product in view.profile.products for one in product.life_domains}
    districts = identity.districts
    way = urgent_way(view.profile)
    area = listed(identity.municipalities)
    if districts:
        few = len(districts) <= _FEW
        area += f" ({listed(districts) if few else f'{len(districts)} wijken'})"
    return Result(
        organisation_id=view.organisation_id,
        name=identity.name,
        life_domains=all_words([one for one in LifeDomain if one in used]),
        ages=ages(identity.target_group),
        area=area,
        phone=view.profile.contact.phone,
        urgent_phone=urgent_phone(view.profile),
        urgent_way=None if way is None else _URGENT_WAYS[way],
        now=open_now(view.profile.contact.hours, services.clock()),
    )


def _options(states: type[Domain | LifeDomain | Phase]) -> list[tuple[str, str]]:
    return [(one.value, capital(words(one))) for one in states]


def _saved_as(view: ProfileView, extension: str) -> dict[str, str]:
    # The id, for a name may hold anything.
    name = f"organisatieprofiel-{view.organisation_id}.{extension}"
    return {"Content-Disposition": f'attachment; filename="{name}"'}
