"""Lines with a driver: ASCII loggers, drivers of other packages, and what a broken one must not touch."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.fake_ports import FakePorts, ScriptedPort
from support.hand_clock import HandClock
from support.memory_spool import MemorySpool

from coldchain.facts import EventKind, Quality
from firmware_sim.devices.loggers import logger_line
from gateway.counters import Counters
from gateway.drivers import ASCII_LINE, DriverError, known_drivers, make_driver
from gateway.edge import TICK_MAX_MS, Edge
from gateway.plan import DriverPlan, EdgePlan

SECOND, MINUTE = 1_000, 60_000
LOGGER = {"line": r"(?P<body>T(?P<channel>\d)=(?P<value>[^C]+)C)\*(?P<sum>[0-9A-F]{2})", "checksum": "xor"}
PLUGIN = '''
from gateway.drivers import Measured, Rejected
from gateway.decoders.heard import Fault

class Tens:
    """Answers to 'R' with one byte a temperature, in tenths."""

    def __init__(self, settings):
        if settings.get("boom") == "made":
            raise RuntimeError("no licence")
        self.boom = settings.get("boom")

    def question(self):
        return b"R"

    def poll(self, data):
        if self.boom == "poll" and data:
            raise ZeroDivisionError("division by zero")
        if self.boom == "type":
            return [Measured(channel="0", micro_celsius=4.5)]
        if self.boom == "alien":
            return [(0, 4.5)] if data else []
        return [Measured(channel="0", micro_celsius=byte * 100_000) if byte else Rejected(fault=Fault.NOISE, raw=b"0")
                for byte in data]

def make(settings):
    return Tens(settings)

def half(settings):
    return object()
'''
POINTS = (
    "[coldchain.drivers]\ntens = acme_tens:make\nhalf = acme_tens:half\nlost = acme_tens:nothing\ngone = acme_gone:x\n"
)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package as pip leaves it: a module and its dist-info."""
    (tmp_path / "acme_tens.py").write_text(PLUGIN, encoding="utf-8")
    info = tmp_path / "acme_tens-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-tens\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(POINTS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("acme_tens", None)


class Room:
    """An edge with lines of drivers; each port is scripted."""

    def __init__(self, *plans: DriverPlan) -> None:
        self.clock = HandClock()
        self.spool = MemorySpool()
        self.counters = Counters()
        self.ports = FakePorts()
        for plan in plans:
            self.ports.ports[plan.port] = ScriptedPort(self.clock)
        self.edge = Edge(
            EdgePlan(gateway="gw-1", drivers=plans), self.clock, self.spool, self.ports.open, self.counters
        )

    def run(self, ms: int) -> None:
        end_ms = self.clock.boottime_ms() + ms
        while self.clock.boottime_ms() < end_ms:
            wait_ms = self.edge.tick()
            assert 0 <= wait_ms <= TICK_MAX_MS
            self.clock.wait(max(1, min(wait_ms, end_ms - self.clock.boottime_ms())))

    def said(self, probe: str) -> list[tuple[int | None, Quality]]:
        return [(sample.micro_celsius, sample.quality) for sample in self.spool.samples(probe)]


def logger(port: str = "logger", **more: str) -> DriverPlan:
    channels = {"1": "air", "2": "load"}
    return DriverPlan(driver=ASCII_LINE, port=port, channels=channels, poll_ms=20_000, settings={**LOGGER, **more})


def tens(port: str, probe: str, **settings: str) -> DriverPlan:
    return DriverPlan(driver="tens", port=port, channels={"0": probe}, poll_ms=20_000, settings=settings)


def test_a_logger_that_speaks_by_itself_gives_one_sample_a_channel_and_turn() -> None:
    room = Room(logger())
    port = room.ports.ports["logger"]
    for second in range(120):
        port.hear(logger_line(1, 4.0 + second / 100) + logger_line(2, -3.5) + logger_line(9, 1.0), second * SECOND)
    room.run(2 * MINUTE)
    assert [micro for micro, _ in room.said("air")][:2] == [4_010_000, 4_200_000]  # the first is half a line, to us
    assert room.said("load") == [(-3_500_000, Quality.GOOD)] * 6
    assert len(room.said("air")) == 6


