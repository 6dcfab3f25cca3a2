"""Nothing is lost: over SIGKILL of the process that mirrors, over an hour of 503, before a server that is too slow."""

import random
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from support import store_words as words
from support.children import environment
from support.hand_clock import HandClock
from support.influx_servers import WITH_BOARDS, start_version, target
from support.influx_stand_in import Asked, InfluxStandIn, Reply
from support.memory_sink import MemorySink
from support.memory_store import MemoryStore
from support.mirror_pair import QUICK, compared, level
from support.mirror_world import START_MS, DirectCursors, Story, assert_mirrors, title_of
from support.waiting import until

from coldchain.facts import Quality
from coldchain.ports import Store
from stores.delivery import Pace
from stores.influx import Answer, InfluxSink, Verdict
from stores.influx_target import target_of
from stores.mirror import Mirror
from stores.mirror_truth import DAY_MS
from stores.points import Snapshot
from stores.sqlite import open_store

HOUR_MS: Final = 3_600_000


@pytest.mark.parametrize("version", WITH_BOARDS)
def test_killed_again_and_again_in_the_middle_it_leaves_nothing_out(version: str, tmp_path: Path) -> None:
    dice = random.Random(version)
    file = tmp_path / "hot.sqlite"
    with closing(open_store(file)) as store:
        Story(store, 8).tell(60)
        many_readings(store)
    with start_version(version, tmp_path) as server:
        where = target(server)
        command = [sys.executable, "-m", "support.mirror_child", str(file), server.url]
        command += [where.api.value, server.token, server.org]
        kills = 0
        while True:
            with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as child:
                assert child.stdout is not None
                child.stdout.readline()
                try:
                    assert child.wait(dice.uniform(0.0, 0.1) if kills < 6 else 120) == 0
                    break
                except subprocess.TimeoutExpired:
                    child.kill()
                    kills += 1
        assert kills > 0
        with closing(open_store(file)) as store:
            assert compared(store, where, START_MS - DAY_MS, START_MS + 3 * DAY_MS).alike


def many_readings(store: Store) -> None:
    """Add enough that a mirror needs some dozens of requests."""
    with store.writing() as session:
        for row in range(400):
            times = [START_MS + DAY_MS + (row * 100 + i) * 1_000 for i in range(100)]
            values: list[int | None] = [4_000_000 + i % 7 * 62_500 for i in range(100)]
            session.readings.append_samples(words.samples(times, values, probe="fridge-1-load", epoch=f"m{row}"))


class Patience(threading.Event):
    """A stop signal whose waiting lets the hand clock run on instead; somebody may live in that time."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.forward(max(1, int((timeout or 0) * 1_000)))
        return self.is_set()


class DownForAnHour(MemorySink):
    """Says 503 to everything until its hour is over."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__()
        self._clock = clock
        self._up_ms = clock.boottime_ms() + HOUR_MS
        self.refused = 0

    def write(self, body: bytes) -> Answer:
        if self._clock.boottime_ms() < self._up_ms:
            self.refused += 1
            return Answer(verdict=Verdict.RETRY, reason="HTTP 503", retry_after_s=1.0)
        return super().write(body)


def test_over_an_hour_of_503_it_asks_politely_and_then_brings_everything() -> None:
    clock = HandClock(START_MS + 100_000_000)
    store, stop, sink = MemoryStore(), Patience(clock), DownForAnHour(clock)
    story = Story(store, 17)
    story.tell(40)
    told: list[int] = []

    def lives(_: int) -> None:
        """Let something happen every five minutes, and end once the mirror is level again after its hour."""
        if clock.boottime_ms() // 300_000 > len(told) and len(told) < 13:
            told.append(clock.boottime_ms())
            story.tell(3)
        elif len(told) == 13 and level(mirror):
            stop.set()

    clock.on_advance = lives
    mirror = Mirror(
        store,
        DirectCursors(store),
        sink,
        clock,
        titles=title_of,
        snapshots=lambda now_ms: Snapshot(as_of_ms=now_ms, places=()),
        pace=Pace(),
    )
    mirror.run(stop)
    status = mirror.status()
    assert len(told) == 13
    assert 100 < sink.refused < 1_000  # every 15 to 30 seconds, and each snapshot once
    assert (status.dead_letters, status.faults, status.rebuilds) == (0, 0, 0)
    with store.reading() as session:
        assert_mirrors(sink.points, session)


class SlowInflux(InfluxStandIn):
    """Needs so long for each byte that a full batch is never answered in time, and stores it all the same."""

    SECONDS_PER_MB: Final = 8.0
    never = threading.Event()

    def answer(self, asked: Asked) -> Reply | None:
        reply = super().answer(asked)
        self.never.wait(len(asked.body) / 1e6 * self.SECONDS_PER_MB)
        return reply


def test_a_server_that_answers_after_long_gets_less_at_a_time_and_in_the_end_everything() -> None:
    store = MemoryStore()
    Story(store, 4).tell(5)
    many_readings(store)
    with SlowInflux() as server:
        server.databases.add("coldchain")
        sink = InfluxSink(target_of(server.url), timeout_ms=250)
        clock = HandClock(START_MS + 100_000_000)
        mirror = Mirror(store, DirectCursors(store), sink, clock, titles=title_of, pace=QUICK)
        stop = threading.Event()
        thread = threading.Thread(target=mirror.run, args=(stop,), daemon=True)
        thread.start()
        until(lambda: level(mirror))
        stop.set()
        thread.join(20)
        assert not thread.is_alive()
        assert mirror.status().retries > 0
        assert mirror.status().dead_letters == 0
        shown = [f for (name, _, _), f in server.points.items() if name == "temperature"]
        assert sum(fields["quality"] == int(Quality.GOOD) for fields in shown) >= 40_000
        with store.reading() as session:
            assert_mirrors(server.points, session)
