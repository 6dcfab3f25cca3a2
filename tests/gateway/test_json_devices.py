"""Messages of JSON devices: on disk before the broker hears of it, taken once, and silence noticed."""

import json
import socket
import threading
from collections import Counter
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from support.brokers import start_mosquitto
from support.fake_ports import FakePorts
from support.hand_clock import HandClock
from support.memory_spool import MemorySpool
from support.waiting import until

from coldchain.facts import EventKind
from gateway.clock import SystemClock
from gateway.counters import Counters
from gateway.decoders.json_device import JsonDevicePlan, TimeKind
from gateway.edge import Edge
from gateway.links.json_devices import RETRY_MS, SEEN_MAX, Listener, Received, subscriptions
from gateway.plan import EdgePlan, ListenPlan

NOW_MS = 1_795_782_919_250
PLAIN = JsonDevicePlan(topic="t/+", channels={"/temp": "p"}, time="/t", time_kind=TimeKind.MILLIS)
TIMELESS = JsonDevicePlan(topic="z/1", channels={"/temp": "q"})


class Told:
    """Messages by hand."""

    def __init__(self) -> None:
        self.waiting: list[Received] = []
        self.acknowledged: list[int] = []
        self.closed = False

    def say(self, topic: str, body: object, *, retained: bool = False) -> None:
        mid = len(self.waiting) + len(self.acknowledged) + 1
        self.waiting.append(Received(topic=topic, payload=json.dumps(body).encode(), retained=retained, mid=mid))

    def next(self) -> Received | None:
        return self.waiting.pop(0) if self.waiting else None

    def acknowledge(self, received: Received) -> None:
        self.acknowledged.append(received.mid)

    def close(self) -> None:
        self.closed = True


def edge_with(told: Told, *devices: JsonDevicePlan) -> tuple[Edge, MemorySpool, HandClock, Counters]:
    clock, spool, counters = HandClock(NOW_MS), MemorySpool(), Counters()
    plan = EdgePlan(
        gateway="gw-1",
        listening=ListenPlan(url="mqtt://h", client_id="c", devices=devices or (PLAIN,), silent_ms=60_000),
    )
    edge = Edge(plan, clock, spool, FakePorts().open, counters, told)
    return edge, spool, clock, counters


def test_a_reading_is_on_disk_before_the_broker_hears_of_it() -> None:
    told = Told()
    edge, spool, _, _ = edge_with(told)
    told.say("t/1", {"t": NOW_MS - 5, "temp": 4.1})
    edge.tick()
    (sample,) = spool.samples()
    assert (sample.origin, sample.micro_celsius, sample.taken_ms, sample.device_ms) == (
        "p",
        4_100_000,
        NOW_MS,
        NOW_MS - 5,
    )
    assert told.acknowledged == [1]
    edge.close()
    assert told.closed


def test_while_the_spool_is_full_nothing_is_acknowledged_and_what_comes_again_is_new() -> None:
    told = Told()
    edge, spool, clock, _ = edge_with(told)
    spool.full = True
    told.say("t/1", {"t": NOW_MS, "temp": 4.1})
    edge.tick()
    assert (spool.samples(), told.acknowledged) == ([], [])
    spool.full = False
    told.say("t/1", {"t": NOW_MS, "temp": 4.1})
    clock.forward(RETRY_MS)
    edge.tick()
    assert len(spool.samples()) == 1


def test_what_found_no_room_is_taken_later_although_the_broker_does_not_send_it_again() -> None:
    told = Told()
    edge, spool, clock, _ = edge_with(told)
    spool.full = True
    for number in range(30):
        told.say("t/1", {"t": NOW_MS + number, "temp": 4.1})
    edge.tick()
    spool.full = False
    clock.forward(RETRY_MS)
    edge.tick()
    assert [sample.device_ms for sample in spool.samples()] == [NOW_MS + number for number in range(30)]
    assert told.acknowledged == list(range(1, 31))


def test_what_found_no_room_and_says_no_time_is_a_gap_and_never_stamped_later() -> None:
    told = Told()
    edge, spool, clock, _ = edge_with(told, TIMELESS)
    spool.full = True
    told.say("z/1", {"temp": 9.9})
    edge.tick()
    spool.full = False
    clock.forward(600_000)
    told.say("z/1", {"temp": 4.1})
    edge.tick()
    assert [sample.micro_celsius for sample in spool.samples()] == [4_100_000]
    assert ("q", NOW_MS, 1) in [(gap.origin, gap.from_ms, gap.lost) for gap in spool.gaps()]
    assert told.acknowledged == [1, 2]


def test_kept_readings_stand_where_they_were_measured_and_older_ones_than_the_boot_are_gaps() -> None:
    keeping = JsonDevicePlan(topic="k/1", channels={"/temp": "k"}, time="/t", time_kind=TimeKind.MILLIS, keeps=True)
    told = Told()
    edge, spool, clock, counters = edge_with(told, keeping)
    for ago_ms in (0, clock.boottime_ms(), clock.boottime_ms() + 1, clock.boottime_ms() + 3_600_000):
        told.say("k/1", {"t": NOW_MS - ago_ms, "temp": 4.1})
    edge.tick()
    boot_ms = NOW_MS - clock.boottime_ms()
    assert [sample.taken_ms for sample in spool.samples("k")] == [NOW_MS, boot_ms]
    assert [(gap.origin, gap.from_ms, gap.to_ms) for gap in spool.gaps()] == [
        ("k", at_ms, at_ms) for at_ms in (boot_ms - 1, boot_ms - 3_600_000)
    ]
    assert counters.json_devices["older-than-this-boot"] == 2


