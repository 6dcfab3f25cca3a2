"""Looking at a hot store without ever writing it, while the centre runs or not: for verification and exports."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool

from coldchain.errors import StoreError
from coldchain.ports import Session
from stores.as_known import Private, dump
from stores.schema import REVISION
from stores.session import SqlSession, told
from stores.sql import Sql, Translate, as_it_is

BUSY_TIMEOUT_S: Final = 5
PORTION: Final = 5_000  # entries read in one transaction: the WAL of a running centre must not grow long


class ReadOnlyStore:
    """Sessions that only read; made by open_read_only and, over PostgreSQL, by open_postgres_read_only."""

    def __init__(self, where: str, engine: Engine, translate: Translate = as_it_is) -> None:
        self.where = where
        self._engine = engine
        self._translate = translate

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """See one committed state throughout."""
        with self.sql() as sql:
            yield SqlSession(sql)

    def projection_faults(self, limit_entries: int) -> tuple[str, ...]:
        """Return the tables that are not what the ledger makes of them; both are read in one transaction."""
        with self.sql() as sql, closing(Private()) as private:
            private.take(sql, 2**62, limit_entries)
            with private.sql() as made:
                expected = dump(made)
            found = dump(sql)
        return tuple(sorted(name for name in expected if expected[name] != found.get(name)))

    def close(self) -> None:
        """Release the file or the connection."""
        self._engine.dispose()

    @contextmanager
    def sql(self) -> Iterator[Sql]:
        """See one committed state with statements of our own."""
        with told(self.where), self._engine.connect() as connection, connection.begin():
            sql = Sql(connection, self.where, writable=False, translate=self._translate)
            try:
                yield sql
            finally:
                sql.end()


def open_read_only(path: Path) -> ReadOnlyStore:
    """Open a store to look at it. Raises StoreError if it is not there, not ours, or of another revision."""
    if not path.is_file():
        msg = f"{path} is not there: name the data folder of the centre"
        raise StoreError(msg)
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"

    def connect() -> sqlite3.Connection:
        line = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        line.text_factory = _text  # whoever changed a text may have left what is no text
        return line

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return fit(ReadOnlyStore(str(path), engine))


def fit(store: ReadOnlyStore) -> ReadOnlyStore:
    """Return the store. Raises StoreError, and closes it, if it is not ours or of another revision."""
    try:
        with store.sql() as sql:
            found = sql.first("SELECT version_num FROM alembic_version").version_num
    except BaseException:
        store.close()
        raise
    if found != REVISION:
        store.close()
        msg = (
            f"{store.where} has schema revision {found}, this program {REVISION}:"
            " start this version's server on it once"
        )
        raise StoreError(msg)
    return store


def _text(value: bytes) -> str:
    return value.decode(errors="surrogateescape")
