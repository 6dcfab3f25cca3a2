"""A simulated city with faults and their truth: what the rules miss, say falsely and too late, and what people hear.

    PYTHONPATH=.:tests .venv/bin/python benchmarks/city.py folds [--days 365] [--places 250] [--faults 1] [--seed 1]
    PYTHONPATH=.:tests .venv/bin/python benchmarks/city.py desk [--days 4] [--places 64] [--faults 10]

`folds`: readings of a minute go through the folds of rules.excursion in blocks of a day, as a replay does; what comes
late does not matter to them, so nothing is said of lateness. `desk`: every reading goes as a gateway's batch of the
wire through the real pipeline into SQLite (in memory where there is a folder for that: disks are measured elsewhere,
and the tests' own store copies itself at each transaction), is judged in its transaction, and the alarm desk looks with
every provider, often enough that each place is read each minute.
While the line of a site is down its gateway keeps everything and sends it afterwards. Somebody acknowledges each grave
alarm that sounds after three minutes. The truth is the simulator's own oracle (city_truth); the rates of faults are
those of city_world times --faults, so a short run with many faults shows more of them than a quiet year would.
Boxes carry no units here; there is nothing on paper (rounds, certificates, tests), whose alarms are counted apart.
"""

import argparse
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.city_print import print_alarms, print_cuts, print_score
from benchmarks.city_setup import Gateways, set_up, toml_of
from benchmarks.city_truth import EXCURSIONS, Oracle, Said, score
from benchmarks.city_world import (
    DAY_MS,
    MINUTE_MS,
    MINUTES,
    NO_SENSOR,
    START_MS,
    YEAR_DAYS,
    City,
    Day,
    deviation,
    town,
)
from coldchain.alarms import GRAVE, ActOnAlarm, Alarm, AlarmActionKind
from coldchain.history import History
from coldchain.places import PlaceKind, ProbeRole
from coldchain.ports import Store
from coldchain.units import FindingKind
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from rules.excursion import Episode, FoldState, Watch, fold, standing
from rules.excuses import Excused, nothing_excused
from rules.intervals import clipped, united
from rules.limits import Profile
from rules.profile import load_profile
from stores.sqlite import open_store

IN_MEMORY = Path("/dev/shm")
ACK_MS = 3 * MINUTE_MS
GROUP = 16  # messages in one transaction, as the writer takes them
CHECKED = frozenset(EXCURSIONS)


class Folds:
    """All probes, folded day by day."""

    def __init__(self, city: City) -> None:
        self.city = city
        kinds = {one.kind for one in city.places}
        self.profiles: dict[str, Profile] = {kind: load_profile(toml_of(kind)).at(PlaceKind(kind)) for kind in kinds}
        self.states: dict[str, FoldState] = defaultdict(FoldState)
        self.excused: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.open: dict[str, int] = {}
        self.said: list[Said] = []
        self.readings = 0
        self.spent_s = 0.0

    def take(self, day: Day) -> None:
        """Fold a day of all probes."""
        self._excuses(day)
        taken = START_MS + day.number * DAY_MS + np.arange(MINUTES, dtype=np.int64) * MINUTE_MS
        for column, one in enumerate(self.city.places):
            for role_at, role in enumerate(("load", "air")):
                values = day.said[:, column, role_at].astype(np.int64)
                missing = values == NO_SENSOR
                history = History(taken_ms=taken, micro_celsius=values * 100_000, quality=missing.astype(np.uint8))
                began = time.perf_counter()
                name = f"{one.id}-{role}"
                watch = self._watch(one.id, one.kind, role, int(taken[-1]))
                folded = fold(self.states[name], history, watch)
                self.states[name] = folded.state
                self.spent_s += time.perf_counter() - began
                self.readings += len(history)
                for episode in folded.episodes:
                    self._note(one.id, name, episode)

    def end(self, end_ms: int) -> None:
        """Take what has not come to its end."""
        for one in self.city.places:
            for role in ("load", "air"):
                name = f"{one.id}-{role}"
                for episode in standing(self.states[name], self._watch(one.id, one.kind, role, end_ms)):
                    self._note(one.id, name, episode)

    def _watch(self, place: str, kind: str, role: str, horizon_ms: int) -> Watch:
        return Watch(
            profile=self.profiles[kind],
            role=ProbeRole(role),
            horizon_ms=horizon_ms,
            since_ms=START_MS,
            excused=nothing_excused if role == "load" or kind == "box" else self._excused(place),
        )

    def _excused(self, place: str) -> Excused:
        spans = self.excused[place]
        return lambda from_ms, to_ms: clipped(spans, from_ms, to_ms)

    def _excuses(self, day: Day) -> None:
        began: dict[str, int] = {}
        for word in day.words:
            place, what = word.origin.rsplit("-", 1)
            if what not in ("door", "defrost"):
                continue
            if word.origin not in began:
                began[word.origin] = word.at_ms
                continue
            since_ms = began.pop(word.origin)
            excuse = self.profiles["fridge"].excuse
            more = excuse.door_recovery_ms if what == "door" else excuse.defrost_recovery_ms
            self.excused[place] += [
                (since_ms, min(word.at_ms, since_ms + excuse.most_ms)),
                (word.at_ms, word.at_ms + more),
            ]
        for place, spans in self.excused.items():
            low = START_MS + (day.number - 1) * DAY_MS
            self.excused[place] = united([one for one in spans if one[1] > low])

    def _note(self, place: str, probe: str, episode: Episode) -> None:
        if episode.kind is not FindingKind.EXCURSION:
            return
        end_ms = episode.end_ms or START_MS + self.city.days * DAY_MS
        known = Said(episode.rule, place, probe, episode.start_ms, end_ms, episode.condition_ms)
        if not any(one == known for one in self.said[-4:]):
            self.said.append(known)


