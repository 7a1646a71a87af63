"""Composing: from ids in the outbox to letters, with what may be seen at this moment.

Two forms. *Named* tells who else is involved; only to a mail domain that the
administrator marked as secure, and only when nobody concerned is sensitive.
*Link only* tells that there is something to see, and is always the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from match.case_leads import asked_still
from match.checkups import CHECKUP_KINDS
from match.matches import MatchKind, Participation
from match.messages import NoticeKind, OutboxMessage
from match.reading import Counterpart, address_of, counterparts, deferred_signals
from match.signals import Signal, SignalStatus
from match.silences import silent_pairs
from match.stalled import is_overdue
from match.terms import follow_up_day
from orgprofiles.organisations import Organisation, Professional, SecureMailDomain, Unit
from verwijsindex.dutch import dutch_date
from verwijsindex.mail.account_letters import compose_about_accounts
from verwijsindex.mail.checkup_letters import compose_about_checkups
from verwijsindex.mail.coordinator_letters import FOR_COORDINATORS, compose_for_coordinators
from verwijsindex.mail.directing_letters import compose_about_directing
from verwijsindex.mail.fishing_letters import compose_about_fishing
from verwijsindex.mail.letters import Letter
from verwijsindex.mail.profile_letters import compose_about_profiles
from verwijsindex.mail.templating import TEMPLATES
from verwijsindex.mail.transfer_letters import TransferItem, transfer_items
from verwijsindex.services import Services

NO_LONGER_TRUE = "no longer true"
#: A letter tells of so many clients; the others are found on the start page.
CLIENTS_LIMIT = 25
#: Messages that carry others.
_CARRIERS = frozenset({NoticeKind.DIGEST, NoticeKind.TEAM_DIGEST})


@dataclass(frozen=True, slots=True)
class Item:
    """One event in a letter.

    Attributes:
        kind: What it tells.
        is_family: Whether the match is about the client's family.
        reference: The recipient's own reference of the client.
        link: To the page where it can be seen.
        named: Who else is involved; empty in the form with a link only.
        talk_first: Informing the client was put off: first talk to the other.
        before: By when the recipient records what came of it; a date in words.
        is_again: Whether they did record something, and somebody new came since.
        is_for_another: Whether it is a colleague's client, of whoever reads this.
        client_of: Whose, by name; None: the recipient's own, or it is not to be told.
        may_open: Whether the signal is one that the recipient can look at.
        is_over: Whether it ended.
    """

    kind: NoticeKind
    is_family: bool
    reference: str = field(repr=False)
    link: str
    named: Sequence[Counterpart] = field(repr=False)
    talk_first: bool
    before: str
    is_again: bool = False
    is_for_another: bool = False
    client_of: str | None = field(default=None, repr=False)
    may_open: bool = True
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """The recipient's own part in a match."""

    participation: Participation
    signal: Signal
    organisation: Organisation
    contact: Professional | None


def compose(
    session: Session, services: Services, message_ids: Sequence[UUID]
) -> dict[UUID, Letter | None]:
    """Return the letter for each message; None where there is nothing to tell any more.

    A handful of queries, however many messages.
    """
    rows = session.scalars(
        select(OutboxMessage)
        .where(or_(OutboxMessage.id.in_(message_ids), OutboxMessage.digest_id.in_(message_ids)))
        .order_by(OutboxMessage.id)
    ).all()
    about_profiles = [row for row in rows if row.profile_version_id is not None]
    letters = compose_about_profiles(session, services, about_profiles)
    letters |= compose_about_accounts(
        session, services, [row for row in rows if row.account_link_id is not None]
    )
    letters |= compose_about_fishing(session, services, rows)
    letters |= compose_about_directing(
        session, services, [row for row in rows if row.kind is NoticeKind.DIRECTING_ASKED]
    )
    letters |= compose_for_coordinators(
        session, services, [row for row in rows if row.kind in FOR_COORDINATORS]
    )
    letters |= compose_about_checkups(
        session, services, [row for row in rows if row.kind in CHECKUP_KINDS]
    )
    told: dict[UUID, list[OutboxMessage]] = defaultdict(list)
    for row in rows:
        if row.kind not in _CARRIERS:
            told[row.digest_id or row.id].append(row)
    wanted = [one for one in message_ids if one not in letters]
    addresses = _addresses(session, wanted)
    workplaces = _workplaces(session, wanted)
    teams = {row.id for row in rows if row.kind is NoticeKind.TEAM_DIGEST}
    facts = _Facts(session, rows, services.today())
    handed_over = transfer_items(
        session,
        services,
        rows,
        addresses={
            row.id: addresses[to] for row in rows if (to := row.digest_id or row.id) in addresses
        },
    )
    for message_id in wanted:
        address = addresses[message_id]
        items: list[Item | TransferItem] = [
            item
            for row in told[message_id]
            if (
                item := handed_over.get(row.id)
                or _item(services, facts, row, address, workplaces[message_id])
            )
        ]
        if not items:
            letters[message_id] = None
        elif message_id in teams:
            letters[message_id] = _team_letter(services, message_id, address, items)
        else:
            letters[message_id] = _letter(services, message_id, address, items)
    return letters


