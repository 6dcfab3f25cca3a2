"""What the mirror adds to the day of support.board_data: sums, registry, marks, intake and stock, by its own encoder.

    for line in point_lines(now_ms): ...            # 30 days of sums, a day of what is written every minute
    for line in point_snapshot(now_ms): ...         # how it stands now

fridge-2 cools more each day. gw-2 is registered and was never heard. The centre started six hours ago, so its counters
fell to 0. An alarm that was taken back, a test and a mark that no longer stands are there and must not be drawn.
"""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from support.board_data import (
    FAULT_MS,
    HOUR_MS,
    MIDDLE,
    MINUTE_MS,
    PLACES,
    SECOND_MS,
    SILENT_MS,
    SITE,
    UNHEARD_MS,
    WARM_MS,
    probes_of,
    write_lines,
)
from support.influx import InfluxServer

from coldchain.alarms import Alarm, Severity, SubjectKind
from coldchain.closed_loop import StockRow
from coldchain.places import Probe, ProbeRole, Text
from stores.lines import Real
from stores.points import NEVER_S, SIGNAL
from stores.points_alarms import AlarmSaid, alarm_line
from stores.points_devices import (
    CENTRE,
    GATEWAY_STATE,
    INGEST,
    REJECTED,
    DeviceShown,
    Installed,
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
from stores.points_stock import SiteStock, site_stock_line, stock_line

ZONE: Final = ZoneInfo("Asia/Shanghai")
DAYS: Final = 30
DAY_MS: Final = 24 * HOUR_MS
UP_MS: Final = 6 * HOUR_MS  # since the centre started
GATEWAYS: Final = {"gw-1": SITE, "box-1": "box-1", "gw-2": SITE}  # and where each stands, if in a place
DEFROSTS_MS: Final = (8 * HOUR_MS, 16 * HOUR_MS)  # how long ago the freezer defrosted
CONTACTS: Final = {"fridge-1-door": "fridge-1", "freezer-1-defrost": "freezer-1", "platelet-1-motion": "platelet-1"}
RED_CELLS: Final = "悬浮红细胞 red cells"
STOCK: Final = {  # component, group, units, released, expire within a day, first expiry in hours
    "fridge-1": ((RED_CELLS, "A+", 18, 0, 0, 300), (RED_CELLS, "O-", 12, 0, 2, 9)),
    "fridge-2": ((RED_CELLS, "O+", 22, 20, 0, 410), (RED_CELLS, "B+", 0, 0, 0, None)),
    "freezer-1": (("新鲜冰冻血浆 FFP", "AB+", 64, 64, 0, 7_000),),
    "platelet-1": (("单采血小板 platelets", "", 6, 6, 6, 20),),
    "box-1": ((RED_CELLS, "A+", 5, 5, 0, 200),),
}
OFFSET_MICRO: Final = {"fridge-1-load": -125_000, "freezer-1-load": 250_000}


def point_lines(now_ms: int, *, dead_s: int = 0) -> Iterator[bytes]:
    """Yield every line of the 30 days that end at now_ms, less the last dead_s seconds."""
    end_ms = now_ms - dead_s * SECOND_MS
    yield from registry_lines(end_ms)
    for place in MIDDLE:
        yield from _days(place, end_ms)
        for probe in probes_of(place):
            yield from _hours(probe, end_ms)
    yield from alarm_lines(end_ms)
    yield from mark_lines(end_ms)
    yield from signal_lines(end_ms)
    for at in range(end_ms - DAY_MS, end_ms + 1, MINUTE_MS):
        yield from _minute(at, end_ms)
    yield from stock_lines(end_ms)


def point_snapshot(now_ms: int) -> Iterator[bytes]:
    """Yield what is said again and again, at now_ms."""
    yield from _minute(now_ms, now_ms)
    yield from stock_lines(now_ms)


def fill_points(server: InfluxServer, database: str, now_ms: int, *, dead_s: int = 0) -> None:
    """Write the lines into a database that is there."""
    write_lines(server, database, point_lines(now_ms, dead_s=dead_s))


def registry_lines(end_ms: int) -> Iterator[bytes]:
    """Yield the registered devices, each hour of a day."""
    shown = [*_probes_shown(end_ms), *_others_shown(end_ms)]
    for at in range(end_ms - DAY_MS, end_ms + 1, HOUR_MS):
        yield from (device_line(one, at) for one in shown)


def alarm_lines(end_ms: int) -> Iterator[bytes]:
    """Yield an alarm of fridge-1, one of the site that is over, a test, and one that was taken back."""
    warm = Alarm(
        id="a-warm",
        version=1,
        rule="A01",
        subject_kind=SubjectKind.PROBE,
        subject="fridge-1-load",
        site=SITE,
        place="fridge-1",
        severity=Severity.CRITICAL,
        now=Severity.CRITICAL,
        since_ms=end_ms - WARM_MS,
        raised_ms=end_ms - WARM_MS + 5 * MINUTE_MS,
        finding="f-warm",
        waiting_ms=end_ms - WARM_MS + 5 * MINUTE_MS,
        changed_ms=end_ms - WARM_MS + 5 * MINUTE_MS,
    )
    said = AlarmSaid(state="active", waits=True, title=Text(zh="储血冰箱 1 偏高", en="Blood fridge 1 too warm"))
    yield alarm_line(warm, said, "", 32)
    at = end_ms - 13 * HOUR_MS
    mains = msgspec.structs.replace(
        warm, id="a-mains", rule="A20", subject=SITE, subject_kind=SubjectKind.SITE, place="", finding="", raised_ms=at
    )
    over = AlarmSaid(state="over", waits=False, title=Text(zh="市电中断", en="Mains lost"))
    yield alarm_line(msgspec.structs.replace(mains, cleared_ms=at + 3 * MINUTE_MS), over, "", 0)
    for name, state in (("a-back", "withdrawn"), ("a-moved", "moved")):
        gone = msgspec.structs.replace(warm, id=name, subject=name, raised_ms=end_ms - 4 * HOUR_MS)
        text = Text(zh="已撤回的报警", en="An alarm that was taken back")
        yield alarm_line(gone, AlarmSaid(state=state, waits=False, title=text), "", 0)


def mark_lines(end_ms: int) -> Iterator[bytes]:
    """Yield calibration, defrosts, a new edition of a profile; and a calibration that was taken back."""
    calibrated = Text(zh="fridge-1-load 校准", en="fridge-1-load calibrated")
    mark = MarkShown(
        kind="calibration", place="fridge-1", site=SITE, subject="28-1", at_ms=end_ms - 20 * HOUR_MS, title=calibrated
    )
    yield mark_line(mark)
    yield mark_line(msgspec.structs.replace(mark, subject="28-0", at_ms=end_ms - 3 * HOUR_MS, stands=False))
    for ago in DEFROSTS_MS:
        title = Text(zh="除霜", en="Defrost")
        yield mark_line(
            msgspec.structs.replace(
                mark, kind="defrost", place="freezer-1", subject="freezer-1-defrost", at_ms=end_ms - ago, title=title
            )
        )
    edition = Text(zh="限值 cn-rbc 第 2 版", en="Profile cn-rbc edition 2")
    yield mark_line(
        msgspec.structs.replace(
            mark, kind="profile", place="none", subject="cn-rbc", at_ms=end_ms - 18 * HOUR_MS, title=edition
        )
    )


def signal_lines(end_ms: int) -> Iterator[bytes]:
    """Yield what two radio probes and the modem of the box say of themselves; the box only until it fell silent."""
    for at in range(end_ms - DAY_MS, end_ms + 1, 30 * MINUTE_MS):
        swing = (at // MINUTE_MS // 30) % 9
        said: dict[tuple[str, str, str], dict[str, int | str | Real | None]] = {
            ("fridge-2-air", "gw-1", "fridge-2"): {"text": f"\N{MINUS SIGN}{70 + swing} dBm", "rssi_dbm": -70 - swing},
            ("fridge-2-load", "gw-1", "fridge-2"): {"text": f"LQI {110 + swing}/255", "lqi": 110 + swing},
        }
        if at < end_ms - SILENT_MS:
            said["box-1", "box-1", "box-1"] = {"text": "\N{MINUS SIGN}97 dBm", "rssi_dbm": -97}
        for (device, gateway, place), fields in said.items():
            yield SIGNAL.point(SIGNAL.series(device, gateway, place, SITE), fields, at)


def stock_lines(now_ms: int) -> Iterator[bytes]:
    """Yield what is in each place, and the stock of the site."""
    for place, rows in STOCK.items():
        for component, group, units, released, soon, hours in rows:
            row = StockRow(
                place=place,
                component=component,
                blood_group=group,
                inside=units,
                released=released,
                first_expiry_ms=None if hours is None else now_ms + hours * HOUR_MS,
                expiring=soon,
            )
            yield stock_line(row, SITE, now_ms)
    for component, group, released, aside, level, limit in (
        (RED_CELLS, "O-", 0, 12, "red", 6),
        (RED_CELLS, "O+", 20, 2, "enough", None),
    ):
        stock = SiteStock(
            site=SITE,
            component=component,
            blood_group=group,
            released=released,
            waiting=0,
            aside=aside,
            used=28,
            cover_tenths=released * 10,
            level=level,
            low=limit is not None,
            limit=limit,
        )
        yield site_stock_line(stock, now_ms)


def midnights(end_ms: int, days: int = DAYS) -> list[int]:
    """Return the local midnights of the last days, today's included."""
    today = datetime.fromtimestamp(end_ms / 1_000, ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return [int((today - timedelta(days=ago)).timestamp() * 1_000) for ago in range(days)]


def _probes_shown(end_ms: int) -> Iterator[DeviceShown]:
    for place in PLACES:
        for probe in probes_of(place):
            role = (
                Text(zh="载荷探头", en="load probe")
                if probe.role is ProbeRole.LOAD
                else Text(zh="空气探头", en="air probe")
            )
            name = PLACES[place].name
            yield DeviceShown(
                device=probe.id,
                kind="probe",
                place=place,
                site=SITE,
                name=Text(zh=f"{name.zh} {role.zh}", en=f"{name.en}, {role.en}"),
                gateway=probe.gateway,
                serial=f"28-{probe.id}",
                calibrated_ms=end_ms - 200 * DAY_MS,
                due_ms=end_ms + 165 * DAY_MS,
                due_word="calibration",
                offset_micro_celsius=OFFSET_MICRO.get(probe.id, 0),
                confirmed=place != "box-1",
                installed=Installed.NOT_CONFIRMED if place == "box-1" else Installed.CONFIRMED,
            )


def _others_shown(end_ms: int) -> Iterator[DeviceShown]:
    for name, place in GATEWAYS.items():
        in_place = place if place in PLACES else "site"
        title = Text(zh=f"网关 {name}", en=f"Gateway {name}")
        yield DeviceShown(device=name, kind="gateway", place=in_place, site=SITE, name=title)
    box = Text(zh="运血箱 1", en="Courier box 1")
    yield DeviceShown(
        device="box-1",
        kind="box",
        place="box-1",
        site=SITE,
        name=box,
        due_ms=end_ms + 30 * DAY_MS,
        due_word="qualification",
    )
    reader = Text(zh="门口读写器", en="Reader at the door")
    yield DeviceShown(device="reader-1", kind="reader", place="site", site=SITE, name=reader, gateway="gw-1")
    for contact, place in CONTACTS.items():
        title = Text(zh=f"触点 {contact}", en=f"Contact {contact}")
        yield DeviceShown(device=contact, kind="contact", place=place, site=SITE, name=title, gateway="gw-1")


def _days(place: str, end_ms: int) -> Iterator[bytes]:
    middle = round(MIDDLE[place] * 1_000_000)
    for ago, at in enumerate(midnights(end_ms)):
        warm_ms = WARM_MS if place == "fridge-1" and ago == 0 else (ago % 9 == 4) * 17 * MINUTE_MS
        measured_ms = 0 if place == "box-1" and ago == 7 else min(end_ms - at, DAY_MS)
        day = DaySums(
            from_ms=at,
            out_ms=min(warm_ms, measured_ms),
            unknown_ms=min(end_ms - at, DAY_MS) - measured_ms + (ago % 5 == 2 and measured_ms > 0) * 40 * MINUTE_MS,
            measured_ms=measured_ms,
            min_micro_celsius=middle - 1_062_500 if measured_ms else None,
            max_micro_celsius=middle + 1_187_500 + 40 * (warm_ms // SECOND_MS) if measured_ms else None,
            occasions=int(warm_ms > 0),
            door_openings=12,
            door_ms=290 * SECOND_MS,
        )
        yield day_line(place, SITE, day, complete=ago > 0)
        if PLACES[place].kind in {"fridge", "freezer"}:
            share = 3_500 + (90 * (DAYS - ago) if place == "fridge-2" else 40 * (ago % 3))
            few = place == "freezer-1" and ago == 5
            one = CoolingDay(probe=f"{place}-air", from_ms=at, cycles=4 if few else 96, duty=None if few else share)
            yield cooling_line(place, SITE, one, complete=ago > 0)


def _hours(probe: Probe, end_ms: int) -> Iterator[bytes]:
    """Yield the hours of a probe; those that are not over yet are not there, three of ten days ago neither."""
    series = TEMPERATURE_1H.series(probe.place, probe.id, probe.role.value, SITE)
    last = end_ms // HOUR_MS * HOUR_MS - HOUR_MS
    for back in range(DAYS * 24):
        at = last - back * HOUR_MS
        if not 240 <= back < 243:
            yield hour_line(series, _hour(probe, at, end_ms), complete=True)


def _hour(probe: Probe, at_ms: int, end_ms: int) -> HourSums:
    ago_ms = end_ms - at_ms
    silent = (probe.place == "box-1" and ago_ms < SILENT_MS) or (probe.id == "fridge-2-air" and ago_ms < FAULT_MS)
    unheard = probe.place == "fridge-1" and UNHEARD_MS[1] < ago_ms < UNHEARD_MS[0]
    swing = 1_100_000 if probe.role is ProbeRole.AIR else 200_000
    warm = max(0.0, (WARM_MS - ago_ms) / HOUR_MS) * 1_250_000 if probe.place == "fridge-1" else 0.0
    middle = round(MIDDLE[probe.place] * 1e6 + warm + 150_000 * math.sin(at_ms / DAY_MS * 2 * math.pi))
    return HourSums(
        from_ms=at_ms,
        n=0 if silent else 180,
        min_micro_celsius=None if silent else middle - swing,
        max_micro_celsius=None if silent else middle + swing,
        mean_micro_celsius=None if silent else middle + 12_345,
        kinetic_micro_celsius=None,
        out_ms=HOUR_MS if warm > 2_000_000 else 0,
        unknown_ms=HOUR_MS if silent else 40 * MINUTE_MS if unheard else 0,
    )


def _minute(at_ms: int, end_ms: int) -> Iterator[bytes]:
    """Yield what is written every minute, as it stood at at_ms."""
    silent_s = (at_ms - (end_ms - SILENT_MS)) // SECOND_MS
    up_ms = at_ms - (end_ms - UP_MS)
    counted = (up_ms if up_ms >= 0 else up_ms + DAY_MS) // MINUTE_MS  # since the start that it was after
    for gateway in GATEWAYS:
        yield GATEWAY_STATE.point(GATEWAY_STATE.series(gateway, SITE), _gateway(gateway, at_ms, silent_s), at_ms)
        heard = {"gw-1": counted, "box-1": min(counted, max(0, UP_MS - SILENT_MS) // MINUTE_MS), "gw-2": 0}[gateway]
        counts = {"readings": heard * 30, "duplicates": heard // 3, "late": heard // 50, "quarantined": heard // 90}
        fields = counts | {"waiting": int(gateway == "gw-1"), "refused": 0, "holes": heard // 400}
        yield INGEST.point(INGEST.series(gateway, SITE), fields, at_ms)
    for gateway, reason, times in (("gw-1", "unknown-device", 4), ("none", "bad-signature", 1)):
        grown = times + (counted // 60 if reason == "unknown-device" else 0)
        yield REJECTED.point(REJECTED.series(gateway, reason, SITE), {"times": grown}, at_ms)
    yield CENTRE.point(
        CENTRE.series("centre"),
        {
            "disk_free_bytes": 81_000_000_000 - counted * 50_000,
            "store_bytes": 2_400_000_000 + counted * 50_000,
            "readings_behind": counted // 30 % 4,
            "ledger_behind": counted // 70 % 2,
            "spool_behind_s": max(0, silent_s),
            "write_queue": counted // 45 % 3,
            "uptime_s": (up_ms if up_ms >= 0 else up_ms + DAY_MS) // SECOND_MS,
            "release": "0.6.0",
        },
        at_ms,
    )


def _gateway(gateway: str, at_ms: int, silent_s: int) -> dict[str, int | str | Real | None]:
    if gateway == "gw-2":
        return {"lag_s": NEVER_S, "online": 0}
    box = gateway == "box-1"
    away = box and silent_s > 0
    return {
        "lag_s": silent_s if away else 4 + at_ms // MINUTE_MS // 30 % 5,
        "online": int(not away),
        "spool_rows": None if away else at_ms // MINUTE_MS // 20 % 3,
        "oldest_unsent_s": None if away else at_ms // MINUTE_MS % 2 * 3,
        "clock_skew_ms": None if away else 12 - at_ms // MINUTE_MS // 50 % 30,
        "clock_state": None if away else "trusted",
        "limits_version": None if away else 0 if box else 3,
        "battery_percent": None if away or not box else 100 + (silent_s // 3_600) * 2,
    }
