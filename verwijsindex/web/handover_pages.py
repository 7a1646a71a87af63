"""Handover and feedback sheets: filled in in the browser alone; nothing of them reaches the server.

The server sends an empty sheet with the receiver's published profile beside
it. What the browser may do with it is limited twice: by the headers here, and
by ``sheet_door.js``, which shuts out all that the page itself needed to load.
"""

from __future__ import annotations

from uuid import UUID

from flask import Response, abort, make_response, render_template

from orgprofiles.domains import LifeDomain
from verwijsindex.services import Services
from verwijsindex.use_cases.read_profiles import read_profile
from verwijsindex.web.guards import GuardedPages
from verwijsindex.web.profile_reading import profile_page

# No forms, no new windows: those are ways out too. Links may still ring or start a mail.
_SANDBOX = (
    "sandbox allow-downloads allow-modals allow-same-origin allow-scripts"
    " allow-top-navigation-to-custom-protocols"
)
#: What a sheet may load, all of it before anybody can have typed.
SHEET_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'none';"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'none'; frame-src 'none';"
    " object-src 'none'; worker-src 'none'; manifest-src 'none';"
    f" require-trusted-types-for 'script'; trusted-types 'none'; {_SANDBOX}"
)
_HEADERS = {
    "Permissions-Policy": (
        "browsing-topics=(), camera=(), clipboard-read=(), display-capture=(), geolocation=(),"
        " microphone=()"
    ),
    "Referrer-Policy": "no-referrer",
    "X-DNS-Prefetch-Control": "off",
}


def add_handover(pages: GuardedPages, services: Services) -> None:
    """Give *pages* the two sheets, for each organisation with a published profile."""

    @pages.get("/overdracht/<uuid:organisation_id>")
    def handover(organisation_id: UUID) -> Response:
        return _sheet("handover.html", "overdracht", services, organisation_id)

    @pages.get("/terugkoppeling/<uuid:organisation_id>")
    def feedback(organisation_id: UUID) -> Response:
        return _sheet("feedback.html", "terugkoppeling", services, organisation_id)

    @pages.get("/overdracht/<path:_rest>")
    @pages.get("/terugkoppeling/<path:_rest>")
    def no_sheet(_rest: str) -> Response:
        abort(404)


def _sheet(template: str, file: str, services: Services, organisation_id: UUID) -> Response:
    """Return a sheet; *file* begins the name of what is saved of it."""
    with services.sessions() as session:
        view = read_profile(session, services, organisation_id=organisation_id)
    page = profile_page(
        view.profile,
        number=view.number,
        published_at=view.published_at,
        waiting_times=view.waiting_times,
        today=services.today(),
        now=services.clock(),
    )
    groups = {one.kind: one for one in page.groups}
    body = render_template(
        template,
        file=file,
        organisation_id=organisation_id,
        page=page,
        groups=groups,
        life_domains=LifeDomain,
    )
    response = make_response(body)
    response.headers["Content-Security-Policy"] = SHEET_POLICY
    response.headers.update(_HEADERS)
    return response
