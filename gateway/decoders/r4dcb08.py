"""R4DCB08: a Modbus collector for eight DS18B20 probes. Registers in, temperatures out.

Sources: R4DCB08 manual (function 03, registers 0..7: channel 1..8 as signed 16 bits in 0.1 degrees Celsius, 0x8000
where no sensor answers); DS18B20 data sheet (range -55 to +125 degrees, 85.0 degrees in its memory at power-on).

    register   0    1   ...  7
    channel    1    2   ...  8
"""

from collections.abc import Sequence
from typing import Final

from coldchain.facts import Quality
from gateway.decoders.modbus_rtu import Request, read_holding_registers

CHANNELS: Final = 8
NO_SENSOR: Final = 0x8000
MICRO_PER_TENTH: Final = 100_000
TENTHS_MIN: Final = -550
TENTHS_MAX: Final = 1250
POWER_ON_TENTHS: Final = 850  # the probe was reset and has not measured yet; no cold place is at 85.0 degrees


def request(slave: int) -> Request:
    """Return the one request that reads all channels."""
    return read_holding_registers(slave, 0, CHANNELS)


def temperatures(registers: Sequence[int]) -> list[tuple[int | None, Quality]]:
    """Return (micro-degrees Celsius, quality) for each register; no temperature unless the quality is GOOD."""
    return [_temperature(register) for register in registers]


def _temperature(register: int) -> tuple[int | None, Quality]:
    if register == NO_SENSOR:
        return None, Quality.NO_SENSOR
    tenths = register - 0x10000 if register & 0x8000 else register
    if tenths == POWER_ON_TENTHS or not TENTHS_MIN <= tenths <= TENTHS_MAX:
        return None, Quality.IMPLAUSIBLE
    return tenths * MICRO_PER_TENTH, Quality.GOOD
