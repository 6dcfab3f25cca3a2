"""How strongly a device is heard: out of a message or a file, seldom, and only to a centre whose acks ask for it."""

import json
from pathlib import Path

import msgspec
import pytest
from support.hand_clock import HandClock
from support.lossy_centre import World
from support.memory_spool import MemorySpool

from coldchain.facts import DeviceEvent, EventKind
from coldchain.radio import SignalUnit
from coldchain.wire import Ack, decode_ack, encode
from firmware_sim import box_modem
from gateway.counters import Counters
from gateway.decoders.json_device import JsonDevicePlan, Mapped, TimeKind, mapped
from gateway.intake import Intake
from gateway.links.json_devices import JsonDevices, Received
from gateway.plan import ListenPlan
from gateway.radio import LOOK_MS, SIGNAL_MS, RadioWords
from gateway.reads import CENTRE_READS, note_reads, reads_of
from gateway.silence import Silences, Watch

NOW_MS = 1_795_782_919_250
LORA = JsonDevicePlan(topic="a/1", channels={"/t": "load", "/u": "air"}, signal=("/rxInfo/0/rssi", SignalUnit.DBM))
ASKED = b'["signal"]'


class Bench:
    """JSON devices on a hand clock, over a spool in memory."""

    def __init__(self, plan: JsonDevicePlan = LORA, reads: bytes | None = ASKED) -> None:
        self.clock, self.spool = HandClock(NOW_MS), MemorySpool()
        if reads is not None:
            self.spool.states[CENTRE_READS] = reads
        self.waiting: list[Received] = []
        counters = Counters()
        intake = Intake(self.spool, self.clock, counters, "gw-1")
        watches = [Watch(("load",), Silences(intake), intake, self.clock)]
        listening = ListenPlan(url="mqtt://h", client_id="c", devices=(plan,), silent_ms=60_000_000)
        self.devices = JsonDevices(listening, self, intake, watches, self.clock, counters.json_devices)

    def next(self) -> Received | None:
        return self.waiting.pop(0) if self.waiting else None

    def acknowledge(self, received: Received) -> None:
        pass

    def close(self) -> None:
        pass

    def hear(self, **body: object) -> None:
        self.waiting.append(Received(topic="a/1", payload=json.dumps(body).encode(), retained=False))
        self.devices.tick()

    def said(self) -> list[tuple[str, dict[str, int | str]]]:
        return [(event.origin, event.details) for event in self.spool.events(EventKind.SIGNAL)]


@pytest.mark.parametrize(
    ("unit", "value", "details"),
    [
        (SignalUnit.DBM, -71, {"rssi_dbm": -71}),
        (SignalUnit.DBM, "-71", {"rssi_dbm": -71}),
        (SignalUnit.DBM, -71.5, {"rssi_dbm": -72}),
        (SignalUnit.DBM, None, {}),
        (SignalUnit.DBM, [1], {}),
        (SignalUnit.DBM, "strong", {}),
        (SignalUnit.DBM, 1e20, {}),
        (SignalUnit.CSQ, 31, {"rssi_dbm": -51}),
        (SignalUnit.CSQ, 99, {}),
        (SignalUnit.LQI, 120, {"lqi": 120}),
    ],
)
def test_a_message_says_how_strongly_its_device_is_heard(unit: SignalUnit, value: object, details: object) -> None:
    plan = JsonDevicePlan(topic="z/1", channels={"/t": "p"}, signal=("/s", unit))
    (one,) = _mapped(plan, {"t": 4, "s": value})
    assert (one.micro_celsius, one.signal) == (4_000_000, details)


def test_a_message_without_the_number_still_gives_its_temperature() -> None:
    (one,) = _mapped(JsonDevicePlan(topic="z/1", channels={"/t": "p"}, signal=("/s", SignalUnit.DBM)), {"t": 4})
    assert (one.micro_celsius, one.signal) == (4_000_000, {})


def _mapped(plan: JsonDevicePlan, body: dict[str, object]) -> tuple[Mapped, ...]:
    found = mapped(plan, json.dumps(body).encode(), NOW_MS)
    assert isinstance(found, tuple)
    return found


