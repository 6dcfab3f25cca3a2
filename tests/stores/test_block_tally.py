"""What is remembered of sealed days changes no tally: whatever was sealed, came late or was taken back, and by whom."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import store_words as words
from support.sealing import FAR_MS, seal_all

from coldchain.blocks import DAY_MS
from coldchain.errors import StoreError
from coldchain.history import NO_VALUE, History
from coldchain.ports import Session
from coldchain.sums import Stretch, Tally, stretch_of, tally_history
from stores.known_days import Day, Known
from stores.session import SqlSession
from stores.sqlite import SqliteStore, open_store, reading_only

DAY0 = 20_000
T0 = DAY0 * DAY_MS
PROBE = "fridge-1-load"
HOLD_MS = 300_000
OTHER_HOLD_MS = 3 * DAY_MS // 2  # nobody keeps sums for it, and it reaches over a day

edges = st.integers(-2, 40).map(lambda half: T0 + half * DAY_MS // 2) | st.integers(T0 - DAY_MS, T0 + 20 * DAY_MS)


def listed(tally: Tally) -> tuple[object, ...]:
    return tally.from_ms, tally.to_ms, tally.readings, tally.values.tolist(), tally.held_ms.tolist()


def same(session: Session, from_ms: int, to_ms: int) -> None:
    for hold_ms in (HOLD_MS, OTHER_HOLD_MS):
        history = session.readings.history(PROBE, from_ms - hold_ms, to_ms)
        expected = tally_history(history, from_ms, to_ms, hold_ms)
        assert listed(session.readings.tally(PROBE, from_ms, to_ms, hold_ms)) == listed(expected)


@contextmanager
def elsewhere(path: Path, known: Known) -> Iterator[Session]:
    """Read as another process does, which remembers what it saw before the writer went on."""
    with reading_only(path) as sql:
        yield SqlSession(sql, known)


def play(store: SqliteStore, what: str, day: int, seed: int) -> None:
    """Let a day's readings come, seal what is there, or seal it and take that back."""
    chance = np.random.default_rng(seed)
    with store.writing() as session:
        if what == "seal":
            seal_all(session, PROBE, DAY0 + day, [HOLD_MS])
            return
        times = np.unique(T0 + day * DAY_MS + chance.integers(0, DAY_MS, chance.integers(1, 30)))
        values = [None if value == 3 else int(value) * 100_000 for value in chance.integers(0, 6, len(times))]
        session.readings.append_samples(words.samples(times.tolist(), values, source_rank=seed % 3))


def take_back(store: SqliteStore, day: int, from_ms: int, to_ms: int) -> None:
    """Seal, look, and leave nothing of it; the numbers of the ledger are given again."""
    with suppress(KeyError), store.writing() as session:
        seal_all(session, PROBE, DAY0 + day, [HOLD_MS])
        same(session, from_ms, to_ms)
        raise KeyError


Step = tuple[str, int, int, int, int]
whats = st.sampled_from(["come", "come", "seal", "back"])
steps = st.lists(
    st.tuples(
        st.sampled_from(["come", "come", "seal", "back"]), st.integers(0, 18), st.integers(0, 10**6), edges, edges
    ),
    max_size=24,
)


