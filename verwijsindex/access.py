"""Who is calling: tokens in, a caller out; credentials in, tokens out."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, bindparam, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from crypto.errors import CryptoError, TokenRefused
from crypto.tokens import (
    INDEX_AUDIENCE,
    INDEX_TOKEN_LIFETIME,
    SERVICE_AUDIENCE,
    SERVICE_TOKEN_LIFETIME,
    TokenVerifier,
    unverified_subject,
    verify_client_assertion,
)
from match.rule_versions import RuleVersion
from match.terms import Terms
from orgprofiles.base import new_id
from orgprofiles.organisations import Organisation, OrganisationStatus, Unit
from orgprofiles.statements import table_of
from verwijsindex import audit, event_log
from verwijsindex.audit import Action, Actor, ActorKind
from verwijsindex.clients import Client, ClientStatus, ClientUnit, LimitsClass, Scope, UsedJti
from verwijsindex.key_checks import KeyCheck, KeyState
from verwijsindex.services import Services

#: As whom the index itself asks for the canary: no organisation has this id.
CANARY_ORGANISATION_ID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Caller:
    """A client with a token or somebody who is signed in, as they are at this moment.

    Attributes:
        id: The client, or the account.
        organisation_id: For whom it speaks.
        scopes: What both its token and its registration allow.
        sensitive: Whether its organisation is sensitive.
        bsn_basis: Law and article for using the BSN; None: it may not register.
        reference_pattern: Its agreed form of references.
        terms: How long its signals run.
        telling_ways: In which ways it tells clients (values of TellingWay); None: any.
        rules_version: The matching rules in force.
        keys_agree: False when a wrong key is in use: nothing may be registered.
        status: Of its organisation; while it is being admitted, little is open to it.
        kind: What of these it is.
        limits: How much a client may do on a day.
        unit_ids: The units whose signals somebody may see; None for clients, see
            :func:`may_see_unit`.
        trace_id: Of this request.
    """

    id: UUID
    organisation_id: UUID
    scopes: frozenset[Scope]
    sensitive: bool
    bsn_basis: str | None
    reference_pattern: str | None
    terms: Terms
    telling_ways: frozenset[str] | None
    rules_version: int
    keys_agree: bool
    status: OrganisationStatus = OrganisationStatus.ACTIVE
    kind: ActorKind = ActorKind.CLIENT
    limits: LimitsClass = LimitsClass.STANDARD
    unit_ids: frozenset[UUID] | None = None
    trace_id: UUID = field(default_factory=new_id)

    @property
    def actor(self) -> Actor:
        """Who acts, for the audit."""
        return Actor(self.kind, self.id, self.organisation_id, self.trace_id)

    def may_see_unit(self) -> ColumnElement[bool]:
        """Return the condition on :class:`Unit` that it is this caller's to see."""
        if self.unit_ids is not None:
            return (Unit.organisation_id == self.organisation_id) & Unit.id.in_(self.unit_ids)
        return may_see_unit(self.organisation_id, self.id)


def may_see_unit(
    organisation_id: UUID | BindParameter[UUID], client_id: UUID | BindParameter[UUID]
) -> ColumnElement[bool]:
    """Return the condition on :class:`Unit` that a client of an organisation may see it.

    An independent unit is closed to the clients of its own organisation,
    except those that were admitted to it.
    """
    admitted = select(ClientUnit.unit_id).where(ClientUnit.client_id == client_id)
    return (Unit.organisation_id == organisation_id) & or_(~Unit.independent, Unit.id.in_(admitted))


class TokenReader:
    """Verifies access tokens, remembering each for its life.

    Verifying a signature costs more than all else that a small request does.
    Only the signature is remembered: whether client and organisation are
    still welcome is asked of the database each time.
    """

    _LIMIT = 1000

    def __init__(self, public: bytes) -> None:
        self._verifier = TokenVerifier(public, audience=INDEX_AUDIENCE)
        self._known: dict[bytes, dict[str, Any]] = {}

    def claims(self, token: str, *, now: datetime) -> dict[str, Any]:
        """Return the claims of *token*.

        Raises:
            TokenRefused: Not valid here and now.
        """
        key = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        known = self._known.get(key)
        if known is None:
            known = self._verifier.verify(token, now=now)
            if len(self._known) >= self._LIMIT:
                self._known.clear()
            self._known[key] = known
        elif known["exp"] <= now.timestamp():
            self._known.pop(key, None)
            raise TokenRefused
        return known


