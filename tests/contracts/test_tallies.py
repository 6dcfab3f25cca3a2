"""A tally is asked again and again while readings come late and days are sealed anew, on every store."""

from support import store_words as words
from support.sealing import FAR_MS, seal_all

from coldchain.blocks import DAY_MS
from coldchain.ports import Store
from coldchain.sums import tally_history

T0 = 20_000 * DAY_MS
PROBE = "fridge-1-load"
HOLD_MS = 300_000
INTERVALS = ((T0 + 7, T0 + 40 * DAY_MS), (T0 + DAY_MS, T0 + 3 * DAY_MS), (T0 + DAY_MS + 5, T0 + DAY_MS + 90_000))


def checked(store: Store) -> list[object]:
    """Ask for all intervals, compare each with the sum over its readings, and return what was said."""
    said: list[object] = []
    with store.reading() as session:
        for from_ms, to_ms in INTERVALS:
            found = session.readings.tally(PROBE, from_ms, to_ms, HOLD_MS)
            history = session.readings.history(PROBE, from_ms - HOLD_MS, to_ms)
            expected = tally_history(history, from_ms, to_ms, HOLD_MS)
            said.append((found.readings, found.values.tolist(), found.held_ms.tolist()))
            assert said[-1] == (expected.readings, expected.values.tolist(), expected.held_ms.tolist())
    return said


def test_what_is_remembered_of_sealed_days_follows_late_readings(store: Store) -> None:
    with store.writing() as session:
        for day in range(38):
            times = [T0 + day * DAY_MS + i * DAY_MS // 24 for i in range(24)]
            session.readings.append_samples(words.samples(times, [4_000_000 + 100_000 * (i % 5) for i in range(24)]))
        seal_all(session, PROBE, 20_038, [HOLD_MS])
    sealed = checked(store)
    assert checked(store) == sealed
    with store.writing() as session:
        late = words.samples([T0 + DAY_MS + 60_000], [9_000_000], received_ms=FAR_MS, seq=[900])
        session.readings.append_samples(late)
    grown = checked(store)
    assert grown != sealed
    with store.writing() as session:
        assert seal_all(session, PROBE, 20_038, [HOLD_MS]) == 1
    assert checked(store) == grown
    assert checked(store) == grown
