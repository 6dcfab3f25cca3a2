"""The spool's connections and locks: opening, reading, writing, closing. What rows mean is in gateway/spool.py."""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Final, Self

from coldchain.errors import InvalidValueError
from coldchain.facts import ClockState
from coldchain.ranges import Range
from gateway.spool_evict import Evictor
from gateway.spool_file import (
    Turns,
    connect,
    identities,
    last_seq,
    opened_seq,
    prepare,
    require_same,
    reuse_wal,
    take_lock,
    transaction,
    translated,
)
from gateway.window import WINDOW

BYTES_MIN: Final = 1024 * 1024
RESERVE_BYTES_MAX: Final = 4 * 1024 * 1024  # kept free for events and gaps when samples and tags are refused
RESERVE_SHARE: Final = 8  # and never more than this part of the whole


class SpoolBase:
    """An open spool file. Writers and readers take turns, each on a connection of its own."""

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
        self._evictor = Evictor()
        self._choosing = Lock()  # what goes into a batch, and what is given up, is chosen by one at a time
        self._on_their_way: deque[tuple[Range, ...]] = deque(maxlen=WINDOW + 1)
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

    def state(self, name: str) -> bytes | None:
        """Return what was last accepted under this name."""
        with self._read() as db:
            row = db.execute("SELECT body FROM state WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

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

    def _used(self, db: sqlite3.Connection) -> int:
        pages = db.execute("PRAGMA page_count").fetchone()[0] - db.execute("PRAGMA freelist_count").fetchone()[0]
        return int(pages) * self._page_size

    def _number(self, query: str) -> int:
        with self._read() as db:
            return int(db.execute(query).fetchone()[0])


def _nobody() -> None:
    """Nobody waits for new rows."""
