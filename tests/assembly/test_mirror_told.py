"""What the mirror is told by rules and words: sums as reports have them, marks, devices, alarms, machines."""

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from support import store_words as words
from support.memory_store import MemoryStore
from support.mirror_more import DAY, HOUR, T0, registered
from support.mirror_points import an_alarm

from assembly.mirror_machines import disk_free, store_bytes
from assembly.mirror_told import HereTold, Machines
from coldchain.alarms import CHATTER, Alarm
from coldchain.calibration import Calibration
from coldchain.commission import WorkKind
from coldchain.entries import EntryKind
from coldchain.facts import EventKind
from coldchain.places import Gateway, Probe, Text
from coldchain.ports import Session
from coldchain.profiles import Approval, PlaceProfile
from coldchain.register import BoxQualification, Certificate
from coldchain.units import FindingKind, FindingStatus
from stores.points_devices import DeviceShown, Installed, MarkShown
from stores.points_rollups import HourSums

ZONE = ZoneInfo("Asia/Shanghai")
MIDNIGHT = T0 // DAY * DAY + DAY - 8 * HOUR  # of Shanghai
STEP = 60_000


class House:
    """A store and what the mirror is told of it."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        registered(self.store)
        self.told = HereTold(ZONE)
        self.marks: list[MarkShown] = []

    def measure(self, times: range, values: Sequence[int | None], probe: str = "fridge-1-load") -> None:
        with self.store.writing() as session:
            session.readings.append_samples(words.samples(times, values, probe=probe, epoch=f"{probe}{times[0]}"))

    def say(self, kind: EntryKind, *payloads: msgspec.Struct) -> None:
        with self.store.writing() as session:
            entries = session.ledger.append([words.draft(kind, one) for one in payloads], T0)
        with self.store.reading() as session:
            self.marks = [mark for entry in entries for mark in self.told.marks(session, entry)]

    def hour(self, from_ms: int = T0, probe: str = "fridge-1-load") -> HourSums:
        with self.store.reading() as session:
            (sums,) = self.told.hours(session, _probe(session, probe), from_ms, from_ms + HOUR)
        return sums

    def devices(self, now_ms: int = T0) -> dict[tuple[str, str], DeviceShown]:
        with self.store.reading() as session:
            return {(one.kind, one.device): one for one in self.told.devices(session, now_ms)}


def _probe(session: Session, name: str) -> Probe:
    return next(one for one in session.records.probes() if one.id == name)


def calibration(offset: int, from_ms: int = 0, serial: str = "s-1", version: int = 1) -> Calibration:
    return Calibration(
        serial=serial,
        from_ms=from_ms,
        version=version,
        offset_micro_celsius=offset,
        certificate="c-1",
        name="李华",
        post="technician",
    )


def test_an_hour_is_weighted_by_time_and_counts_what_was_outside_and_what_nobody_measured() -> None:
    house = House()
    house.measure(range(T0, T0 + 30 * STEP, STEP), [4_000_000] * 30)
    house.measure(range(T0 + 30 * STEP, T0 + 40 * STEP, STEP), [7_000_000] * 10)
    sums = house.hour()
    held = sums.unknown_ms  # the last reading holds for as long as the profile says
    assert sums.n == 40
    assert (sums.min_micro_celsius, sums.max_micro_celsius) == (4_000_000, 7_000_000)
    measured = HOUR - held
    assert sums.out_ms == measured - 30 * STEP
    assert sums.mean_micro_celsius == round((4 * 30 * STEP + 7 * sums.out_ms) * 1_000_000 / measured)
    assert 0 < held < 20 * STEP
    assert sums.kinetic_micro_celsius is None


def test_faults_and_power_on_values_are_no_temperature() -> None:
    house = House()
    house.measure(range(T0, T0 + 60 * STEP, STEP), [None, 85_000_000] * 30)
    sums = house.hour()
    assert (sums.n, sums.min_micro_celsius, sums.mean_micro_celsius, sums.unknown_ms) == (0, None, None, HOUR)


def test_a_calibration_in_force_corrects_the_hour() -> None:
    house = House()
    house.say(EntryKind.POSITION, words.position(0, required=False))
    house.say(EntryKind.CALIBRATION, calibration(-250_000))
    house.measure(range(T0, T0 + 60 * STEP, STEP), [6_125_000] * 60)
    sums = house.hour()
    assert (sums.mean_micro_celsius, sums.out_ms) == (5_875_000, 0)


def test_a_profile_for_medicines_has_its_mean_kinetic_temperature() -> None:
    house = House()
    place = msgspec.structs.replace(words.place(), profile="crt", profile_version=1)
    house.say(EntryKind.PLACE, place)
    house.measure(range(T0, T0 + 60 * STEP, STEP), [3_000_000, 7_000_000] * 30)
    sums = house.hour()
    assert sums.mean_micro_celsius == 5_000_000
    assert sums.kinetic_micro_celsius is not None
    assert 5_000_000 < sums.kinetic_micro_celsius < 7_000_000


def test_a_place_whose_profile_is_unknown_has_no_hours() -> None:
    house = House()
    house.say(EntryKind.PLACE, msgspec.structs.replace(words.place(), profile="nobody-knows"))
    with house.store.reading() as session:
        assert house.told.hours(session, _probe(session, "fridge-1-load"), T0, T0 + HOUR) == []
        day = house.told.day(session, words.place(), MIDNIGHT, MIDNIGHT + DAY)
        assert (day.sums.measured_ms, day.sums.unknown_ms, day.cooling) == (0, DAY, ())


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/Santiago"])
def test_days_begin_at_the_local_midnight_also_where_the_clock_is_changed(zone: str) -> None:
    told = HereTold(ZoneInfo(zone))
    at_ms = told.midnight(T0)
    for _ in range(400):
        following = told.midnight(at_ms, 1)
        assert told.midnight(following - 1) == at_ms
        assert told.midnight(following) == following
        assert 22 * HOUR < following - at_ms < 26 * HOUR
        at_ms = following


def test_a_day_has_its_excursions_its_doors_and_its_load_probes() -> None:
    house = House()
    minutes = range(MIDNIGHT, MIDNIGHT + DAY, STEP)
    house.measure(minutes, [4_000_000] * 1_430 + [8_000_000] * 10)
    house.measure(minutes, [9_000_000] * 1_440, "fridge-1-air")
    began = [words.finding("f-1", start_ms=MIDNIGHT), words.finding("f-2", start_ms=MIDNIGHT - 1)]
    gone = words.finding("f-3", start_ms=MIDNIGHT + 1, status=FindingStatus.WITHDRAWN, end_ms=MIDNIGHT + 2)
    dark = words.finding("f-4", start_ms=MIDNIGHT + 1, kind=FindingKind.UNMEASURED, direction=None)
    house.say(EntryKind.FINDING, *began, gone, dark)
    said = [
        (-HOUR, "door-opened"),
        (HOUR, "door-closed"),
        (2 * HOUR, "door-opened"),
        (2 * HOUR + 30_000, "door-closed"),
    ]
    events = [words.event(n, taken_ms=MIDNIGHT + at, kind=kind) for n, (at, kind) in enumerate(said, 1)]
    house.say(EntryKind.DEVICE_EVENT, *events)
    with house.store.reading() as session:
        day = house.told.day(session, words.place(), MIDNIGHT, MIDNIGHT + DAY)
    sums = day.sums
    assert (sums.occasions, sums.door_openings, sums.door_ms) == (1, 1, HOUR + 30_000)
    assert (sums.out_ms, sums.unknown_ms, sums.measured_ms) == (10 * STEP, 0, DAY)
    assert (sums.min_micro_celsius, sums.max_micro_celsius) == (4_000_000, 8_000_000)
    assert [(one.probe, one.cycles, one.duty) for one in day.cooling] == [("fridge-1-air", 0, None)]


def test_the_air_tells_how_much_of_a_day_it_was_cooled() -> None:
    house = House()
    half = [2_000_000 + 100_000 * n for n in range(30)]  # 30 min up, 10 min down
    cycle = [*half, *(5_000_000 - 300_000 * n for n in range(10))]
    house.measure(range(MIDNIGHT, MIDNIGHT + DAY, STEP), (cycle * 36)[:1_440], "fridge-1-air")
    with house.store.reading() as session:
        (cooling,) = house.told.day(session, words.place(), MIDNIGHT, MIDNIGHT + DAY).cooling
    assert 33 <= cooling.cycles <= 36
    assert cooling.duty is not None
    assert 2_000 < cooling.duty < 3_000


def test_a_journey_is_of_the_worst_probe_and_knows_how_long_its_packing_keeps() -> None:
    house = House()
    house.measure(range(T0, T0 + HOUR, STEP), [5_000_000] * 60, "box-1-load")
    house.measure(range(T0, T0 + HOUR, STEP), [5_000_000] * 30 + [15_000_000] * 30, "box-1-air")
    ready = words.event(
        1, origin="box-1", gateway="box-1", place="", kind="box-ready", taken_ms=T0, details={"until_ms": T0 + 9}
    )
    house.say(EntryKind.DEVICE_EVENT, ready)
    with house.store.reading() as session:
        box = session.records.place("box-1")
        assert box is not None
        sums = house.told.trip(session, box, T0, T0 + HOUR)
        nothing = house.told.trip(session, box, T0, T0)
    assert (sums.out_ms, sums.unknown_ms, sums.measured_ms) == (30 * STEP, 0, HOUR)
    assert (sums.min_micro_celsius, sums.max_micro_celsius) == (5_000_000, 15_000_000)
    assert sums.qualified_until_ms == T0 + 9
    assert (nothing.measured_ms, nothing.min_micro_celsius) == (0, None)


def test_a_calibration_is_marked_where_its_instrument_hung_and_nowhere_else_any_more() -> None:
    house = House()
    house.say(EntryKind.POSITION, words.position(1_000))
    house.say(EntryKind.CALIBRATION, calibration(-62_500, 5_000))
    assert [(one.place, one.at_ms, one.stands, one.subject) for one in house.marks] == [
        ("fridge-1", 5_000, True, "s-1")
    ]
    assert house.marks[0].title == Text(zh="校准修正 -0.0625 °C（s-1）", en="calibration -0.0625 °C (s-1)")
    house.say(EntryKind.POSITION, words.position(4_000, probe="fridge-2-load", place="fridge-2"))
    assert [(one.place, one.stands) for one in house.marks] == [("fridge-1", False), ("fridge-2", True)]


def test_work_profiles_and_defrosts_are_marked_in_both_languages() -> None:
    house = House()
    house.say(EntryKind.WORK_STATE, words.work(7_000, kind=WorkKind.OUT_OF_USE, probe=""))
    assert [(one.kind, one.subject, one.title) for one in house.marks] == [
        ("service", "fridge-1", Text(zh="停用", en="out of use"))
    ]
    house.say(EntryKind.DEVICE_EVENT, words.event(1, kind=EventKind.DEFROST_BEGAN.value, origin="d-1"))
    assert [(one.kind, one.subject, one.place) for one in house.marks] == [("defrost", "d-1", "fridge-1")]
    house.say(EntryKind.DEVICE_EVENT, words.event(2))
    assert house.marks == []
    signed = {"name": "李华", "post": "QM", "reason": "r"}
    kept = PlaceProfile(
        place="fridge-1",
        profile="cn-rbc",
        version=3,
        from_ms=9_000,
        at_ms=8_000,
        second_name="王",
        second_post="QM",
        **signed,
    )
    house.say(EntryKind.PLACE_PROFILE, kept)
    assert [(one.at_ms, one.stands, one.title.en) for one in house.marks] == [(9_000, True, "keeps cn-rbc edition 3")]
    word = Approval(profile="cn-rbc", version=3, sha256="00" * 32, approved=False, at_ms=8_000, **signed)
    house.say(EntryKind.PROFILE_APPROVAL, word)
    assert [(one.place, one.title.en) for one in house.marks] == [("none", "cn-rbc edition 3 not approved")]


def test_every_registered_device_is_listed_with_what_is_due_and_whether_it_counts() -> None:
    house = House()
    probe = msgspec.structs.replace(words.probe(), serial="s-1")
    house.say(EntryKind.PROBE, probe)
    house.say(EntryKind.READER, words.reader())
    house.say(EntryKind.GATEWAY, Gateway(id="gw-9", site="storage-2"))
    certificate = Certificate(
        serial="s-1",
        number="c-1",
        lab="l",
        calibrated_ms=5,
        due_ms=6,
        points=(),
        tolerance_micro_celsius=1,
        name="n",
        post="p",
    )
    house.say(EntryKind.CALIBRATION_CERTIFICATE, certificate)
    house.say(EntryKind.CALIBRATION, calibration(-62_500, 7))
    good = BoxQualification(
        box="box-1",
        number="q",
        profile="cn-rbc",
        done_ms=8,
        due_ms=9,
        lasts_minutes=1,
        conclusion="",
        name="n",
        post="p",
    )
    house.say(EntryKind.BOX_QUALIFICATION, good)
    found = house.devices()
    assert list(found) == sorted(found)
    load = found["probe", "fridge-1-load"]
    assert (load.serial, load.calibrated_ms, load.due_ms, load.due_word) == ("s-1", 5, 6, "calibration")
    assert (load.offset_micro_celsius, load.confirmed, load.gateway) == (-62_500, True, "gw-1")
    assert load.name == Text(zh="一号血液冰箱 载荷探头", en="Fridge 1, load probe")
    assert (found["box", "box-1"].due_ms, found["box", "box-1"].due_word) == (9, "qualification")
    assert (found["gateway", "gw-9"].site, found["gateway", "gw-9"].place) == ("storage-2", "site")
    assert found["gateway", "box-1"].place == "box-1"
    assert (found["contact", "site-mains"].place, found["contact", "site-mains"].name.zh) == ("site", "市电 site-mains")
    assert found["reader", "fridge-1-reader"].site == "storage-1"


def test_nobody_is_said_to_have_confirmed_what_nobody_confirmed() -> None:
    house = House()
    others = {one.installed for (kind, _), one in house.devices().items() if kind != "probe"}
    assert others == {Installed.NOT_APPLICABLE}

    def load() -> tuple[Installed, bool]:
        found = house.devices()["probe", "fridge-1-load"]
        return found.installed, found.confirmed

    assert load() == (Installed.NOBODY, True)
    house.say(EntryKind.POSITION, words.position(0, required=True))
    assert load() == (Installed.NOT_CONFIRMED, False)
    house.say(EntryKind.COMMISSIONING, words.commissioning(T0 - 20))
    assert load() == (Installed.CONFIRMED, True)
    house.say(EntryKind.POSITION, words.position(T0 - 10, required=False, line="2"))
    assert load() == (Installed.NOBODY, True), "it hangs elsewhere since"


@pytest.mark.parametrize(
    ("alarm", "zh", "en"),
    [
        (an_alarm(values={"direction": "too-cold"}), "一号血液冰箱 ", "Fridge 1, "),
        (an_alarm(place="", subject="gw-1", rule="A44"), "gw-1 ", "gw-1, "),
        (an_alarm(finding=CHATTER, values={"raises": 7}), "反复出现 7 次", "comes and goes: 7 times"),
    ],
    ids=["a place", "a site", "one that comes and goes"],
)
def test_the_title_of_an_alarm_says_where_and_what_in_one_line(alarm: Alarm, zh: str, en: str) -> None:
    house = House()
    with house.store.reading() as session:
        title = house.told.alarm(session, alarm).title
    assert zh in title.zh
    assert en in title.en
    assert "\n" not in title.zh + title.en


def test_who_has_no_machines_knows_nothing_of_them_and_a_gateway_is_there_for_three_minutes(tmp_path: Path) -> None:
    told = HereTold(ZONE, Machines())
    assert (told.health(), told.counted(), told.centre().uptime_s) == ({}, {}, 0)
    assert [told.online(heard_ms, 1_000_000) for heard_ms in (None, 819_999, 820_001)] == [False, False, True]
    assert store_bytes(tmp_path) is None
    assert disk_free(tmp_path / "nowhere") is None
    (tmp_path / "hot.sqlite").write_bytes(b"12345")
    assert store_bytes(tmp_path) == 5
    assert (disk_free(tmp_path) or 0) > 0
