"""Who did what, when, on which object: one row per object, in the same transaction.

Each row carries a keyed hash of itself, so that it cannot be altered without
the key. The worker links rows into a chain and signs it (``audit_linking.py``,
``audit_checkpoints.py``), so that no request waits for another one's row.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from crypto.audit_log import HASH_BYTES, SIGNATURE_BYTES, moment_text, row_mac
from orgprofiles.base import Base, UtcDateTime, new_id, word
from orgprofiles.statements import insert_rows
from verwijsindex.services import Services


class ActorKind(StrEnum):
    """What kind of party acted."""

    CLIENT = "client"  #: a machine client
    WORKER = "worker"  #: the worker, by itself
    ADMINISTRATOR = "beheerder"  #: somebody at the command line
    ACCOUNT = "account"  #: somebody who signed in


class Action(StrEnum):
    """What was done."""

    SIGNAL_REGISTERED = "signaal.geregistreerd"  #: a new signal
    SIGNAL_REPEATED = "signaal.bestond_al"  #: registered again; nothing changed
    SIGNAL_TRIED = "signaal.proef"  #: a dry run over a row
    SIGNAL_READ = "signaal.gelezen"  #: shown, alone or in a list
    SIGNAL_ENDED = "signaal.beeindigd"  #: ended by the organisation
    SIGNAL_RETRACTED = "signaal.ingetrokken"  #: had ended; it was about the wrong person after all
    SIGNAL_LAPSED = "signaal.vervallen"  #: its last day passed
    SIGNAL_EXTENDED = "signaal.termijn"  #: its last day was changed
    SIGNAL_CONFIRMED = "signaal.bevestigd"  #: its contact is still involved
    SIGNAL_DELETED = "signaal.verwijderd"  #: what ended was kept long enough
    HISTORY_ON_RETURN = "signaal.historie_terugkeer_client"  #: opened after it ended, and why
    HISTORY_ON_QUESTION = "signaal.historie_vraag_client"  #: the same, for another reason
    HISTORY_ON_MISTAKE = "signaal.historie_controle_fout"
    HISTORY_ON_HANDOVER = "signaal.historie_overdracht"
    SIGNAL_INFORMED = "signaal.geinformeerd"  #: how the client was told was recorded
    SIGNAL_TRANSFERRED = "signaal.overgedragen"  #: it got another contact
    MATCH_READ = "match.gelezen"  #: shown, alone or in a list
    MATCH_REVIEWED = "match.herbeoordeeld"  #: a pair came, went or changed, by a review
    CASELOAD_RECEIVED = (
        "caseload.deel"  #: a part of a unit's caseload; its signals stay as they are
    )
    CASELOAD_FINISHED = "caseload.klaar"  #: a unit's caseload was in, and what was gone ended
    PARTICIPATION_REVEALED = "deelname.zichtbaar"  #: a sensitive side let itself be seen
    FOLLOW_UP_RECORDED = "deelname.opvolging"  #: what was done with a match
    FOLLOW_UP_REMINDED = "deelname.herinnerd"  #: what came of it was to be recorded before today
    FOLLOW_UP_ESCALATED = "deelname.vastgelopen"  #: and the coordinator was told
    STALLED_READ = "deelname.vastgelopen_gelezen"  #: shown in a list of what nobody followed up
    ACQUAINTANCE_CONFIRMED = "deelname.al_in_contact"  #: two sides were in contact already
    LEAD_PROPOSED = "regie.voorgesteld"  #: somebody was asked to keep the overview
    LEAD_ACCEPTED = "regie.aanvaard"  #: somebody keeps the overview from now on
    LEAD_DECLINED = "regie.geweigerd"  #: who was asked refused
    LEAD_RETURNED = "regie.teruggegeven"  #: it was laid down
    LEAD_RULE_CHANGED = "regieafspraak.gewijzigd"  #: whom to ask first for the lead
    RULES_CHANGED = "matchregels.gewijzigd"  #: a new version came into force
    FINDING_READ = "melding.gelezen"  #: of what looked like searching, shown in a list
    PROFESSIONAL_KEPT = "medewerker.vastgelegd"  #: made or changed
    STAND_IN_MADE = "waarneming.gemaakt"  #: somebody looks after another one's matches
    STAND_IN_ENDED = "waarneming.beeindigd"  #: and does so no longer
    PROFESSIONAL_READ = "medewerker.gelezen"  #: shown in a list
    ORGANISATION_ADDED = "organisatie.toegevoegd"  #: admitted
    ORGANISATION_WAITING = "organisatie.wachtlijst"  #: put on the waiting list
    ORGANISATION_ADMITTING = "organisatie.in_toelating"  #: its admission began
    ORGANISATION_ACTIVATED = "organisatie.geactiveerd"  #: every step was done
    ORGANISATION_STOPPED = "organisatie.gestopt"  #: shut out, with its signals
    ORGANISATION_REGISTERS = "organisatie.registreert"  #: whether it is to register was changed
    ADMISSION_RECORDED = "toelating.vastgelegd"  #: a step of an admission was recorded
    COHORT_ADDED = "cohort.toegevoegd"  #: organisations may begin together
    COHORT_CHOSEN = "cohort.gekozen"  #: an organisation begins with a cohort
    CLIENT_ADDED = "client.toegevoegd"  #: a machine client got access
    CLIENT_ALLOWED = "client.afdeling_toegelaten"  #: a machine client may act for more units
    CLIENT_REVOKED = "client.ingetrokken"  #: a machine client lost access
    PROFILE_SAVED = "profiel.bewaard"  #: a concept was saved
    PROFILE_AGREED = "profiel.akkoord"  #: the administrator agreed to a concept
    PROFILE_PUBLISHED = "profiel.gepubliceerd"  #: a version came into force
    WAITING_TIME_KEPT = "wachttijd.vastgelegd"  #: how long one waits for a product now
    ISSUED_FOR_INDEX = "token.index"  #: a client got a token for the index
    ISSUED_FOR_SERVICE = "token.pseudoniemen"  #: a client got one for the pseudonym service
    SIGNED_IN = "account.ingelogd"  #: somebody came in
    SIGNED_OUT = "account.uitgelogd"  #: sessions were ended
    MEANS_CHOSEN = "account.inlogmiddel"  #: how one signs in was chosen or changed
    ACCOUNT_INVITED = "account.uitgenodigd"  #: somebody may choose how to sign in
    ACCOUNT_RECOVERED = "account.herstel"  #: means were taken away, to be chosen anew
    ACCOUNT_BLOCKED = "account.geblokkeerd"  #: somebody was shut out
    ACCOUNT_CHANGED = "account.gewijzigd"  #: other roles
    PROVIDER_KEPT = "inlogdienst.vastgelegd"  #: an organisation's own sign-in was set up
    PROVIDER_REMOVED = "inlogdienst.verwijderd"  #: and taken away
    MAIL_BOUNCED = "mail.teruggekomen"  #: a mail server could not deliver one after all
    ADDRESS_RETRIED = "mailadres.opnieuw"  #: a refused address is mailed to again
    MAILS_REVIVED = "mails.opnieuw"  #: mails that were given up are tried again


_BY_ACCOUNT = text("actor_kind = 'account'")


class AuditEvent(Base):
    """One deed. Rows are only ever inserted."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index(None, "object_id"),
        # How many people somebody registered today.
        Index(
            "ix_audit_events_account",
            "actor_id",
            "at",
            sqlite_where=_BY_ACCOUNT,
            postgresql_where=_BY_ACCOUNT,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_kind: Mapped[ActorKind] = mapped_column(word(ActorKind))
    actor_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    action: Mapped[Action] = mapped_column(word(Action))
    object_id: Mapped[UUID | None]
    #: The same for everything that one request did.
    trace_id: Mapped[UUID]
    mac: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))


