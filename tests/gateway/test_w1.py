"""DS18B20 on 1-Wire: the kernel's file, and the folder that is read in a thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_ports import FakePorts
from support.hand_clock import HandClock
from support.memory_spool import MemorySpool
from support.waiting import until

from coldchain.facts import EventKind, Quality
from firmware_sim.devices.loggers import w1_text
from gateway.counters import Counters
from gateway.decoders.heard import Fault, Measured, Rejected
from gateway.decoders.w1 import at_power_on, crc8, read_w1
from gateway.edge import Edge
from gateway.intake import Intake
from gateway.plan import EdgePlan, W1Plan
from gateway.silence import Silences, Watch
from gateway.w1_folder import W1Folder

SENSOR, OTHER = "28-0316a2795bff", "28-0316a2795c00"
POWER_ON = b"50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n"
PRINTED = b"72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125\n"


def good(micro_celsius: int) -> Measured:
    return Measured(channel=SENSOR, micro_celsius=micro_celsius)


def none(quality: Quality) -> Measured:
    return Measured(channel=SENSOR, micro_celsius=None, quality=quality)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        (PRINTED, good(23_125_000)),
        (PRINTED.replace(b"YES", b"NO"), good(23_125_000)),  # the word is not believed either way
        (POWER_ON, none(Quality.IMPLAUSIBLE)),
        (PRINTED.replace(b"t=23125", b"t=-127000"), none(Quality.NO_SENSOR)),
        (PRINTED.replace(b"t=23125", b"t=-127"), none(Quality.NO_SENSOR)),
        (w1_text(-18.5), good(-18_500_000)),
        (w1_text(-0.0625), good(-62_500)),
        (w1_text(125), good(125_000_000)),
        (w1_text(126), none(Quality.IMPLAUSIBLE)),
        (w1_text(-56), none(Quality.IMPLAUSIBLE)),
    ],
)
def test_a_file_becomes_a_temperature_or_the_reason_why_not(text: bytes, heard: Measured) -> None:
    assert read_w1(SENSOR, text) == heard


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (PRINTED.replace(b"57 : crc=57", b"58 : crc=58"), Fault.CHECKSUM),  # "YES" over bytes with another CRC
        (PRINTED.replace(b"72 01", b"73 01", 1), Fault.CHECKSUM),  # two lines that differ
        (b"00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 00 00 00 00 00 00 00 t=0\n", Fault.CHECKSUM),  # shorted
        (PRINTED.splitlines()[0], Fault.NOISE),
        (b"", Fault.TRUNCATED),
        (b"\xff" * 10_000, Fault.NOISE),
    ],
)
def test_what_is_no_sound_file_is_refused(text: bytes, fault: Fault) -> None:
    heard = read_w1(SENSOR, text)
    assert isinstance(heard, Rejected)
    assert heard.fault is fault
    assert len(heard.raw) <= 512


def test_the_bits_that_a_coarser_resolution_leaves_open_are_not_taken() -> None:
    head = bytes((0x77, 0x01, 0x4B, 0x46, 0x1F, 0xFF, 0x0E, 0x10))  # nine bits: the lowest three are not defined
    words = (head + bytes((crc8(head),))).hex(" ").encode()
    text = words + b" : crc=00 NO\n" + words + b" t=23437\n"
    assert read_w1(SENSOR, text) == good(23_000_000)


@given(st.integers(-55 * 16, 125 * 16).filter(lambda sixteenths: sixteenths != 85 * 16))
def test_every_sixteenth_of_the_simulated_probe_is_kept_exactly(sixteenths: int) -> None:
    assert read_w1(SENSOR, w1_text(sixteenths / 16)) == good(sixteenths * 62_500)


@given(st.binary(max_size=600))
def test_noise_is_refused_and_never_raises(noise: bytes) -> None:
    assert isinstance(read_w1(SENSOR, noise), Rejected)
    assert not at_power_on(noise)


class Wires:
    """A folder as the kernel shows it, behind a gateway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = HandClock()
        self.spool = MemorySpool()
        self.counters = Counters()
        plan = W1Plan(folder=str(folder), probes={SENSOR: "air", OTHER: "load"}, poll_ms=20_000)
        self.edge = Edge(EdgePlan(gateway="gw-1", w1=(plan,)), self.clock, self.spool, FakePorts().open, self.counters)

    def write(self, sensor: str, text: bytes) -> None:
        (self.folder / sensor).mkdir(exist_ok=True)
        (self.folder / sensor / "w1_slave").write_bytes(text)

    def turn(self) -> None:
        """Let one turn come to its end."""
        self.edge.tick()
        (folder,) = self.edge._lines

        def ended() -> bool:
            folder.tick()
            return not folder.reading  # type: ignore[attr-defined]

        until(ended)
        self.clock.forward(20_000)

    def said(self, probe: str) -> list[tuple[int | None, Quality]]:
        return [(sample.micro_celsius, sample.quality) for sample in self.spool.samples(probe)]


