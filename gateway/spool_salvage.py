"""What can still be read of a damaged spool goes into a new file, row by row; the damaged one is kept for repair.

    spool.db (-wal, -shm) ──renamed──> spool.db.damaged-1 ──rows that are whole──> spool.db.new ──renamed──> spool.db

`spool.db.mending` names the damaged file from before the first renaming until after the last, so that a kill at any
moment leaves a state from which the next start goes on. Rows keep their epoch and numbers if both can be read, else a
new epoch begins. A row counts as whole if its check sum says so. Nothing damaged is ever deleted.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from coldchain.canonical import INTEGER_MAX
from coldchain.errors import ColdchainError, StoreError
from coldchain.identifiers import is_id
from gateway.spool_file import last_seq, new_epoch, prepare, transaction, translated
from gateway.spool_rows import columns_of, crc_of, fact_of, rank_of

REPAIRS: Final = "spool-repairs"  # the state under which a repair waits to be reported
CHUNK_ROWS: Final = 200
TRIES_MAX: Final = 1_000_000  # numbers that are asked for in vain: some tens of seconds
UNKNOWN_ROWS: Final = 100_000  # numbers that are asked for if nobody knows the last one
REPAIRS_MAX: Final = 100  # that wait to be reported; of more the newest are
ASIDE_MAX: Final = 10_000  # names that are tried for a damaged file

_COLUMNS: Final = "seq, boot, clock, kind, origin, taken_ms, mark_ms, body"
_Value = Any  # what a damaged file holds may be of any type


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """A damaged spool was put aside as `file`. At most rows_lost rows of [from_ms, to_ms] could not be saved.

    Every number between rows that is not found counts: some of them may have gone to the centre before their elders.
    """

    file: str
    rows_saved: int
    rows_lost: int
    from_ms: int
    to_ms: int


@dataclass(slots=True)
class _Found:
    """What was read of a damaged file so far."""

    epoch: str | None = None
    last_seq: int | None = None
    saved: int = 0
    lost: int = 0
    in_vain: int = 0  # numbers that were asked for one by one and not found
    broken: bool = False
    from_ms: int = INTEGER_MAX
    to_ms: int = 0

    def miss(self, rows: int, before_ms: int, after_ms: int) -> None:
        """Count numbers that are not there, between the times of the rows on both sides."""
        self.lost += rows
        self.from_ms, self.to_ms = min(self.from_ms, before_ms), max(self.to_ms, after_ms)


def repairs_of(state: bytes | None) -> tuple[Repair, ...]:
    """Return the repairs in a state."""
    try:
        return () if state is None else msgspec.json.decode(state, type=tuple[Repair, ...])
    except msgspec.MsgspecError:
        return ()


def finish_mending(path: Path, now_ms: int) -> None:
    """Go on with a repair that a kill interrupted, if there was one. Raises StoreError."""
    journal = _beside(path, ".mending")
    if journal.exists():
        _mend(path, path.with_name(journal.read_text("utf-8").strip()), None, now_ms)


def mend(path: Path, now_ms: int, living: sqlite3.Connection | None = None) -> None:
    """Put the file under this name aside, if there is one, and make a new one of what can be read.

    `living`: a connection to a file that is no longer found under its name; its rows are taken instead.
    Raises StoreError if the folder cannot be written or the disk is full; it can be tried again.
    """
    taken = {file.name for file in path.parent.glob(f"{path.name}.damaged-*")}
    names = (f"{path.name}.damaged-{number}" for number in range(1, ASIDE_MAX))
    aside = path.with_name(next(name for name in names if name not in taken))
    try:
        journal = _beside(path, ".mending")
        journal.write_text(aside.name, "utf-8")
        _sync(journal)
    except OSError as error:
        raise _cannot(path, error) from error
    _mend(path, aside, living, now_ms)


def _mend(path: Path, aside: Path, living: sqlite3.Connection | None, now_ms: int) -> None:
    new = _beside(path, ".new")
    try:
        if living is not None or not (aside.exists() and path.exists()):  # else the new file is in its place already
            if living is None or path.exists():
                _put_aside(path, aside)
            for leftover in (new, *_companions(new)):
                leftover.unlink(missing_ok=True)
            _build(new, aside, living, now_ms)
            _sync(new)
            for leftover in _companions(path):
                leftover.unlink(missing_ok=True)
            new.replace(path)
            _sync(path.parent)
        _beside(path, ".mending").unlink(missing_ok=True)
    except OSError as error:
        raise _cannot(path, error) from error
    except sqlite3.Error as error:
        raise translated(error, path) from error


def _put_aside(path: Path, aside: Path) -> None:
    """Rename the file last: if it has its new name, all that belongs to it has."""
    for file, companion in zip(_companions(path), _companions(aside), strict=True):
        if file.exists():
            file.replace(companion)
    if path.exists():
        path.replace(aside)


def _build(new: Path, aside: Path, living: sqlite3.Connection | None, now_ms: int) -> None:
    with closing(sqlite3.connect(new, isolation_level=None)) as target:
        target.execute("PRAGMA journal_mode = OFF")  # a file that is not finished is thrown away
        target.execute("PRAGMA synchronous = OFF")  # it is synced as a whole
        prepare(target, new)
        with transaction(target, "BEGIN EXCLUSIVE"):
            found = _Found()
            with _source(aside, living) as source:
                if source is not None:
                    _salvage(source, target, found, now_ms)
            if living is not None and not found.broken:
                found.lost = 0  # what is not there was sent long since
            _name_it(target, found, aside.name, now_ms)


@contextlib.contextmanager
def _source(aside: Path, living: sqlite3.Connection | None) -> Iterator[sqlite3.Connection | None]:
    """Open the damaged file for reading; None if there is none."""
    if living is not None or not aside.exists():
        yield living
        return
    _companions(aside)[1].unlink(missing_ok=True)  # an index of the log that SQLite makes anew; it holds nothing
    with closing(sqlite3.connect(f"{aside.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as source:
        source.text_factory = lambda raw: raw.decode("utf-8", "replace")
        yield source


def _salvage(source: sqlite3.Connection, target: sqlite3.Connection, found: _Found, now_ms: int) -> None:
    with contextlib.suppress(sqlite3.Error, TypeError):
        found.epoch = str(source.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()[0])
    with contextlib.suppress(sqlite3.Error, TypeError, ValueError):
        found.last_seq = last_seq(source)
    try:
        crc = "crc" if any(column[1] == "crc" for column in source.execute("PRAGMA table_info(row)")) else "NULL"
    except sqlite3.Error:
        return  # without its first page nothing of a file can be found
    before: tuple[_Value, ...] | None = None
    most = _highest(source, found.last_seq)
    for row in _rows(source, f"SELECT {_COLUMNS}, {crc} FROM row", most, found):
        target.execute(f"INSERT OR IGNORE INTO row ({_COLUMNS}, crc, rank) VALUES (?,?,?,?,?,?,?,?,?,?)", row)
        found.saved += 1
        if before is not None and row[0] > before[0] + 1:
            found.miss(row[0] - before[0] - 1, before[5], row[5])
        elif before is None and found.in_vain:
            found.miss(found.in_vain, row[5], row[5])
        before = row
    if found.last_seq is not None and before is not None and before[0] < most:
        found.miss(most - before[0], before[5], now_ms)
    elif before is None and found.in_vain:
        found.miss(found.in_vain, now_ms, now_ms)
    for table, columns in (("state", "name, body"), ("dead", f"epoch, sha256, reason, died_ms, {_COLUMNS}")):
        _copy(source, target, table, columns)


def _rows(source: sqlite3.Connection, select: str, most: int, found: _Found) -> Iterator[tuple[_Value, ...]]:
    """Yield the whole rows in order of seq. Where the tree cannot be walked, each number is asked for by itself."""
    begin, tries = 1, TRIES_MAX
    while begin <= most:
        rows, broken = _some(source, f"{select} WHERE seq >= ? ORDER BY seq LIMIT ?", (begin, CHUNK_ROWS))
        for row in rows:
            broken = broken or not (isinstance(row[0], int) and begin <= row[0] <= most)
            if broken:
                break
            begin = row[0] + 1
            if (whole := _whole(row)) is not None:
                yield whole
        if not broken and len(rows) < CHUNK_ROWS:
            return
        while broken and begin <= most:
            found.broken = True
            if not tries:
                return
            single, _ = _some(source, f"{select} WHERE seq = ? LIMIT ?", (begin, 1))
            begin += 1
            whole = _whole(single[0]) if single and single[0][0] == begin - 1 else None
            broken = whole is None
            if whole is None:
                tries, found.in_vain = tries - 1, found.in_vain + 1
            else:
                yield whole


def _highest(source: sqlite3.Connection, last: int | None) -> int:
    """Return the highest number that a row may have: the tree's end may be damaged, or the number that is kept."""
    rows, _ = _some(source, "SELECT max(seq) FROM row WHERE seq > ? LIMIT ?", (0, 1))
    known = [number for number in (last, rows[0][0] if rows else None) if isinstance(number, int)]
    return min(max(known, default=UNKNOWN_ROWS), INTEGER_MAX)


