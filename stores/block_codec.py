"""How a block packs its columns: two parts, of which a history needs only the first.

A part is a byte (0: each column compressed by itself, 1: all of them together) and the columns. Alone, a column is its
length as unsigned LEB128 and that many bytes; a compressed stream is raw deflate, level 6.
A column, before compression: way (0 plain, 1 differences, 2 distance from a regular grid), then where the way is 1 the
first value, where it is 2 the first value and the step of the grid; mask (0 nothing lacks, 1 all lack, 2 a bitmap
follows); base, divisor, byte width; then the integers byte plane by byte plane: value = base + divisor * integer.
Numbers outside the planes are zigzag LEB128. Which way is shortest is tried out: sealing is done once.

Front: sources' ranks, taken_ms, micro_celsius, quality, row source, row n. Rest: what else there is, beside what it
follows: receive time as distance from the row's last reading, times of other clocks as distance from taken_ms.
"""

import zlib
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from coldchain.block_columns import LAYOUT, NULL, BlockColumns, Source, values_of
from coldchain.errors import StoreError
from coldchain.history import Int64, UInt8

FRONT: Final = ("taken_ms", "micro_celsius", "quality")
REST: Final = ("seq", "boottime_ms", "device_ms", "origin_seq")
BESIDE: Final = ("boottime_ms", "device_ms")  # of clocks that run as taken_ms does
LEVEL: Final = 6
_WBITS: Final = -15
_PLAIN, _DELTAS, _GRID = 0, 1, 2
_ALL_THERE, _NONE_THERE, _SOME_THERE = 0, 1, 2
_SOURCES: Final = msgspec.json.Decoder(tuple[Source, ...])

# taken_ms, micro_celsius (NO_VALUE where none), quality, source rank: what coldchain.history.effective asks for
Front = tuple[Int64, Int64, UInt8, Int64]


def pack_block(columns: BlockColumns) -> tuple[bytes, bytes]:
    """Return front and rest."""
    rows, readings = columns.rows, columns.readings
    ranks = np.array([source[4] for source in columns.sources], np.int64)
    front = [*(readings[name] for name in FRONT), rows["source"], rows["n"], ranks]
    ends = readings["taken_ms"][np.cumsum(rows["n"]) - 1]
    rest = [rows["admission"], rows["received_ms"] - ends]
    rest += [_beside(readings[name], readings["taken_ms"], -1) if name in BESIDE else readings[name] for name in REST]
    sources = zlib.compress(msgspec.json.encode(columns.sources), LEVEL, _WBITS)
    return bytes((LAYOUT,)) + _part(front), bytes((LAYOUT,)) + _number(len(sources)) + sources + _part(rest)


def unpack_front(front: bytes) -> Front:
    """Return what a history needs."""
    taken_ms, micro, quality, *rows, ranks = _front(front, few=True)
    rank = np.repeat(ranks[rows[0]], rows[1]) if rows else np.broadcast_to(ranks, taken_ms.shape)
    return taken_ms, values_of(micro), quality.astype(np.uint8), rank


def unpack_block(probe: str, day: int, front: bytes, rest: bytes) -> BlockColumns:
    """Return all columns. Raises StoreError for bytes that are no block."""
    try:
        return _block(probe, day, front, rest)
    except StoreError:
        raise
    except (IndexError, ValueError, KeyError, OverflowError, zlib.error, msgspec.MsgspecError) as error:
        msg = f"the block of probe {probe}, day {day}, is damaged ({error}): restore it from a backup"
        raise StoreError(msg) from error


def _block(probe: str, day: int, front: bytes, rest: bytes) -> BlockColumns:
    taken_ms, micro, quality, source, n, _ = _front(front)
    at = Reader(_body(rest))
    size = at.unsigned()
    sources = _SOURCES.decode(zlib.decompress(at.raw(size), _WBITS))
    admission, received, *others = _columns(at.rest())
    ends = taken_ms[np.cumsum(n) - 1]
    readings = {"taken_ms": taken_ms, "micro_celsius": micro, "quality": quality}
    for name, column in zip(REST, others, strict=True):
        readings[name] = _beside(column, taken_ms, 1) if name in BESIDE else column
    rows = {"admission": admission, "source": source, "received_ms": received + ends, "n": n}
    return BlockColumns(probe=probe, day=day, sources=sources, rows=rows, readings=readings)


def _front(front: bytes, *, few: bool = False) -> list[Int64]:
    """Return the columns of a front; `few`: without those of its rows where all their sources have one rank."""
    try:
        columns = _packed(_body(front))
        ranks = columns[-1].column()
        first = columns[: len(FRONT)] if few and len(ranks) == 1 else columns[:-1]
        return [*(packed.column() for packed in first), ranks]
    except (IndexError, ValueError, OverflowError, zlib.error) as error:
        msg = f"a block of the reading log is damaged ({error}): restore it from a backup"
        raise StoreError(msg) from error


def _body(part: bytes) -> bytes:
    if not part or part[0] != LAYOUT:
        msg = f"a block has layout {part[:1].hex() or 'none'}; this program reads 01: update it"
        raise StoreError(msg)
    return part[1:]


def _beside(column: Int64, other: Int64, sign: int) -> Int64:
    return np.where(column == NULL, NULL, column + sign * other)


