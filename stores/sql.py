"""One open transaction, and what a failing database means for the person who runs it."""

import re
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from typing import Any, Final, cast

from sqlalchemy import Connection, CursorResult
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from coldchain.errors import ColdchainError, InvalidValueError, StoreError
from stores.sqlstate import advice_of

Params = tuple[Any, ...]
Translate = Callable[[str], str]

STATEMENTS_MAX: Final = 2_000  # translated ones that are remembered; there are some hundreds
ROWS_AT_ONCE: Final = 128  # of one statement: one that is planned anew costs less than two that are not
PARAMS_MAX: Final = 1_000  # of one statement: about 100 KB of a ledger's rows
_ROW: Final = re.compile(r"VALUES (\((?:\?, )*\?\))")
_QUOTED_OR_PLACE: Final = re.compile(r"'(?:[^']|'')*'|\?(\d*)")

KEPT: Final = "Nothing of this transaction was kept; gateways keep their rows until it succeeds."
HELP: Final[dict[str, str]] = {
    "SQLITE_FULL": "the disk is full: free space or move the data directory",
    "SQLITE_BUSY": "another program holds the database: end it (backups must use sqlite3's .backup)",
    "SQLITE_LOCKED": "another program holds the database: end it (backups must use sqlite3's .backup)",
    "SQLITE_READONLY": "the file or its directory cannot be written: check owner and permissions",
    "SQLITE_CANTOPEN": "the file cannot be opened: check that its directory exists, its owner and permissions",
    "SQLITE_PERM": "the file cannot be opened: check its owner and permissions",
    "SQLITE_CORRUPT": "the file is damaged: stop the program, keep the file, restore a backup and check the disk",
    "SQLITE_NOTADB": "the file is not a database: check the setting, or restore a backup",
    "SQLITE_IOERR": "the disk reports an error: check the disk and the system's log",
    "SQLITE_CONSTRAINT": "the record refuses what it was asked to keep",
}


