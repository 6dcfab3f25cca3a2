"""What the day of the boards (support.board_data) has beside readings and states: sums, alarms, devices, stock, trips.

Of the same six places and the same day, so that a board shows one story: fridge-1 too warm and nobody has acknowledged
it, fridge-2's excursion long looked at, an alarm of the agitator that somebody is on his way to, box-1 on the road and
unheard, gw-1 with a spool that empties. Lines out of the mirror's own encoder.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from support.board_sums import day_lines, hour_lines
from support.mirror_points import an_alarm

from coldchain.alarms import Alarm, Severity, SubjectKind
from coldchain.closed_loop import StockRow
from coldchain.places import Place, ProbeRole, Text
from stores.lines import Measurement, Value
from stores.points_alarms import AlarmSaid, alarm_line, counted_lines
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
from stores.points_stock import SiteStock, Trip, TripSums, site_stock_line, stock_line, trip_line

SITE: Final = "storage-1"
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
SUMMED_DAYS: Final = 30
Fields = Mapping[str, Value | None]

BAGS: Final = (  # place, component, group, inside, released, first expiry in hours, expire in 24 h
    ("fridge-1", "red-cells", "A+", 12, 0, 20, 2),
    ("fridge-1", "red-cells", "O+", 18, 0, 200, 0),
    ("fridge-2", "red-cells", "O-", 4, 4, 90, 0),
    ("fridge-2", "red-cells", "B+", 18, 16, 30, 0),
    ("freezer-1", "plasma", "AB+", 64, 64, 4_000, 0),
    ("platelet-1", "platelets", "O+", 6, 6, 18, 3),
    ("box-1", "red-cells", "A+", 5, 5, 300, 0),
)


def more_lines(places: Mapping[str, Place], end_ms: int, *, days: int = SUMMED_DAYS) -> Iterator[bytes]:
    """Yield all of it up to end_ms; sums of hours and days go back so many days."""
    yield from hour_lines(places, end_ms, days)
    yield from day_lines(places, end_ms, days)
    yield from _alarms(end_ms)
    yield from _devices(places, end_ms)
    yield from _marks(end_ms)
    yield from _minutes(end_ms)
    yield from _stock(end_ms)
    yield from _trips(end_ms)


def now_lines(now_ms: int) -> Iterator[bytes]:
    """Yield what is said of the present again and again: alarms, health, intake, stock."""
    yield from counted_lines([(alarm, said.waits) for alarm, said, _, _ in _told(now_ms)], [SITE], now_ms)
    yield from _minute(now_ms, now_ms)
    yield from _stock_now(now_ms)


def _told(end_ms: int) -> Iterator[tuple[Alarm, AlarmSaid, str, int]]:
    """Yield alarms, what people are told of each, who acknowledged it, and units."""
    rows = (
        ("a-warm", "A01", "fridge-1-load", "fridge-1", Severity.CRITICAL, "f-warm", 7 * HOUR_MS, "active", 31),
        ("a-still", "A11", "platelet-1-motion", "platelet-1", Severity.HIGH, "", 2 * MINUTE_MS, "on-site", 0),
        ("a-fault", "A30", "fridge-2-air", "fridge-2", Severity.MEDIUM, "f-fault", 85 * MINUTE_MS, "acknowledged", 0),
        ("a-box", "A44", "box-1", "box-1", Severity.HIGH, "", 5 * HOUR_MS, "active", 0),
        ("a-cold", "A01", "fridge-2-load", "fridge-2", Severity.CRITICAL, "f-cold", 15 * HOUR_MS, "over", 2),
        ("a-mains", "A06", "site-mains", "", Severity.HIGH, "", 13 * HOUR_MS, "cleared", 0),
    )
    titles = {
        "a-warm": ("储血冰箱 1 超出储存限值：偏高", "Blood fridge 1, storage limit exceeded: too warm"),
        "a-still": ("血小板振荡保存箱 1 振荡停止", "Platelet agitator 1, agitation stopped"),
        "a-fault": ("储血冰箱 2 空气探头故障", "Blood fridge 2, air probe failed"),
        "a-box": ("运血箱 1 网关无数据", "Courier box 1, gateway silent"),
        "a-cold": ("储血冰箱 2 超出储存限值：偏低", "Blood fridge 2, storage limit exceeded: too cold"),
        "a-mains": ("站点停电", "Mains lost at the site"),
    }
    for name, rule, subject, place, severity, finding, ago_ms, state, units in rows:
        seen = state in {"on-site", "acknowledged", "over"}
        over = state in {"over", "cleared"}
        alarm = an_alarm(
            id=name,
            rule=rule,
            subject=subject,
            subject_kind=SubjectKind.PROBE,
            place=place,
            site=SITE,
            severity=severity,
            now=severity,
            finding=finding,
            since_ms=end_ms - ago_ms - 5 * MINUTE_MS,
            raised_ms=end_ms - ago_ms,
            waiting_ms=end_ms - ago_ms,
            acknowledged_ms=end_ms - ago_ms + 4 * MINUTE_MS if seen else None,
            cleared_ms=end_ms - ago_ms + 30 * MINUTE_MS if over else None,
        )
        zh, en = titles[name]
        said = AlarmSaid(state=state, waits=state in {"active", "cleared"}, title=Text(zh=zh, en=en))
        yield alarm, said, "王敏, 夜班护士" if seen else "", units


def _alarms(end_ms: int) -> Iterator[bytes]:
    for alarm, said, acked_by, units in _told(end_ms):
        yield alarm_line(alarm, said, acked_by, units)
    for at in range(end_ms - HOUR_MS, end_ms + 1, 10_000):
        yield from counted_lines([(one, said.waits) for one, said, _, _ in _told(end_ms)], [SITE], at)


def _devices(places: Mapping[str, Place], end_ms: int) -> Iterator[bytes]:
    for at in range(end_ms - 3 * HOUR_MS, end_ms + 1, HOUR_MS):
        for gateway in ("gw-1", "box-1"):
            name = Text(zh=f"网关 {gateway}", en=f"Gateway {gateway}")
            yield device_line(DeviceShown(device=gateway, kind="gateway", place="site", site=SITE, name=name), at)
        for place, one in places.items():
            yield from (device_line(_probe(place, one.name, role, end_ms), at) for role in ProbeRole)
            door = Text(zh=f"{one.name.zh} 门磁", en=f"{one.name.en}, door contact")
            named = DeviceShown(device=f"{place}-door", kind="contact", place=place, site=SITE, name=door)
            yield device_line(named, at)
        reader = Text(zh="储血冰箱 1 读写器", en="Blood fridge 1, tag reader")
        yield device_line(
            DeviceShown(
                device="fridge-1-reader", kind="reader", place="fridge-1", site=SITE, name=reader, gateway="gw-1"
            ),
            at,
        )
        yield device_line(
            DeviceShown(
                device="box-1",
                kind="box",
                place="box-1",
                site=SITE,
                name=places["box-1"].name,
                calibrated_ms=end_ms - 300 * DAY_MS,
                due_ms=end_ms + 65 * DAY_MS,
                due_word="qualification",
            ),
            at,
        )


def _probe(place: str, name: Text, role: ProbeRole, end_ms: int) -> DeviceShown:
    words = {ProbeRole.LOAD: Text(zh="载荷探头", en="load probe"), ProbeRole.AIR: Text(zh="空气探头", en="air probe")}
    late = place == "freezer-1"
    return DeviceShown(
        device=f"{place}-{role}",
        kind="probe",
        place=place,
        site=SITE,
        name=Text(zh=f"{name.zh} {words[role].zh}", en=f"{name.en}, {words[role].en}"),
        gateway="box-1" if place == "box-1" else "gw-1",
        serial=f"28-{place}-{role}",
        calibrated_ms=end_ms - (370 if late else 200) * DAY_MS,
        due_ms=end_ms + (-5 if late else 165) * DAY_MS,
        due_word="calibration",
        offset_micro_celsius=-62_500,
        confirmed=place != "fridge-3",
    )


def _marks(end_ms: int) -> Iterator[bytes]:
    rows = (
        ("calibration", "fridge-1", "28-fridge-1-load", 20 * HOUR_MS, "校准修正 −0.0625 °C", "calibration: −0.0625 °C"),
        (
            "profile",
            "fridge-1",
            "cn-rbc",
            18 * HOUR_MS,
            "执行温控方案 cn-rbc 第 2 版",
            "keeps profile cn-rbc edition 2",
        ),
        ("service", "freezer-1", "freezer-1", 12 * HOUR_MS, "停用：检修", "out of use: service"),
        *(
            (
                "defrost",
                "freezer-1",
                "freezer-1-defrost",
                n * 8 * HOUR_MS + 28 * MINUTE_MS,
                "化霜开始",
                "defrost begins",
            )
            for n in (1, 2)
        ),
    )
    for kind, place, subject, ago_ms, zh, en in rows:
        mark = MarkShown(
            kind=kind, place=place, site=SITE, subject=subject, at_ms=end_ms - ago_ms, title=Text(zh=zh, en=en)
        )
        yield mark_line(mark)


def _minutes(end_ms: int) -> Iterator[bytes]:
    for at in range(end_ms - 24 * HOUR_MS, end_ms + 1, MINUTE_MS):
        yield from _minute(at, end_ms)


def _minute(at_ms: int, end_ms: int) -> Iterator[bytes]:
    """Yield what is said each minute; gw-1 had a long line to send six hours ago."""
    counted = (at_ms - end_ms + 24 * HOUR_MS) // MINUTE_MS
    backlog = max(0, 4_000 - abs(at_ms - end_ms + 6 * HOUR_MS) // 1_000)
    unheard_s = max(0, (at_ms - end_ms + 5 * HOUR_MS) // 1_000)
    said: dict[str, Fields] = {
        "gw-1": {
            "lag_s": 15 + backlog // 4,
            "online": 1,
            "spool_rows": backlog,
            "oldest_unsent_s": backlog // 4,
            "clock_skew_ms": 120,
            "clock_state": "trusted",
            "limits_version": 3,
        },
        "box-1": {"lag_s": 30 + unheard_s, "online": int(unheard_s < 180), "battery_percent": 81},
    }
    for gateway, fields in said.items():
        yield _point(GATEWAY_STATE, (gateway, SITE), fields, at_ms)
        intake = {
            "readings": counted * 30,
            "duplicates": counted // 20,
            "late": counted // 15,
            "quarantined": counted // 60,
            "waiting": int(backlog > 0) * 3,
            "refused": 1,
            "holes": counted // 300,
        }
        yield _point(INGEST, (gateway, SITE), intake, at_ms)
        yield _point(REJECTED, (gateway, "clock-unset", SITE), {"times": counted // 60}, at_ms)
    yield _point(REJECTED, ("none", "bad-signature", "none"), {"times": counted // 200}, at_ms)
    centre: Fields = {
        "disk_free_bytes": 80_000_000_000 - counted * 40_000,
        "store_bytes": 2_000_000_000 + counted * 40_000,
        "readings_behind": counted % 7,
        "ledger_behind": 0,
        "spool_behind_s": backlog // 4,
        "write_queue": counted % 5,
        "uptime_s": counted * 60,
        "release": "0.6.0",
    }
    yield _point(CENTRE, ("centre",), centre, at_ms)


def _stock(end_ms: int) -> Iterator[bytes]:
    for at in range(end_ms - 2 * HOUR_MS, end_ms + 1, 5 * MINUTE_MS):
        yield from _stock_now(at)


def _stock_now(at_ms: int) -> Iterator[bytes]:
    for place, component, group, inside, released, hours, soon in BAGS:
        row = StockRow(
            place=place,
            component=component,
            blood_group=group,
            inside=inside,
            released=released,
            first_expiry_ms=at_ms + hours * HOUR_MS,
            expiring=soon,
        )
        yield stock_line(row, SITE, at_ms)
    for component, group, released, aside, level, limit in (
        ("red-cells", "A+", 5, 12, "orange", 10),
        ("red-cells", "O+", 0, 18, "red", 5),
        ("red-cells", "O-", 4, 0, "yellow", 6),
        ("red-cells", "B+", 16, 2, "enough", None),
        ("plasma", "AB+", 64, 0, "enough", None),
        ("platelets", "O+", 6, 0, "unset", None),
    ):
        stock = SiteStock(
            site=SITE,
            component=component,
            blood_group=group,
            released=released,
            waiting=0,
            aside=aside,
            used=60,
            cover_tenths=released * 280 // 60,
            level=level,
            low=limit is not None,
            limit=limit,
        )
        yield site_stock_line(stock, at_ms)


def _trips(end_ms: int) -> Iterator[bytes]:
    sums = TripSums(
        min_micro_celsius=3_062_500,
        max_micro_celsius=8_437_500,
        out_ms=0,
        unknown_ms=0,
        measured_ms=6 * HOUR_MS,
        qualified_until_ms=end_ms + 2 * HOUR_MS,
    )
    going = Trip(
        id="pl-42",
        box="box-1",
        site=SITE,
        destination="市第一医院",
        packed_ms=end_ms - 6 * HOUR_MS,
        departed_ms=end_ms - 5 * HOUR_MS - 50 * MINUTE_MS,
        arrived_ms=None,
        over_ms=None,
        units=5,
        sums=sums,
    )
    yield trip_line(going, end_ms)
    for days in (1, 3, 7):
        packed_ms = end_ms - days * DAY_MS - 3 * HOUR_MS
        went = TripSums(
            min_micro_celsius=2_500_000,
            max_micro_celsius=(11_000_000 if days == 3 else 7_000_000),
            out_ms=12 * MINUTE_MS if days == 3 else 0,
            unknown_ms=3 * MINUTE_MS,
            measured_ms=87 * MINUTE_MS,
            qualified_until_ms=packed_ms + 8 * HOUR_MS,
        )
        trip = Trip(
            id=f"pl-{40 - days}",
            box="box-1",
            site=SITE,
            destination="市第二医院",
            packed_ms=packed_ms,
            departed_ms=packed_ms + 10 * MINUTE_MS,
            arrived_ms=packed_ms + 90 * MINUTE_MS,
            over_ms=packed_ms + 90 * MINUTE_MS,
            units=12,
            sums=went,
        )
        yield trip_line(trip, end_ms)


def _point(measurement: Measurement, tags: tuple[str, ...], fields: Fields, at_ms: int) -> bytes:
    return measurement.point(measurement.series(*tags), fields, at_ms)
