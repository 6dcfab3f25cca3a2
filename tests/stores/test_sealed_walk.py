"""Whoever reads the log from its beginning finds each next block by index, however many years there are."""

import random
import sqlite3
from collections.abc import Iterator
from itertools import count

import msgspec
import pytest

from coldchain.blocks import Block
from stores.blocks import _OVERLAPPING
from stores.postgres import PostgresStore, open_postgres
from stores.schema_blocks import SPANS
from stores.session import SqlStore
from stores.sqlite import SqliteStore

Span = tuple[int, int]
ROWS_A_DAY = 5_000
STEP = 10  # instructions of the database's machine between two calls
NAIVE = "SELECT seq FROM block_bodies WHERE last_admission > ? AND first_admission <= ? ORDER BY last_admission, seq"


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    """Return a store of each database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("store")
        return
    opened: PostgresStore = open_postgres(request.getfixturevalue("postgres_url"))
    yield opened
    opened.close()


def fill(store: SqlStore, spans: list[Span]) -> None:
    """Put blocks there, their bytes left out: nobody opens them here."""
    with store.writing_sql() as sql:
        last = sql.first("SELECT COALESCE(MAX(seq), 0) AS n FROM ledger").n
        numbered = list(enumerate(spans, last + 1))
        entry = "INSERT INTO ledger VALUES (?, 0, 'a', '', 'block', ?, ?)"
        payload = msgspec.json.encode(Block(probe="p", day=1, generation=1, n=1, hash="", predecessor=""))
        sql.change_many(entry, [(seq, payload, b"") for seq, _ in numbered])
        sql.change_many(
            "INSERT INTO block_bodies VALUES (?, ?, ?, ?, ?)", [(seq, *span, b"", b"") for seq, span in numbered]
        )


def days(first: int, count: int) -> list[Span]:
    """Return a block a day of two probes."""
    return [
        (n * ROWS_A_DAY + probe + 1, (n + 1) * ROWS_A_DAY + probe - 1)
        for n in range(first, first + count)
        for probe in range(2)
    ]


def steps_of(store: SqliteStore, statement: str) -> int:
    """Return the steps that the database takes to find what is next at three places of the first days."""
    taken = count()
    with store._readers.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.set_progress_handler(lambda: next(taken) and 0, STEP)
        for after in (0, 100 * ROWS_A_DAY, 300 * ROWS_A_DAY):
            assert 2 <= len(connection.exec_driver_sql(statement, (after, after + 200)).fetchall()) <= 4
        raw.set_progress_handler(None, STEP)
    return next(taken)


def test_the_blocks_of_any_admission_numbers_are_those_that_a_scan_finds(either: SqlStore) -> None:
    chance = random.Random(5)
    spans = days(0, 60)
    for most in (*SPANS, 2**36):
        for length in (most - 1, most, chance.randrange(1, most)):
            begin = chance.randrange(1, 60 * ROWS_A_DAY)
            spans.append((begin, begin + length))
    fill(either, spans)
    with either.reading_sql() as sql:
        for _ in range(200):
            after = chance.randrange(70 * ROWS_A_DAY)
            upto = after + chance.choice([1, 200, ROWS_A_DAY, 10 * ROWS_A_DAY])
            found = [row.seq for row in sql.rows(_OVERLAPPING, (after, upto))]
            assert found == [row.seq for row in sql.rows(NAIVE, (after, upto))]


def test_ten_times_the_days_take_no_more_steps_to_find_the_next_block(store: SqliteStore) -> None:
    spent: dict[str, list[int]] = {_OVERLAPPING: [], NAIVE: []}
    for first, number in ((0, 400), (400, 3_600)):
        fill(store, days(first, number))
        for statement, steps in spent.items():
            steps.append(steps_of(store, statement))
    few, many = spent[_OVERLAPPING]
    assert 0 < many <= few + few // 4
    few, many = spent[NAIVE]
    assert many > 5 * few, "the scan that this must not be would show"
