"""The match page: one participation, as the professional whose it is may see it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from match.matches import Match, MatchPair, PairVisibility
from tests.verwijsindex.web.conftest import Site
from tests.verwijsindex.web.published import debt_relief, page_of
from tests.world import Member
from verwijsindex.accounts.records import Account
from verwijsindex.audit import Action, ActorKind, AuditEvent, mac_is_right

pytestmark = pytest.mark.any_database

CONSENT = "Vraag uw cliënt eerst toestemming om inhoudelijk te overleggen."
TALK_FIRST = "Bespreek deze match niet met de cliënt voordat u de andere betrokkene hebt gesproken."
DEFERRED = {"uitgesteldReden": "veiligheid_client", "herzienDatum": "2026-12-10"}


@pytest.fixture
def pair(site: Site) -> tuple[Member, Member]:
    """Return two organisations with a match about test person 1."""
    first = site.world.member("Sociale dienst", domain="werk_en_inkomen")
    second = site.world.member("Wijkteam", domain="zorg")
    assert first.register(1, kenmerk="W-1").status_code == 201
    assert second.register(1, kenmerk="Z-2", contact={"afdeling": True}).status_code == 201
    site.deliver()
    return first, second


def own_link(site: Site, member: Member) -> str:
    (found,) = member.get("/api/v1/matches").json["resultaten"]
    (own,) = found["eigenDeelnames"]
    return f"/matches/{found['id']}/deelnames/{own['id']}"


def end(member: Member, reason: str = "afgerond") -> Any:
    (found,) = member.get("/api/v1/matches").json["resultaten"]
    (own,) = found["eigenDeelnames"]
    answer = member.patch(
        f"/api/v1/signalen/{own['signaal']}", {"status": "beeindigd", "reden": reason}
    )
    assert answer.status_code == 200
    return answer


def test_mails_lead_to_it(site: Site, pair: tuple[Member, Member]) -> None:
    assert site.link("m1@sociale-dienst.example") == own_link(site, pair[0])
    assert site.link("team@wijkteam.example") == own_link(site, pair[1])


def test_shows_the_own_reference_and_whom_to_call(site: Site, pair: tuple[Member, Member]) -> None:
    text = site.get(own_link(site, pair[0])).text
    assert "W-1" in text
    assert "Z-2" not in text
    assert "Wijkteam" in text
    assert "sinds 23 november 2026" in text
    assert 'href="tel:0101234567"' in text
    assert 'href="mailto:team@wijkteam.example"' in text
    assert CONSENT in text
    assert TALK_FIRST not in text


def test_leads_to_how_the_other_works_where_that_is_published(site: Site) -> None:
    first = site.world.member("Sociale dienst", domain="werk_en_inkomen")
    other = debt_relief(site)
    assert first.register(1, kenmerk="W-1").status_code == 201
    assert other.register(1, kenmerk="Z-2").status_code == 201
    site.deliver()
    seen = site.get(own_link(site, first)).text
    assert f'href="{page_of(other)}">Zo werkt Schuldhulp (sociale kaart)</a>' in seen
    assert 'only-now">Open tot ' in seen or 'only-now">Dicht tot ' in seen
    assert "(sociale kaart)" not in site.get(own_link(site, other)).text


def main_of(answer: Any) -> str:
    """Return the page without who reads it."""
    return str(answer.text).partition("<main")[2]


def test_shows_the_other_side_the_professional(site: Site, pair: tuple[Member, Member]) -> None:
    text = site.get(own_link(site, pair[1])).text
    assert "Z-2" in text
    assert "W-1" not in text
    assert "M. Sociale dienst 1" in text
    assert "werk en inkomen" in text


def test_looking_leaves_an_audit_row(site: Site, pair: tuple[Member, Member]) -> None:
    path = own_link(site, pair[0])
    site.get(path)
    with site.world.services.sessions() as session:
        (row,) = session.query(AuditEvent).filter_by(actor_kind=ActorKind.ACCOUNT).all()
        assert row.action is Action.MATCH_READ
        reader = session.get_one(Account, row.actor_id)
        assert (reader.organisation_id, reader.name) == (pair[0].id, "M. Sociale dienst 1")
        assert row.object_id == session.query(Match.id).scalar()
        assert row.organisation_id == pair[0].id
        assert mac_is_right(row, site.world.services.audit_key)


def test_says_to_talk_first_when_either_side_deferred_informing(site: Site) -> None:
    first, second = site.world.member("Alfa"), site.world.member("Beta")
    first.register(1)
    second.register(1, geinformeerd=DEFERRED)
    for member in (first, second):
        text = site.get(own_link(site, member)).text
        assert TALK_FIRST in text
        assert CONSENT not in text
        assert "Vertel uw cliënt" not in text


def test_when_the_other_ended_it_is_over(site: Site, pair: tuple[Member, Member]) -> None:
    path = own_link(site, pair[0])
    end(pair[1])
    text = site.get(path).text
    assert "Deze match is voorbij" in text
    assert "wijkteam.example" not in text
    assert CONSENT not in text


def test_when_one_ended_oneself_nobody_is_shown(site: Site, pair: tuple[Member, Member]) -> None:
    path = own_link(site, pair[0])
    end(pair[0])
    text = site.get(path).text
    assert "U hebt uw betrokkenheid beëindigd" in text
    assert "23 november 2026" in text
    assert "wijkteam.example" not in text


def test_after_a_lapse_it_says_how_to_go_on(site: Site, pair: tuple[Member, Member]) -> None:
    from verwijsindex.worker import Worker

    path = own_link(site, pair[0])
    site.world.clock.advance(timedelta(days=800))
    Worker(site.world.services).lapse()
    text = site.get(path).text
    assert "Uw signaal is verlopen" in text
    assert "31 januari 2029" in text


def test_a_stranger_who_joins_is_shown_too(site: Site, pair: tuple[Member, Member]) -> None:
    third = site.world.member("Raadslieden", domain="juridisch")
    third.register(1)
    text = site.get(own_link(site, pair[0])).text
    assert "2 anderen zijn ook betrokken" in text
    assert "M. Raadslieden 1" in text


def test_whoever_never_saw_anybody_learns_of_no_match(
    site: Site, pair: tuple[Member, Member]
) -> None:
    paths = [own_link(site, member) for member in pair]
    low_sees = sorted(paths, key=lambda path: path.rpartition("/")[2])
    with site.world.services.sessions.begin() as session:
        session.execute(update(MatchPair).values(visibility=PairVisibility.LOW))
    assert site.get(low_sees[0]).status_code == 200
    hidden = site.get(low_sees[1])
    assert hidden.status_code == 404
    assert main_of(hidden) == main_of(site.get("/matches/x/deelnames/y"))


def test_a_participation_of_another_match_is_not_found(
    site: Site, pair: tuple[Member, Member]
) -> None:
    _, _, match_id, _, participation_id = own_link(site, pair[0]).split("/")
    for path in (
        f"/matches/{participation_id}/deelnames/{participation_id}",
        f"/matches/{match_id}/deelnames/{match_id}",
        f"/matches/{match_id}",
        f"/matches/{match_id}/deelnames/",
    ):
        answer = site.get(path)
        assert answer.status_code == 404
        assert "Deze pagina is er niet" in answer.text


def test_never_shows_who_the_client_is(site: Site, pair: tuple[Member, Member]) -> None:
    from tests.world import test_bsn

    text = site.get(own_link(site, pair[0])).text
    assert test_bsn(1) not in text
    assert "1980" not in text