class _Facts:
    """What the letters are made of, read at once."""

    def __init__(self, session: Session, rows: Sequence[OutboxMessage], today: date) -> None:
        self.today = today
        ids = {row.participation_id for row in rows if row.participation_id is not None}
        found = session.execute(
            select(Participation, Signal, Organisation, Professional)
            .join(Signal, Signal.id == Participation.signal_id)
            .join(Unit, Unit.id == Signal.unit_id)
            .join(Organisation, Organisation.id == Unit.organisation_id)
            .outerjoin(Professional, Professional.id == Signal.professional_id)
            .where(Participation.id.in_(ids))
        ).all()
        self.parts = {
            row.Participation.id: _Part(
                row.Participation, row.Signal, row.Organisation, row.Professional
            )
            for row in found
        }
        self.seen = counterparts(session, ids, today=today)
        abouts = {row.about_signal_id for row in rows if row.about_signal_id is not None}
        #: Whose the signals are that are told of.
        self.organisation_of: dict[UUID | None, UUID] = {
            row.id: row.organisation_id
            for row in session.execute(
                select(Signal.id, Unit.organisation_id)
                .join(Unit, Unit.id == Signal.unit_id)
                .where(Signal.id.in_(abouts))
            )
        }
        self._silent = silent_pairs(session, {row.Signal.subject_id for row in found})
        self.deferred = deferred_signals(session, [row.Signal.id for row in found])
        leads = [row.event_id for row in rows if row.kind is NoticeKind.LEAD_ASKED]
        self.asked = asked_still(session, leads)
        organisation_ids = {row.Organisation.id for row in found}
        self.secure = {
            (one.organisation_id, one.mail_domain)
            for one in session.scalars(
                select(SecureMailDomain).where(
                    SecureMailDomain.organisation_id.in_(organisation_ids)
                )
            )
        }

    def is_silent(self, part: _Part, other: Counterpart) -> bool:
        """Whether the two organisations are not mailed of each other about this person."""
        if part.participation.kind is MatchKind.FAMILY:
            return False  # it is not about this person
        pair = frozenset({part.organisation.id, other.organisation_id})
        return pair in self._silent.get(part.signal.subject_id, ())


