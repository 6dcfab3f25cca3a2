"""The tables of gateway.toml for devices by register map, on 1-Wire, with lines of text, with drivers of others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from assembly.problems import Allowed, Loc, Problem, key_text
from assembly.settings_types import Baud, Id, Seconds, SerialPort, Slave, Table, a_number
from coldchain.places import Text
from gateway.decoders.ascii_line import AsciiLine
from gateway.decoders.register_map import RegisterMap
from gateway.decoders.register_map_file import STORED_MAX, STORED_MIN, InvalidMapError, placed
from gateway.drivers import ASCII_LINE
from gateway.maps import SUFFIX, load_map
from gateway.plan import FRAMING, DevicePlan, DriverPlan, InputPlan, W1Plan

W1_FOLDER: Final = "/sys/bus/w1/devices"
PROBES_MAX: Final = 64  # of one device, folder or line

Framing = Annotated[
    str,
    Field(pattern="^[78][NEO][12]$"),
    Allowed(
        'data bits, parity and stop bits as in the device: "8N1", "8E1", "8O1", "8N2", "7E1" ...',
        '数据位、校验和停止位，与设备一致："8N1"、"8E1"、"8O1"、"8N2"、"7E1" 等',
    ),
]
_CHANNELS: Final = Allowed(
    'a channel = the id of its probe (a-z, 0-9, "-"), e.g. { "0" = "fridge-1-air" }',
    '通道 = 其探头编号（a-z、0-9、"-"），例如 { "0" = "fridge-1-air" }',
)
_Channel = Annotated[str, Field(pattern="^[A-Za-z0-9._-]{1,32}$")]
Channels = Annotated[dict[_Channel, Id], Field(max_length=PROBES_MAX), _CHANNELS]
SomeChannels = Annotated[dict[_Channel, Id], Field(min_length=1, max_length=PROBES_MAX), _CHANNELS]
_Words = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=32)], ...],
    Field(max_length=16),
    Allowed('texts that stand for no number, e.g. ["ERR"]', '非数值的文字，例如 ["ERR"]'),
]
_Degrees = Annotated[
    str,
    Field(pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,6})?$"),
    Allowed('degrees Celsius in quotes, e.g. "-40"', '带引号的摄氏度，例如 "-40"'),
]


class DeviceTable(Table):
    """A Modbus device that a register map describes: which of its channels is which probe."""

    slave: Slave
    map: Annotated[
        str,
        Field(min_length=1, max_length=255),
        Allowed(
            'the name of a register map, e.g. "xy-md02-x10", or the path of a .toml file',
            '寄存器映射的名称，例如 "xy-md02-x10"，或 .toml 文件的路径',
        ),
    ]
    channels: Channels = Field(default_factory=dict)
    registers: Annotated[
        dict[str, Annotated[int, BeforeValidator(a_number), Field(ge=0, le=0xFFFF)]],
        Field(max_length=3 * PROBES_MAX),
        Allowed(
            'a channel = its register, 0 to 65535, where the map leaves it open, e.g. { "0" = 256 }',
            '通道 = 寄存器地址（0 到 65535），用于映射未规定地址的通道，例如 { "0" = 256 }',
        ),
    ] = Field(default_factory=dict)
    contacts: Annotated[
        dict[str, Id],
        Field(max_length=16),
        Allowed(
            'a contact of the map = its id, e.g. { door = "fridge-1-door" }',
            '映射中的触点 = 其编号，例如 { door = "fridge-1-door" }',
        ),
    ] = Field(default_factory=dict)
    poll_s: Seconds = 20


class W1Table(Table):
    """DS18B20 probes on the 1-Wire bus of this machine."""

    folder: Annotated[
        str,
        Field(min_length=1, max_length=255),
        Allowed(f'the folder of the sensors, as a rule "{W1_FOLDER}"', f'传感器所在文件夹，通常为 "{W1_FOLDER}"'),
    ] = W1_FOLDER
    probes: Annotated[
        dict[Annotated[str, Field(pattern="^28-[0-9a-f]{12}$")], Id],
        Field(min_length=1, max_length=PROBES_MAX),
        Allowed(
            'a sensor = the id of its probe, e.g. { "28-0316a2795bff" = "fridge-1-air" }',
            '传感器 = 其探头编号，例如 { "28-0316a2795bff" = "fridge-1-air" }',
        ),
    ]
    poll_s: Seconds = 20


class AsciiTable(Table):
    """A logger that writes lines of text on a serial line."""

    port: SerialPort
    baud: Baud = 9600
    framing: Framing = FRAMING
    line: Annotated[
        str,
        Field(min_length=1, max_length=500),
        Allowed(
            "a regular expression with the group (?P<value>...), and channel, unit, sum, body where a line has them",
            "正则表达式，含命名组 (?P<value>...)；行中如有通道、单位、校验，用 channel、unit、sum、body",
        ),
    ]
    unit: Annotated[
        Literal["C", "F", "K"],
        Allowed('"C", "F" or "K", where the line does not say it', '"C"、"F" 或 "K"（行中未写单位时）'),
    ] = "C"
    ask: Annotated[
        str,
        Field(max_length=64),
        Allowed("what to send for an answer; left out if the logger speaks by itself", "询问指令；设备主动发送时省略"),
    ] = ""
    checksum: Annotated[
        Literal["xor", "sum", "crc16-modbus"] | None,
        Allowed('"xor", "sum" or "crc16-modbus", or leave it out', '"xor"、"sum" 或 "crc16-modbus"，或省略'),
    ] = None
    no_sensor: _Words = ()
    fault: _Words = ()
    least: _Degrees = "-200"
    most: _Degrees = "300"
    channels: SomeChannels
    poll_s: Seconds = 20

    def driver_settings(self) -> dict[str, object]:
        """Return what the driver for lines of text is told."""
        names = ("line", "unit", "ask", "checksum", "no_sensor", "fault", "least", "most")
        return {name: getattr(self, name) for name in names}


class DriverTable(Table):
    """A device on a serial line with a driver from another package."""

    driver: Annotated[
        str,
        Field(min_length=1, max_length=64),
        Allowed("the name of an installed driver", "已安装的驱动名称"),
    ]
    port: SerialPort
    baud: Baud = 9600
    framing: Framing = FRAMING
    channels: SomeChannels
    poll_s: Seconds = 20
    settings: Annotated[
        dict[str, Any],
        Allowed("a table with what this driver wants to know", "该驱动所需的设置表"),
    ] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A place in the file that names an origin of readings; `kind` of a contact, None of a probe."""

    loc: Loc
    id: str
    contact: InputPlan | None = None


