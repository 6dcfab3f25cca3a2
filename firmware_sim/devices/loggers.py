"""Devices that speak in text: a logger that writes lines, and the kernel's files of DS18B20 probes.

Sources: DS18B20 data sheet (scratchpad, CRC-8 with polynomial x^8+x^5+x^4+1, sixteenths of a degree, 85 degrees at
power-on); the kernel's documentation of w1_therm (two lines).
"""

from typing import Final

POWER_ON_CELSIUS: Final = 85.0
_TH_TL_CONFIG: Final = bytes((0x4B, 0x46, 0x7F, 0xFF))  # alarms as shipped, 12 bits


def logger_line(channel: int, celsius: float) -> bytes:
    r"""Return a line such as b"T1=+4.25C*1F\r\n"; the two digits are the exclusive or of all before the star."""
    text = f"T{channel}={celsius:+.2f}C".encode("ascii")
    check = 0
    for byte in text:
        check ^= byte
    return text + b"*%02X\r\n" % check


def w1_text(celsius: float, count_remain: int = 0x0C) -> bytes:
    """Return what the kernel writes for a probe at this temperature: the scratchpad twice, the verdict, the number."""
    sixteenths = round(celsius * 16)
    head = (sixteenths & 0xFFFF).to_bytes(2, "little") + _TH_TL_CONFIG + bytes((count_remain, 0x10))
    scratchpad = head + bytes((_crc8(head),))
    words = scratchpad.hex(" ")
    return f"{words} : crc={scratchpad[-1]:02x} YES\n{words} t={sixteenths * 1000 // 16}\n".encode("ascii")


def _crc8(data: bytes) -> int:
    """Bit by bit, as the data sheet draws it: a shift register with two taps."""
    register = 0
    for byte in data:
        for place in range(8):
            feedback = (register ^ byte >> place) & 1
            register >>= 1
            if feedback:
                register ^= 0b10001100
    return register
