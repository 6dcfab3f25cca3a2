"""The spool's connections and locks: opening, reading, writing, closing. What rows mean is in gateway/spool.py."""

import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Final, Self

from coldchain.errors import ColdchainError, InvalidValueError
from coldchain.facts import ClockState
from coldchain.ranges import Range
from gateway.spool_evict import Evictor
from gateway.spool_file import (
    SpoolDamagedError,
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
from gateway.spool_salvage import finish_mending, mend
from gateway.window import WINDOW

BYTES_MIN: Final = 1024 * 1024
RESERVE_BYTES_MAX: Final = 4 * 1024 * 1024  # kept free for events and gaps when samples and tags are refused
RESERVE_SHARE: Final = 8  # and never more than this part of the whole
MEND_AGAIN_S: Final = 30.0  # after a repair that failed; each may copy the whole file
_LOG: Final = logging.getLogger(__name__)


class SpoolBase:
    """An open spool file. Writers and readers take turns, each on a connection of its own."""

    def __init__(
        self,
        path: Path,
        *,
        bytes_max: int,
        boot: str,
        clock_state: Callable[[], ClockState],
    ) -> None:
        self.boot = boot
        self.generation = 0  # goes up when the file was replaced by what could be saved of it
        self.on_accept: Callable[[], None] = _nobody
        self._path = path
        self._clock_state = clock_state
        self._bytes_max = bytes_max
        self._reserve = min(RESERVE_BYTES_MAX, bytes_max // RESERVE_SHARE)
        self._turns = Turns()
        self._reading = Lock()
        self._resources = ExitStack()
        self._vouched_ms: int | None = None
        self._evictor = Evictor()
        self._choosing = Lock()  # what goes into a batch, and what is given up, is chosen by one at a time
        self._on_their_way: deque[tuple[Range, ...]] = deque(maxlen=WINDOW + 1)
        self._damage: SpoolDamagedError | None = None
        self._mend_at_s = 0.0

    @classmethod
    def open(cls, path: Path, *, bytes_max: int, boot: str, clock_state: Callable[[], ClockState]) -> Self:
        """Open or create the spool. A damaged file is put aside and what can be read of it goes into a new one.

        Raises StoreError: in use, not a spool, no right to write.
        """
        if bytes_max < BYTES_MIN:
            msg = f"spool.bytes_max {bytes_max} is too small: at least {BYTES_MIN} are needed"
            raise InvalidValueError(msg)
        spool = cls(path, bytes_max=bytes_max, boot=boot, clock_state=clock_state)
        was_here = path.with_name(path.name + ".lock").exists()
        with ExitStack() as resources:
            resources.enter_context(take_lock(path))
            finish_mending(path, wall_ms())
            if was_here and path.exists() and not path.stat().st_size:
                mend(path, wall_ms())  # a spool that was cut to nothing: a new one must not begin in silence
            try:
                spool._connect(resources)
            except SpoolDamagedError as error:
                _LOG.error("%s", error)
                mend(path, wall_ms())
                spool._connect(resources)
            spool._resources = resources.pop_all()
        return spool

    def _connect(self, resources: ExitStack) -> None:
        """Open the file and look at it; what was opened is closed with the resources, or at once if it fails."""
        with ExitStack() as opened:
            try:
                self._writer = opened.enter_context(closing(connect(self._path)))
                self.epoch = prepare(self._writer, self._path)
                self._reader = opened.enter_context(closing(connect(self._path)))
                self._page_size = int(self._writer.execute("PRAGMA page_size").fetchone()[0])
                self._unanswered = True  # no ack of ours since it was opened
                self.opened_seq = opened_seq(self._reader)
            except sqlite3.Error as error:
                raise translated(error, self._path) from error
            self._files = identities(self._path)
            resources.push(opened.pop_all())

    @property
    def damaged(self) -> bool:
        """Whether the file waits to be put aside."""
        return self._damage is not None

    def mend(self) -> None:
        """Put a file that was found damaged or gone aside, and go on with what can be saved. Else do nothing.

        Raises StoreError if that is not possible now; it is tried again MEND_AGAIN_S later.
        """
        with self._turns:
            self._mend()

    def _mend(self) -> None:
        """As mend, for one that has its turn."""
        damage = self._damage
        if damage is None:
            return
        if monotonic() < self._mend_at_s:
            raise damage
        self._mend_at_s = monotonic() + MEND_AGAIN_S
        _LOG.error("%s", damage)
        with self._reading, ExitStack() as resources:
            if damage.gone:
                mend(self._path, wall_ms(), self._reader)
                # All of it is in the file by now. What is open ends here: if the rest fails, another try must not
                # read a closed connection, find nothing, and put an empty file in the place of this one.
                self._damage = SpoolDamagedError(str(damage))
            self._resources.close()
            resources.enter_context(take_lock(self._path))
            if not damage.gone:
                mend(self._path, wall_ms())
            self._connect(resources)
            self._resources = resources.pop_all()
            self._damage, self._mend_at_s = None, 0.0
            self.generation += 1

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
            self._mend()
            self._require_same()
            try:
                with transaction(self._writer, "BEGIN IMMEDIATE") as db:
                    if self._unanswered:
                        db.execute("INSERT OR IGNORE INTO meta VALUES ('opened_seq', ?)", (self.opened_seq,))
                    yield db
            except sqlite3.Error as error:
                reuse_wal(self._writer)
                raise self._noted(translated(error, self._path)) from error

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with self._reading:
            if self._damage is not None:
                raise self._damage
            try:
                yield self._reader
            except sqlite3.Error as error:
                raise self._noted(translated(error, self._path)) from error

    def _noted(self, error: ColdchainError) -> ColdchainError:
        """Note that the file is damaged, so that the next writer puts it aside."""
        if isinstance(error, SpoolDamagedError):
            self._damage = error
        return error

    def _require_same(self) -> None:
        try:
            require_same(self._files)
        except SpoolDamagedError as error:
            self._damage = error
            raise

    def _used(self, db: sqlite3.Connection) -> int:
        pages = db.execute("PRAGMA page_count").fetchone()[0] - db.execute("PRAGMA freelist_count").fetchone()[0]
        return int(pages) * self._page_size

    def _number(self, query: str) -> int:
        with self._read() as db:
            return int(db.execute(query).fetchone()[0])


def _nobody() -> None:
    """Nobody waits for new rows."""


def wall_ms() -> int:
    """Return the wall clock, for the report of a repair only."""
    return time.time_ns() // 1_000_000
