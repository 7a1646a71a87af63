"""The start page: what waits for me."""

from __future__ import annotations

from flask import render_template

from match.follow_up import FollowUpStage
from match.matches import MatchStatus
from orgprofiles.organisations import OrganisationStatus
from verwijsindex.accounts.roles import CASE_WORK, Role
from verwijsindex.request_scope import services, session
from verwijsindex.use_cases.match_views import MatchView
from verwijsindex.use_cases.paging import Page
from verwijsindex.use_cases.read_matches import MatchOrder, list_matches
from verwijsindex.use_cases.read_signals import (
    Checkup,
    CheckupCounts,
    SignalFilter,
    SignalView,
    count_checkups,
    list_signals,
)
from verwijsindex.web import match_wording
from verwijsindex.web.guards import GuardedPages
from verwijsindex.web.visitors import visitor

_SHOWN = Page(1, 5)
_NEWEST = Page(1, 10)


def add_start(pages: GuardedPages) -> None:
    """Give *pages* the start page."""

    @pages.get("/")
    def start() -> str:
        who = visitor()
        own = session(), services()
        sees_matches = Role.PROFESSIONAL in who.roles
        mine: list[MatchView] = []
        team: list[MatchView] = []
        newest: list[MatchView] = []
        count = 0
        lapsing: list[SignalView] = []
        checkups = CheckupCounts(0, 0)
        if sees_matches and who.professional_id is not None:
            count, mine = list_matches(
                *own,
                caller=who.caller,
                page=_SHOWN,
                status=MatchStatus.OPEN,
                stage=FollowUpStage.OPEN,
                professional_id=who.professional_id,
                order=MatchOrder.DEADLINE,
            )
        if sees_matches:
            _, team = list_matches(
                *own,
                caller=who.caller,
                page=_SHOWN,
                status=MatchStatus.OPEN,
                stage=FollowUpStage.OPEN,
                other_than=who.professional_id,
                order=MatchOrder.DEADLINE,
            )
        if sees_matches and who.previous_visit_at is not None:
            # What is new has the latest deadline: it is not among the first of those.
            _, newest = list_matches(*own, caller=who.caller, page=_NEWEST, status=MatchStatus.OPEN)
        if who.roles & CASE_WORK:
            checkups = count_checkups(
                *own, caller=who.caller, professional_key=who.professional_key
            )
        if checkups.lapsing:
            _, lapsing = list_signals(
                *own,
                caller=who.caller,
                wanted=SignalFilter(professional_key=who.professional_key, checkup=Checkup.LAPSING),
                page=_SHOWN,
                by_lapse=True,
            )
        return render_template(
            "home.html",
            mine=mine,
            mine_count=count,
            team=team,
            lapsing=lapsing,
            checkups=checkups,
            changes=match_wording.changes_since([*newest, *mine], who.previous_visit_at)[
                : _SHOWN.size
            ],
            does_case_work=bool(who.roles & CASE_WORK),
            sees_matches=sees_matches,
            is_active=who.caller.status is OrganisationStatus.ACTIVE,
            today=services().today(),
            match_wording=match_wording,
        )
