"""Pictures of what becomes of matches and signals in half a year: pages, and the mails about them.

The demonstration runs on a calendar of its own, so that the pictures have the same days each time.
Its own worker plans on the clock of this machine and rests; this one is told when to work.
"""

# ruff: noqa: INP001
from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import httpx
from case_work import become, unstick
from playwright.sync_api import Page
from sqlalchemy import select

from crypto.person import canonical_parent
from match.lead_rules import Preference
from orgprofiles.domains import Domain
from verwijsindex.accounts.records import Account
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.client import IndexConnection, read_settings
from verwijsindex.client.blinding import Person
from verwijsindex.client.signals import Informing, Reaction, SignalDetails, Way
from verwijsindex.demo.people import MadeUpPerson, People
from verwijsindex.demo.running import RunningDemo, running_demo
from verwijsindex.use_cases.change_lead_rule import change_lead_rule
from verwijsindex.web.mailbox import Mail
from verwijsindex.worker import Worker

Save = Callable[[Page, str, int], None]
Pages = Mapping[int, Page]
_INGRID, _ROY, _WILLEM, _ELIF = "Ingrid Koster", "Roy Pinas", "Willem Bakker", "Elif Yıldız"
_COORDINATOR, _DIRECTOR, _KEEPER = "Bram Wolters", "Saskia Mulder", "Peter Hoogland"
_SCHULDHULP = ("sociale-dienst", "Schuldhulp", "ikoster")
_SCHULDHULP_TOO = ("sociale-dienst", "Schuldhulp", "rpinas")
_WERK = ("sociale-dienst", "Werk en inkomen", "mozturk")
_WELZIJN = ("sociaal-wijkteam", "Team Welzijn", "wbakker")
_JEUGD = ("sociaal-wijkteam", "Team Jeugd", "eyildiz")
_GEZIN = ("centrum-voor-jeugd-en-gezin", "Opvoeden en opgroeien", "mvanleeuwen")
_QUIET = timedelta(seconds=1)
_MATCHES = 6

Desk = tuple[str, str, str]  # organisation, unit, key of the professional


