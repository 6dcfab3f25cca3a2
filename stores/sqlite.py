"""The hot store in one SQLite file: one writing connection, short reading ones beside it, one transaction for all.

WAL with synchronous=FULL: what is committed survives a power cut. Readers open the file read-only and see one
committed state. A lock file keeps a second writing process out.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool, StaticPool

from coldchain.errors import StoreError
from stores.schema import REVISION
from stores.session import MIGRATIONS, SqlStore, in_transaction, migrate, told
from stores.sql import Sql, as_it_is

__all__ = ["MIGRATIONS", "SqliteStore", "open_store"]

BUSY_TIMEOUT_S: Final = 5
WAL_AUTOCHECKPOINT_PAGES: Final = 6_000  # 24 MB: measured 20-50 % more appends than the default of 1,000
WAL_BYTES_KEPT: Final = 64 * 1024 * 1024  # a WAL that a long reader let grow is cut back to this
STATEMENTS_KEPT: Final = 512  # compiled ones of a connection
READERS_KEPT: Final = 4
READERS_MAX: Final = 16
READER_WAIT_S: Final = 10

_PRAGMAS: Final = {
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "recursive_triggers": "ON",
    "wal_autocheckpoint": WAL_AUTOCHECKPOINT_PAGES,
    "journal_size_limit": WAL_BYTES_KEPT,
}


class SqliteStore(SqlStore):
    """Store over one SQLite file; made by open_store."""

    def __init__(self, path: Path, lock_file: IO[str], writer: Engine, readers: Engine) -> None:
        super().__init__(str(path))
        self._lock_file = lock_file
        self._writer = writer
        self._readers = readers

    def set_numbers(self, sql: Sql, given: dict[str, int]) -> None:
        """SQLite remembers the highest number of a table by its name."""
        for table, number in given.items():
            sql.change("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            sql.change("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, number))

    def _release(self) -> None:
        self._readers.dispose()
        self._writer.dispose()  # a last checkpoint empties the WAL
        self._lock_file.close()

    def _read_connection(self) -> AbstractContextManager[Connection]:
        return in_transaction(self._readers)

    def _write_connection(self) -> AbstractContextManager[Connection]:
        return _all_or_nothing(self._writer)


def open_store(path: Path) -> SqliteStore:
    """Open the hot store, make or migrate it where needed, and be its only writer until close().

    Raises StoreError if another process writes it, if it is not ours, damaged, or of a newer program.
    """
    with ExitStack() as undo, told(str(path)):
        lock_file = undo.enter_context(_locked(path))
        writer = _engine(path, "", "BEGIN IMMEDIATE", poolclass=StaticPool)
        undo.callback(writer.dispose)
        _bring_up_to_date(writer, path)
        readers = _engine(
            path,
            "?mode=ro",
            "BEGIN",
            poolclass=QueuePool,
            pool_size=READERS_KEPT,
            max_overflow=READERS_MAX - READERS_KEPT,
            pool_timeout=READER_WAIT_S,
        )
        undo.pop_all()
    return SqliteStore(path, lock_file, writer, readers)


@contextmanager
def reading_only(path: Path) -> Iterator[Sql]:
    """See one committed state of a file that another process may be writing. Raises StoreError."""
    engine = _engine(path, "?mode=ro", "BEGIN", poolclass=StaticPool)
    try:
        with told(str(path)), in_transaction(engine) as connection:
            sql = Sql(connection, str(path), writable=False, translate=as_it_is)
            sql.first("SELECT version_num FROM alembic_version")
            try:
                yield sql
            finally:
                sql.end()
    finally:
        engine.dispose()


def copy_file(source: Path, target: Path) -> None:
    """Write a consistent copy of a file that another process may be writing, synced. Raises StoreError.

    In one step, inside one reading transaction: a copy in steps would begin again after every commit.
    """
    uri = f"file:{quote(str(source.absolute()))}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S)) as reader,
            closing(sqlite3.connect(target)) as writer,
        ):
            reader.backup(writer)
            writer.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
    except sqlite3.Error as error:
        msg = f"{source} could not be copied to {target} ({error}): check the space there and the owner of both"
        raise StoreError(msg) from error
    with target.open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def _all_or_nothing(engine: Engine) -> Iterator[Connection]:
    """Commit at the end; whatever goes wrong, also in the commit itself, leaves no transaction open."""
    with engine.connect() as connection:
        try:
            with connection.begin():
                yield connection
        finally:
            raw = connection.connection.driver_connection
            if isinstance(raw, sqlite3.Connection) and raw.in_transaction:
                with suppress(sqlite3.Error):  # the first error counts; if this fails too, the next BEGIN says so
                    raw.rollback()


def _locked(path: Path) -> IO[str]:
    """Return the lock file, held; the kernel lets go when the process ends, however it ends."""
    lock_path = path.with_name(path.name + ".lock")
    try:
        lock_file = lock_path.open("a+", encoding="ascii")
    except OSError as error:
        msg = f"{lock_path} cannot be opened ({error.strerror}): check that its directory exists and may be written"
        raise StoreError(msg) from error
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock_file.seek(0)
        holder = lock_file.read().strip() or "unknown"
        lock_file.close()
        msg = f"database {path} is already written by process {holder}: stop it first, a store has one writing process"
        raise StoreError(msg) from error
    lock_file.truncate(0)
    lock_file.write(f"{os.getpid()}\n")
    lock_file.flush()
    return lock_file


def _engine(path: Path, query: str, begin: str, **pool: Any) -> Engine:  # noqa: ANN401 - options of the pool
    """Return an engine whose connections are set up our way and whose transactions begin with `begin`."""
    uri = f"file:{quote(str(path.absolute()))}{query}"

    def connect() -> sqlite3.Connection:
        # isolation_level None: the driver begins nothing by itself, `begin` below does.
        connection = sqlite3.connect(
            uri,
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS_KEPT,
        )
        try:
            return _set_up(connection, path, writable=not query)
        except BaseException:
            connection.close()
            raise

    engine = create_engine("sqlite://", creator=connect, **pool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _set_up(connection: sqlite3.Connection, path: Path, *, writable: bool) -> sqlite3.Connection:
    if writable:
        _require_ours(connection, path)
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            msg = f"database {path}: journal mode is {mode!r} and not WAL: put the data directory on a local disk"
            raise StoreError(msg)
    for name, value in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")
    return connection


def _require_ours(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError for the file of another program, before anything is written to it."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if tables and not {"alembic_version", "ledger"} <= tables:
        msg = f"{path} is the database of another program: name another file (this one was not touched)"
        raise StoreError(msg)


def _bring_up_to_date(writer: Engine, path: Path) -> None:
    with _all_or_nothing(writer) as connection:
        found = _revision(connection)
        if found != REVISION:
            migrate(connection, str(path), found)


def _revision(connection: Connection) -> str | None:
    """Return the revision of the file, None if it is empty."""
    tables = connection.exec_driver_sql("SELECT COUNT(*) FROM sqlite_schema").scalar()
    if not tables:
        return None
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())
