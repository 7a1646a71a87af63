"""What would harm somebody if a profile were published now: refused, with what to do instead."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from match.signals import Signal, SignalStatus
from orgprofiles.organisations import Organisation, Professional, Unit
from orgprofiles.profile import Profile
from verwijsindex.http.problems import Problem

NAME_TAKEN = "Er is al een organisatie met deze naam."


def require_publishable(
    session: Session, organisation: Organisation, profile: Profile, *, no_longer_sensitive: bool
) -> None:
    """Refuse what *profile* would do to others, or to what was registered before.

    No answer says how much an independent unit has registered.

    Raises:
        Problem: 409 for another's name, for sensitivity that would end
            without *no_longer_sensitive*, and for independence that cannot change.
    """
    require_free_name(session, organisation, profile)
    if organisation.sensitive and not profile.identity.sensitive and not no_longer_sensitive:
        raise Problem(409, _NO_LONGER_SENSITIVE)
    _require_changeable_independence(session, organisation, profile)


_NO_LONGER_SENSITIVE = (
    "In dit concept is uw organisatie niet meer gevoelig. Partners zien daarna ook de matches die"
    " nu voor hen verborgen zijn. Is dat de bedoeling, publiceer dan met ?gevoeligVervalt=true;"
    " de beheerder doet dat met --no-longer-sensitive. Anders: zet gevoelig weer op true."
)


def require_free_name(session: Session, organisation: Organisation, profile: Profile) -> None:
    """Refuse the name of another organisation.

    Raises:
        Problem: 409.
    """
    namesake = session.scalar(
        select(Organisation.id).where(
            Organisation.name == profile.identity.name, Organisation.id != organisation.id
        )
    )
    if namesake:
        raise Problem(409, NAME_TAKEN)


def _require_changeable_independence(
    session: Session, organisation: Organisation, profile: Profile
) -> None:
    wanted = {one.id: one.independent for one in profile.units}
    units = session.scalars(
        select(Unit).where(Unit.organisation_id == organisation.id).order_by(Unit.id)
    )
    changing = [one for one in units if wanted.get(one.id, one.independent) != one.independent]
    # Whoever is registering there now is waited for, and seen below.
    ids = [one.id for one in changing]
    session.execute(select(Unit.id).where(Unit.id.in_(ids)).order_by(Unit.id).with_for_update())
    for unit in changing:
        of_unit = select(Signal.id).where(Signal.unit_id == unit.id)
        if unit.independent:
            # All it ever registered would be opened to its whole organisation.
            if session.scalar(of_unit.limit(1)):
                raise Problem(
                    409,
                    f"{unit.name} moet zelfstandig blijven: wat zij eerder registreerde, zou open"
                    " komen te staan voor de hele organisatie. Maak een nieuwe afdeling.",
                )
        elif session.scalar(of_unit.where(Signal.status == SignalStatus.ACTIVE).limit(1)):
            # They would be closed to their own makers, and shown to others than before.
            raise Problem(
                409,
                f"{unit.name} kan niet zelfstandig worden zolang zij actieve signalen heeft. Maak"
                " een nieuwe afdeling en draag ze over.",
            )
        if _shares_contacts(session, unit):
            # The contact has one active signal per person; the unit's own would be taken for it.
            raise Problem(
                409,
                f"Of {unit.name} zelfstandig is, kan nu niet veranderen: een medewerker is contact"
                " van een actief signaal over de grens van deze afdeling. Beëindig die signalen"
                " eerst, en registreer ze opnieuw met een contact van de eigen afdeling.",
            )


def _shares_contacts(session: Session, unit: Unit) -> bool:
    """Whether a contact of *unit* stands on another's active signal, or the other way round."""
    found = session.scalar(
        select(Signal.id)
        .join(Professional, Professional.id == Signal.professional_id)
        .where(
            Signal.status == SignalStatus.ACTIVE,
            Signal.unit_id != Professional.unit_id,
            or_(Signal.unit_id == unit.id, Professional.unit_id == unit.id),
        )
        .limit(1)
    )
    return found is not None
