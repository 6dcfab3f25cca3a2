"""What is printed on each bag and what its tag carries.

EPCs are SGTIN-96 (GS1 EPC Tag Data Standard, 14.6.1): a seven-digit company prefix, the item reference of the
product, and a serial that counts bags. Half of the bags bear an ISBT 128 donation identification number, half a
thirteen-digit number of a station that is unique only there.
"""

from typing import Any, Final

from firmware_sim.scenario import Scenario, Series
from firmware_sim.timeline import put_in_times

SGTIN_96_HEADER: Final = 0x30
SGTIN_FILTER_POS: Final = 1
SGTIN_PARTITION_7_DIGITS: Final = 5
DONATION_NUMBER_LENGTH: Final = 13
_DAY_MS: Final = 86_400_000
_MINUTE_MS: Final = 60_000


def sgtin_96(company: int, item: int, serial: int) -> str:
    """Return the EPC as 24 hex digits: header 8, filter 3, partition 3, company 24, item 20, serial 38 bits."""
    value = SGTIN_96_HEADER
    for width, part in ((3, SGTIN_FILTER_POS), (3, SGTIN_PARTITION_7_DIGITS), (24, company), (20, item), (38, serial)):
        value = value << width | part
    return f"{value:024X}"


def epc_of(scenario: Scenario, number: int) -> str:
    """Return the EPC of bag `number` (from 1)."""
    series, place = _series_of(scenario, number)
    return sgtin_96(series.epc_company, series.epc_item, series.epc_first_serial + place)


def labels(scenario: Scenario, start_ms: int, seed: int | None = None) -> list[dict[str, Any]]:
    """Return what a technician types in, one dict a bag, in order of their numbers.

    Keys: epc, issuer, scheme (`isbt128` or `local`), donation_number, product_code, division, component,
    blood_group, expires_ms, put_in_ms (the start for those that are inside from it), blind.
    """
    times = put_in_times(scenario, start_ms, scenario.seed if seed is None else seed)
    return [_label(scenario, number, start_ms, times[number]) for number in range(1, scenario.bag_count + 1)]


def _label(scenario: Scenario, number: int, start_ms: int, put_in_ms: int) -> dict[str, Any]:
    series, place = _series_of(scenario, number)
    digits = DONATION_NUMBER_LENGTH - len(series.donation_prefix)
    groups = scenario.bags.blood_groups
    low, high = scenario.bags.expires_after_days
    expires_ms = start_ms + (low + number % (high - low + 1)) * _DAY_MS
    return {
        "epc": epc_of(scenario, number),
        "issuer": series.issuer,
        "scheme": series.scheme,
        "donation_number": f"{series.donation_prefix}{series.first_number + place:0{digits}d}",
        "product_code": series.product_code,
        "division": series.division,
        "component": series.component,
        "blood_group": groups[number % len(groups)],
        "expires_ms": expires_ms - expires_ms % _MINUTE_MS,
        "put_in_ms": put_in_ms,
        "blind": number in scenario.bags.blind,
    }


def _series_of(scenario: Scenario, number: int) -> tuple[Series, int]:
    place = number - 1
    for series in scenario.series:
        if place < series.count:
            return series, place
        place -= series.count
    message = f"bag {number} does not exist: scenario {scenario.name} has bags 1 to {scenario.bag_count}"
    raise IndexError(message)
