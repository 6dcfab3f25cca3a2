"""R4DCB08: eight DS18B20 probes behind one Modbus RTU slave.

Source: R4DCB08 manual (function 03, registers 0x0000..0x0007: temperature of channel 1..8 as signed 16 bits in
0.1 degrees Celsius, 0x8000 where no sensor answers).
"""

import math
from typing import Final, NamedTuple

from firmware_sim.devices.modbus import RequestCutter, exception, read_span, sealed

CHANNELS: Final = 8
NO_SENSOR: Final = 0x8000
READ_HOLDING_REGISTERS: Final = 0x03
REGISTERS_PER_READ_MAX: Final = 125  # MODBUS Application Protocol V1.1b3, 6.3

_SENSOR_MIN_TENTHS: Final = -550  # DS18B20: -55 to +125 degrees Celsius
_SENSOR_MAX_TENTHS: Final = 1250


class Answer(NamedTuple):
    """One answer frame; `registers` are the raw words in it from register `first` on (none in an exception)."""

    frame: bytes
    first: int = 0
    registers: tuple[int, ...] = ()


def register_of(celsius: float) -> int:
    """Return the register for a temperature: tenths of a degree, half a tenth upwards, two's complement."""
    tenths = math.floor(celsius * 10 + 0.5)
    return max(_SENSOR_MIN_TENTHS, min(_SENSOR_MAX_TENTHS, tenths)) & 0xFFFF


class R4dcb08:
    """The collector. Set `registers` before bytes are handed in; no sensor is connected at first."""

    def __init__(self, address: int = 1) -> None:
        """Listen to one Modbus address (1..247)."""
        self.address = address
        self.registers = [NO_SENSOR] * CHANNELS
        self._cutter = RequestCutter()

    @property
    def midway(self) -> bool:
        """Whether a request has begun and is not yet complete."""
        return self._cutter.midway

    def receive(self, data: bytes, at_ms: int) -> list[Answer]:
        """Take bytes from the line and return the answers; other slaves' requests get none."""
        requests = self._cutter.cut(data, at_ms)
        return [self._answer(request) for request in requests if request[0] == self.address]

    def _answer(self, request: bytes) -> Answer:
        span = read_span(request, READ_HOLDING_REGISTERS, REGISTERS_PER_READ_MAX, CHANNELS)
        if isinstance(span, int):
            return Answer(exception(self.address, request[1], span))
        first, count = span
        words = tuple(self.registers[first : first + count])
        payload = b"".join(word.to_bytes(2, "big") for word in words)
        return Answer(sealed(bytes((self.address, READ_HOLDING_REGISTERS, len(payload))) + payload), first, words)
