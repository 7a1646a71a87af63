"""Rows of the first release are still there, and right, after all migrations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from match.follow_up import FollowUp
from match.matches import Match, MatchPair, Participation
from match.messages import MessageState, NoticeKind, OutboxMessage
from match.reading import counterparts
from match.signals import Signal, SignalStatus
from match.terms import follow_up_day
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import Organisation, OrganisationStatus, Professional
from verwijsindex.database import make_engine, migrate

NOW = "2026-11-01 10:00:00+00:00"
ORGANISATIONS, UNITS, PROFESSIONALS, BASES, SIGNALS, PARTS = (
    [f"{kind}{number}".ljust(32, "0") for number in (1, 2)] for kind in "abcdef"
)
SUBJECT, MATCH = "51".ljust(32, "0"), "52".ljust(32, "0")
MAILS = [f"6{number}".ljust(32, "0") for number in (1, 2)]


def fill(session: Session) -> None:
    """Write a match of two, with a mail to each, as the first release would."""

    def insert(table: str, **values: object) -> None:
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        # The names are those below.
        session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)  # noqa: S608

    insert("subjects", id=SUBJECT, kind="persoon", pseudonym=b"N" * 32, epoch=1)
    insert("matches", id=MATCH, subject_id=SUBJECT, kind="persoon", status="open", opened_at=NOW)
    for place, (organisation, unit, professional, basis, signal, part) in enumerate(
        zip(ORGANISATIONS, UNITS, PROFESSIONALS, BASES, SIGNALS, PARTS, strict=True)
    ):
        insert(
            "organisations",
            id=organisation,
            name=f"Organisatie {place}",
            status="actief",
            sensitive=False,
            bsn_basis="Wet X",
        )
        insert(
            "units",
            id=unit,
            organisation_id=organisation,
            name="Team",
            domain=("schulden", "welzijn")[place],
            takes_part=True,
            independent=False,
            mailbox="team@index.example",
            phone="010-1",
        )
        insert(
            "professionals",
            id=professional,
            organisation_id=organisation,
            unit_id=unit,
            key="m1",
            name="M. Een",
            function="consulent",
            email="m1@index.example",
            phone="010-2",
            status="actief",
        )
        insert(
            "legal_bases",
            id=basis,
            organisation_id=organisation,
            domain=("schulden", "welzijn")[place],
            age_group="23+",
            demands="informeren",
            may_defer=False,
            reference="Wet X",
            valid_from="2020-01-01",
        )
        insert(
            "signals",
            id=signal,
            subject_id=SUBJECT,
            unit_id=unit,
            professional_id=professional,
            legal_basis_id=basis,
            status="actief",
            started_at=NOW,
            lapses="2027-11-01",
            reference_sealed=b"sealed",
            reference_hash=b"h" * 32,
        )
        insert("participations", id=part, match_id=MATCH, signal_id=signal, joined_at=NOW)
    insert(
        "match_pairs",
        low_participation_id=PARTS[0],
        high_participation_id=PARTS[1],
        visibility="beide",
        mails=True,
    )
    for mail, unit, professional, part in zip(MAILS, UNITS, PROFESSIONALS, PARTS, strict=True):
        insert(
            "outbox",
            id=mail,
            event_id=MATCH,
            recipient=professional,
            professional_id=professional,
            unit_id=unit,
            kind="match",
            participation_id=part,
            about_signal_id=SIGNALS[0],
            state="pending",
            created_at=NOW,
            due=NOW,
            attempts=0,
        )


@pytest.fixture
def migrated(empty_database_url: str) -> Iterator[Session]:
    migrate(empty_database_url, "0002")
    engine = make_engine(empty_database_url)
    with Session(engine) as session, session.begin():
        fill(session)
    engine.dispose()
    migrate(empty_database_url)
    engine = make_engine(empty_database_url)
    with Session(engine) as session:
        yield session
    engine.dispose()


def test_signals_and_their_match_are_as_they_were(migrated: Session) -> None:
    signals = migrated.scalars(select(Signal).order_by(Signal.id)).all()
    assert [one.id.hex for one in signals] == SIGNALS
    assert {one.status for one in signals} == {SignalStatus.ACTIVE}
    assert {one.started_at for one in signals} == {datetime(2026, 11, 1, 10, tzinfo=UTC)}
    assert migrated.scalar(select(func.count()).select_from(Match)) == 1
    assert migrated.scalar(select(func.count()).select_from(MatchPair)) == 1


def test_who_had_nowhere_to_record_it_gets_a_new_term(migrated: Session) -> None:
    fresh = follow_up_day(datetime.now(UTC), 5)
    for part in migrated.scalars(select(Participation)):
        assert part.follow_up is FollowUp.OPEN
        # What the mail named where that is still to come (this match is of 1 November 2026).
        assert part.deadline is not None
        assert datetime.now(UTC).date() <= part.deadline <= fresh


def test_each_side_still_sees_the_other(migrated: Session) -> None:
    parts = migrated.scalars(select(Participation.id).order_by(Participation.id)).all()
    seen = counterparts(migrated, parts, today=date(2026, 11, 23))
    assert [[one.participation_id for one in seen[part]] for part in parts] == [
        [parts[1]],
        [parts[0]],
    ]


def test_mails_that_waited_are_still_to_be_sent(migrated: Session) -> None:
    mails = migrated.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [one.id.hex for one in mails] == MAILS
    assert {(one.kind, one.state) for one in mails} == {(NoticeKind.MATCH, MessageState.PENDING)}
    assert {one.organisation_id for one in mails} == {None}


def test_who_worked_with_it_goes_on_doing_so(migrated: Session) -> None:
    today = datetime.now(UTC).date()
    for professional in migrated.scalars(select(Professional)):
        assert professional.trained_on is not None
        assert professional.trained_on <= today
    for basis in migrated.scalars(select(LegalBasis)):
        assert basis.is_valid_on(date(2026, 11, 23))
    for organisation in migrated.scalars(select(Organisation)):
        assert organisation.status is OrganisationStatus.ACTIVE
        assert (organisation.default_months, organisation.longest_months) == (12, 24)
        assert organisation.telling_ways is None