def test_a_logger_that_is_asked_answers_late_or_not_at_all() -> None:
    room = Room(logger(ask="?\r"))
    port = room.ports.ports["logger"]
    port.answer = lambda _: [(1_900, logger_line(1, 4.25)), (1_950, logger_line(2, 4.5))]
    room.run(MINUTE)
    assert room.said("air") == [(4_250_000, Quality.GOOD)] * 3
    assert port.written == [b"?\r"] * 3
    port.answer = lambda _: [(5_000, logger_line(1, 9.0))]  # that is no answer any more: it is thrown away
    room.run(2 * MINUTE)
    assert (9_000_000, Quality.GOOD) not in room.said("air")
    assert [event.origin for event in room.spool.events(EventKind.DEVICE_SILENT)] == ["air", "load"]
    port.answer = lambda _: [(100, logger_line(1, 4.25))]
    room.run(MINUTE)
    assert [event.origin for event in room.spool.events(EventKind.DEVICE_BACK)] == ["air", "load"]


def test_a_line_in_two_pieces_is_one_line_and_a_pulled_adapter_is_silence() -> None:
    room = Room(logger())
    port = room.ports.ports["logger"]
    port.hear(b"\n" + logger_line(1, 4.25)[:5], 100)
    port.hear(logger_line(1, 4.25)[5:], 130)
    room.run(MINUTE // 3)
    assert room.said("air") == [(4_250_000, Quality.GOOD)]
    port.plugged = False
    room.run(2 * MINUTE)
    (air, _) = room.spool.events(EventKind.DEVICE_SILENT)
    assert air.details == {"reason": "no-port"}
    (state,) = room.edge.devices()
    assert (state.kind, state.silent) == (ASCII_LINE, True)
    assert "logger" in state.message


def test_noise_without_end_does_not_hold_the_gateway() -> None:
    room = Room(logger())
    room.ports.ports["logger"].live = lambda: b"\x55" * 4_096
    room.run(15 * SECOND)
    assert room.said("air") == []
    assert room.counters.rejected["noise"] >= 1


def test_a_driver_of_another_package_is_found_and_read(installed: None) -> None:
    assert {"tens", "half", "lost", "gone"} <= set(known_drivers())
    room = Room(tens("a", "air"))
    room.ports.ports["a"].answer = lambda _: [(30, b"\x00\x28")]
    room.run(MINUTE)
    assert room.said("air") == [(4_000_000, Quality.GOOD)] * 3
    assert room.counters.rejected["noise"] == 3


@pytest.mark.parametrize(
    ("boom", "says"),
    [
        ("made", 'driver "tens" cannot be used: RuntimeError: no licence'),
        ("poll", 'driver "tens" broke: ZeroDivisionError: division by zero'),
        ("type", 'driver "tens" broke: TypeError: a measured value has micro_celsius 4.5'),
        ("alien", 'driver "tens" broke: TypeError: poll() returned tuple'),
    ],
)
def test_a_broken_driver_is_named_and_the_others_go_on(installed: None, boom: str, says: str) -> None:
    room = Room(tens("a", "air", boom=boom), tens("b", "load"))
    for name in ("a", "b"):
        room.ports.ports[name].answer = lambda _: [(30, b"\x28")]
    room.run(2 * MINUTE)
    assert room.said("air") == []
    assert len(room.said("load")) == 6
    (silent,) = room.spool.events(EventKind.DEVICE_SILENT)
    assert (silent.origin, silent.details) == ("air", {"reason": "driver-broken"})
    broken, sound = room.edge.devices()
    assert says in broken.message
    assert (sound.message, sound.silent) == ("", False)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("half", 'driver "half" is none: it lacks'),
        ("lost", 'driver "lost" cannot be used: AttributeError'),
        ("gone", 'driver "gone" cannot be used: ModuleNotFoundError'),
        ("nobody", 'there is no driver "nobody"'),
    ],
)
def test_what_is_no_driver_is_said_by_name(installed: None, name: str, says: str) -> None:
    with pytest.raises(DriverError, match=says):
        make_driver(name, {})