@given(steps)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_tally_equals_the_sum_over_the_readings(migrated_file: Path, tmp_path: Path, steps: list[Step]) -> None:
    path = Path(shutil.copy(migrated_file, tmp_path))
    known = Known()
    with closing(open_store(path)) as store:
        for what, day, seed, one_ms, other_ms in steps:
            interval = (min(one_ms, other_ms), max(one_ms, other_ms))
            if what == "back":
                take_back(store, day, *interval)
            else:
                play(store, what, day, seed)
            with store.reading() as session, elsewhere(path, known) as other:
                for from_ms, to_ms in (interval, (T0, T0 + 19 * DAY_MS), interval):
                    same(session, from_ms, to_ms)
                    same(other, from_ms, to_ms)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Return a day of readings, faults among them."""
    times = sorted(draw(st.sets(st.integers(0, 5_000), min_size=1, max_size=40)))
    values = draw(st.lists(st.integers(-3, 3), min_size=len(times), max_size=len(times)))
    quality = draw(st.lists(st.sampled_from([0, 0, 0, 1]), min_size=len(times), max_size=len(times)))
    micro = np.where(np.array(quality) == 0, np.array(values, np.int64) * 62_500, NO_VALUE)
    return History(taken_ms=np.array(times), micro_celsius=micro, quality=np.array(quality, np.uint8))


def parts(stretch: Stretch | None) -> object:
    if stretch is None:
        return None
    return {name: np.asarray(getattr(stretch, name)).tolist() for name in Stretch.__slots__}


@given(histories(), st.integers(-5, 5_005), st.integers(-5, 5_005), st.integers(1, 900))
def test_any_part_of_a_day_is_the_stretch_of_its_readings(history: History, one: int, other: int, hold_ms: int) -> None:
    low, high = min(one, other), max(one, other)
    day = Day(history, hold_ms)
    assert parts(day.within(low, high)) == parts(stretch_of(history.between(low, high), hold_ms))
    found, expected = day.last_before(low, high), history.between(low, high)
    assert (found is None) == (not len(expected))
    assert found is None or found.taken_ms.tolist() == expected.taken_ms[-1:].tolist()


def test_no_more_is_remembered_than_the_limit_in_bytes() -> None:
    known = Known(10_000)
    for number in range(100):
        known.put(number, str(number), 1_000)
        assert known.get(0) == "0"  # used again and again, so it stays
        assert known.size <= 10_000
    assert [number for number in range(100) if known.get(number)] == [0, 94, 95, 96, 97, 98, 99]
    known.put(0, "again", 2_000)
    assert known.get(0) == "again"
    known.put("too big", "x", 20_000)
    assert known.get("too big") is None
    assert known.size == 0
    known.put(1, "1", 1)
    known.clear()
    assert (known.get(1), known.size) == (None, 0)


def test_lost_bytes_of_a_block_are_said(migrated_file: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(migrated_file, tmp_path))
    with closing(open_store(path)) as store:
        play(store, "come", 1, 7)
        with store.writing() as session:
            seal_all(session, PROBE, DAY0 + 2, [HOLD_MS])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER block_bodies_no_delete")
        connection.execute("DELETE FROM block_bodies")
        connection.commit()
    missing = pytest.raises(StoreError, match="block of ledger entry 1 are missing")
    with closing(open_store(path)) as store, store.reading() as session, missing:
        session.readings.tally(PROBE, T0 + DAY_MS + 5, T0 + DAY_MS + 50, HOLD_MS)


def test_a_far_interval_is_answered_from_the_days_that_are_there(migrated_file: Path, tmp_path: Path) -> None:
    with closing(open_store(Path(shutil.copy(migrated_file, tmp_path)))) as store:
        play(store, "come", 1, 7)
        play(store, "seal", 3, 0)
        with store.reading() as session:
            history = session.readings.history(PROBE, 0, FAR_MS)
            found = session.readings.tally(PROBE, 1, FAR_MS, HOLD_MS)
            assert listed(found) == listed(tally_history(history, 1, FAR_MS, HOLD_MS))
            assert len(history) > 0


@pytest.mark.parametrize("level", [0, 1])
def test_sums_that_another_process_has_mended_are_seen_at_once(migrated_file: Path, tmp_path: Path, level: int) -> None:
    path = tmp_path / "store.db"
    shutil.copy(migrated_file, path)
    with closing(open_store(path)) as store, closing(sqlite3.connect(path)) as line:
        for day in range(8):
            play(store, "come", day, day)
        play(store, "seal", 9, 0)
        where = f"WHERE level = {level} AND number = {DAY0 // 8**level}"
        kept = line.execute(f"SELECT * FROM block_sums {where}").fetchall()
        assert kept
        line.execute(f"DELETE FROM block_sums {where}")
        line.commit()
        span = (T0, T0 + 8 * DAY_MS)
        with store.reading() as session:
            session.readings.tally(PROBE, *span, HOLD_MS)
        line.executemany(f"INSERT INTO block_sums VALUES ({', '.join('?' * len(kept[0]))})", kept)
        line.commit()
        with store.reading() as session:
            same(session, *span)


def test_sums_that_were_wrong_are_not_remembered_over_their_making_anew(migrated_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    shutil.copy(migrated_file, path)
    with closing(open_store(path)) as store, closing(sqlite3.connect(path)) as line:
        for day in range(3):
            play(store, "come", day, day)
        play(store, "seal", 4, 0)
        first, second = (f"(SELECT sums FROM block_sums WHERE level = 0 AND number = {DAY0 + n})" for n in (0, 1))
        line.execute(f"UPDATE block_sums SET sums = {second} WHERE sums = {first} AND level = 0")
        line.commit()
        span, known = (T0, T0 + 3 * DAY_MS), Known()
        with elsewhere(path, known) as session:
            session.readings.tally(PROBE, *span, HOLD_MS)
        with store.writing() as writing:
            writing.readings.build_sums(PROBE, HOLD_MS)
        with elsewhere(path, known) as session:
            same(session, *span)