class Sql:
    """Statements within one transaction. Placeholders are `?`, whatever the driver likes.

    Statements go to the driver directly: an INSERT of 500 rows costs 4 us a row this way and 8 with Core's dicts. In
    SQLite they pass by SQLAlchemy's results too: a SELECT of one row costs 2 us this way and 12 with them,
    and to judge one batch takes hundreds.
    """

    def __init__(self, connection: Connection, where: str, *, writable: bool, translate: Translate) -> None:
        self._connection: Connection | None = connection
        driver = connection.connection.driver_connection
        self._file = driver if isinstance(driver, sqlite3.Connection) else None
        self._where = where
        self._translate = translate
        self._writable = writable
        self._many = translate is numbered
        self._spoiled = ""
        self._streams: list[CursorResult[Any]] = []

    def rows(self, statement: str, params: Params = ()) -> Sequence[Any]:
        """Return all rows of a SELECT."""
        result = self._run(self._open(), statement, params)
        try:
            if isinstance(result, sqlite3.Cursor):
                return list(map(_shape(statement, _names(result)), result))
            return result.fetchall()
        except (sqlite3.Error, SQLAlchemyError) as error:  # a damaged page can lie anywhere among the rows
            raise self._ours(error) from error

    def first(self, statement: str, params: Params = ()) -> Any:  # noqa: ANN401 - a row's shape is the statement's
        """Return the first row of a SELECT, or None."""
        result = self._run(self._open(), statement, params)
        try:
            row = result.fetchone()  # SQLite looks for the second row while it gives the first
        except (sqlite3.Error, SQLAlchemyError) as error:
            raise self._ours(error) from error
        if row is None or not isinstance(result, sqlite3.Cursor):
            return row
        return _shape(statement, _names(result))(row)

    @property
    def dialect(self) -> str:
        """Which database this is: sqlite or postgresql."""
        return self._open().dialect.name

    def batches(self, statement: str, size: int) -> Iterator[Sequence[Any]]:
        """Give the rows of a SELECT, at most `size` of them in memory at a time."""
        options = {"stream_results": True, "max_row_buffer": size}
        try:
            result = self._open().exec_driver_sql(self._translate(statement), execution_options=options)
            self._streams.append(result)
            yield from result.partitions(size)
        except SQLAlchemyError as error:
            raise StoreError(explain(error, self._where)) from error

    def change(self, statement: str, params: Params = ()) -> int:
        """Run a changing statement and return the number of changed rows."""
        with self.spoiling("a change"):
            return self._run(self.writing(), statement, params).rowcount

    def change_many(self, statement: str, rows: Sequence[Params]) -> None:
        """Run a changing statement for each of the rows."""
        connection = self.writing()
        if rows:
            with self.spoiling("a change"):
                self._run(connection, statement, list(rows))

    def add_many(self, statement: str, rows: Sequence[Params]) -> None:
        """Run an INSERT ... VALUES (?, ...) for each of the rows, none of which may replace another one.

        Behind a network many rows go in one statement, answered once; SQLite only binds and steps.
        """
        if not self._many or len(rows) < 2:
            self.change_many(statement, rows)
            return
        size = max(1, min(ROWS_AT_ONCE, PARAMS_MAX // len(rows[0])))
        for at in range(0, len(rows), size):
            part = rows[at : at + size]
            self.change(_wider(statement, len(part)), tuple(chain.from_iterable(part)))

    def writing(self) -> Connection:
        """Return the connection of a writing transaction; raises StoreError in a reading one."""
        connection = self._open()
        if not self._writable:
            raise StoreError("this is a reading session: open a writing one to change the store")
        return connection

    @contextmanager
    def spoiling(self, what: str) -> Iterator[None]:
        """Keep this transaction from being committed if `what` fails, also where its exception is ignored."""
        try:
            yield
        except Exception:
            self._spoiled = what
            raise

    def check(self) -> None:
        """Raise StoreError if this transaction must not be committed."""
        if self._spoiled:
            msg = f"{self._spoiled} failed and was ignored. {KEPT}"
            raise StoreError(msg)

    def end(self) -> None:
        """Let nobody use this transaction any more, and no batches go on."""
        for result in self._streams:
            result.close()
        self._connection = None

    def _run(
        self, connection: Connection, statement: str, params: Params | list[Params]
    ) -> CursorResult[Any] | sqlite3.Cursor:
        try:
            if self._file is not None:
                return _asked(self._file, self._translate(statement), params)
            return connection.exec_driver_sql(self._translate(statement), params)
        except (sqlite3.Error, SQLAlchemyError) as error:
            raise self._ours(error) from error

    def _ours(self, error: Exception) -> ColdchainError:
        """Return what the database's error means for us."""
        known = _as_sqlalchemy(error)
        if isinstance(known, DataError):  # a NUL in a text, a number beyond 64 bits: the value is to blame
            msg = f"database {self._where} cannot keep this value: {known.orig}"
            return InvalidValueError(msg)
        self.check()  # PostgreSQL refuses all that follows on a failed statement: the first failure is what counts
        return StoreError(explain(known, self._where))

    def _open(self) -> Connection:
        if self._connection is None:
            raise StoreError("this session has ended: a session must not outlive its `with` block")
        return self._connection


def _asked(file: sqlite3.Connection, statement: str, params: Params | list[Params]) -> sqlite3.Cursor:
    """Run a statement in SQLite."""
    return file.executemany(statement, params) if isinstance(params, list) else file.execute(statement, params)


def _as_sqlalchemy(error: Exception) -> SQLAlchemyError:
    """Return the error as SQLAlchemy says it."""
    if isinstance(error, SQLAlchemyError):
        return error
    return cast("SQLAlchemyError", DBAPIError.instance("", (), error, sqlite3.Error))


def _names(cursor: sqlite3.Cursor) -> tuple[str, ...]:
    return tuple(column[0] for column in cursor.description)


@lru_cache(maxsize=STATEMENTS_MAX)
def _shape(statement: str, names: tuple[str, ...]) -> Callable[[Sequence[Any]], Any]:
    """Return what makes a named tuple of a row of this statement."""
    del statement  # the key: the same statement names the same columns, unless the schema has changed meanwhile
    make: Callable[[Sequence[Any]], Any] = namedtuple("Row", names, rename=True)._make  # type: ignore[attr-defined]
    return make


def as_it_is(statement: str) -> str:
    """Return the statement: SQLite takes `?` and `?1`."""
    return statement


@lru_cache(maxsize=STATEMENTS_MAX)
def _wider(statement: str, rows: int) -> str:
    """Return an INSERT of one row as one of many."""
    return _ROW.sub(lambda found: "VALUES " + ", ".join([found[1]] * rows), statement, count=1)


@lru_cache(maxsize=STATEMENTS_MAX)
def numbered(statement: str) -> str:
    """Return the statement with PostgreSQL's own placeholders: `?` counts on from $1, `?2` is $2.

    A statement has one kind of them. What stands in quotes is left alone.
    """
    count = 0

    def place(found: re.Match[str]) -> str:
        nonlocal count
        if found[1] is None:
            return found[0]
        count += 1
        return f"${found[1] or count}"

    return _QUOTED_OR_PLACE.sub(place, statement)


def explain(error: SQLAlchemyError, where: str) -> str:
    """Return what went wrong with the database `where` and what to do."""
    if isinstance(error, PoolTimeoutError):
        return f"database {where}: all reading connections are in use: shorten what holds them"
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    name = str(getattr(cause, "sqlite_errorname", ""))
    told = next((text for key, text in HELP.items() if name == key or name.startswith(key + "_")), "")
    if not name:
        name, told = advice_of(cause)
    said = " ".join(str(cause).split())  # PostgreSQL's drivers speak in several lines
    return f"database {where}: {said}{f' ({name})' if name else ''}{f': {told}' if told else ''}. {KEPT}"
