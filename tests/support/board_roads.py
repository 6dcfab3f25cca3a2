"""Alarms, journeys and positions beside the day of support.board_data, by the mirror's own encoder.

    fill_roads(server, now_ms)

Three boxes: box-1 is on its way to the city hospital since 5 h 30 min ago and silent since 5 h ago; box-2 came back
and is out again; box-3 stands packed and never told where it is, nor how long it keeps the cold. Alarms of the day:
three that nobody has acknowledged (one of them over), one of the whole system, and others that people dealt with.
"""

import math
from collections.abc import Iterator
from typing import Final

import msgspec
from support.board_data import HOUR_MS, MINUTE_MS, SILENT_MS, SITE, STATE_MS, WARM_MS, fill, snapshot_lines, write_lines
from support.influx import InfluxServer

from coldchain.alarms import Alarm, Severity, SubjectKind
from coldchain.arrival import Arrival
from coldchain.places import Place, PlaceKind, Text
from rules.alarm_life import state_of
from stores.lines import Real, Value
from stores.points import BATTERY, PLACE, PLACE_STATE, POSITION
from stores.points_alarms import AlarmSaid, alarm_line, alarm_list_line, counted_lines
from stores.points_stock import Trip, TripSums, trip_line

ROADS: Final = "roads"  # their database: the day with three boxes and its alarms
BOX: Final = "box-1"
LEFT_MS: Final = SILENT_MS + 30 * MINUTE_MS  # how long ago box-1 was handed over
STREET: Final = (310_000_000, 1_214_000_000)  # a city, in 1e-7 degrees
MORE_BOXES: Final = (
    Place(
        id="box-2",
        site=SITE,
        name=Text(zh="运血箱 2", en="Courier box 2"),
        profile="cn-rbc",
        profile_version=2,
        kind=PlaceKind.BOX,
    ),
    Place(
        id="box-3",
        site=SITE,
        name=Text(zh="运血箱 3", en="Courier box 3"),
        profile="cn-rbc",
        profile_version=2,
        kind=PlaceKind.BOX,
    ),
)
WANG: Final = "王强，技术员"


def extra_lines(now_ms: int, hours: int = 24) -> Iterator[bytes]:
    """Yield every line of the day that ends at now_ms."""
    start_ms = now_ms - hours * HOUR_MS
    yield from _registry_lines(start_ms, now_ms)
    yield from _position_lines(now_ms)
    yield from (trip_line(trip, now_ms) for trip in trips(now_ms))
    for alarm, said, by, units in alarms(now_ms):
        yield alarm_line(alarm, said, by, units)
        yield alarm_list_line(alarm, said, by, units, 0)
    for at in range(start_ms + (now_ms - start_ms) % STATE_MS, now_ms + 1, STATE_MS):
        yield from counts_lines(at, now_ms)


def extra_snapshot_lines(now_ms: int) -> Iterator[bytes]:
    """Yield how everything stands at now_ms, as the mirror says it again and again."""
    yield from snapshot_lines(now_ms)
    yield from counts_lines(now_ms, now_ms)
    yield from (_box_state(place, now_ms) for place in MORE_BOXES)


def fill_roads(server: InfluxServer, now_ms: int, *, database: str = ROADS) -> None:
    """Write the day with them into a database of a server, which is made."""
    fill(server, now_ms, database=database)
    write_lines(server, database, extra_lines(now_ms))


def counts_lines(at_ms: int, now_ms: int) -> Iterator[bytes]:
    """Yield how many alarms stood at an instant of the day that ends at now_ms."""
    stood = [(one, said.waits) for one, said, _, _ in alarms(now_ms) if one.raised_ms <= at_ms]
    yield from counted_lines(stood, [SITE], at_ms)


