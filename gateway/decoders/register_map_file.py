"""Register maps as TOML: read strictly, because a key that is misspelt would be a temperature that is wrong.

docs/drivers.md explains every key. What the maps that come with the program do not know, an address that differs from
model to model, they leave out: then the settings have to say it, from the device's own sheet.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from coldchain.errors import ColdchainError
from coldchain.places import ContactKind, Text
from coldchain.temperature import ABSOLUTE_ZERO_MICRO_CELSIUS, MICRO
from gateway.decoders.modbus_rtu import BIT_FUNCTIONS
from gateway.decoders.register_map import (
    ADDRESS_MAX,
    Channel,
    Check,
    FaultBit,
    MapContact,
    Reading,
    RegisterMap,
    WordOrder,
    WordType,
    number_of,
)

FORMAT: Final = 1
FILE_BYTES_MAX: Final = 64 * 1024
CHANNELS_MAX: Final = 64
HOLES_DEFAULT: Final = 8
STORED_MIN, STORED_MAX = ".min", ".max"

_Address = Annotated[int, Meta(ge=0, le=ADDRESS_MAX)]
_RegisterFunction = Annotated[int, Meta(ge=3, le=4)]
_Function = Annotated[int, Meta(ge=1, le=4)]
_Bit = Annotated[int, Meta(ge=0, le=15)]
_Name = Annotated[str, Meta(pattern="^[a-z0-9-]{1,16}$")]
_Line = Annotated[str, Meta(min_length=1, max_length=500)]
_Sentinels = Annotated[list[int], Meta(max_length=16)]


class InvalidMapError(ColdchainError):
    """A register map cannot be used. The message names the map, the key and what is allowed."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(f"{en} / {zh}")
        self.en = en
        self.zh = zh


class _ReadingTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    function: _RegisterFunction | UnsetType = UNSET
    type: WordType | UnsetType = UNSET
    order: WordOrder | UnsetType = UNSET
    scale: str | UnsetType = UNSET
    offset: str | UnsetType = UNSET
    least: str | UnsetType = UNSET
    most: str | UnsetType = UNSET
    no_sensor: _Sentinels | UnsetType = UNSET
    fault: _Sentinels | UnsetType = UNSET
    power_on: _Sentinels | UnsetType = UNSET


class _BitTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    function: _Function
    address: _Address
    bit: _Bit = 0


class _ChannelTable(_ReadingTable, frozen=True, kw_only=True, forbid_unknown_fields=True):
    register: _Address | None = None
    stored: bool = False
    stored_min: _Address | None = None
    stored_max: _Address | None = None
    fault_bits: Annotated[list[_BitTable], Meta(max_length=8)] = []


class _CheckTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    function: _RegisterFunction
    register: _Address
    least: Annotated[int, Meta(ge=0, le=0xFFFF)]
    most: Annotated[int, Meta(ge=0, le=0xFFFF)]


