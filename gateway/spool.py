"""The spool: what the gateway has accepted, on disk until the centre says that it has committed it.

    accept ──> row (seq 1, 2, 3 …) ──next_batch──> uplink ──> centre
                 │  └──settle(ack): the centre has it, the row goes
                 └─────dead_letter: the centre refuses it, the row is kept aside and a gap is declared

One file, one process. Threads: the edge loop accepts, the uplink reads and deletes; each write is one short
transaction, taken in turns.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final, Self

from coldchain.errors import InvalidValueError, SpoolFullError
from coldchain.facts import ClockState, Fact
from coldchain.ranges import Range
from coldchain.wire import ITEMS_MAX, PAYLOAD_BYTES_MAX, Ack
from gateway.spool_file import (
    Turns,
    connect,
    free_bytes,
    identities,
    last_seq,
    new_epoch,
    opened_seq,
    prepare,
    require_same,
    reuse_wal,
    take_lock,
    transaction,
    translated,
)
from gateway.spool_port import NO_STATES
from gateway.spool_rows import Row, columns_of, gaps_of, is_bulk, loss_of, readable, taken

BYTES_MIN: Final = 1024 * 1024
RESERVE_BYTES_MAX: Final = 4 * 1024 * 1024  # kept free for events and gaps when samples and tags are refused
RESERVE_SHARE: Final = 8  # and never more than this part of the whole
# Free space that accepting leaves on the disk (events and gaps: half of it). Deleting needs some, for the write-ahead
# log: a spool that had filled its disk could never be emptied again.
DISK_BYTES_MIN: Final = 32 * 1024 * 1024
DEAD_LETTER_ROWS_MAX: Final = 20_000
DEAD_LETTER_SHARE: Final = 4  # dead letters never take more than this part of the spool
SETTLE_ROWS: Final = 500  # rows that one deleting transaction takes
VOUCH_MS_MAX: Final = 60_000  # an accepting side that says nothing for longer is taken to hang


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows of one boot and clock state in order of seq, and the mark, both of one committed instant of the spool.

    A number in first_seq..last_seq that no fact carries was committed by the centre or will never come.
    `last_seq` is the number of the last fact; no facts: first_seq - 1.
    `sent_boottime_ms`: asked together with sent_ms; None if `boot` is an earlier run, of whose clock it says nothing.
    `oldest_unsent_ms`: before it (and before sent_ms) nothing is left that is neither in this batch nor
    acknowledged; None if nothing is left at all. `others_left`: the spool holds rows that are not in this batch.
    """

    first_seq: int
    last_seq: int
    boot: str
    clock: ClockState
    sent_ms: int
    sent_boottime_ms: int | None
    oldest_unsent_ms: int | None
    others_left: bool
    facts: tuple[Fact, ...]

    @property
    def horizon_ms(self) -> int:
        """The time before which the centre has everything once it has this batch."""
        return self.sent_ms if self.oldest_unsent_ms is None else min(self.oldest_unsent_ms, self.sent_ms)


