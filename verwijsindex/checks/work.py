"""What the worker leaves in the database: keys compared, mails sent, the audit linked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from match.messages import MessageState, OutboxMessage
from verwijsindex.audit_linking import WIDE, waiting
from verwijsindex.audit_reading import last_checkpoint, read_links
from verwijsindex.checks.findings import Finding, fault, good, length, warning
from verwijsindex.key_checks import INDEX_CHECK, KeyCheck, KeyState
from verwijsindex.services import Services

LAG = timedelta(minutes=10)
CANARY_AGE = timedelta(hours=2)  # the worker asks each hour
RUNS = (
    "Controleer of de worker draait ('systemctl status verwijsindex-worker') en wat hij logt;"
    " er mag een tweede naast draaien."
)


def keys(session: Session, services: Services) -> Iterator[Finding]:
    """Yield whether this process and the pseudonym service use the keys of before."""
    checks = {one.name: one for one in session.scalars(select(KeyCheck))}
    index = checks.pop(INDEX_CHECK, None)
    part = "sleutel van de index"
    if index is not None and index.fingerprint != services.settings.keys.scalar_fingerprint:
        yield fault(
            part,
            "anders dan waarmee de database is gevuld: er wordt niets geregistreerd",
            "Zet het juiste bestand terug achter VI_INDEX_SECRET_KEYS_FILE.",
        )
    else:
        yield good(part, "klopt" if index else "nog niet gebruikt")
    if not checks:
        yield fault("canarie", "nog niet gecontroleerd", "Start de worker.")
        return
    now = services.clock()
    for name, check in sorted(checks.items()):
        yield _canary(name, check, is_old=now - check.checked_at > CANARY_AGE)
    yield _tick(session, list(checks.values()), now)


def _canary(name: str, check: KeyCheck, *, is_old: bool) -> Finding:
    part = f"canarie {name}"
    if check.state is KeyState.WRONG:
        return fault(
            part,
            "verschilt: de pseudoniemendienst gebruikt een andere sleutel; er wordt niets"
            " geregistreerd",
            "Laat de beheerder van de pseudoniemendienst het juiste sleutelbestand terugzetten.",
        )
    if check.state is KeyState.UNREACHABLE:
        return fault(
            part,
            "pseudoniemendienst onbereikbaar of weigert; registreren kan met wat al berekend is",
            "Controleer VI_SERVICE_URL, of de dienst draait, en het openbare sleutelbestand daar.",
        )
    if is_old:
        return fault(part, "lang niet gecontroleerd", RUNS)
    return good(part, "klopt")


def _tick(session: Session, checks: Sequence[KeyCheck], now: datetime) -> Finding:
    """Return when a worker last left a trace: it compares keys hourly, and signs what is new."""
    checkpoint = last_checkpoint(session)
    traces = [one.checked_at for one in checks]
    last = max([*traces, checkpoint.at] if checkpoint is not None else traces)
    text = f"laatste teken {length(now - last)} geleden"
    if now - last > CANARY_AGE:
        return fault("worker", f"{text}: mails, samenvattingen en auditlog blijven liggen", RUNS)
    return good("worker", text)


def mails(session: Session, services: Services) -> Iterator[Finding]:
    """Yield what is found of mails that were given up or are late."""
    dead = session.execute(
        select(OutboxMessage.failure, func.count())
        .where(OutboxMessage.state == MessageState.DEAD)
        .group_by(OutboxMessage.failure)
        .order_by(OutboxMessage.failure)
    ).all()
    if dead:
        reasons = ", ".join(f"{count} × {failure}" for failure, count in dead)
        yield fault(
            "opgegeven mails",
            f"{reasons}; deze contacten weten nog van niets",
            "Verhelp de oorzaak en voer 'verwijsindex doctor --retry-dead-letters' uit.",
        )
    else:
        yield good("opgegeven mails", "geen")
    now = services.clock()
    yield _late(session, now)
    yield _late_digests(session, services, now)


def _late(session: Session, now: datetime) -> Finding:
    part = "wachtende mails"
    sent = or_(
        (OutboxMessage.state == MessageState.PENDING) & (OutboxMessage.due < now - LAG),
        # Claimed by a worker that is gone: its lease is over.
        (OutboxMessage.state == MessageState.SENDING) & (OutboxMessage.leased_until < now - LAG),
    )
    count, oldest = session.execute(
        select(func.count(), func.min(OutboxMessage.due)).where(sent)
    ).one()
    if not count:
        return good(part, "geen achterstand")
    return fault(
        part,
        f"{count} had(den) al verstuurd moeten zijn, de oudste {length(now - oldest)} geleden",
        RUNS,
    )


def _late_digests(session: Session, services: Services, now: datetime) -> Finding:
    part = "samenvattingen"
    # As when they are gathered: with a quiet period the newest event decides.
    decisive = func.min if services.settings.digest.quiet is None else func.max
    late = (
        select(OutboxMessage.recipient)
        .where(OutboxMessage.state == MessageState.WAITING)
        .group_by(OutboxMessage.recipient)
        .having(decisive(OutboxMessage.due) < now - LAG)
    )
    count = session.scalar(select(func.count()).select_from(late.subquery()))
    if not count:
        return good(part, "geen achterstand")
    return fault(part, f"{count} had(den) al samengesteld moeten zijn", RUNS)


def audit(session: Session, services: Services) -> Iterator[Finding]:
    """Yield whether the audit's rows are linked and signed in time."""
    now = services.clock()
    part = "auditlog"
    count, age = waiting(session, now=now, window=WIDE)
    if age is not None and age > LAG:
        yield fault(
            part,
            f"{count} rij(en) wachten op hun schakel, de oudste al {length(age)}: wat daar is"
            " gewijzigd of gewist valt zolang niet op",
            RUNS,
        )
    else:
        yield good(part, "schakels zijn bij")
    yield _signature(session, now)


def _signature(session: Session, now: datetime) -> Finding:
    part = "controlepunt van het auditlog"
    last = last_checkpoint(session)
    unsigned = read_links(session, above=0 if last is None else last.seq, limit=1)
    told = "er is er nog geen" if last is None else f"het laatste is {length(now - last.at)} oud"
    if not unsigned:
        return good(part, f"{told}; alles is ondertekend" if last else told)
    moment = unsigned[0].values[1] if unsigned[0].values is not None else None
    try:
        since = None if moment is None else now - datetime.fromisoformat(moment)
    except (ValueError, TypeError):
        since = None
    if since is None:
        return warning(
            part,
            "na het laatste controlepunt staat iets wat de index niet schreef",
            "Voer 'verwijsindex audit verify' uit.",
        )
    if since <= LAG:
        return good(part, told)
    return fault(
        part,
        f"{told}, en er is al {length(since)} iets niet ondertekend",
        f"{RUNS} Of onderteken nu: 'verwijsindex audit checkpoint'.",
    )
