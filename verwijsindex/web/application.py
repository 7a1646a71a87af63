"""The pages for people, put together: who may see which, and what every answer carries."""

from __future__ import annotations

from flask import Flask, Response, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from verwijsindex.accounts.passkey_site import site_of
from verwijsindex.accounts.roles import ROLE_WORDS, Role
from verwijsindex.http.application import anyone
from verwijsindex.http.problems import http_problem
from verwijsindex.services import Services
from verwijsindex.web import wording
from verwijsindex.web.answers import add_headers, error_page, service_origin
from verwijsindex.web.chain_map_pages import add_chain_map
from verwijsindex.web.checkup_pages import checkups
from verwijsindex.web.directing_pages import directing
from verwijsindex.web.finding_pages import findings
from verwijsindex.web.guards import GuardedPages, signed_in
from verwijsindex.web.handover_pages import add_handover
from verwijsindex.web.help_pages import help_pages
from verwijsindex.web.match_pages import matches
from verwijsindex.web.own_pages import own
from verwijsindex.web.passkey_pages import passkeys
from verwijsindex.web.profile_pages import add_directory
from verwijsindex.web.provider_pages import providers
from verwijsindex.web.register_pages import registering
from verwijsindex.web.setup_pages import setup
from verwijsindex.web.sign_in_pages import add_sign_out, sign_in
from verwijsindex.web.signal_pages import caseload
from verwijsindex.web.stalled_pages import administering, team_stalled
from verwijsindex.web.stand_in_pages import own_mail, team_stand_ins
from verwijsindex.web.start_page import add_start
from verwijsindex.web.team_account_pages import team_accounts
from verwijsindex.web.team_client_pages import team_clients
from verwijsindex.web.team_pages import team
from verwijsindex.web.transfer_pages import transfers

#: Beneath these even an address that does not exist answers as a problem.
_FOR_MACHINES = ("/api", "/oauth", "/pseudoniemen")
#: Each for some roles, and the same for every application.
_OF_THEIR_OWN = (registering, caseload, checkups, transfers, matches, directing, findings)


def register_pages(app: Flask, services: Services) -> None:
    """Give *app*, the index, its pages."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["capfirst"] = wording.capitalised
    app.jinja_env.globals.update(
        wording=wording,
        role_words=ROLE_WORDS,
        roles=Role,
        passkey_site=site_of(services.settings.base_url),
        base_url=services.settings.base_url,
    )
    pages = GuardedPages("pages", guard=signed_in())
    add_start(pages)
    add_sign_out(pages)
    add_directory(pages, services)
    add_chain_map(pages, services)
    add_handover(pages, services)
    for one in (
        _assets(services),
        sign_in,
        passkeys,
        providers,
        setup,
        own,
        own_mail,
        pages,
        registering,
        caseload,
        checkups,
        transfers,
        matches,
        directing,
        findings,
        help_pages,
        team,
        team_accounts,
        team_clients,
        team_stand_ins,
        team_stalled,
        administering,
    ):
        app.register_blueprint(one)
    _answer_unknown(app)


def _assets(services: Services) -> GuardedPages:
    """Return style sheets, scripts and pictures: the same for everybody, and without secrets."""
    assets = GuardedPages("assets", guard=anyone)
    assets.static_folder = "static"
    assets.static_url_path = "/static"
    theme = services.settings.theme

    @assets.get("/thema.css")
    def own_theme() -> Response:
        response = Response(theme, mimetype="text/css")
        response.headers["Cache-Control"] = "no-cache"
        response.add_etag()
        response.make_conditional(request)
        return response

    # A worker has a policy of its own; the page's does not hold for it.
    worker = f"default-src 'none'; script-src 'self'; connect-src 'self' {service_origin(services)}"

    @assets.after_request
    def limit_workers(response: Response) -> Response:
        if request.path.endswith("_worker.js"):
            response.headers["Content-Security-Policy"] = worker
        return response

    return assets


def _answer_unknown(app: Flask) -> None:
    @app.errorhandler(404)
    def unknown(error: HTTPException) -> Response:
        is_page = app.blueprints.get(request.blueprint or "")
        if not isinstance(is_page, GuardedPages) and (
            request.url_rule is not None or f"/{request.path.lstrip('/')}".startswith(_FOR_MACHINES)
        ):
            return http_problem(error)
        response = error_page(404)
        return add_headers(response)
