"""The directory (sociale kaart): published profiles, searched and compared."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orgprofiles.comparing import Difference, differences
from orgprofiles.domains import Domain, LifeDomain, Phase
from orgprofiles.organisations import Organisation, OrganisationStatus
from orgprofiles.profile import Profile
from orgprofiles.profile_versions import ProfileState, ProfileVersion, WaitingTime
from verwijsindex.access import Caller
from verwijsindex.clients import Scope
from verwijsindex.http.fields import reading_kept
from verwijsindex.http.problems import Problem
from verwijsindex.services import Services
from verwijsindex.use_cases.keep_profile import profile_of
from verwijsindex.use_cases.paging import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the directory is searched for; None: whatever it is.

    Attributes:
        name: Words, each part of one in the names of organisation, units or products, or
            in the words for the domains and parts of life it works on (in Dutch, words are
            joined: who asks for "hulp" means "schuldhulp" too).
        domain: Of a unit that takes part.
        life_domain: Of a product, together with what follows.
        phase: Of the same product.
        age_months: Of somebody for whom the same product is.
        municipality: Where it works.
        district: Where it works; organisations without districts work in all.
        open_now: Whether it is open at this moment.
    """

    name: str | None = None
    domain: Domain | None = None
    life_domain: LifeDomain | None = None
    phase: Phase | None = None
    age_months: int | None = None
    municipality: str | None = None
    district: str | None = None
    open_now: bool = False

    def fits(self, profile: Profile, now: datetime) -> bool:
        """Whether *profile* is what is wanted, at *now*."""
        identity = profile.identity
        products = [one for one in profile.products if self._fits_product(profile, one)]
        domains = {one.domain for one in profile.units if one.takes_part}
        return (
            bool(products)
            and (self.name is None or _says(_texts(profile), self.name))
            and (self.domain is None or self.domain in domains)
            and (self.municipality is None or _is_one(self.municipality, identity.municipalities))
            and (
                self.district is None
                or not identity.districts
                or _is_one(self.district, identity.districts)
            )
            and (not self.open_now or profile.contact.hours.is_open(now))
        )

    def _fits_product(self, profile: Profile, product: Any) -> bool:
        return (
            (self.life_domain is None or self.life_domain in product.life_domains)
            and (self.phase is None or self.phase in product.phases)
            and (
                self.age_months is None
                or profile.target_group_of(product).includes(self.age_months)
            )
        )


def _texts(profile: Profile) -> list[str]:
    units = [one for one in profile.units if one.takes_part]
    words = {one.domain.value for one in units}
    words |= {word.value for product in profile.products for word in product.life_domains}
    names = [one.name for one in units] + [one.name for one in profile.products]
    return [profile.identity.name, *names, *(one.replace("_", " ") for one in words)]


def _says(texts: Sequence[str], asked: str) -> bool:
    there = [word for text in texts for word in _words(text)]
    return all(any(one in word for word in there) for one in _words(asked))