def test_states_that_the_disk_has_changed_keep_no_gateway_from_watching() -> None:
    told = Told()
    _, spool, clock, counters = edge_with(told)
    spool.states |= dict.fromkeys(("json-devices", "silent", "contacts"), b'{"\xff')
    plan = EdgePlan(
        gateway="gw-1", listening=ListenPlan(url="mqtt://h", client_id="c", devices=(PLAIN,), silent_ms=60_000)
    )
    edge = Edge(plan, clock, spool, FakePorts().open, counters, told)
    told.say("t/1", {"t": NOW_MS, "temp": 4.1})
    edge.tick()
    assert len(spool.samples()) == 1


def test_the_broker_keeps_nothing_of_what_says_no_time() -> None:
    plan = ListenPlan(url="mqtt://h", client_id="c", devices=(PLAIN, TIMELESS), silent_ms=60_000)
    assert subscriptions(plan) == [("t/+", 1), ("z/1", 0)]


def test_a_message_that_comes_twice_counts_once_also_after_a_restart() -> None:
    told = Told()
    edge, spool, clock, counters = edge_with(told)
    for t in (NOW_MS, NOW_MS - 1, NOW_MS, NOW_MS - 1):
        told.say("t/1", {"t": t, "temp": 4.1})
    edge.tick()
    assert len(spool.samples()) == 2
    assert counters.json_devices["repeated"] == 2
    again = Edge(edge._plan, clock, spool, FakePorts().open, counters, told)
    told.say("t/1", {"t": NOW_MS, "temp": 4.1})
    again.tick()
    assert len(spool.samples()) == 2
    assert len(again._json[0]._seen["p"]) <= SEEN_MAX


def test_without_a_device_time_nothing_can_be_told_apart_and_all_is_kept() -> None:
    told = Told()
    edge, spool, _, _ = edge_with(told, TIMELESS)
    for _ in range(3):
        told.say("z/1", {"temp": 4.1})
    edge.tick()
    assert len(spool.samples("q")) == 3


def test_retained_and_foreign_messages_are_counted_and_acknowledged() -> None:
    told = Told()
    edge, spool, _, counters = edge_with(told)
    told.say("t/1", {"t": NOW_MS, "temp": 4.1}, retained=True)
    told.say("t/1", {"humidity": 50})
    told.say("elsewhere", {"temp": 4.1})
    edge.tick()
    assert spool.samples() == []
    assert dict(counters.json_devices) == {"retained": 1, "no-value": 1}
    assert told.acknowledged == [1, 2, 3]


def test_a_device_that_says_nothing_is_silent_once_and_back_with_its_next_word() -> None:
    told = Told()
    edge, spool, clock, _ = edge_with(told)
    for _ in range(4):
        clock.forward(60_000)
        edge.tick()
    assert [event.origin for event in spool.events(EventKind.DEVICE_SILENT)] == ["p"]
    told.say("t/1", {"t": clock.now_ms(), "temp": 4.1})
    edge.tick()
    assert [event.origin for event in spool.events(EventKind.DEVICE_BACK)] == ["p"]


def test_what_the_broker_kept_while_the_gateway_was_away_is_taken_on_a_real_broker(tmp_path: Path) -> None:
    plan_of = EdgePlan(gateway="gw-1")
    with start_mosquitto(tmp_path) as broker:
        plan = ListenPlan(url=f"mqtt://127.0.0.1:{broker.port}", client_id="gw-1-json", devices=(PLAIN, TIMELESS))
        spool, clock, counters = MemorySpool(), SystemClock(), Counters()

        def listen() -> tuple[Edge, Listener]:
            listener = Listener(plan, Counter())
            listener.start()
            edge_plan = EdgePlan(gateway=plan_of.gateway, listening=plan)
            return Edge(edge_plan, clock, spool, FakePorts().open, counters, listener), listener

        device = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="device")
        device.connect("127.0.0.1", broker.port)
        device.loop_start()
        edge, listener = listen()

        def heard(count: int) -> bool:
            edge.tick()
            return len(spool.samples()) >= count

        def published(number: int) -> bool:
            device.publish("t/1", json.dumps({"t": clock.now_ms() + number, "temp": 4.1}), qos=1).wait_for_publish(5)
            return heard(1)

        numbers = iter(range(1000))
        until(lambda: published(next(numbers)))  # the subscription takes its time
        line = listener._client.socket()
        assert isinstance(line, socket.socket)
        line.shutdown(socket.SHUT_RDWR)  # killed without a word
        listener._client.loop_stop()
        before = len(spool.samples())
        for number in range(20):
            body = json.dumps({"t": clock.now_ms() - 10_000 + number, "temp": 4 + number / 10})
            device.publish("t/2", body, qos=1).wait_for_publish(5)
        edge, listener = listen()
        until(lambda: heard(before + 20))
        edge.close()
        device.disconnect()
        device.loop_stop()
    assert len({sample.device_ms for sample in spool.samples()}) == len(spool.samples())
    assert threading.active_count() < 20