#: Whose clients come in; while being admitted only where the guard says so.
_COMING_IN = (OrganisationStatus.ACTIVE, OrganisationStatus.ADMITTING)

# Asked at every request: made once, and everything in one round trip.
_CLIENTS, _ORGANISATIONS = map(table_of, (Client, Organisation))
_CALLER = (
    select(
        _CLIENTS.c.scopes,
        _CLIENTS.c.limits,
        _ORGANISATIONS.c.id,
        _ORGANISATIONS.c.status,
        _ORGANISATIONS.c.registers,
        _ORGANISATIONS.c.sensitive,
        _ORGANISATIONS.c.bsn_basis,
        _ORGANISATIONS.c.reference_pattern,
        _ORGANISATIONS.c.default_months,
        _ORGANISATIONS.c.longest_months,
        _ORGANISATIONS.c.telling_ways,
        select(func.max(RuleVersion.version)).scalar_subquery().label("rules_version"),
        select(func.count())
        .select_from(KeyCheck)
        .where(KeyCheck.state == KeyState.WRONG)
        .scalar_subquery()
        .label("wrong_keys"),
    )
    .join(_ORGANISATIONS, _ORGANISATIONS.c.id == _CLIENTS.c.organisation_id)
    .where(
        _CLIENTS.c.id == bindparam("client_id"),
        _CLIENTS.c.status == ClientStatus.ACTIVE,
        or_(*(_ORGANISATIONS.c.status == one for one in _COMING_IN)),
    )
)