class _Calendar:
    """A clock that goes on, and can be turned."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.turn(date(2027, 3, 2))

    def __call__(self) -> datetime:
        return self._moment + timedelta(seconds=time.monotonic() - self._began)

    def turn(self, day: date) -> None:
        """Make it half past nine in the morning of *day*."""
        self._began = time.monotonic()
        self._moment = datetime(day.year, day.month, day.day, 8, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Story:
    demo: RunningDemo
    calendar: _Calendar
    people: People
    pages: Pages
    save: Save

    def work(self) -> None:
        """Do what the worker does each second, until no mail is left to send."""
        worker = Worker(self.demo.services)
        worker.review()
        worker.ask_leads()
        worker.gather()
        worker.deliver()

    def register(self, desk: Desk, person: MadeUpPerson, reference: str, **details: object) -> str:
        """Register *person* as a source system does; return the signal's id.

        *details*: ``parents`` and ``lapses_on``.
        """
        slug, unit, key = desk
        today = self.demo.services.today()
        parents = [canonical_parent(bsn=one.bsn) for one in details.pop("parents", ())]
        known = Person.with_bsn(bsn=person.bsn, birth_date=person.born.isoformat(), today=today)
        with IndexConnection(self._settings(slug)) as connection:
            (unit_id,) = [one.id for one in connection.own_units() if one.name == unit]
            signal = SignalDetails(
                unit_id,
                Informing(Way.CONVERSATION, today, Reaction.NO_OBJECTION),
                professional_key=key,
                reference=reference,
                **details,
            )
            return connection.register(replace(known, parents=tuple(parents)), signal).id

    def end(self, slug: str, signal_ids: list[str], reason: str) -> None:
        """End signals as a source system does."""
        with self._api(slug) as http:
            for one in signal_ids:
                body = {"status": "beeindigd", "reden": reason}
                http.patch(f"/api/v1/signalen/{one}", json=body).raise_for_status()

    def shoot(self, name: str, path: str, *, who: str) -> None:
        """Take a page as *who* sees it, on each width."""
        for width, page in self.opened(path, who):
            self.save(page, name, width)

    def opened(self, path: str, who: str) -> Iterator[tuple[int, Page]]:
        """Open a page as *who*, width by width."""
        for width, page in self.pages.items():
            become(page, self.demo, who)
            page.goto(self.demo.base_url + path)
            yield width, page

    def mail(self, name: str, to: str, subject: str) -> None:
        """Take the newest mail to *to* with *subject* in its own, when it is there."""
        found = self._mail(to, subject).number
        for width, page in self.pages.items():
            page.goto(f"{self.demo.base_url}/demo/mail/{found}")
            self.save(page, f"mail-{name}", width)

    def link(self, to: str, subject: str) -> str:
        """Return the path that the newest such mail leads to."""
        return self._mail(to, subject).text.split(self.demo.base_url)[1].split()[0]

    def _mail(self, to: str, subject: str) -> Mail:
        self.work()
        for one in self.demo.mailbox.newest_first():
            if one.recipients[0].startswith(to) and subject in one.subject:
                return one
        there = [(one.recipients, one.subject) for one in self.demo.mailbox.newest_first()]
        raise LookupError(there)

    def _settings(self, slug: str) -> object:
        return read_settings(self.demo.folder / "clients" / f"{slug}.toml", {})

    @contextmanager
    def _api(self, slug: str) -> Iterator[httpx.Client]:
        settings = self._settings(slug)
        with httpx.Client(base_url=self.demo.base_url, timeout=60) as http:
            asked = {"grant_type": "client_credentials", "resource": "index"}
            asked |= {"client_id": settings.client_id, "client_secret": settings.credential.value}
            token = http.post("/oauth/token", data=asked).json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            yield http


def shoot_life(pages: Pages, save: Save) -> None:
    """Everything, in a demonstration of its own."""
    calendar = _Calendar()
    with running_demo(Path(".demo"), 8080, digest_quiet=_QUIET, clock=calendar) as demo:
        people = People(Random("leven"), calendar().date())  # noqa: S311 (makes up people, not secrets)
        story = _Story(demo, calendar, people, pages, save)
        _nothing_yet(story)
        _agree_on_leads(story)
        _match(story)
        _family(story)
        _transfer(story)
        _own_mail(story)
        _history(story)
        _fishing(story)
        _stall(story)
        _half_a_year(story)
        _leave(story)
        for page in pages.values():
            page.context.clear_cookies()


def _nothing_yet(story: _Story) -> None:
    story.shoot("nakijken-leeg", "/signalen/nakijken", who=_INGRID)
    story.shoot("eigen-mail-leeg", "/mijn-gegevens/mail", who=_INGRID)
    story.shoot("vastgelopen-organisatie-leeg", "/instelling/vastgelopen", who=_COORDINATOR)
    story.shoot("vastgelopen-leeg", "/beheer/vastgelopen", who=_KEEPER)
    story.shoot("meldingen-leeg", "/beheer/meldingen", who=_KEEPER)


def _agree_on_leads(story: _Story) -> None:
    """In matches about young people somebody of that domain, else the match regisseur."""
    services = story.demo.services
    with services.sessions() as session:
        director = session.scalars(select(Account.id).where(Account.name == _DIRECTOR)).one()
        change_lead_rule(
            session,
            services,
            actor=Actor(ActorKind.ADMINISTRATOR),
            preferences=[Preference(domain=Domain.YOUTH), Preference(director_id=director)],
            reason="Afgesproken in het overleg van de deelnemers",
        )


def _match(story: _Story) -> None:
    """Clients whom two know; one of the others proves to be somebody else."""
    for number in range(1, _MATCHES + 1):
        person = story.people.make(30, 60)
        story.register(_SCHULDHULP, person, f"D-22{number:02}", lapses_on=date(2027, 10, 1))
        other = story.register(_WELZIJN, person, f"W-31{number:02}")
    story.mail("match", "ikoster@", "Match bij")
    story.mail("regie-gevraagd", "saskia", "overzicht")
    story.shoot("regie", "/regie", who=_DIRECTOR)
    story.shoot("match-regie-gevraagd", story.link("ikoster@", "Match bij"), who=_INGRID)
    story.end("sociaal-wijkteam", [other], "verkeerde_persoon")
    story.mail("verkeerde-persoon", "ikoster@", "Ingetrokken")


def _family(story: _Story) -> None:
    """Two children of one mother; how she is named, and what is said of a slip."""
    for width, page in story.opened("/registreren", _ELIF):
        page.locator("#registreren:not([hidden])").wait_for()
        page.get_by_text("Ouders noemen").click()
        story.save(page, "registreren-ouders", width)
        page.get_by_label("BSN van een ouder").fill("123456789")
        page.get_by_role("button", name="Registreer", exact=True).click()
        # The pictures are public: no number in them, were it a wrong one.
        page.locator("#ouder1_bsn").evaluate("one => (one.type = 'password')")
        story.save(page, "registreren-ouders-fout", width)
    mother, one, other = (story.people.make(*ages) for ages in ((30, 40), (4, 7), (8, 10)))
    story.register(_JEUGD, one, "J-318", parents=[mother])
    story.register(_GEZIN, other, "G-1207", parents=[mother])
    story.mail("gezinsmatch", "mvanleeuwen@", "Gezinsmatch")
    story.shoot("gezinsmatch", story.link("eyildiz@", "Gezinsmatch"), who=_ELIF)


def _transfer(story: _Story) -> None:
    """The desk hands two over, the telephone one; the mails come the next morning."""
    over = re.compile("^Draag.*over$")
    for width, page in story.opened("/signalen", _INGRID):
        for box in page.get_by_role("checkbox", name="Kies").all()[: 2 if width > 600 else 1]:
            box.check()
        page.get_by_role("button", name=over).click()
        story.save(page, "overdragen", width)
        page.get_by_role("button", name=over).click()
        story.save(page, "overdragen-fout", width)
        page.get_by_label("Aan wie?").select_option(label=_ROY)
        page.get_by_role("button", name=over).click()
        story.save(page, "overgedragen", width)
    story.calendar.turn(date(2027, 3, 3))
    story.mail("overgedragen", "rpinas@", "overgedragen")
    story.mail("regie-gezin", "eyildiz@", "overzicht")


def _own_mail(story: _Story) -> None:
    for width, page in story.opened("/mijn-gegevens/mail", _INGRID):
        page.get_by_role("button", name="Leg waarneming vast").click()
        story.save(page, "eigen-mail-fout", width)
        if width > 600:
            page.get_by_label("Wie neemt waar?").select_option(label=_ROY)
            page.get_by_label("Eerste dag").fill("2027-03-08")
            page.get_by_label("Laatste dag").fill("2027-03-19")
            page.get_by_role("button", name="Leg waarneming vast").click()
            page.locator(".done").wait_for()
    story.shoot("eigen-mail", "/mijn-gegevens/mail?klaar=waarneming", who=_INGRID)


def _history(story: _Story) -> None:
    """What ended opens with a reason; and three that run for long."""
    for number in (1, 2, 3):
        story.register(_SCHULDHULP, story.people.make(30, 60), f"D-24{number:02}")
    ended = story.register(_SCHULDHULP, story.people.make(30, 60), "D-2301")
    story.end("sociale-dienst", [ended], "verhuisd")
    for width, page in story.opened(f"/signalen/{ended}", _INGRID):
        story.save(page, "geschiedenis", width)
        page.get_by_role("button", name="Toon het kenmerk").click()
        story.save(page, "geschiedenis-fout", width)
        page.get_by_label("De cliënt kwam terug").check()
        page.get_by_role("button", name="Toon het kenmerk").click()
        story.save(page, "geschiedenis-getoond", width)


def _fishing(story: _Story) -> None:
    made = [story.register(_WERK, story.people.make(30, 60), f"M-{number}") for number in range(12)]
    story.end("sociale-dienst", made[:4], "verkeerde_persoon")
    story.end("sociale-dienst", made[4:], "afgerond")
    Worker(story.demo.services).find_fishing()
    story.mail("melding", "peter", "")
    story.shoot("meldingen", "/beheer/meldingen", who=_KEEPER)


def _stall(story: _Story) -> None:
    """Nobody follows up: a reminder, the coordinator a week later, the administrator at three."""
    story.calendar.turn(date(2027, 3, 10))
    story.mail("herinnering", "ikoster@", "Nog vastleggen")
    story.calendar.turn(date(2027, 3, 17))
    story.mail("vastgelopen", "bram", "")
    story.shoot("vastgelopen-organisatie", "/instelling/vastgelopen", who=_COORDINATOR)
    story.shoot("begin-vastgelopen", "/instelling", who=_COORDINATOR)
    story.calendar.turn(date(2027, 4, 2))
    story.shoot("vastgelopen", "/beheer/vastgelopen", who=_KEEPER)


def _half_a_year(story: _Story) -> None:
    """Some lapse in a month, of the others one asks whether it is still so."""
    worker = Worker(story.demo.services)
    story.calendar.turn(date(2027, 9, 1))
    worker.ask_checkups()
    story.mail("aflopen", "ikoster@", "lopen af")
    for width, page in story.opened("/signalen/nakijken", _INGRID):
        story.save(page, "nakijken-aflopen", width)
    for number in (1, 2):
        person, lapses_on = story.people.make(30, 60), date(2027, 11, 1)
        story.register(_SCHULDHULP, person, f"D-25{number:02}", lapses_on=lapses_on)
        story.register(_SCHULDHULP_TOO, story.people.make(30, 60), f"D-26{number:02}")
    story.calendar.turn(date(2027, 10, 4))
    worker.lapse()
    worker.ask_checkups()
    story.mail("nog-betrokken", "ikoster@", "Kijk")
    for width, page in story.opened("/signalen/nakijken", _INGRID):
        unstick(page)
        story.save(page, "nakijken", width)
        page.get_by_role("button", name="Ja, nog betrokken").click()
        unstick(page)
        story.save(page, "nakijken-niets-gekozen", width)
        page.locator("#betrokken").locator("xpath=..").get_by_role("checkbox").first.check()
        page.get_by_role("button", name="Ja, nog betrokken").click()
        unstick(page)
        story.save(page, "nakijken-bevestigd", width)


def _leave(story: _Story) -> None:
    for width, page in story.opened("/instelling/medewerkers", _COORDINATOR):
        page.get_by_role("link", name=_ROY if width > 600 else _INGRID).first.click()
        page.get_by_role("link", name="Draag over aan een collega").click()
        story.save(page, "overdragen-alles", width)
        page.go_back()
        page.get_by_role("link", name="Zet op vertrokken").click()
        story.save(page, "vertrekken", width)
        page.get_by_role("button", name="Draag over en zet op vertrokken").click()
        story.save(page, "vertrekken-fout", width)
        page.get_by_label("Wie neemt het over?").select_option(index=1)
        page.get_by_role("button", name="Draag over en zet op vertrokken").click()
        story.save(page, "vertrokken", width)
