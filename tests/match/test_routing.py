"""By whom and when a message is read: as its recipient wants it, or who stands in for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from match import digests, outbox
from match.digests import DigestPolicy, next_digest_time
from match.messages import MessageState, NoticeKind, OutboxMessage
from match.routing import Place, Reader, places, route
from orgprofiles.base import new_id
from orgprofiles.organisations import Delivery, Professional, ProfessionalStatus
from orgprofiles.stand_ins import StandIn, StandInDelivery
from tests.clock import START
from tests.match.people import add_notice, add_professional, add_unit

TODAY = START.date()
DAY = timedelta(days=1)
_MATCH, _WRONG = NoticeKind.MATCH, NoticeKind.WRONG_PERSON
_BOTH, _INSTEAD = StandInDelivery.BOTH, StandInDelivery.SUBSTITUTE
ONE, OTHER = UUID(int=1), UUID(int=2)

readers = st.builds(
    Reader,
    st.just(ONE),
    st.sampled_from(Delivery),
)
substitutes = st.builds(
    Reader,
    st.just(OTHER),
    st.sampled_from(Delivery),
    is_there=st.booleans(),
    is_away=st.booleans(),
)
stand_ins = st.none() | st.tuples(substitutes, st.sampled_from(StandInDelivery))
always = st.sampled_from([NoticeKind.WRONG_PERSON, NoticeKind.REMINDER, NoticeKind.LEAD_ASKED])


@given(readers, stand_ins, st.booleans())
def test_a_match_is_always_read_by_somebody_and_nowhere_twice(
    reader: Reader, stand_in: tuple[Reader, StandInDelivery] | None, waits: bool
) -> None:
    found = places(_MATCH, reader, stand_in, waits=waits)
    assert found
    assert len({one.professional_id for one in found}) == len(found)
    assert {one.professional_id for one in found} <= {ONE, OTHER, None}
    if reader.delivery is Delivery.OFF:
        assert ONE not in {one.professional_id for one in found}
    if waits:
        assert all(one.in_digest for one in found)


@given(readers, stand_ins, st.booleans(), always)
def test_what_is_for_somebody_themselves_always_reaches_them(
    reader: Reader,
    stand_in: tuple[Reader, StandInDelivery] | None,
    waits: bool,
    kind: NoticeKind,
) -> None:
    assert Place(ONE, waits) in places(kind, reader, stand_in, waits=waits)


@given(substitutes, st.sampled_from(StandInDelivery), st.booleans())
def test_a_stand_in_who_is_not_there_is_not_mailed_but_who_is_away_and_the_team(
    substitute: Reader, delivery: StandInDelivery, waits: bool
) -> None:
    found = places(_MATCH, Reader(ONE, Delivery.AT_ONCE), (substitute, delivery), waits=waits)
    if substitute.is_there and not substitute.is_away:
        is_theirs = {Place(None, waits)} if substitute.delivery is Delivery.OFF else {OTHER}
        theirs = {one if one.professional_id is None else one.professional_id for one in found}
        assert is_theirs <= theirs
        assert (ONE in theirs) == (delivery is _BOTH)
    else:
        assert set(found) == {Place(ONE, waits), Place(None, waits)}


class Team:
    """A unit with two professionals, and its outbox."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with Session(engine) as session, session.begin():
            unit = add_unit(session, "Schuldhulp")
            self.unit = unit.id
            self.one = add_professional(session, unit, "m1")
            self.other = add_professional(session, unit, "m2")

    def do(self, act: Callable[[Session], Any]) -> Any:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            return act(session)

    def add(self, professional_id: UUID | None, **changes: Any) -> UUID:
        values = {"now": START} | changes
        return self.do(lambda s: add_notice(s, self.unit, professional_id, **values))

    def set(self, professional_id: UUID, **values: Any) -> None:
        where = Professional.id == professional_id
        self.do(lambda s: s.execute(update(Professional).where(where).values(values)))

    def away(self, who: UUID, substitute: UUID, delivery: StandInDelivery = _INSTEAD) -> None:
        stand_in = StandIn(
            id=new_id(),
            professional_id=who,
            substitute_id=substitute,
            first_day=TODAY,
            last_day=TODAY + DAY,
            delivery=delivery,
            made_at=START,
        )
        self.do(lambda s: s.add(stand_in))

    def route(
        self, state: MessageState = MessageState.PENDING, now: datetime = START
    ) -> dict[UUID, MessageState]:
        """Route everything; return who is still told of what, by recipient."""
        due = next_digest_time(now)
        while self.do(lambda s: route(s, state, digest_due=due, now=now, today=now.date())):
            pass
        return {one.recipient: one.state for one in self.messages() if one.state != "skipped"}

    def claim(self, now: datetime = START) -> list[UUID]:
        lease = timedelta(minutes=5)
        return self.do(lambda s: outbox.claim(s, token=uuid4(), now=now, lease=lease, limit=50))

    def messages(self) -> list[OutboxMessage]:
        return self.do(lambda s: list(s.scalars(select(OutboxMessage).order_by(OutboxMessage.id))))


