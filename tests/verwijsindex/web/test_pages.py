"""The pages of the demonstration: who may see them, and what stands on them."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from tests.clock import Clock
from tests.verwijsindex.web.conftest import Site
from tests.world import World, make_world
from verwijsindex.web.demo_pages import register_demo
from verwijsindex.web.guards import GuardedPages
from verwijsindex.web.mailbox import Mailbox

PAGES = ["/demo", "/demo/mail", "/demo/mail/1", "/demo/mail/1/opgemaakt", "/demo/nergens"]
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def receive(mailbox: Mailbox, *, to: str, subject: str = "Match", html: str = "<p>x</p>") -> None:
    message = EmailMessage()
    message["Subject"] = subject
    message["To"] = to
    message.set_content("Zie http://127.0.0.1:8080/matches/x en http://elders.example/")
    message.add_alternative(html, subtype="html")
    mailbox.receive(message, recipients=[to], now=Clock()())


@ONE_DATABASE
@pytest.mark.parametrize("path", PAGES)
class TestGuard:
    def test_lets_this_machine_in(self, site: Site, path: str) -> None:
        receive(site.mailbox, to="a@a.example")
        expected = 404 if path == "/demo/nergens" else 200
        for host in ("127.0.0.1:8080", "localhost:8080", "[::1]:8080"):
            assert site.get(path, headers={"Host": host}).status_code == expected

    def test_refuses_other_machines(self, site: Site, path: str) -> None:
        for address in ("192.0.2.7", "2001:db8::1", "10.0.0.1", "nonsense"):
            answer = site.get(path, environ_overrides={"REMOTE_ADDR": address})
            assert answer.status_code == 403
            assert "alleen te bekijken op de computer" in answer.text

    def test_refuses_another_host(self, site: Site, path: str) -> None:
        for host in ("index.example", "127.0.0.1.index.example", "localhost.example:8080", "[::2]"):
            assert site.get(path, headers={"Host": host}).status_code in {400, 403}

    def test_refuses_what_was_passed_on(self, site: Site, path: str) -> None:
        for name in ("X-Forwarded-For", "Forwarded", "Via"):
            assert site.get(path, headers={name: "x"}).status_code == 403

    def test_outside_the_demonstration_there_are_no_pages(self, world: World, path: str) -> None:
        assert world.http.get(path).status_code == 404


@ONE_DATABASE
class TestEveryPage:
    def test_its_blueprint_names_its_guard(self, site: Site) -> None:
        blueprint = site.world.app.blueprints["demo"]
        assert isinstance(blueprint, GuardedPages)
        assert blueprint.guard in site.world.app.before_request_funcs["demo"]

    def test_refuses_even_when_registered_outside_the_demonstration(
        self, database_url: str, clock: Clock
    ) -> None:
        world = make_world(database_url, clock, is_demo=False)
        register_demo(world.app, world.services, Mailbox())
        assert world.http.get("/demo", headers={"Host": "localhost"}).status_code == 404
        world.services.engine.dispose()

    def test_may_fetch_nothing_from_elsewhere(self, site: Site) -> None:
        for path in ("/", "/demo", "/demo/mail", "/demo/nergens"):
            policy = site.get(path).headers["Content-Security-Policy"]
            assert policy.split("; ") == [
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self'",
                "connect-src 'self'",
                "form-action 'self'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
                "require-trusted-types-for 'script'",
                "trusted-types 'none'",
            ]
            assert "<script" not in site.get(path).text

    def test_is_not_kept_by_browsers(self, site: Site) -> None:
        assert site.get("/").headers["Cache-Control"] == "no-store"
        assert site.get("/").headers["Referrer-Policy"] == "no-referrer"

    def test_the_api_answers_as_ever(self, site: Site) -> None:
        answer = site.get("/api/v1/matches")
        assert (answer.status_code, answer.content_type) == (401, "application/problem+json")

    def test_an_unforeseen_error_says_nothing_of_itself(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise RuntimeError("geheim")

        monkeypatch.setattr("verwijsindex.web.demo_pages.read_organisations", fail)
        answer = site.get("/demo")
        assert answer.status_code == 500
        assert "Er ging iets mis" in answer.text
        assert "geheim" not in answer.text


@ONE_DATABASE
class TestExplanation:
    def test_names_every_organisation_and_its_units(self, site: Site) -> None:
        site.world.member("Wijkteam", units={"Jeugd & gezin": 'domein = "jeugd"'})
        site.world.member("GGZ", domain="ggz", sensitive=True)
        site.world.member("Vrijwilligers", bsn=False, secure_mail=False)
        text = site.get("/demo").text
        assert "Jeugd &amp; gezin" in text
        assert text.count("gevoelig: ziet eerst") == 1
        assert text.count("mag geen BSN gebruiken") == 1
        assert text.count("mail met alleen een link") == 1

    def test_counts_what_there_is(self, site: Site) -> None:
        first, second = site.world.member("Alfa"), site.world.member("Beta")
        for number in range(3):
            first.register(number)
        second.register(0)
        text = site.get("/demo").text
        assert "<dt>Actieve signalen</dt><dd>4</dd>" in text
        assert "<dt>Open matches</dt><dd>1</dd>" in text

    def test_does_without_a_walk_through(self, database_url: str, clock: Clock) -> None:
        world = make_world(database_url, clock, is_demo=True, base_url="http://localhost")
        register_demo(world.app, world.services, Mailbox())
        answer = world.http.get("/demo", headers={"Host": "localhost"})
        assert "Rondleiding" not in answer.text
        world.services.engine.dispose()


@ONE_DATABASE
class TestMailList:
    def test_says_what_to_do_when_there_are_none(self, site: Site) -> None:
        assert "Er zijn nog geen mails" in site.get("/demo/mail").text

    def test_shows_the_newest_first(self, site: Site) -> None:
        for number in range(3):
            receive(site.mailbox, to="a@a.example", subject=f"Bericht {number}")
        text = site.get("/demo/mail").text
        places = [text.index(f"Bericht {number}") for number in (2, 1, 0)]
        assert places == sorted(places)

    def test_names_the_recipient(self, site: Site) -> None:
        site.world.member("Wijkteam")
        receive(site.mailbox, to="M1@wijkteam.example")
        receive(site.mailbox, to="team@wijkteam.example")
        text = site.get("/demo/mail").text
        assert "M. Wijkteam 1, Wijkteam" in text
        assert "Team (postbus), Wijkteam" in text

    def test_filters_by_organisation_and_by_mailbox(self, site: Site) -> None:
        member, _ = site.world.member("Wijkteam"), site.world.member("Loket")
        receive(site.mailbox, to="m1@wijkteam.example", subject="Eerste")
        receive(site.mailbox, to="team@wijkteam.example", subject="Tweede")
        receive(site.mailbox, to="m1@loket.example", subject="Derde")
        text = site.get(f"/demo/mail?voor={member.id}").text
        assert "Eerste" in text
        assert "Tweede" in text
        assert "Derde" not in text
        unit = next(iter(member.units.values()))
        text = site.get(f"/demo/mail?voor={unit}").text
        assert "Tweede" in text
        assert "Eerste" not in text
        assert f'value="{unit}" selected' in text

    def test_says_so_when_a_choice_has_none(self, site: Site) -> None:
        member = site.world.member("Wijkteam")
        receive(site.mailbox, to="m1@elders.example")
        assert "Geen mails voor deze keuze" in site.get(f"/demo/mail?voor={member.id}").text

    def test_comes_in_pages(self, site: Site) -> None:
        for number in range(60):
            receive(site.mailbox, to="a@a.example", subject=f"[{number}]")
        first, last = site.get("/demo/mail").text, site.get("/demo/mail?pagina=3").text
        assert "[59]" in first
        assert "[34]" not in first
        assert "[0]" in last
        assert "Oudere mails" in first
        assert "Oudere mails" not in last

    @pytest.mark.parametrize("query", ["pagina=0", "pagina=2", "pagina=-1", "voor=x", "voor=%00"])
    def test_knows_no_other_pages(self, site: Site, query: str) -> None:
        answer = site.get(f"/demo/mail?{query}")
        assert answer.status_code == 404
        assert "Deze pagina is er niet" in answer.text


@ONE_DATABASE
class TestMail:
    def test_shows_text_and_headers_and_escapes_them(self, site: Site) -> None:
        receive(site.mailbox, to="a@a.example", subject="<b>Match</b>")
        text = site.get("/demo/mail/1").text
        assert "&lt;b&gt;Match&lt;/b&gt;" in text
        assert "<b>" not in text
        assert "a@a.example" in text

    def test_makes_links_to_matches_alone(self, site: Site) -> None:
        first, second = site.world.member("Alfa"), site.world.member("Beta")
        first.register(1)
        second.register(1)
        site.deliver()
        text = site.get("/demo/mail/1").text
        assert text.count('<a href="/matches/') == 1
        receive(site.mailbox, to="a@a.example")
        last = site.mailbox.newest_first()[0].number
        assert "elders.example" in site.get(f"/demo/mail/{last}").text
        assert 'href="http' not in site.get(f"/demo/mail/{last}").text

    def test_its_html_can_do_nothing(self, site: Site) -> None:
        receive(site.mailbox, to="a@a.example", html="<html><head></head><script>1</script></html>")
        answer = site.get("/demo/mail/1/opgemaakt")
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-top-navigation-by-user-activation;")
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert '<head><base target="_top">' in answer.text
        frame = site.get("/demo/mail/1").text
        assert 'sandbox="allow-top-navigation-by-user-activation"' in frame

    @pytest.mark.parametrize("path", ["/demo/mail/1", "/demo/mail/1/opgemaakt", "/demo/mail/x"])
    def test_that_is_not_there_is_not_found(self, site: Site, path: str) -> None:
        assert site.get(path).status_code == 404


def test_a_full_mailbox_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verwijsindex.web.mailbox.LARGEST_MAILBOX", 5)
    mailbox = Mailbox()
    for _ in range(7):
        receive(mailbox, to="a@a.example")
    assert len(mailbox) == 5
    assert mailbox.get(2) is None
    assert mailbox.get(3) is not None


@ONE_DATABASE
def test_a_mail_without_parts_is_shown_as_text(site: Site) -> None:
    message = EmailMessage()
    message.set_content("Alleen tekst")
    site.mailbox.receive(message, recipients=["a@a.example"], now=site.world.clock())
    text = site.get("/demo/mail/1").text
    assert "Alleen tekst" in text
    assert "(geen onderwerp)" in text
    assert "<iframe" not in text


@ONE_DATABASE
class TestUnknownAddress:
    def test_of_a_page_is_answered_with_a_page(self, site: Site) -> None:
        answer = site.get("/nergens")
        assert answer.status_code == 404
        assert answer.content_type.startswith("text/html")
        assert "Dit adres bestaat niet" in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("path", ["/api/v1/nergens", "/oauth/nergens", "/pseudoniemen/x"])
    def test_of_an_interface_is_answered_with_a_problem(self, site: Site, path: str) -> None:
        answer = site.get(path)
        assert answer.status_code == 404
        assert answer.content_type == "application/problem+json"


@ONE_DATABASE
def test_the_explanation_leads_to_directory_and_chain_map(site: Site) -> None:
    text = site.get("/demo").text
    main = text.partition("<main")[2]
    assert 'href="/sociale-kaart"' in main
    assert 'href="/keten"' in main
    assert "de GGZ zegt tegen iemand “kom eerst tot rust”" in main
