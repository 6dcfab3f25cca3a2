"""A simulated city with faults and their truth: what the rules miss, say falsely and too late, and what people hear.

    PYTHONPATH=.:tests .venv/bin/python benchmarks/city.py folds [--days 365] [--places 250] [--faults 1] [--seed 1]
    PYTHONPATH=.:tests .venv/bin/python benchmarks/city.py desk [--days 4] [--places 64] [--faults 10] [--sqlite]

`folds`: readings of a minute go through the folds of rules.excursion in blocks of a day, as a replay does; what comes
late does not matter to them, so nothing is said of lateness. `desk`: every reading goes as a gateway's batch of the
wire through the real pipeline into the tests' store in memory (or SQLite, half as fast), is judged in its transaction,
and the alarm desk looks with every provider, often enough that each place is read each minute.
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
from statistics import median

import numpy as np
from support.memory_store import MemoryStore

from benchmarks.city_setup import Gateways, set_up, toml_of
from benchmarks.city_truth import EXCURSIONS, Oracle, Said, Score, score
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
from rules.alarm_quality import quality
from rules.excursion import Episode, FoldState, Watch, fold, standing
from rules.excuses import Excused, nothing_excused
from rules.intervals import clipped, united
from rules.limits import Profile
from rules.profile import load_profile
from stores.sqlite import open_store

PAPER = frozenset({"A28", "A29", "A31", "A33", "A34", "A35"})
PHYSICAL = ("compressor", "ajar", "wear", "packs", "mains")
CAUSES = {
    "A04": PHYSICAL,
    "A07": PHYSICAL,
    "A06": ("mains",),
    "A11": ("mains", "motor"),
    "A25": ("ajar",),
    "A05": ("gateway", "no-sensor"),
    "A44": ("gateway",),
    "A30": ("stuck", "spike", "no-sensor", "step"),
    "A43": ("wear", "compressor", "ajar", "mains"),
}
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


def print_score(found: Score, *, timed: bool) -> None:
    """Print what was missed, false and late."""
    print(
        f"true excursions {found.true}, said {found.said}: missed {len(found.missed)}, false {len(found.false)}", end=""
    )
    late = sorted(found.late, reverse=True)
    print(f", late {len(late)}" if timed else "")
    for why, number in Counter(why for why, _ in found.false).most_common():
        print(f"  false, {why}: {number}")
    for why, one in found.false[:6]:
        print(f"    e.g. {one.rule} {one.probe} after {(one.from_ms - START_MS) / DAY_MS:.2f} d ({why})")
    for missed in found.missed[:6]:
        long = (missed.to_ms - missed.from_ms) // MINUTE_MS
        print(
            f"  missed: {missed.place} {missed.direction}, {long} min from {(missed.from_ms - START_MS) / DAY_MS:.2f} d"
        )
    for late_ms, truth in late[:6]:
        print(f"  late by {late_ms / 1_000:.0f} s: {truth.place} {truth.direction}")


def print_alarms(city: City, alarms: Sequence[Alarm], end_ms: int) -> None:
    """Print what people heard."""
    alarms = [one for one in alarms if one.rule not in PAPER]
    own = [one for one in alarms if not one.parent]
    hours = city.days * 24
    sites = len({one.site for one in city.places})
    print(f"alarms {len(alarms)}, of them under a cause {len(alarms) - len(own)}; {hours} h")
    for people, what in (
        (1, "one desk for the city"),
        (4, "four desks"),
        (sites, f"one person at each of {sites} sites"),
    ):
        told = Counter(one.severity.value for one in own)
        rates = ", ".join(f"{grave} {count / hours / people:.3f}" for grave, count in sorted(told.items()))
        print(f"  an operator-hour, {what}: {len(own) / hours / people:.3f} ({rates})")
    found = quality(alarms, [], (START_MS, end_ms), end_ms)
    print(
        f"  busiest hour {found.busiest_alarms}; chattering {len(found.chattering)}; standing > 24 h {len(found.stale)}"
    )
    print("  rule  alarms  own  without cause  median min  suggested delay (spares)")
    suggested = {one.rule: (one.suggested_ms, one.spared) for one in found.rules}
    for rule, number in Counter(one.rule for one in alarms).most_common():
        these = [one for one in alarms if one.rule == rule]
        idle = sum(not _caused(city, one) for one in these) if rule in CAUSES else None
        lengths = [((one.cleared_ms or end_ms) - one.since_ms) / MINUTE_MS for one in these]
        delay, spared = suggested.get(rule, (None, 0))
        hint = "-" if delay is None else f"{delay // MINUTE_MS} min ({spared})"
        mine = sum(not one.parent for one in these)
        print(f"  {rule:>5} {number:7} {mine:4} {'-' if idle is None else idle:>14} {median(lengths):11.0f}  {hint}")
    for one in found.chattering[:5]:
        print(f"  chatters: {one.rule} {one.subject} {one.alarms}")
    for one in found.stale[:5]:
        print(f"  stands: {one.rule} {one.subject} {one.longest_ms / DAY_MS:.1f} d")


def _caused(city: City, alarm: Alarm) -> bool:
    subjects = {
        alarm.subject,
        alarm.place,
        alarm.site,
        str(alarm.values.get("probe", "")),
        alarm.subject.removesuffix("-gw"),
    }
    begin, end = alarm.since_ms - 30 * MINUTE_MS, alarm.raised_ms + MINUTE_MS
    here = [
        one
        for one in city.of(*CAUSES[alarm.rule])
        if one.subject in subjects or one.subject.startswith(f"{alarm.place}-")
    ]
    return any(one.from_ms < end and one.to_ms + 120 * MINUTE_MS > begin for one in here)


def print_cuts(city: City, alarms: Sequence[Alarm]) -> None:
    """Print how many alarms a power cut makes, with and without grouping."""
    found = []
    for cut in city.of("mains"):
        here = [a for a in alarms if a.site == cut.subject and cut.from_ms <= a.raised_ms < cut.to_ms + 30 * MINUTE_MS]
        here = [a for a in here if a.rule not in PAPER]
        if here:
            found.append((len(here), sum(not a.parent for a in here), (cut.to_ms - cut.from_ms) // MINUTE_MS))
    if found:
        every, own = sum(one[0] for one in found), sum(one[1] for one in found)
        worst = max(found)
        each, called = every / len(found), own / len(found)
        print(f"power cuts with alarms {len(found)}: {each:.1f} alarms each, {called:.1f} called somebody")
        print(f"  worst: {worst[0]} alarms, {worst[1]} of them called ({worst[2]} min)")


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
    oracle, desk = Oracle(city), Desk(city, store)
    for number in range(city.days):
        day = city.day(number)
        oracle.take(day)
        desk.take(day)
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
    asked.add_argument("--sqlite", action="store_true")
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
    elif given.sqlite:
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(Path(folder) / "city.sqlite")
            run_desk(city, store)
            store.close()
    else:
        run_desk(city, MemoryStore())
    print(f"{time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
