"""One open transaction, and what a failing database means for the person who runs it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from coldchain.errors import StoreError

Params = tuple[Any, ...]

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


@dataclass(frozen=True, slots=True)
class Change:
    """One statement of a projection. `refusal`: why it is an error if it changes no row.

    `replay`: the statement instead of it when the projections are made anew from a ledger that older programs wrote.
    """

    statement: str
    params: Params
    refusal: str = ""
    replay: str = ""


class Sql:
    """Statements within one transaction. Placeholders are `?`, whatever the driver likes.

    Statements go to the driver directly: an INSERT of 500 rows costs 4 us a row this way and 8 with Core's dicts.
    """

    def __init__(self, connection: Connection, *, writable: bool) -> None:
        self._connection: Connection | None = connection
        self._writable = writable
        self._spoiled = ""

    def rows(self, statement: str, params: Params = ()) -> Sequence[Any]:
        """Return all rows of a SELECT."""
        return self._open().exec_driver_sql(statement, params).fetchall()

    def first(self, statement: str, params: Params = ()) -> Any:  # noqa: ANN401 - a row's shape is the statement's
        """Return the first row of a SELECT, or None."""
        return self._open().exec_driver_sql(statement, params).fetchone()

    def change(self, statement: str, params: Params = ()) -> int:
        """Run a changing statement and return the number of changed rows."""
        with self.spoiling("a change"):
            return self.writing().exec_driver_sql(statement, params).rowcount

    def change_many(self, statement: str, rows: Sequence[Params]) -> None:
        """Run a changing statement for each of the rows."""
        connection = self.writing()
        if rows:
            with self.spoiling("a change"):
                connection.exec_driver_sql(statement, list(rows))

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
        """Let nobody use this transaction any more."""
        self._connection = None

    def _open(self) -> Connection:
        if self._connection is None:
            raise StoreError("this session has ended: a session must not outlive its `with` block")
        return self._connection


def explain(error: SQLAlchemyError, where: str) -> str:
    """Return what went wrong with the database `where` and what to do."""
    if isinstance(error, PoolTimeoutError):
        return f"database {where}: all reading connections are in use: shorten what holds them"
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = str(getattr(cause, "sqlite_errorname", ""))
    told = next((text for key, text in HELP.items() if name == key or name.startswith(key + "_")), "")
    return f"database {where}: {cause}{f' ({name})' if name else ''}{f': {told}' if told else ''}. {KEPT}"