def _addresses(session: Session, message_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return where each message goes: its professional, or the team when somebody has left."""
    found = session.execute(
        select(OutboxMessage.id, Unit, Professional)
        .join(Unit, Unit.id == OutboxMessage.unit_id)
        .outerjoin(Professional, Professional.id == OutboxMessage.professional_id)
        .where(OutboxMessage.id.in_(message_ids))
    )
    return {row.id: address_of(row.Unit, row.Professional) for row in found}


def _workplaces(session: Session, message_ids: Sequence[UUID]) -> dict[UUID, UUID | None]:
    """Return of which unit the reader of each message is."""
    found = session.execute(
        select(OutboxMessage.id, func.coalesce(Professional.unit_id, OutboxMessage.unit_id))
        .outerjoin(Professional, Professional.id == OutboxMessage.professional_id)
        .where(OutboxMessage.id.in_(message_ids))
    )
    return {row[0]: row[1] for row in found}


def _item(
    services: Services, facts: _Facts, row: OutboxMessage, address: str, workplace: UUID | None
) -> Item | None:
    """Return what *row* tells, or None when it is no longer so."""
    if row.participation_id is None:
        return None
    part = facts.parts[row.participation_id]
    seen = facts.seen.get(row.participation_id, [])
    is_over = part.signal.status is not SignalStatus.ACTIVE
    # Whoever was told of the wrong person hears it, whatever became of their own signal.
    if is_over and row.kind is not NoticeKind.WRONG_PERSON:
        return None
    if row.kind is NoticeKind.LEAD_ASKED and row.event_id not in facts.asked:
        return None
    new: Sequence[Counterpart] = []
    if row.kind is NoticeKind.REMINDER:
        if not (seen and is_overdue(part.participation, facts.today)):
            return None
    elif row.kind not in {NoticeKind.WRONG_PERSON, NoticeKind.LEAD_ASKED}:
        new = [one for one in seen if _tells_of(facts, row, part, one)]
        if not new:
            return None
    domain = address.rpartition("@")[2].lower()
    may_name = (
        (part.organisation.id, domain) in facts.secure
        and not part.organisation.sensitive
        and not any(one.sensitive for one in seen)
    )
    contact = part.contact
    is_for_another = contact is not None and contact.email != address
    return Item(
        kind=row.kind,
        is_family=part.participation.kind is MatchKind.FAMILY,
        reference=services.references.open(part.organisation.id, part.signal.reference_sealed),
        link=_link(services, row, part),
        named=new if may_name else [],
        talk_first=part.signal.id in facts.deferred or any(one.deferred_informing for one in seen),
        before=dutch_date(
            part.participation.deadline
            # A row of the release before.
            or follow_up_day(row.created_at, part.organisation.follow_up_days)
        ),
        is_again=part.participation.asked_again_at is not None,
        is_for_another=is_for_another,
        client_of=contact.name if contact is not None and is_for_another and may_name else None,
        # Who had it before may be of another unit by now, or it may be another one's.
        may_open=workplace == part.signal.unit_id,
        is_over=is_over,
    )


def _link(services: Services, row: OutboxMessage, part: _Part) -> str:
    base = services.settings.base_url
    if row.kind is NoticeKind.WRONG_PERSON:
        # The match may be gone; the recipient's own signal is not.
        return f"{base}/signalen/{part.signal.id}"
    return f"{base}/matches/{_shown_as(part.participation)}/deelnames/{part.participation.id}"


def _tells_of(facts: _Facts, row: OutboxMessage, part: _Part, one: Counterpart) -> bool:
    """Whether *row* tells of *one*.

    Of a new signal's colleagues too: they are not told of by themselves, and
    it may have ended meanwhile while one of them is there.
    """
    if facts.is_silent(part, one):
        return False
    if row.about_signal_id == part.signal.id:
        return True
    organisation_id = facts.organisation_of.get(row.about_signal_id)
    if organisation_id == part.organisation.id:  # another independent unit
        return one.signal_id == row.about_signal_id
    return one.organisation_id == organisation_id


def _shown_as(participation: Participation) -> UUID:
    return participation.shown_as or participation.match_id


#: Asks nothing of the recipient that has waited.
_NEWS = frozenset({NoticeKind.MATCH, NoticeKind.FAMILY})


def _letter(
    services: Services, message_id: UUID, address: str, items: list[Item | TransferItem]
) -> Letter:
    """Return a letter with what is asked of the recipient first, and at most so many clients."""
    items.sort(key=lambda item: (item.kind in _NEWS, item.reference.casefold()))
    links = list(dict.fromkeys(item.link for item in items))
    shown = set(links[:CLIENTS_LIMIT])
    subject = _subject(items)
    values = {
        "items": [item for item in items if item.link in shown],
        "count": len(items),
        "left": len(links) - len(shown),
        "start_page": f"{services.settings.base_url}/",
        "subject": subject,
        "kinds": NoticeKind,
    }
    return Letter(
        message_id,
        address,
        subject,
        TEMPLATES.get_template("letter.txt").render(values),
        TEMPLATES.get_template("letter.html").render(values),
    )


def _team_letter(
    services: Services, message_id: UUID, address: str, items: Sequence[Item | TransferItem]
) -> Letter:
    subject = "Veel nieuwe matches voor uw team"
    values = {
        "subject": subject,
        "count": len({item.link for item in items}),
        "start_page": f"{services.settings.base_url}/",
    }
    return Letter(
        message_id,
        address,
        subject,
        TEMPLATES.get_template("team.txt").render(values),
        TEMPLATES.get_template("team.html").render(values),
    )


def _subject(items: Sequence[Item | TransferItem]) -> str:
    if len(items) == 1:
        (item,) = items
        about = _ABOUT_ONE.get(item.kind, "Match bij")
        if isinstance(item, Item) and item.is_family:
            about = about.replace(" match", " gezinsmatch").replace("Match", "Gezinsmatch")
        if isinstance(item, TransferItem) and item.is_for_another:
            return f"Overgedragen aan uw collega: kenmerk {item.reference}"
        return f"{about} uw kenmerk {item.reference}"
    kinds = {item.kind for item in items}
    if kinds == {NoticeKind.TRANSFERRED}:
        is_own = all(isinstance(item, TransferItem) and not item.is_for_another for item in items)
        return f"{'Aan u overgedragen' if is_own else 'Overgedragen'}: {len(items)} cliënten"
    if kinds == {NoticeKind.REMINDER}:
        return f"Nog vastleggen: {len(items)} matches bij uw cliënten"
    about = "" if NoticeKind.TRANSFERRED in kinds else "matches bij "
    return f"{len(items)} berichten over {about}uw cliënten"


_ABOUT_ONE = {
    NoticeKind.WRONG_PERSON: "Ingetrokken: match bij",
    NoticeKind.LEAD_ASKED: "Houdt u het overzicht? Match bij",
    NoticeKind.REMINDER: "Nog vastleggen: match bij",
    NoticeKind.TRANSFERRED: "Aan u overgedragen:",
}