class AuditLink(Base):
    """The place of a row in the chain. Rows are only ever inserted, by the worker."""

    __tablename__ = "audit_links"
    __table_args__ = (
        CheckConstraint("seq > 0", name="seq_from_one"),
        CheckConstraint(f"length(hash) = {HASH_BYTES}", name="hash_length"),
    )

    #: From 1, without gaps: a sequence of the database would leave some.
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("audit_events.id"), unique=True)
    #: Over the row, its place, and the link before it.
    hash: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))


class AuditCheckpoint(Base):
    """The index's signature under the chain so far. Rows are only ever inserted."""

    __tablename__ = "audit_checkpoints"
    __table_args__ = (
        CheckConstraint("row_count > 0", name="covers_something"),
        CheckConstraint(f"length(hash) = {HASH_BYTES}", name="hash_length"),
        CheckConstraint(f"length(signature) = {SIGNATURE_BYTES}", name="signature_length"),
    )

    #: The last link that it covers.
    seq: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("audit_links.seq"), primary_key=True, autoincrement=False
    )
    #: Links since the checkpoint before it.
    row_count: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    hash: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))
    signature: Mapped[bytes] = mapped_column(LargeBinary(SIGNATURE_BYTES))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and in which request."""

    kind: ActorKind
    id: UUID | None = None
    organisation_id: UUID | None = None
    trace_id: UUID = field(default_factory=new_id)


def record(
    session: Session,
    key: bytes,
    *,
    actor: Actor,
    deeds: Iterable[tuple[Action, UUID | None]],
    now: datetime,
) -> None:
    """Write a row for each deed (action and object), in the caller's transaction.

    Args:
        session: The transaction of what was done.
        key: The index's audit key, 32 bytes.
        actor: Who did it.
        deeds: Action and object's id.
        now: UTC.
    """
    rows: list[dict[str, Any]] = []
    # Made once: a list of signals writes hundreds of rows.
    by_whom = (
        moment_text(now),
        actor.kind.value,
        _text(actor.id),
        _text(actor.organisation_id),
    )
    trace = str(actor.trace_id)
    for action, object_id in deeds:
        row_id = new_id()
        values = (str(row_id), *by_whom, action.value, _text(object_id), trace)
        rows.append(
            {
                "id": row_id,
                "at": now,
                "actor_kind": actor.kind,
                "actor_id": actor.id,
                "organisation_id": actor.organisation_id,
                "action": action,
                "object_id": object_id,
                "trace_id": actor.trace_id,
                "mac": row_mac(values, key),
            }
        )
    insert_rows(session, AuditEvent, rows)


def record_deed(
    session: Session, services: Services, actor: Actor, action: Action, object_id: UUID
) -> None:
    """Write the row of one deed, at the moment that it is, in the caller's transaction."""
    deeds = [(action, object_id)]
    record(session, services.audit_key, actor=actor, deeds=deeds, now=services.clock())