class Spool:
    """What the gateway has accepted. Every method may be called from any thread."""

    def __init__(
        self,
        path: Path,
        epoch: str,
        writer: sqlite3.Connection,
        reader: sqlite3.Connection,
        *,
        bytes_max: int,
        boot: str,
        clock_state: Callable[[], ClockState],
    ) -> None:
        self.epoch = epoch
        self.boot = boot
        self.on_accept: Callable[[], None] = _nobody
        self._path = path
        self._writer = writer
        self._reader = reader
        self._clock_state = clock_state
        self._bytes_max = bytes_max
        self._reserve = min(RESERVE_BYTES_MAX, bytes_max // RESERVE_SHARE)
        self._page_size = int(writer.execute("PRAGMA page_size").fetchone()[0])
        self._turns = Turns()
        self._reading = Lock()
        self._resources = ExitStack()
        self._vouched_ms: int | None = None
        self._files: dict[Path, int] = {}
        self._unanswered = True  # no ack of ours since it was opened
        self.opened_seq = self._opened_seq()

    @classmethod
    def open(cls, path: Path, *, bytes_max: int, boot: str, clock_state: Callable[[], ClockState]) -> Self:
        """Open or create the spool. Raises StoreError: in use, damaged, not a spool, no right to write."""
        if bytes_max < BYTES_MIN:
            msg = f"spool.bytes_max {bytes_max} is too small: at least {BYTES_MIN} are needed"
            raise InvalidValueError(msg)
        with ExitStack() as resources:
            resources.enter_context(take_lock(path))
            try:
                writer = resources.enter_context(closing(connect(path)))
                epoch = prepare(writer, path)
                reader = resources.enter_context(closing(connect(path)))
            except sqlite3.Error as error:
                raise translated(error, path) from error
            spool = cls(path, epoch, writer, reader, bytes_max=bytes_max, boot=boot, clock_state=clock_state)
            spool._files = identities(path)
            spool._resources = resources.pop_all()
        return spool

    def accept(self, drafts: Sequence[Fact], states: Mapping[str, bytes] = NO_STATES) -> list[int]:
        """Commit drafts (their own seq is not looked at) and states together; return the drafts' numbers.

        On disk when it returns. Raises SpoolFullError or StoreError, and then nothing of it was kept.
        Samples, tag summaries and inventories leave a reserve free, in which other events and gaps still fit.
        """
        with self._write() as db:
            seqs = self._insert(db, drafts)
            db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", states.items())
            self._require_room(db, bulk=any(map(is_bulk, drafts)))
        self.on_accept()
        return seqs

    def state(self, name: str) -> bytes | None:
        """Return what was last accepted under this name."""
        with self._read() as db:
            row = db.execute("SELECT body FROM state WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def vouch(self, from_ms: int) -> None:
        """Promise that nothing accepted from now on was stamped before from_ms.

        The edge loop calls it once a round, when all that it stamped is accepted. A fact is stamped some
        milliseconds before it is committed; without the promise a batch that is made just then would claim that
        nothing of that time is left.
        """
        self._vouched_ms = from_ms

    def next_batch(
        self,
        after_seq: int,
        sent_ms: int,
        sent_boottime_ms: int,
        *,
        items_max: int = ITEMS_MAX,
        bytes_max: int = PAYLOAD_BYTES_MAX,
    ) -> Batch:
        """Return up to items_max rows beyond after_seq (if that is not 0, at least one if there is one) and the mark.

        With items_max 0 the batch is empty: a sign of life, a question, and the mark.
        The caller asks its clocks and only then calls: whatever is stamped later lies after sent_ms and so after the
        mark. The other way round, a fact accepted between the reading and the clock would be denied.
        Rows and mark come from one read transaction, so no row is in neither. bytes_max counts bytes as stored.
        Raises UnreadableRowError if the first row is of a newer version; rows before such a row make a batch.
        """
        floor_ms = self._floor_ms(sent_ms)  # read before the snapshot: what it vouches for is then in the snapshot
        with self._read() as db, transaction(db, "BEGIN"):
            rows = taken(_rows_after(db, after_seq, items_max), bytes_max)
            facts = readable(rows)
            last_seq = facts[-1].seq if facts else after_seq
            oldest_ms = _oldest_ms(db, after_seq, last_seq)
        boot = rows[0][1] if rows else self.boot
        marks = [mark for mark in (oldest_ms, floor_ms) if mark is not None]
        return Batch(
            first_seq=after_seq + 1,
            last_seq=last_seq,
            boot=boot,
            clock=ClockState(rows[0][2]) if rows else self._clock_state(),
            sent_ms=sent_ms,
            sent_boottime_ms=sent_boottime_ms if boot == self.boot else None,
            oldest_unsent_ms=min(marks, default=None),
            others_left=oldest_ms is not None,
            facts=facts,
        )

    def settle(self, ack: Ack) -> int:
        """Delete what the centre has committed; return how many rows went. An ack of another epoch changes nothing.

        The caller has made sure that the ack names no number which this spool never gave (Outcome.foreign).
        """
        if ack.epoch != self.epoch:
            return 0
        deleted = sum(self._delete(first, last) for first, last in ((1, ack.contiguous_seq), *ack.ranges))
        if self._unanswered:
            with self._write() as db:
                db.execute("DELETE FROM meta WHERE name = 'opened_seq'")
                self._unanswered = False
        return deleted

    def dead_letter(
        self, first_seq: int, last_seq: int, sha256: str, reason: str, *, now_ms: int, boottime_ms: int
    ) -> int:
        """Put rows aside that cannot go up and spool a gap for each of their origins; return how many rows.

        `sha256` names the refused payload ("" if it was never sent). A gap that stands for such rows is put aside
        without another gap, else one that the centre cannot read would breed for ever. The oldest beyond
        DEAD_LETTER_ROWS_MAX or DEAD_LETTER_SHARE fall out (`dead_letters_dropped`).
        """
        span = (first_seq, last_seq)
        with self._write() as db:
            query = "SELECT kind, origin, taken_ms, mark_ms, body FROM row WHERE seq BETWEEN ? AND ?"
            losses = [loss_of(*row) for row in db.execute(query, span)]
            db.execute(
                f"""INSERT INTO dead (epoch, seq, sha256, reason, died_ms, {_COLUMNS})
                    SELECT ?, seq, ?, ?, ?, {_COLUMNS} FROM row WHERE seq BETWEEN ? AND ? ORDER BY seq""",
                (self.epoch, sha256, reason, now_ms, *span),
            )
            db.execute("DELETE FROM row WHERE seq BETWEEN ? AND ?", span)
            self._trim_dead(db)
            self._insert(db, gaps_of(losses, reason, now_ms, boottime_ms))
            self._require_room(db, bulk=False)
        return len(losses)

    def revive(self, rows_max: int) -> int:
        """Send up to rows_max dead letters again, the oldest first, under new numbers; return how many.

        For an operator, when what refused them has been repaired. Their boot, clock state and times stay; the gap
        that was declared for them stays too, and the centre sees it filled.
        """
        with self._write() as db:
            rows = db.execute(f"SELECT id, {_COLUMNS} FROM dead ORDER BY id LIMIT ?", (rows_max,)).fetchall()
            db.executemany(f"INSERT INTO row ({_COLUMNS}) VALUES (?,?,?,?,?,?,?)", [row[1:] for row in rows])
            db.executemany("DELETE FROM dead WHERE id = ?", [row[:1] for row in rows])
            self._require_room(db, bulk=False)
        self.on_accept()
        return len(rows)

    def begin_new_epoch(self) -> str:
        """Give the rows that are left a new epoch (they keep their numbers) and return it.

        For a spool that is an older copy of itself: the centre names numbers that this file never gave. Under the
        old epoch new facts would get numbers that the centre already has, and be taken for duplicates.
        """
        epoch = new_epoch()
        with self._write() as db:
            db.execute("UPDATE meta SET value = ? WHERE name = 'epoch'", (epoch,))
            db.execute("INSERT OR REPLACE INTO meta VALUES ('opened_seq', 0)")
            self._unanswered = True
        self.epoch, self.opened_seq = epoch, 0
        return epoch

    def depth(self) -> int:
        """Return how many rows the centre has not acknowledged."""
        return self._number("SELECT count(*) FROM row")

    def dead_letters(self) -> int:
        """Return how many refused rows are kept aside."""
        return self._number("SELECT count(*) FROM dead")

    def dead_letters_dropped(self) -> int:
        """Return how many refused rows fell out of the dead-letter table since the file was made."""
        return self._number("SELECT coalesce(max(value), 0) FROM meta WHERE name = 'dead_letters_dropped'")

    def last_seq(self) -> int:
        """Return the highest number ever given (0: none)."""
        with self._read() as db:
            return last_seq(db)

    def bytes_used(self) -> int:
        """Return the bytes of the file that hold something."""
        with self._read() as db:
            return self._used(db)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file. What was accepted stays."""
        with self._turns, self._reading:
            self._resources.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._turns:
            require_same(self._files)
            try:
                with transaction(self._writer, "BEGIN IMMEDIATE") as db:
                    if self._unanswered:
                        db.execute("INSERT OR IGNORE INTO meta VALUES ('opened_seq', ?)", (self.opened_seq,))
                    yield db
            except sqlite3.Error as error:
                reuse_wal(self._writer)
                raise translated(error, self._path) from error

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with self._reading:
            try:
                yield self._reader
            except sqlite3.Error as error:
                raise translated(error, self._path) from error

    def _opened_seq(self) -> int:
        with self._read() as db:
            return opened_seq(db)

    def _insert(self, db: sqlite3.Connection, facts: Sequence[Fact]) -> list[int]:
        clock = self._clock_state().value
        last = last_seq(db)
        seqs = list(range(last + 1, last + 1 + len(facts)))
        db.executemany(
            f"INSERT INTO row (seq, {_COLUMNS}) VALUES (?,?,?,?,?,?,?,?)",
            ((seq, self.boot, clock, *columns_of(fact)) for seq, fact in zip(seqs, facts, strict=True)),
        )
        return seqs

    def _floor_ms(self, sent_ms: int) -> int | None:
        return None if self._vouched_ms is None else max(self._vouched_ms, sent_ms - VOUCH_MS_MAX)

    def _used(self, db: sqlite3.Connection) -> int:
        pages = db.execute("PRAGMA page_count").fetchone()[0] - db.execute("PRAGMA freelist_count").fetchone()[0]
        return int(pages) * self._page_size

    def _require_room(self, db: sqlite3.Connection, *, bulk: bool) -> None:
        limit = self._bytes_max - (self._reserve if bulk else 0)
        if self._used(db) > limit:
            msg = f"the spool {self._path} is full ({limit} bytes): restore the uplink or raise `spool.bytes_max`"
            raise SpoolFullError(msg)
        if free_bytes(self._path) < (DISK_BYTES_MIN if bulk else DISK_BYTES_MIN // 2):
            msg = f"the disk under {self._path} is nearly full, nothing new is accepted: free some space"
            raise SpoolFullError(msg)

    def _delete(self, first: int, last: int) -> int:
        deleted = 0
        while chunk := self._chunk(first, last):
            with self._write() as db:
                deleted += db.execute("DELETE FROM row WHERE seq BETWEEN ? AND ?", chunk).rowcount
            first = chunk[1] + 1
        return deleted

    def _chunk(self, first: int, last: int) -> Range | None:
        """Return bounds of the next rows to delete; reading first saves a commit when there are none."""
        with self._read() as db:
            query = "SELECT seq FROM row WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
            seqs = db.execute(query, (first, last, SETTLE_ROWS)).fetchall()
        return (seqs[0][0], seqs[-1][0]) if seqs else None

    def _trim_dead(self, db: sqlite3.Connection) -> None:
        newest_first = "OVER (ORDER BY id DESC)"
        dropped = db.execute(
            f"""DELETE FROM dead WHERE id <= (SELECT max(id) FROM
                (SELECT id, count(*) {newest_first} AS rows, sum(length(body)) {newest_first} AS bytes FROM dead)
                WHERE rows > ? OR bytes + rows * ? > ?)""",
            (DEAD_LETTER_ROWS_MAX, _DEAD_ROW_BYTES, self._bytes_max // DEAD_LETTER_SHARE),
        ).rowcount
        db.execute(
            """INSERT INTO meta VALUES ('dead_letters_dropped', ?)
               ON CONFLICT (name) DO UPDATE SET value = value + excluded.value""",
            (dropped,),
        )

    def _number(self, query: str) -> int:
        with self._read() as db:
            return int(db.execute(query).fetchone()[0])


_COLUMNS: Final = "boot, clock, kind, origin, taken_ms, mark_ms, body"
_DEAD_ROW_BYTES: Final = 300  # what a dead letter takes beside its body


def _nobody() -> None:
    """Nobody waits for new rows."""


def _rows_after(db: sqlite3.Connection, after_seq: int, items_max: int) -> list[Row]:
    query = "SELECT seq, boot, clock, kind, body FROM row WHERE seq > ? ORDER BY seq LIMIT ?"
    return db.execute(query, (after_seq, items_max)).fetchall()


def _oldest_ms(db: sqlite3.Connection, after_seq: int, last_seq: int) -> int | None:
    """Return the lowest mark of the rows outside a batch: at most one more index entry is read than it has rows."""
    query = "SELECT mark_ms FROM row WHERE NOT (seq > ? AND seq <= ?) ORDER BY mark_ms LIMIT 1"
    row = db.execute(query, (after_seq, last_seq)).fetchone()
    return None if row is None else int(row[0])
