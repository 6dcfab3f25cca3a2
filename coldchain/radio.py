"""How strongly a device is heard by radio: its units, and what a modem's number means. Pure.

Said for people and judged by nobody: which strength is too weak depends on the radio. What a protocol calls "not known"
is None and never a number.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

CSQ_MAX: Final = 31
CSQ_UNKNOWN: Final = 99
LQI_MAX: Final = 255
# Thermal noise in 1 Hz at 290 K is k T = -174 dBm: no receiver hears less. One watt is 30 dBm: none is fed with more.
RSSI_DBM_MIN: Final = -174
RSSI_DBM_MAX: Final = 30

RSSI_DBM: Final = "rssi_dbm"  # details of the event `signal` (docs/wire.md 3.2)
LQI: Final = "lqi"


class SignalUnit(StrEnum):
    """What a number that a device says of its radio counts."""

    DBM = "dBm"
    CSQ = "csq"  # a modem's answer to AT+CSQ
    LQI = "lqi"  # a radio's own link quality, 0 to 255 (IEEE 802.15.4): no dBm can be made of it


def rssi_dbm_of_csq(csq: int) -> int | None:
    """Return what a modem's <rssi> of AT+CSQ stands for, in dBm; None where it says that it does not know, or rubbish.

    Source: 3GPP TS 27.007, 8.5 (+CSQ): 0 is -113 dBm or less, 1 is -111, 2 to 30 are -109 to -53, 31 is -51 or
    greater, 99 is not known or not detectable. So 0 and 31 are ends of the scale: it may be weaker, or stronger.
    """
    return 2 * csq - 113 if 0 <= csq <= CSQ_MAX else None


def signal_details(unit: SignalUnit, value: int) -> dict[str, int | str]:
    """Return the details of the event `signal` for a number in its unit; {} where it says no strength."""
    if unit is SignalUnit.LQI:
        return {LQI: value} if 0 <= value <= LQI_MAX else {}
    dbm = rssi_dbm_of_csq(value) if unit is SignalUnit.CSQ else value
    return {RSSI_DBM: dbm} if dbm is not None and RSSI_DBM_MIN <= dbm <= RSSI_DBM_MAX else {}


def signal_of(details: Mapping[str, int | str]) -> tuple[int | None, int | None]:
    """Return (rssi_dbm, lqi) out of the details of an event, each None where it is not said or is no strength."""
    dbm, lqi = details.get(RSSI_DBM), details.get(LQI)
    return (
        dbm if isinstance(dbm, int) and RSSI_DBM_MIN <= dbm <= RSSI_DBM_MAX else None,
        lqi if isinstance(lqi, int) and 0 <= lqi <= LQI_MAX else None,
    )


def strength_text(dbm: int | None, lqi: int | None) -> str:
    """Return a strength with its unit: dBm where known, else the radio's own measure with the end of its scale."""
    return f"LQI {lqi}/{LQI_MAX}" if dbm is None else f"{dbm} dBm".replace("-", "\N{MINUS SIGN}")
