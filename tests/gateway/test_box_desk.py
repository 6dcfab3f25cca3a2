"""A gateway that is a box: probes, lid, receiver, battery and button in; what it concludes, lamp and beeper out."""

import os
from pathlib import Path

import pytest
from support.hand_clock import HandClock
from support.memory_spool import MemorySpool
from support.pty_adapter import Adapter
from support.spools import T0_MS

from coldchain.errors import SpoolFullError
from coldchain.facts import DeviceEvent, EventKind, Quality, Sample
from coldchain.places import ContactKind
from coldchain.radio import SignalUnit
from firmware_sim import box_gps
from gateway.box_desk import BATTERY_MS, LOOK_MS, POSITION_MS, STALE_MS, BoxDesk, BoxEar
from gateway.box_ground import Point
from gateway.box_words import Area, BoxRules
from gateway.contacts import ContactBook
from gateway.counters import Counters
from gateway.decoders.heard import InputsRead
from gateway.intake import Intake
from gateway.links.line import Line
from gateway.links.serial_port import open_port
from gateway.plan import BoxPlan, ContactPlan, InputPlan
from gateway.radio import LOOK_MS as RADIO_LOOK_MS
from gateway.radio import SIGNAL_MS
from gateway.reads import CENTRE_READS
from gateway.siren import FileSwitch, Siren

UP_MS = 900_000
LOAD, AIR, LID = "box-1-load", "box-1-air", "box-1-lid"
CONTACTS = ContactPlan(slave=2, poll_ms=1_000, inputs=(InputPlan(contact=LID, number=0, kind=ContactKind.LID),))
HOME = (289_421_000, 1_188_736_000)
AREA = Area(name="station", middle=Point(*HOME), radius_m=200)
RULES = BoxRules(low_micro_celsius=2_000_000, high_micro_celsius=10_000_000, areas=(AREA,))


class Bench:
    """One box on a hand clock; its receiver is a pseudo-terminal."""

    def __init__(self, folder: Path, *, gps: str = "gps", lid: str | None = LID) -> None:
        self.folder = folder
        self.clock = HandClock(T0_MS, boottime_ms=UP_MS)
        self.spool, self.counters = MemorySpool(), Counters()
        self.gps = Adapter(folder / gps)
        self.alarm_elsewhere: frozenset[str] = frozenset()
        self.lid_open: bool | None = False  # None: nobody looks at it
        self.contacts = ContactBook(None)
        for name in ("lamp", "beeper", "button", "battery"):
            (folder / name).write_text("80" if name == "battery" else "0")
        plan = BoxPlan(
            gateway="box-1",
            rules=RULES,
            load=(LOAD,),
            air=(AIR,),
            lid=lid,
            gps=str(folder / gps),
            button=folder / "button",
            battery=folder / "battery",
            signal=(folder / "signal", SignalUnit.CSQ),
        )
        self.desk = BoxDesk(
            plan,
            Intake(self.spool, self.clock, self.counters, "box-1"),
            self.clock,
            self.counters,
            Line(str(folder / gps), 9_600, open_port, self.clock, self.counters),
            [Siren(FileSwitch(folder / "lamp"), self.clock)],
            [Siren(FileSwitch(folder / "beeper"), self.clock)],
            lambda probe: probe in self.alarm_elsewhere,
        )
        self.ear = BoxEar(self.spool, self.desk)

    def measure(self, celsius: float | None) -> None:
        micro = None if celsius is None else round(celsius * 1_000_000)
        quality = Quality.NO_SENSOR if micro is None else Quality.GOOD
        stamp = {"taken_ms": self.clock.now_ms(), "boottime_ms": self.clock.boottime_ms()}
        self.ear.accept(
            [Sample(seq=0, origin=origin, micro_celsius=micro, quality=quality, **stamp) for origin in (LOAD, AIR)]
        )

    def lid(self, *, is_open: bool | None) -> None:
        self.lid_open = is_open
        self.poll()
        self.desk.tick()

    def poll(self) -> list[DeviceEvent]:
        if self.lid_open is None:
            return []
        now_ms, up_ms = self.clock.now_ms(), self.clock.boottime_ms()
        heard = InputsRead(slave=2, bits=(self.lid_open,))
        events, looks = self.contacts.take(CONTACTS, heard, now_ms, up_ms)
        for look in looks:
            self.desk.look(look, up_ms)
        return events

    def minutes(self, number: int, celsius: float | None = 4.0) -> None:
        for _ in range(number):
            self.clock.forward(ms=LOOK_MS)
            self.measure(celsius)
            self.poll()
            self.desk.tick()

    def press(self) -> None:
        (self.folder / "button").write_text("1")
        self.desk.tick()
        self.desk.tick()  # it is still held down
        (self.folder / "button").write_text("0")
        self.desk.tick()

    def receive(self, where: tuple[int, int] | None, *, spoilt: bool = False) -> None:
        line = box_gps.sentence(self.clock.now_ms(), where)
        os.write(self.gps.master, line.replace(b"A", b"B", 1) if spoilt else line)
        self.desk.tick()

    def shows(self, name: str) -> bool:
        return (self.folder / name).read_text().startswith("1")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.desk.tick()
    return made


