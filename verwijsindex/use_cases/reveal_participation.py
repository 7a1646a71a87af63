"""A sensitive side lets itself be seen in a match."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from match.reviewing import reveal
from match.seeing import revealed_sides
from verwijsindex import audit, event_log
from verwijsindex.access import Caller
from verwijsindex.audit import Action
from verwijsindex.http.problems import Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.own_parts import own_part


def reveal_participation(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    match_id: UUID,
    participation_id: UUID,
) -> None:
    """Let the others in a match see the caller's part in it. Doing it again changes nothing.

    Only those who are involved now: whoever comes later does not see it until
    it is done once more.

    Raises:
        Problem: 404 when it is not this caller's, or sees nobody; 409 when
            there is nobody from whom it is hidden, nor was.
    """
    part = own_part(session, caller=caller, match_id=match_id, participation_id=participation_id)
    now = services.clock()
    if reveal(session, part, rule_books=services.rule_book, now=now, today=services.today()):
        audit.record(
            session,
            services.audit_key,
            actor=caller.actor,
            deeds=[(Action.PARTICIPATION_REVEALED, participation_id)],
            now=now,
        )
        session.commit()
        event_log.log(
            event_log.PARTICIPATION_REVEALED,
            organisation_id=caller.organisation_id,
            participation_id=participation_id,
        )
        return
    done_before = revealed_sides(session, [participation_id])
    session.commit()
    if not done_before:
        raise Problem(409, _NOTHING_TO_REVEAL)


_NOTHING_TO_REVEAL = (
    "Er valt niets zichtbaar te maken: uw organisatie is hier de gevoelige kant niet, of wie u zag"
    " is niet meer betrokken."
)
