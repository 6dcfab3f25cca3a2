"""The spool's file: who may open it, what is in it, and what its errors mean to an operator."""

import contextlib
import fcntl
import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import IO, Final

from coldchain.errors import ColdchainError, SpoolFullError, StoreError

APPLICATION_ID: Final = 0x43435350  # "CCSP", so that another program's database is never taken for a spool
LAYOUT: Final = 2
LAYOUT_MAX: Final = 99  # a higher one was not written by a newer program
WAL_BYTES_MAX: Final = 8 * 1024 * 1024  # what SQLite leaves of the write-ahead log after a checkpoint

_TABLES: Final = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
    # AUTOINCREMENT: a number is never given twice, also when all rows were acknowledged and deleted.
    """CREATE TABLE row (seq INTEGER PRIMARY KEY AUTOINCREMENT, boot TEXT NOT NULL, clock TEXT NOT NULL,
       kind TEXT NOT NULL, origin TEXT NOT NULL, taken_ms INTEGER NOT NULL, mark_ms INTEGER NOT NULL,
       body BLOB NOT NULL, rank INTEGER NOT NULL DEFAULT 1, crc INTEGER)""",
    "CREATE INDEX row_by_mark ON row (mark_ms)",
    # Samples are most of all rows and are found by their numbers; the others by what they are worth.
    "CREATE INDEX row_by_rank ON row (rank, seq) WHERE rank <> 1",
    "CREATE TABLE state (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID",
    """CREATE TABLE dead (id INTEGER PRIMARY KEY AUTOINCREMENT, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
       sha256 TEXT NOT NULL, reason TEXT NOT NULL, died_ms INTEGER NOT NULL, boot TEXT NOT NULL, clock TEXT NOT NULL,
       kind TEXT NOT NULL, origin TEXT NOT NULL, taken_ms INTEGER NOT NULL, mark_ms INTEGER NOT NULL,
       body BLOB NOT NULL)""",
)
_UPGRADE: Final = (
    "ALTER TABLE row ADD COLUMN rank INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE row ADD COLUMN crc INTEGER",
    "UPDATE row SET rank = CASE kind WHEN 'tag' THEN 0 WHEN 'event' THEN 3 ELSE 5 END WHERE kind <> 'sample'",
    "CREATE INDEX row_by_rank ON row (rank, seq) WHERE rank <> 1",
    f"PRAGMA user_version = {LAYOUT}",
)
# What SQLite reports when the disk or the allowed number of pages is used up.
_FULL_CODES: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})
_BROKEN_CODES: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Turns:
    """A lock that is taken in turns, so that a thread which deletes in a loop never starves one that accepts."""

    def __init__(self) -> None:
        self._queue = Lock()
        self._inside = Lock()

    def __enter__(self) -> None:
        with self._queue:
            self._inside.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inside.release()


def take_lock(path: Path) -> IO[bytes]:
    """Hold `<path>.lock` until it is closed or the process dies. Raises StoreError if another one holds it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("ab")
    except OSError as error:
        msg = f"the spool {path} cannot be opened ({error}): check `spool.path` and the rights on its folder"
        raise StoreError(msg) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        msg = f"another gateway process uses the spool {path}: stop it, or give this one a spool file of its own"
        raise StoreError(msg) from error
    return lock


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection whose every commit is on the disk when it returns. Raises sqlite3.Error."""
    db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_MAX}")
    return db


def prepare(db: sqlite3.Connection, path: Path) -> str:
    """Make the tables of a new file, or check those of an old one; return the epoch. Raises StoreError."""
    if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        return _create(db)
    marks = db.execute("PRAGMA application_id").fetchone()[0], db.execute("PRAGMA user_version").fetchone()[0]
    if marks not in {(APPLICATION_ID, LAYOUT), (APPLICATION_ID, 1)}:
        if _is_ours(db) and not (marks[0] == APPLICATION_ID and LAYOUT < marks[1] <= LAYOUT_MAX):
            raise broken(path, f"its marks are {marks}")
        msg = f"{path} is not a spool of this program's version: set `spool.path` to another file"
        raise StoreError(msg)
    verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise broken(path, verdict)
    if marks[1] != LAYOUT:
        with transaction(db, "BEGIN EXCLUSIVE"):
            for statement in _UPGRADE:
                db.execute(statement)
    return str(db.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()[0])


