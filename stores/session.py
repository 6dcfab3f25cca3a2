"""What every store in SQL is, whichever database: sessions over transactions, one writer, projections, migrations."""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.exc import SQLAlchemyError

from coldchain.errors import StoreError
from coldchain.ports import Books, Ledger, ReadingLog, Records, Session
from coldchain.proof_ports import Proofs
from stores.as_known import AsKnownViews
from stores.books import SqlBooks
from stores.equipment_records import Kept
from stores.known_days import Known
from stores.ledger import SqlLedger, rebuild
from stores.proofs import SqlProofs
from stores.reading_log import SqlReadingLog
from stores.records import SqlRecords
from stores.schema import PROJECTIONS, REVISION, insert_sql
from stores.sql import Sql, Translate, as_it_is, explain

BATCH: Final = 1_000  # rows in memory at a time
MIGRATIONS: Final = Path(__file__).parent / "migrations"


class SqlSession:
    """One transaction. `known`: what the store remembers of committed blocks, for one that only reads.

    `equipment`: what it knows of what is set up.
    """

    def __init__(self, sql: Sql, known: Known | None = None, equipment: Kept | None = None) -> None:
        self._log = SqlReadingLog(sql, known)
        self.readings: ReadingLog = self._log
        self.ledger: Ledger = SqlLedger(sql)
        self._records = SqlRecords(sql, equipment)
        self.records: Records = self._records
        self.books: Books = SqlBooks(sql)
        self.proofs: Proofs = SqlProofs(sql)

    def flush(self) -> None:
        """Write what was gathered in memory; the last statements before the commit."""
        self._log.flush()

    @property
    def equipment(self) -> Kept | None:
        """What this transaction knows of what is set up: for others once it is committed."""
        return self._records.kept


class SqlStore(ABC):
    """Store over a database; `where` is how messages call it. What differs between databases is how to connect."""

    translate: Translate = staticmethod(as_it_is)

    def __init__(self, where: str) -> None:
        self._where = where
        self._turn = threading.Lock()
        self._owner: int | None = None
        self._closed = False
        self._views = AsKnownViews()
        self.known = Known()
        self._equipment: Kept | None = None
        self._keeping = threading.Lock()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Commit at the end; on an exception nothing of it is kept. One thread at a time."""
        with self.writing_sql() as sql:
            session = SqlSession(sql, equipment=self._equipment)
            yield session
            session.flush()
        self._keep(session.equipment)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """See one committed state throughout. Keep it short: the database must keep what a reader sees."""
        with self.reading_sql() as sql:
            session = SqlSession(sql, self.known, self._equipment)
            yield session
        self._keep(session.equipment)

    @contextmanager
    def as_known(self, record_ms: int) -> Iterator[Session]:
        """See what was known at record_ms. One at a time; the newest view is kept, and later ones go on from it."""
        with self.reading_sql() as sql, self._views.seen(sql, record_ms) as session:
            yield session

    def rebuild_projections(self) -> None:
        """Drop the projections and make them anew from the ledger, in one transaction."""
        with self.writing_sql() as sql:
            rebuild(sql)
        self._equipment = None

    def projection_dump(self) -> bytes:
        """Return all projection rows in a fixed order, a line of JSON each."""
        with self.reading_sql() as sql:
            return b"\n".join(projection_lines(sql))

    def close(self) -> None:
        """Release everything."""
        with self._turn:
            self._closed = True
            self._views.close()
            self.known.clear()
            self._equipment = None
            self._release()

    @contextmanager
    def reading_sql(self) -> Iterator[Sql]:
        """Open a reading transaction for statements of our own: copies, checks, figures."""
        self._require_open()
        with told(self._where), self._read_connection() as connection:
            sql = Sql(connection, self._where, writable=False, translate=self.translate)
            sql.first("SELECT version_num FROM alembic_version")  # the first read fixes the state that is seen
            try:
                yield sql
            finally:
                sql.end()

    @contextmanager
    def writing_sql(self) -> Iterator[Sql]:
        """Open a writing transaction for statements of our own; as `writing`."""
        if self._owner == threading.get_ident():
            raise StoreError("this thread is already in a writing transaction: end that one first")
        with self._turn, told(self._where):
            self._require_open()
            self._owner = threading.get_ident()
            try:
                with self._write_connection() as connection:
                    sql = Sql(connection, self._where, writable=True, translate=self.translate)
                    try:
                        yield sql
                        sql.check()
                    finally:
                        sql.end()
            finally:
                self._owner = None

    def fill(self, sql: Sql, table: Table, batches: Iterable[Sequence[Any]]) -> None:
        """Add rows of all columns to a table, inside a writing transaction of this store."""
        statement = insert_sql(table)
        for rows in batches:
            sql.add_many(statement, [tuple(row) for row in rows])

    @abstractmethod
    def set_numbers(self, sql: Sql, given: dict[str, int]) -> None:
        """Let the numbers that the database gives by itself go on after these, by table."""

    def _keep(self, seen: Kept | None) -> None:
        """Keep what a transaction saw of what is set up, if that is newer. It is committed, so it holds for all."""
        with self._keeping:
            if seen is not None and (self._equipment is None or seen.seq > self._equipment.seq):
                self._equipment = seen

    def _require_open(self) -> None:
        if self._closed:  # the pools would connect again, and the lock is given back
            msg = f"database {self._where} is closed: open the store again"
            raise StoreError(msg)

    @abstractmethod
    def _release(self) -> None:
        """Give back connections and lock."""

    @abstractmethod
    def _read_connection(self) -> AbstractContextManager[Connection]:
        """Open a reading transaction."""

    @abstractmethod
    def _write_connection(self) -> AbstractContextManager[Connection]:
        """Open the writing transaction; commit at the end, or leave nothing of it."""


def projection_lines(sql: Sql) -> Iterator[bytes]:
    """Give all projection rows in a fixed order, the same bytes from every database."""
    for table in PROJECTIONS:
        keys = ", ".join(column.name for column in table.primary_key.columns)
        names = ", ".join(column.name for column in table.columns)
        for rows in sql.batches(f"SELECT {names} FROM {table.name} ORDER BY {keys}", BATCH):
            for row in rows:
                yield json.dumps([table.name, *map(_text, row)], ensure_ascii=False).encode()


def _text(value: Any) -> Any:  # noqa: ANN401 - a column of any type
    return value.decode() if isinstance(value, bytes) else value


@contextmanager
def told(where: str) -> Iterator[None]:
    """Turn the database's errors into ours."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(explain(error, where)) from error


@contextmanager
def in_transaction(engine: Engine) -> Iterator[Connection]:
    """Open a connection and a transaction on it, committed at the end."""
    with engine.connect() as connection, connection.begin():
        yield connection


def migrate(connection: Connection, where: str, found: str | None) -> None:
    """Run the missing migrations inside the caller's transaction: a database is migrated whole or not at all."""
    # Alembic takes longer to load than the store takes to open, and an up-to-date database does not need it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        msg = f"{where} has schema revision {found}, this program knows up to {REVISION}: install the newer program"
        raise StoreError(msg) from error
