"""Rows of version 0.3.0 that cross midnight are sealed in the blocks of both their days, and no answer changes."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import store_words as words
from support.sealing import FAR_MS, seal_all

from coldchain.blocks import DAY_MS, DAYS_TOGETHER_MAX
from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.ports import SampleRow, Session
from stores import reading_log
from stores.postgres import open_postgres
from stores.session import SqlStore
from stores.sqlite import open_store
from stores.verify_blocks import verify_blocks
from stores.verify_log import log_fault, rows_fault

DAY0 = 20_000
T0 = DAY0 * DAY_MS
PROBE = "fridge-1-load"
HOUR = 3_600_000
HOLDS = (300_000, 7 * HOUR)


@pytest.fixture(params=["sqlite", "postgres"])
def sql_store(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    name = "path" if request.param == "sqlite" else "postgres_url"
    place = request.getfixturevalue(name)
    opened: SqlStore = open_store(place) if request.param == "sqlite" else open_postgres(place)
    yield opened
    opened.close()


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> Callable[[Session, SampleRow], int]:
    """Append as version 0.3.0 did: a row is cut by its length alone."""

    def append(session: Session, row: SampleRow) -> int:
        with monkeypatch.context() as before:
            before.setattr(reading_log, "_near", lambda begin, end: end - begin <= reading_log.ROW_SPAN_MS_MAX)
            return session.readings.append_samples(row)

    return append


def crossing(day: int, before: int = 3, after: int = 3, **changed: object) -> SampleRow:
    """Return a row whose last `after` readings lie after the midnight that ends a day."""
    midnight = T0 + (day + 1) * DAY_MS
    times = [midnight + i * 600_000 for i in range(-before, after)]
    return words.samples(times, [4_000_000 + 100_000 * (i % 7) for i in range(len(times))], **changed)


def within(day: int, n: int = 12, **changed: object) -> SampleRow:
    times = [T0 + day * DAY_MS + (i + 1) * DAY_MS // (n + 2) // 4 for i in range(n)]
    return words.samples(times, [5_000_000 + 100_000 * (i % 5) for i in range(n)], **changed)


def answers(session: Session, days: int) -> list[object]:
    log, end = session.readings, T0 + (days + 1) * DAY_MS
    history = log.history(PROBE, T0, end)
    spans = [(T0, end), (T0 + 23 * HOUR, T0 + 25 * HOUR), (T0 + DAY_MS - 1, T0 + DAY_MS + 1), (T0 + DAY_MS, end - 1)]
    tallies = [log.tally(PROBE, *span, hold_ms) for span in spans for hold_ms in HOLDS]
    return [
        *(column.tolist() for column in (history.taken_ms, history.micro_celsius, history.quality)),
        [(one.readings, one.values.tolist(), one.held_ms.tolist()) for one in tallies],
        [log.last_before(PROBE, T0 + i * DAY_MS // 4).taken_ms.tolist() for i in range(4 * days + 4)],
        *(log.samples_after(after, limit) for after, limit in ((0, 10_000), (1, 2), (2, 1))),
        log.conflicts(PROBE, T0, end),
        log.digest(0, 10_000),
        log.digest(1, 3),
        log.counts(),
        log.last_admission(),
    ]


def whole(store: SqlStore) -> list[str]:
    """Return what is wrong with the log."""
    with store.reading() as session:
        broken = verify_blocks(session)
        entries = [entry for entry in session.ledger.entries(0, 10_000) if entry.kind is EntryKind.BLOCK]
    heads = {(block.probe, block.day): (block, entry.seq) for entry in entries for block in [words.block_of(entry)]}
    with store.reading_sql() as sql:
        said = [rows_fault(sql, 0, 10_000)[1], log_fault(sql, heads)]
    return [one for one in [*said, "" if broken is None else broken.reason] if one]


def hot(store: SqlStore) -> list[tuple[int, int]]:
    with store.reading_sql() as sql:
        return [tuple(row) for row in sql.rows("SELECT admission, n FROM hot_readings ORDER BY admission")]


def test_a_row_that_crosses_midnight_goes_into_the_blocks_of_both_days(
    sql_store: SqlStore, old: Callable[[Session, SampleRow], int]
) -> None:
    with sql_store.writing() as session:
        for row in (within(0), crossing(0, before=2, after=5), within(1)):
            old(session, row)
        before = answers(session, 2)
    with sql_store.reading() as session:
        (closed,) = session.readings.closed_days({PROBE: DAY0 + 2}, FAR_MS, 9)
    assert (closed.day, closed.days, closed.generation) == (DAY0, 2, 1)
    with sql_store.writing() as session:
        assert seal_all(session, PROBE, DAY0 + 2, HOLDS) == 2
        assert answers(session, 2) == before
        made = [words.block_of(one) for one in session.ledger.entries(0, 99) if one.kind is EntryKind.BLOCK]
    assert [(one.day - DAY0, one.generation, one.n) for one in made] == [(0, 1, 14), (1, 1, 17)]
    assert hot(sql_store) == []
    assert whole(sql_store) == []
    with sql_store.reading() as session:
        assert answers(session, 2) == before
        raw = session.proofs.raw_readings(PROBE, T0, T0 + 2 * DAY_MS, 99)
    assert [(one.admission, one.n) for one in raw] == [(1, 12), (2, 2), (2, 5), (3, 12)]


def test_until_both_days_are_closed_such_a_row_stays_as_it_is(
    sql_store: SqlStore, old: Callable[[Session, SampleRow], int]
) -> None:
    with sql_store.writing() as session:
        old(session, within(0))
        old(session, crossing(0))
        before = answers(session, 2)
        assert seal_all(session, PROBE, DAY0 + 1, HOLDS) == 1
        assert answers(session, 2) == before
        assert seal_all(session, PROBE, DAY0 + 1, HOLDS) == 0
    assert hot(sql_store) == [(2, 6)]
    with sql_store.writing() as session:
        assert seal_all(session, PROBE, DAY0 + 2, HOLDS) == 2
        assert answers(session, 2) == before
        made = [words.block_of(one) for one in session.ledger.entries(0, 99) if one.kind is EntryKind.BLOCK]
    assert [(one.day - DAY0, one.generation, one.n) for one in made] == [(0, 1, 12), (0, 2, 15), (1, 1, 3)]
    assert (hot(sql_store), whole(sql_store)) == ([], [])


def test_days_of_which_every_midnight_is_crossed_are_sealed_some_at_a_time(
    sql_store: SqlStore, old: Callable[[Session, SampleRow], int]
) -> None:
    days = 2 * DAYS_TOGETHER_MAX + 3
    with sql_store.writing() as session:
        for day in range(days):
            old(session, within(day))
            old(session, crossing(day))
        before = answers(session, days)
    with sql_store.reading() as session:
        closed = session.readings.closed_days({PROBE: DAY0 + days + 1}, FAR_MS, 99)
    assert [one.days for one in closed] == [DAYS_TOGETHER_MAX, DAYS_TOGETHER_MAX, days + 1 - 2 * DAYS_TOGETHER_MAX + 2]
    assert [one.day - DAY0 for one in closed] == [0, DAYS_TOGETHER_MAX - 1, 2 * DAYS_TOGETHER_MAX - 2]
    with sql_store.writing() as session:
        seal_all(session, PROBE, DAY0 + days + 1, HOLDS)
        assert answers(session, days) == before
        assert session.readings.closed_days({PROBE: DAY0 + days + 1}, FAR_MS, 99) == ()
    assert (hot(sql_store), whole(sql_store)) == ([], [])


def let_go(store: SqlStore, seqs: str) -> None:
    with store.writing_sql() as sql:
        sql.change(f"INSERT INTO sealing (seq) SELECT {seqs}")
        sql.change("DELETE FROM hot_readings WHERE admission = 2")


def test_the_database_lets_such_a_row_go_only_into_the_blocks_of_both_days(
    sql_store: SqlStore, old: Callable[[Session, SampleRow], int]
) -> None:
    with sql_store.writing() as session:
        old(session, within(0))
        old(session, crossing(0))
        seal_all(session, PROBE, DAY0 + 1, HOLDS)
    for seqs in ("1", "1 UNION ALL SELECT 2"):
        with pytest.raises(StoreError, match="append-only"):
            let_go(sql_store, seqs)
    assert hot(sql_store) == [(2, 6)]


def seal_wrongly(store: SqlStore) -> None:
    with store.writing() as session:
        (closed,) = session.readings.closed_days({PROBE: DAY0 + 2}, FAR_MS, 9)
        first, second = session.readings.prepare(closed)
        wrong = (first, msgspec.structs.replace(second, n=second.n + 1))
        entries = session.ledger.append([words.block_draft(one) for one in wrong], 5)
        session.readings.seal(wrong, entries, HOLDS)


def test_a_wrong_block_of_two_keeps_everything_as_it_was(
    sql_store: SqlStore, old: Callable[[Session, SampleRow], int]
) -> None:
    with sql_store.writing() as session:
        old(session, crossing(0))
        before = answers(session, 2)
    with pytest.raises(StoreError, match="prepare it"):
        seal_wrongly(sql_store)
    with sql_store.reading() as session:
        assert answers(session, 2) == before
        assert session.ledger.next_seq() == 1


ROWS = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(["crossing", "crossing", "within", "seal"]),
        st.integers(1, 4),
        st.integers(1, 30),
    ),
    min_size=2,
    max_size=14,
)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(ROWS)
def test_whatever_came_and_was_sealed_in_whichever_order_no_answer_changes(
    old: Callable[[Session, SampleRow], int], migrated_file: Path, steps: list[tuple[int, str, int, int]]
) -> None:
    made = [Path(shutil.copy(migrated_file, migrated_file.with_name(name))) for name in ("sealing", "plain")]
    sealing, plain = map(open_store, made)
    try:
        for nth, (day, what, n, m) in enumerate(steps):
            if what == "seal":
                with sealing.writing() as session:
                    seal_all(session, PROBE, DAY0 + day, HOLDS)
                continue
            first = 100 * nth + 1
            row = (
                crossing(day, before=n, after=m, seq=list(range(first, first + n + m)), source_rank=nth % 3)
                if what == "crossing"
                else within(day, n=n, seq=list(range(first, first + n)), source_rank=nth % 3)
            )
            for store in (sealing, plain):
                with store.writing() as session:
                    old(session, row)
        with plain.reading() as expected, sealing.reading() as found:
            assert answers(found, 6) == answers(expected, 6)
        assert whole(sealing) == []
        with sealing.writing() as session:
            seal_all(session, PROBE, DAY0 + 6, HOLDS)
        with plain.reading() as expected, sealing.reading() as found:
            assert answers(found, 6) == answers(expected, 6)
        assert (hot(sealing), whole(sealing)) == ([], [])
    finally:
        sealing.close()
        plain.close()
