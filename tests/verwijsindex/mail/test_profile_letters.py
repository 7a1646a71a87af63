"""Mails about profiles: to partners of what changed, to its keeper when it is due."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from orgprofiles.organisations import Organisation, OrganisationStatus
from tests.mail_server import MailHost
from tests.profile_contents import whole_profile
from tests.world import Member, World
from verwijsindex.checks import work
from verwijsindex.checks.findings import Level
from verwijsindex.mail.delivery import deliver_due
from verwijsindex.metrics import DatabaseCollector
from verwijsindex.worker import Worker

pytestmark = pytest.mark.any_database


def deliver(world: World) -> int:
    return deliver_due(world.services, stop=threading.Event())


def text_of(mail: Any) -> str:
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def member(world: World, name: str, domain: str) -> Member:
    return world.member(name, units={"Team": f'domein = "{domain}"'})


def content_of(one: Member, domain: str, **parts: Any) -> dict[str, Any]:
    slug = one.name.lower()
    content = whole_profile(**parts)
    content["identiteit"]["naam"] = one.name
    content["afdelingen"][0] |= {"id": str(one.units["Team"]), "domein": domain}
    content["grondslagen"][0]["domein"] = domain
    content["contact"] |= {"postbus": f"info@{slug}.example"}
    content["contact"]["coordinator"]["email"] = f"coordinator@{slug}.example"
    return content


def test_a_partner_reads_what_changed_and_where(mailing: World, mail_host: MailHost) -> None:
    partner = member(mailing, "Wijkteam", "welzijn")
    partner.publish(content_of(partner, "welzijn"))
    one = member(mailing, "Schuldhulp", "schulden")
    one.publish(content_of(one, "schulden"))
    assert deliver(mailing) == 1
    (first,) = mail_host.inbox.to("info@wijkteam.example")
    assert first["Subject"] == "Nieuw in de verwijsindex: het profiel van Schuldhulp"
    changed = content_of(one, "schulden")
    changed["routes"][1]["kanalen"][0]["telefoon"] = "010-555 01 77"
    changed["reactietijden"]["regulier"]["aantal"] = 3
    one.publish(changed)
    assert deliver(mailing) == 1
    second = mail_host.inbox.to("info@wijkteam.example")[1]
    assert second["Subject"] == "Het profiel van Schuldhulp is gewijzigd"
    page = f"https://index.example/sociale-kaart/{one.id}"
    assert text_of(second).startswith(
        "Schuldhulp heeft op 23 november 2026 een nieuwe versie van het profiel gepubliceerd.\n\n"
        "Gewijzigd: hoe u verwijst, reactietijden.\n\n"
        f"Bekijk wat er is veranderd: {page}/vergelijking?van=1&naar=2\n"
        f"Bekijk het hele profiel: {page}\n"
    )
    assert f"{page}/vergelijking?van=1&amp;naar=2" in second.get_body(("html",)).get_content()
    assert deliver(mailing) == 0


def test_the_coordinator_is_reminded_once_when_the_day_has_come(
    mailing: World, mail_host: MailHost
) -> None:
    one = member(mailing, "Schuldhulp", "schulden")
    one.publish(content_of(one, "schulden", herzienDatum="2026-12-01"))
    worker = Worker(mailing.services)
    worker.remind_reviews()
    assert deliver(mailing) == 0
    mailing.clock.advance(timedelta(days=8))
    for _ in range(2):
        worker.remind_reviews()
    assert deliver(mailing) == 1
    (mail,) = mail_host.inbox.to("coordinator@schuldhulp.example")
    assert mail["Subject"] == "Kijk het profiel van Schuldhulp na"
    assert "staat op 1 december 2026 om na te kijken" in text_of(mail)


def test_a_legal_basis_that_is_due_first_is_reminded_of_first(
    mailing: World, mail_host: MailHost
) -> None:
    one = member(mailing, "Schuldhulp", "schulden")
    one.publish(content_of(one, "schulden"))  # the basis: 1 January 2027; the whole: November
    mailing.clock.advance(timedelta(days=40))
    Worker(mailing.services).remind_reviews()
    assert deliver(mailing) == 1
    (mail,) = mail_host.inbox.to("coordinator@schuldhulp.example")
    assert "1 januari 2027" in text_of(mail)


def test_a_reminder_of_a_version_that_was_replaced_meanwhile_is_not_sent(
    mailing: World, mail_host: MailHost
) -> None:
    one = member(mailing, "Schuldhulp", "schulden")
    one.publish(content_of(one, "schulden", herzienDatum="2026-11-24"))
    mailing.clock.advance(timedelta(days=1))
    one.token = mailing.token(one.client)
    Worker(mailing.services).remind_reviews()
    one.publish(content_of(one, "schulden", herzienDatum="2027-11-23"))
    deliver(mailing)
    assert mail_host.inbox.to("coordinator@schuldhulp.example") == []


def test_who_has_stopped_is_told_nothing(mailing: World, mail_host: MailHost) -> None:
    partner = member(mailing, "Wijkteam", "welzijn")
    partner.publish(content_of(partner, "welzijn"))
    one = member(mailing, "Schuldhulp", "schulden")
    one.publish(content_of(one, "schulden"))
    with mailing.services.sessions.begin() as session:
        session.get_one(Organisation, partner.id).status = OrganisationStatus.STOPPED
    deliver(mailing)
    assert mail_host.inbox.mails == []


def test_a_message_of_a_later_release_stays_while_others_leave(
    mailing: World, mail_host: MailHost
) -> None:
    partner = member(mailing, "Wijkteam", "welzijn")
    partner.publish(content_of(partner, "welzijn"))
    one = member(mailing, "Schuldhulp", "schulden")
    one.publish(content_of(one, "schulden"))
    with mailing.services.sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO outbox (id, event_id, recipient, organisation_id, kind, state,"
                " created_at, due, attempts) SELECT event_id, event_id, event_id,"
                " organisation_id, 'later', state, created_at, due, 0 FROM outbox"
            )
        )
    assert deliver(mailing) == 1
    assert deliver(mailing) == 0
    assert len(mail_host.inbox.to("info@wijkteam.example")) == 1
    mailing.clock.advance(timedelta(hours=1))
    with mailing.services.sessions() as session:
        row = session.execute(text("SELECT state, attempts FROM outbox WHERE kind = 'later'"))
        assert row.one() == ("pending", 0)
        # What watches the worker reads no kinds, and tells of it like of any other.
        found = list(work.mails(session, mailing.services))
    assert [one.level is Level.GOOD for one in found].count(False) == 1
    told = [
        sample.value
        for metric in DatabaseCollector(mailing.services).collect()
        for sample in metric.samples
        if (sample.name, sample.labels.get("state")) == ("vi_mails", "pending")
    ]
    assert told == [1]
