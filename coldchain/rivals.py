"""Readings of one probe and instant that differ: all stay readable, and which one counts is said, and by which rule."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

import msgspec

from coldchain.block_ports import Rival
from coldchain.history import NO_VALUE
from coldchain.ports import SampleRow


class CountsBy(StrEnum):
    """By which rule one of several readings of an instant counts; when it came plays no part."""

    SOURCE = "source-rank"
    QUALITY = "quality"
    VALUE = "higher-value"
    SAME = "same"  # they say the same: either is shown


def rivals(rows: Iterable[tuple[int, SampleRow]], from_ms: int, to_ms: int) -> tuple[Rival, ...]:
    """Return the readings of (admission, row) pairs at instants in [from_ms, to_ms) that have more than one.

    By (taken_ms, admission, seq). As in coldchain.history.effective the lowest source rank counts, then good before
    fault, then the higher value; of equal ones the first that was admitted is shown as the one that counts.
    """
    by_instant: dict[int, list[Rival]] = {}
    for admission, row in rows:
        for i, taken_ms in enumerate(row.taken_ms):
            if from_ms <= taken_ms < to_ms:
                by_instant.setdefault(taken_ms, []).append(_rival(admission, row, i))
    found = [rival for several in by_instant.values() if len(several) > 1 for rival in _marked(several)]
    return tuple(sorted(found, key=attrgetter("taken_ms", "admission", "seq")))


def contested(found: Iterable[Rival]) -> tuple[tuple[Rival, ...], ...]:
    """Return rivals instant by instant, of each the one that counts first; they come by taken_ms."""
    return tuple(tuple(sorted(several, key=_order)) for _, several in groupby(found, attrgetter("taken_ms")))


def counts_by(several: Sequence[Rival]) -> CountsBy:
    """Return by which rule the first of an instant's readings (see contested) goes before the second."""
    first, second = _order(several[0]), _order(several[1])
    rules = (CountsBy.SOURCE, CountsBy.QUALITY, CountsBy.VALUE)
    return next((rule for rule, one, two in zip(rules, first, second, strict=False) if one != two), CountsBy.SAME)


def _rival(admission: int, row: SampleRow, i: int) -> Rival:
    return Rival(
        taken_ms=row.taken_ms[i],
        micro_celsius=row.micro_celsius[i],
        quality=row.quality[i],
        source_rank=row.source_rank,
        gateway=row.gateway,
        epoch=row.epoch,
        seq=row.seq[i],
        received_ms=row.received_ms,
        admission=admission,
        counts=False,
    )


def _marked(several: list[Rival]) -> list[Rival]:
    best = min(several, key=_order)
    return [msgspec.structs.replace(rival, counts=rival is best) for rival in several]


def _order(rival: Rival) -> tuple[int, int, int, int, int]:
    value = NO_VALUE if rival.micro_celsius is None else rival.micro_celsius
    return (rival.source_rank, rival.quality, -value, rival.admission, rival.seq)
