"""Electronic product codes of Gen2 tags: hexadecimal to keys and back. Pure.

    header 8 | filter 3 | partition 3 | company prefix | reference | serial | zero bits up to a whole word

A tag is a binding, never an identity: what it says is evidence beside the table that ties it to a unit.

Source: GS1 EPC Tag Data Standard (TDS), the schemes of 96 bits and their long forms; `+` schemes: `epc_plus`. Read are
SGTIN, SSCC, SGLN, GRAI, GIAI, GSRN, GSRNP, GDTI and GID; other headers are known by name and refused by name.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

import msgspec

from coldchain import epc_plus
from coldchain.bits import BitWriter
from coldchain.epc_schemes import BY_HEADER, BY_NAME, OTHER_HEADERS, Partition, Scheme, Serial
from coldchain.epc_text import escaped, from_seven_bits, is_number, seven_bits, unescaped
from coldchain.errors import InvalidValueError
from coldchain.gs1 import Pairs, require_pairs, with_check

BYTES_MAX: Final = 62  # 31 words of 16 bits: the length field of Gen2 has 5 bits
_TAG_URI: Final = "urn:epc:tag:"


class NotAnEpc(NamedTuple):
    """Why a tag's memory is not read as an EPC; tags with other contents are common and not faulty."""

    reason: str


_QuickRow: TypeAlias = tuple[int, int, int, str, int, int, int, str]


class Epc(msgspec.Struct, frozen=True, kw_only=True):
    """What a tag says. `parts` are those of its tag URI: company prefix, reference, serial, as far as it has them.

    `filter_value` 0..7 says what kind of thing it is (of an SGTIN 1: sold over a counter, 3: a pack); GID has none.
    """

    scheme: str
    filter_value: int | None
    parts: tuple[str, ...]

    @property
    def tag_uri(self) -> str:
        """The tag URI, `urn:epc:tag:sgtin-96:3.95060001343.05.123456789`."""
        body = _body(self.parts)
        return f"{_TAG_URI}{self.scheme}:" + ("" if self.filter_value is None else f"{self.filter_value}.") + body

    @property
    def pure_identity(self) -> str:
        """The same without what concerns the tag only: `urn:epc:id:sgtin:95060001343.05.123456789`."""
        return _PURE[self.scheme] + _body(self.parts)

    @property
    def pairs(self) -> Pairs:
        """The GS1 key as application identifiers; () for a GID, which is none."""
        return _PAIRS[BY_NAME[self.scheme].family](self.parts)


Tag: TypeAlias = Epc | epc_plus.PlusEpc


def _body(parts: tuple[str, ...]) -> str:
    joined = "".join(parts)
    plain = joined.isascii() and joined.isalnum()  # most are, and then nothing is escaped
    return ".".join(parts if plain else map(escaped, parts))


_PURE: Final = {name: f"urn:epc:id:{scheme.family}:" for name, scheme in BY_NAME.items()}


def _quick_row(row: Partition) -> _QuickRow | None:
    if not row.reference_digits:
        return None
    prefix = (row.prefix_shift, row.prefix_mask, row.prefix_end, row.prefix_format)
    return (*prefix, row.reference_shift, row.reference_mask, row.reference_end, row.reference_format)


def _quick(scheme: Scheme) -> tuple[int, str, int, tuple[_QuickRow | None, ...], int]:
    rows = (*map(_quick_row, scheme.partitions), None)  # partition 7 does not exist
    return scheme.hex_digits, scheme.name, scheme.partition_shift, rows, scheme.serial_mask


# What most tags are, key and serial all numbers without padding: plain tuples, for each attribute asked costs time.
_QUICK: Final = {
    header: _quick(scheme)
    for header, scheme in BY_HEADER.items()
    if scheme.serial is Serial.NUMBER and scheme.partitions and not scheme.pad_bits
}


