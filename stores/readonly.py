"""Looking at a hot store without ever writing it, while the centre runs or not: for verification and exports."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from coldchain.errors import StoreError
from coldchain.ports import Session
from stores.as_known import Private, dump
from stores.schema import REVISION
from stores.session import SqlSession
from stores.sql import Sql, as_it_is, explain

BUSY_TIMEOUT_S: Final = 5
PORTION: Final = 5_000  # entries read in one transaction: the WAL of a running centre must not grow long


class ReadOnlyStore:
    """Sessions that only read; made by open_read_only."""

    def __init__(self, path: Path, engine: Engine) -> None:
        self._path = path
        self._engine = engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """See one committed state throughout."""
        with self._sql() as sql:
            yield SqlSession(sql)

    def projection_faults(self, limit_entries: int) -> tuple[str, ...]:
        """Return the tables that are not what the ledger makes of them; both are read in one transaction."""
        with self._sql() as sql, closing(Private()) as private:
            private.take(sql, 2**62, limit_entries)
            with private.sql() as made:
                expected = dump(made)
            found = dump(sql)
        return tuple(sorted(name for name in expected if expected[name] != found.get(name)))

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()

    @contextmanager
    def _sql(self) -> Iterator[Sql]:
        try:
            with self._engine.connect() as connection, connection.begin():
                sql = Sql(connection, str(self._path), writable=False, translate=as_it_is)
                try:
                    yield sql
                finally:
                    sql.end()
        except SQLAlchemyError as error:
            raise StoreError(explain(error, str(self._path))) from error


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
    store = ReadOnlyStore(path, engine)
    try:
        with store._sql() as sql:  # noqa: SLF001 - its own
            found = sql.first("SELECT version_num FROM alembic_version").version_num
    except StoreError:
        store.close()
        raise
    if found != REVISION:
        store.close()
        msg = f"{path} has schema revision {found}, this program {REVISION}: start this version's server on it once"
        raise StoreError(msg)
    return store


def _text(value: bytes) -> str:
    return value.decode(errors="surrogateescape")
