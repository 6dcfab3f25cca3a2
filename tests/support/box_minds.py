"""The two implementations of a box's mind behind one way to ask them: the gateway's and the simulator's."""

from collections.abc import Iterable, Mapping

from support.box_examples import HOME, MINUTE, START, Step, Told, point

from firmware_sim.box_compass import Compass
from firmware_sim.box_mind import Mind
from firmware_sim.story import Circle, Watch
from gateway.box_ground import Point
from gateway.box_watch import BoxWatch
from gateway.box_words import Area, BoxRules, Reading, Said

PROBES = ("box-1-load", "box-1-air")
AREAS = (("station", HOME, 500), ("hospital", point(8_000, 0), 1_000))
ROUTE = (HOME, point(8_000, 0))
RULES = BoxRules(
    low_micro_celsius=2_000_000,
    high_micro_celsius=10_000_000,
    hard_low_micro_celsius=1_000_000,
    areas=tuple(Area(name=name, middle=Point(*middle), radius_m=radius) for name, middle, radius in AREAS),
    route=tuple(Point(*at) for at in ROUTE),
)
WATCH = Watch(areas=tuple(Circle(name, *middle, radius) for name, middle, radius in AREAS), route=ROUTE)


def at(minute: float) -> int:
    return START + round(minute * MINUTE)


def micro(celsius: float | None) -> int | None:
    return None if celsius is None else round(celsius * 1_000_000)


def of_the_gateway(steps: Iterable[Step], rules: BoxRules = RULES) -> list[Told]:
    """Let BoxWatch hear the steps; return what it said."""
    watch = BoxWatch(rules)
    return [_told(said) for step in steps for said in _hear(watch, step)]


def of_the_simulator(steps: Iterable[Step], watch: Watch = WATCH) -> list[Told]:
    """Let the simulator's Mind and Compass hear the steps; return what they said."""
    mind, compass = Mind(20, 100, 10, watch), Compass(watch)
    found: list[Told] = []
    for what, minute, *rest in steps:
        if what == "button":
            mind.press(at(minute))
        elif what == "lid":
            mind.turn_lid(at(minute), is_open=rest[0])
        elif what == "battery":
            mind.percent = rest[0]
        elif what == "fix":
            compass.look(at(minute), *point(*rest))
        else:
            values = dict(zip(PROBES, map(micro, rest), strict=True))
            mind.look(at(minute), values, load="box-1-load")
        for word in [*mind.words(), *compass.words()]:
            when = (word.at_ms, word.earliest_ms, word.latest_ms)
            found.append(_told_at(word.kind, when, word.origin, word.details))
    return found


def _hear(watch: BoxWatch, step: Step) -> list[Said]:
    what, minute, *rest = step
    if what == "button":
        return watch.button(at(minute))
    if what == "lid":
        return watch.lid(at(minute), is_open=rest[0])
    if what == "fix":
        return watch.fix(at(minute), *point(*rest))
    if what == "battery":
        watch.battery(rest[0])
        return []
    readings = [
        Reading(probe=probe, load=probe.endswith("load"), micro_celsius=micro(value))
        for probe, value in zip(PROBES, rest, strict=True)
    ]
    return watch.measured(at(minute), readings)


def _told(said: Said) -> Told:
    return _told_at(str(said.kind), (said.taken_ms, said.earliest_ms, said.latest_ms), said.origin, said.details)


def _told_at(kind: str, when: tuple[int, int | None, int], origin: str, details: Mapping[str, int | str]) -> Told:
    taken_ms, earliest_ms, latest_ms = when
    earliest = None if earliest_ms is None else _minute(earliest_ms)
    return Told(kind, _minute(taken_ms), earliest, _minute(latest_ms), origin, tuple(sorted(details.items())))


def _minute(at_ms: int) -> float:
    return (at_ms - START) / MINUTE
