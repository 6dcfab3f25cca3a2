"""Contract of coldchain.block_ports.BlockLog: sealing changes no answer."""

import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import store_words as words
from support.memory_store import MemoryStore
from support.sealing import FAR_MS, seal_all

from coldchain.blocks import DAY_MS, ClosedDay
from coldchain.entries import EntryKind
from coldchain.errors import InvalidValueError, StoreError
from coldchain.facts import ClockState
from coldchain.ports import SampleRow, Session, Store
from ingest.sealing import seal_block
from stores.sqlite import open_store
from stores.verify_blocks import verify_blocks

DAY0 = 20_000
T0 = DAY0 * DAY_MS
PROBE = "fridge-1-load"
HOLD_MS = 300_000


def day_of_readings(day: int, n: int = 24, **changed: object) -> SampleRow:
    times = [T0 + day * DAY_MS + i * DAY_MS // n for i in range(n)]
    return words.samples(times, [4_000_000 + 100_000 * (i % 5) for i in range(n)], **changed)


def answers(session: Session) -> list[object]:
    log = session.readings
    history = log.history(PROBE, T0 - DAY_MS, T0 + 9 * DAY_MS)
    tally = log.tally(PROBE, T0 + 1, T0 + 5 * DAY_MS + 7, HOLD_MS)
    return [
        history.taken_ms.tolist(),
        history.micro_celsius.tolist(),
        history.quality.tolist(),
        [log.last_before(PROBE, T0 + i * DAY_MS // 2).taken_ms.tolist() for i in range(12)],
        log.samples_after(0, 10_000),
        log.samples_after(3, 2),
        log.conflicts(PROBE, T0, T0 + 9 * DAY_MS),
        (tally.readings, tally.values.tolist(), tally.held_ms.tolist()),
        log.counts(),
        log.last_admission(),
    ]


def test_second_values_that_came_later_are_none_as_known_before(store: Store) -> None:
    with store.writing() as session:
        session.readings.append_samples(words.samples([T0, T0 + 5], [4_000_000, 4_100_000], received_ms=T0 + 9))
        late = words.samples([T0 + 5], [4_900_000], received_ms=T0 + 50, gateway="gw-2", source_rank=3)
        session.readings.append_samples(late)
    with store.reading() as session:
        now = session.readings.conflicts(PROBE, T0, T0 + DAY_MS)
    assert [(one.micro_celsius, one.counts) for one in now] == [(4_100_000, True), (4_900_000, False)]
    for until_ms, expected in ((T0 + 20, ()), (T0 + 50, now)):
        with store.as_known(until_ms) as session:
            assert session.readings.conflicts(PROBE, T0, T0 + DAY_MS) == expected


@pytest.mark.parametrize("sealed", [False, True])
def test_what_waited_for_a_right_clock_is_not_known_before_it_was_dated(store: Store, *, sealed: bool) -> None:
    dated = words.samples([T0, T0 + 5], [4_000_000] * 2, seq=[7, 8], received_ms=T0 + 9, clock=ClockState.ANCHORED)
    heard = msgspec.structs.replace(
        words.tags(words.tag(T0, seq=8)), received_ms=T0 + 9, clock=ClockState.ANCHORED, epoch=dated.epoch
    )
    with store.writing() as session:
        session.readings.append_samples(words.samples([T0 + 3], [5_000_000], received_ms=T0 + 9))
        session.ledger.append([words.draft(EntryKind.PLACE, words.place())], T0 + 9)
    with store.writing() as session:
        session.readings.append_samples(dated)
        session.readings.append_tags(heard)
        session.ledger.append([words.draft(EntryKind.BACKDATING, words.backdating(7))], T0 + 40)
        if sealed:
            seal_block(session, ClosedDay(probe=PROBE, day=DAY0, generation=1), "site-1", [HOLD_MS], T0 + 60)
    for until_ms, times, tags in ((T0 + 20, [T0 + 3], 0), (T0 + 40, [T0, T0 + 3, T0 + 5], 1)):
        with store.as_known(until_ms) as session:
            assert session.readings.history(PROBE, T0, T0 + DAY_MS).taken_ms.tolist() == times
            assert len(session.readings.tag_summaries(heard.reader, T0, T0 + DAY_MS)) == tags


def test_what_readers_heard_later_is_not_heard_as_known_before(store: Store) -> None:
    heard = words.tags(words.tag(T0))
    with store.writing() as session:
        for received_ms in (T0 + 9, T0 + 50):
            session.readings.append_tags(msgspec.structs.replace(heard, received_ms=received_ms))
    for until_ms, count in ((T0 + 8, 0), (T0 + 20, 1), (T0 + 50, 2)):
        with store.as_known(until_ms) as session:
            assert len(session.readings.tag_summaries(heard.reader, T0, T0 + DAY_MS)) == count


def test_sealing_changes_no_answer(store: Store) -> None:
    with store.writing() as session:
        for day in range(4):
            session.readings.append_samples(day_of_readings(day))
        session.readings.append_samples(day_of_readings(1, source_rank=3, gateway="gw-2"))
        session.readings.append_tags(words.tags(words.tag(T0)))
        before = answers(session)
    assert before[6]
    with store.writing() as session:
        assert seal_all(session, PROBE, DAY0 + 3, [HOLD_MS]) == 3
        assert answers(session) == before
    with store.reading() as session:
        assert answers(session) == before
        assert verify_blocks(session) is None


def test_a_late_reading_makes_a_new_generation_that_names_the_one_before(store: Store) -> None:
    with store.writing() as session:
        session.readings.append_samples(day_of_readings(0))
        seal_all(session, PROBE, DAY0 + 1, [HOLD_MS])
    late = words.samples([T0 + 12_345], [9_000_000], received_ms=T0 + 40 * DAY_MS)
    with store.writing() as session:
        session.readings.append_samples(late)
        before = answers(session)
        closed = session.readings.closed_days({PROBE: DAY0 + 1}, T0 + 40 * DAY_MS, 9)
        assert closed == (), "it waits until the read-out that it came with is over"
        assert seal_all(session, PROBE, DAY0 + 1, [HOLD_MS]) == 1
        assert answers(session) == before
        made = [entry for entry in session.ledger.entries(0, 99) if entry.kind is EntryKind.BLOCK]
        assert verify_blocks(session) is None, "both generations are there"
    first, second = (words.block_of(entry) for entry in made)
    assert (first.generation, first.n, second.generation, second.n) == (1, 24, 2, 25)
    assert second.predecessor == first.hash != second.hash


def test_nothing_is_sealed_without_its_entry(store: Store) -> None:
    with store.writing() as session:
        session.readings.append_samples(day_of_readings(0))
        (closed,) = session.readings.closed_days({PROBE: DAY0 + 1}, 0, 9)
        (block,) = session.readings.prepare(closed)
        (entry,) = session.ledger.append([words.draft(EntryKind.BLOCK, block)], 5)
        session.readings.seal((block,), (entry,), [])
        with pytest.raises(InvalidValueError, match="sealed"):
            session.readings.prepare(closed)
    with pytest.raises(StoreError), store.writing() as session:
        session.readings.seal((words.changed_block(block),), (entry,), [])


Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(["append", "append", "other", "seal", "late"]), st.integers(0, 5), st.integers(0, 2**32)),
    max_size=14,
)


@pytest.fixture
def pair(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> list[Path]:
    return [migrated_file, tmp_path_factory.mktemp("sealed")]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_sealing_at_any_moment_changes_no_answer(pair: list[Path], steps: list[Step]) -> None:
    file = pair[1] / f"{random.getrandbits(60)}.sqlite"
    file.write_bytes(pair[0].read_bytes())
    real, fake = open_store(file), MemoryStore()
    try:
        for what, day, seed in steps:
            for store in (real, fake):
                with store.writing() as session:
                    play(session, what, day, seed)
        for store in (real, fake):
            with store.writing() as session:
                session.readings.append_tags(words.tags(words.tag(T0)))
        with real.reading() as one, fake.reading() as other:
            assert answers(one) == answers(other)
            assert verify_blocks(one) is None
        before = real.projection_dump()
        real.rebuild_projections()
        assert real.projection_dump() == before
    finally:
        real.close()


def play(session: Session, what: str, day: int, seed: int) -> None:
    chance = random.Random(seed)
    if what == "seal":
        seal_all(session, PROBE, DAY0 + day, [HOLD_MS] if chance.random() < 0.8 else [60_000])
        return
    begin = T0 + day * DAY_MS + chance.randrange(DAY_MS // 2)
    times = sorted(chance.sample(range(begin, begin + chance.choice([600_000, 3_600_000])), chance.randint(1, 9)))
    times += times[-1:] if what == "late" else []
    values = [chance.choice([None, 4_000_000, 4_100_000, 5_900_000, -7]) for _ in times]
    row = words.samples(times, values, source_rank=chance.randrange(2), received_ms=FAR_MS if what == "late" else 7)
    origin = [chance.choice([None, 3, 2**40]) for _ in times]
    session.readings.append_samples(
        words.samples(
            times,
            values,
            source_rank=row.source_rank,
            received_ms=row.received_ms,
            origin_seq=origin,
            device_ms=origin,
            gateway=chance.choice(["gw-1", "gw-2"]),
            probe="fridge-1-air" if what == "other" else PROBE,
        )
    )


def test_the_first_reading_of_a_probe_is_found_whether_it_is_sealed_or_not(store: Store) -> None:
    with store.writing() as session:
        assert session.readings.first_taken_ms(PROBE) is None
        session.readings.append_samples(words.samples([DAY0 * DAY_MS + 7_000, DAY0 * DAY_MS + 8_000], [1, 2]))
        session.readings.append_samples(words.samples([(DAY0 + 2) * DAY_MS], [3]))
        assert session.readings.first_taken_ms(PROBE) == DAY0 * DAY_MS + 7_000
        seal_all(session, PROBE, DAY0 + 1, [])
        assert session.readings.first_taken_ms(PROBE) == DAY0 * DAY_MS + 7_000
        session.readings.append_samples(words.samples([DAY0 * DAY_MS - 5], [4]))
        assert session.readings.first_taken_ms(PROBE) == DAY0 * DAY_MS - 5
        assert session.readings.first_taken_ms("fridge-1-air") is None
