"""DS18B20 on the machine's 1-Wire bus: what the kernel's file w1_slave says. Text in, a temperature out.

Sources: DS18B20 data sheet (scratchpad of nine bytes, the last a CRC-8 with polynomial x^8+x^5+x^4+1; temperature in
1/16 degree; -55 to +125 degrees; 85 degrees at power-on), documentation of the kernel's w1_therm (two lines).

    72 01 4b 46 7f ff 0e 10 57 : crc=57 YES
    72 01 4b 46 7f ff 0e 10 57 t=23125
    LSB MSB TH TL cfg .. .. ..  CRC      cfg: 1f, 3f, 5f, 7f for 9 to 12 bits; the bits below are not defined

The word YES is not taken for granted: the CRC is computed anew, and the temperature comes from the bytes under it.
"""

import re
from typing import Final

from coldchain.facts import Quality
from gateway.decoders.heard import Fault, Measured, Rejected

FILE_BYTES_MAX: Final = 512
SCRATCHPAD_BYTES: Final = 9
MICRO_PER_SIXTEENTH: Final = 62_500
SIXTEENTHS_MIN: Final = -55 * 16
SIXTEENTHS_MAX: Final = 125 * 16
POWER_ON_SIXTEENTHS: Final = 85 * 16  # what the sensor holds before it has measured
NO_DEVICE: Final = frozenset({-127, -127_000})  # what drivers say when nothing answered on the wire
_LINE: Final = re.compile(r"((?:[0-9a-f]{2} ){9}):? ?(.*)")
_SAID: Final = re.compile(r"t=(-?\d{1,7})")


def crc8(data: bytes) -> int:
    """Return the CRC-8 of 1-Wire: polynomial 0x31 reflected (0x8C), start value 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8C if crc & 1 else crc >> 1
    return crc


def read_w1(sensor: str, text: bytes) -> Measured | Rejected:
    """Return what the file of a sensor says; `sensor` becomes the channel. See at_power_on for 85 degrees."""
    lines = text[:FILE_BYTES_MAX].decode("latin-1").strip().splitlines()
    matches = [_LINE.fullmatch(line.strip()) for line in lines]
    if len(lines) != 2 or not all(matches):
        return Rejected(fault=Fault.NOISE if text.strip() else Fault.TRUNCATED, raw=text[:FILE_BYTES_MAX])
    first, second = (match for match in matches if match is not None)
    said = _SAID.search(second[2])
    if said is not None and int(said[1]) in NO_DEVICE:
        return Measured(channel=sensor, micro_celsius=None, quality=Quality.NO_SENSOR)
    scratchpad = bytes.fromhex(first[1])
    if scratchpad != bytes.fromhex(second[1]) or not _sound(scratchpad):
        return Rejected(fault=Fault.CHECKSUM, raw=text[:FILE_BYTES_MAX])
    sixteenths = _sixteenths(scratchpad)
    if sixteenths == POWER_ON_SIXTEENTHS or not SIXTEENTHS_MIN <= sixteenths <= SIXTEENTHS_MAX:
        return Measured(channel=sensor, micro_celsius=None, quality=Quality.IMPLAUSIBLE)
    return Measured(channel=sensor, micro_celsius=sixteenths * MICRO_PER_SIXTEENTH)


def at_power_on(text: bytes) -> bool:
    """Tell whether a sound file says 85 degrees: worth a second look before it is called implausible."""
    found = _LINE.match(text[:FILE_BYTES_MAX].decode("latin-1").strip())
    scratchpad = bytes.fromhex(found[1]) if found else b""
    return _sound(scratchpad) and _sixteenths(scratchpad) == POWER_ON_SIXTEENTHS


def _sixteenths(scratchpad: bytes) -> int:
    undefined_bits = 3 - (scratchpad[4] >> 5 & 3)
    return int.from_bytes(scratchpad[:2], "little", signed=True) >> undefined_bits << undefined_bits


def _sound(scratchpad: bytes) -> bool:
    """Tell whether nine bytes carry their CRC; nine zeros do too, and are what a line that is shorted gives."""
    return len(scratchpad) == SCRATCHPAD_BYTES and any(scratchpad) and crc8(scratchpad[:-1]) == scratchpad[-1]