def trips(now_ms: int) -> tuple[Trip, ...]:
    """Return the journeys of the day: one that goes on, one that is over, one whose box never said a word."""
    out = TripSums(
        min_micro_celsius=3_562_500,
        max_micro_celsius=7_937_500,
        out_ms=0,
        unknown_ms=SILENT_MS,
        measured_ms=50 * MINUTE_MS,
        qualified_until_ms=now_ms - 10 * MINUTE_MS,
    )
    back = TripSums(
        min_micro_celsius=2_437_500,
        max_micro_celsius=10_312_500,
        out_ms=7 * MINUTE_MS,
        unknown_ms=0,
        measured_ms=4 * HOUR_MS,
        qualified_until_ms=now_ms - 12 * HOUR_MS,
    )
    unheard = TripSums(
        min_micro_celsius=None,
        max_micro_celsius=None,
        out_ms=0,
        unknown_ms=40 * MINUTE_MS,
        measured_ms=0,
        qualified_until_ms=None,
    )
    first = _trip("pl-11", BOX, "市第一医院", now_ms - LEFT_MS - 20 * MINUTE_MS, now_ms - LEFT_MS, None, 5, out)
    second = _trip(
        "pl-10", "box-2", "县医院", now_ms - 18 * HOUR_MS, now_ms - 17 * HOUR_MS, now_ms - 14 * HOUR_MS, 12, back
    )
    last = _trip(
        "pl-13", "box-2", "妇幼保健院", now_ms - 50 * MINUTE_MS, now_ms - 45 * MINUTE_MS, None, 8, _fresh(now_ms)
    )
    return (
        _due(first, now_ms - 4 * HOUR_MS, moved=2),
        _due(second, now_ms - 13 * HOUR_MS, 4),
        _trip("pl-12", "box-3", "中医院", now_ms - 40 * MINUTE_MS, None, None, 3, unheard),
        _due(last, now_ms + 25 * MINUTE_MS, 3),
    )


def _due(trip: Trip, at_ms: int, journeys: int = 0, moved: int = 0) -> Trip:
    return msgspec.structs.replace(trip, arrival=Arrival(at_ms=at_ms, journeys=journeys, moved=moved))


def _fresh(now_ms: int) -> TripSums:
    return TripSums(
        min_micro_celsius=4_125_000,
        max_micro_celsius=5_062_500,
        out_ms=0,
        unknown_ms=40_000,
        measured_ms=49 * MINUTE_MS,
        qualified_until_ms=now_ms + 280 * MINUTE_MS,
    )


def _trip(
    name: str,
    box: str,
    destination: str,
    packed_ms: int,
    departed_ms: int | None,
    arrived_ms: int | None,
    units: int,
    sums: TripSums,
) -> Trip:
    return Trip(
        id=name,
        box=box,
        site=SITE,
        destination=destination,
        packed_ms=packed_ms,
        departed_ms=departed_ms,
        arrived_ms=arrived_ms,
        over_ms=arrived_ms,
        units=units,
        sums=sums,
        arrival=None,
    )


def alarms(now_ms: int) -> list[tuple[Alarm, AlarmSaid, str, int]]:
    """Return the alarms of the day: each with its words, who acknowledged it, and how many units it touches."""
    warm = _alarm("a-101", "A01", "fridge-1", Severity.CRITICAL, now_ms - WARM_MS + 10 * MINUTE_MS)
    cold = _alarm("a-100", "A01", "fridge-2", Severity.HIGH, now_ms - 15 * HOUR_MS, cleared_ms=now_ms - 14 * HOUR_MS)
    still = _alarm("a-103", "A07", "platelet-1", Severity.MEDIUM, now_ms - 2 * MINUTE_MS)
    seen = {"acknowledged_ms": now_ms - 80 * MINUTE_MS}
    fault = _alarm("a-102", "A30", "fridge-2", Severity.HIGH, now_ms - 90 * MINUTE_MS, **seen)
    shelf = {"acknowledged_ms": now_ms - 4 * HOUR_MS, "shelved_until_ms": now_ms + HOUR_MS}
    silent = _alarm("a-104", "A44", BOX, Severity.HIGH, now_ms - SILENT_MS + 30 * MINUTE_MS, **shelf)
    told = _alarm("a-105", "A32", "", Severity.CRITICAL, now_ms - HOUR_MS, site="", acknowledged_ms=now_ms - 50_000)
    over = {"cleared_ms": now_ms - 8 * HOUR_MS, "acknowledged_ms": now_ms - 9 * HOUR_MS + 4 * MINUTE_MS}
    door = _alarm("a-099", "A25", "fridge-2", Severity.MEDIUM, now_ms - 9 * HOUR_MS, **over)
    test = _alarm("a-098", "test", "", Severity.LOW, now_ms - 20 * HOUR_MS, test=True, **over)
    return [
        _told(warm, "储血冰箱 1 偏高（载荷探头）", "Blood fridge 1 too warm (load probe)", "", 31),
        _told(cold, "储血冰箱 2 偏低（载荷探头）", "Blood fridge 2 too cold (load probe)", "", 2),
        _told(still, "血小板振荡保存箱 1 振荡停止", "Platelet agitator 1: agitation stopped", "", 6),
        _told(fault, "储血冰箱 2 空气探头故障", "Blood fridge 2: air probe failed", WANG, 0),
        _told(silent, "运血箱 1 没有数据", "Courier box 1: no data", WANG, 5),
        _told(told, "短信通道无法送达", "Messages by SMS do not arrive", WANG, 0),
        _told(door, "储血冰箱 2 门未关", "Blood fridge 2: door open", WANG, 0),
        _told(test, "测试报警", "Test alarm", WANG, 0),
    ]


