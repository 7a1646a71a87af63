"""What the index holds and mailed, in the words of the model."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from match.matches import Participation
from match.messages import MessageState, NoticeKind, OutboxMessage
from match.signals import Signal
from match.silences import Silence
from orgprofiles.organisations import Organisation
from tests.verwijsindex.life.mails import Contents, Shown
from verwijsindex.mail.letters import Letter

_NAMED = re.compile(
    r"^Ook .*, .*, (.*), is betrokken bij uw cliënt met kenmerk (\S+)\. ", re.MULTILINE
)
_RING = re.compile(
    r"kenmerk (\S+)\. .* is er niet tot en met .*; (.*) neemt waar\. Bel", re.MULTILINE
)
_WRONG = re.compile(
    r"^Eerder zag u, of kreeg u bericht, .* cliënt met kenmerk (\S+)\. Dat klopt", re.MULTILINE
)
_LATE = re.compile(r"^U zou vóór .* cliënt met kenmerk (\S+)\. Dat is nog niet", re.MULTILINE)
_LAPSES = re.compile(r"^- kenmerk (\S+), loopt tot 1 (\w+) \d{4}$", re.MULTILINE)
_ASKED = re.compile(r"^- kenmerk (\S+), op \d+ \w+ \d{4}$", re.MULTILINE)
_MONTHS = "januari februari maart april mei juni juli augustus september oktober november december"
_YOURS = re.compile(
    r"^(.*) vanaf nu het contact voor de cliënt met kenmerk (\S+?)[.,]", re.MULTILINE
)
_OF = re.compile(r"^Dit gaat over een cliënt van (.*?)\.(?: Die is er niet.*)?$", re.MULTILINE)
#: Why a message is not sent, where the model knows it by another word than ``skipped``.
_WHY = {"told before": "known", "another in its place": "placed"}


def deadlines(session: Session) -> dict[UUID, date]:
    rows = session.execute(select(Participation.signal_id, Participation.deadline))
    return {signal_id: day for signal_id, day in rows if day is not None}


def silences(session: Session) -> Counter[frozenset[str]]:
    names = {one.id: one.name for one in session.scalars(select(Organisation))}
    return Counter(
        frozenset({names[one.low_organisation_id], names[one.high_organisation_id]})
        for one in session.scalars(select(Silence))
    )


def outbox(session: Session) -> Counter[tuple[str, UUID, UUID | None, str]]:
    kinds = {NoticeKind.MATCH, NoticeKind.WRONG_PERSON, NoticeKind.TRANSFERRED}
    rows = session.scalars(select(OutboxMessage)).all()
    assert MessageState.SENDING not in {one.state for one in rows}
    known = set(session.scalars(select(Signal.id)))
    assert {one.about_signal_id for one in rows} <= {None, *known}
    return Counter(
        (
            one.kind.value,
            one.recipient,
            one.about_signal_id,
            _WHY.get(one.failure or "", one.state.value),
        )
        for one in rows
        if one.kind in kinds
    )


def contents(letter: Letter) -> Contents:
    text = letter.text
    found = {("named", reference, name) for name, reference in _NAMED.findall(text)}
    found |= {("ring", reference, name) for reference, name in _RING.findall(text)}
    found |= {("wrong", reference, "") for reference in _WRONG.findall(text)}
    found |= {("late", reference, "") for reference in _LATE.findall(text)}
    found |= {("asked", reference, "") for reference in _ASKED.findall(text)}
    found |= {
        ("lapses", reference, str(_MONTHS.split().index(month) + 1))
        for reference, month in _LAPSES.findall(text)
    }
    found |= {
        ("yours", reference, name.removesuffix(" is") if name != "U bent" else "")
        for name, reference in _YOURS.findall(text)
    }
    found |= {("of", "", name) for name in _OF.findall(text)}
    if "Log in om te zien wie ook betrokken is" in text:
        found.add(("link", "", ""))
    assert found, "a letter that says nothing"
    return frozenset(found)


def contact_ids(session: Session) -> dict[UUID, tuple[UUID, UUID]]:
    """Return each signal's unit and contact."""
    return {
        one.id: (one.unit_id, one.professional_id or one.unit_id)
        for one in session.scalars(select(Signal))
    }


def contacts(listed: list[dict[str, Any]]) -> Counter[tuple[frozenset[UUID], tuple[Shown, ...]]]:
    """Return the contacts that each of an organisation's matches shows, where it shows any."""
    return Counter(
        (
            frozenset(UUID(part["signaal"]) for part in match["eigenDeelnames"]),
            tuple(
                sorted(
                    (one["contact"]["email"], (one["contact"]["waarnemer"] or {"naam": ""})["naam"])
                    for one in match["deelnemers"]
                )
            ),
        )
        for match in listed
        if match["deelnemers"]
    )
