"""What came of a match, in the words of the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from match.case_leads import LeadKind
from match.follow_up import FollowUp, Outcome
from match.matches import MatchKind
from match.time_lines import TimeLineEvent, TimeLineKind
from verwijsindex.http.problems import InvalidParam, Problem
from verwijsindex.use_cases.match_views import MatchCounterpart, MatchView, OwnParticipation
from verwijsindex.use_cases.read_matches import TimeLine

#: What one did oneself.
OWN_WORDS = {
    FollowUp.OPEN: "Nog niemand pakte dit op",
    FollowUp.PICKED_UP: "Opgepakt",
    FollowUp.CONTACTED: "U sprak de ander",
    FollowUp.ALREADY_IN_CONTACT: "U had al contact",
    FollowUp.NOT_REACHED: "U kreeg de ander nog niet te pakken",
    FollowUp.NO_CONSENT: "De cliënt geeft geen toestemming",
    FollowUp.NOT_NEEDED: "Afstemmen is niet nodig",
}
#: What somebody else did, as their part of a sentence.
OTHER_WORDS = {
    FollowUp.OPEN: "deed nog niets",
    FollowUp.PICKED_UP: "pakte de match op",
    FollowUp.CONTACTED: "heeft contact gelegd",
    FollowUp.ALREADY_IN_CONTACT: "had al contact",
    FollowUp.NOT_REACHED: "kreeg nog niemand te pakken",
    FollowUp.NO_CONSENT: "kreeg van de cliënt geen toestemming",
    FollowUp.NOT_NEEDED: "vindt afstemmen niet nodig",
}
#: What one may record with one click, in the order of the page.
CHOICES = (
    (FollowUp.CONTACTED, "We spraken elkaar"),
    (FollowUp.ALREADY_IN_CONTACT, "We hadden al contact"),
    (FollowUp.NOT_REACHED, "Niet te pakken gekregen"),
    (FollowUp.NO_CONSENT, "De cliënt wil het niet"),
    (FollowUp.NOT_NEEDED, "Afstemmen is niet nodig"),
)
OUTCOME_WORDS = {
    Outcome.CLEARER_VIEW: "Ik weet beter wat er speelt",
    Outcome.ALIGNED_EARLIER: "We stemden eerder af dan anders",
    Outcome.PLAN_CHANGED: "We pasten het plan met de cliënt aan",
    Outcome.NO_ADDED_VALUE: "Het leverde niets op",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the time line."""

    at: datetime
    text: str


def time_line_words(line: TimeLine) -> list[Told]:
    """Return what happened in a match, the newest first, without content."""
    return [Told(event.at, _words(line, event)) for event in reversed(line.events)]


def lead_words(view: MatchView, participation_id: UUID | None, kind: LeadKind) -> str:
    """Return who keeps the overview, or is asked to."""
    if kind is LeadKind.CLIENT:
        return "de cliënt zelf"
    if kind is LeadKind.DIRECTOR:
        return "een matchregisseur"
    for part in view.own:
        if part.id == participation_id:
            return "u" if len(view.own) == 1 else part.contact.name
    for one in view.participants:
        if one.participation_id == participation_id:
            return f"{one.contact.name}, {one.organisation_name}"
    return "iemand anders"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is new since somebody was here before."""

    match: MatchView
    at: datetime
    text: str


def changes_since(views: list[MatchView], moment: datetime | None) -> list[Change]:
    """Return what others did since *moment*, the newest first; nothing at the first visit."""
    if moment is None:
        return []
    changes = []
    for view in {one.id: one for one in views}.values():
        if view.opened_at > moment:
            what = "Nieuwe gezinsmatch" if view.kind is MatchKind.FAMILY else "Nieuwe match"
            changes.append(Change(view, view.opened_at, what))
            continue
        for one in view.participants:
            since = one.follow_up.since
            if since is not None and since > moment:
                text = f"{one.organisation_name} {OTHER_WORDS[one.follow_up.status]}"
                changes.append(Change(view, since, text))
        asked = view.lead_proposal
        if asked is not None and asked.is_own and asked.since > moment:
            changes.append(Change(view, asked.since, "U bent gevraagd voor het overzicht"))
    return sorted(changes, key=lambda one: one.at, reverse=True)


def days_left(deadline: date | None, today: date) -> str:
    """Return how much time is left before *deadline*, which itself is too late; empty for none."""
    if deadline is None:
        return ""
    days = (deadline - today).days - 1
    if days < 0:
        return "te laat"
    if days == 0:
        return "vandaag"
    return "morgen" if days == 1 else f"nog {days} dagen"


def fault_words(refused: Problem | None) -> list[InvalidParam]:
    """Return what was wrong in a form, in the words of the page; the names are its fields."""
    words = []
    for one in refused.invalid_params if refused else ():
        name = one["name"].partition("[")[0]
        if name == "met":
            words.append(InvalidParam(name=name, reason="kies met wie u al contact had"))
        elif name == "opbrengst":
            words.append(InvalidParam(name=name, reason=_NOTHING_ALONE))
        else:
            words.append(one)
    return words


_NOTHING_ALONE = "‘Het leverde niets op’ gaat niet samen met iets anders"


def _words(line: TimeLine, event: TimeLineEvent) -> str:
    who = line.who[event.participation_id]
    is_own = isinstance(who, OwnParticipation)
    name = "U" if is_own else _organisation(who)
    if event.kind is TimeLineKind.JOINED:
        return "U kwam in deze match" if is_own else f"{name} kwam erbij"
    if event.kind is TimeLineKind.FOLLOWED_UP and event.status is not None:
        if not is_own:
            return f"{name} {OTHER_WORDS[event.status]}"
        picker = line.pickers.get(event.picked_up_by) if event.picked_up_by else None
        if event.status is FollowUp.PICKED_UP and picker is not None:
            return f"{picker.name} pakte de match op"
        return OWN_WORDS[event.status]
    lead = lead_words(line.match, event.lead_id, event.lead_kind or LeadKind.CLIENT)
    if event.by_rule and event.kind is TimeLineKind.LEAD_PROPOSED:
        return f"Volgens de regieafspraak is {lead} gevraagd om het overzicht te houden"
    return {
        TimeLineKind.LEAD_PROPOSED: f"{name} vroeg {lead} om het overzicht te houden",
        TimeLineKind.LEAD_ACCEPTED: f"Het overzicht ligt bij {lead}",
        TimeLineKind.LEAD_DECLINED: f"{name} wil het overzicht niet houden",
        TimeLineKind.LEAD_RETURNED: f"{name} gaf het overzicht terug",
    }[event.kind]


def _organisation(who: OwnParticipation | MatchCounterpart) -> str:
    return who.organisation_name if isinstance(who, MatchCounterpart) else who.contact.name