def _alarm(name: str, rule: str, place: str, severity: Severity, raised_ms: int, **more: int | str | bool) -> Alarm:
    alarm = Alarm(
        id=name,
        version=1,
        rule=rule,
        subject_kind=SubjectKind.PLACE if place else SubjectKind.SYSTEM,
        subject=place,
        site=SITE,
        place=place,
        severity=severity,
        now=severity,
        since_ms=raised_ms - 5 * MINUTE_MS,
        raised_ms=raised_ms,
        waiting_ms=raised_ms,
        changed_ms=raised_ms,
    )
    return msgspec.structs.replace(alarm, **more)


def _told(alarm: Alarm, zh: str, en: str, by: str, units: int) -> tuple[Alarm, AlarmSaid, str, int]:
    state = state_of(alarm)
    return alarm, AlarmSaid(state=state, waits=state in {"active", "cleared"}, title=Text(zh=zh, en=en)), by, units


def _registry_lines(start_ms: int, now_ms: int) -> Iterator[bytes]:
    for place in MORE_BOXES:
        names: dict[str, Value | None] = {"name_zh": place.name.zh, "name_en": place.name.en, "confirmed": 0}
        limits = {"low_celsius": Real(2_000_000, 6), "high_celsius": Real(10_000_000, 6)}
        fields = names | {"profile": "cn-rbc", "profile_version": 2} | limits
        for at in range(start_ms, now_ms + 1, HOUR_MS):
            yield PLACE.point(PLACE.series("box", place.id, SITE), fields, at)
        yield _box_state(place, now_ms)


def _box_state(place: Place, at_ms: int) -> bytes:
    """Return how a further box stands: box-2 within limits, box-3 unknown."""
    known = place.id == "box-2"
    fields: dict[str, Value | None] = {
        "state": "within" if known else "silent",
        "level": 0 if known else 3,
        "rank": 0 if known else 5,
        "text_zh": "在限值内" if known else "没有数据，情况未知",
        "text_en": "within limits" if known else "no data: unknown",
        "value_text": "4.5 °C（载荷探头） / 4.5 °C (load probe)" if known else "尚无读数 / no reading yet",
        "inside": 8 if known else 0,
        "possible": 0 if known else 3,
        "on_hold": 0,
        "age_s": 20 if known else None,
        "profile": "cn-rbc",
        "profile_version": 2,
        "confirmed": 0,
    }
    return PLACE_STATE.point(PLACE_STATE.series("box", place.id, SITE), fields, at_ms)


def _position_lines(now_ms: int) -> Iterator[bytes]:
    """Yield where box-1 drove until it fell silent, and where box-2 is; box-3 has no receiver."""
    for minutes in range(31):
        at = now_ms - LEFT_MS + minutes * MINUTE_MS
        north = minutes * 21_000 + round(60_000 * math.sin(minutes / 4))
        yield _position(BOX, STREET[0] + north, STREET[1] + minutes * 34_000, at)
    yield BATTERY.point(BATTERY.series(BOX, SITE), {"percent": 61}, now_ms - SILENT_MS)
    for minutes in range(41):
        at = now_ms - 45 * MINUTE_MS + minutes * MINUTE_MS
        yield _position("box-2", STREET[0] - minutes * 12_000, STREET[1] + 200_000 + minutes * 9_000, at)


def _position(box: str, latitude_e7: int, longitude_e7: int, at_ms: int) -> bytes:
    fields = {"latitude": Real(latitude_e7, 7), "longitude": Real(longitude_e7, 7)}
    return POSITION.point(POSITION.series(box, SITE), fields, at_ms)