def test_a_box_is_cooled_packed_and_runs_out_and_its_lamp_shows_it(bench: Bench) -> None:
    bench.press()
    bench.minutes(29)
    assert not bench.shows("lamp")
    bench.minutes(3)
    assert bench.shows("lamp")
    bench.lid(is_open=True)
    bench.lid(is_open=False)
    packed_ms = bench.clock.now_ms()
    ready = bench.spool.events(EventKind.BOX_READY)
    assert [event.details.get("until_ms") for event in ready] == [None, packed_ms + RULES.qualified_ms]
    assert {event.origin for event in ready} == {"box-1"}
    bench.minutes(331)
    assert not bench.shows("lamp")
    (over,) = bench.spool.events(EventKind.QUALIFICATION_OVER)
    assert over.details["until_ms"] == packed_ms + RULES.qualified_ms
    assert over.earliest_ms == packed_ms + RULES.qualified_ms
    assert len(bench.spool.events(EventKind.PRECONDITIONING_BEGAN)) == 1, "one press is one beginning"


def test_a_step_of_the_wall_clock_makes_no_box_ready(bench: Bench) -> None:
    bench.press()
    bench.minutes(5)
    bench.clock.step_wall(3_600_000)
    bench.minutes(5)
    assert bench.spool.events(EventKind.BOX_READY) == []
    reasons = [event.details["reason"] for event in bench.spool.events(EventKind.BOX_NOT_READY)]
    assert reasons == ["time"]