class _ContactTable(_BitTable, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: ContactKind
    inverted: bool = False


class _MapFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: int
    name: _Name
    version: Annotated[int, Meta(ge=1)]
    en: _Line
    zh: _Line
    source: _Line
    confirmed: bool
    baud: int = 9_600
    framing: Annotated[str, Meta(pattern="^[78][NEO][12]$")] = "8N1"
    holes: Annotated[int, Meta(ge=0, le=100)] = HOLES_DEFAULT
    reading: _ReadingTable = _ReadingTable()
    channel: Annotated[dict[_Name, _ChannelTable], Meta(min_length=1, max_length=CHANNELS_MAX)]
    check: Annotated[list[_CheckTable], Meta(max_length=8)] = []
    contact: Annotated[dict[_Name, _ContactTable], Meta(max_length=16)] = {}


def read_map(toml: bytes, name: str) -> RegisterMap:
    """Read a map; `name` is what messages call it. Raises InvalidMapError that names the key and what is allowed."""
    if len(toml) > FILE_BYTES_MAX:
        raise _invalid(name, f"is larger than {FILE_BYTES_MAX} bytes", f"超过 {FILE_BYTES_MAX} 字节")
    try:
        file = msgspec.convert(tomllib.loads(toml.decode()), _MapFile)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _invalid(name, f"is not valid TOML: {error}", f"不是有效的 TOML：{error}") from error
    except msgspec.ValidationError as error:
        raise _invalid(name, f"is not valid: {error}", f"内容无效：{error}") from error
    if file.format != FORMAT:
        raise _invalid(
            name,
            f"has format {file.format}, this program reads format {FORMAT}",
            f"格式为 {file.format}，本程序读取格式 {FORMAT}",
        )
    return RegisterMap(
        name=file.name,
        version=file.version,
        text=Text(en=file.en, zh=file.zh),
        source=file.source,
        confirmed=file.confirmed,
        baud=file.baud,
        framing=file.framing,
        holes=file.holes,
        channels=tuple(_channel(name, key, file.reading, table) for key, table in file.channel.items()),
        checks=tuple(
            Check(function=table.function, register=table.register, least=table.least, most=table.most)
            for table in file.check
        ),
        contacts=tuple(_contact(key, table) for key, table in file.contact.items()),
    )


def placed(map_: RegisterMap, registers: Mapping[str, int]) -> RegisterMap:
    """Return the map with the addresses that the settings add: of a channel, or of `channel.min` and `channel.max`.

    Raises InvalidMapError for an address that the map knows already, or of a channel that it does not have.
    """
    names = [channel.name for channel in map_.channels]
    for key in registers:
        name = key.removesuffix(STORED_MIN).removesuffix(STORED_MAX)
        channel = map_.channel(name)
        if channel is None or (name != key and not channel.stored):
            listed = ", ".join(names)
            raise _invalid(map_.name, f"has no channel for register {key!r}: {listed}", f"没有通道 {key!r}：{listed}")
        if channel.register is not None:
            raise _invalid(
                map_.name,
                f"knows the register of {name} itself; for another address copy the map and write its path",
                f"已规定 {name} 的寄存器；如地址不同，请复制映射文件并填写其路径",
            )
    return replace(map_, channels=tuple(_with_address(channel, registers) for channel in map_.channels))


def _with_address(channel: Channel, registers: Mapping[str, int]) -> Channel:
    if channel.name not in registers:
        return channel
    return replace(
        channel,
        register=registers[channel.name],
        stored_min=registers.get(channel.name + STORED_MIN),
        stored_max=registers.get(channel.name + STORED_MAX),
    )


def _channel(map_name: str, name: str, default: _ReadingTable, table: _ChannelTable) -> Channel:
    said = {
        key: value
        for source in (default, table)
        for key in _ReadingTable.__struct_fields__
        if (value := getattr(source, key)) is not UNSET
    }
    needed = ("function", "type", "order", "scale", "least", "most")
    if missing := [key for key in needed if key not in said]:
        listed = ", ".join(missing)
        raise _invalid(map_name, f"lacks {listed} for channel {name}", f"通道 {name} 缺少 {listed}")
    known = (table.register, table.stored_min, table.stored_max)
    return Channel(
        name=name,
        function=said["function"],
        reading=_reading(map_name, name, said),
        register=table.register,
        stored_min=table.stored_min,
        stored_max=table.stored_max,
        stored=table.stored or any(address is not None for address in known[1:]),
        faults=tuple(FaultBit(function=bit.function, address=bit.address, bit=_bit(bit)) for bit in table.fault_bits),
    )


def _reading(map_name: str, channel: str, said: Mapping[str, Any]) -> Reading:
    bare = Reading(
        type=said["type"],
        order=said["order"],
        scale=_ratio(map_name, channel, "scale", said["scale"]) * MICRO,
        offset=_ratio(map_name, channel, "offset", said.get("offset", "0")) * MICRO,
        least_micro_celsius=_micro(map_name, channel, "least", said["least"]),
        most_micro_celsius=_micro(map_name, channel, "most", said["most"]),
    )
    if bare.scale == 0 or bare.least_micro_celsius > bare.most_micro_celsius:
        raise _invalid(map_name, f"has scale 0 or least above most for channel {channel}", f"通道 {channel} 的换算有误")
    no_sensor, fault, power_on = (
        frozenset(_sentinel(map_name, channel, bare, value) for value in said.get(key, ()))
        for key in ("no_sensor", "fault", "power_on")
    )
    return replace(bare, no_sensor=no_sensor, fault=fault, power_on=power_on)


def _sentinel(map_name: str, channel: str, reading: Reading, value: int) -> int:
    """Return a sentinel as a number: 0x8000 of an int16 is -32768. A float's sentinels are numbers already."""
    if reading.type is WordType.FLOAT32:
        return value
    bits = 16 * reading.type.words
    if reading.type is WordType.SIGNMAG16 and value == 0x8000:
        raise _invalid(map_name, f"calls -0 a sentinel for channel {channel}", f"通道 {channel} 不可将 -0 作为特殊值")
    if not -(1 << bits - 1) <= value < 1 << bits:
        raise _invalid(
            map_name,
            f"has the sentinel {value} for channel {channel}, which does not fit into {bits} bits",
            f"通道 {channel} 的特殊值 {value} 超出 {bits} 位",
        )
    if value < 0:
        return value
    plain = replace(reading, order=WordOrder.ABCD)
    number = number_of(plain, [value >> shift & 0xFFFF for shift in range(bits - 16, -1, -16)])
    return 0 if number is None else int(number)


def _ratio(map_name: str, channel: str, key: str, text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise _invalid(
            map_name,
            f'has {key} = "{text}" for channel {channel}: write an exact number such as "0.1", "1/10" or "5/9"',
            f'通道 {channel} 的 {key} = "{text}" 无效：请写精确数值，如 "0.1"、"1/10" 或 "5/9"',
        ) from error


def _micro(map_name: str, channel: str, key: str, text: str) -> int:
    return max(ABSOLUTE_ZERO_MICRO_CELSIUS, round(_ratio(map_name, channel, key, text) * MICRO))


def _contact(name: str, table: _ContactTable) -> MapContact:
    return MapContact(
        name=name,
        kind=table.kind,
        function=table.function,
        address=table.address,
        bit=_bit(table),
        inverted=table.inverted,
    )


def _bit(table: _BitTable) -> int:
    return 0 if table.function in BIT_FUNCTIONS else table.bit


def _invalid(name: str, en: str, zh: str) -> InvalidMapError:
    return InvalidMapError(f"register map {name} {en}", f"寄存器映射 {name} {zh}")
