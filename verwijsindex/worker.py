"""The worker: everything that happens without anybody asking.

APScheduler with a memory job store, in this process alone. Every job may run
in several workers at once: deliveries are claimed row by row, the others take
a lock for their transaction and do nothing when another worker has it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from importlib.metadata import version

import httpx
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from match import counters, digests, reminders, routing
from match.checkups import is_letter_time, write_letters
from match.deleting import delete_old_letters, delete_over
from match.ending import lapse_overdue
from match.lead_rules import lead_rule_version, load_lead_rule
from match.leading import settle_leads
from match.messages import MessageState
from match.reviewing import review_waiting
from match.reviews import request_due_rounds
from verwijsindex import audit, event_log
from verwijsindex.accounts.forgetting import forget_old
from verwijsindex.audit import Action, Actor, ActorKind
from verwijsindex.audit_checkpoints import make_checkpoint
from verwijsindex.audit_linking import WIDE, link_waiting
from verwijsindex.canary import check_canaries
from verwijsindex.caseloads import forget_old_runs
from verwijsindex.database import empty_log, take_tick_lock
from verwijsindex.escalating import escalate_stalled, organisations_told
from verwijsindex.fishing import find_fishing, forget_findings
from verwijsindex.key_checks import KeyState
from verwijsindex.mail.delivery import deliver_due
from verwijsindex.profile_reviews import remind_reviews
from verwijsindex.services import Services
from verwijsindex.use_cases.direct_match import director_homes

_GATHER_LOCK, _LAPSE_LOCK, _FOLD_LOCK = 1, 2, 3  # 4 and 5: the audit's
_REVIEW_LOCK = 7
_SUBJECT_REVIEW_LOCK = 8
_FORGET_LOCK = 9
_LEAD_LOCK = 10
_DELETE_LOCK = 11
_CHECKUP_LOCK = 12
_FISHING_LOCK = 13
_FORGET_EVERY = timedelta(hours=1)
_FISH_EVERY = timedelta(hours=1)  # looked at; done once a day
_LAPSE_EVERY = timedelta(minutes=10)
_DELETE_EVERY = timedelta(hours=1)
_CHECKUP_EVERY = timedelta(minutes=10)
_FOLD_EVERY = timedelta(hours=1)
_REMIND_REVIEWS_EVERY = timedelta(hours=1)
_CANARY_EVERY = timedelta(hours=1)
_CANARY_AGAIN = timedelta(minutes=1)  # while something is the matter
_SIGN_AUDIT_EVERY = timedelta(minutes=1)
_CLOCK_SLACK_SECONDS = 1
_SWEEP_AUDIT_EVERY = timedelta(hours=1)


class Worker:
    """Runs the periodic jobs until it is stopped."""

    def __init__(self, services: Services, *, poll: timedelta = timedelta(seconds=1)) -> None:
        """Take the services.

        Args:
            services: Of this process.
            poll: How often the outbox is looked at.
        """
        self._services = services
        self._poll = poll
        self._stop = threading.Event()
        self._clock_watch = threading.Thread(target=self._watch_clock, name="clock", daemon=True)
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(5)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        self._every(poll, self.deliver)
        self._every(poll, self.gather)
        self._every(poll, self.review)
        self._every(poll, self.ask_leads)
        self._every(_LAPSE_EVERY, self.lapse)
        self._every(_DELETE_EVERY, self.delete)
        self._every(_CHECKUP_EVERY, self.ask_checkups)
        self._every(_FOLD_EVERY, self.fold)
        self._every(_REMIND_REVIEWS_EVERY, self.remind_reviews)
        self._every(_FORGET_EVERY, self.forget)
        self._reminded_on: date | None = None
        self._fished_on: date | None = None
        self._every(_FISH_EVERY, self.find_fishing)
        self._canaries_due = services.clock()
        self._every(_CANARY_AGAIN, self.check_canaries)
        self._every(poll, self.link_audit)
        self._every(_SWEEP_AUDIT_EVERY, self.sweep_audit)
        self._every(_SIGN_AUDIT_EVERY, self.sign_audit)

    def start(self) -> None:
        """Start working, in threads of its own."""
        event_log.log(event_log.STARTED, part="worker", version=version("verwijsindex"))
        self._scheduler.start()
        self._clock_watch.start()

    def stop(self) -> None:
        """Finish the mail that is being sent, give the others back, and stop."""
        self._stop.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
            self._clock_watch.join()
        event_log.log(event_log.STOPPED, part="worker")

    def deliver(self) -> None:
        """Deliver all that is due."""
        while not self._stop.is_set() and deliver_due(self._services, stop=self._stop):
            pass

    def gather(self) -> None:
        """Make up the digests that are due, with the reminders of today in them."""
        services = self._services
        now = services.clock()
        if not self._remind(now):
            return
        with services.sessions.begin() as session:
            if not take_tick_lock(session, _GATHER_LOCK):
                return
            policy = services.settings.digest
            waiting = MessageState.WAITING
            while routing.route(
                session, waiting, digest_due=policy.due(now), now=now, today=services.today()
            ):
                pass
            limit = services.settings.import_mail_limit
            made = digests.gather(session, policy=policy, now=now, import_limit=limit)
        if made:
            event_log.log(event_log.DIGESTS_GATHERED, count=made)

    def _remind(self, now: datetime) -> bool:
        """Remind of what was to be followed up, once a working day; whether that is done.

        Before the digests of that moment are gathered, so that each recipient
        has one mail with all of it. Another worker may be doing it.
        """
        services = self._services
        today = services.today()
        if self._reminded_on == today or not is_letter_time(now):
            return True
        actor = Actor(ActorKind.WORKER)
        with services.sessions() as session:
            told = organisations_told(session, today)
        while not self._stop.is_set():
            with services.sessions.begin() as session:
                if not take_tick_lock(session, _GATHER_LOCK):
                    return False
                reminded = reminders.remind(session, now=now, today=today)
                deeds = [(Action.FOLLOW_UP_REMINDED, one) for one in reminded]
                audit.record(session, services.audit_key, actor=actor, deeds=deeds, now=now)
            with services.sessions.begin() as session:
                if not take_tick_lock(session, _GATHER_LOCK):
                    return False
                stalled = escalate_stalled(session, services, told=told)
                deeds = [(Action.FOLLOW_UP_ESCALATED, one.participation_id) for one in stalled]
                audit.record(session, services.audit_key, actor=actor, deeds=deeds, now=now)
            if not (reminded or stalled):
                self._reminded_on = today
                return True
            event_log.log(
                event_log.FOLLOW_UP_REMINDED, reminded=len(reminded), escalated=len(stalled)
            )
        return False

    def lapse(self) -> None:
        """Lapse the signals whose last day passed, a hundred subjects at a time."""
        services = self._services
        while not self._stop.is_set():
            with services.sessions.begin() as session:
                if not take_tick_lock(session, _LAPSE_LOCK):
                    return
                now = services.clock()
                lapsed = lapse_overdue(session, now=now, today=services.today())
                deeds = [(Action.SIGNAL_LAPSED, signal_id) for signal_id in lapsed]
                actor = Actor(ActorKind.WORKER)
                audit.record(session, services.audit_key, actor=actor, deeds=deeds, now=now)
            if not lapsed:
                return
            event_log.log(event_log.SIGNALS_LAPSED, count=len(lapsed))

    def delete(self) -> None:
        """Delete the signals whose history is over, a hundred subjects at a time."""
        services = self._services
        total = 0
        while not self._stop.is_set():
            with services.sessions.begin() as session:
                if not take_tick_lock(session, _DELETE_LOCK):
                    return
                now = services.clock()
                deleted = delete_over(session, now=now)
                deeds = [(Action.SIGNAL_DELETED, signal_id) for signal_id in deleted]
                actor = Actor(ActorKind.WORKER)
                audit.record(session, services.audit_key, actor=actor, deeds=deeds, now=now)
            if not deleted:
                break
            total += len(deleted)
        if total:
            empty_log(services.engine)
            event_log.log(event_log.SIGNALS_DELETED, count=total)

    def ask_checkups(self) -> None:
        """Write the letters about what lapses soon, and what runs long, at 07:30."""
        services = self._services
        with services.sessions.begin() as session:
            if not take_tick_lock(session, _CHECKUP_LOCK):
                return
            now, months = services.clock(), services.settings.confirm_months
            written = write_letters(session, now=now, months=months)
        if written:
            event_log.log(event_log.CHECKUPS_ASKED, count=written)

    def review(self) -> None:
        """Hold the subjects that wait for it against the rules in force, a hundred at a time."""
        services = self._services
        while not self._stop.is_set():
            with services.sessions.begin() as session:
                if not take_tick_lock(session, _SUBJECT_REVIEW_LOCK):
                    return
                now = services.clock()
                request_due_rounds(session, now=now)
                done = review_waiting(
                    session, rule_books=services.rule_book, now=now, today=services.today()
                )
                deeds = [(Action.MATCH_REVIEWED, match_id) for match_id in done.match_ids]
                deeds += [(Action.SIGNAL_LAPSED, signal_id) for signal_id in done.lapsed]
                actor = Actor(ActorKind.WORKER)
                audit.record(session, services.audit_key, actor=actor, deeds=deeds, now=now)
            if not done.subjects:
                return
            event_log.log(
                event_log.SUBJECTS_REVIEWED, count=done.subjects, changed=len(done.match_ids)
            )

    def ask_leads(self) -> None:
        """Ask by the rule on leads who keeps the overview, where a match changed."""
        services = self._services
        while not self._stop.is_set():
            with services.sessions.begin() as session:
                rule = load_lead_rule(session, lead_rule_version(session))
                if not rule.version or not take_tick_lock(session, _LEAD_LOCK):
                    return
                now = services.clock()
                done = settle_leads(
                    session,
                    rule,
                    directors=director_homes(session),
                    now=now,
                    digest_due=services.settings.digest.due(now),
                )
                deeds = [(Action.LEAD_PROPOSED, match_id) for match_id in done.asked]
                actor = Actor(ActorKind.WORKER)
                audit.record(session, services.audit_key, actor=actor, deeds=deeds, now=now)
            if not done.matches:
                return
            event_log.log(event_log.LEADS_ASKED, matches=done.matches, count=len(done.asked))

    def fold(self) -> None:
        """Fold the daily counters of the days before today."""
        services = self._services
        with services.sessions.begin() as session:
            if not take_tick_lock(session, _FOLD_LOCK):
                return
            folded = counters.fold(session, before=services.today())
        if folded:
            event_log.log(event_log.COUNTERS_FOLDED, count=folded)

    def remind_reviews(self) -> None:
        """Remind organisations of profiles that are to be looked at again."""
        services = self._services
        with services.sessions.begin() as session:
            if not take_tick_lock(session, _REVIEW_LOCK):
                return
            reminded = remind_reviews(session, services)
        if reminded:
            event_log.log(event_log.REVIEWS_REMINDED, count=reminded)

    def forget(self) -> None:
        """Delete what is old: of signing in, caseload runs, letters and findings."""
        services = self._services
        forgotten = 0
        with services.sessions.begin() as session:
            if take_tick_lock(session, _FORGET_LOCK):
                now = services.clock()
                forget_old(session, now=now)
                forgotten = forget_old_runs(session, now=now)
                delete_old_letters(session, now=now)
                forget_findings(session, now=now)
        if forgotten:
            event_log.log(event_log.CASELOADS_FORGOTTEN, count=forgotten)

    def find_fishing(self) -> None:
        """Note what looks like searching: once a day."""
        services = self._services
        today = services.today()
        if self._fished_on == today:
            return
        with services.sessions.begin() as session:
            if not take_tick_lock(session, _FISHING_LOCK):
                return
            found = find_fishing(session, services)
        self._fished_on = today
        if found:
            event_log.log(event_log.FISHING_FOUND, count=found)

    def check_canaries(self) -> None:
        """Ask the pseudonym service for the canaries, and compare: hourly.

        While something is the matter each minute, for with a wrong key nothing
        is registered, and it is to open again soon after the right one is back.
        """
        now = self._services.clock()
        if now < self._canaries_due:
            return
        with httpx.Client() as http:
            states = check_canaries(self._services, http)
        if set(states.values()) == {KeyState.AGREES}:
            self._canaries_due = now + _CANARY_EVERY

    def link_audit(self) -> None:
        """Link the audit's rows that came since a second ago."""
        link_waiting(self._services, stop=self._stop)

    def sweep_audit(self) -> None:
        """Link the audit's rows that came too late to be found each second."""
        found = None
        while found is None and not self._stop.wait(0.1):
            found = link_waiting(self._services, window=None, stop=self._stop)
        if found:
            event_log.log(event_log.AUDIT_SWEPT, count=found)

    def sign_audit(self) -> None:
        """Sign the audit's chain, with what came late in it."""
        link_waiting(self._services, window=WIDE, stop=self._stop)
        make_checkpoint(self._services)

    def _watch_clock(self) -> None:
        """Have everything run at once when the clock was put back.

        The scheduler plans on that clock: put back an hour, it would do
        nothing for an hour. Put forward, it runs everything by itself.
        """
        while not self._stop.wait(self._poll.total_seconds()):
            now = self._services.clock()
            for job in self._scheduler.get_jobs():
                # No job is planned further ahead than its period.
                ahead = (job.next_run_time - now - job.trigger.interval).total_seconds()
                if ahead > _CLOCK_SLACK_SECONDS:
                    event_log.log(event_log.CLOCK_PUT_BACK, seconds=round(ahead))
                    self._canaries_due = now
                    job.modify(next_run_time=now)

    def _every(self, period: timedelta, job: Callable[[], None]) -> None:
        def run() -> None:
            try:
                job()
            except Exception as error:  # noqa: BLE001 (the next time it may work)
                event_log.log_unexpected(error, route=f"worker {job.__name__}")

        self._scheduler.add_job(
            run,
            "interval",
            seconds=period.total_seconds(),
            next_run_time=self._services.clock(),
            id=job.__name__,
        )
