"""The hot store in PostgreSQL 15 or newer: the same schema, statements and promises as in one SQLite file.

The writing connection holds an advisory lock for as long as it lives, so that a database has one writing process, and
numbers are given in the order of commits. If that connection breaks, the lock goes with it; the next writing
transaction connects and locks again, and refuses to go on if somebody else has written in between.
Readers see one committed state: REPEATABLE READ, READ ONLY.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Any, Final, Self
from urllib.parse import urlsplit

import psycopg
from psycopg.types.numeric import Int8Dumper
from sqlalchemy import Connection, Engine, Table, create_engine
from sqlalchemy.pool import NullPool, QueuePool

from coldchain.errors import StoreError
from stores.schema import REVISION, metadata
from stores.session import SqlStore, in_transaction, migrate, told
from stores.sql import Sql, numbered
from stores.sqlstate import advice_of

SCHEMES: Final = ("postgresql", "postgres")
VERSION_MIN: Final = 150_000  # as PostgreSQL counts: 15.0
LOCK_KEY: Final = 0x636F_6C64_6368_6169  # "coldchai": what the advisory lock of the writing process is called
LOCK_WAIT_S: Final = 5  # a writer that was killed is noticed by the server within moments
CONNECT_S: Final = 10
PREPARED_MAX: Final = 500  # plans a connection keeps: inserts of the sizes that come often among them (stores/sql.py)
READERS_KEPT: Final = 4
READERS_MAX: Final = 16
READER_WAIT_S: Final = 10

# synchronous_commit: what was said to be committed survives a power cut, whatever the server's default is.
_SETTINGS: Final = {
    "synchronous_commit": "on",
    "TimeZone": "UTC",
    "statement_timeout": "0",
    "bytea_output": "hex",
    "lock_timeout": f"{LOCK_WAIT_S}s",
}
_HOLDER: Final = (
    "SELECT a.pid, a.application_name, COALESCE(host(a.client_addr), 'this machine') FROM pg_locks l"
    " JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    f" AND l.classid = {LOCK_KEY >> 32} AND l.objid = {LOCK_KEY & 0xFFFF_FFFF}"
)
_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
_COME_TO: Final = (
    "SELECT (SELECT COALESCE(MAX(seq), 0) FROM ledger),"
    " (SELECT COALESCE(MAX(value), 0) FROM totals WHERE name = 'admission')"
)


class _EightBytes(Int8Dumper):
    """All integers go as 64 bits: a statement is then planned once and not for each size of its numbers."""


class _Cursor(psycopg.RawCursor[Any]):
    """A cursor that takes `$1`; SQLAlchemy hands an empty dict to statements without parameters."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:  # noqa: ANN401 - as its base
        return super().execute(query, params or None, **options)


class PostgresStore(SqlStore):
    """Store over one PostgreSQL database; made by open_postgres."""

    translate = staticmethod(numbered)

    def __init__(self, where: str, writer: "_Writer", readers: Engine) -> None:
        super().__init__(where)
        self._writer = writer
        self._readers = readers

    def fill(self, sql: Sql, table: Table, batches: Iterable[Sequence[Any]]) -> None:
        """Add rows with COPY; triggers look at each of them as at any other."""
        names = ", ".join(column.name for column in table.columns)
        raw: Any = sql.writing().connection.driver_connection
        with sql.spoiling("a copy"), raw.cursor() as cursor:
            try:
                with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN".encode()) as copy:
                    for rows in batches:
                        for row in rows:
                            copy.write_row(row)
            except psycopg.Error as error:
                code, told = advice_of(error)
                msg = f"database {self._where}: table {table.name} could not be filled: {error} ({code}) {told}"
                raise StoreError(msg) from error

    def set_numbers(self, sql: Sql, given: dict[str, int]) -> None:
        """Let the sequences of the tables go on after these numbers."""
        for table, number in given.items():
            (key,) = metadata.tables[table].primary_key.columns
            sql.rows(
                f"SELECT setval(pg_get_serial_sequence('{table}', '{key.name}'), ?, ?)", (max(number, 1), number > 0)
            )

    def _release(self) -> None:
        self._readers.dispose()
        self._writer.engine.dispose()

    def _read_connection(self) -> AbstractContextManager[Connection]:
        return in_transaction(self._readers)

    def _write_connection(self) -> AbstractContextManager[Connection]:
        return self._writer.transaction()


