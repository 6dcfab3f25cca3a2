"""Whether the sums over blocks are what the blocks make of them. They are a cache: wrong ones give wrong answers."""

import random
from typing import Final

import numpy as np

from coldchain.errors import StoreError
from coldchain.sums import Stretch, joined, stretch_of
from stores.block_sums import LEVELS, MARKER, RADIX
from stores.blocks import SqlBlocks
from stores.sql import Sql
from stores.sums_codec import unpack_stretch

CHUNK_LEVEL: Final = 2  # 64 days are looked at in one transaction, and what is joined from them
_KINDS: Final = "SELECT DISTINCT probe, hold_ms FROM block_sums ORDER BY probe, hold_ms"
_ENDS: Final = "SELECT MIN(day) AS first, MAX(day) AS last FROM blocks WHERE probe = ?"
_ROWS: Final = (
    "SELECT number, sums FROM block_sums WHERE probe = ? AND hold_ms = ? AND level = ? AND number >= ? AND number < ?"
    " ORDER BY number"
)

Chunk = tuple[str, int, int, int]  # probe, hold_ms, level of its top, number there


def sum_chunks(sql: Sql, seed: int | None) -> list[Chunk]:
    """Return all that is to be looked at; with a seed in an order of chance, for those who look at a part."""
    found: list[Chunk] = []
    for row in sql.rows(_KINDS):
        ends = sql.first(_ENDS, (row.probe,))
        if ends.first is None:
            found.append((row.probe, row.hold_ms, MARKER, 0))
            continue
        for level in range(CHUNK_LEVEL, LEVELS):
            size = RADIX**level
            numbers = range(ends.first // size, ends.last // size + 1)
            found += [(row.probe, row.hold_ms, level, number) for number in numbers]
    if seed is not None:
        random.Random(seed).shuffle(found)  # noqa: S311 - nothing secret hangs on it
    return found


def chunk_fault(sql: Sql, chunk: Chunk) -> tuple[int, str]:
    """Return how many days were added up again, and what is wrong with the sums of a chunk ("": nothing)."""
    probe, hold_ms, top, number = chunk
    if top == MARKER or not _whole(sql, probe, hold_ms):
        return 0, ""
    days = 0
    levels = range(CHUNK_LEVEL + 1) if top == CHUNK_LEVEL else (top,)
    for level in levels:
        size = RADIX ** (top - level)
        span = number * size, (number + 1) * size
        if level == 0:
            made, days = _days(sql, probe, hold_ms, *span)
        else:
            made = _joined(sql, probe, hold_ms, level, *span)
        if said := _compared(sql, chunk, level, span, made):
            return days, said
    return days, ""


def _whole(sql: Sql, probe: str, hold_ms: int) -> bool:
    """Tell whether the cache says that it is whole: otherwise nobody reads it."""
    return bool(sql.rows(_ROWS, (probe, hold_ms, MARKER, 0, 1)))


def _days(sql: Sql, probe: str, hold_ms: int, low: int, high: int) -> tuple[dict[int, Stretch], int]:
    days = SqlBlocks(sql).days(probe, low, high - 1)
    made = {day: stretch_of(history, hold_ms) for day, _, history in days}
    return {day: one for day, one in made.items() if one is not None}, len(days)


def _joined(sql: Sql, probe: str, hold_ms: int, level: int, low: int, high: int) -> dict[int, Stretch]:
    below: dict[int, list[Stretch]] = {}
    for row in sql.rows(_ROWS, (probe, hold_ms, level - 1, low * RADIX, high * RADIX)):
        below.setdefault(row.number // RADIX, []).append(unpack_stretch(row.sums))
    made = {number: joined(parts, hold_ms) for number, parts in below.items()}
    return {number: one for number, one in made.items() if one is not None}


def _compared(sql: Sql, chunk: Chunk, level: int, span: tuple[int, int], made: dict[int, Stretch]) -> str:
    probe, hold_ms, _, _ = chunk
    rows = {row.number: row.sums for row in sql.rows(_ROWS, (probe, hold_ms, level, *span))}
    for number in sorted(rows.keys() | made.keys()):
        days = f"days {number * RADIX**level} to {(number + 1) * RADIX**level - 1}"
        told = f"sums of probe {probe}, hold time {hold_ms} ms, {days}"
        if number not in rows or number not in made:
            return f"{told}: {'missing' if number not in rows else 'there is nothing to add up'}"
        try:
            same = _same(unpack_stretch(rows[number]), made[number])
        except StoreError as error:
            return f"{told}: {error}"
        if not same:
            return f"{told}: not what the blocks make of them; coldchain store seal --sums makes them anew"
    return ""


def _same(one: Stretch, other: Stretch) -> bool:
    plain = ("first_ms", "last_ms", "last_value", "readings")
    same = all(getattr(one, name) == getattr(other, name) for name in plain)
    return same and np.array_equal(one.values, other.values) and np.array_equal(one.held_ms, other.held_ms)
