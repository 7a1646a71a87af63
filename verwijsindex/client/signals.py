"""What the index is told about a signal, besides the evaluation ("Body of a signal")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from crypto import base64url
from crypto.person import SubjectKind
from verwijsindex.client.blinding import AgeGroup, BlindedPerson


class InformedBy(StrEnum):
    """Who told the client."""

    OWN = "eigen"  #: the organisation that registers
    REFERRER = "verwijzer"  #: the organisation that referred the client


class Informed(StrEnum):
    """Who was told."""

    CLIENT = "client"  #: the person concerned
    GUARDIANS = "gezaghebbenden"  #: those with parental authority


class Way(StrEnum):
    """How the client was told."""

    CONVERSATION = "gesprek"  #: face to face
    LETTER = "brief"  #: on paper
    TELEPHONE = "telefoon"  #: by telephone
    PORTAL = "portaal"  #: in a client portal


class Reaction(StrEnum):
    """What the client said."""

    NOT_ASKED = "niet_gevraagd"  #: told only
    NO_OBJECTION = "geen_bezwaar"  #: told, and has not objected
    CONSENT = "instemming"  #: told, and agreed


class DeferralReason(StrEnum):
    """Why the client has not been told yet."""

    SAFETY_OF_CLIENT = "veiligheid_client"  #: telling endangers the client
    SAFETY_OF_OTHERS = "veiligheid_ander"  #: telling endangers somebody else
    INVESTIGATION = "onderzoek"  #: telling would harm an investigation
    NOT_REACHED = "nog_niet_bereikt"  #: tried, without success so far


@dataclass(frozen=True, slots=True)
class Informing:
    """The client was told.

    Attributes:
        way: How.
        on: The calendar day.
        reaction: What the client said.
        by: Who told.
        told: Who was told; ``None`` means by age: under 12 those with
            authority, 12-15 both, older the client.
    """

    way: Way
    on: date
    reaction: Reaction = Reaction.NOT_ASKED
    by: InformedBy = InformedBy.OWN
    told: frozenset[Informed] | None = None


@dataclass(frozen=True, slots=True)
class Deferral:
    """The client is told later; only where the legal basis allows it.

    Attributes:
        reason: Why.
        review_on: When it is looked at again; at most a month ahead.
    """

    reason: DeferralReason
    review_on: date


@dataclass(frozen=True, slots=True)
class SignalDetails:
    """A signal without the person.

    Attributes:
        unit_id: The unit that is involved.
        informed: What the client was told, or why not yet.
        professional_key: The contact, by the organisation's own key; ``None``
            means the team.
        reference: The own reference (kenmerk), 1-32 characters; ``None`` lets
            the index make one.
        lapses_on: ``None`` means the index's default.
    """

    unit_id: str
    informed: Informing | Deferral
    professional_key: str | None = None
    reference: str | None = field(default=None, repr=False)
    lapses_on: date | None = None


def signal_body(
    evaluation: str,
    blinded: BlindedPerson,
    details: SignalDetails,
    *,
    parents: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the JSON body of one signal.

    B is not in it: with r it would give H(x), which can be tried against every
    BSN.

    Args:
        evaluation: What the service made of *blinded*, base64url.
        blinded: Whose r the index needs.
        details: Everything else.
        parents: What the service made of *blinded*'s parents, in their order.
    """
    contact: dict[str, Any] = (
        {"afdeling": True}
        if details.professional_key is None
        else {"medewerker": details.professional_key}
    )
    body: dict[str, Any] = {
        "evaluatie": evaluation,
        "blindering": base64url.encode(blinded.blind.value),
        "afdeling": details.unit_id,
        "contact": contact,
        "leeftijdsgroep": blinded.age_group.value,
        "geinformeerd": _informed_body(details.informed, blinded.age_group),
    }
    if details.reference is not None:
        body["kenmerk"] = details.reference
    if details.lapses_on is not None:
        body["vervaltDatum"] = details.lapses_on.isoformat()
    if parents:
        body["gezin"] = [
            {
                "soort": SubjectKind.PARENT.value,
                "evaluatie": evaluated,
                "blindering": base64url.encode(parent.blind.value),
            }
            for evaluated, parent in zip(parents, blinded.parents, strict=True)
        ]
    return body


def told_by_default(age_group: AgeGroup) -> frozenset[Informed]:
    """Return who is to be told at that age: under 12 those with authority, 12-15 both."""
    if age_group is AgeGroup.CHILD:
        return frozenset({Informed.GUARDIANS})
    if age_group is AgeGroup.TEENAGER:
        return frozenset(Informed)
    return frozenset({Informed.CLIENT})


def _informed_body(informed: Informing | Deferral, age_group: AgeGroup) -> Mapping[str, Any]:
    if isinstance(informed, Deferral):
        return {
            "uitgesteldReden": informed.reason.value,
            "herzienDatum": informed.review_on.isoformat(),
        }
    told = told_by_default(age_group) if informed.told is None else informed.told
    return {
        "door": informed.by.value,
        "aan": [party.value for party in Informed if party in told],
        "wijze": informed.way.value,
        "datum": informed.on.isoformat(),
        "reactie": informed.reaction.value,
    }
