"""Follow-up (opvolging): what a participant did with a match; closed lists and pure rules."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class FollowUp(StrEnum):
    """How far a participant is with a match."""

    OPEN = "open"  #: nobody has picked it up
    PICKED_UP = "opgepakt"  #: somebody is at it
    CONTACTED = "contact_gelegd"  #: they spoke to each other
    ALREADY_IN_CONTACT = "waren_al_in_contact"  #: they knew of each other before the match
    NOT_REACHED = "niet_bereikt"  #: tried; the other did not answer yet
    NO_CONSENT = "client_geeft_geen_toestemming"  #: the client does not want them to talk
    NOT_NEEDED = "geen_afstemming_nodig"  #: looked at; there is nothing to align


class Outcome(StrEnum):
    """What came of being in contact (opbrengst)."""

    CLEARER_VIEW = "meer_zicht"  #: one knows better what goes on
    ALIGNED_EARLIER = "eerder_afgestemd"  #: one aligned sooner than without the match
    PLAN_CHANGED = "plan_aangepast"  #: the plan with the client was changed
    NO_ADDED_VALUE = "geen_meerwaarde"  #: it brought nothing


class FollowUpStage(StrEnum):
    """Whether something is still to be recorded."""

    OPEN = "open"  #: what came of it is not recorded yet
    DONE = "afgerond"  #: it is


#: What came of it is still to be recorded.
UNSETTLED = frozenset({FollowUp.OPEN, FollowUp.PICKED_UP, FollowUp.NOT_REACHED})
#: There was contact, so that something may have come of it.
IN_CONTACT = frozenset({FollowUp.CONTACTED, FollowUp.ALREADY_IN_CONTACT})


def may_become(now: FollowUp, wanted: FollowUp) -> bool:
    """Whether a follow-up may be changed so.

    What came of a match may be corrected, and gone on with, but not be made
    undone as if nobody had ever looked.
    """
    return wanted is not FollowUp.OPEN or now in UNSETTLED


def follow_up_faults(
    wanted: FollowUp,
    *,
    names_met: bool,
    outcomes: Collection[Outcome],
    names_picker: bool,
) -> list[tuple[str, str]]:
    """Return what is wrong with recording *wanted*: (field, what, in Dutch), all at once.

    Args:
        wanted: The new status.
        names_met: Whether it says with whom one was in contact already.
        outcomes: What came of it.
        names_picker: Whether it says who picked it up.
    """
    faults = []
    known = wanted is FollowUp.ALREADY_IN_CONTACT
    if known and not names_met:
        faults.append(("met", "is nodig: met wie was u al in contact?"))
    if names_met and not known:
        faults.append(("met", f"hoort alleen bij {FollowUp.ALREADY_IN_CONTACT}"))
    if outcomes and wanted not in IN_CONTACT:
        only = f"{FollowUp.CONTACTED} of {FollowUp.ALREADY_IN_CONTACT}"
        faults.append(("opbrengst", f"hoort alleen bij {only}"))
    elif Outcome.NO_ADDED_VALUE in outcomes and len(outcomes) > 1:
        faults.append(("opbrengst", f"{Outcome.NO_ADDED_VALUE} gaat niet samen met iets anders"))
    if names_picker and wanted is not FollowUp.PICKED_UP:
        faults.append(("opgepaktDoor", f"hoort alleen bij {FollowUp.PICKED_UP}"))
    return faults


class Acquaintance(StrEnum):
    """Whether two participants say that they were in contact already."""

    UNSAID = "niet_gezegd"  #: neither says so
    SAID_BY_SELF = "door_u_gezegd"  #: one's own side does; the other has not confirmed
    SAID_BY_OTHER = "door_ander_gezegd"  #: the other does; one click confirms it
    CONFIRMED = "bevestigd"  #: both do: neither is mailed of the other again about this person


def acquaintance(*, said_by_self: bool, said_by_other: bool) -> Acquaintance:
    """Return what the two sides said, as one of them sees it."""
    if said_by_self:
        return Acquaintance.CONFIRMED if said_by_other else Acquaintance.SAID_BY_SELF
    return Acquaintance.SAID_BY_OTHER if said_by_other else Acquaintance.UNSAID


def shown_to_other(status: FollowUp, *, since_seen: bool, knows_somebody_seen: bool) -> FollowUp:
    """Return a participant's status as another one may know it.

    Args:
        status: As it is.
        since_seen: Whether it was recorded since the other one could see that
            participant. What was before that was about others.
        knows_somebody_seen: Whether those with whom that participant says to have been in
            contact are, or are seen by, the other one. Else the word would
            tell that there is somebody unseen.
    """
    if not since_seen:
        return FollowUp.OPEN
    if status is FollowUp.ALREADY_IN_CONTACT and not knows_somebody_seen:
        return FollowUp.CONTACTED
    return status
