"""Stalled: matches of which it was to be recorded what came of them, and was not."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, select
from sqlalchemy.orm import aliased

from match.matches import MatchPair, Participation
from match.seeing import side_sees
from match.signals import Signal, SignalStatus
from orgprofiles.organisations import Organisation, Professional, Unit
from orgprofiles.statements import fixed


def is_stalled(by: date) -> ColumnElement[bool]:
    """Return the condition on :class:`Participation` and its :class:`Signal` that it stalled.

    What came of the match was to be recorded before *by* or earlier, was not,
    and there still is somebody to be seen. The query joins :class:`Signal`.
    """
    return and_(
        Participation.is_unsettled,
        Participation.deadline <= by,
        Signal.status == fixed(SignalStatus.ACTIVE),
        sees_somebody(),
    )


def is_overdue(participation: Participation, today: date) -> bool:
    """Whether what came of a match is still to be recorded, and was so before *today*."""
    deadline = participation.deadline
    return participation.is_unsettled and deadline is not None and deadline <= today


def sees_somebody() -> ColumnElement[bool]:
    """Return the condition on :class:`Participation` that it sees somebody who is involved."""
    other, other_signal = aliased(Participation), aliased(Signal)
    return (
        exists()
        .select_from(MatchPair)
        .where(
            side_sees(Participation),
            other.id
            == case(
                (
                    MatchPair.low_participation_id == Participation.id,
                    MatchPair.high_participation_id,
                ),
                else_=MatchPair.low_participation_id,
            ),
            other_signal.id == other.signal_id,
            other_signal.status == fixed(SignalStatus.ACTIVE),
        )
        .correlate(Participation)
    )


def stalled_parts(by: date) -> Select[*tuple[Any, ...]]:
    """Return the participations that stalled, the longest overdue first.

    Of each whose it is and since when; nothing of the client, and nothing of
    the others in the match.

    Args:
        by: The last day before which it was to be recorded, see
            :func:`match.terms.latest_deadline`.

    Returns:
        Rows of ``participation_id``, ``organisation_id``, ``organisation_name``, ``unit_id``,
        ``unit_name``, ``domain``, ``professional_id``, ``professional_name`` (both None: the
        team is the contact) and ``deadline``.
    """
    return (
        select(
            Participation.id.label("participation_id"),
            Organisation.id.label("organisation_id"),
            Organisation.name.label("organisation_name"),
            Unit.id.label("unit_id"),
            Unit.name.label("unit_name"),
            Unit.domain,
            Professional.id.label("professional_id"),
            Professional.name.label("professional_name"),
            Participation.deadline,
        )
        .select_from(Participation)
        .join(Signal, Signal.id == Participation.signal_id)
        .join(Unit, Unit.id == Signal.unit_id)
        .join(Organisation, Organisation.id == Unit.organisation_id)
        .outerjoin(Professional, Professional.id == Signal.professional_id)
        .where(is_stalled(by))
        .order_by(Participation.deadline, Participation.id)
    )