def find_caller(session: Session, claims: dict[str, Any]) -> Caller | None:
    """Return the caller that *claims* name; None when client or organisation was shut out."""
    try:
        client_id = UUID(claims["sub"])
        granted = set(str(claims["scope"]).split())
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    row = session.connection().execute(_CALLER, {"client_id": client_id}).one_or_none()
    if row is None or str(row.id) != claims.get("org"):
        return None
    scopes = frozenset(Scope(s) for s in row.scopes if s in granted)
    if row.status is not OrganisationStatus.ACTIVE:
        # Whoever is being admitted does not decide on that.
        scopes -= {Scope.ADMINISTRATION}
    return Caller(
        id=client_id,
        organisation_id=row.id,
        scopes=scopes,
        sensitive=row.sensitive,
        # Who was admitted without registering was not asked what that takes.
        bsn_basis=row.bsn_basis if row.registers else None,
        reference_pattern=row.reference_pattern,
        terms=Terms(row.default_months, row.longest_months),
        telling_ways=None if row.telling_ways is None else frozenset(row.telling_ways),
        rules_version=row.rules_version or 0,
        keys_agree=row.wrong_keys == 0,
        status=row.status,
        limits=row.limits,
    )


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client shows at the token endpoint: a secret or an assertion."""

    client_id: str | None = None
    secret: str | None = field(default=None, repr=False)
    assertion: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """An access token and how long it is good for."""

    token: str = field(repr=False)
    lifetime: timedelta
    scopes: tuple[str, ...]


class TokenDenied(Exception):
    """No token for this request.

    Attributes:
        error: The word of RFC 6749 §5.2.
        detail: What is wrong, in Dutch.
    """

    def __init__(self, error: str, detail: str) -> None:
        self.error = error
        self.detail = detail
        super().__init__(error)


def issue_token(
    session: Session,
    services: Services,
    *,
    credentials: Credentials,
    resource: str,
    scopes: Iterable[str] | None,
) -> IssuedToken:
    """Return a token for the client that shows *credentials*.

    Args:
        session: Committed here.
        services: Clock and keys.
        credentials: What the client shows.
        resource: ``index`` or ``pseudoniemen``: the token's audience.
        scopes: What is asked; None for all the client has.

    Raises:
        TokenDenied: Wrong credentials, audience or scopes.
    """
    now = services.clock()
    client = _authenticated(session, services, credentials, now)
    organisation = session.get_one(Organisation, client.organisation_id)
    if organisation.status not in _COMING_IN:
        raise _denied_client("organisation")
    asked = set(client.scopes) if scopes is None else set(scopes)
    if not asked <= set(client.scopes):
        raise TokenDenied("invalid_scope", "Uw client heeft niet alle gevraagde rechten.")
    keys = services.settings.keys
    if resource == INDEX_AUDIENCE:
        lifetime = INDEX_TOKEN_LIFETIME
        claims = {
            "iss": services.settings.base_url,
            "sub": str(client.id),
            "org": str(organisation.id),
            "scope": " ".join(sorted(asked)),
        }
        token = keys.index_token.sign(claims, audience=resource, lifetime=lifetime, now=now)
    elif resource == SERVICE_AUDIENCE:
        if Scope.SIGNALS not in asked:
            raise TokenDenied(
                "invalid_scope", "Voor de pseudoniemendienst is het recht 'signalen' nodig."
            )
        lifetime = SERVICE_TOKEN_LIFETIME
        claims = {"org": str(organisation.id), "limits": client.limits.value}
        token = keys.service_token.sign(claims, audience=resource, lifetime=lifetime, now=now)
    else:
        raise TokenDenied("invalid_target", "Kies als resource 'index' of 'pseudoniemen'.")
    for_index = resource == INDEX_AUDIENCE
    action = Action.ISSUED_FOR_INDEX if for_index else Action.ISSUED_FOR_SERVICE
    audit.record(
        session,
        services.audit_key,
        actor=Actor(ActorKind.CLIENT, client.id, organisation.id),
        deeds=[(action, client.id)],
        now=now,
    )
    session.commit()
    event_log.log(event_log.TOKEN_ISSUED, client_id=client.id, audience=resource)
    return IssuedToken(token, lifetime, tuple(sorted(asked)))


def _authenticated(
    session: Session, services: Services, credentials: Credentials, now: datetime
) -> Client:
    claimed = credentials.client_id
    if claimed is None and credentials.assertion is not None:
        claimed = unverified_subject(credentials.assertion)
    try:
        client = session.get(Client, UUID(claimed or ""))
    except (ValueError, AttributeError):
        client = None
    if client is None or client.status is not ClientStatus.ACTIVE:
        raise _denied_client("unknown")
    if credentials.assertion is not None and client.jwk is not None:
        try:
            jti, expires = verify_client_assertion(
                credentials.assertion,
                jwk=client.jwk,
                client_id=str(client.id),
                audience=services.settings.token_endpoint,
                now=now,
            )
        except CryptoError:
            raise _denied_client("assertion") from None
        if not _first_use(session, client.id, jti, expires, now):
            raise _denied_client("replayed")
        return client
    if credentials.secret is not None and client.secret_hash is not None:
        shown = hashlib.sha256(credentials.secret.encode("utf-8", "replace")).digest()
        if hmac.compare_digest(shown, client.secret_hash):
            return client
        raise _denied_client("secret")
    raise _denied_client("method")


def _denied_client(reason: str) -> TokenDenied:
    event_log.log(event_log.TOKEN_REFUSED, reason=reason)
    # One answer for all: which part was wrong is for the log.
    return TokenDenied("invalid_client", "Deze client wordt niet toegelaten.")


def _first_use(
    session: Session, client_id: UUID, jti: str, expires: datetime, now: datetime
) -> bool:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    # Past its expiry an assertion is refused for that.
    session.execute(
        delete(UsedJti).where(
            UsedJti.client_id == client_id, UsedJti.expires_at < now - timedelta(minutes=1)
        )
    )
    inserted = session.execute(
        dialect.insert(UsedJti.__table__)
        .values(client_id=client_id, jti=jti, expires_at=expires)
        .on_conflict_do_nothing()
        .returning(UsedJti.__table__.c.jti)
    ).first()
    return inserted is not None


def browser_token(session: Session, services: Services, *, caller: Caller) -> IssuedToken:
    """Return a token for the pseudonym service, for the browser of somebody who is signed in.

    Audited, and commits.
    """
    now = services.clock()
    token = services.settings.keys.service_token.sign(
        {"org": str(caller.organisation_id), "limits": LimitsClass.STANDARD.value},
        audience=SERVICE_AUDIENCE,
        lifetime=SERVICE_TOKEN_LIFETIME,
        now=now,
    )
    audit.record_deed(session, services, caller.actor, Action.ISSUED_FOR_SERVICE, caller.id)
    session.commit()
    return IssuedToken(token, SERVICE_TOKEN_LIFETIME, ())


def canary_token(services: Services) -> str:
    """Return the index's own token for the pseudonym service: good for the canary alone."""
    return services.settings.keys.service_token.sign(
        {"org": str(CANARY_ORGANISATION_ID), "limits": LimitsClass.CANARY.value},
        audience=SERVICE_AUDIENCE,
        lifetime=SERVICE_TOKEN_LIFETIME,
        now=services.clock(),
    )
