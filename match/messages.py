"""Messages: what the outbox keeps of each, what kinds there are, and how far one is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from orgprofiles.base import Base, UtcDateTime, new_id, word
from orgprofiles.statements import fixed


class NoticeKind(StrEnum):
    """What a message tells."""

    MATCH = "match"  #: somebody else is involved too
    FAMILY = "family"  #: somebody is involved with another one of the family
    WRONG_PERSON = "wrong_person"  #: an earlier match was a mistake
    REMINDER = "reminder"  #: the day came before which a match was to be followed up
    LEAD_ASKED = "lead_asked"  #: asked to keep the overview of a match, as a participant
    DIGEST = "digest"  #: the events that were gathered for one recipient
    TEAM_DIGEST = "team_digest"  #: what an import brought a whole team: how many, no more
    TRANSFERRED = "transferred"  #: a signal became the recipient's
    LAPSING = "lapsing"  #: signals of the recipient lapse soon
    STILL_INVOLVED = "still_involved"  #: asked whether one still is, with long-running signals
    STALLED = "stalled"  #: matches of the organisation that nobody followed up
    ADDRESS_REFUSED = "address_refused"  #: mail to somebody of the organisation is refused
    FISHING = "fishing"  #: registrations that look like searching
    DIRECTING_ASKED = "directing_asked"  #: asked to keep the overview, as match regisseur
    PROFILE_PUBLISHED = "profile_published"  #: a partner's profile changed
    PROFILE_REVIEW = "profile_review"  #: one's own profile is to be looked at again
    ACCOUNT_LINK = "account_link"  #: a link with which to choose how to sign in


_ABOUT_A_MATCH = "('match', 'family', 'wrong_person', 'reminder', 'lead_asked')"
_ABOUT_A_PROFILE = "('profile_published', 'profile_review')"
#: To somebody by role: a coordinator, the administrator, a match regisseur.
_TO_AN_ACCOUNT = "('stalled', 'address_refused', 'fishing', 'directing_asked')"
#: As :data:`match.checkups.CHECKUP_KINDS`.
_CHECKUPS = "kind IN ('lapsing', 'still_involved')"
#: As in :mod:`match.deleting`.
_LETTERS = "kind IN ('address_refused', 'fishing', 'lapsing', 'stalled', 'still_involved')"


class MessageState(StrEnum):
    """Where a message is on its way."""

    WAITING = "waiting"  #: for the next digest of its recipient
    GATHERED = "gathered"  #: a digest carries it; what becomes of that is told there
    PENDING = "pending"  #: to be sent as soon as it is due, or again
    SENDING = "sending"  #: claimed by a worker, until its lease ends
    SENT = "sent"  #: accepted by the mail server
    SKIPPED = "skipped"  #: not to be sent: no longer true, known, or another one in its place
    DEAD = "dead"  #: attempts exhausted; needs a human


class OutboxMessage(Base):
    """One message for one recipient."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("event_id", "recipient"),
        CheckConstraint("(state = 'sending') = (lease_token IS NOT NULL)", name="lease_when_sent"),
        CheckConstraint("(state = 'gathered') = (digest_id IS NOT NULL)", name="digest_gathered"),
        CheckConstraint(
            f"(kind IN {_ABOUT_A_MATCH}) = (participation_id IS NOT NULL)", name="about_a_match"
        ),
        CheckConstraint(
            f"(kind IN {_ABOUT_A_PROFILE}) = (profile_version_id IS NOT NULL)",
            name="about_a_profile",
        ),
        CheckConstraint(
            "(kind = 'account_link') = (account_link_id IS NOT NULL)", name="about_an_account"
        ),
        CheckConstraint(
            f"(kind IN {_TO_AN_ACCOUNT}) = (account_id IS NOT NULL)", name="to_an_account"
        ),
        CheckConstraint(
            "kind <> 'transferred' OR about_signal_id IS NOT NULL", name="about_a_signal"
        ),
        CheckConstraint(
            "(organisation_id IS NULL) <> (unit_id IS NULL)", name="unit_or_organisation"
        ),
        Index(
            "ix_outbox_due",
            "due",
            sqlite_where=text("state IN ('pending', 'sending')"),
            postgresql_where=text("state IN ('pending', 'sending')"),
        ),
        Index(
            "ix_outbox_waiting",
            "recipient",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_outbox_dead",
            "due",
            sqlite_where=text("state = 'dead'"),
            postgresql_where=text("state = 'dead'"),
        ),
        # Which letter of check-ups is the newest of its recipient's.
        Index(
            "ix_outbox_checkups",
            "recipient",
            sqlite_where=text(_CHECKUPS),
            postgresql_where=text(_CHECKUPS),
        ),
        # What is deleted by its age.
        Index(
            "ix_outbox_letters",
            "finished_at",
            sqlite_where=text(_LETTERS),
            postgresql_where=text(_LETTERS),
        ),
        Index("ix_outbox_digest_id", "digest_id"),
        Index("ix_outbox_participation_id", "participation_id"),
        # What is deleted takes its messages with it.
        Index("ix_outbox_about_signal_id", "about_signal_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: The occurrence that is told about; each recipient is told of it once.
    event_id: Mapped[UUID]
    #: The professional's id; the unit's where the team is the contact; the account's; or the
    #: organisation's.
    recipient: Mapped[UUID]
    professional_id: Mapped[UUID | None] = mapped_column(ForeignKey("professionals.id"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("units.id"))
    #: Where it is for an organisation as such (its mailbox), or for an account of it.
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    #: Whose role it is to know; no foreign key, for accounts are of a package above this one.
    account_id: Mapped[UUID | None]
    kind: Mapped[NoticeKind] = mapped_column(word(NoticeKind))
    #: The recipient's own part in the match.
    participation_id: Mapped[UUID | None] = mapped_column(ForeignKey("participations.id"))
    #: The signal that is new, was a mistake, or was handed over.
    about_signal_id: Mapped[UUID | None] = mapped_column(ForeignKey("signals.id"))
    #: The profile that was published, or is to be reviewed.
    profile_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("profile_versions.id"))
    #: The link that is mailed; no foreign key, as above.
    account_link_id: Mapped[UUID | None]
    state: Mapped[MessageState] = mapped_column(word(MessageState))
    digest_id: Mapped[UUID | None] = mapped_column(ForeignKey("outbox.id"))
    #: Came of an import or another change of many at once, and not of one person's deed.
    from_import: Mapped[bool] = mapped_column(server_default=false(), default=False)
    #: When it was decided by whom and when it is read, where that was not plain
    #: (:mod:`match.routing`).
    routed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int]
    lease_token: Mapped[UUID | None]
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Why the last attempt failed or it was skipped: an SMTP code or a fixed word.
    failure: Mapped[str | None] = mapped_column(String(60))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def is_of_known_kind() -> ColumnElement[bool]:
    """Return the condition on :class:`OutboxMessage` that this release knows what it tells.

    While a later release is being brought in, its processes may write of more
    than a worker of this one can read.
    """
    return OutboxMessage.kind.in_([fixed(one) for one in NoticeKind])
