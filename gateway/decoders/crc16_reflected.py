"""CRC-16 with polynomial 0x1021 reflected (0x8408), as Chafon's readers (MCRF4XX) and ISO 13239 (X-25) use it.

The standard library has the same polynomial unreflected. Reflecting a CRC is reversing the bits of each byte before and
of the result after, and both are tables: so the work is done at the speed of C.
"""

import binascii
from typing import Final

START: Final = 0xFFFF
_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def crc16_reflected(data: bytes) -> int:
    """Return the CRC, start 0xFFFF, not inverted (CRC-16/MCRF4XX); inverted it is CRC-16/X-25."""
    crc = binascii.crc_hqx(data.translate(_REVERSED), START)
    return _REVERSED[crc & 0xFF] << 8 | _REVERSED[crc >> 8]


def is_sealed(data: bytes) -> bool:
    """Tell whether data end with their CRC, low byte first: over both together it comes to 0."""
    return binascii.crc_hqx(data.translate(_REVERSED), START) == 0
