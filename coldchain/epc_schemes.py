"""The tables of the EPC schemes: which bits are what. Source: GS1 EPC Tag Data Standard, partition tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

_HEAD_BITS: Final = 14  # header 8, filter 3, partition 3


class Serial(Enum):
    """What follows the company prefix and the reference."""

    NONE = "none"  # reserved bits, all zero
    NUMBER = "number"
    TEXT = "text"  # seven bits a character
    IN_REFERENCE = "in-reference"  # one number, no serial of its own
    TEXT_IN_REFERENCE = "text-in-reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One row of a partition table, with the places of its fields counted from the right of the scheme's bits.

    `…_end` is the first number that has too many digits. `tail_…`: everything behind the company prefix.
    """

    prefix_bits: int
    prefix_digits: int
    prefix_shift: int
    prefix_mask: int
    prefix_end: int
    reference_bits: int
    reference_digits: int
    reference_shift: int
    reference_mask: int
    reference_end: int
    tail_bits: int
    tail_mask: int
    prefix_format: str
    reference_format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One coding scheme. `hex_digits`: of whole 16-bit words; `pad_bits`: how many of them are padding."""

    name: str
    family: str
    header: int
    bits: int
    serial: Serial
    serial_bits: int
    partitions: tuple[Partition, ...]

    @property
    def gid(self) -> bool:
        """Whether it is a general identifier, which has neither filter nor partition."""
        return self.family == "gid"

    # Asked for with every tag, so worked out once.
    hex_digits: int
    pad_bits: int
    filter_shift: int
    partition_shift: int
    serial_mask: int


_PREFIX_BITS: Final = (40, 37, 34, 30, 27, 24, 20)  # of 12, 11, … 6 digits


def _partitions(bits: int, serial_bits: int, references: Sequence[tuple[int, int]]) -> tuple[Partition, ...]:
    rows = []
    for index, (prefix_bits, (reference_bits, reference_digits)) in enumerate(
        zip(_PREFIX_BITS, references, strict=True)
    ):
        digits = 12 - index
        tail_bits = bits - _HEAD_BITS - prefix_bits
        rows.append(
            Partition(
                prefix_bits=prefix_bits,
                prefix_digits=digits,
                prefix_shift=tail_bits,
                prefix_mask=(1 << prefix_bits) - 1,
                prefix_end=10**digits,
                reference_bits=reference_bits,
                reference_digits=reference_digits,
                reference_shift=serial_bits,
                reference_mask=(1 << reference_bits) - 1,
                reference_end=10**reference_digits,
                tail_bits=tail_bits,
                tail_mask=(1 << tail_bits) - 1,
                prefix_format=f"%0{digits}d",
                reference_format=f"%0{reference_digits}d",
            )
        )
    return tuple(rows)


def _scheme(
    family: str, bits: int, header: int, serial: Serial, serial_bits: int, references: Sequence[tuple[int, int]] = ()
) -> Scheme:
    padded = bits + -bits % 16
    return Scheme(
        name=f"{family}-{bits}",
        family=family,
        header=header,
        bits=bits,
        serial=serial,
        serial_bits=serial_bits,
        partitions=_partitions(bits, serial_bits, references) if references else (),
        hex_digits=padded // 4,
        pad_bits=padded - bits,
        filter_shift=bits - 11,
        partition_shift=bits - _HEAD_BITS,
        serial_mask=(1 << serial_bits) - 1,
    )


# Bits and digits of the reference beside a company prefix of 12, 11, … 6 digits.
_GTIN: Final = ((4, 1), (7, 2), (10, 3), (14, 4), (17, 5), (20, 6), (24, 7))
_SSCC: Final = ((18, 5), (21, 6), (24, 7), (28, 8), (31, 9), (34, 10), (38, 11))
_GLN: Final = ((1, 0), (4, 1), (7, 2), (11, 3), (14, 4), (17, 5), (21, 6))
_GRAI: Final = ((4, 0), (7, 1), (10, 2), (14, 3), (17, 4), (20, 5), (24, 6))
_GSRN: Final = ((18, 5), (21, 6), (24, 7), (28, 8), (31, 9), (34, 10), (38, 11))
_ALONE: Final = ((0, 0),) * 7  # the reference is the rest

_ALL: Final = (
    _scheme("sgtin", 96, 0x30, Serial.NUMBER, 38, _GTIN),
    _scheme("sgtin", 198, 0x36, Serial.TEXT, 140, _GTIN),
    _scheme("sscc", 96, 0x31, Serial.NONE, 24, _SSCC),
    _scheme("sgln", 96, 0x32, Serial.NUMBER, 41, _GLN),
    _scheme("sgln", 195, 0x39, Serial.TEXT, 140, _GLN),
    _scheme("grai", 96, 0x33, Serial.NUMBER, 38, _GRAI),
    _scheme("grai", 170, 0x37, Serial.TEXT, 112, _GRAI),
    _scheme("giai", 96, 0x34, Serial.IN_REFERENCE, 0, _ALONE),
    _scheme("giai", 202, 0x38, Serial.TEXT_IN_REFERENCE, 0, _ALONE),
    _scheme("gsrn", 96, 0x2D, Serial.NONE, 24, _GSRN),
    _scheme("gsrnp", 96, 0x2E, Serial.NONE, 24, _GSRN),
    _scheme("gdti", 96, 0x2C, Serial.NUMBER, 41, _GLN),
    _scheme("gdti", 174, 0x3E, Serial.TEXT, 119, _GLN),
    _scheme("gid", 96, 0x35, Serial.NUMBER, 36),
)
BY_HEADER: Final[Mapping[int, Scheme]] = MappingProxyType({scheme.header: scheme for scheme in _ALL})
BY_NAME: Final[Mapping[str, Scheme]] = MappingProxyType({scheme.name: scheme for scheme in _ALL})

# Known by name, so that the answer to their tags is more than "unknown".
OTHER_HEADERS: Final[Mapping[int, str]] = MappingProxyType(
    {
        0x2F: "USDOD-96",
        0x3A: "GDTI-113",
        0x3B: "ADI-var",
        0x3C: "CPI-96",
        0x3D: "CPI-var",
        0x3F: "SGCN-96",
        0x40: "ITIP-110",
        0x41: "ITIP-212",
        0xE2: "a TID (the number of the chip, not an EPC)",
    }
)
