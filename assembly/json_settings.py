"""Settings of devices that publish JSON on a broker of the house: the table [mqtt_devices] of gateway.toml."""

from decimal import Decimal
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from assembly.problems import Allowed, Loc, Problem, key_text
from assembly.settings_types import Id, MqttUrl, Table, a_number, a_time_zone
from coldchain.places import Text
from coldchain.radio import SignalUnit
from gateway.decoders.json_device import JsonDevicePlan, TimeKind, Unit
from gateway.plan import ListenPlan

DEVICES_MAX: Final = 200
CHANNELS_MAX: Final = 16

_Pointer = Annotated[
    str,
    Field(pattern=r"^(?:/[^/]{1,64}){1,8}$"),
    Allowed('a JSON pointer, e.g. "/object/temperature"', 'JSON 指针，例如 "/object/temperature"'),
]


class WhereTable(Table):
    """Which device of a topic is meant, where several share it."""

    pointer: _Pointer
    equals: Annotated[str, Field(min_length=1, max_length=100), Allowed("1 to 100 characters", "1 到 100 个字符")]


class SignalTable(Table):
    """Where in a message stands how strongly the device is heard, and what that number counts."""

    pointer: _Pointer
    unit: Annotated[SignalUnit, Allowed('"dBm", "csq" or "lqi"', '"dBm"、"csq" 或 "lqi"')] = SignalUnit.DBM


class JsonDeviceTable(Table):
    """One device: where it publishes, and which place in its message is which probe."""

    topic: Annotated[
        str,
        Field(min_length=1, max_length=200, pattern=r"^(?:[^+#/$\x00][^+#/\x00]*|\+)(?:/(?:[^+#/\x00]*|\+))*(?:/#)?$"),
        Allowed(
            'a topic, "+" for one level and "/#" at the end for all below, e.g. "tele/fridge-9/SENSOR"',
            '主题；"+" 代表一级，末尾 "/#" 代表其下全部，例如 "tele/fridge-9/SENSOR"',
        ),
    ]
    channels: Annotated[
        dict[Annotated[str, Field(pattern=r"^(?:/[^/]{1,64}){1,8}$")], Id],
        Field(min_length=1, max_length=CHANNELS_MAX),
        Allowed(
            'JSON pointers of temperatures, each with the id of its probe, e.g. { "/temperature" = "fridge-9-air" }',
            '温度值的 JSON 指针及其探头编号，例如 { "/temperature" = "fridge-9-air" }',
        ),
    ]
    where: Annotated[WhereTable | None, Allowed("a table with pointer and equals", "表，含 pointer 和 equals")] = None
    unit: Annotated[Unit, Allowed('"C", "F", "0.1C", "0.01C" or "mC"', '"C"、"F"、"0.1C"、"0.01C" 或 "mC"')] = (
        Unit.CELSIUS
    )
    time: Annotated[
        Annotated[str, Field(pattern=r"^(?:/[^/]{1,64}){1,8}$")] | None,
        Allowed("the JSON pointer of the device's own time, or leave it out", "设备自身时间的 JSON 指针，或省略"),
    ] = None
    time_kind: Annotated[
        TimeKind,
        Allowed('"iso8601" (with zone), "epoch-s" or "epoch-ms"', '"iso8601"（含时区）、"epoch-s" 或 "epoch-ms"'),
    ] = TimeKind.ISO_8601
    time_zone: Annotated[
        Annotated[str, BeforeValidator(a_time_zone)] | None,
        Allowed(
            'the zone of a time that names none, e.g. "Asia/Shanghai" or "UTC", or leave it out',
            '时间不含时区时所用的时区，例如 "Asia/Shanghai" 或 "UTC"，或省略',
        ),
    ] = None
    keeps: Annotated[
        bool,
        Field(strict=True),
        Allowed(
            "true if it sends later what it measured without a network, else false or left out",
            "设备断网期间会存储并补传时为 true，否则为 false 或省略",
        ),
    ] = False
    signal: Annotated[
        SignalTable | None,
        Allowed("a table with pointer and unit, or leave it out", "表，含 pointer 和 unit，或省略"),
    ] = None

    def plan(self) -> JsonDevicePlan:
        """Return it as plain data."""
        no_sensor, implausible = (Decimal(-127),), (Decimal(85),)
        return JsonDevicePlan(
            topic=self.topic,
            channels=dict(sorted(self.channels.items())),
            where=None if self.where is None else (self.where.pointer, self.where.equals),
            unit=self.unit,
            time=self.time,
            time_kind=self.time_kind,
            zone=None if self.time_zone is None else ZoneInfo(self.time_zone),
            keeps=self.keeps,
            no_sensor=no_sensor if self.unit is Unit.CELSIUS else (),
            implausible=implausible if self.unit is Unit.CELSIUS else (),
            signal=None if self.signal is None else (self.signal.pointer, self.signal.unit),
        )


class MqttDevicesTable(Table):
    """The broker that the devices speak to, and the devices."""

    url: MqttUrl
    silent_s: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=10, le=86_400),
        Allowed(
            "seconds without a word after which a device is silent, 10 to 86400",
            "设备无消息多少秒后视为失联，10 到 86400",
        ),
    ] = 900
    device: Annotated[
        tuple[JsonDeviceTable, ...],
        Field(min_length=1, max_length=DEVICES_MAX),
        Allowed(
            f"1 to {DEVICES_MAX} tables [[mqtt_devices.device]]", f"1 到 {DEVICES_MAX} 个表 [[mqtt_devices.device]]"
        ),
    ]

    def plan(self, gateway: str) -> ListenPlan:
        """Return it as plain data; `gateway` names our session on that broker."""
        return ListenPlan(
            url=self.url,
            client_id=f"{gateway}-devices",
            devices=tuple(device.plan() for device in self.device),
            silent_ms=self.silent_s * 1_000,
        )


def json_origins(table: MqttDevicesTable | None) -> list[tuple[Loc, str]]:
    """Return every probe with the place of its id in the file."""
    devices = () if table is None else table.device
    return [
        (("mqtt_devices", "device", i, "channels", pointer), probe)
        for i, device in enumerate(devices)
        for pointer, probe in device.channels.items()
    ]


def json_problems(table: MqttDevicesTable | None) -> list[Problem]:
    """Return what is wrong: a device whose own time is to count and that says none."""
    what = Text(
        en="keeps its readings, so its own time counts: write where that stands in the message (time)",
        zh="会补传数据，须采用设备自身时间：请用 time 填写时间所在位置",
    )
    return [
        Problem(key=key_text(("mqtt_devices", "device", i)), what=what)
        for i, device in enumerate(() if table is None else table.device)
        if device.keeps and device.time is None
    ]
