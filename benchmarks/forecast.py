"""How good the forecast of a limit is: coverage of its interval, error and bias, on simulated cabinets.

    .venv/bin/python benchmarks/forecast.py [seed]

The simulator's physics knows nothing of the forecast's curve: two nodes, air and load, thermostats, doors. Cabinets of
many builds stand in rooms of 18 to 32 degrees; then the mains go, the compressor dies, or the door stays open. Read are
both probes once a minute in steps of 0.0625 degrees, with noise; foreseen is every fifth minute from ten minutes after
the fault on. Half of the cabinets were used to choose the factor that widens the interval, the other half is scored.

Then twelve such fridges work for a day as they should: how often is A04 or A07 said of them? Their doors are opened 24
times for one to three minutes, door contacts say so, and the rules look once a minute.
"""

import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import median

import numpy as np

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind, Quality
from coldchain.history import History
from coldchain.places import Contact, ContactKind, Place, Probe, ProbeRole, Text
from coldchain.units import Direction
from firmware_sim.physics import Build, Fridge
from rules.conditions_temperature import foreseen_of, of_temperature
from rules.forecast import Forecast, forecast
from rules.profile import load_profile
from rules.standing import PlaceFacts, ProbeFacts

MINUTE = 60_000
CABINETS = 60
FAULTS = ("mains", "compressor", "door")
DAY_MIN, WARM_UP_MIN = 1_440, 240
CALM_CABINETS, OPENINGS = 12, 24
RBC = load_profile((Path(__file__).parents[1] / "rules" / "profiles" / "cn-rbc-3.toml").read_bytes())
PLACE = Place(id="p", site="s", name=Text(zh="p", en="p"), profile="cn-rbc", profile_version=3)
DOOR = Contact(id="door", place="p", gateway="g", kind=ContactKind.DOOR)


@dataclass(frozen=True)
class Guess:
    """What was foreseen, and what came (None: it had not come after six hours)."""

    fault: str
    node: str
    said: Forecast | None
    came_ms: int | None


def main() -> None:
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    dice = Random(seed)
    guesses: dict[bool, list[Guess]] = {True: [], False: []}
    for number in range(CABINETS):
        for fault in FAULTS:
            guesses[number % 2 == 0] += of_cabinet(drawn(dice), fault, dice)
    for chosen, name in ((True, "chosen on"), (False, "scored")):
        for node in ("load", "air"):
            report(f"{name}, {node} probe", [one for one in guesses[chosen] if one.node == node])
        for fault in FAULTS:
            report(f"{name}, {fault}", [one for one in guesses[chosen] if one.fault == fault])
    calm_days(Random(seed + 4))


def drawn(dice: Random) -> Build:
    """Draw a fridge: from a small one with a few bags to a large one with a glass door."""
    size = dice.uniform(0.4, 1.6)
    return Build(
        ambient_celsius=dice.uniform(18.0, 32.0),
        wall_watts_per_kelvin=dice.uniform(0.9, 2.0) * size,
        door_watts_per_kelvin=dice.uniform(14.0, 45.0) * size,
        exchange_watts_per_kelvin=dice.uniform(15.0, 30.0) * size,
        air_joules_per_kelvin=dice.uniform(9_000.0, 16_000.0) * size,
        load_joules_per_kelvin=dice.uniform(30_000.0, 180_000.0) * size,
        cooling_watts=120.0 * size,
        on_above_celsius=dice.uniform(4.2, 4.8),
        off_below_celsius=dice.uniform(3.2, 3.8),
        start_celsius=4.0,
    )