def _part(columns: Sequence[Int64]) -> bytes:
    """Return the shorter of both ways to put columns together."""
    ways = [_ways(column) for column in columns]
    alone = [min((_deflated(way) for way in each), key=len) for each in ways]
    apart = b"\0" + b"".join(_number(len(one)) + one for one in alone)
    together = b"\1" + _deflated(b"".join(_number(len(one)) + one for one in (min(each, key=len) for each in ways)))
    best = b"\1" + _deflated(b"".join(_number(len(one)) + one for one in (_smallest(each) for each in ways)))
    return min(apart, together, best, key=len)


def _smallest(ways: Sequence[bytes]) -> bytes:
    return min(ways, key=lambda way: len(_deflated(way)))


def _deflated(raw: bytes) -> bytes:
    made = []
    for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY):
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _WBITS, 9, strategy)
        made.append(packer.compress(raw) + packer.flush())
    return min(made, key=len)


def _packed(part: bytes) -> list["Reader"]:
    """Return where each column begins, not read yet."""
    at = Reader(zlib.decompress(part[1:], _WBITS) if part[0] else part[1:])
    columns = []
    while at.more():
        packed = at.raw(at.unsigned())
        columns.append(Reader(packed if part[0] else zlib.decompress(packed, _WBITS)))
    return columns


def _columns(part: bytes) -> list[Int64]:
    return [packed.column() for packed in _packed(part)]


def _ways(column: Int64) -> list[bytes]:
    """Return the column packed in every way that makes sense, the length of the whole column first."""
    n, there = _number(len(column)), column[column != NULL]
    mask = _mask(column, len(there))
    if not len(there):
        return [n + bytes((_PLAIN,)) + mask]
    made = [n + bytes((_PLAIN,)) + mask + _planes(there)]
    if len(there) > 1:
        steps, first = np.diff(there), pack_signed(int(there[0]))
        made.append(n + bytes((_DELTAS,)) + first + mask + _planes(steps))
        step = int(np.median(steps))
        grid = there - there[0] - step * np.arange(len(there), dtype=np.int64)
        made.append(n + bytes((_GRID,)) + first + pack_signed(step) + mask + _planes(grid))
    return made


def pack_column(column: Int64) -> bytes:
    """Return a column in the shortest way, not deflated."""
    return min(_ways(column), key=len)


def _mask(column: Int64, there: int) -> bytes:
    if there == len(column):
        return bytes((_ALL_THERE,))
    if not there:
        return bytes((_NONE_THERE,))
    return bytes((_SOME_THERE,)) + np.packbits(column == NULL).tobytes()


def _planes(values: Int64) -> bytes:
    base = int(values.min())
    above = values - base
    divisor = int(np.gcd.reduce(above)) or 1
    above //= divisor
    width = (int(above.max()).bit_length() + 7) // 8
    planes = above.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width].T
    return pack_signed(base) + pack_signed(divisor) + bytes((width,)) + planes.tobytes()


def _number(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def pack_signed(number: int) -> bytes:
    """Return zigzag LEB128."""
    return _number(number << 1 if number >= 0 else ~number << 1 | 1)


class Reader:
    """Where we are in packed bytes."""

    def __init__(self, blob: bytes) -> None:
        self.blob, self.at = blob, 0

    def more(self) -> bool:
        """Tell whether there is more to read."""
        return self.at < len(self.blob)

    def rest(self) -> bytes:
        """Return what was not read."""
        return self.blob[self.at :]

    def raw(self, size: int) -> bytes:
        """Read so many bytes; raises IndexError if there are fewer."""
        self.at += size
        if self.at > len(self.blob):
            raise IndexError("it ends too early")
        return self.blob[self.at - size : self.at]

    def unsigned(self) -> int:
        """Read LEB128."""
        result = shift = 0
        while True:
            byte = self.blob[self.at]
            self.at += 1
            if byte < 0x80:
                return result | byte << shift
            result |= (byte & 0x7F) << shift
            shift += 7

    def signed(self) -> int:
        """Read zigzag LEB128."""
        number = self.unsigned()
        return ~(number >> 1) if number & 1 else number >> 1

    def column(self) -> Int64:
        """Read a column."""
        n, way = self.unsigned(), self.raw(1)[0]
        first = self.signed() if way != _PLAIN else 0
        step = self.signed() if way == _GRID else 0
        lacks, there = self._lacking(n)
        if not there:
            return np.full(n, NULL, np.int64)
        values = self._planes(there - 1 if way == _DELTAS else there)
        if way == _DELTAS:
            values = np.cumsum(np.concatenate(([first], values)), dtype=np.int64)
        elif way == _GRID:
            values += first + step * np.arange(there, dtype=np.int64)
        if lacks is None:
            return values
        whole = np.full(n, NULL, np.int64)
        whole[~lacks] = values
        return whole

    def _lacking(self, n: int) -> tuple[UInt8 | None, int]:
        kind = self.raw(1)[0]
        if kind == _ALL_THERE:
            return None, n
        if kind == _NONE_THERE:
            return None, 0
        lacks = np.unpackbits(np.frombuffer(self.raw((n + 7) // 8), np.uint8), count=n).astype(np.bool_)
        return lacks, n - int(lacks.sum())  # type: ignore[return-value]

    def _planes(self, n: int) -> Int64:
        base, divisor, width = self.signed(), self.signed(), self.raw(1)[0]
        wide = np.zeros((n, 8), np.uint8)
        wide[:, :width] = np.frombuffer(self.raw(n * width), np.uint8).reshape(width, n).T
        values = wide.view("<i8").reshape(n).astype(np.int64, copy=False)
        if divisor != 1:
            values *= divisor
        if base:
            values += base
        return values
