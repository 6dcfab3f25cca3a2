"""A year of the simulated city through the alarm desk: what the rules find and see, at the time at which they would.

Findings (city_live) and conditions (city_seen) go in event time into the store's ledger and the desk: its life cycle,
grouping, floods, chatter, tasks, escalation and messages are those of the program, on SQLite; only the readings do not
go through the pipeline. The desk looks at every minute at which anything is due; in between nothing can change.
"""

import time
from collections import Counter
from typing import Final

from benchmarks.city_known import TICK_MS, Known
from benchmarks.city_live import Change, Live
from benchmarks.city_people import People, plan
from benchmarks.city_seen import Eyes
from benchmarks.city_setup import set_up
from benchmarks.city_world import DAY_MS, MINUTE_MS, MINUTES, START_MS, City, Day
from coldchain.alarms import GRAVE, Alarm, Condition
from coldchain.entries import Draft, EntryKind
from coldchain.notifications import Notification
from coldchain.ports import Session, Store
from coldchain.units import FindingStatus
from ingest.alarm_conditions import STEPS, unanswered
from ingest.alarms import SETTINGS, finding_alarms
from ingest.conditions import Watch
from ingest.conditions_tasks import task_conditions
from ingest.counters import Counters
from ingest.known import ACTOR
from ingest.pipeline import Pipeline
from ingest.tasks import follow_tasks
from rules.alarm_groups import stands_for_many
from rules.escalation import after_quiet_ms

NO_BUDGET_MS: Final = 10**9
STIR_MS: Final = 2 * MINUTE_MS  # after a change the desk looks at each minute for so long: what is gone clears then


