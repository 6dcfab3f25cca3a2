"""The raw columns of a block: every reading of a probe's day as it was admitted, and the hash over them.

The hash does not depend on how the columns are packed. It covers, in this order: the canonical JSON of
{"v": 1, "probe", "day", "sources"} and a zero byte; then each column of ROW_COLUMNS and READING_COLUMNS as its length
(8 bytes) and its values (8 bytes each), all little-endian and signed. A value that lacks is NULL.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from coldchain.canonical import canonical_json
from coldchain.facts import ClockState
from coldchain.history import NO_VALUE, Int64
from coldchain.ports import SampleRow

LAYOUT: Final = 1
NULL: Final = -(2**63)  # integers of the log have at most 53 bits
ROW_COLUMNS: Final = ("admission", "source", "received_ms", "n")
OPTIONAL: Final = ("micro_celsius", "device_ms", "origin_seq")
READING_COLUMNS: Final = ("taken_ms", "micro_celsius", "quality", "seq", "boottime_ms", "device_ms", "origin_seq")

# gateway, epoch, boot, clock, source rank: what the readings of many messages have in common
Source = tuple[str, str, str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockColumns:
    """Messages by admission, each with `n` readings in the order of its row; columns are int64, by name.

    `source` of a message is an index into `sources`.
    """

    probe: str
    day: int
    sources: tuple[Source, ...]
    rows: dict[str, Int64]
    readings: dict[str, Int64]

    def __len__(self) -> int:
        """Return the number of readings."""
        return len(self.readings["taken_ms"])


def columns_of(probe: str, day: int, rows: Sequence[tuple[int, SampleRow]]) -> BlockColumns:
    """Return the columns of (admission, row) pairs of one probe, in any order."""
    ordered = sorted(rows, key=lambda pair: pair[0])
    sources: dict[Source, int] = {}
    index = [sources.setdefault(_source(row), len(sources)) for _, row in ordered]
    table = {
        "admission": [admission for admission, _ in ordered],
        "source": index,
        "received_ms": [row.received_ms for _, row in ordered],
        "n": [len(row.seq) for _, row in ordered],
    }
    return BlockColumns(
        probe=probe,
        day=day,
        sources=tuple(sources),
        rows={name: np.array(values, np.int64) for name, values in table.items()},
        readings={name: _column(name, ordered) for name in READING_COLUMNS},
    )


def rows_of(columns: BlockColumns) -> list[tuple[int, SampleRow]]:
    """Return the (admission, row) pairs again, exactly as they were appended."""
    lists = {name: _listed(name, column) for name, column in columns.readings.items()}
    result, start = [], 0
    table = [columns.rows[name].tolist() for name in ROW_COLUMNS]
    for admission, source, received_ms, n in zip(*table, strict=True):
        gateway, epoch, boot, clock, rank = columns.sources[source]
        part = {name: values[start : start + n] for name, values in lists.items()}
        row = SampleRow(
            probe=columns.probe,
            gateway=gateway,
            epoch=epoch,
            boot=boot,
            clock=ClockState(clock),
            source_rank=rank,
            received_ms=received_ms,
            **part,  # type: ignore[arg-type]
        )
        result.append((admission, row))
        start += n
    return result


def block_hash(columns: BlockColumns) -> str:
    """Return the SHA-256 over the raw columns, in hex."""
    header = {"day": columns.day, "probe": columns.probe, "sources": [list(one) for one in columns.sources]}
    digest = hashlib.sha256(canonical_json(header | {"v": LAYOUT}) + b"\0")
    named = [columns.rows[name] for name in ROW_COLUMNS] + [columns.readings[name] for name in READING_COLUMNS]
    for column in named:
        digest.update(len(column).to_bytes(8, "little"))
        digest.update(column.astype("<i8").tobytes())
    return digest.hexdigest()


def values_of(micro_celsius: Int64) -> Int64:
    """Return the values as a history has them: NO_VALUE where there is none."""
    lacking = micro_celsius == NULL
    return np.where(lacking, NO_VALUE, micro_celsius) if lacking.any() else micro_celsius


def _source(row: SampleRow) -> Source:
    return (row.gateway, row.epoch, row.boot, row.clock.value, row.source_rank)


def _column(name: str, ordered: Sequence[tuple[int, SampleRow]]) -> Int64:
    values = [value for _, row in ordered for value in getattr(row, name)]
    if name in OPTIONAL:
        values = [NULL if value is None else value for value in values]
    return np.array(values, np.int64)


def _listed(name: str, column: Int64) -> list[int] | list[int | None]:
    values: list[int] = column.tolist()
    return [None if value == NULL else value for value in values] if name in OPTIONAL else values
