"""The table [box] of gateway.toml: it makes a gateway a courier's box."""

from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from assembly.local_settings import OptionalFile
from assembly.problems import Allowed, Loc, Problem, key_text
from assembly.settings_types import Baud, Id, Name, OptionalId, Table, a_number
from coldchain.places import Text
from coldchain.radio import SignalUnit
from gateway.box_ground import DEGREE_E7, Point
from gateway.box_words import AREAS_MAX, MINUTE_MS, ROUTE_POINTS_MAX, Area, BoxRules
from gateway.plan import BoxPlan

MICRO: Final = 1_000_000
PROBES_MAX: Final = 8
DAY_MIN: Final = 1_440

Celsius = Annotated[
    Decimal,
    BeforeValidator(lambda value: Decimal(str(a_number(value)))),
    Field(ge=-100, le=100, decimal_places=6),
    Allowed("degrees Celsius from -100 to 100, e.g. 2.0", "摄氏度，-100 到 100，例如 2.0"),
]
OptionalCelsius = Annotated[
    Celsius | None,
    Allowed("degrees Celsius from -100 to 100, or leave it out", "摄氏度，-100 到 100，或省略"),
]
Minutes = Annotated[
    int,
    BeforeValidator(a_number),
    Field(ge=1, le=DAY_MIN),
    Allowed(f"whole minutes from 1 to {DAY_MIN}", f"1 到 {DAY_MIN} 的整数分钟"),
]
Metres = Annotated[
    int,
    BeforeValidator(a_number),
    Field(ge=10, le=100_000),
    Allowed("whole metres from 10 to 100000", "10 到 100000 的整数米"),
]
Latitude = Annotated[
    Decimal,
    BeforeValidator(lambda value: Decimal(str(a_number(value)))),
    Field(ge=-90, le=90),
    Allowed("degrees north from -90 to 90 (WGS 84), e.g. 28.9421", "纬度（WGS 84），-90 到 90，例如 28.9421"),
]
Longitude = Annotated[
    Decimal,
    BeforeValidator(lambda value: Decimal(str(a_number(value)))),
    Field(ge=-180, le=180),
    Allowed("degrees east from -180 to 180 (WGS 84), e.g. 118.8736", "经度（WGS 84），-180 到 180，例如 118.8736"),
]
ProbeIds = Annotated[
    tuple[Id, ...],
    Field(max_length=PROBES_MAX),
    Allowed(
        f'the ids of up to {PROBES_MAX} probes of this file, e.g. ["box-1-load"]',
        f'本文件中最多 {PROBES_MAX} 个探头的编号，例如 ["box-1-load"]',
    ),
]


class AreaTable(Table):
    """A circle on the ground in which the box is expected."""

    name: Name
    latitude: Latitude
    longitude: Longitude
    radius_m: Metres


class RoutePointTable(Table):
    """A point of the planned way, in its order."""

    latitude: Latitude
    longitude: Longitude


class BoxTable(Table):
    """What makes this gateway a courier's box; what hangs where is named in the other tables.

    The limits are those of transport, inside themselves. `load` and `air` are probes, `lid` a contact of this file.
    """

    low_celsius: Celsius
    high_celsius: Celsius
    hard_low_celsius: OptionalCelsius = None
    load: ProbeIds
    air: ProbeIds = ()
    lid: OptionalId = None
    gps: Annotated[
        Annotated[str, Field(min_length=1, max_length=255)] | None,
        Allowed(
            'the path of the serial port of the satellite receiver, e.g. "/dev/ttyAMA0"; or leave it out',
            '卫星接收机的串口路径，例如 "/dev/ttyAMA0"；或省略',
        ),
    ] = None
    gps_baud: Baud = 9600
    button_file: OptionalFile = None
    battery_file: OptionalFile = None
    signal_file: OptionalFile = None
    signal_unit: Annotated[SignalUnit, Allowed('"dBm", "csq" or "lqi"', '"dBm"、"csq" 或 "lqi"')] = SignalUnit.DBM
    lamp_file: OptionalFile = None
    beeper_file: OptionalFile = None
    qualified_min: Minutes = 330
    ready_after_min: Minutes = 30
    area: Annotated[
        tuple[AreaTable, ...],
        Field(max_length=AREAS_MAX),
        Allowed(f"up to {AREAS_MAX} tables [[box.area]]", f"最多 {AREAS_MAX} 个表 [[box.area]]"),
    ] = ()
    route: Annotated[
        tuple[RoutePointTable, ...],
        Field(max_length=ROUTE_POINTS_MAX),
        Allowed(f"up to {ROUTE_POINTS_MAX} tables [[box.route]]", f"最多 {ROUTE_POINTS_MAX} 个表 [[box.route]]"),
    ] = ()

    def plan(self, gateway: str) -> BoxPlan:
        """Return what the box is, as plain data."""
        rules = BoxRules(
            low_micro_celsius=int(self.low_celsius * MICRO),
            high_micro_celsius=int(self.high_celsius * MICRO),
            hard_low_micro_celsius=None if self.hard_low_celsius is None else int(self.hard_low_celsius * MICRO),
            qualified_ms=self.qualified_min * MINUTE_MS,
            ready_after_ms=self.ready_after_min * MINUTE_MS,
            areas=tuple(Area(name=one.name, middle=_point(one), radius_m=one.radius_m) for one in self.area),
            route=tuple(_point(one) for one in self.route),
        )
        return BoxPlan(
            gateway=gateway,
            rules=rules,
            load=self.load,
            air=self.air,
            lid=self.lid,
            gps=self.gps,
            baud=self.gps_baud,
            button=self.button_file,
            battery=self.battery_file,
            signal=None if self.signal_file is None else (self.signal_file, self.signal_unit),
        )


def box_problems(box: BoxTable | None, probes: list[str], doors: list[str]) -> list[Problem]:
    """Return what is wrong with [box] beside the other tables: limits, probes and a lid that are none."""
    if box is None:
        return []
    found = []
    if box.low_celsius >= box.high_celsius:
        found.append(_problem(("box", "low_celsius"), "is not below high_celsius", "须低于 high_celsius"))
    if not box.load:
        found.append(_problem(("box", "load"), "names no probe: a box has one in its load", "未填写探头"))
    for key, named in (("load", box.load), ("air", box.air)):
        for i, probe in enumerate(named):
            if probe not in probes:
                en, zh = f"{probe} is no probe of this file", f"{probe} 不是本文件中的探头"
                found.append(_problem(("box", key, i), en, zh))
    if box.lid is not None and box.lid not in doors:
        en, zh = f"{box.lid} is no door or lid of this file", f"{box.lid} 不是本文件中的门或箱盖触点"
        found.append(_problem(("box", "lid"), en, zh))
    return found


def _point(one: AreaTable | RoutePointTable) -> Point:
    return Point(round(one.latitude * DEGREE_E7), round(one.longitude * DEGREE_E7))


def _problem(loc: Loc, en: str, zh: str) -> Problem:
    return Problem(key=key_text(loc), what=Text(en=en, zh=zh))
