"""The box's radio on real brokers: the trip arrives once, whatever the network, the broker or the dock do meanwhile."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.brokers import Broker, free_port, start_mosquitto
from support.scripted_centre import ScriptedCentre, until

from coldchain.facts import DeviceEvent, EventKind, Sample
from coldchain.wire import encode
from firmware_sim.bench import Bench
from firmware_sim.box_dock import ACK, AGAIN, NEXT, UP, Scanner, frame
from firmware_sim.box_radio import Broker as Address
from firmware_sim.box_radio import broker_of
from firmware_sim.control import DROP_BOX_NETWORK
from firmware_sim.scenario import night_failure, storage_point
from firmware_sim.timeline import What

HOUR_MS = 3_600_000
HISTORY_MS = 26 * HOUR_MS


def box_centre(url: str) -> ScriptedCentre:
    """A scripted centre that answers the box."""
    return ScriptedCentre(url, "box-1")


class Wall:
    """The wall clock, moved to where the history ends when the test begins."""

    def __init__(self, start_ms: int) -> None:
        self._ahead_ms = start_ms - time.time_ns() // 1_000_000

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self._ahead_ms


@contextmanager
def running(url: str | None, offline_ms: int = 0) -> Iterator[Bench]:
    """A storage point at the end of its history, in a thread of its own."""
    start_ms = 1_790_000_000_000
    stop = threading.Event()
    with Bench(storage_point(), 1, start_ms) as bench:
        bench.advance(start_ms + HISTORY_MS)
        if offline_ms:
            bench.act(DROP_BOX_NETWORK, bench.now_ms + offline_ms)
        if url is not None:
            bench.switch_radio_on(broker_of(url))
        thread = threading.Thread(target=bench.run, args=(Wall(bench.now_ms), stop))
        thread.start()
        try:
            yield bench
        finally:
            stop.set()
            thread.join(20)
            assert not thread.is_alive()


def rows(bench: Bench) -> int:
    assert bench.site.box is not None
    return len(bench.site.box.memory)


def last_seq(bench: Bench) -> int:
    assert bench.site.box is not None
    return bench.site.box.memory.last_seq


def test_the_trip_goes_up_when_there_is_network_and_frees_the_memory(broker: Broker) -> None:
    with box_centre(broker.url) as centre:
        with running(broker.url) as bench:
            until(lambda: rows(bench) == 0, "an empty memory")
            expected = last_seq(bench)
        facts = centre.facts()
        assert len(facts) == expected > 1_000
        assert {fact.seq for fact in facts} == set(range(1, expected + 1))
        assert len([fact for fact in facts if isinstance(fact, Sample)]) == 2 * 481
        kinds = [fact.kind for fact in facts if isinstance(fact, DeviceEvent)]
        assert kinds.count(EventKind.DOOR_OPENED) == 4
        until(lambda: any(not state.online for state in centre.states), "the farewell of the box")
        assert [state.gateway for state in centre.states if state.online]


def test_where_there_is_no_network_nothing_is_heard_and_the_last_will_says_so(broker: Broker) -> None:
    with box_centre(broker.url) as centre, running(broker.url) as bench:
        until(lambda: rows(bench) == 0, "an empty memory")
        heard = len(centre.batch_sizes)
        bench.site.turn(What.NETWORK_LOST, "box-1", "test", on=True)
        until(lambda: any(not state.online for state in centre.states), "the last will")
        assert bench.status()["box"]["network"] is False
        bench.site.turn(What.NETWORK_LOST, "box-1", "test", on=False)
        until(lambda: len(centre.batch_sizes) > heard, "the box again")


def test_a_broker_that_dies_and_comes_back_costs_nothing(tmp_path: Path) -> None:
    with start_mosquitto(tmp_path) as broker, box_centre(broker.url) as centre:
        centre.acking = False  # the batches arrive, the box hears nothing
        with running(broker.url) as bench:
            until(lambda: bool(centre.batch_sizes), "the box's question")
            broker.kill()
            centre.acking = True
            broker.start()
            until(lambda: rows(bench) == 0, "an empty memory", 60)
            assert {fact.seq for fact in centre.facts()} == set(range(1, last_seq(bench) + 1))


def test_no_broker_at_all_does_not_hold_up_the_site() -> None:
    with running(f"mqtt://127.0.0.1:{free_port()}") as bench:
        before_ms = bench.now_ms
        until(lambda: bench.now_ms > before_ms + 300, "time on the bench")
        assert rows(bench) > 1_000


@pytest.mark.parametrize("url", ["http://broker", "mqtt://", "mqtt://h:1/path", "mqtt://h:1?x=1", "mqtt://h:abc"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"mqtt://|port|Port"):
        broker_of(url)


def test_a_url_has_user_and_password() -> None:
    assert broker_of("mqtt://box-1:p%40ss@host:1884") == Address("host", 1884, "box-1", "p@ss")
    assert broker_of("mqtt://host") == Address("host")


def test_a_scenario_without_a_box_has_no_radio() -> None:
    with Bench(night_failure(), 1, 0) as bench, pytest.raises(ValueError, match="no courier's box"):
        bench.switch_radio_on(Address("127.0.0.1"))


def test_read_out_first_and_then_by_radio_each_row_counts_once(tmp_path: Path) -> None:
    with start_mosquitto(tmp_path) as broker, box_centre(broker.url) as centre:
        start_ms = 1_790_000_000_000
        with Bench(storage_point(), 1, start_ms) as bench:
            bench.advance(start_ms + HISTORY_MS)
            answers = bench.site.hear_dock(frame(AGAIN) + frame(NEXT) + frame(NEXT), None)
            carried = [found for answer in answers for found in Scanner().feed(answer, 0)]
            assert [found.kind for found in carried] == [UP, UP]
            ack = centre.books.take(carried[0].payload)  # the second batch is never published
            bench.site.hear_dock(frame(ACK, encode(ack)), None)
            left = rows(bench)
            assert 0 < left < 1_000
            bench.switch_radio_on(broker_of(broker.url))
            stop = threading.Event()
            thread = threading.Thread(target=bench.run, args=(Wall(bench.now_ms), stop))
            thread.start()
            try:
                until(lambda: rows(bench) == 0, "an empty memory")
            finally:
                stop.set()
                thread.join(20)
            assert {fact.seq for fact in centre.facts()} == set(range(1, last_seq(bench) + 1))
