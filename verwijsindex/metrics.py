"""Prometheus metrics, on a port of their own: numbers of the whole, never of a person.

Web processes count what the event log tells, into files that they share
(prometheus-client's multiprocess mode); the worker reads the rest from the
database when it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import event, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from match.counters import DailyCounter
from match.messages import MessageState, OutboxMessage
from verwijsindex import event_log
from verwijsindex.audit_linking import waiting
from verwijsindex.key_checks import KeyCheck, KeyState
from verwijsindex.services import Services

_IN_USE = "vi_pool_connections_in_use"
_IN_USE_TEXT = "Connections to the database in use."
_STATES = (MessageState.WAITING, MessageState.PENDING, MessageState.SENDING, MessageState.DEAD)


def serve_shared(port: int, *, host: str) -> None:
    """Serve what all web processes counted, at ``/metrics``, from a thread of this process."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    start_http_server(port, addr=host, registry=registry)


def count_events(services: Services) -> None:
    """Have this web process count the events that it logs, and its connections."""
    registrations = Counter("vi_registrations", "Rows of registrations.", ["outcome"])
    refused = Counter("vi_evaluations_refused", "Evaluations or blinds refused.", ["field"])
    tokens = Counter("vi_tokens_refused", "Clients refused at the token endpoint.", ["reason"])
    unexpected = Counter("vi_unexpected_errors", "Errors that nobody foresaw.")
    seconds = Histogram("vi_request_seconds", "Time per request.", ["route", "status"])
    in_use = Gauge(_IN_USE, _IN_USE_TEXT, multiprocess_mode="livesum")
    kept = Gauge(
        "vi_pool_connections_kept",
        "Connections that the pools keep; beyond these a request makes one, or waits.",
        multiprocess_mode="livesum",
    )
    kept.set(_pool_of(services).size())

    def observe(found: event_log.Event, fields: Mapping[str, object]) -> None:
        match found:
            case event_log.REQUEST:
                labels = str(fields["route"]), f"{str(fields['status'])[0]}xx"
                seconds.labels(*labels).observe(float(str(fields["milliseconds"])) / 1000)
            case event_log.SIGNALS_REGISTERED if not fields["trial"]:
                for outcome in ("created", "existing", "refused"):
                    registrations.labels(outcome).inc(int(str(fields[outcome])))
            case event_log.EVALUATION_REFUSED:
                refused.labels(str(fields["reason"])).inc()
            case event_log.TOKEN_REFUSED:
                tokens.labels(str(fields["reason"])).inc()
            case event_log.UNEXPECTED:
                unexpected.inc()

    event_log.observe(observe)
    event.listen(services.engine, "checkout", lambda *_: in_use.inc())
    event.listen(services.engine, "checkin", lambda *_: in_use.dec())


def _pool_of(services: Services) -> QueuePool:
    pool = services.engine.pool
    assert isinstance(pool, QueuePool)  # noqa: S101 (database.py makes no other)
    return pool


class DatabaseCollector:
    """What the database knows, read when it is asked for; a handful of indexed queries."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterable[Metric]:
        """Return the gauges; when the database does not answer, just that."""
        up = GaugeMetricFamily("vi_database_up", "1 when the database answers.")
        in_use = GaugeMetricFamily(
            _IN_USE, _IN_USE_TEXT, value=_pool_of(self._services).checkedout()
        )
        found: list[Metric] = [up, in_use]
        try:
            with self._services.sessions() as session:
                found += [*self._outbox(session), self._today(session), self._keys(session)]
                _, age = waiting(session, now=self._services.clock())
        except SQLAlchemyError as error:
            event_log.log_unexpected(error, route="metrics")
            up.add_metric([], 0)
            return [up, in_use]
        up.add_metric([], 1)
        unlinked = GaugeMetricFamily(
            "vi_audit_oldest_unlinked_seconds", "Age of the oldest audit row outside the chain."
        )
        unlinked.add_metric([], age.total_seconds() if age is not None else 0)
        return [*found, unlinked]

    def _outbox(self, session: Session) -> list[Metric]:
        number = GaugeMetricFamily("vi_mails", "Mails not yet sent.", labels=["state"])
        overdue = GaugeMetricFamily(
            "vi_mails_overdue_seconds", "How long the oldest mail has been due.", labels=["state"]
        )
        now = self._services.clock()
        for state in _STATES:
            # One state at a time: each has a partial index, all together have none.
            row = session.execute(
                select(
                    func.count().label("number"), func.min(OutboxMessage.due).label("oldest")
                ).where(OutboxMessage.state == state)
            ).one()
            number.add_metric([state.value], row.number)
            late = (now - row.oldest).total_seconds() if row.oldest else 0
            overdue.add_metric([state.value], max(0, late))
        return [number, overdue]

    def _today(self, session: Session) -> Metric:
        figures = GaugeMetricFamily(
            "vi_figures_today", "Occurrences today, over all organisations.", labels=["figure"]
        )
        for figure, amount in session.execute(
            select(DailyCounter.figure, func.sum(DailyCounter.amount))
            .where(DailyCounter.day == self._services.today())
            .group_by(DailyCounter.figure)
        ):
            figures.add_metric([figure.value], amount)
        return figures

    def _keys(self, session: Session) -> Metric:
        keys = GaugeMetricFamily(
            "vi_key_agrees", "1 agrees, 0 wrong, -1 service unreachable.", labels=["name"]
        )
        values = {KeyState.AGREES: 1, KeyState.WRONG: 0, KeyState.UNREACHABLE: -1}
        for check in session.scalars(select(KeyCheck)):
            keys.add_metric([check.name], values[check.state])
        return keys


def serve_database(services: Services, port: int, *, host: str) -> None:
    """Serve the database's gauges at ``/metrics``, from a thread of the worker."""
    registry = CollectorRegistry()
    registry.register(DatabaseCollector(services))
    start_http_server(port, addr=host, registry=registry)
