"""The pages that only a demonstration has: explanation, mails, and signing in with one click."""

from __future__ import annotations

import math
from collections.abc import Sequence
from uuid import UUID

from flask import Flask, Response, abort, make_response, render_template, request

from verwijsindex.accounts.records import Account, AccountStatus, SignInMethod
from verwijsindex.accounts.signing_in import enter
from verwijsindex.services import Services
from verwijsindex.web.answers import page_policy
from verwijsindex.web.demo_logins import Login, read_logins
from verwijsindex.web.directory import names_by_address, read_organisations, read_totals
from verwijsindex.web.guards import GuardedPages, only_in_demo
from verwijsindex.web.mail_reading import framed_html, headers, pieces
from verwijsindex.web.mailbox import Mailbox
from verwijsindex.web.sign_in_pages import browser, let_in
from verwijsindex.web.tour import Tour

MAILS_PER_PAGE = 25
_MAY_LEAVE_THE_FRAME = "allow-top-navigation-by-user-activation"
# A mail's own HTML: no scripts, no requests, its own inline style alone.
_MAIL_POLICY = (
    f"sandbox {_MAY_LEAVE_THE_FRAME}; default-src 'none'; style-src 'unsafe-inline';"
    " frame-ancestors 'self'; form-action 'none'"
)


def register_demo(
    app: Flask,
    services: Services,
    mailbox: Mailbox,
    *,
    tour: Tour | None = None,
    logins: Sequence[Login] = (),
) -> None:
    """Give *app* the pages of the demonstration.

    Args:
        app: The index, with its pages.
        services: Of the index; the guard looks whether it is a demonstration.
        mailbox: The mails to show.
        tour: The walk-through on the page that explains; None leaves it out.
        logins: Who can sign in with one click.
    """
    pages = GuardedPages("demo", guard=only_in_demo(services))
    _add_start(pages, services, mailbox, tour)
    _add_mails(pages, services, mailbox)
    _add_sign_in(pages, services, logins)

    @pages.get("/demo/<path:_rest>")
    def nothing(_rest: str) -> Response:
        abort(404)

    app.register_blueprint(pages)


def _add_start(
    pages: GuardedPages, services: Services, mailbox: Mailbox, tour: Tour | None
) -> None:
    @pages.get("/demo")
    def explanation() -> str:
        with services.sessions() as session:
            organisations, totals = read_organisations(session), read_totals(session)
        return render_template(
            "explanation.html",
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
        response.headers["Content-Security-Policy"] = page_policy(more="frame-src 'self'")
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


def _add_sign_in(pages: GuardedPages, services: Services, logins: Sequence[Login]) -> None:
    @pages.get("/demo/inloggen")
    def logins_page() -> str:
        with services.sessions() as session:
            shown = read_logins(session, services, logins)
        return render_template("demo_logins.html", logins=shown)

    @pages.post("/demo/inloggen")
    def enter_at_once() -> Response:
        with services.sessions() as session:
            account = session.get(Account, request.form.get("account", type=UUID))
            if account is None or account.status is not AccountStatus.ACTIVE:
                abort(404)
            entered = enter(
                session,
                services,
                account=account,
                method=SignInMethod.DEMO,
                browser=browser(),
            )
        return let_in(entered)
