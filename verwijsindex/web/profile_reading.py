"""A profile as its page and its PDF show it: routes by what one wants, urgent ones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from orgprofiles.opening_hours import OpeningHours
from orgprofiles.profile import Channel, Product, Profile, Route
from orgprofiles.profile_versions import WaitingTime
from orgprofiles.profile_words import Means, NotShared, RouteKind
from verwijsindex.web import hours_wording
from verwijsindex.web.hours_wording import OpenNow
from verwijsindex.web.profile_wording import all_words, capital, listed, within, words

#: In the order in which somebody in a hurry looks for them.
KINDS = (RouteKind.URGENT, RouteKind.WARM, RouteKind.PHONE)
_ANSWERS = frozenset({Means.PHONE})
#: Nobody has to be there when one of these is used.
WRITTEN = frozenset({Means.FORM, Means.MAILBOX})


@dataclass(frozen=True, slots=True)
class HoursView:
    """Opening hours in words.

    Attributes:
        week: Days and times.
        notes: Holidays and exceptions; none where the organisation's own stand elsewhere.
        now: Whether it is open; None where that means nothing, on paper or in an old version.
    """

    week: Sequence[tuple[str, str]]
    notes: Sequence[str]
    now: OpenNow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """A way to come in.

    Attributes:
        title: What it is: its own name, or else its means.
        means: Under its own name; None where that would say the same twice.
        channel: Addresses and numbers.
        districts: ``Noord en Zuid``; None: all, or the title says which.
        hours: Its own, or else the organisation's where somebody is to be there.
        answered_by: In words.
    """

    title: str
    means: str | None
    channel: Channel
    districts: str | None
    hours: HoursView | None
    answered_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteView:
    """A route in.

    Attributes:
        products: Names of the products that it is for; None: all others.
        channels: In order of preference.
        urgency: What makes it urgent, and how that is shown.
        also_mail: Whoever rings also mails.
        takes_applications: Whether one can apply by it, or only ask and tell.
        taken_up_by: Who takes the client on.
        handling: How what is urgent is dealt with.
        how_often: How often it happens.
        call_back: ``Binnen 2 werkdagen``; None: nothing to say.
        answered_by: Who answers, where that is the same on every way in.
        not_shared: What they may not tell; none: not said.
        shared_web: Address that all channels have; None: there is none.
        explanation: For people.
    """

    products: str | None
    channels: Sequence[ChannelView]
    urgency: Sequence[tuple[str, str]]
    also_mail: bool
    takes_applications: bool
    taken_up_by: str | None
    handling: str | None
    how_often: str | None
    call_back: str | None
    answered_by: str | None
    not_shared: Sequence[NotShared]
    shared_web: str | None
    explanation: str | None


@dataclass(frozen=True, slots=True)
class RouteGroup:
    """All routes of a kind; none with channels: the organisation has no such route."""

    kind: RouteKind
    title: str
    routes: Sequence[RouteView]

    @property
    def explanations(self) -> str:
        """What the routes say for people, together."""
        return " ".join(one.explanation or "" for one in self.routes)


@dataclass(frozen=True, slots=True)
class ProductView:
    """Something on offer, and how long one waits for it."""

    product: Product
    waiting: WaitingTime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilePage:
    """A profile, ready to be shown.

    Attributes:
        profile: What it says.
        number: Of the version.
        published_at: UTC.
        hours: Of the organisation.
        groups: Routes by kind, urgent first.
        products: With waiting times.
    """

    profile: Profile
    number: int
    published_at: datetime
    hours: HoursView
    groups: Sequence[RouteGroup]
    products: Sequence[ProductView]


def profile_page(
    profile: Profile,
    *,
    number: int,
    published_at: datetime,
    waiting_times: Sequence[WaitingTime],
    today: date,
    now: datetime | None,
) -> ProfilePage:
    """Return what a page of *profile* shows.

    Args:
        profile: What it says.
        number: Of the version.
        published_at: UTC.
        waiting_times: Of its products.
        today: In the Netherlands; exceptions before it are left out.
        now: For "open now"; None leaves it out.
    """
    waiting = {one.product_key: one for one in waiting_times}
    return ProfilePage(
        profile=profile,
        number=number,
        published_at=published_at,
        hours=_hours(profile.contact.hours, today, now),
        groups=[_group(profile, kind, today, now) for kind in KINDS],
        products=[ProductView(one, waiting.get(one.key)) for one in profile.products],
    )


def urgent_phone(profile: Profile) -> str | None:
    """Return the number to ring first when it cannot wait; None when there is none."""
    return next(
        (
            channel.phone
            for route in profile.routes_of(RouteKind.URGENT)
            for channel in route.channels
            if channel.phone
        ),
        None,
    )


def urgent_way(profile: Profile) -> Means | None:
    """Return by what means to come in when it cannot wait, the first one; None when by none."""
    return next(
        (
            channel.means
            for route in profile.routes_of(RouteKind.URGENT)
            for channel in route.channels
        ),
        None,
    )


def _hours(
    hours: OpeningHours, today: date, now: datetime | None, *, with_notes: bool = True
) -> HoursView:
    return HoursView(
        hours_wording.week_lines(hours),
        hours_wording.notes(hours, today) if with_notes else (),
        None if now is None else hours_wording.open_now(hours, now),
    )


def _group(profile: Profile, kind: RouteKind, today: date, now: datetime | None) -> RouteGroup:
    routes = [one for one in profile.routes if one.kind is kind]
    # What holds for everything first, then what differs.
    routes.sort(key=lambda one: bool(one.products))
    return RouteGroup(kind, words(kind), [_route(profile, one, today, now) for one in routes])


def _route(profile: Profile, route: Route, today: date, now: datetime | None) -> RouteView:
    names = {one.key: one.name for one in profile.products}
    answerers = {_answerer(one) for one in route.channels}
    by_all = answerers.pop() if len(route.channels) > 1 and len(answerers) == 1 else None
    return RouteView(
        products=listed([names[key] for key in route.products if key in names]) or None,
        channels=[
            _channel(profile, one, today, now, with_answerer=by_all is None)
            for one in route.channels
        ],
        urgency=[(words(one.what), all_words(one.shown_by, "of")) for one in route.urgency],
        also_mail=route.also_mail,
        takes_applications=route.takes_applications,
        taken_up_by=_said(route.taken_up_by),
        handling=_said(route.handling),
        how_often=_said(route.how_often),
        answered_by=by_all,
        call_back=_call_back(route),
        not_shared=route.not_shared,
        shared_web=_shared_web(route),
        explanation=route.explanation,
    )


def _shared_web(route: Route) -> str | None:
    addresses = {one.web for one in route.channels}
    return addresses.pop() if len(route.channels) > 1 and len(addresses) == 1 else None


def _call_back(route: Route) -> str | None:
    if route.call_back is not None:
        often = _said(route.call_back_how_often)
        soon = within(route.call_back)
        return f"{capital(often)}, {soon.lower()}" if often else soon
    if any(one.means in _ANSWERS for one in route.channels):
        return "Niet nodig: u krijgt meteen iemand aan de lijn"
    return None


def _channel(
    profile: Profile,
    channel: Channel,
    today: date,
    now: datetime | None,
    *,
    with_answerer: bool,
) -> ChannelView:
    means = words(channel.means)
    label = channel.label or ""
    says_where = bool(channel.districts) and all(one in label for one in channel.districts)
    own = channel.hours
    hours = own or (None if channel.means in WRITTEN else profile.contact.hours)
    return ChannelView(
        title=channel.label or means,
        means=means if label and means.casefold() not in label.casefold() else None,
        channel=channel,
        districts=None if says_where else listed(channel.districts) or None,
        hours=None if hours is None else _hours(hours, today, now, with_notes=own is not None),
        answered_by=_answerer(channel) if with_answerer else None,
    )


def _answerer(channel: Channel) -> str | None:
    """Return who answers, who does so above all, and whom they ring; None: not said."""
    parts = [
        (channel.answered_by, "{}"),
        (channel.mainly_by, "vooral {}"),
        (channel.passes_on_to, "die belt {}"),
    ]
    return ", ".join(form.format(words(one)) for one, form in parts if one is not None) or None


def _said(word: StrEnum | None) -> str | None:
    return None if word is None else words(word)