def device_plan(table: DeviceTable, folder: Path = Path()) -> DevicePlan:
    """Return the plan of a device. Raises InvalidMapError."""
    return DevicePlan(
        slave=table.slave,
        map=placed(load_map(table.map, folder), table.registers),
        channels=dict(sorted(table.channels.items())),
        poll_ms=table.poll_s * 1_000,
        contacts=dict(sorted(table.contacts.items())),
    )


def with_absolute_map(table: DeviceTable, folder: Path) -> DeviceTable:
    """Return a device whose map, if it is a file of its own, is named by a whole path."""
    if not table.map.endswith(SUFFIX):
        return table
    return table.model_copy(update={"map": str(folder / Path(table.map).expanduser())})


def device_problems(loc: Loc, table: DeviceTable, folder: Path) -> list[Problem]:
    """Return what is wrong with a device: its map, its channels, an address that nobody has said."""
    try:
        map_ = placed(load_map(table.map, folder), table.registers)
    except InvalidMapError as error:
        what = Text(en=f'= "{table.map}": {error.en}', zh=f'= "{table.map}"：{error.zh}')
        return [Problem(key=key_text((*loc, "map")), what=what)]
    found = [problem for name in table.channels for problem in _channel_problems(loc, map_, name)]
    found += [problem for name in table.contacts for problem in _contact_problems(loc, map_, name)]
    if not table.channels and not table.contacts:
        what = Text(
            en="watches nothing; write channels or contacts", zh="没有监视任何通道；请填写 channels 或 contacts"
        )
        found.append(Problem(key=key_text(loc), what=what))
    return found


