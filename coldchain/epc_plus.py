"""The `+` schemes of the EPC Tag Data Standard 2.x: GS1 keys in decimal digits, without a company prefix. Pure.

    header 8 | more data follows 1 | filter 3 | [date type 4, date 16] | digits, 4 bits each | [serial]
    serial     kind 3 | characters 5 | value            kind 0: a number, 4: seven bits a character
    date       year 7 | month 4 | day 5

Sources: TDS 2.x; vectors E-12 to E-15 of its annex E.3. Read are SGTIN+, DSGTIN+, SSCC+, SGLN+, GSRN+, GSRNP+ and GDTI+
with serials of kinds 0 to 4; a serial in URN Code 40 (kind 5) and the other `+` schemes are refused by name.
A DSGTIN+ with an expiry date lets a tag say that by itself, without a table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import msgspec

from coldchain.bits import BitReader, BitWriter
from coldchain.epc_text import from_seven_bits, is_number, seven_bits
from coldchain.errors import InvalidValueError
from coldchain.gs1 import Pairs, fault, require_pairs

NUMBER_KIND: Final = 0
TEXT_KIND: Final = 4
SERIAL_MAX: Final = 20
_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_DATE_AIS: Final = ("11", "13", "15", "16", "17", "7006", "7007")  # by date type


@dataclass(frozen=True, slots=True)
class _Layout:
    name: str
    ai: str
    digits: int
    serial_ai: str | None = None  # "" : the serial is a part of the key's own value
    dated: bool = False


_LAYOUTS: Final[Mapping[int, _Layout]] = MappingProxyType(
    {
        0xF2: _Layout("sgln+", "414", 13, "254"),
        0xF4: _Layout("gsrn+", "8018", 18),
        0xF5: _Layout("gsrnp+", "8017", 18),
        0xF6: _Layout("gdti+", "253", 13, ""),
        0xF7: _Layout("sgtin+", "01", 14, "21"),
        0xF9: _Layout("sscc+", "00", 18),
        0xFB: _Layout("dsgtin+", "01", 14, "21", dated=True),
    }
)
_UNREAD: Final[Mapping[int, str]] = MappingProxyType(
    {0xF0: "CPI+", 0xF1: "GRAI+", 0xF3: "ITIP+", 0xF8: "SGCN+", 0xFA: "GIAI+"}
)
HEADERS: Final = frozenset((*_LAYOUTS, *_UNREAD))
_BY_NAME: Final = {layout.name: (header, layout) for header, layout in _LAYOUTS.items()}


class PlusEpc(msgspec.Struct, frozen=True, kw_only=True):
    """What a tag of a `+` scheme says. `more`: other data follows the key in its memory, which is not read here."""

    scheme: str
    filter_value: int
    pairs: Pairs
    more: bool = False


def decode(text: str) -> PlusEpc:
    """Read hex of whole words whose header is one of HEADERS. Raises ValueError that says what is wrong."""
    bits = BitReader(int(text, 16), 4 * len(text))
    header = bits.take(8)
    layout = _LAYOUTS.get(header)
    if layout is None:
        msg = f"{_UNREAD[header]} is not read here"
        raise ValueError(msg)
    more, filter_value = bool(bits.take(1)), bits.take(3)
    dates = (_date(bits),) if layout.dated else ()
    key = _digits(bits, layout.digits)
    serial = None if layout.serial_ai is None else _serial(bits)
    if not more and (bits.left >= 16 or bits.rest()):
        msg = f"there is data behind the end of {layout.name}"
        raise ValueError(msg)
    pairs = _joined(layout, key, serial, dates)
    for ai, value in pairs:
        if wrong := fault(ai, value):
            raise ValueError(wrong)
    return PlusEpc(scheme=layout.name, filter_value=filter_value, pairs=pairs, more=more)


def _joined(layout: _Layout, key: str, serial: str | None, dates: Pairs) -> Pairs:
    if layout.serial_ai == "":
        return ((layout.ai, key + (serial or "")),)
    if not serial:  # an extension of a place may be left out
        return ((layout.ai, key), *dates)
    return ((layout.ai, key), (layout.serial_ai or "", serial), *dates)


def _digits(bits: BitReader, count: int) -> str:
    digits = f"{bits.take(4 * count):0{count}X}"
    if not digits.isdigit():
        msg = f"{digits} has a nibble above 9 where a digit belongs"
        raise ValueError(msg)
    return digits


def _date(bits: BitReader) -> tuple[str, str]:
    kind, year, month, day = bits.take(4), bits.take(7), bits.take(4), bits.take(5)
    if kind >= len(_DATE_AIS) or year > 99 or not 1 <= month <= 12 or day > 31:
        msg = f"date type {kind} with {year}-{month}-{day} is no date"
        raise ValueError(msg)
    return _DATE_AIS[kind], f"{year:02d}{month:02d}{day:02d}"


def _serial(bits: BitReader) -> str:
    kind, length = bits.take(3), bits.take(5)
    match kind:
        case 0:
            return _number(bits, length)
        case 1 | 2:
            text = f"{bits.take(4 * length):0{length}X}" if length else ""
            return text if kind == 1 else text.lower()
        case 3:
            return "".join(_BASE64[bits.take(6)] for _ in range(length))
        case 4:
            text = from_seven_bits(bits.take(7 * length), 7 * length)
            if len(text) != length:
                msg = "a serial ends before its length"
                raise ValueError(msg)
            return text
        case _:
            msg = f"a serial of kind {kind} is not read here"
            raise ValueError(msg)


def _number(bits: BitReader, length: int) -> str:
    value = bits.take(_number_bits(length)) if length else 0
    if value >= 10**length:
        msg = f"a serial has more than the {length} digits that it says"
        raise ValueError(msg)
    return f"{value:0{length}d}" if length else ""


def _number_bits(digits: int) -> int:
    largest: int = 10**digits - 1
    return largest.bit_length()


def encode(epc: PlusEpc) -> str:
    """Return the hex of a tag, whole words. A serial becomes a number if it is one without leading zeros, else text.

    Raises InvalidValueError: unknown scheme, a value that is not allowed, more data than the key.
    """
    known = _BY_NAME.get(epc.scheme)
    if known is None or epc.more:
        msg = f"{epc.scheme!r} is not written here; known are {', '.join(_BY_NAME)}, with nothing behind the key"
        raise InvalidValueError(msg)
    require_pairs(epc.pairs)
    header, layout = known
    bits = BitWriter()
    try:
        bits.put(header, 8)
        bits.put(epc.filter_value, 4)  # the bit before it says that nothing follows
        _put_pairs(bits, layout, epc.pairs)
    except (ValueError, StopIteration) as error:
        msg = f"{epc.pairs} cannot be written as {epc.scheme}: {error}"
        raise InvalidValueError(msg) from error
    text = bits.hex_words()
    try:
        same = decode(text) == epc
    except ValueError:
        same = False
    if not same:
        msg = f"{epc.pairs} cannot be written as {epc.scheme} and read back as the same"
        raise InvalidValueError(msg)
    return text


def _put_pairs(bits: BitWriter, layout: _Layout, pairs: Pairs) -> None:
    of = dict(pairs)
    if layout.dated:
        ai = next(ai for ai in of if ai in _DATE_AIS)
        bits.put(_DATE_AIS.index(ai), 4)
        for part, width in zip((of[ai][:2], of[ai][2:4], of[ai][4:6]), (7, 4, 5), strict=True):
            bits.put(int(part), width)
    key = of[layout.ai]
    for digit in key[: layout.digits]:
        bits.put(int(digit), 4)
    if layout.serial_ai is not None:
        _put_serial(bits, of.get(layout.serial_ai, "") if layout.serial_ai else key[layout.digits :])


def _put_serial(bits: BitWriter, serial: str) -> None:
    if len(serial) > SERIAL_MAX:
        msg = f"a serial has at most {SERIAL_MAX} characters"
        raise ValueError(msg)
    if is_number(serial) and (serial == "0" or serial[0] != "0"):
        bits.put(NUMBER_KIND, 3)
        bits.put(len(serial), 5)
        bits.put(int(serial), _number_bits(len(serial)))
        return
    bits.put(TEXT_KIND, 3)
    bits.put(len(serial), 5)
    if serial:
        bits.put(seven_bits(serial, 7 * len(serial)), 7 * len(serial))
