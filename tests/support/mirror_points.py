"""A point of every measurement that sums up or snapshots make, with every field that it can have."""

from collections.abc import Iterator

import msgspec

from coldchain.alarms import Alarm, Severity, SubjectKind
from coldchain.arrival import Arrival
from coldchain.closed_loop import StockRow
from coldchain.places import Text
from stores.lines import Real
from stores.points_alarms import AlarmSaid, alarm_line, alarm_list_line, counted_lines
from stores.points_devices import (
    CENTRE,
    GATEWAY_STATE,
    INGEST,
    REJECTED,
    DeviceShown,
    MarkShown,
    device_line,
    mark_line,
)
from stores.points_rollups import (
    TEMPERATURE_1H,
    CoolingDay,
    DaySums,
    HourSums,
    cooling_line,
    day_line,
    hour_line,
)
from stores.points_stock import SiteStock, Trip, TripSums, site_stock_line, stock_line, trip_line

SITE = "storage-1"
TITLE = Text(zh="储血冰箱 1 偏高", en="Blood fridge 1 too warm")
SAID = AlarmSaid(state="active", waits=True, title=TITLE)
HOUR_MS = 3_600_000


def an_alarm(**changes: object) -> Alarm:
    """Return an alarm of a fridge that waits for somebody."""
    alarm = Alarm(
        id="a-1",
        version=1,
        rule="A01",
        subject_kind=SubjectKind.PROBE,
        subject="fridge-1-load",
        site=SITE,
        place="fridge-1",
        severity=Severity.CRITICAL,
        now=Severity.HIGH,
        since_ms=1_000,
        raised_ms=2_000,
        finding="f-1",
        waiting_ms=2_000,
        changed_ms=2_000,
    )
    return msgspec.structs.replace(alarm, **changes)


def an_hour() -> HourSums:
    """Return the sums of an hour."""
    return HourSums(
        from_ms=HOUR_MS,
        n=360,
        min_micro_celsius=2_062_500,
        max_micro_celsius=6_500_000,
        mean_micro_celsius=4_000_001,
        kinetic_micro_celsius=4_100_000,
        out_ms=70_999,
        unknown_ms=1_000,
    )


def a_trip(**changes: object) -> Trip:
    """Return a journey that goes on."""
    sums = TripSums(
        min_micro_celsius=2_000_000,
        max_micro_celsius=9_000_000,
        out_ms=5_000,
        unknown_ms=0,
        measured_ms=30_000,
        qualified_until_ms=90_000,
    )
    trip = Trip(
        id="pl-1",
        box="box-1",
        site=SITE,
        destination="市医院",
        packed_ms=10_000,
        departed_ms=20_000,
        arrived_ms=None,
        over_ms=None,
        units=12,
        sums=sums,
        arrival=Arrival(at_ms=60_000, journeys=3),
    )
    return msgspec.structs.replace(trip, **changes)


def a_device() -> DeviceShown:
    """Return a probe that was calibrated."""
    return DeviceShown(
        device="fridge-1-load",
        kind="probe",
        place="fridge-1",
        site=SITE,
        name=TITLE,
        gateway="gw-1",
        serial="28-01",
        calibrated_ms=1,
        due_ms=2,
        due_word="calibration",
        offset_micro_celsius=-125_000,
    )


def summed_lines() -> Iterator[bytes]:
    """Yield a complete point of every such measurement."""
    yield hour_line(TEMPERATURE_1H.series("fridge-1", "fridge-1-load", "load", SITE), an_hour(), complete=True)
    day = DaySums(
        from_ms=0,
        out_ms=1_000,
        unknown_ms=2_000,
        measured_ms=86_398_000,
        min_micro_celsius=2_000_000,
        max_micro_celsius=7_000_000,
        occasions=1,
        door_openings=9,
        door_ms=99_000,
    )
    yield day_line("fridge-1", SITE, day, complete=False)
    cooling = CoolingDay(probe="fridge-1-air", from_ms=0, cycles=40, duty=3_512)
    yield cooling_line("fridge-1", SITE, cooling, complete=True)
    yield alarm_line(an_alarm(), SAID, "", 39)
    yield alarm_list_line(an_alarm(), SAID, "", 39, 0)
    yield from counted_lines([(an_alarm(), True)], [SITE], 5_000)
    yield device_line(a_device(), 1_000)
    yield mark_line(
        MarkShown(kind="calibration", place="fridge-1", site=SITE, subject="28-01", at_ms=1_000, title=TITLE)
    )
    yield from _of_the_minute()
    row = StockRow(
        place="fridge-1",
        component="red-cells",
        blood_group="A+",
        inside=40,
        released=30,
        first_expiry_ms=9_000,
        expiring=2,
    )
    yield stock_line(row, SITE, 1_000)
    stock = SiteStock(
        site=SITE,
        component="red-cells",
        blood_group="A+",
        released=30,
        waiting=0,
        aside=10,
        used=100,
        cover_tenths=84,
        level="yellow",
        low=True,
        limit=40,
    )
    yield site_stock_line(stock, 1_000)
    yield trip_line(a_trip(), 50_000)


def _of_the_minute() -> Iterator[bytes]:
    for measurement, tags in (
        (GATEWAY_STATE, ("gw-1", SITE)),
        (INGEST, ("gw-1", SITE)),
        (REJECTED, ("gw-1", "clock-unset", SITE)),
        (CENTRE, ("centre",)),
    ):
        values: dict[str, int | str | Real | None] = {
            name: "word" if kind is str else 7 for name, kind in measurement.fields.items()
        }
        yield measurement.point(measurement.series(*tags), values, 1_000)
