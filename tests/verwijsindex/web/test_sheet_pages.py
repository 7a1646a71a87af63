"""The handover and feedback sheets as pages: who gets them, and what stands on them."""

from __future__ import annotations

import re

import pytest

from tests.rich_profile import rich_profile
from tests.verwijsindex.web.conftest import Site
from tests.verwijsindex.web.sheets import SHEETS, receiver
from tests.verwijsindex.web.test_match_page import own_link

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KINDS = list(SHEETS)


@ONE_DATABASE
class TestPage:
    def test_only_who_has_published_has_sheets(self, site: Site) -> None:
        silent = site.world.member("Stil")
        for kind in KINDS:
            answer = site.get(f"/{kind}/{silent.id}")
            assert answer.status_code == 404
            assert "staat niet op de sociale kaart" in answer.text
            assert site.get(f"/{kind}/x").status_code == 404
            assert site.get(f"/{kind}").status_code == 404

    def test_who_is_not_signed_in_gets_none(self, site: Site) -> None:
        member = receiver(site)
        site.world.app.wsgi_app = site.world.app.wsgi_app._app  # type: ignore[method-assign, attr-defined]
        for kind in KINDS:
            answer = site.get(f"/{kind}/{member.id}")
            assert answer.status_code == 303
            assert answer.headers["Location"].startswith("/inloggen?")

    @pytest.mark.parametrize("kind", KINDS)
    def test_may_open_no_connection(self, site: Site, kind: str) -> None:
        headers = site.get(f"/{kind}/{receiver(site).id}").headers
        policy = headers["Content-Security-Policy"].split("; ")
        for part in (
            "default-src 'none'",
            "connect-src 'none'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "worker-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ):
            assert part in policy
        (sandbox,) = [one for one in policy if one.startswith("sandbox ")]
        assert "allow-forms" not in sandbox
        assert "allow-popups" not in sandbox
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "geolocation=()" in headers["Permissions-Policy"]
        assert headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("kind", KINDS)
    def test_has_no_form_and_nothing_inline(self, site: Site, kind: str) -> None:
        text = site.get(f"/{kind}/{receiver(site).id}").text
        assert "<form" not in text
        assert "style=" not in text
        assert re.findall(r"<script[^>]*>([^<]*)</script>", text) == [""]
        assert not re.search(r"<[^>]+\son\w+=", text)
        places = re.findall(r"<(?:input|textarea)[^>]*>", text)
        assert len(places) > 10
        for one in places:
            assert 'autocomplete="off"' in one
            # Radios have a name to be a group by; they stand in no form.
            assert ("name=" in one) == ('type="radio"' in one)
            assert 'spellcheck="false"' in one or 'type="radio"' in one

    @pytest.mark.parametrize("kind", KINDS)
    def test_shows_how_the_receiver_works(self, site: Site, kind: str) -> None:
        text = re.sub(r"\s+", " ", site.get(f"/{kind}/{receiver(site).id}").text)
        side = text[text.index("<aside") : text.index("</aside>")]
        for part in (
            "noord@wijkteam.example",
            "010-555 02 99",
            "stuur de brief mee of noem de datum",
            "Bel eerst. Stuur daarna ook een mail.",
            "Binnen 4 uur",
            "Open tot 12:30 uur",
            "de receptie, die belt de contactpersoon van de wijk",
            "Binnen 2 weken",
            "zij kunnen u vragen de cliënt op te zoeken",
            "In het eerste gesprek",
            "Binnen 10 werkdagen hoort u:",
        ):
            assert part in side, part

    def test_the_profile_leads_to_both(self, site: Site) -> None:
        member = receiver(site)
        text = site.get(f"/sociale-kaart/{member.id}").text
        for kind in KINDS:
            assert f'href="/{kind}/{member.id}"' in text

    def test_a_match_leads_to_those_of_whom_one_may_see(self, site: Site) -> None:
        bases = [
            rich_profile()["grondslagen"][0] | {"leeftijdsgroepen": ["23+"], "eist": "informeren"}
        ]
        one, silent = receiver(site, grondslagen=bases), site.world.member("Stil")
        other = site.world.member("Ander")
        for member in (one, silent, other):
            assert member.register(1).status_code == 201
        text = site.get(own_link(site, other)).text
        for kind in KINDS:
            assert re.findall(rf'href="/{kind}/([^"]+)"', text) == [str(one.id)]
        assert "/overdracht/" not in site.get(own_link(site, one)).text