def matches_last_read(
    session: Session, match_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], datetime]:
    """Return when each organisation was last shown each of *match_ids*, in a list or alone (UTC).

    By match and organisation.
    """
    rows = session.execute(
        select(AuditEvent.object_id, AuditEvent.organisation_id, func.max(AuditEvent.at))
        .where(
            AuditEvent.object_id.in_(match_ids),
            AuditEvent.action == Action.MATCH_READ,
        )
        .group_by(AuditEvent.object_id, AuditEvent.organisation_id)
    )
    return {
        (match_id, organisation_id): at
        for match_id, organisation_id, at in rows
        if match_id is not None and organisation_id is not None
    }


def mac_of(row: dict[str, Any], key: bytes) -> bytes:
    """Return the keyed hash of a row, 32 bytes."""
    return row_mac(
        (
            str(row["id"]),
            moment_text(row["at"]),
            row["actor_kind"].value,
            _text(row["actor_id"]),
            _text(row["organisation_id"]),
            row["action"].value,
            _text(row["object_id"]),
            str(row["trace_id"]),
        ),
        key,
    )


def mac_is_right(event: AuditEvent, key: bytes) -> bool:
    """Whether *event* is as it was written."""
    row = {name: getattr(event, name) for name in AuditEvent.__table__.columns.keys()}  # noqa: SIM118
    return hmac.compare_digest(mac_of(row, key), event.mac)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