def _some(source: sqlite3.Connection, query: str, params: tuple[int, int]) -> tuple[list[tuple[_Value, ...]], bool]:
    """Return rows up to the first that cannot be read, and whether there was one."""
    rows: list[tuple[_Value, ...]] = []
    try:
        for row in source.execute(query, params):
            rows.append(row)  # noqa: PERF402 - those before an error are to stay
    except (sqlite3.Error, OverflowError):
        return rows, True
    return rows, False


def _whole(row: tuple[_Value, ...]) -> tuple[_Value, ...] | None:
    """Return the values of a row with its rank if it is what was written, else None."""
    seq, boot, clock, kind, origin, taken_ms, mark_ms, body, crc = row
    if not isinstance(body, bytes) or not all(isinstance(text, str) for text in (boot, clock, kind, origin)):
        return None
    try:
        fact = fact_of(seq, kind, body)
        same = columns_of(fact)[:4] == (kind, origin, taken_ms, mark_ms)
    except (ColdchainError, TypeError, OverflowError):
        return None
    if not same or clock not in {"trusted", "unset"} or not is_id(boot):
        return None
    if crc is not None and crc != crc_of(seq, boot, clock, kind, origin, taken_ms, body):
        return None
    return (*row, int(rank_of(fact)))


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, table: str, columns: str) -> None:
    marks = ", ".join("?" * len(columns.split(",")))
    rows: list[tuple[_Value, ...]] = []
    try:
        for row in source.execute(f"SELECT {columns} FROM {table}"):
            rows.append(row)  # noqa: PERF402 - those before an error are to stay
    except (sqlite3.Error, OverflowError):
        pass
    for row in rows:
        with contextlib.suppress(sqlite3.IntegrityError):
            target.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", row)