def decode(text: str) -> Tag | NotAnEpc:
    """Read the EPC memory of a tag, hex of whole 16-bit words. What follows the key must be zero.

    The short way is for what most tags are, and says nothing that the long one would not say.
    """
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    quick = _QUICK.get(raw[0]) if raw else None
    if quick is not None and len(text) == quick[0] == 2 * len(raw):
        _, name, head_shift, rows, serial_mask = quick
        value = int.from_bytes(raw)
        head = value >> head_shift
        row = rows[head & 7]
        if row is not None:
            shift, mask, end, shape, item_shift, item_mask, item_end, item_shape = row
            prefix, item = value >> shift & mask, value >> item_shift & item_mask
            if prefix < end and item < item_end:
                parts = (shape % prefix, item_shape % item, str(value & serial_mask))
                return Epc(scheme=name, filter_value=head >> 3 & 7, parts=parts)
    return _decode_any(text, raw)


def _decode_any(text: str, raw: bytes) -> Tag | NotAnEpc:
    if not raw or len(text) % 4 or 2 * len(raw) != len(text) or len(raw) > BYTES_MAX:  # fromhex passes over spaces
        return NotAnEpc("it is not hexadecimal digits of whole 16-bit words")
    scheme = BY_HEADER.get(raw[0])
    try:
        if scheme is None:
            return _other(raw[0], text)
        if len(text) != scheme.hex_digits:
            return NotAnEpc(f"{scheme.name} has {scheme.hex_digits} hex digits, here are {len(text)}")
        return _decoded(scheme, int.from_bytes(raw))
    except ValueError as error:  # the message names the field
        return NotAnEpc(str(error))


def _other(header: int, text: str) -> Tag | NotAnEpc:
    if header in epc_plus.HEADERS:
        return epc_plus.decode(text)
    if not text.strip("0"):
        return NotAnEpc("it was never programmed: all zeros")
    name = OTHER_HEADERS.get(header)
    return NotAnEpc(f"{name} is not read here" if name else f"header {header:02X} is none of an EPC")


def _decoded(scheme: Scheme, value: int) -> Epc:
    if scheme.pad_bits:
        if value & ((1 << scheme.pad_bits) - 1):
            msg = f"the padding of {scheme.name} is not zero"
            raise ValueError(msg)
        value >>= scheme.pad_bits
    if not scheme.partitions:
        return Epc(scheme=scheme.name, filter_value=None, parts=_gid_parts(value))
    index = value >> scheme.partition_shift & 7
    if index == 7:
        msg = "partition 7 does not exist"
        raise ValueError(msg)
    row = scheme.partitions[index]
    prefix = value >> row.prefix_shift & row.prefix_mask
    reference = value >> row.reference_shift & row.reference_mask
    if prefix >= row.prefix_end or reference >= row.reference_end:
        msg = f"a number of {scheme.name} has more digits than partition {index} allows"
        raise ValueError(msg)
    company = row.prefix_format % prefix
    if scheme.serial is Serial.NUMBER:  # most tags
        parts: tuple[str, ...] = company, row.reference_format % reference, str(value & scheme.serial_mask)
        if not row.reference_digits:
            parts = company, "", parts[2]
    else:
        parts = (company, *_tail(scheme, row, reference, value))
    return Epc(scheme=scheme.name, filter_value=value >> scheme.filter_shift & 7, parts=parts)


def _tail(scheme: Scheme, row: Partition, reference: int, value: int) -> tuple[str, ...]:
    serial = value & scheme.serial_mask
    if scheme.serial is Serial.IN_REFERENCE:
        return (str(value & row.tail_mask),)
    if scheme.serial is Serial.TEXT_IN_REFERENCE:
        return (from_seven_bits(value & row.tail_mask, row.tail_bits),)
    known = (str(reference).zfill(row.reference_digits) if row.reference_digits else "",)
    if scheme.serial is Serial.TEXT:
        return (*known, from_seven_bits(serial, scheme.serial_bits))
    if serial:
        msg = f"the reserved bits of {scheme.name} are not zero"
        raise ValueError(msg)
    return known