def test_a_probe_that_is_silent_or_broken_gives_no_temperature(bench: Bench) -> None:
    bench.press()
    bench.minutes(2, None)
    assert bench.spool.events(EventKind.BOX_NOT_READY)[-1].details["reason"] == "no-reading"
    bench.minutes(40)
    for _ in range(STALE_MS // LOOK_MS + 1):
        bench.clock.forward(ms=LOOK_MS)
        bench.desk.tick()
    assert bench.spool.events(EventKind.BOX_NOT_READY)[-1].details["reason"] == "no-reading"


def test_it_beeps_and_says_so_unless_the_alarm_of_the_gateway_does(bench: Bench) -> None:
    bench.minutes(12, 12.0)
    assert bench.shows("beeper")
    assert [event.origin for event in bench.spool.events(EventKind.ALARM_RAISED)] == [LOAD, AIR]
    bench.alarm_elsewhere = frozenset({LOAD, AIR})
    bench.minutes(1, 4.0)
    assert not bench.shows("beeper")
    assert len(bench.spool.events(EventKind.ALARM_CLEARED)) == 2, "what was said here is ended here"
    bench.minutes(12, 12.0)
    assert bench.shows("beeper")
    assert len(bench.spool.events(EventKind.ALARM_RAISED)) == 2


def test_a_probe_that_the_alarm_of_the_gateway_does_not_judge_is_still_said(bench: Bench) -> None:
    bench.alarm_elsewhere = frozenset({LOAD})
    bench.minutes(12, 12.0)
    assert [event.origin for event in bench.spool.events(EventKind.ALARM_RAISED)] == [AIR]


def reasons(bench: Bench) -> list[int | str]:
    return [event.details["reason"] for event in bench.spool.events(EventKind.BOX_NOT_READY)]


def test_a_lid_that_stands_open_over_a_restart_is_open(bench: Bench) -> None:
    bench.lid(is_open=True)
    book = bench.contacts.encode()
    again = Bench(bench.folder, gps="gps-2")
    again.contacts, again.lid_open = ContactBook(book), True
    assert again.poll() == [], "it has no new word to say"
    again.press()
    again.minutes(40)
    assert reasons(again) == ["lid-open"]
    again.lid_open = False
    again.minutes(31)
    assert len(again.spool.events(EventKind.BOX_READY)) == 1


def test_until_the_lid_was_seen_no_box_is_ready(bench: Bench) -> None:
    bench.lid_open = None
    bench.press()
    bench.minutes(40)
    assert (reasons(bench), bench.spool.events(EventKind.BOX_READY)) == (["lid-unknown"], [])
    bench.lid_open = False
    bench.minutes(31)
    assert reasons(bench) == ["lid-unknown", "time"]
    assert bench.shows("lamp")


@pytest.mark.parametrize("is_open", [False, True])
def test_a_lid_that_nobody_sees_any_more_is_not_taken_to_be_shut(bench: Bench, *, is_open: bool) -> None:
    bench.press()
    bench.minutes(31)
    assert bench.shows("lamp")
    bench.lid(is_open=is_open)
    bench.lid_open = None
    bench.minutes(STALE_MS // LOOK_MS - 1)
    assert bench.shows("lamp")
    bench.minutes(1)
    assert not bench.shows("lamp")
    assert reasons(bench)[-1] == "lid-unknown"
    bench.lid(is_open=False)
    assert len(bench.spool.events(EventKind.BOX_READY)) == 1, "nobody saw that it was packed"


def test_a_box_without_a_lid_contact_needs_none(bench: Bench) -> None:
    again = Bench(bench.folder, gps="gps-2", lid=None)
    again.lid_open = None
    again.press()
    again.minutes(31)
    assert again.shows("lamp")


def test_the_receiver_on_its_line_gives_positions_and_areas(bench: Bench) -> None:
    bench.receive(HOME)
    (position,) = bench.spool.events(EventKind.POSITION)
    assert abs(int(position.details["latitude_e7"]) - HOME[0]) <= 1
    assert [event.details["area"] for event in bench.spool.events(EventKind.AREA_ENTERED)] == ["station"]
    bench.clock.forward(ms=POSITION_MS - 1_000)
    bench.receive(HOME)
    assert len(bench.spool.events(EventKind.POSITION)) == 1, "once in five minutes"
    bench.clock.forward(ms=1_000)
    bench.receive((HOME[0] + 1_000_000, HOME[1]))
    assert len(bench.spool.events(EventKind.AREA_LEFT)) == 1
    bench.clock.forward(ms=POSITION_MS)
    bench.receive(None)
    assert len(bench.spool.events(EventKind.POSITION)) == 2, "without a fix nothing is concluded"


def test_a_receiver_that_is_unplugged_or_talks_nonsense_stops_nothing(bench: Bench) -> None:
    bench.receive(HOME, spoilt=True)
    assert (bench.spool.events(EventKind.POSITION), bench.counters.rejected["checksum"]) == ([], 1)
    bench.gps.unplug()
    bench.clock.forward(ms=1_000)
    bench.desk.tick()
    assert sum(bench.counters.ports_lost.values()) == 1
    bench.gps.plug()
    bench.clock.forward(ms=60_000)
    bench.desk.tick()
    bench.receive(HOME)
    assert len(bench.spool.events(EventKind.POSITION)) == 1


def test_a_low_battery_is_said_and_hinders(bench: Bench) -> None:
    (bench.folder / "battery").write_text("15\n")
    bench.clock.forward(ms=BATTERY_MS)
    bench.press()
    bench.minutes(1)
    assert bench.spool.events(EventKind.BATTERY)[-1].details == {"percent": 15}
    assert bench.spool.events(EventKind.BOX_NOT_READY)[-1].details["reason"] == "battery-low"
    (bench.folder / "battery").write_text("broken")
    bench.clock.forward(ms=BATTERY_MS)
    bench.desk.tick()
    assert len(bench.spool.events(EventKind.BATTERY)) == 2, "that of the start, and the low one"


def test_a_modem_says_its_strength_once_the_centre_asks_for_it_and_99_says_nothing(bench: Bench) -> None:
    (bench.folder / "signal").write_text("20\n")
    bench.desk.tick()
    assert bench.spool.events(EventKind.SIGNAL) == []
    bench.spool.states[CENTRE_READS] = b'["signal"]'
    bench.clock.forward(ms=RADIO_LOOK_MS)
    bench.desk.tick()
    bench.desk.tick()
    for text in ("99", "x", "-", "5"):
        (bench.folder / "signal").write_text(text)
        bench.clock.forward(ms=SIGNAL_MS)
        bench.desk.tick()
    said = [(event.origin, event.details) for event in bench.spool.events(EventKind.SIGNAL)]
    assert said == [("box-1", {"rssi_dbm": -73}), ("box-1", {"rssi_dbm": -103})]


def test_a_spool_that_is_full_does_not_make_the_box_deaf(bench: Bench) -> None:
    bench.spool.full = True
    for _ in range(12):
        bench.clock.forward(ms=LOOK_MS)
        with pytest.raises(SpoolFullError):
            bench.measure(12.0)
        bench.desk.tick()
    assert bench.shows("beeper")