class _Writer:
    """The one writing connection, with the lock in its session."""

    def __init__(self, url: str, password: str | None, where: str) -> None:
        self._url = url
        self._password = password
        self._where = where
        self._left_at: set[tuple[int, int]] = set()  # where our commits have come to; two if an answer was lost
        self._fresh = False
        self.engine = _engine(self._connect, poolclass=QueuePool, pool_size=1, max_overflow=0)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commit at the end; on an exception nothing of it is kept."""
        with self.engine.connect() as connection:
            transaction = connection.begin()
            try:
                self._nobody_else_wrote(connection)
                yield connection
                come_to = _come_to(connection)
            except BaseException:
                with suppress(Exception):  # the first error counts; a broken connection has nothing to take back
                    transaction.rollback()
                raise
            self._left_at.add(come_to)  # if the commit's answer is lost, either state is ours
            transaction.commit()
            self._left_at = {come_to}

    def remember(self) -> None:
        """Note where the opened database has come to: from here on nobody else may write."""
        with in_transaction(self.engine) as connection:
            self._left_at = {_come_to(connection)}

    def _nobody_else_wrote(self, connection: Connection) -> None:
        if not self._fresh:
            return
        found = _come_to(connection)
        if found not in self._left_at:
            msg = (
                f"database {self._where}: while the connection was broken another process wrote to it"
                f" (at {found}, left at {sorted(self._left_at)}): start this program again"
            )
            raise StoreError(msg)
        self._fresh = False

    def _connect(self) -> psycopg.Connection[Any]:
        connection = connect(self._url, self._password, self._where, purpose="writer")
        try:
            _lock(connection, self._where)
        except BaseException:
            connection.close()
            raise
        self._fresh = bool(self._left_at)
        return connection


def open_postgres(url: str, password: str | None = None) -> PostgresStore:
    """Open the hot store, make or migrate it where needed, and be its only writer until close().

    url: postgresql://user@host:5432/database; libpq's parameters may follow (?sslmode=verify-full&sslrootcert=...).
    Raises StoreError if another process writes it, if it is not ours, too old, damaged, or of a newer program.
    """
    where = shown(url)
    with ExitStack() as undo, told(where):
        writer = _Writer(url, password, where)
        undo.callback(writer.engine.dispose)
        with in_transaction(writer.engine) as connection:
            found = revision_of(connection, where)
        if found != REVISION:
            bring_up_to_date(url, password, found)
        writer.remember()
        readers = _engine(
            lambda: _reader(url, password, where),
            poolclass=QueuePool,
            pool_size=READERS_KEPT,
            max_overflow=READERS_MAX - READERS_KEPT,
            pool_timeout=READER_WAIT_S,
            pool_pre_ping=True,
        )
        undo.pop_all()
    return PostgresStore(where, writer, readers)


@contextmanager
def reading_only(url: str, password: str | None = None) -> Iterator[Sql]:
    """See one committed state of a database that another process may be writing. Raises StoreError."""
    where = shown(url)
    engine = _engine(lambda: _reader(url, password, where), poolclass=NullPool)
    try:
        with told(where), in_transaction(engine) as connection:
            sql = Sql(connection, where, writable=False, translate=numbered)
            try:
                yield sql
            finally:
                sql.end()
    finally:
        engine.dispose()


def looking(url: str, password: str | None) -> Engine:
    """Return an engine whose one connection reads committed states and takes no lock of ours."""
    return _engine(lambda: _reader(url, password, shown(url)), poolclass=QueuePool, pool_size=1, max_overflow=1)


@contextmanager
def writing_alone(url: str, password: str | None, where: str) -> Iterator[Connection]:
    """Give a connection that holds the lock of the writing process, without a transaction."""
    engine = _Writer(url, password, where).engine
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def is_postgres(url: str) -> bool:
    """Tell whether an address names a PostgreSQL database."""
    return urlsplit(url).scheme in SCHEMES


def shown(url: str) -> str:
    """Return the address without a password, for messages."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}{at}{host}", query="").geturl()


def connect(url: str, password: str | None, where: str, *, purpose: str) -> psycopg.Connection[Any]:
    """Return a connection that is set up our way and takes `$1`. Raises StoreError for a server that cannot do."""
    name = f"coldchain {purpose}"
    connection = psycopg.connect(
        url, password=password, connect_timeout=CONNECT_S, application_name=name, client_encoding="utf8"
    )
    try:
        _require_fit(connection, where)
        for name, value in _SETTINGS.items():
            connection.execute(f"SET {name} = '{value}'".encode())
        connection.commit()
    except BaseException:
        connection.close()
        raise
    connection.prepared_max = PREPARED_MAX
    connection.adapters.register_dumper(int, _EightBytes)
    connection.cursor_factory = _Cursor
    return connection


def _require_fit(connection: psycopg.Connection[Any], where: str) -> None:
    found = connection.info.server_version
    if found < VERSION_MIN:
        msg = f"database {where}: PostgreSQL {found // 10_000} is too old: 15 or newer is needed"
        raise StoreError(msg)
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        msg = f"database {where}: its encoding is {encoding}: create it with ENCODING 'UTF8' TEMPLATE template0"
        raise StoreError(msg)


def _reader(url: str, password: str | None, where: str) -> psycopg.Connection[Any]:
    connection = connect(url, password, where, purpose="reader")
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def _engine(creator: Any, **pool: Any) -> Engine:  # noqa: ANN401 - options of the pool
    return create_engine("postgresql+psycopg://", creator=creator, use_native_hstore=False, **pool)


def _lock(connection: psycopg.Connection[Any], where: str) -> None:
    """Take the lock of the writing process for the life of the connection. Raises StoreError with who holds it."""
    try:
        connection.execute("SELECT pg_advisory_lock($1)", (LOCK_KEY,))
        connection.commit()
    except psycopg.errors.LockNotAvailable as error:
        connection.rollback()
        holder = connection.execute(_HOLDER.encode()).fetchone()
        who = "unknown" if holder is None else "{} ({}, from {})".format(*holder)
        msg = f"database {where} is already written by process {who}: stop it first, a store has one writing process"
        raise StoreError(msg) from error


def _come_to(connection: Connection) -> tuple[int, int]:
    seq, admission = connection.exec_driver_sql(_COME_TO).one()
    return seq, admission


def revision_of(connection: Connection, where: str) -> str | None:
    """Return the revision of the database, None if it is empty. Raises StoreError for another program's."""
    tables = {row[0] for row in connection.exec_driver_sql(_TABLES)}
    if not tables:
        return None
    if not {"alembic_version", "ledger"} <= tables:
        msg = f"{where} is the database of another program: name another one (this one was not touched)"
        raise StoreError(msg)
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


def bring_up_to_date(url: str, password: str | None, found: str | None) -> None:
    """Run the missing migrations in one transaction; the caller holds the lock of the writing process."""
    plain = _engine(lambda: psycopg.connect(url, connect_timeout=CONNECT_S, password=password), poolclass=NullPool)
    try:
        with in_transaction(plain) as connection:
            migrate(connection, shown(url), found)
    finally:
        plain.dispose()