class Play:
    """The alarm desk, its store, and people."""

    def __init__(self, city: City, store: Store, *, every: bool = False, trends: bool = True) -> None:
        self.city, self.store, self.every, self.trends = city, store, every, trends
        self.pipeline = Pipeline(store, Counters())
        self.pipeline.set_up(set_up(city.places), START_MS)
        self.pipeline.alarms.conditions = Watch([self.sees, unanswered, task_conditions], NO_BUDGET_MS)
        self.pipeline.alarms.follow(plan(), START_MS)
        self.known = Known(city, store)
        self.live = Live(self.known)
        self.eyes = Eyes(self.known, self.live, every=every)
        self.people = People(city.seed)
        self.spent: Counter[str] = Counter()
        self.looks = 0
        self._conditions: list[Condition] = []
        self._signs: frozenset[object] = frozenset()
        self._keys: set[tuple[str, str, str, str]] = set()  # of the alarms that are active
        self._due_ms = 0  # of the next look, if nothing else asks for one
        self._stirred_ms = -STIR_MS

    def sees(self, _session: Session, _now_ms: int) -> list[Condition]:
        """Return what the rules see of places."""
        return self._conditions

    def take(self, day: Day) -> None:
        """Play a day."""
        began = time.perf_counter()
        self.known.take(day)
        changes = self.live.day(day)
        self._spend("findings", began)
        began = time.perf_counter()
        self.eyes.take(day)
        self._spend("conditions", began)
        changes.reverse()
        begin_ms = START_MS + day.number * DAY_MS
        for minute in range(MINUTES):
            here: list[Change] = []
            while changes and changes[-1].at_ms <= begin_ms + minute * MINUTE_MS:
                here.append(changes.pop())
            self._minute(minute, begin_ms + minute * MINUTE_MS + TICK_MS, here)

    def _minute(self, minute: int, now_ms: int, changes: list[Change]) -> None:
        self._write([one for one in changes if not one.after], now_ms)
        began = time.perf_counter()
        if self.trends and minute % max(1, MINUTES // len(self.city.places)) == 0:
            self._trend(minute, now_ms)
        self._conditions = self.eyes.at(minute, now_ms) if self.eyes.stirs(minute) or self.eyes.worse else []
        signs = frozenset(
            (one.key, one.severity) for one in self._conditions if one.due_ms <= now_ms or one.key in self._keys
        )
        self._spend("conditions", began)
        if changes or signs != self._signs:
            self._stirred_ms = now_ms
        self._signs = signs
        if self.every or now_ms >= self._due_ms or now_ms - self._stirred_ms <= STIR_MS:
            self._look(now_ms, [one for one in changes if one.after])
        else:
            self._write([one for one in changes if one.after], now_ms)

    def _trend(self, minute: int, now_ms: int) -> None:
        column = minute // max(1, MINUTES // len(self.city.places))
        if column < len(self.city.places):
            self.eyes.trend(now_ms, column)

    def _write(self, changes: list[Change], now_ms: int) -> None:
        if not changes:
            return
        began = time.perf_counter()
        names = {one.finding.id for one in changes}
        with self.store.writing() as session:
            for one in changes:
                place = self.known.places[one.finding.place]
                draft = Draft(kind=EntryKind.FINDING, actor=ACTOR, site=place.site, payload=one.finding)
                session.ledger.append([draft], now_ms)
                mine = self.eyes.open.setdefault(place.id, {})
                mine.pop(one.finding.id, None)
                if one.finding.status is FindingStatus.OPEN:
                    mine[one.finding.id] = one.finding
            finding_alarms(session, names, now_ms)
            follow_tasks(session, names, (), now_ms)
        self._spend("alarms of findings", began)

    def _look(self, now_ms: int, after: list[Change]) -> None:
        began = time.perf_counter()
        self.looks += 1
        if self.pipeline.alarms.look(now_ms):
            self._stirred_ms = now_ms
        self._spend("looks", began)
        self._write(after, now_ms)
        began = time.perf_counter()
        if self._act(now_ms):
            self._stirred_ms = now_ms
        self._spend("people", began)

    def _act(self, now_ms: int) -> bool:
        """Let people do what they do by now, and note when the next thing is due."""
        alarms, tasks, acted = self.people.live(self.store, self.pipeline, now_ms)
        self._keys = {one.key for one in alarms if one.active}
        due = [at_ms for alarm in alarms for at_ms in self._times(alarm, now_ms) if at_ms > now_ms]
        self._due_ms = min([*due, *(self.people.count_ms(one) for one in tasks)], default=now_ms + DAY_MS)
        return acted

    def _times(self, alarm: Alarm, now_ms: int) -> list[int]:
        """Return when an alarm may change by time alone, or calls somebody."""
        seen_ms = self.people.seen_ms(alarm)
        found = [] if seen_ms is None else [seen_ms]
        if alarm.sounds:
            found += [alarm.waiting_ms + minutes * MINUTE_MS for minutes, _ in STEPS]
            late = now_ms - alarm.waiting_ms >= STEPS[0][0] * MINUTE_MS
            found += [now_ms + 1] if late and alarm.now in GRAVE else []
            found.append(after_quiet_ms(plan().plans[0], alarm.waiting_ms))
        elif alarm.active and alarm.acknowledged_ms is not None and alarm.now in GRAVE:
            found.append(max(alarm.acknowledged_ms, alarm.on_site_ms or 0) + SETTINGS.again_ms)
        if alarm.shelved_until_ms is not None:
            found.append(alarm.shelved_until_ms)
        return [*found, now_ms + 1] if alarm.active and stands_for_many(alarm) else found

    def _spend(self, what: str, began: float) -> None:
        self.spent[what] += round((time.perf_counter() - began) * 1e6)

    def alarms(self) -> list[Alarm]:
        """Return every alarm of the time."""
        return alarms_of(self.store, self.city.days)

    def messages(self) -> list[Notification]:
        """Return every message of the time, as it was queued."""
        with self.store.reading() as session:
            return list(session.records.notifications(10**7))


def alarms_of(store: Store, days: int) -> list[Alarm]:
    """Return every alarm of so many days, by time."""
    found: list[Alarm] = []
    with store.reading() as session:
        for n in range(days * 24 + 1):
            begin = START_MS + n * DAY_MS // 24
            found += session.records.alarms_raised(begin, begin + DAY_MS // 24, 100_000)
    return sorted(found, key=lambda one: (one.raised_ms, one.rule, one.subject, one.finding))