class Desk:
    """The whole centre, without a broker: batches in, alarms out, and somebody who acknowledges."""

    def __init__(self, city: City, store: Store) -> None:
        self.city, self.store = city, store
        self.pipeline = Pipeline(store, Counters())
        self.pipeline.set_up(set_up(city.places), START_MS)
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
        with self.store.reading() as session:
            active = session.records.active_alarms()
        for one in active:
            if one.sounds and one.now in GRAVE and now_ms - one.waiting_ms >= ACK_MS:
                self._acknowledge(one, now_ms)

    def _acknowledge(self, alarm: Alarm, now_ms: int) -> None:
        done = ActOnAlarm(
            alarm=alarm.id,
            action=AlarmActionKind.ACKNOWLEDGE,
            at_ms=now_ms,
            comment="seen",
            name="on call",
            post="technician",
            actor="city",
        )
        self.pipeline.record(done, now_ms)

    def alarms(self) -> list[Alarm]:
        """Return every alarm of the time."""
        found: list[Alarm] = []
        with self.store.reading() as session:
            for n in range(self.city.days * 24 + 1):
                begin = START_MS + n * DAY_MS // 24
                found += session.records.alarms_raised(begin, begin + DAY_MS // 24, 100_000)
        return found


def said_of(alarms: Sequence[Alarm], end_ms: int) -> list[Said]:
    """Return the excursions among alarms that were not withdrawn."""
    return [
        Said(
            one.rule,
            one.place,
            str(one.values.get("probe", one.subject)),
            one.since_ms,
            one.cleared_ms or end_ms,
            one.raised_ms,
        )
        for one in alarms
        if one.rule in CHECKED and not one.withdrawn and one.place
    ]


def run_folds(city: City) -> None:
    """Replay."""
    oracle, folds = Oracle(city), Folds(city)
    for number in range(city.days):
        day = city.day(number)
        oracle.take(day)
        folds.take(day)
    folds.end(START_MS + city.days * DAY_MS)
    rate = folds.readings / folds.spent_s
    print(f"{folds.readings:,} readings folded in {folds.spent_s:.0f} s: {rate / 1e6:.1f} M/s")
    print_score(score(oracle.truths(), folds.said, city.spans, timed=False), timed=False)


def run_desk(city: City, store: Store) -> None:
    """Live."""
    began_s = time.process_time()
    oracle, desk = Oracle(city), Desk(city, store)
    for number in range(city.days):
        day = city.day(number)
        oracle.take(day)
        desk.take(day)
        print(f"day {number + 1}: {time.process_time() - began_s:.0f} s of processor time", flush=True)
    end_ms = START_MS + city.days * DAY_MS
    spent = ", ".join(f"{what} {us / 1e6:.0f} s" for what, us in desk.spent.items())
    print(f"{desk.readings:,} readings; {spent}")
    alarms = desk.alarms()
    print_score(score(oracle.truths(), said_of(alarms, end_ms), city.spans, timed=True), timed=True)
    print_alarms(city, alarms, end_ms)
    print_cuts(city, alarms)


def main() -> None:
    """Simulate and print."""
    asked = argparse.ArgumentParser()
    asked.add_argument("how", choices=["folds", "desk"])
    asked.add_argument("--days", type=int, default=0)
    asked.add_argument("--places", type=int, default=0)
    asked.add_argument("--faults", type=float, default=0.0)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    usual = (YEAR_DAYS, 250, 1.0) if given.how == "folds" else (4, 64, 10.0)
    days, places, faults = given.days or usual[0], given.places or usual[1], given.faults or usual[2]
    city = City(seed=given.seed, days=days, places=town(places), faults=faults)
    told = ", ".join(f"{what} {number}" for what, number in Counter(one.what for one in city.spans).most_common())
    print(f"seed {given.seed}, {days} days, {len(city.places)} places, faults x {faults:g}: {told}")
    print(f"physics: at most {deviation():.3f} degrees from firmware_sim.physics over a day")
    began = time.perf_counter()
    if given.how == "folds":
        run_folds(city)
    else:
        with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
            store = open_store(Path(folder) / "city.sqlite")
            run_desk(city, store)
            store.close()
    print(f"{time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
