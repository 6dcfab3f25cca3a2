"""A simulated city with faults and their truth: what the rules miss, say falsely and too late, and what people hear.

    PYTHONPATH=.:tests .venv/bin/python benchmarks/city.py folds [--days 365] [--places 250] [--faults 1] [--seed 1]
    PYTHONPATH=.:tests .venv/bin/python benchmarks/city.py year [--days 365] [--places 64] [--parts 2] [--kept FOLDER]
    PYTHONPATH=.:tests .venv/bin/python benchmarks/city.py desk [--days 4] [--places 64] [--faults 10]
    PYTHONPATH=.:tests .venv/bin/python benchmarks/city.py same [--days 1] [--places 16] [--faults 60] [--seed 3]

`folds`: readings of a minute go through the folds of rules.excursion in blocks of a day, as a replay does; what comes
late does not matter to them, so nothing is said of lateness. `desk`: every reading goes as a gateway's batch of the
wire through the real pipeline into SQLite (in memory where there is a folder for that: disks are measured elsewhere,
and the tests' own store copies itself at each transaction), is judged in its transaction, and the alarm desk looks with
every provider, often enough that each place is read each minute. `year`: what the rules find and see goes in event time
through the same desk, without the pipeline of readings (city_play). `same`: both of one city, and where they differ.
--kept: results go to a folder every few days, and are printed from there if nothing is asked to be lived (--days 0).
While the line of a site is down its gateway keeps everything and sends it afterwards. People acknowledge, shelve and
count by city_people. The truth is the simulator's own oracle (city_truth); the rates of faults are those of city_world
times --faults, so a short run with many faults shows more of them than a quiet year would.
Boxes carry no units here; nothing is on paper (rounds, certificates, tests), so what is said of paper is left out.
"""

import argparse
import pickle
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.city_alarms import print_isa
from benchmarks.city_desk import Desk
from benchmarks.city_folds import Folds
from benchmarks.city_play import Play, alarms_of
from benchmarks.city_print import print_alarms, print_cuts, print_score
from benchmarks.city_truth import EXCURSIONS, Oracle, Said, score
from benchmarks.city_world import DAY_MS, MINUTE_MS, START_MS, YEAR_DAYS, City, deviation, town
from benchmarks.city_year import IN_MEMORY, Asked, Lived, city_of, live_all, together
from coldchain.alarms import Alarm
from coldchain.ports import Store
from stores.sqlite import open_store

CHECKED = frozenset(EXCURSIONS)
USUAL = {"folds": (YEAR_DAYS, 250, 1.0), "year": (YEAR_DAYS, 64, 1.0), "desk": (4, 64, 10.0), "same": (1, 16, 60.0)}
SHOWN = 40  # differences


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
    alarms = alarms_of(store, city.days)
    print_score(score(oracle.truths(), said_of(alarms, end_ms), city.spans, timed=True), timed=True)
    print_alarms(city, alarms, end_ms)
    print_cuts(city, alarms)


def run_year(asked: Asked) -> None:
    """Play the findings of a year, or print what was kept of it."""
    if asked.days:
        lived = live_all(asked)
    else:
        files = sorted((asked.kept or Path()).glob("part-*.pickle"))
        lived = together([pickle.loads(one.read_bytes()) for one in files])
    end_ms = START_MS + lived.days * DAY_MS
    spent = ", ".join(f"{what} {us / 1e6:.0f} s" for what, us in lived.spent_us.items())
    print(f"{lived.days} days, {lived.readings:,} readings, {lived.looks:,} looks of the desk; {spent}")
    truths = [one for one in lived.truths if one.known_ms < end_ms]
    alarms = [one for one in lived.alarms if one.raised_ms < end_ms]
    print_score(score(truths, said_of(alarms, end_ms), lived.spans, timed=True), timed=True)
    whole = Lived(days=lived.days, alarms=alarms, messages=[one for one in lived.messages if one.queued_ms < end_ms])
    places = town(asked.places)
    print_isa(whole, len(places), len({one.site for one in places}))


def run_same(asked: Asked) -> None:
    """Live one city both ways, and print where they differ."""
    found = []
    for kind in (Play, Desk):
        city = city_of(asked)
        with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
            store = open_store(Path(folder) / "city.sqlite")
            way, began = kind(city, store), time.process_time()
            for number in range(city.days):
                way.take(city.day(number))
            alarms = alarms_of(store, city.days)
            names = {one.id: (one.rule, one.subject) for one in alarms}
            found.append(Counter(_told(one, names) for one in alarms))
            print(f"{kind.__name__}: {len(alarms)} alarms, {time.process_time() - began:.0f} s of processor time")
            store.close()
    short, whole = found
    print(
        f"the same: {(short & whole).total()}; only played: {(short - whole).total()}, only of the pipeline: ", end=""
    )
    print((whole - short).total())
    for what, only in (("played", short - whole), ("pipeline", whole - short)):
        for told in sorted(only, key=str)[:SHOWN]:
            print(f"  {what}: {told}")


def _told(one: Alarm, names: dict[str, tuple[str, str]]) -> tuple[object, ...]:
    """Return what has to be equal of an alarm: what, when, how grave, under what, and what people did."""
    at = [None if ms is None else (ms - START_MS) / MINUTE_MS for ms in (one.raised_ms, one.cleared_ms)]
    did = one.acknowledged_ms, one.agains, one.withdrawn
    return (*at, one.rule, one.subject, one.since_ms, one.severity.value, names.get(one.parent), did)


def main() -> None:
    """Simulate and print."""
    asked = argparse.ArgumentParser()
    asked.add_argument("how", choices=sorted(USUAL))
    asked.add_argument("--days", type=int, default=None)
    asked.add_argument("--places", type=int, default=0)
    asked.add_argument("--faults", type=float, default=0.0)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--parts", type=int, default=2)
    asked.add_argument("--kept", type=Path, default=None)
    given = asked.parse_args()
    days, places, faults = USUAL[given.how]
    days = days if given.days is None else given.days
    wanted = Asked(
        days=days, places=given.places or places, faults=given.faults or faults, seed=given.seed, kept=given.kept
    )
    city, began = city_of(wanted), time.perf_counter()
    told = ", ".join(f"{what} {number}" for what, number in Counter(one.what for one in city.spans).most_common())
    print(f"seed {given.seed}, {days} days, {len(city.places)} places, faults x {wanted.faults:g}: {told}")
    print(f"physics: at most {deviation():.3f} degrees from firmware_sim.physics over a day")
    if given.how == "folds":
        run_folds(city)
    elif given.how == "year":
        run_year(replace(wanted, parts=given.parts))
    elif given.how == "same":
        run_same(wanted)
    else:
        with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
            store = open_store(Path(folder) / "city.sqlite")
            run_desk(city, store)
            store.close()
    print(f"{time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
