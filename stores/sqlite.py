"""The hot store in one SQLite file: one writing connection, short reading ones beside it, one transaction for all.

WAL with synchronous=FULL: what is committed survives a power cut. Readers open the file read-only and see one
committed state. A lock file keeps a second writing process out.
"""

import fcntl
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool

from coldchain.errors import StoreError
from coldchain.ports import Books, Ledger, ReadingLog, Records, Session
from coldchain.proof_ports import Proofs
from stores.books import SqlBooks
from stores.ledger import SqlLedger, rebuild
from stores.proofs import SqlProofs
from stores.reading_log import SqlReadingLog
from stores.records import SqlRecords
from stores.schema import PROJECTIONS, REVISION
from stores.sql import Sql, explain

BUSY_TIMEOUT_S: Final = 5
WAL_AUTOCHECKPOINT_PAGES: Final = 6_000  # 24 MB: measured 20-50 % more appends than the default of 1,000
WAL_BYTES_KEPT: Final = 64 * 1024 * 1024  # a WAL that a long reader let grow is cut back to this
READERS_KEPT: Final = 4
READERS_MAX: Final = 16
READER_WAIT_S: Final = 10
MIGRATIONS: Final = Path(__file__).parent / "migrations"

_PRAGMAS: Final = {
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "recursive_triggers": "ON",
    "wal_autocheckpoint": WAL_AUTOCHECKPOINT_PAGES,
    "journal_size_limit": WAL_BYTES_KEPT,
}


class SqlSession:
    """One transaction."""

    def __init__(self, sql: Sql) -> None:
        self._log = SqlReadingLog(sql)
        self.readings: ReadingLog = self._log
        self.ledger: Ledger = SqlLedger(sql)
        self.records: Records = SqlRecords(sql)
        self.books: Books = SqlBooks(sql)
        self.proofs: Proofs = SqlProofs(sql)

    def flush(self) -> None:
        """Write what was gathered in memory; the last statements before the commit."""
        self._log.flush()


class SqliteStore:
    """Store over one SQLite file; made by open_store."""

    def __init__(self, path: Path, lock_file: IO[str], writer: Engine, readers: Engine) -> None:
        self._path = path
        self._lock_file = lock_file
        self._writer = writer
        self._readers = readers
        self._turn = threading.Lock()
        self._owner: int | None = None
        self._closed = False

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Commit at the end; on an exception nothing of it is kept. One thread at a time."""
        with self._transaction() as sql:
            session = SqlSession(sql)
            yield session
            session.flush()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """See one committed state throughout. Keep it short: the WAL cannot shrink below what a reader sees."""
        with self._snapshot() as sql:
            yield SqlSession(sql)

    def rebuild_projections(self) -> None:
        """Drop the projections and make them anew from the ledger, in one transaction."""
        with self._transaction() as sql:
            rebuild(sql)

    def projection_dump(self) -> bytes:
        """Return all projection rows in a fixed order, a line of JSON each."""
        lines: list[str] = []
        with self._snapshot() as sql:
            for table in PROJECTIONS:
                keys = ", ".join(column.name for column in table.primary_key.columns)
                rows = sql.rows(f"SELECT * FROM {table.name} ORDER BY {keys}")
                lines += [json.dumps([table.name, *map(_text, row)], ensure_ascii=False) for row in rows]
        return "\n".join(lines).encode()

    def close(self) -> None:
        """Release everything; a last checkpoint empties the WAL."""
        with self._turn:
            self._closed = True
            self._readers.dispose()
            self._writer.dispose()
            self._lock_file.close()

    @contextmanager
    def _snapshot(self) -> Iterator[Sql]:
        self._require_open()
        with _told(self._path), self._readers.connect() as connection, connection.begin():
            sql = Sql(connection, writable=False)
            sql.first("SELECT version_num FROM alembic_version")  # the first read fixes the state that is seen
            try:
                yield sql
            finally:
                sql.end()

    def _require_open(self) -> None:
        if self._closed:  # the pools would connect again, and the lock file is given back
            msg = f"database {self._path} is closed: open the store again"
            raise StoreError(msg)

    @contextmanager
    def _transaction(self) -> Iterator[Sql]:
        if self._owner == threading.get_ident():
            raise StoreError("this thread is already in a writing transaction: end that one first")
        with self._turn, _told(self._path):
            self._require_open()
            self._owner = threading.get_ident()
            try:
                with _all_or_nothing(self._writer) as connection:
                    sql = Sql(connection, writable=True)
                    try:
                        yield sql
                        sql.check()
                    finally:
                        sql.end()
            finally:
                self._owner = None


def open_store(path: Path) -> SqliteStore:
    """Open the hot store, make or migrate it where needed, and be its only writer until close().

    Raises StoreError if another process writes it, if it is not ours, damaged, or of a newer program.
    """
    with ExitStack() as undo, _told(path):
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


def _text(value: Any) -> Any:  # noqa: ANN401 - a column of any type
    return value.decode() if isinstance(value, bytes) else value


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn the database's errors into ours."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(explain(error, str(path))) from error


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
            uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
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
            _migrate(connection, path, found)


def _revision(connection: Connection) -> str | None:
    """Return the revision of the file, None if it is empty."""
    tables = connection.exec_driver_sql("SELECT COUNT(*) FROM sqlite_schema").scalar()
    if not tables:
        return None
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


def _migrate(connection: Connection, path: Path, found: str | None) -> None:
    """Run the missing migrations inside the caller's transaction: a file is migrated whole or not at all."""
    # Alembic takes longer to load than the store takes to open, and an up-to-date file does not need it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        msg = f"{path} has schema revision {found}, this program knows up to {REVISION}: install the newer program"
        raise StoreError(msg) from error