@pytest.fixture
def team(engine: Engine) -> Team:
    return Team(engine)


def test_who_is_mailed_at_once_needs_no_routing(team: Team) -> None:
    message = team.add(team.one)
    assert team.claim() == [message]
    assert team.route() == {team.one: MessageState.SENDING}


@pytest.mark.parametrize("delivery", [Delivery.DAILY, Delivery.OFF])
def test_nothing_is_claimed_that_is_still_to_be_routed(team: Team, delivery: Delivery) -> None:
    team.set(team.one, delivery=delivery)
    team.add(team.one)
    assert team.claim() == []


def test_a_daily_reader_gets_it_in_the_next_digest(team: Team) -> None:
    team.set(team.one, delivery=Delivery.DAILY)
    team.add(team.one)
    assert team.route() == {team.one: MessageState.WAITING}
    (message,) = team.messages()
    assert message.due == next_digest_time(START)
    assert message.recipient == team.one
    made = team.do(lambda s: digests.gather(s, policy=DigestPolicy(), now=message.due))
    assert made == 1


def test_who_wants_no_mail_leaves_it_to_the_team(team: Team) -> None:
    team.set(team.one, delivery=Delivery.OFF)
    team.add(team.one)
    assert team.route() == {team.unit: MessageState.PENDING}
    assert len(team.claim()) == 1
    (placed, told) = team.messages()
    assert (placed.state, placed.failure) == (MessageState.SKIPPED, "another in its place")
    assert (told.participation_id, told.event_id) == (placed.participation_id, placed.event_id)


def test_a_team_that_is_told_of_the_event_is_not_told_twice(team: Team) -> None:
    team.set(team.one, delivery=Delivery.OFF)
    team.set(team.other, delivery=Delivery.OFF)
    event = new_id()
    for recipient in (team.one, team.other, None):
        team.add(recipient, event_id=event)
    assert team.route() == {team.unit: MessageState.PENDING}
    assert len(team.claim()) == 1


@pytest.mark.parametrize("delivery", Delivery)
@pytest.mark.parametrize("kind", [NoticeKind.WRONG_PERSON, NoticeKind.LEAD_ASKED])
def test_what_is_for_somebody_themselves_is_sent_whatever_they_want(
    team: Team, delivery: Delivery, kind: NoticeKind
) -> None:
    team.set(team.one, delivery=delivery)
    message = team.add(team.one, kind=kind)
    assert team.claim() == [message]


def test_what_waits_of_an_import_goes_to_the_teams_digest(team: Team) -> None:
    team.set(team.one, delivery=Delivery.OFF)
    due = next_digest_time(START)
    team.add(team.one, digest_due=due, from_import=True)
    assert team.do(lambda s: digests.gather(s, policy=DigestPolicy(), now=due)) == 0
    assert team.route(MessageState.WAITING, due) == {team.unit: MessageState.WAITING}
    assert team.messages()[-1].from_import
    assert team.do(lambda s: digests.gather(s, policy=DigestPolicy(), now=due)) == 1


