"""The pages of the demonstration: routes that translate, and nothing else."""

from __future__ import annotations

import math
from uuid import UUID

from flask import Flask, Response, abort, make_response, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from verwijsindex import event_log
from verwijsindex.http.problems import http_problem, route_template
from verwijsindex.services import Services
from verwijsindex.web import wording
from verwijsindex.web.chain_map_pages import add_chain_map
from verwijsindex.web.directory import names_by_address, read_organisations, read_totals
from verwijsindex.web.guards import GuardedPages, only_in_demo
from verwijsindex.web.handover_pages import add_handover
from verwijsindex.web.mail_reading import framed_html, headers, pieces
from verwijsindex.web.mailbox import Mailbox
from verwijsindex.web.participation_reading import Standing, read_participation
from verwijsindex.web.profile_pages import add_directory
from verwijsindex.web.tour import Tour

MAILS_PER_PAGE = 25
#: Beneath these even an address that does not exist answers as a problem.
_FOR_MACHINES = ("/api", "/oauth", "/pseudoniemen")
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none';"
    " base-uri 'none'; form-action 'self'"
)
_MAY_LEAVE_THE_FRAME = "allow-top-navigation-by-user-activation"
# A mail's own HTML: no scripts, no requests, its own inline style alone.
_MAIL_POLICY = (
    f"sandbox {_MAY_LEAVE_THE_FRAME}; default-src 'none'; style-src 'unsafe-inline';"
    " frame-ancestors 'self'; form-action 'none'"
)


def register(app: Flask, services: Services, mailbox: Mailbox, *, tour: Tour | None = None) -> None:
    """Give *app* the pages of the demonstration.

    Args:
        app: The index.
        services: Of the index; the guard looks whether it is a demonstration.
        mailbox: The mails to show.
        tour: The walk-through on the start page; None leaves it out.
    """
    app.jinja_env.undefined = StrictUndefined
    pages = GuardedPages("pages", guard=only_in_demo(services))
    _add_start(pages, services, mailbox, tour)
    _add_mails(pages, services, mailbox)
    _add_match(pages, services)
    add_directory(pages, services)
    add_chain_map(pages, services)
    add_handover(pages, services)
    _add_errors(pages)
    _add_unknown(app, pages)
    pages.after_request(_add_headers)
    pages.context_processor(lambda: {"wording": wording})
    app.register_blueprint(pages)


def _add_start(
    pages: GuardedPages, services: Services, mailbox: Mailbox, tour: Tour | None
) -> None:
    @pages.get("/")
    def start() -> str:
        with services.sessions() as session:
            organisations, totals = read_organisations(session), read_totals(session)
        return render_template(
            "start.html",
            organisations=organisations,
            totals=totals,
            mails=len(mailbox),
            tour=tour,
        )


def _add_mails(pages: GuardedPages, services: Services, mailbox: Mailbox) -> None:
    @pages.get("/demo/mail")
    def mail_list() -> str:
        with services.sessions() as session:
            organisations = read_organisations(session)
        chosen = request.args.get("voor", "")
        addresses = {str(one.id): {a.address for a in one.addressees} for one in organisations}
        addresses |= {str(a.id): {a.address} for one in organisations for a in one.addressees}
        if chosen and chosen not in addresses:
            abort(404)
        mails = mailbox.newest_first(addresses[chosen] if chosen else None)
        last = max(1, math.ceil(len(mails) / MAILS_PER_PAGE))
        page = request.args.get("pagina", 1, type=int)
        if not 1 <= page <= last:
            abort(404)
        return render_template(
            "mail_list.html",
            mails=mails[(page - 1) * MAILS_PER_PAGE : page * MAILS_PER_PAGE],
            total=len(mails),
            is_empty=len(mailbox) == 0,
            names=names_by_address(organisations),
            organisations=organisations,
            chosen=chosen,
            page=page,
            last=last,
        )

    @pages.get("/demo/mail/<int:number>")
    def mail(number: int) -> Response:
        found = mailbox.get(number)
        if found is None:
            abort(404)
        with services.sessions() as session:
            names = names_by_address(read_organisations(session))
        body = render_template(
            "mail.html",
            mail=found,
            headers=headers(found),
            pieces=pieces(found.text, services.settings.base_url),
            names=names,
            sandbox=_MAY_LEAVE_THE_FRAME,
        )
        response = make_response(body)
        response.headers["Content-Security-Policy"] = f"{_POLICY}; frame-src 'self'"
        return response

    @pages.get("/demo/mail/<int:number>/opgemaakt")
    def mail_html(number: int) -> Response:
        found = mailbox.get(number)
        if found is None or not found.html:
            abort(404)
        response = make_response(framed_html(found))
        response.headers["Content-Security-Policy"] = _MAIL_POLICY
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response


def _add_match(pages: GuardedPages, services: Services) -> None:
    @pages.get("/matches/<uuid:match_id>/deelnames/<uuid:participation_id>")
    def match_page(match_id: UUID, participation_id: UUID) -> str:
        with services.sessions() as session:
            view = read_participation(
                session, services, match_id=match_id, participation_id=participation_id
            )
        if view is None:
            abort(404)
        return render_template("match.html", view=view, standings=Standing)

    @pages.get("/demo/<path:_rest>")
    @pages.get("/matches/<path:_rest>")
    def nothing(_rest: str) -> Response:
        abort(404)


def _add_errors(pages: GuardedPages) -> None:
    @pages.errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[str, int]:
        status = error.code or 500
        return render_template("error.html", status=status), status

    @pages.errorhandler(Exception)
    def unexpected(error: Exception) -> tuple[str, int]:
        event_log.log_unexpected(error, route=route_template())
        return render_template("error.html", status=500), 500


def _add_unknown(app: Flask, pages: GuardedPages) -> None:
    @app.errorhandler(404)
    def unknown(error: HTTPException) -> Response:
        is_page = request.blueprint == pages.name
        if not is_page and (request.url_rule is not None or _is_for_machines()):
            return http_problem(error)
        return _add_headers(make_response(render_template("error.html", status=404), 404))


def _is_for_machines() -> bool:
    return request.path.startswith(_FOR_MACHINES)


def _add_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    return response
