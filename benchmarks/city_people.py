"""A plain model of the people of the simulated city, and the plan by which they are called. All numbers are made up.

Whoever is called acknowledges after some minutes (by seed, longer at night and on holidays; now and then nobody hears
it), shelves what sounds a third time, and counts what a storage excursion asks to be counted. Nobody mends anything
sooner for it: the faults of the city last as long as they last.
"""

import math
import random
from collections.abc import Iterable
from typing import Final

from benchmarks.city_world import DAY_MS, HOUR_MS, MINUTE_MS, START_MS
from coldchain.alarms import GRAVE, ActOnAlarm, Alarm, AlarmActionKind, Severity
from coldchain.duties import Address, Calendar, Escalation, Level, OnCallPerson, Plan, Rota, Shift, StandIn
from coldchain.ports import Store
from coldchain.rounds import RecordCount
from coldchain.tasks import Task, TaskKind
from coldchain.units import PersonFact
from ingest.pipeline import Pipeline
from rules.alarm_life import NEVER_QUIET

MINUTES_BY_DAY: Final = 3.0
MINUTES_AT_NIGHT: Final = 7.0
MINUTES_OF_A_WARNING: Final = 20.0
SPREAD: Final = 0.7
UNHEARD: Final = 0.04
HOLIDAY_TIMES: Final = 1.6
HOLIDAYS: Final = (12, 13, 14, 100, 101, 133, 134, 135, 136, 137, 240, 262, 263)  # days of the run
WORK_HOURS: Final = range(8, 18)
SHELVED_AT: Final = 2  # times that it has sounded again
EVERY_DAY: Final = (0, 1, 2, 3, 4, 5, 6)
PHONE: Final = "voice"
WAITING_MAX: Final = 500


def plan() -> Escalation:
    """Return whom alarms call: a message at once, a phone after 5 min, another after 15, the last after 30 and on."""
    people = [("a", "first"), ("b", "second"), ("c", "head"), ("d", "stand-in")]
    calendar = Calendar(
        people=tuple(
            OnCallPerson(id=one, name=name, addresses=(Address(channel="chat", to=one), Address(channel=PHONE, to=one)))
            for one, name in people
        ),
        rotas=(_rota("first", "a"), _rota("second", "b")),
    )
    levels = (
        Level(after_ms=0, rotas=("first",), channels=("chat",)),
        Level(after_ms=5 * MINUTE_MS, rotas=("first",), channels=(PHONE,), least=Severity.HIGH),
        Level(after_ms=15 * MINUTE_MS, rotas=("second",), channels=(PHONE,), least=Severity.HIGH),
        Level(after_ms=30 * MINUTE_MS, people=("c",), channels=(PHONE,), repeat_ms=5 * MINUTE_MS, least=Severity.HIGH),
    )
    quiet = Plan(site="", zone="UTC", levels=levels, quiet_from_minute=22 * 60, quiet_to_minute=7 * 60)
    return Escalation(plans=(quiet,), calendar=calendar)


def _rota(name: str, person: str) -> Rota:
    away = [(START_MS + day * DAY_MS, START_MS + (day + 1) * DAY_MS) for day in HOLIDAYS]
    shift = Shift(days=EVERY_DAY, from_minute=0, to_minute=0, person=person)
    return Rota(
        id=name, shifts=(shift,), exceptions=tuple(StandIn(from_ms=low, to_ms=high, person="d") for low, high in away)
    )