def test_each_probe_of_a_device_says_it_at_most_every_half_hour() -> None:
    bench = Bench()
    for _ in range(4):
        bench.hear(t=4, u=5, rxInfo=[{"rssi": -71}])
        bench.clock.forward(SIGNAL_MS // 2)
    once = [("air", {"rssi_dbm": -71}), ("load", {"rssi_dbm": -71})]
    assert sorted(bench.said(), key=lambda one: one[0]) == [once[0]] * 2 + [once[1]] * 2
    assert len(bench.spool.samples()) == 8


def test_a_strength_that_cannot_be_read_is_not_said_and_the_next_one_is() -> None:
    bench = Bench()
    bench.hear(t=4, rxInfo=[])
    bench.hear(t=4, rxInfo=[{"rssi": -80}])
    assert bench.said() == [("load", {"rssi_dbm": -80})]


@pytest.mark.parametrize("reads", [None, b"[]", b'["later"]', b"broken"])
def test_to_a_centre_that_does_not_ask_for_it_nothing_is_said(reads: bytes | None) -> None:
    bench = Bench(reads=reads)
    bench.hear(t=4, rxInfo=[{"rssi": -71}])
    assert (bench.said(), len(bench.spool.samples())) == ([], 1)
    bench.spool.states[CENTRE_READS] = ASKED
    bench.clock.forward(LOOK_MS)
    bench.hear(t=4, rxInfo=[{"rssi": -71}])
    assert bench.said() == [("load", {"rssi_dbm": -71})]


def test_a_message_that_was_kept_for_later_says_nothing_of_now() -> None:
    plan = JsonDevicePlan(
        topic="a/1",
        channels={"/t": "load"},
        time="/at",
        time_kind=TimeKind.MILLIS,
        keeps=True,
        signal=("/s", SignalUnit.DBM),
    )
    bench = Bench(plan)
    bench.hear(t=4, at=NOW_MS - 3_600_000, s=-71)
    bench.hear(t=4, at=NOW_MS, s=-80)
    assert bench.said() == [("load", {"rssi_dbm": -80})]


def test_a_disk_that_fails_stops_nothing() -> None:
    spool, clock = MemorySpool(), HandClock(NOW_MS)
    words = RadioWords(Intake(spool, clock, Counters(), "gw-1"), clock)
    spool.broken = True
    assert not words.due("load")


def test_what_an_ack_asks_for_is_kept_and_forgotten_when_an_older_centre_answers(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.connect()
    world.settle_down()
    assert world.spool.state(CENTRE_READS) is None, "an older centre: nothing to write"
    world.centre.reads = ["signal"]
    world.forward(60_000)
    world.settle_down()
    assert reads_of(world.spool.state(CENTRE_READS)) == ["signal"]
    world.restart()
    assert reads_of(world.spool.state(CENTRE_READS)) == ["signal"], "also after a restart"
    world.centre.reads = []
    world.connect()
    world.settle_down()
    assert reads_of(world.spool.state(CENTRE_READS)) == []
    world.spool.close()


def test_what_another_gateway_is_asked_and_a_full_spool_change_nothing() -> None:
    spool = MemorySpool()
    ack = Ack(
        v=1, gateway="gw-2", epoch="e", contiguous_seq=0, ranges=[], refused=[], centre_ms=NOW_MS, reads=["signal"]
    )
    note_reads(spool, "gw-1", ack)
    assert spool.commits == []
    spool.full = True
    note_reads(spool, "gw-2", ack)
    assert CENTRE_READS not in spool.states
    spool.full = False
    note_reads(spool, "gw-2", ack)
    note_reads(spool, "gw-2", ack)
    assert len(spool.commits) == 1, "written once"


def test_an_ack_of_an_older_centre_is_what_it_always_was() -> None:
    old = b'{"v":1,"gateway":"gw-1","epoch":"e","contiguous_seq":0,"ranges":[],"refused":[],"centre_ms":1}'
    ack = decode_ack(old)
    assert ack is not None
    assert (list(ack.reads), encode(ack)) == ([], old)
    asked = decode_ack(encode(msgspec.structs.replace(ack, reads=["signal"])))
    assert asked is not None
    assert asked.reads == ["signal"]


def test_the_modem_of_the_simulator_speaks_the_standard() -> None:
    answers = {box_modem.csq(at, has_network=True) for at in range(0, 2 * box_modem.SWING_MS, 60_000)}
    assert answers == set(range(box_modem.WEAKEST, box_modem.STRONGEST + 1))
    assert [box_modem.decibels(one) for one in (0, 1, 31, 99)] == [-113, -111, -51, None]
    assert box_modem.csq(0, has_network=False) == box_modem.NOTHING


def test_an_event_says_when_and_of_whom() -> None:
    spool, clock = MemorySpool(), HandClock(NOW_MS)
    event = RadioWords(Intake(spool, clock, Counters(), "gw-1"), clock).event("load", {"lqi": 7})
    assert isinstance(event, DeviceEvent)
    assert (event.origin, event.taken_ms, event.kind, event.details) == ("load", NOW_MS, EventKind.SIGNAL, {"lqi": 7})
