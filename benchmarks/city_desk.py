"""The whole centre of the simulated city, without a broker: every reading through the pipeline, and the alarm desk."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from benchmarks.city_people import People, plan
from benchmarks.city_print import PAPER
from benchmarks.city_setup import Gateways, set_up
from benchmarks.city_world import DAY_MS, MINUTE_MS, MINUTES, START_MS, City, Day
from coldchain.alarms import Condition
from coldchain.ports import Session, Store
from ingest.alarm_conditions import unanswered
from ingest.conditions import Watch
from ingest.conditions_devices import device_conditions
from ingest.conditions_places import place_conditions
from ingest.conditions_tasks import task_conditions
from ingest.counters import Counters
from ingest.pipeline import Pipeline

GROUP: Final = 16  # messages in one transaction, as the writer takes them
NO_BUDGET_MS: Final = 10**9  # the city's clock stands still while a look lasts: nothing is put off to the next one


class Desk:
    """The whole centre, without a broker: batches in, alarms out, and somebody who acknowledges."""

    def __init__(self, city: City, store: Store) -> None:
        self.city, self.store = city, store
        self.pipeline = Pipeline(store, Counters())
        self.pipeline.set_up(set_up(city.places), START_MS)
        places, devices = without_paper(place_conditions), without_paper(device_conditions)
        self.pipeline.alarms.conditions = Watch([places, devices, unanswered, task_conditions], NO_BUDGET_MS)
        self.pipeline.alarms.follow(plan(), START_MS)
        self.people = People(city.seed)
        self.gateways = Gateways(city)
        self.spent: Counter[str] = Counter()
        self.looks = max(1, -(-len(city.places) // 64))
        self.readings = 0

    def take(self, day: Day) -> None:
        """Live a day, minute by minute."""
        words = list(reversed(day.words))
        for minute in range(MINUTES):
            at_ms = START_MS + day.number * DAY_MS + minute * MINUTE_MS
            while words and words[-1].at_ms <= at_ms:
                self.gateways.say(words.pop())
            self.gateways.minute(day, minute)
            self.readings += 2 * len(self.city.places)
            self._arrive(at_ms + 1_000)
            self._look(at_ms + 1_000)
        for word in reversed(words):
            self.gateways.say(word)

    def _arrive(self, now_ms: int) -> None:
        began = time.perf_counter()
        messages = self.gateways.send(now_ms)
        self.spent["gateways"] += round((time.perf_counter() - began) * 1e6)
        began = time.perf_counter()
        for at in range(0, len(messages), GROUP):
            self.pipeline.process(messages[at : at + GROUP], now_ms)
        for outage in self.city.of("gateway"):
            if now_ms - MINUTE_MS < outage.from_ms <= now_ms:
                self.pipeline.went_dark(f"{outage.subject}-gw", outage.from_ms, retained=False)
        self.spent["intake and judging"] += round((time.perf_counter() - began) * 1e6)

    def _look(self, now_ms: int) -> None:
        began = time.perf_counter()
        for n in range(self.looks):
            self.pipeline.alarms.look(now_ms + n * MINUTE_MS // self.looks)
        self.pipeline.catch_up(now_ms)
        self.pipeline.watch_gateways(now_ms, now_ms - START_MS)
        self.spent["alarm desk"] += round((time.perf_counter() - began) * 1e6)
        self.people.live(self.store, self.pipeline, now_ms)


def without_paper(provider: Callable[[Session, int], list[Condition]]) -> Callable[[Session, int], list[Condition]]:
    """Return a provider that says nothing of what is on paper: there is none in the city."""

    def sees(session: Session, now_ms: int) -> list[Condition]:
        return [one for one in provider(session, now_ms) if one.rule not in PAPER]

    return sees