def test_a_change_of_mind_counts_until_it_is_due(team: Team) -> None:
    due = next_digest_time(START)
    team.set(team.one, delivery=Delivery.OFF)
    team.add(team.one, digest_due=due)
    assert team.route(MessageState.WAITING) == {team.one: MessageState.WAITING}
    team.set(team.one, delivery=Delivery.AT_ONCE)
    assert team.route(MessageState.WAITING, due) == {team.one: MessageState.WAITING}


def test_a_stand_in_is_mailed_instead_or_too(team: Team) -> None:
    team.away(team.one, team.other)
    team.add(team.one)
    assert team.claim() == []
    assert team.route() == {team.other: MessageState.PENDING}
    assert len(team.claim()) == 1
    assert team.claim() == []


def test_both_are_mailed_where_that_is_wanted(team: Team) -> None:
    team.away(team.one, team.other, _BOTH)
    team.add(team.one)
    expected = {team.one: MessageState.PENDING, team.other: MessageState.PENDING}
    assert team.route() == expected
    assert len(team.claim()) == 2


@pytest.mark.parametrize(
    "kind", [NoticeKind.WRONG_PERSON, NoticeKind.REMINDER, NoticeKind.LEAD_ASKED]
)
def test_what_is_for_somebody_themselves_reaches_them_and_who_stands_in(
    team: Team, kind: NoticeKind
) -> None:
    team.away(team.one, team.other, _INSTEAD)
    team.add(team.one, kind=kind)
    expected = {team.one: MessageState.PENDING, team.other: MessageState.PENDING}
    assert team.route() == expected


def test_a_stand_in_who_is_told_of_the_event_is_not_told_twice(team: Team) -> None:
    team.away(team.one, team.other)
    event = new_id()
    for recipient in (team.one, team.other):
        team.add(recipient, event_id=event)
    assert team.route() == {team.other: MessageState.PENDING}


def test_a_stand_in_gets_it_as_they_want_to_be_mailed(team: Team) -> None:
    team.set(team.other, delivery=Delivery.DAILY)
    team.away(team.one, team.other)
    team.add(team.one)
    assert team.route() == {team.other: MessageState.WAITING}
    assert team.messages()[-1].due == next_digest_time(START)


@pytest.mark.parametrize("why", ["left", "away", "moved"])
def test_when_the_stand_in_is_not_there_who_is_away_and_the_team_are_told(
    team: Team, why: str
) -> None:
    team.away(team.one, team.other)
    if why == "left":
        team.set(team.other, status=ProfessionalStatus.INACTIVE)
    elif why == "away":
        team.away(team.other, team.one)
    else:
        elsewhere = team.do(lambda s: add_unit(s, "Elders").id)
        team.set(team.other, unit_id=elsewhere)
    team.add(team.one)
    expected = {team.one: MessageState.PENDING, team.unit: MessageState.PENDING}
    assert team.route() == expected


@pytest.mark.parametrize(
    ("now", "is_on"),
    [
        (START - DAY, False),
        (START, True),
        (START + DAY, True),
        (START + 2 * DAY, False),
    ],
)
def test_a_stand_in_lasts_from_the_first_day_to_the_last(
    team: Team, now: datetime, is_on: bool
) -> None:
    team.away(team.one, team.other)
    team.add(team.one, now=now)
    assert (team.claim(now) == []) is is_on


def test_what_was_tried_once_is_not_routed_again(team: Team) -> None:
    message = team.add(team.one)
    assert team.claim() == [message]
    team.set(team.one, delivery=Delivery.OFF)
    later = START + timedelta(hours=1)
    assert team.claim(later) == [message]
    assert team.route(now=later) == {team.one: MessageState.SENDING}


def test_days_are_those_of_the_netherlands(team: Team) -> None:
    team.away(team.one, team.other)
    before = datetime.combine(TODAY - DAY, datetime.min.time(), START.tzinfo) + timedelta(hours=23)
    assert before.date() == date(2026, 11, 22)  # in UTC; half past midnight of the 23rd, theirs
    team.add(team.one, now=before)
    assert team.claim(before) == []