def _name_it(target: sqlite3.Connection, found: _Found, aside: str, now_ms: int) -> None:
    """Give the new file its epoch, its numbers, and the word on the repair."""
    highest = int(target.execute("SELECT coalesce(max(seq), 0) FROM row").fetchone()[0])
    named = found.epoch is not None and is_id(found.epoch) and found.last_seq is not None
    if named and found.last_seq is not None and not highest <= found.last_seq <= INTEGER_MAX:
        named = False  # one of the two is wrong
    target.execute("UPDATE meta SET value = ? WHERE name = 'epoch'", (found.epoch if named else new_epoch(),))
    target.execute("DELETE FROM sqlite_sequence WHERE name = 'row'")
    numbers = found.last_seq if named else highest
    target.execute("INSERT INTO sqlite_sequence VALUES ('row', ?)", (numbers,))
    repair = Repair(
        file=aside,
        rows_saved=found.saved,
        rows_lost=found.lost,
        from_ms=found.from_ms if found.lost else now_ms,
        to_ms=found.to_ms if found.lost else now_ms,
    )
    row = target.execute("SELECT body FROM state WHERE name = ?", (REPAIRS,)).fetchone()
    known = repairs_of(row[0]) if row is not None and isinstance(row[0], bytes) else ()
    said = msgspec.json.encode((*known, repair)[-REPAIRS_MAX:])
    target.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (REPAIRS, said))


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _companions(path: Path) -> tuple[Path, Path]:
    """Return the write-ahead log and its index."""
    return _beside(path, "-wal"), _beside(path, "-shm")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"the spool {path} is damaged and could not be put aside ({error}): check the disk and the rights on its "
        "folder. Nothing was deleted"
    )
