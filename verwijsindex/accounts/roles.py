"""Roles: what somebody who signs in may do."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from verwijsindex.clients import Scope


class Role(StrEnum):
    """What an account is for. One account may have several."""

    PROFESSIONAL = "medewerker"  #: registers, sees the signals and matches of the own unit
    SUPPORT = "ondersteuner"  #: registers and imports for colleagues; sees no matches
    COORDINATOR = "instellingscoordinator"  #: keeps profile, colleagues and clients
    MATCH_LEAD = "matchregisseur"  #: may be asked to coordinate a match
    ADMINISTRATOR = "functioneel_beheerder"  #: admits organisations, sets rules, sees figures
    RIGHTS_DESK = "rechtenloket"  #: answers access, objection and erasure
    AUDITOR = "auditor"  #: proves who looked


#: How people call a role.
ROLE_WORDS = {
    Role.PROFESSIONAL: "medewerker",
    Role.SUPPORT: "ondersteuner",
    Role.COORDINATOR: "coördinator van de organisatie",
    Role.MATCH_LEAD: "matchregisseur",
    Role.ADMINISTRATOR: "functioneel beheerder",
    Role.RIGHTS_DESK: "rechtenloket",
    Role.AUDITOR: "auditor",
}

#: Who work with clients' signals at all.
CASE_WORK = frozenset({Role.PROFESSIONAL, Role.SUPPORT})
#: What a coordinator may give to colleagues; the others are the index's own.
OF_AN_ORGANISATION = frozenset({Role.PROFESSIONAL, Role.SUPPORT, Role.COORDINATOR})

_SCOPES = {
    Role.PROFESSIONAL: {Scope.SIGNALS, Scope.MATCHES, Scope.PROFILES},
    Role.SUPPORT: {Scope.SIGNALS, Scope.PROFILES},
    Role.COORDINATOR: {Scope.PROFILES, Scope.PROFESSIONALS},
}


def scopes_of(roles: Iterable[Role]) -> frozenset[Scope]:
    """Return what use cases let somebody with *roles* do."""
    found: set[Scope] = {Scope.PROFILES}
    for role in roles:
        found |= _SCOPES.get(role, set())
    return frozenset(found)