def _gid_parts(value: int) -> tuple[str, ...]:
    return str(value >> 60 & 0xFFFFFFF), str(value >> 36 & 0xFFFFFF), str(value & 0xFFFFFFFFF)


def encode(epc: Epc) -> str:
    """Return the hex of a tag, whole 16-bit words. Raises InvalidValueError if a part does not fit its scheme."""
    scheme = BY_NAME.get(epc.scheme)
    if scheme is None:
        msg = f"scheme {epc.scheme!r} is not written here; known are {', '.join(BY_NAME)}"
        raise InvalidValueError(msg)
    bits = BitWriter()
    bits.put(scheme.header, 8)
    try:
        (_put_gid if scheme.gid else _put_gs1)(bits, scheme, epc)
    except (ValueError, IndexError) as error:
        msg = f"{epc.parts} cannot be written as {epc.scheme}: {error}"
        raise InvalidValueError(msg) from error
    text = bits.hex_words()
    if decode(text) != epc:
        msg = f"{epc.parts} cannot be written as {epc.scheme} and read back as the same; is a part out of its range?"
        raise InvalidValueError(msg)
    return text


def _put_gid(bits: BitWriter, _scheme: Scheme, epc: Epc) -> None:
    for part, width in zip(epc.parts, (28, 24, 36), strict=True):
        bits.put(_number(part), width)


def _put_gs1(bits: BitWriter, scheme: Scheme, epc: Epc) -> None:
    prefix, *rest = epc.parts
    index = 12 - len(prefix)
    if not 0 <= index <= 6:
        msg = f"a company prefix has 6 to 12 digits, not {len(prefix)}"
        raise ValueError(msg)
    row = scheme.partitions[index]
    bits.put(epc.filter_value or 0, 3)
    bits.put(index, 3)
    bits.put(_number(prefix), row.prefix_bits)
    if scheme.serial is Serial.IN_REFERENCE:
        bits.put(_number(rest[0]), row.tail_bits)
        return
    if scheme.serial is Serial.TEXT_IN_REFERENCE:
        bits.put(seven_bits(rest[0], row.tail_bits), row.tail_bits)
        return
    if len(rest[0]) != row.reference_digits:
        msg = f"the reference beside a company prefix of {len(prefix)} digits has {row.reference_digits}"
        raise ValueError(msg)
    bits.put(_number(rest[0] or "0"), row.reference_bits)
    if scheme.serial is Serial.NUMBER:
        bits.put(_number(rest[1]), scheme.serial_bits)
    elif scheme.serial is Serial.TEXT:
        bits.put(seven_bits(rest[1], scheme.serial_bits), scheme.serial_bits)
    else:
        bits.put(0, scheme.serial_bits)


def _number(text: str) -> int:
    if not is_number(text):
        msg = f"{text!r} is no number"
        raise ValueError(msg)
    return int(text)


def parse_tag_uri(text: str) -> Epc:
    """Read a tag URI. Raises InvalidValueError."""
    name, _, body = text.removeprefix(_TAG_URI).partition(":")
    scheme = BY_NAME.get(name)
    if not text.startswith(_TAG_URI) or scheme is None:
        msg = f"{text[:80]!r} is no tag URI that is read here: urn:epc:tag:sgtin-96:3.95060001343.05.123456789"
        raise InvalidValueError(msg)
    first, *parts = body.split(".")
    if scheme.gid:
        epc = Epc(scheme=name, filter_value=None, parts=(first, *parts))
    elif first.isascii() and first.isdigit() and len(first) == 1:
        epc = Epc(scheme=name, filter_value=int(first), parts=tuple(map(unescaped, parts)))
    else:
        msg = f"{text[:80]!r} has no filter value from 0 to 7"
        raise InvalidValueError(msg)
    encode(epc)  # refuses what no tag can hold
    return epc


