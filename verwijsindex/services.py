"""What use cases are handed besides a session: clock, keys and policies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from nacl.public import Box
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from crypto import evaluation, oprf
from crypto.account_secrets import AccountSecrets
from crypto.errors import BlindRefused, EvaluationRefused
from crypto.keyring import ServicePublicKeys
from crypto.person import SubjectKind
from crypto.pseudonym import Pseudonym, unblind_all
from crypto.references import ReferenceSealer
from match.rule_versions import load_rule_book
from match.rules import RuleBook
from orgprofiles.dutch_calendar import AMSTERDAM
from orgprofiles.profile import Profile
from verwijsindex.accounts.passwords import Passwords
from verwijsindex.accounts.providers import ProviderConnections
from verwijsindex.database import make_engine, make_sessions
from verwijsindex.settings import Settings

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the present moment, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Unblinder:
    """Makes pseudonyms of what a client hands in: the index's half of the protocol."""

    index_key: oprf.Scalar = field(repr=False)
    box: Box = field(repr=False)
    service_keys: ServicePublicKeys

    def pseudonyms(
        self,
        sealed: Sequence[tuple[bytes, bytes]],
        *,
        organisation_id: UUID,
        kind: SubjectKind,
        now: datetime,
    ) -> list[Pseudonym | EvaluationRefused | BlindRefused]:
        """Return the pseudonym of each evaluation and the blind that belongs to it, or a refusal.

        Args:
            sealed: Evaluations as the service sealed them, 122 bytes each, with r, 32 bytes.
            organisation_id: Who hands them in.
            kind: What their place in the body asks for.
            now: UTC.
        """
        key_ids = self.service_keys.key_ids(kind)
        blinded: list[tuple[oprf.Blind, oprf.EvaluatedElement]] = []
        refused: dict[int, EvaluationRefused | BlindRefused] = {}
        for place, (message, blind) in enumerate(sealed):
            try:
                opened = evaluation.open_evaluation(message, self.box)
                evaluation.check_evaluation(
                    opened, organisation_id=organisation_id, kind=kind, key_ids=key_ids, now=now
                )
                blinded.append((oprf.Blind(blind), opened.element))
            except (EvaluationRefused, BlindRefused) as refusal:
                refused[place] = refusal
        made = iter(unblind_all(self.index_key, blinded))
        return [refused[at] if at in refused else next(made) for at in range(len(sealed))]


@dataclass(slots=True)
class Counted:
    """How many new signals an organisation has registered on a day, as last counted.

    Attributes:
        day: The calendar day in the Netherlands.
        at: When it was counted, UTC.
        count: How many; those of this process are added as they come.
    """

    day: date
    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Services:
    """Handed to every use case; made once per process."""

    settings: Settings
    clock: Clock
    engine: Engine = field(repr=False)
    sessions: sessionmaker[Session] = field(repr=False)
    unblinder: Unblinder
    references: ReferenceSealer
    account_secrets: AccountSecrets
    passwords: Passwords = field(default_factory=Passwords)
    providers: ProviderConnections = field(default_factory=ProviderConnections, repr=False)
    rule_books: dict[int, RuleBook] = field(default_factory=dict, repr=False)
    #: Published profiles by their version's id: they never change, so they are kept.
    profiles: dict[UUID, Profile] = field(default_factory=dict, repr=False)

    #: By organisation.
    registered_today: dict[UUID, Counted] = field(default_factory=dict, repr=False)

    @property
    def audit_key(self) -> bytes:
        """The key of the audit rows' hashes, 32 bytes."""
        return self.settings.keys.audit

    @property
    def epoch(self) -> int:
        """The epoch under which new pseudonyms are made."""
        return self.settings.service_keys.current(SubjectKind.PERSON).epoch

    def today(self) -> date:
        """Return the calendar day in the Netherlands."""
        return self.clock().astimezone(AMSTERDAM).date()

    def rule_book(self, session: Session, version: int) -> RuleBook:
        """Return the rules of *version*. A version never changes, so it is kept."""
        if version not in self.rule_books:
            self.rule_books[version] = load_rule_book(session, version)
        return self.rule_books[version]


def make_services(
    settings: Settings, *, clock: Clock = system_clock, passwords: Passwords | None = None
) -> Services:
    """Return the services of a process that runs with *settings*."""
    engine = make_engine(settings.database_url)
    return Services(
        settings=settings,
        clock=clock,
        engine=engine,
        sessions=make_sessions(engine),
        unblinder=Unblinder(
            settings.keys.scalar,
            settings.keys.box_from(settings.service_keys),
            settings.service_keys,
        ),
        references=ReferenceSealer(settings.keys.reference),
        account_secrets=AccountSecrets(settings.keys.reference),
        passwords=passwords or Passwords(),
    )