def of_cabinet(build: Build, fault: str, dice: Random) -> list[Guess]:
    """Let a cabinet run, fail, and warm for six hours; foresee all the way."""
    fridge = Fridge(build, 0, ())
    failed_ms = dice.randrange(120, 180) * MINUTE
    times, air, load = [], [], []
    for minute in range(failed_ms // MINUTE + 360):
        if minute * MINUTE == failed_ms:
            fridge.mains_present = fault != "mains"
            fridge.compressor_works = fault != "compressor"
            fridge.door_open = fault == "door"
        fridge.run_to(minute * MINUTE)
        times.append(minute * MINUTE)
        air.append(read(fridge.air_celsius, dice))
        load.append(read(fridge.load_celsius, dice))
    found = []
    for node, values in (("air", air), ("load", load)):
        found += of_curve(fault, node, (times, values), failed_ms)
    return found


def read(celsius: float, dice: Random) -> int:
    """Return what a probe says: in steps of 1/16 degree, with noise."""
    return round((celsius + dice.gauss(0.0, 0.02)) * 16) * 62_500


def of_curve(fault: str, node: str, curve: tuple[list[int], list[int]], failed_ms: int) -> list[Guess]:
    times, values = curve
    first = failed_ms // MINUTE
    crossing = next((t for t, v in zip(times, values, strict=True) if t > failed_ms and v > 6_000_000), None)
    found = []
    for at in range(first + 10, len(times), 5):
        if crossing is not None and times[at] >= crossing:
            break
        history = History(
            taken_ms=np.array(times[at - 60 : at + 1], np.int64),
            micro_celsius=np.array(values[at - 60 : at + 1], np.int64),
            quality=np.zeros(61, np.uint8),
        )
        came = None if crossing is None else crossing - times[at]
        found.append(Guess(fault, node, forecast(history, 6_000_000, Direction.TOO_WARM), came))
    return found


def report(name: str, guesses: list[Guess]) -> None:
    said = [replace(one) for one in guesses if one.said is not None]
    near = [one for one in said if one.said and one.said.likely_ms <= 60 * MINUTE]
    for text, some in (("all", said), ("foreseen within the hour", near)):
        inside = [covers(one) for one in some]
        errors = [
            abs(one.said.likely_ms - one.came_ms) / MINUTE for one in some if one.said and one.came_ms is not None
        ]
        early = [
            one for one in some if one.said and (one.came_ms is None or one.came_ms > (one.said.latest_ms or 1e12))
        ]
        late = [one for one in some if one.said and one.came_ms is not None and one.came_ms < one.said.earliest_ms]
        if some:
            print(
                f"{name}, {text}: {len(some)} of {len(guesses)}, covered {100 * sum(inside) / len(some):.1f} %, "
                f"median error {median(errors) if errors else 0:.1f} min, came later than said "
                f"{100 * len(early) / len(some):.1f} %, earlier {100 * len(late) / len(some):.1f} %"
            )


def covers(one: Guess) -> bool:
    if one.said is None:
        return False
    latest = one.said.latest_ms
    if one.came_ms is None:
        return latest is None
    return one.said.earliest_ms <= one.came_ms and (latest is None or one.came_ms <= latest)


def calm_days(dice: Random) -> None:
    """Print how often cabinets that do what they should are said to be close to a limit, or to reach one."""
    said: Counter[str] = Counter()
    for _ in range(CALM_CABINETS):
        opened, curves = a_day(dice)
        for role, curve in curves.items():
            said.update(f"{rule}, {role.value} probe" for rule in episodes(curve, role, opened))
    days = CALM_CABINETS * (DAY_MIN - WARM_UP_MIN) / DAY_MIN
    for name in ("A04, load probe", "A04, air probe", "A07, load probe", "A07, air probe"):
        print(f"calm, {name}: {said[name] / days:.2f} a day, {said[name]} in {days:.0f} cabinet-days")


def a_day(dice: Random) -> tuple[set[int], dict[ProbeRole, History]]:
    """Return the minutes in which the door was open, and what both probes read."""
    fridge, opened = Fridge(drawn(dice), 0, ()), set()
    for _ in range(OPENINGS):
        first = dice.randrange(DAY_MIN)
        opened |= set(range(first, first + dice.choice([1, 1, 1, 2, 3])))
    values: dict[ProbeRole, list[int]] = {role: [] for role in ProbeRole}
    for minute in range(DAY_MIN):
        fridge.door_open = minute in opened
        fridge.run_to((minute + 1) * MINUTE)
        values[ProbeRole.AIR].append(read(fridge.air_celsius, dice))
        values[ProbeRole.LOAD].append(read(fridge.load_celsius, dice))
    taken = np.arange(DAY_MIN, dtype=np.int64) * MINUTE
    good = np.zeros(DAY_MIN, np.uint8)
    return opened, {
        role: History(taken_ms=taken, micro_celsius=np.array(read_, np.int64), quality=good)
        for role, read_ in values.items()
    }


def episodes(curve: History, role: ProbeRole, opened: set[int]) -> list[str]:
    """Return a rule for each time that it began to be said."""
    found: list[str] = []
    before: set[str] = set()
    for minute in range(WARM_UP_MIN, DAY_MIN):
        facts = facts_at(curve, role, minute, door_word(minute, opened))
        curves = {"probe": curve.part(max(0, minute - 250), minute + 1)}
        conditions = of_temperature(facts, curves, foreseen_of(facts, curves))
        now = {one.rule for one in conditions if one.due_ms <= facts.now_ms}
        found += sorted(now - before)
        before = now
    return found


def facts_at(curve: History, role: ProbeRole, minute: int, word: RecordedEvent | None) -> PlaceFacts:
    now_ms = minute * MINUTE
    one = ProbeFacts(
        probe=Probe(id="probe", place="p", gateway="g", role=role),
        state=None,
        taken_ms=now_ms,
        micro_celsius=int(curve.micro_celsius[minute]),
        quality=Quality.GOOD,
        horizon_ms=now_ms,
    )
    return PlaceFacts(
        place=PLACE,
        profile=RBC,
        probes=[one],
        contacts=[(DOOR, word)],
        heard_ms={},
        battery=None,
        findings=[],
        inside=1,
        possible=0,
        held=0,
        now_ms=now_ms,
    )


def door_word(minute: int, opened: set[int]) -> RecordedEvent | None:
    """Return the last word of the door: at the last minute at which it changed."""
    changed = next((at for at in range(minute, 0, -1) if (at in opened) != (at - 1 in opened)), None)
    if changed is None:
        return None
    return RecordedEvent(
        gateway="g",
        epoch="e",
        seq=changed,
        place="p",
        origin="door",
        kind=EventKind.DOOR_OPENED if changed in opened else EventKind.DOOR_CLOSED,
        boot="b",
        origin_seq=None,
        taken_ms=changed * MINUTE,
        boottime_ms=1,
        earliest_ms=None,
        latest_ms=changed * MINUTE,
        epc=None,
        details={},
    )


if __name__ == "__main__":
    main()