def of_pairs(pairs: Pairs, *, prefix_digits: int, filter_value: int = 0) -> Epc:
    """Return a GS1 key as an EPC: of 96 bits where its serial is a number that fits, else the long form.

    `prefix_digits`: how long the company prefix in the key is (6 to 12); the key itself does not say.
    Raises InvalidValueError.
    """
    require_pairs(pairs)
    of = dict(pairs)
    family = next((family for family, ai in _FAMILY_AI.items() if ai in of), None)
    if family is None:
        msg = f"{pairs[0][0]} is no key that a tag is written with here"
        raise InvalidValueError(msg)
    parts = _PARTS[family](of, prefix_digits)
    if family in _SERIAL_NEEDED and not parts[-1]:
        msg = f"({_FAMILY_AI[family]}) without a serial number names a kind of thing, and a tag names one thing"
        raise InvalidValueError(msg)
    last: InvalidValueError | None = None
    for scheme in (scheme for scheme in BY_NAME.values() if scheme.family == family):
        epc = Epc(scheme=scheme.name, filter_value=filter_value, parts=parts)
        try:
            encode(epc)
        except InvalidValueError as error:
            last = error
        else:
            return epc
    raise last or InvalidValueError(f"{family} is not written here")


def _split(digits: str, at: int) -> tuple[str, str]:
    return digits[:at], digits[at:]


def _of_gtin(of: Mapping[str, str], prefix: int) -> tuple[str, ...]:
    company, item = _split(of["01"][1:13], prefix)
    return company, of["01"][0] + item, of.get("21", "")


def _of_sscc(of: Mapping[str, str], prefix: int) -> tuple[str, ...]:
    company, reference = _split(of["00"][1:17], prefix)
    return company, of["00"][0] + reference


def _of_gln(of: Mapping[str, str], prefix: int) -> tuple[str, ...]:
    return *_split(of["414"][:12], prefix), of.get("254", "0")


def _of_grai(of: Mapping[str, str], prefix: int) -> tuple[str, ...]:
    return *_split(of["8003"][1:13], prefix), of["8003"][14:]


def _of_gdti(of: Mapping[str, str], prefix: int) -> tuple[str, ...]:
    return *_split(of["253"][:12], prefix), of["253"][13:]


_SERIAL_NEEDED: Final = frozenset({"sgtin", "grai", "gdti"})
_FAMILY_AI: Final = MappingProxyType(
    {
        "sgtin": "01",
        "sscc": "00",
        "sgln": "414",
        "grai": "8003",
        "giai": "8004",
        "gsrn": "8018",
        "gsrnp": "8017",
        "gdti": "253",
    }
)
_PARTS: Final = MappingProxyType(
    {
        "sgtin": _of_gtin,
        "sscc": _of_sscc,
        "sgln": _of_gln,
        "grai": _of_grai,
        "giai": lambda of, prefix: _split(of["8004"], prefix),
        "gsrn": lambda of, prefix: _split(of["8018"][:17], prefix),
        "gsrnp": lambda of, prefix: _split(of["8017"][:17], prefix),
        "gdti": _of_gdti,
    }
)


def _sgln_pairs(parts: tuple[str, ...]) -> Pairs:
    gln = ("414", with_check(parts[0] + parts[1]))
    return (gln,) if parts[2] == "0" else (gln, ("254", parts[2]))  # extension 0: the place itself


_PAIRS: Final[Mapping[str, Callable[[tuple[str, ...]], Pairs]]] = MappingProxyType(
    {
        "sgtin": lambda p: (("01", with_check(p[1][0] + p[0] + p[1][1:])), ("21", p[2])),
        "sscc": lambda p: (("00", with_check(p[1][0] + p[0] + p[1][1:])),),
        "sgln": _sgln_pairs,
        "grai": lambda p: (("8003", "0" + with_check(p[0] + p[1]) + p[2]),),
        "giai": lambda p: (("8004", p[0] + p[1]),),
        "gsrn": lambda p: (("8018", with_check(p[0] + p[1])),),
        "gsrnp": lambda p: (("8017", with_check(p[0] + p[1])),),
        "gdti": lambda p: (("253", with_check(p[0] + p[1]) + p[2]),),
        "gid": lambda _: (),
    }
)