def _words(text: str) -> list[str]:
    """Return the words of *text* without accents: ``financiën`` is looked for in both ways."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"\w+", "".join(one for one in plain if not unicodedata.combining(one)))


def _is_one(wanted: str, names: Sequence[str]) -> bool:
    return wanted.casefold() in {one.casefold() for one in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """A published profile, as it is now.

    Attributes:
        organisation_id: Whose.
        number: Of the version in force.
        published_at: UTC.
        profile: What it says.
        waiting_times: Of products that it still has.
        is_open: Whether the organisation is open now.
        closes_at: When it closes, if it is open.
        opens_at: When it opens next, if it is closed.
    """

    organisation_id: UUID
    number: int
    published_at: datetime
    profile: Profile
    waiting_times: Sequence[WaitingTime]
    is_open: bool
    closes_at: datetime | None
    opens_at: datetime | None


def search_profiles(
    session: Session, services: Services, *, wanted: Wanted, page: Page
) -> tuple[int, list[ProfileView]]:
    """Return how many published profiles fit, and those of *page*, by name.

    Read whole: there are some hundreds of organisations at most, and published
    versions are kept in memory.
    """
    now = services.clock()
    found = [
        (version, profile)
        for version, profile in published_profiles(session, services)
        if wanted.fits(profile, now)
    ]
    shown = found[page.offset : page.offset + page.size]
    views = _views(session, shown, now)
    session.commit()
    return len(found), views


def read_profile(
    session: Session, services: Services, *, caller: Caller | None = None, organisation_id: UUID
) -> ProfileView:
    """Return the profile in force of an organisation.

    One that is being admitted is shown to itself and the administrator; with
    no caller it is anybody who asks.

    Raises:
        Problem: 404 when it takes no part, or has published none.
    """
    now = services.clock()
    found = [
        (version, profile)
        for version, profile in published_profiles(
            session, services, also=organisation_id if _keeps(caller, organisation_id) else None
        )
        if version.organisation_id == organisation_id
    ]
    views = _views(session, found, now)
    session.commit()
    if not views:
        raise Problem(404)
    return views[0]


def published_profiles(
    session: Session, services: Services, *, also: UUID | None = None
) -> list[tuple[ProfileVersion, Profile]]:
    """Return the versions in force of all organisations that take part, by name.

    Args:
        session: Only read.
        services: Keep what was read.
        also: An organisation that is shown while it is being admitted, too.
    """
    is_shown = Organisation.status == OrganisationStatus.ACTIVE
    if also is not None:
        is_shown |= (Organisation.id == also) & (
            Organisation.status == OrganisationStatus.ADMITTING
        )
    newest = (
        select(ProfileVersion.organisation_id, func.max(ProfileVersion.number).label("number"))
        .where(ProfileVersion.state == ProfileState.PUBLISHED)
        .group_by(ProfileVersion.organisation_id)
        .subquery()
    )
    versions = session.scalars(
        select(ProfileVersion)
        .join(
            newest,
            (newest.c.organisation_id == ProfileVersion.organisation_id)
            & (newest.c.number == ProfileVersion.number),
        )
        .join(Organisation, Organisation.id == ProfileVersion.organisation_id)
        .where(is_shown)
        .order_by(Organisation.name)
    )
    return [(one, kept_profile(services, one)) for one in versions]


def kept_profile(services: Services, version: ProfileVersion) -> Profile:
    """Return what a published version says, read once per process."""
    if version.id not in services.profiles:
        with reading_kept():
            services.profiles[version.id] = profile_of(version.content)
    return services.profiles[version.id]


def list_versions(
    session: Session,
    _services: Services,
    *,
    caller: Caller | None = None,
    organisation_id: UUID,
    page: Page,
) -> tuple[int, list[ProfileVersion]]:
    """Return how many published versions there are, and those of *page*, newest first.

    Raises:
        Problem: 404 when there are none.
    """
    _require_shown(session, caller, organisation_id)
    wanted = select(ProfileVersion).where(
        ProfileVersion.organisation_id == organisation_id,
        ProfileVersion.state == ProfileState.PUBLISHED,
    )
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    found = session.scalars(
        wanted.order_by(ProfileVersion.number.desc()).offset(page.offset).limit(page.size)
    ).all()
    session.commit()
    if not total:
        raise Problem(404)
    return total, list(found)


def read_version(
    session: Session,
    _services: Services,
    *,
    caller: Caller | None,
    organisation_id: UUID,
    number: int,
) -> ProfileVersion:
    """Return one version; the concept only to whoever keeps it or agrees to it.

    Args:
        session: Of this request.
        caller: Who asks; None sees published versions alone.
        organisation_id: Whose.
        number: Of the version.

    Raises:
        Problem: 404.
    """
    found = _version(session, caller, organisation_id, number)
    session.commit()
    return found


def compare_versions(
    session: Session,
    _services: Services,
    *,
    caller: Caller,
    organisation_id: UUID,
    before: int,
    after: int,
) -> list[Difference]:
    """Return what differs between two versions.

    Raises:
        Problem: 404 when one of them is not there for the caller.
    """
    contents: list[Mapping[str, Any]] = [
        _version(session, caller, organisation_id, number).content for number in (before, after)
    ]
    session.commit()
    return differences(*contents)


def _version(
    session: Session, caller: Caller | None, organisation_id: UUID, number: int
) -> ProfileVersion:
    found = session.scalars(
        select(ProfileVersion).where(
            ProfileVersion.organisation_id == organisation_id, ProfileVersion.number == number
        )
    ).one_or_none()
    may_see_concept = _keeps(caller, organisation_id)
    if found is None or (found.state is not ProfileState.PUBLISHED and not may_see_concept):
        raise Problem(404)
    _require_shown(session, caller, organisation_id)
    return found


def _keeps(caller: Caller | None, organisation_id: UUID) -> bool:
    return caller is not None and (
        caller.organisation_id == organisation_id or Scope.ADMINISTRATION in caller.scopes
    )


def _require_shown(session: Session, caller: Caller | None, organisation_id: UUID) -> None:
    """Refuse a partner the profile of an organisation that is not there yet."""
    if _keeps(caller, organisation_id):
        return
    status = session.scalar(select(Organisation.status).where(Organisation.id == organisation_id))
    if status not in {OrganisationStatus.ACTIVE, OrganisationStatus.STOPPED}:
        raise Problem(404)


def _views(
    session: Session, found: Sequence[tuple[ProfileVersion, Profile]], now: datetime
) -> list[ProfileView]:
    waiting: dict[UUID, list[WaitingTime]] = defaultdict(list)
    for one in session.scalars(
        select(WaitingTime)
        .where(WaitingTime.organisation_id.in_([version.organisation_id for version, _ in found]))
        .order_by(WaitingTime.product_key)
    ):
        waiting[one.organisation_id].append(one)
    views = []
    for version, profile in found:
        hours = profile.contact.hours
        keys = {one.key for one in profile.products}
        closes = hours.closing(now)
        views.append(
            ProfileView(
                organisation_id=version.organisation_id,
                number=version.number,
                published_at=version.published_at or version.saved_at,
                profile=profile,
                waiting_times=[
                    one for one in waiting[version.organisation_id] if one.product_key in keys
                ],
                is_open=closes is not None,
                closes_at=closes,
                opens_at=None if closes else hours.next_opening(now),
            )
        )
    return views