class People:
    """What people do, and when: a function of the seed and of what they are called for."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def seen_ms(self, alarm: Alarm) -> int | None:
        """Return when somebody will have looked at an alarm; None: nobody is called for it."""
        over = not alarm.active and alarm.waits and alarm.severity in GRAVE
        if not (alarm.sounds or over):
            return None
        dice = random.Random(f"{self.seed}:{alarm.rule}:{alarm.subject}:{alarm.waiting_ms}")
        from_ms = alarm.waiting_ms
        long = math.exp(dice.gauss(math.log(self._usual(alarm, from_ms)), SPREAD))
        if dice.random() < UNHEARD:
            long += dice.uniform(20, 60)
        at_ms = from_ms + round(long * _holiday(from_ms) * MINUTE_MS)
        if (alarm.now if alarm.active else alarm.severity) not in GRAVE and not _works(at_ms):
            at_ms = _next_morning(at_ms) + dice.randrange(60) * MINUTE_MS
        return at_ms

    @staticmethod
    def _usual(alarm: Alarm, at_ms: int) -> float:
        if alarm.now not in GRAVE:
            return MINUTES_OF_A_WARNING
        return MINUTES_BY_DAY if _works(at_ms) else MINUTES_AT_NIGHT

    def live(self, store: Store, pipeline: Pipeline, now_ms: int) -> tuple[list[Alarm], list[Task], bool]:
        """Record what people do by now; return the alarms and tasks that they saw, and whether they did anything."""
        with store.reading() as session:
            seen = {one.id: one for one in session.records.waiting_alarms(WAITING_MAX)}
            seen |= {one.id: one for one in session.records.active_alarms()}
            tasks = list(session.records.open_tasks())
        alarms = list(seen.values())
        facts: list[PersonFact] = [*self.acts(alarms, now_ms), *self.counts(tasks, now_ms)]
        for fact in facts:
            pipeline.record(fact, now_ms)
        return alarms, tasks, bool(facts)

    def acts(self, alarms: Iterable[Alarm], now_ms: int) -> list[ActOnAlarm]:
        """Return what people do with these alarms by now."""
        due = [(alarm, self.seen_ms(alarm)) for alarm in alarms]
        return [_act(alarm, now_ms) for alarm, at_ms in due if at_ms is not None and at_ms <= now_ms]

    def count_ms(self, task: Task) -> int:
        """Return when a count that was asked for will have been made."""
        dice = random.Random(f"{self.seed}:{task.place}:{task.opened_ms}")
        return task.opened_ms + round(dice.uniform(20, 240) * MINUTE_MS)

    def counts(self, tasks: Iterable[Task], now_ms: int) -> list[RecordCount]:
        """Return the counts that people have made by now."""
        due = sorted({one.place for one in tasks if one.kind is TaskKind.COUNT and self.count_ms(one) <= now_ms})
        return [
            RecordCount(
                place=place, at_ms=now_ms, counted=0, scanned=(), unknown=(), name="a", post="nurse", actor="city"
            )
            for place in due
        ]


def _act(alarm: Alarm, now_ms: int) -> ActOnAlarm:
    lasts = alarm.active and alarm.agains >= SHELVED_AT and alarm.rule not in NEVER_QUIET
    hours = 1 if alarm.now is Severity.CRITICAL else 8
    return ActOnAlarm(
        alarm=alarm.id,
        action=AlarmActionKind.SHELVE if lasts else AlarmActionKind.ACKNOWLEDGE,
        at_ms=now_ms,
        comment="seen",
        name="first",
        post="technician",
        actor="city",
        until_ms=now_ms + hours * HOUR_MS if lasts else None,
    )


def _holiday(at_ms: int) -> float:
    return HOLIDAY_TIMES if (at_ms - START_MS) // DAY_MS in HOLIDAYS else 1.0


def _works(at_ms: int) -> bool:
    return at_ms % DAY_MS // HOUR_MS in WORK_HOURS and (at_ms - START_MS) // DAY_MS not in HOLIDAYS


def _next_morning(at_ms: int) -> int:
    day = at_ms // DAY_MS if at_ms % DAY_MS < WORK_HOURS[0] * HOUR_MS else at_ms // DAY_MS + 1
    while (day * DAY_MS - START_MS) // DAY_MS in HOLIDAYS:
        day += 1
    return day * DAY_MS + WORK_HOURS[0] * HOUR_MS