@contextmanager
def wires_in(folder: Path) -> Iterator[Wires]:
    wires = Wires(folder)
    try:
        yield wires
    finally:
        wires.edge.close()


def test_the_probes_of_a_folder_are_read_and_one_that_is_gone_is_silent(tmp_path: Path) -> None:
    with wires_in(tmp_path) as wires:
        wires.write(SENSOR, w1_text(4.0625))
        wires.write(OTHER, w1_text(3.5))
        wires.turn()
        (tmp_path / OTHER / "w1_slave").unlink()
        for _ in range(4):
            wires.turn()
        assert wires.said("air") == [(4_062_500, Quality.GOOD)] * 5
        assert wires.said("load") == [(3_500_000, Quality.GOOD)]
        (silent,) = wires.spool.events(EventKind.DEVICE_SILENT)
        assert (silent.origin, silent.details) == ("load", {"reason": "no-answer"})
        assert [(state.address, state.silent) for state in wires.edge.devices()] == [(SENSOR, False), (OTHER, True)]
        wires.write(OTHER, w1_text(3.625))
        wires.turn()
        assert wires.said("load")[-1] == (3_625_000, Quality.GOOD)
        assert [event.origin for event in wires.spool.events(EventKind.DEVICE_BACK)] == ["load"]


def test_a_probe_at_its_power_on_value_is_read_twice_and_a_wrong_crc_is_counted(tmp_path: Path) -> None:
    with wires_in(tmp_path) as wires:
        wires.write(SENSOR, POWER_ON)
        wires.write(OTHER, PRINTED.replace(b"57", b"58"))
        wires.turn()
        assert wires.said("air") == [(None, Quality.IMPLAUSIBLE)]
        assert wires.said("load") == []
        assert wires.counters.rejected == {"checksum": 1}


def test_a_file_that_hangs_makes_its_probe_silent_and_never_holds_the_edge(tmp_path: Path) -> None:
    go_on = threading.Event()

    def hang(_: Path) -> bytes:
        go_on.wait(20)
        return w1_text(4.0)

    clock, spool, counters = HandClock(), MemorySpool(), Counters()
    intake = Intake(spool, clock, counters, "gw-1")
    watch = Watch(["air"], Silences(intake), intake, clock)
    plan = W1Plan(folder=str(tmp_path), probes={SENSOR: "air"}, poll_ms=20_000)
    folder = W1Folder(plan, {SENSOR: watch}, intake.report, clock, counters, hang)
    for _ in range(5):
        folder.tick()
        clock.forward(20_000)
    assert [event.origin for event in spool.events(EventKind.DEVICE_SILENT)] == ["air"]
    go_on.set()

    def came() -> bool:
        folder.tick()
        return bool(spool.samples("air"))

    until(came)
    folder.close()
    assert [event.origin for event in spool.events(EventKind.DEVICE_BACK)] == ["air"]
