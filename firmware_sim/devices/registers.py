"""Modbus RTU slaves that are a table of registers: transmitters, fridge controllers, PT100 modules, meters.

Sources: MODBUS Application Protocol V1.1b3, 6.1 to 6.4 (coils, inputs, holding and input registers); example frames of
the SHT20 transmitter (function 04, register 1 temperature and 2 humidity in tenths); PENN TC3 Modbus guide (holding
registers, signed tenths); the DPH7 meter's manual (float32 with swapped words). Transmitters of the Renke kind say
humidity in register 0 and temperature in register 1 (function 03).
"""

import math
import struct
from typing import Final, NamedTuple

from firmware_sim.devices.modbus import (
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    RequestCutter,
    exception,
    sealed,
)

COILS: Final = 0x01
INPUTS: Final = 0x02
HOLDING: Final = 0x03
INPUT: Final = 0x04
_MOST: Final = {COILS: 2000, INPUTS: 2000, HOLDING: 125, INPUT: 125}


class TableAnswer(NamedTuple):
    """One answer frame, and the words in it from address `first` on (none in an exception)."""

    frame: bytes
    function: int = 0
    first: int = 0
    words: tuple[int, ...] = ()


class RegisterSlave:
    """A slave with tables of words (functions 03, 04) and bits (01, 02); an address that is not in one is refused."""

    def __init__(self, address: int) -> None:
        """Listen to one Modbus address (1..247); all tables are empty."""
        self.address = address
        self.tables: dict[int, dict[int, int]] = {COILS: {}, INPUTS: {}, HOLDING: {}, INPUT: {}}
        self._cutter = RequestCutter()

    @property
    def midway(self) -> bool:
        """Whether a request has begun and is not yet complete."""
        return self._cutter.midway

    def receive(self, data: bytes, at_ms: int) -> list[TableAnswer]:
        """Take bytes from the line and return the answers; other slaves' requests get none."""
        requests = self._cutter.cut(data, at_ms)
        return [self._answer(request) for request in requests if request[0] == self.address]

    def _answer(self, request: bytes) -> TableAnswer:
        function = request[1]
        table = self.tables.get(function)
        if not table:
            return TableAnswer(exception(self.address, function, ILLEGAL_FUNCTION))
        first, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
        if not 1 <= count <= _MOST[function]:
            return TableAnswer(exception(self.address, function, ILLEGAL_VALUE))
        words = [table.get(address) for address in range(first, first + count)]
        if any(word is None for word in words):
            return TableAnswer(exception(self.address, function, ILLEGAL_ADDRESS))
        said = tuple(word for word in words if word is not None)
        payload = _bits(said) if function in {COILS, INPUTS} else b"".join(word.to_bytes(2, "big") for word in said)
        return TableAnswer(sealed(bytes((self.address, function, len(payload))) + payload), function, first, said)


def _bits(values: tuple[int, ...]) -> bytes:
    number = sum((value & 1) << place for place, value in enumerate(values))
    return number.to_bytes((len(values) + 7) // 8, "little")


def scaled(value: float, per_unit: int) -> int:
    """Return a word for a value: `per_unit` steps a unit, half a step upwards, two's complement."""
    return math.floor(value * per_unit + 0.5) & 0xFFFF


class HumidityTransmitter(RegisterSlave):
    """SHT20 or XY-MD02: input register 1 temperature, 2 humidity, in tenths, or in hundredths as other units do."""

    def __init__(self, address: int = 1, per_degree: int = 10) -> None:
        """Say 20 °C and 50 % at first."""
        super().__init__(address)
        self._per_degree = per_degree
        self.set(20.0, 50.0)

    def set(self, celsius: float, humidity: float) -> None:
        """Measure this."""
        words = {1: scaled(celsius, self._per_degree), 2: scaled(humidity, self._per_degree)}
        self.tables[INPUT] = words


class RenkeTransmitter(RegisterSlave):
    """Holding register 0 humidity, 1 temperature, in tenths."""

    def set(self, celsius: float, humidity: float) -> None:
        """Measure this."""
        self.tables[HOLDING] = {0: scaled(humidity, 10), 1: scaled(celsius, 10)}


class FridgeController(RegisterSlave):
    """A controller with signed tenths in holding registers; it keeps the extremes of its room by itself.

    `at` says where: room, lowest and highest; makers differ. Bit 2 of `status` is 1 while the door is open, bit 5 while
    the room's probe is broken.
    """

    DOOR_BIT: Final = 2
    BROKEN_BIT: Final = 5

    def __init__(self, address: int = 1, at: tuple[int, int, int] = (256, 300, 301), status: int = 512) -> None:
        """Say 4 °C at first, with the door shut."""
        super().__init__(address)
        self._room, self._lowest, self._highest = at
        self._status = status
        self.tables[HOLDING] = {self._lowest: scaled(4.0, 10), self._highest: scaled(4.0, 10), status: 0}
        self._seen = (4.0, 4.0)
        self.measure(4.0)

    def measure(self, celsius: float) -> None:
        """Measure the room, and keep its extremes."""
        self._seen = (min(self._seen[0], celsius), max(self._seen[1], celsius))
        words = (scaled(celsius, 10), scaled(self._seen[0], 10), scaled(self._seen[1], 10))
        self.tables[HOLDING].update(zip((self._room, self._lowest, self._highest), words, strict=True))

    def turn(self, bit: int, *, on: bool) -> None:
        """Set or clear a bit of the status register."""
        word = self.tables[HOLDING][self._status]
        self.tables[HOLDING][self._status] = word | 1 << bit if on else word & ~(1 << bit)


class FloatMeter(RegisterSlave):
    """Input registers in pairs, float32, the low word first."""

    def set(self, *values: float) -> None:
        """Measure these."""
        words: list[int] = []
        for value in values:
            high, low = struct.unpack(">HH", struct.pack(">f", value))
            words += [low, high]
        self.tables[INPUT] = dict(enumerate(words))
