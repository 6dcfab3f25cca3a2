"""What is printed on each bag, what its tag carries, and what people say of it.

EPCs are SGTIN-96 (GS1 EPC Tag Data Standard, 14.6.1): a seven-digit company prefix, the item reference of the
product, and a serial that counts bags. Some bags bear an ISBT 128 donation identification number, the others a
thirteen-digit number of a station that is unique only there.
"""

from typing import Any, Final

from firmware_sim.story import Scenario, Series
from firmware_sim.timeline import put_in_times

SGTIN_96_HEADER: Final = 0x30
SGTIN_FILTER_POS: Final = 1
SGTIN_PARTITION_7_DIGITS: Final = 5
DONATION_NUMBER_LENGTH: Final = 13
_DAY_MS: Final = 86_400_000
_MINUTE_MS: Final = 60_000

Json = dict[str, Any]


def sgtin_96(company: int, item: int, serial: int) -> str:
    """Return the EPC as 24 hex digits: header 8, filter 3, partition 3, company 24, item 20, serial 38 bits."""
    value = SGTIN_96_HEADER
    for width, part in ((3, SGTIN_FILTER_POS), (3, SGTIN_PARTITION_7_DIGITS), (24, company), (20, item), (38, serial)):
        value = value << width | part
    return f"{value:024X}"


def epc_of(scenario: Scenario, number: int) -> str:
    """Return the EPC of bag `number` (from 1)."""
    series, place = scenario.series_of(number)
    return sgtin_96(series.epc_company, series.epc_item, series.epc_first_serial + place)


def labels(scenario: Scenario, start_ms: int, seed: int | None = None) -> list[Json]:
    """Return what a technician types in, one dict a bag, in order of their numbers.

    Keys: number (from 1), epc, issuer, scheme (`isbt128` or `local`), donation_number, product_code, division,
    component, blood_group, expires_ms, profile, profile_version, place (the first), put_in_ms (the start for those
    that are inside from it), blind, moves (those of `moves` that are of this bag).
    """
    times = put_in_times(scenario, start_ms, scenario.seed if seed is None else seed)
    told = _moves(scenario, start_ms, times)
    return [
        {**_label(scenario, number, start_ms, times[number]), "moves": [move for move in told if move["bag"] == number]}
        for number in range(1, scenario.bag_count + 1)
    ]


def moves(scenario: Scenario, start_ms: int, seed: int | None = None) -> list[Json]:
    """Return what people make known, in order of time. What only a reader sees is not among it.

    Each is {bag, epc, kind, at_ms} and, by kind: `placed` {place}, `packed` {box, manifest, destination}, the same
    for all bags of one packing list, `issued` {to}.
    """
    return _moves(scenario, start_ms, put_in_times(scenario, start_ms, scenario.seed if seed is None else seed))


def _moves(scenario: Scenario, start_ms: int, put_in_ms: dict[int, int]) -> list[Json]:
    told: list[Json] = []
    packing = scenario.packing
    packed = set(packing.bags) if packing else set()
    for number in range(1, scenario.bag_count + 1):
        if number not in packed:
            place = scenario.series_of(number)[0].place
            told.append(_move(scenario, number, "placed", put_in_ms[number]) | {"place": place})
    if packing:
        common = {"box": packing.box, "manifest": packing.manifest, "destination": packing.destination}
        told += [_move(scenario, bag, "packed", start_ms + packing.at_ms) | common for bag in packing.bags]
    told += [_move(scenario, i.bag, "issued", start_ms + i.at_ms) | {"to": i.to} for i in scenario.issues]
    return sorted(told, key=lambda move: (move["at_ms"], move["bag"]))


def _move(scenario: Scenario, number: int, kind: str, at_ms: int) -> Json:
    return {"bag": number, "epc": epc_of(scenario, number), "kind": kind, "at_ms": at_ms}


def _label(scenario: Scenario, number: int, start_ms: int, put_in_ms: int) -> Json:
    series, place = scenario.series_of(number)
    digits = DONATION_NUMBER_LENGTH - len(series.donation_prefix)
    where = scenario.place(series.place)
    return {
        "number": number,
        "epc": epc_of(scenario, number),
        "issuer": series.issuer,
        "scheme": series.scheme,
        "donation_number": f"{series.donation_prefix}{series.first_number + place:0{digits}d}",
        "product_code": series.product_code,
        "division": series.division,
        "component": series.component,
        "blood_group": series.blood_groups[number % len(series.blood_groups)],
        "expires_ms": _expires_ms(series, number, start_ms),
        "profile": where.profile,
        "profile_version": where.profile_version,
        "place": where.id,
        "put_in_ms": put_in_ms,
        "blind": number in scenario.blind,
    }


def _expires_ms(series: Series, number: int, start_ms: int) -> int:
    low, high = series.expires_after_days
    expires_ms = start_ms + (low + number % (high - low + 1)) * _DAY_MS
    return expires_ms - expires_ms % _MINUTE_MS
