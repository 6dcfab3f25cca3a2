"""The simulated city in parts, each a process of its own: whole sites, whose alarms never meet those of others."""

import pickle
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.city_play import Play
from benchmarks.city_truth import Oracle, Truth
from benchmarks.city_world import DAY_MS, START_MS, City, Span, town
from coldchain.alarms import Alarm
from coldchain.notifications import Notification
from stores.sqlite import open_store

IN_MEMORY = Path("/dev/shm")
KEPT_DAYS = 5  # so often what has come so far is written down


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be simulated; `kept`: a folder for the results of parts, None: nowhere."""

    days: int
    places: int
    faults: float
    seed: int
    parts: int = 1
    trends: bool = False
    kept: Path | None = None


@dataclass(slots=True, kw_only=True)
class Lived:
    """What a part, or all, of the city came to."""

    days: int = 0
    truths: list[Truth] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    messages: list[Notification] = field(default_factory=list)
    spent_us: dict[str, int] = field(default_factory=dict)
    looks: int = 0
    readings: int = 0


def city_of(asked: Asked, part: int = 0) -> City:
    """Return a part of the city."""
    places = town(asked.places)
    sites = sorted({one.site for one in places})
    mine = {site for n, site in enumerate(sites) if n % asked.parts == part}
    kept = [one for one in places if one.site in mine]
    return City(seed=asked.seed, days=asked.days, places=kept, faults=asked.faults)


def live(asked: Asked, part: int = 0) -> Lived:
    """Live a part of the city to its end."""
    city = city_of(asked, part)
    oracle = Oracle(city)
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        store = open_store(Path(folder) / "city.sqlite")
        play = Play(city, store, trends=asked.trends)
        for number in range(city.days):
            day = city.day(number)
            oracle.take(day)
            play.take(day)
            if number % KEPT_DAYS == KEPT_DAYS - 1:
                told = ", ".join(f"{what} {us / 1e6:.0f}" for what, us in play.spent.items())
                print(f"part {part}: day {number + 1}, {told} s, {play.looks:,} looks", flush=True)
                _keep(asked, part, _lived(oracle, play, number + 1))
        lived = _lived(oracle, play, city.days)
        store.close()
    _keep(asked, part, lived)
    return lived


def _lived(oracle: Oracle, play: Play, days: int) -> Lived:
    end_ms = START_MS + days * DAY_MS
    return Lived(
        days=days,
        truths=[one for one in oracle.truths() if one.known_ms < end_ms],
        spans=[one for one in play.city.spans if one.from_ms < end_ms],
        alarms=play.alarms(),
        messages=play.messages(),
        spent_us=dict(play.spent),
        looks=play.looks,
        readings=play.live.readings,
    )


def _keep(asked: Asked, part: int, lived: Lived) -> None:
    if asked.kept is not None:
        (asked.kept / f"part-{part}.pickle").write_bytes(pickle.dumps(lived))


def live_all(asked: Asked) -> Lived:
    """Live all parts, two at a time, and put them together; ids of alarms are made unique."""
    with ProcessPoolExecutor(2) as pool:
        parts = list(pool.map(live, [asked] * asked.parts, range(asked.parts)))
    return together(parts)


def together(parts: Sequence[Lived]) -> Lived:
    """Return parts as one."""
    whole = Lived(days=min(one.days for one in parts))
    for one in parts:
        whole.truths += one.truths
        whole.spans += one.spans
        whole.alarms += one.alarms
        whole.messages += one.messages
        whole.looks += one.looks
        whole.readings += one.readings
        for what, us in one.spent_us.items():
            whole.spent_us[what] = whole.spent_us.get(what, 0) + us
    whole.alarms.sort(key=lambda one: (one.raised_ms, one.site, one.id))
    return whole