def ascii_problems(loc: Loc, table: AsciiTable) -> list[Problem]:
    """Return what is wrong with the declaration of a logger's lines."""
    try:
        AsciiLine(table.driver_settings())
    except ValueError as error:
        what = Text(en=f"cannot be used: {error}", zh=f"无法使用：{error}")
        return [Problem(key=key_text((*loc, "line")), what=what)]
    return []


def device_origins(loc: Loc, table: DeviceTable, folder: Path = Path()) -> Iterable[Origin]:
    """Yield the probes and contacts of a device; contacts that its map does not know are left out."""
    yield from probe_origins((*loc, "channels"), table.channels)
    try:
        map_ = load_map(table.map, folder)
    except InvalidMapError:
        return
    for number, (name, contact) in enumerate(table.contacts.items()):
        wired = map_.contact(name)
        if wired is not None:
            plan = InputPlan(number=number, contact=contact, kind=wired.kind, inverted=wired.inverted)
            yield Origin(loc=(*loc, "contacts", name), id=contact, contact=plan)


def probe_origins(loc: Loc, channels: Mapping[str, str]) -> Iterable[Origin]:
    """Yield the probes of a table of channels."""
    yield from (Origin(loc=(*loc, channel), id=probe) for channel, probe in channels.items())


def w1_plan(table: W1Table) -> W1Plan:
    """Return the plan of a 1-Wire folder."""
    return W1Plan(folder=table.folder, probes=dict(sorted(table.probes.items())), poll_ms=table.poll_s * 1_000)


def ascii_plan(table: AsciiTable) -> DriverPlan:
    """Return the plan of a logger's line."""
    return _driver_plan(ASCII_LINE, table, table.driver_settings())


def driver_plan(table: DriverTable) -> DriverPlan:
    """Return the plan of a line with a driver."""
    return _driver_plan(table.driver, table, table.settings)


def _driver_plan(name: str, table: AsciiTable | DriverTable, settings: Mapping[str, object]) -> DriverPlan:
    return DriverPlan(
        driver=name,
        port=table.port,
        channels=dict(sorted(table.channels.items())),
        poll_ms=table.poll_s * 1_000,
        baud=table.baud,
        framing=table.framing,
        settings=settings,
    )


def _channel_problems(loc: Loc, map_: RegisterMap, name: str) -> list[Problem]:
    channel = map_.channel(name)
    key = key_text((*loc, "channels", name))
    if channel is None:
        listed = [channel.name for channel in map_.channels]
        return [Problem(key=key, what=_not_in_the_map(map_, listed))]
    if channel.register is not None:
        return []
    extremes = f', and "{name}{STORED_MIN}" and "{name}{STORED_MAX}" if it keeps them' if channel.stored else ""
    what = Text(
        en=f"has no register in map {map_.name}, because models differ: write registers = {{ "
        f'"{name}" = ... }} from the sheet of your model{extremes}',
        zh=f'在映射 {map_.name} 中没有寄存器地址（因型号而异）：请按说明书填写 registers = {{ "{name}" = ... }}',
    )
    return [Problem(key=key, what=what)]


def _contact_problems(loc: Loc, map_: RegisterMap, name: str) -> list[Problem]:
    if map_.contact(name) is not None:
        return []
    listed = [contact.name for contact in map_.contacts]
    return [Problem(key=key_text((*loc, "contacts", name)), what=_not_in_the_map(map_, listed))]


def _not_in_the_map(map_: RegisterMap, names: list[str]) -> Text:
    return Text(
        en=f"does not stand in map {map_.name}, which has: {', '.join(names) or 'none'}",
        zh=f"不在映射 {map_.name} 中，可用：{'、'.join(names) or '无'}",
    )
