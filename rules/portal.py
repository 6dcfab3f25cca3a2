"""Which way a load went through a portal with antennas on both sides. Pure.

Each side's reads have a centre in time, weighted by number and strength (RSSI-weighted time centroid). The side that
is passed first has the earlier centre. Where the two lie closer together than SEPARATION_MS, or one side heard
nothing, nobody guesses: the pass is ambiguous and becomes a task for a person, whose answer is then exactly one
movement, marked manual.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from coldchain.facts import TagSummary

SEPARATION_MS: Final = 800
FAINTEST_DBM: Final = -100  # a read of this strength weighs nothing more than that it was one


class Way(StrEnum):
    """Which way a load went."""

    IN = "in"
    OUT = "out"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A load's way through a portal: the tags that were read, and the centre of each side's reads (None: no reads)."""

    way: Way
    epcs: tuple[str, ...]
    outer_ms: int | None
    inner_ms: int | None
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A movement that is certain enough to be one: through this portal, inwards or outwards, said by whom."""

    inwards: bool
    epcs: tuple[str, ...]
    earliest_ms: int
    latest_ms: int
    manual: bool


def passage(reads: Sequence[TagSummary], outer: frozenset[int], inner: frozenset[int]) -> Passage | None:
    """Return what the summaries of one pass say; `outer` and `inner` are the antennas of the two sides.

    None without any read. The order of the summaries, and one that came twice, are nothing.
    """
    once = {(one.taken_ms, one.epc, one.antenna, one.first_ms): one for one in reads}
    sides = [one for one in once.values() if one.antenna in outer | inner]
    if not sides:
        return None
    outer_ms = centre_ms(one for one in sides if one.antenna in outer)
    inner_ms = centre_ms(one for one in sides if one.antenna in inner)
    return Passage(
        way=_way(outer_ms, inner_ms),
        epcs=tuple(sorted({one.epc for one in sides})),
        outer_ms=outer_ms,
        inner_ms=inner_ms,
        from_ms=min(one.first_ms for one in sides),
        to_ms=max(one.last_ms for one in sides),
    )


def centre_ms(reads: Iterable[TagSummary]) -> int | None:
    """Return the centre in time of reads, weighted by number and strength; None without any.

    A summary's own centre is the one that its gateway worked out read by read. Of a gateway that says none it is the
    middle between its first and last read, which is off by less than half a cycle.
    """
    weighed = [(_weight(one), _own_centre_ms(one)) for one in reads]
    total = sum(weight for weight, _ in weighed)
    return sum(weight * at_ms for weight, at_ms in weighed) // total if total else None


def crossing(found: Passage, answer: Way | None = None) -> Crossing | None:
    """Return the one movement of a pass: of the reads, or else of a person's answer; None while nobody knows.

    An answer never overrules what the reads decided: then there is nothing to ask.
    """
    manual = found.way is Way.AMBIGUOUS
    way = answer if manual else found.way
    if way is None or way is Way.AMBIGUOUS:
        return None
    return Crossing(
        inwards=way is Way.IN, epcs=found.epcs, earliest_ms=found.from_ms, latest_ms=found.to_ms, manual=manual
    )


def read_weight(rssi_dbm: int) -> int:
    """Return what one read of this strength weighs: its dB above the faintest, at least 1."""
    return max(1, rssi_dbm - FAINTEST_DBM)


def _weight(one: TagSummary) -> int:
    return one.count * read_weight(one.best_rssi_dbm)


def _own_centre_ms(one: TagSummary) -> int:
    """Return a summary's centre. Is it outside its own reads, a clock was stepped: then the middle counts."""
    if one.centroid_ms is not None and one.first_ms <= one.centroid_ms <= one.last_ms:
        return one.centroid_ms
    return (one.first_ms + one.last_ms) // 2


def _way(outer_ms: int | None, inner_ms: int | None) -> Way:
    if outer_ms is None or inner_ms is None or abs(inner_ms - outer_ms) < SEPARATION_MS:
        return Way.AMBIGUOUS
    return Way.IN if outer_ms < inner_ms else Way.OUT