def new_epoch() -> str:
    """Return a random name for the numbers of one spool."""
    return secrets.token_hex(8)


class SpoolDamagedError(StoreError):
    """The spool's file is damaged or gone. `gone`: it is only not found under its name, what is open can be read."""

    def __init__(self, message: str, *, gone: bool = False) -> None:
        super().__init__(message)
        self.gone = gone


def broken(path: Path, detail: str) -> SpoolDamagedError:
    """Return the error for a damaged file."""
    return SpoolDamagedError(
        f"the spool {path} is damaged ({detail}). Nothing was deleted: it is put aside under the name "
        f"{path.name}.damaged-N, and what can be read of it goes into a new file"
    )


def translated(error: sqlite3.Error, path: Path) -> ColdchainError:
    """Return what an error of SQLite means for the operator."""
    code = getattr(error, "sqlite_errorcode", None)
    if code in _FULL_CODES:
        return SpoolFullError(f"the disk under {path} is full, nothing new is accepted: free some space ({error})")
    if code is not None and code & 0xFF in _BROKEN_CODES:
        return broken(path, str(error))
    return StoreError(f"the spool {path} could not be used ({error}): check the disk and the rights on its folder")


@contextlib.contextmanager
def transaction(db: sqlite3.Connection, begin: str) -> Iterator[sqlite3.Connection]:
    """Commit at the end; on any exception nothing of it is kept."""
    db.execute(begin)
    try:
        yield db
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite itself rolls back after some errors
            db.execute("ROLLBACK")
        raise


def free_bytes(path: Path) -> int:
    """Return how much room the disk under path has for us. Raises StoreError if it does not say."""
    try:
        return shutil.disk_usage(path.parent).free
    except OSError as error:
        msg = f"the spool {path} could not be used ({error}): check the disk and the rights on its folder"
        raise StoreError(msg) from error


def last_seq(db: sqlite3.Connection) -> int:
    """Return the highest number ever given (0: none)."""
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'row'").fetchone()[0])


def opened_seq(db: sqlite3.Connection) -> int:
    """Return the highest number that the centre can know of: the last one at the first opening since an ack.

    Nothing is sent before an ack. Rows accepted since then, also before a restart, may have numbers under which the
    centre knows other facts, if this file is an old copy. The value is kept with the first of them until the ack.
    """
    row = db.execute("SELECT value FROM meta WHERE name = 'opened_seq'").fetchone()
    return last_seq(db) if row is None else int(row[0])


def identities(path: Path) -> dict[Path, int]:
    """Return the inodes of the spool's file, its write-ahead log and its lock."""
    files = (path, path.with_name(path.name + "-wal"), path.with_name(path.name + ".lock"))
    return {file: file.stat().st_ino for file in files if file.exists()}


def require_same(files: Mapping[Path, int]) -> None:
    """Raise SpoolDamagedError if one of these files is no longer found under its name.

    SQLite would go on writing into a file that nobody can open again. Asking costs some microseconds, a commit some
    hundred, so it is asked before each.
    """
    for file, inode in files.items():
        try:
            same = file.stat().st_ino == inode
        except OSError:
            same = False
        if not same:
            msg = (
                f"{file} was deleted, moved or replaced while the gateway was running: what is still open of it goes "
                "into a new file under the same name"
            )
            raise SpoolDamagedError(msg, gone=True)


def reuse_wal(db: sqlite3.Connection) -> None:
    """After a failure, bring the write-ahead log into the file, so that a full disk can be written without growing."""
    with contextlib.suppress(sqlite3.Error):
        db.execute("PRAGMA wal_checkpoint(RESTART)")


def _is_ours(db: sqlite3.Connection) -> bool:
    """Tell by its tables whether a file is a spool whose marks the disk has changed."""
    names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {"meta", "row", "dead", "state"} <= names


def _create(db: sqlite3.Connection) -> str:
    epoch = new_epoch()
    with transaction(db, "BEGIN EXCLUSIVE"):
        for table in _TABLES:
            db.execute(table)
        db.execute("INSERT INTO meta VALUES ('epoch', ?)", (epoch,))
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {LAYOUT}")
    return epoch
